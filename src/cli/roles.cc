// SPDX-License-Identifier: Apache-2.0
#include <boost/json/value.hpp>

#include "cli/fields.h"
#include "cli/flags.h"
#include "cli/groups.h"
#include "cli/internal/resource.h"

namespace crossrole::cli {
namespace {

constexpr auto kRow = std::to_array<Column>({{"NAME", "name"}, {"ID", "id"}, {"BUILT IN", "built_in"}, {"ACTIONS", "actions"}});
constexpr auto kLines = std::to_array<Column>({{"name", "name"}, {"id", "id"}, {"built in", "built_in"}, {"actions", "actions"}});
constexpr Resource kRoles{.collection = "roles", .row = kRow, .lines = kLines};

constexpr auto kBindingRow =
    std::to_array<Column>({{"ID", "id"}, {"OPERATOR", "operator"}, {"TOKEN", "token"}, {"ROLE", "role"}, {"SPACE", "space"}});
constexpr auto kBindingLines =
    std::to_array<Column>({{"id", "id"}, {"operator", "operator"}, {"token", "token"}, {"role", "role"}, {"space", "space"}});
constexpr Resource kBindings{.collection = "role-bindings", .row = kBindingRow, .lines = kBindingLines};

int RunCreate(const Context& context, const Arguments& arguments) {
  Fields fields(arguments);
  fields.Set("name", boost::json::value(arguments.Text("name").value_or(""))).Texts("actions");
  return CreateResource(context, arguments, kRoles, fields.Take());
}

int RunList(const Context& context, const Arguments& arguments) { return ListResource(context, arguments, kRoles); }
int RunShow(const Context& context, const Arguments& arguments) { return ShowResource(context, arguments, kRoles); }

int RunUpdate(const Context& context, const Arguments& arguments) {
  Fields fields(arguments);
  if (const auto renamed = arguments.Text("--name")) fields.Set("name", boost::json::value(*renamed));
  fields.Texts("actions");
  return UpdateResource(context, arguments, kRoles, fields.Take());
}

int RunDelete(const Context& context, const Arguments& arguments) { return DeleteResource(context, arguments, kRoles); }

int RunBind(const Context& context, const Arguments& arguments) {
  Fields fields(arguments);
  fields.Set("role", boost::json::value(arguments.Text("name").value_or(""))).Text("operator").Text("token").Text("space");
  return CreateResource(context, arguments, kBindings, fields.Take());
}

int RunBindings(const Context& context, const Arguments& arguments) {
  return ListResource(context, arguments, kBindings,
                      {{"operator", arguments.Text("--operator").value_or("")},
                       {"token", arguments.Text("--token").value_or("")},
                       {"space", arguments.Text("--space").value_or("")}});
}

int RunUnbind(const Context& context, const Arguments& arguments) { return DeleteResource(context, arguments, kBindings); }

int RunExplain(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    const Query query = {{"operator", arguments.Text("--operator").value_or("")},
                         {"token", arguments.Text("--token").value_or("")},
                         {"action", arguments.Text("name").value_or("")},
                         {"target", arguments.Text("--target").value_or("")}};
    TRY_ASSIGN(const auto answer, client.Get(WithQuery("/v1/permissions/explain", query)));
    if (context.output == Output::kJson) {
      PrintJson(answer);
      return 0;
    }
    Print(Printable(TextOf(answer, "explanation")) + "\n");
    const auto* grants = Member(answer, "grants");
    if (grants == nullptr || !grants->is_array() || grants->get_array().empty()) return 0;
    Table table({"ROLE", "SPACE", "GIVEN BY", "VERDICT"});
    for (const auto& grant : grants->get_array()) {
      table.Add({Cell(grant, "role"), Cell(grant, "space"), Cell(grant, "source"), Cell(grant, "verdict")});
    }
    Print(table.Text());
    return 0;
  });
}

constexpr auto kName = std::to_array<Positional>({{"name", Presence::kRequired, "name of the role"}});
constexpr auto kRole = std::to_array<Positional>({{"name", Presence::kRequired, "name or id of the role"}});
constexpr auto kBinding = std::to_array<Positional>({{"name", Presence::kRequired, "id of the binding"}});
constexpr auto kAction = std::to_array<Positional>({{"name", Presence::kRequired, "what somebody wants to do, such as session.mint"}});
constexpr auto kActionFlags = std::to_array<Flag>({{"--actions", FlagKind::kTexts, "what it allows, such as session.mint"}});
constexpr auto kCreateFlags = Concat(kActionFlags, kServerFlags);
constexpr auto kUpdateFlags =
    Concat(std::to_array<Flag>({{"--name", FlagKind::kText, "another name"}}), kActionFlags, kChangeFlags, kServerFlags);
constexpr auto kDeleteFlags = Concat(kChangeFlags, kServerFlags);
constexpr auto kWhoFlags = std::to_array<Flag>({
    {"--operator", FlagKind::kText, "id of an operator"},
    {"--token", FlagKind::kText, "or of a token"},
});
constexpr auto kSpaceFlag = std::to_array<Flag>({{"--space", FlagKind::kText, "id of a space; the root without"}});
constexpr auto kBindFlags = Concat(kWhoFlags, kSpaceFlag, kServerFlags);
constexpr auto kBindingsFlags = Concat(kWhoFlags, std::to_array<Flag>({{"--space", FlagKind::kText, "only in this space"}}), kPageFlags);
constexpr auto kExplainFlags =
    Concat(kWhoFlags, std::to_array<Flag>({{"--target", FlagKind::kText, "id of a space, an integration or a connection"}}), kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"role create", "Makes a role of the tenant's own.", kCreateFlags, kName, RunCreate},
    {"role list", "Lists roles, the built-in ones too.", kPageFlags, {}, RunList},
    {"role show", "Shows a role.", kServerFlags, kRole, RunShow},
    {"role update", "Renames a role or changes what it allows.", kUpdateFlags, kRole, RunUpdate},
    {"role delete", "Deletes a role that nobody has.", kDeleteFlags, kRole, RunDelete},
    {"role bind", "Gives an operator or a token a role in a space.", kBindFlags, kRole, RunBind},
    {"role bindings", "Lists who has which role where.", kBindingsFlags, {}, RunBindings},
    {"role unbind", "Takes a role away.", kDeleteFlags, kBinding, RunUnbind},
    {"role explain", "Whether somebody may do something, and why.", kExplainFlags, kAction, RunExplain},
});

}  // namespace

std::span<const Command> RoleCommands() { return kCommands; }

}  // namespace crossrole::cli
