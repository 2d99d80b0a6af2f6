// SPDX-License-Identifier: Apache-2.0
#include "cli/fields.h"
#include "cli/flags.h"
#include "cli/groups.h"
#include "cli/internal/resource.h"

namespace crossrole::cli {
namespace {

constexpr auto kRow = std::to_array<Column>({{"NAME", "name"}, {"ID", "id"}, {"PARENT", "parent"}, {"INHERITS", "inherit"}});
constexpr auto kLines = std::to_array<Column>({{"name", "name"}, {"id", "id"}, {"parent", "parent"}, {"inherits", "inherit"}});
constexpr Resource kSpaces{.collection = "spaces", .row = kRow, .lines = kLines};

int RunCreate(const Context& context, const Arguments& arguments) {
  Fields fields(arguments);
  fields.Set("name", boost::json::value(arguments.Text("name").value_or(""))).Text("parent").Switch("inherit");
  return CreateResource(context, arguments, kSpaces, fields.Take());
}

int RunList(const Context& context, const Arguments& arguments) { return ListResource(context, arguments, kSpaces); }
int RunShow(const Context& context, const Arguments& arguments) { return ShowResource(context, arguments, kSpaces); }

int RunUpdate(const Context& context, const Arguments& arguments) {
  Fields fields(arguments);
  if (const auto renamed = arguments.Text("--name")) fields.Set("name", boost::json::value(*renamed));
  fields.Text("parent").Switch("inherit");
  return UpdateResource(context, arguments, kSpaces, fields.Take());
}

int RunDelete(const Context& context, const Arguments& arguments) { return DeleteResource(context, arguments, kSpaces); }

constexpr auto kName = std::to_array<Positional>({{"name", Presence::kRequired, "name of the space, unique below its parent"}});
constexpr auto kId = std::to_array<Positional>({{"name", Presence::kRequired, "id of the space"}});
constexpr auto kPlaceFlags = std::to_array<Flag>({
    {"--parent", FlagKind::kText, "id of the space above; the root without"},
    {"--inherit", FlagKind::kSwitch, "roles given above count here, too (on; --inherit=false)"},
});
constexpr auto kCreateFlags = Concat(kPlaceFlags, kServerFlags);
constexpr auto kUpdateFlags =
    Concat(std::to_array<Flag>({{"--name", FlagKind::kText, "another name"}}), kPlaceFlags, kChangeFlags, kServerFlags);
constexpr auto kDeleteFlags = Concat(kChangeFlags, kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"space create", "Makes a space below another one.", kCreateFlags, kName, RunCreate},
    {"space list", "Lists the spaces that you may see.", kPageFlags, {}, RunList},
    {"space show", "Shows a space.", kServerFlags, kId, RunShow},
    {"space update", "Renames or moves a space, or changes whether it inherits.", kUpdateFlags, kId, RunUpdate},
    {"space delete", "Deletes an empty space.", kDeleteFlags, kId, RunDelete},
});

}  // namespace

std::span<const Command> SpaceCommands() { return kCommands; }

}  // namespace crossrole::cli
