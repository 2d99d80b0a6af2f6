// SPDX-License-Identifier: Apache-2.0
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <array>

#include "cli/api_client.h"
#include "cli/fields.h"
#include "cli/flags.h"
#include "cli/internal/follow.h"
#include "cli/internal/nodes.h"
#include "cli/internal/resource.h"
#include "cli/groups.h"
#include "cli/integration_view.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

std::string PathOf(const Arguments& arguments) { return ObjectPath("connections", arguments.Text("name").value_or("")); }

// The filter takes ids; people know handles.
base::Result<std::string> IdOf(ApiClient& client, std::string_view collection, std::string_view prefix, const std::string& given) {
  if (given.empty() || given.starts_with(prefix)) return given;
  TRY_ASSIGN(const auto object, client.Get(ObjectPath(collection, given)));
  return TextOf(object, "id");
}

int RunList(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const std::string integration, IdOf(client, "integrations", "int_", arguments.Text("--integration").value_or("")));
    TRY_ASSIGN(const std::string folder, IdOf(client, "folders", "fld_", arguments.Text("--folder").value_or("")));
    const Query query = {{"integration", integration},
                         {"folder", folder},
                         {"account_id", arguments.Text("--account-id").value_or("")},
                         {"state", arguments.Text("--state").value_or("")}};
    TRY_ASSIGN(const auto list, client.GetAll("/v1/connections", query, LimitFlag(arguments)));
    static constexpr auto kColumns = std::to_array<Column>({{"HANDLE", "handle"},
                                                            {"ACCOUNT", "account_id"},
                                                            {"NAME", "name"},
                                                            {"STATE", "state"},
                                                            {"ROLE", "role_arn"},
                                                            {"LAST SUCCESS", "last_success_at"}});
    return PrintList(context, list, kColumns);
  });
}

constexpr auto kLines = std::to_array<Column>({{"handle", "handle"},
                                               {"id", "id"},
                                               {"integration", "integration"},
                                               {"account", "account_id"},
                                               {"name", "name"},
                                               {"state", "state"},
                                               {"account state", "account_state"},
                                               {"role", "role_arn"},
                                               {"external ID", "external_id"},
                                               {"regions", "regions"},
                                               {"regions of", "regions_from"},
                                               {"settings", "settings"},
                                               {"settings of", "settings_from"},
                                               {"shared with", "permissions.spaces"},
                                               {"shared above", "permissions.inherited"},
                                               {"last success", "last_success_at"},
                                               {"last error", "last_error.message"}});

int RunShow(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto connection, client.Get(PathOf(arguments)));
    return PrintObject(context, connection, kLines);
  });
}

int RunTest(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto verification, client.Call("POST", PathOf(arguments) + "/test", boost::json::object()));
    return PrintVerification(context, verification);
  });
}

int RunUpdate(const Context& context, const Arguments& arguments) {
  return UpdateNode(context, arguments, {.collection = "connections", .row = {}, .lines = kLines});
}

int RunExport(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    const Query query = {{"format", arguments.Text("--format").value_or("aws-config")},
                         {"integration", arguments.Text("--integration").value_or("")},
                         {"folder", arguments.Text("--folder").value_or("")},
                         {"connection", arguments.Text("--connection").value_or("")}};
    TRY_ASSIGN(const auto document, client.Send({.target = WithQuery("/v1/connections/export", query)}));
    Print(document.body);
    return 0;
  });
}

constexpr auto kName = std::to_array<Positional>({{"name", Presence::kRequired, "handle or id of the connection"}});
constexpr auto kListFlags = Concat(std::to_array<Flag>({{"--integration", FlagKind::kText, "only of this integration"},
                                                        {"--folder", FlagKind::kText, "only in this folder"},
                                                        {"--account-id", FlagKind::kText, "only of this account"},
                                                        {"--state", FlagKind::kText, "only in this state"},
                                                        {"--limit", FlagKind::kInteger, "at most so many; all without"}}),
                                   kServerFlags);

constexpr auto kUpdateFlags = Concat(kNodeFlags, kChangeFlags, kServerFlags);
constexpr auto kExportFlags =
    Concat(std::to_array<Flag>({{"--format", FlagKind::kText, "aws-config (the default), steampipe, terraform or json"},
                                {"--integration", FlagKind::kText, "only of this integration"},
                                {"--folder", FlagKind::kText, "only what is in this folder, and in those in it"},
                                {"--connection", FlagKind::kText, "only this one"}}),
           kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"connection list", "Lists the accounts that can be used.", kListFlags, {}, RunList},
    {"connection show", "Shows a connection.", kServerFlags, kName, RunShow},
    {"connection update", "Gives the connection of an organization's account another handle, settings, regions or spaces that may use it.", kUpdateFlags, kName, RunUpdate},
    {"connection export", "Prints your connections as other programs want them: profiles, providers.", kExportFlags, {}, RunExport},
    {"connection test", "Probes the trust of one account, now.", kServerFlags, kName, RunTest},
});

}  // namespace

std::span<const Command> ConnectionCommands() { return kCommands; }

}  // namespace crossrole::cli
