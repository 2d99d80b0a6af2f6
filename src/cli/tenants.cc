// SPDX-License-Identifier: Apache-2.0
#include <boost/json/object.hpp>

#include "cli/fields.h"
#include "cli/flags.h"
#include "cli/groups.h"
#include "cli/internal/resource.h"

namespace crossrole::cli {
namespace {

constexpr auto kRow = std::to_array<Column>({{"HANDLE", "handle"}, {"NAME", "name"}, {"STATE", "state"}, {"ID", "id"}});
constexpr auto kLines = std::to_array<Column>({{"handle", "handle"},
                                               {"id", "id"},
                                               {"name", "name"},
                                               {"state", "state"},
                                               {"root space", "root_space"},
                                               {"external ID suffix", "settings.external_id_suffix"}});
constexpr Resource kTenants{.collection = "tenants", .row = kRow, .lines = kLines};

// What both creating and updating take; `settings` is an object of its own.
base::Result<boost::json::object> BodyOf(const Arguments& arguments, Fields& fields) {
  if (const auto suffix = arguments.Text("--external-id-suffix")) {
    fields.Set("settings", boost::json::object{{"external_id_suffix", *suffix}});
  }
  return fields.Take();
}

int RunCreate(const Context& context, const Arguments& arguments) {
  Fields fields(arguments);
  fields.Set("handle", boost::json::value(arguments.Text("name").value_or("")));
  if (const auto name = arguments.Text("--name")) fields.Set("name", boost::json::value(*name));
  return CreateResource(context, arguments, kTenants, BodyOf(arguments, fields));
}

int RunList(const Context& context, const Arguments& arguments) { return ListResource(context, arguments, kTenants); }
int RunShow(const Context& context, const Arguments& arguments) { return ShowResource(context, arguments, kTenants); }

int RunUpdate(const Context& context, const Arguments& arguments) {
  Fields fields(arguments);
  fields.Text("name").Text("state");
  return UpdateResource(context, arguments, kTenants, BodyOf(arguments, fields));
}

int RunDelete(const Context& context, const Arguments& arguments) {
  return DeleteResource(context, arguments, kTenants, {{"confirm", arguments.Text("--confirm").value_or("")}});
}

constexpr auto kHandle = std::to_array<Positional>({{"name", Presence::kRequired, "its handle, which never changes"}});
constexpr auto kId = std::to_array<Positional>({{"name", Presence::kRequired, "id of the tenant"}});
constexpr auto kSettingFlags = std::to_array<Flag>({
    {"--name", FlagKind::kText, "name for people"},
    {"--external-id-suffix", FlagKind::kText, "generated, or chosen where the installation allows it"},
});
constexpr auto kCreateFlags = Concat(kSettingFlags, kServerFlags);
constexpr auto kUpdateFlags =
    Concat(kSettingFlags, std::to_array<Flag>({{"--state", FlagKind::kText, "active or disabled"}}), kChangeFlags, kServerFlags);
constexpr auto kDeleteFlags =
    Concat(std::to_array<Flag>({{"--confirm", FlagKind::kText, "its handle, typed again"}}), kChangeFlags, kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"tenant create", "Makes a tenant with its root space.", kCreateFlags, kHandle, RunCreate},
    {"tenant list", "Lists the tenants of the installation.", kPageFlags, {}, RunList},
    {"tenant show", "Shows a tenant.", kServerFlags, kId, RunShow},
    {"tenant update", "Changes name, state or settings.", kUpdateFlags, kId, RunUpdate},
    {"tenant delete", "Deletes a tenant and everything of it; --dry-run shows what.", kDeleteFlags, kId, RunDelete},
});

}  // namespace

std::span<const Command> TenantCommands() { return kCommands; }

}  // namespace crossrole::cli
