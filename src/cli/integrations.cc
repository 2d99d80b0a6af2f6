// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <thread>

#include "base/json.h"
#include "cli/api_client.h"
#include "cli/fields.h"
#include "cli/flags.h"
#include "cli/groups.h"
#include "cli/input.h"
#include "cli/integration_view.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;

constexpr std::chrono::seconds kFollowEvery{1};

std::string PathOf(const Arguments& arguments) { return ObjectPath("integrations", arguments.Text("name").value_or("")); }

void AddMember(const Arguments& arguments, Fields& fields) {
  json::object member;
  for (const char* name : {"role_name", "role_path", "via"}) {
    std::string flag = fmt::format("--member-{}", name);
    std::ranges::replace(flag, '_', '-');
    if (const auto text = arguments.Text(flag)) member[name] = *text;
  }
  if (!member.empty()) fields.Set("member", std::move(member));
}

void AddDefaults(const Arguments& arguments, Fields& fields) {
  fields.File("settings");
  if (auto share = ShareFlag(arguments)) fields.Set("permissions", *std::move(share));
}

base::Result<json::object> CreateBody(const Arguments& arguments) {
  Fields fields(arguments);
  const auto word = arguments.Text("name");
  const auto flag = arguments.Text("--handle");
  if (word && flag && *word != *flag) return base::Fail(Code::kInvalidArgument, "two handles are given");
  if (!word && !flag) {
    return base::Fail(Error{.code = Code::kInvalidArgument,
                            .message = "`handle` is missing",
                            .field = "handle",
                            .fix = "usage: crossrole integration create HANDLE --account-id 111122223333"});
  }
  fields.Set("handle", json::value(word ? *word : *flag)).Set("kind", json::value(arguments.Text("--kind").value_or("account")));
  fields.Text("name").Text("space").Texts("owners").Texts("labels").Switch("autoattach").Text("partition").Text("preset");
  fields.Text("account_id").Text("role_arn").Text("role_name").Text("role_path").Text("policy_name").Text("role_description");
  fields.Pairs("role_tags").Text("permissions_boundary_arn").Texts("managed_policy_arns").File("policy_document").Capabilities();
  fields.Integer("duration_seconds").Text("region").Texts("regions").Switch("assume_on_worker").Switch("session_tags");
  fields.Switch("source_identity").Text("handle_prefix");
  AddMember(arguments, fields);
  AddDefaults(arguments, fields);
  json::object external_id;
  for (const char* member : {"format", "suffix", "value"}) {
    if (const auto text = arguments.Text(fmt::format("--external-id-{}", member))) external_id[member] = *text;
  }
  if (!external_id.empty()) fields.Set("external_id", std::move(external_id));
  return fields.Take();
}

int RunCreate(const Context& context, const Arguments& arguments) {
  auto body = CreateBody(arguments);
  if (!body) return PrintError(context, body.error());
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto created, client.Call("POST", "/v1/integrations", *body));
    return PrintIntegration(context, created);
  });
}

int RunList(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    Query query;
    for (const std::string_view name : {"kind", "state", "space", "label"}) {
      query.emplace_back(name, arguments.Text(fmt::format("--{}", name)).value_or(""));
    }
    TRY_ASSIGN(const auto list, client.GetAll("/v1/integrations", query, LimitFlag(arguments)));
    static constexpr auto kColumns = std::to_array<Column>(
        {{"HANDLE", "handle"}, {"ACCOUNT", "account_id"}, {"STATE", "state"}, {"ROLE", "role_arn"}, {"ID", "id"}});
    return PrintList(context, list, kColumns);
  });
}

int RunShow(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto found, client.Get(PathOf(arguments)));
    return PrintIntegration(context, found);
  });
}

// One request about one integration, with what concerns all changes: versions and dry runs.
base::Result<json::value> Change(ApiClient& client, const Arguments& arguments, ApiRequest request) {
  request.if_match = arguments.Text("--if-match").value_or("");
  TRY_ASSIGN(const auto response, client.Send(request));
  if (response.body.empty()) return json::value(nullptr);
  return base::ParseJson(response.body);
}

int RunUpdate(const Context& context, const Arguments& arguments) {
  Fields fields(arguments);
  fields.Text("handle").Text("name").Text("space").Texts("owners").Texts("labels").Capabilities().Texts("managed_policy_arns");
  fields.Integer("duration_seconds").Text("region").Texts("regions").Switch("session_tags").Switch("source_identity");
  fields.Switch("autoattach").Text("handle_prefix").Text("kind");
  AddMember(arguments, fields);
  AddDefaults(arguments, fields);
  auto body = fields.Take();
  if (!body) return PrintError(context, body.error());
  if (body->empty()) return PrintUsage(context, "nothing says what to change", "`crossrole integration update --help` lists the flags");
  const bool dry_run = arguments.Switch("--dry-run");
  const Query query = {{"dry_run", dry_run ? "true" : ""}, {"rename_static", arguments.Switch("--rename-static") ? "true" : ""}};
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto changed, Change(client, arguments,
                                          {.method = "PATCH",
                                           .target = WithQuery(PathOf(arguments), query),
                                           .body = base::PrintJson(*body)}));
    return dry_run ? PrintConsequences(context, changed) : PrintIntegration(context, changed);
  });
}

// The word that confirms a deletion: from the flag, or typed on a terminal.
base::Result<std::string> Confirmed(const Context& context, const Arguments& arguments) {
  if (const auto given = arguments.Text("--confirm")) return *given;
  const std::string name = arguments.Text("name").value_or("");
  if (context.terminal && Interactive()) return Ask(fmt::format("type the handle of the integration to delete it: "));
  return base::Fail(Error{.code = Code::kInvalidArgument,
                          .message = fmt::format("deleting `{}` is not confirmed", name),
                          .field = "confirm",
                          .fix = "say --confirm HANDLE, or look first with --dry-run"});
}

int RunDelete(const Context& context, const Arguments& arguments) {
  const bool dry_run = arguments.Switch("--dry-run");
  auto confirm = dry_run ? base::Result<std::string>("") : Confirmed(context, arguments);
  if (!confirm) return PrintError(context, confirm.error());
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    const Query query = {{"confirm", *confirm},
                         {"force", arguments.Switch("--force") ? "true" : ""},
                         {"dry_run", dry_run ? "true" : ""}};
    TRY_ASSIGN(const auto removed, Change(client, arguments, {.method = "DELETE", .target = WithQuery(PathOf(arguments), query)}));
    return PrintConsequences(context, removed);
  });
}

int Post(const Context& context, const Arguments& arguments, std::string_view action) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto changed,
               Change(client, arguments, {.method = "POST", .target = fmt::format("{}/{}", PathOf(arguments), action)}));
    return PrintIntegration(context, changed);
  });
}

int RunDisable(const Context& context, const Arguments& arguments) {
  const int code = Post(context, arguments, "disable");
  if (code != 0 || context.output == Output::kJson) return code;
  Note(fmt::format("nothing new can be done through it; what runs in AWS goes on, and sessions already handed out live until they expire\n"
                   "role and policies stay in AWS: `crossrole integration offboard {}` removes them\n",
                   Printable(arguments.Text("name").value_or(""))));
  return code;
}
int RunEnable(const Context& context, const Arguments& arguments) { return Post(context, arguments, "enable"); }
int RunRotate(const Context& context, const Arguments& arguments) { return Post(context, arguments, "external-id/rotate"); }
int RunRetire(const Context& context, const Arguments& arguments) { return Post(context, arguments, "external-id/retire"); }

int RunDependents(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto consequences, client.Get(PathOf(arguments) + "/dependents"));
    return PrintConsequences(context, consequences);
  });
}

void PrintLogLine(const Context& context, const json::value& line) {
  if (context.output == Output::kJson) return Print(base::PrintJson(line) + "\n");
  Print(Printable(fmt::format("{}  {:<7}  {}  {}", Cell(line, "at"), Cell(line, "level"), Cell(line, "event"),
                              Cell(line, "message"))) + "\n");
}

base::Result<int> FollowLogs(const Context& context, ApiClient& client, const std::string& path) {
  std::string token;
  while (true) {
    TRY_ASSIGN(const auto page, client.Get(WithQuery(path, {{"limit", "500"}, {"page_token", token}})));
    const json::value* items = Member(page, "items");
    const bool none = items == nullptr || !items->is_array() || items->get_array().empty();
    if (!none) {
      for (const json::value& line : items->get_array()) PrintLogLine(context, line);
    }
    if (const std::string next = TextOf(page, "next_page_token"); !next.empty()) token = next;
    if (none) std::this_thread::sleep_for(kFollowEvery);
  }
}

int RunLogs(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    const std::string path = PathOf(arguments) + "/logs";
    if (arguments.Switch("--follow")) return FollowLogs(context, client, path);
    TRY_ASSIGN(const auto list, client.GetAll(path, {}, LimitFlag(arguments)));
    if (context.output == Output::kJson) {
      PrintJson(list);
      return 0;
    }
    for (const json::value& line : list.at("items").as_array()) PrintLogLine(context, line);
    return 0;
  });
}

constexpr auto kNameWord = std::to_array<Positional>({{"name", Presence::kRequired, "handle or id of the integration"}});
constexpr auto kHandleWord = std::to_array<Positional>({{"name", Presence::kOptional, "its handle; or --handle"}});

constexpr auto kMatchFlag = std::to_array<Flag>({{"--if-match", FlagKind::kText, "the version that is changed; another is refused"}});
constexpr auto kLimitFlag = std::to_array<Flag>({{"--limit", FlagKind::kInteger, "at most so many; all without"}});
constexpr auto kDryRunFlag = std::to_array<Flag>({{"--dry-run", FlagKind::kSwitch, "only say what would happen"}});

// What can be given at creation and changed later.
constexpr auto kSettingFlags = std::to_array<Flag>({
    {"--handle", FlagKind::kText, "short name, unique in the tenant"},
    {"--name", FlagKind::kText, "name for people"},
    {"--space", FlagKind::kText, "id of the space it is in; the root without"},
    {"--owners", FlagKind::kTexts, "id of an operator who owns it"},
    {"--labels", FlagKind::kTexts, "label"},
    {"--autoattach", FlagKind::kSwitch, "attach it to stacks by label"},
    {"--managed-policy-arns", FlagKind::kTexts, "managed policy that the role gets"},
    {"--capabilities", FlagKind::kTexts, "pack of IAM actions: name, or name:key=value,…; see `policy required`"},
    {"--duration-seconds", FlagKind::kInteger, "longest session: 900 to 43200"},
    {"--region", FlagKind::kText, "where STS is asked and sessions start"},
    {"--regions", FlagKind::kTexts, "region that is looked at, as in eu-*; * for all; an organization's folders and connections inherit them"},
    {"--session-tags", FlagKind::kSwitch, "send session tags (on; --session-tags=false)"},
    {"--source-identity", FlagKind::kSwitch, "send a source identity (on; --source-identity=false)"},
});
constexpr auto kCreationFlags = std::to_array<Flag>({
    {"--kind", FlagKind::kText, "account (the default) or organization"},
    {"--partition", FlagKind::kText, "aws, aws-us-gov, aws-cn or aws-eusc"},
    {"--preset", FlagKind::kText, "names and shape of another product's role"},
    {"--account-id", FlagKind::kText, "the 12 digits of the AWS account"},
    {"--role-arn", FlagKind::kText, "the role, when it exists already"},
    {"--role-name", FlagKind::kText, "name of the role to be made"},
    {"--role-path", FlagKind::kText, "path of the role to be made"},
    {"--policy-name", FlagKind::kText, "name of the policy to be made"},
    {"--role-description", FlagKind::kText, "description of the role to be made"},
    {"--role-tags", FlagKind::kTexts, "key=value, a tag of the role to be made"},
    {"--permissions-boundary-arn", FlagKind::kText, "boundary of the role to be made"},
    {"--policy-document", FlagKind::kText, "file with a policy that the role gets besides capabilities"},
    {"--external-id-format", FlagKind::kText, "account (the default), per_run or custom"},
    {"--external-id-suffix", FlagKind::kText, "your own rest of the value, where the installation allows it"},
    {"--external-id-value", FlagKind::kText, "the value of format custom"},
    {"--assume-on-worker", FlagKind::kSwitch, "only a private worker assumes the role"},
});
constexpr auto kFilterFlags = std::to_array<Flag>({
    {"--kind", FlagKind::kText, "only of this kind"},
    {"--state", FlagKind::kText, "only in this state"},
    {"--space", FlagKind::kText, "only in this space"},
    {"--label", FlagKind::kText, "only with this label"},
});
constexpr auto kDeletionFlags = std::to_array<Flag>({
    {"--confirm", FlagKind::kText, "the handle again"},
    {"--force", FlagKind::kSwitch, "although something depends on it"},
});

constexpr auto kOrganizationFlags = std::to_array<Flag>({
    {"--handle-prefix", FlagKind::kText, "of an organization: stands before the handles of its folders and connections"},
    {"--member-role-name", FlagKind::kText, "of an organization: name of the role in every account"},
    {"--member-role-path", FlagKind::kText, "of an organization: path of the role in every account"},
    {"--member-via", FlagKind::kText, "of an organization: direct (the default) or discovery_role"},
    {"--settings", FlagKind::kText, "of an organization: file with settings that its folders and connections inherit"},
    {"--share-with", FlagKind::kTexts, "of an organization: id of a space that may use all of it; all; an empty text for none"},
});
constexpr auto kRenameFlag = std::to_array<Flag>({
    {"--rename-static", FlagKind::kSwitch, "with another prefix: rename handles that people have edited, too"}});

constexpr auto kCreateFlags = Concat(kSettingFlags, kOrganizationFlags, kCreationFlags, kServerFlags);
constexpr auto kKindFlag = std::to_array<Flag>({
    {"--kind", FlagKind::kText, "organization: an account's integration whose role may list its organization brings in all of it"}});
constexpr auto kUpdateFlags = Concat(kSettingFlags, kKindFlag, kOrganizationFlags, kRenameFlag, kDryRunFlag, kMatchFlag, kServerFlags);
constexpr auto kListFlags = Concat(kFilterFlags, kLimitFlag, kServerFlags);
constexpr auto kDeleteFlags = Concat(kDeletionFlags, kDryRunFlag, kMatchFlag, kServerFlags);
constexpr auto kSwitchFlags = Concat(kMatchFlag, kServerFlags);
constexpr auto kLogFlags =
    Concat(std::to_array<Flag>({{"--follow", FlagKind::kSwitch, "go on with what is still to come"}}), kLimitFlag, kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"integration create", "Makes an integration; nothing is called in AWS.", kCreateFlags, kHandleWord, RunCreate},
    {"integration list", "Lists integrations.", kListFlags, {}, RunList},
    {"integration show", "Shows an integration.", kServerFlags, kNameWord, RunShow},
    {"integration update", "Changes settings of an integration.", kUpdateFlags, kNameWord, RunUpdate},
    {"integration disable", "Stops handing out credentials; touches nothing in AWS.", kSwitchFlags, kNameWord, RunDisable},
    {"integration enable", "Allows credentials again, after a verification.", kSwitchFlags, kNameWord, RunEnable},
    {"integration delete", "Deletes an integration; nothing is changed in AWS.", kDeleteFlags, kNameWord, RunDelete},
    {"integration dependents", "What a deletion would hit.", kServerFlags, kNameWord, RunDependents},
    {"integration logs", "What happened to an integration.", kLogFlags, kNameWord, RunLogs},
    {"integration external-id rotate", "Issues another external ID; credentials go on.", kSwitchFlags, kNameWord, RunRotate},
    {"integration external-id retire", "Drops the previous external ID once the new one has verified.", kSwitchFlags, kNameWord,
     RunRetire},
});

}  // namespace

std::span<const Command> IntegrationCommands() { return kCommands; }

}  // namespace crossrole::cli
