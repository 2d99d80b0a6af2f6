// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>

#include "base/json.h"
#include "base/text.h"
#include "cli/api_client.h"
#include "cli/fields.h"
#include "cli/flags.h"
#include "cli/internal/follow.h"
#include "cli/groups.h"
#include "cli/input.h"
#include "cli/integration_view.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;

constexpr std::size_t kKeyFileBytes = 64 * 1024;
constexpr std::int64_t kDefaultWait = 300;

std::string PathOf(const Arguments& arguments) { return ObjectPath("integrations", arguments.Text("name").value_or("")); }

int RunSetup(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    Query query;
    for (const std::string_view name : {"format", "scope", "for", "mode"}) {
      query.emplace_back(name, arguments.Text(fmt::format("--{}", name)).value_or(""));
    }
    for (const std::string& stack : arguments.Texts("--stack")) query.emplace_back("stack", stack);
    const std::string method = base::PercentEncode(arguments.Text("method").value_or(""));
    TRY_ASSIGN(const auto artefact,
               client.Send({.target = WithQuery(fmt::format("{}/setup/{}", PathOf(arguments), method), query)}));
    for (const std::string_view warning : artefact.headers.All("Crossrole-Warning")) Note(fmt::format("warning: {}\n", Printable(warning)));
    Print(artefact.body);
    if (!artefact.body.ends_with('\n')) Print("\n");
    return 0;
  });
}

int RunConnect(const Context& context, const Arguments& arguments) {
  const auto word = arguments.Text("role_arn");
  const auto role = word ? word : arguments.Text("--role-arn");
  if (!role && !arguments.Switch("--wait")) {
    return PrintUsage(context, "there is no role ARN", "give the role's ARN, or --wait to follow until the expected role is there");
  }
  Fields fields(arguments);
  if (role) fields.Set("role_arn", json::value(*role));
  fields.File("trust_policy");
  const auto body = fields.Take();
  if (!body) return PrintError(context, body.error());
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    json::value connected;
    if (role) {
      TRY_ASSIGN(const auto response, client.Send({.method = "PUT",
                                                   .target = PathOf(arguments) + "/role",
                                                   .body = base::PrintJson(*body),
                                                   .if_match = arguments.Text("--if-match").value_or("")}));
      TRY_ASSIGN(connected, base::ParseJson(response.body));
    }
    if (!arguments.Switch("--wait")) return PrintIntegration(context, connected);
    const auto time = std::chrono::seconds(arguments.Integer("--wait-seconds").value_or(kDefaultWait));
    return FollowIntegration(context, client, PathOf(arguments), base::Deadline::After(time));
  });
}

int RunVerify(const Context& context, const Arguments& arguments) {
  Fields fields(arguments);
  const auto body = fields.Integer("wait_seconds").Text("stack").Take();
  if (!body) return PrintError(context, body.error());
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto verification, Verify(client, PathOf(arguments), *body));
    return PrintVerification(context, verification);
  });
}

// The keys that AWS gave for one piece of work, as the body of a request.
struct Keys {
  base::Secret body{};
  std::string content_type{};
};

base::Result<base::Secret> ReadKeyPair(const std::string& access_key_id) {
  json::object keys{{"access_key_id", access_key_id}};
  if (Interactive()) {
    TRY_ASSIGN(const base::Secret secret, AskSecret("secret access key: "));
    keys["secret_access_key"] = secret.Reveal();
    if (access_key_id.starts_with("ASIA")) {
      TRY_ASSIGN(const base::Secret token, AskSecret("session token: "));
      keys["session_token"] = token.Reveal();
    }
  } else {
    TRY_ASSIGN(const base::Secret text, ReadSecret("-"));
    const std::string_view lines = text.Reveal();
    const std::size_t end = lines.find_first_of("\r\n");
    keys["secret_access_key"] = lines.substr(0, end);
    // A second line is the session token of temporary keys.
    const std::size_t next = end == std::string_view::npos ? end : lines.find_first_not_of("\r\n", end);
    if (next != std::string_view::npos) keys["session_token"] = lines.substr(next);
  }
  return base::Secret(base::PrintJson(keys));
}

base::Result<Keys> ReadKeys(const Arguments& arguments) {
  const auto file = arguments.Text("file");
  const auto access_key_id = arguments.Text("--access-key-id");
  if (file && access_key_id) return base::Fail(Code::kInvalidArgument, "a file and --access-key-id exclude each other");
  if (arguments.Switch("--token-stdin") && (access_key_id || file == "-")) {
    return base::Fail(Code::kInvalidArgument, "standard input cannot hold both the token and the keys");
  }
  if (access_key_id) {
    TRY_ASSIGN(base::Secret body, ReadKeyPair(*access_key_id));
    return Keys{.body = std::move(body), .content_type = "application/json"};
  }
  if (!file) return Keys{};
  TRY_ASSIGN(std::string text, ReadInput(*file));
  if (text.size() > kKeyFileBytes || text.empty()) {
    return base::Fail(Error{.code = Code::kInvalidArgument,
                            .message = fmt::format("`{}` is no credentials file: it is empty or longer than 64 KiB", *file),
                            .reason = text.empty() ? "csv.no_keys" : "csv.too_large",
                            .fix = "give the file that AWS offered for download"});
  }
  return Keys{.body = base::Secret(std::move(text)), .content_type = "text/csv"};
}

base::Result<int> RunKeyedJob(const Context& context, const Arguments& arguments, std::string_view action, const Keys& keys) {
  TRY_ASSIGN(ApiClient client, ApiClient::Open(context, arguments));
  const std::string target =
      WithQuery(fmt::format("{}/{}", PathOf(arguments), action), {{"user", arguments.Text("--user").value_or("")}});
  ApiRequest request{.method = "POST", .target = target, .body = std::string(keys.body.Reveal()), .content_type = keys.content_type};
  const auto response = client.Send(request);
  base::Wipe(request.body);
  if (!response) return base::Fail(response.error());
  TRY_ASSIGN(const auto started, base::ParseJson(response->body));
  if (arguments.Switch("--no-wait")) {
    PrintJson(started);
    return 0;
  }
  TRY_ASSIGN(const auto result, FollowJob(context, client, TextOf(started, "job")));
  return PrintKeyedJob(context, result);
}

int RunQuickstart(const Context& context, const Arguments& arguments) {
  const auto keys = ReadKeys(arguments);
  if (!keys) return PrintError(context, keys.error());
  if (keys->body.empty()) {
    return PrintUsage(context, "there are no keys", "give the file that AWS offered for download, or --access-key-id");
  }
  const auto done = RunKeyedJob(context, arguments, "quickstart", *keys);
  return done ? *done : PrintError(context, done.error());
}

int RunOffboard(const Context& context, const Arguments& arguments) {
  const std::string name = arguments.Text("name").value_or("");
  const auto confirm = arguments.Text("--confirm");
  if (confirm && *confirm != name) return PrintUsage(context, "`--confirm` names something else than is offboarded");
  if (!confirm && context.terminal && Interactive() &&
      Ask(fmt::format("this removes role and policies of {} from AWS; nothing new can be done through it, what runs goes on. "
                      "type it again: ",
                      Printable(name))) != name) {
    return PrintUsage(context, "not confirmed; nothing was done");
  }
  const auto keys = ReadKeys(arguments);
  if (!keys) return PrintError(context, keys.error());
  const auto done = RunKeyedJob(context, arguments, "offboard", *keys);
  return done ? *done : PrintError(context, done.error());
}

constexpr auto kNameWord = std::to_array<Positional>({{"name", Presence::kRequired, "handle or id of the integration"}});
constexpr auto kSetupWords = std::to_array<Positional>(
    {{"name", Presence::kRequired, "handle or id of the integration"},
     {"method", Presence::kRequired,
      "cloudformation, quick-create, terraform, cli, cloudshell, console, kubernetes, trust-policy, permission-policy"}});
constexpr auto kConnectWords = std::to_array<Positional>({{"name", Presence::kRequired, "handle or id of the integration"},
                                                          {"role_arn", Presence::kOptional, "ARN of the role"}});
constexpr auto kKeyWords = std::to_array<Positional>(
    {{"name", Presence::kRequired, "handle or id of the integration"},
     {"file", Presence::kOptional, "file with the keys, as AWS offers it for download; - for standard input"}});

constexpr auto kSetupFlags = Concat(std::to_array<Flag>({{"--format", FlagKind::kText, "json instead of YAML"},
                                                         {"--scope", FlagKind::kText, "any, stack or exact, for external IDs per run"},
                                                         {"--stack", FlagKind::kTexts, "slug of a stack, for external IDs per run"},
                                                         {"--for", FlagKind::kText, "discovery or member, of organizations"},
                                                         {"--mode", FlagKind::kText, "service or self, of stack sets"}}),
                                    kServerFlags);
constexpr auto kConnectFlags =
    Concat(std::to_array<Flag>({{"--role-arn", FlagKind::kText, "ARN of the role"},
                                {"--trust-policy", FlagKind::kText, "file with its trust policy, to be judged"},
                                {"--wait", FlagKind::kSwitch, "follow until the integration is active"},
                                {"--wait-seconds", FlagKind::kInteger, "how long to follow; 300"},
                                {"--if-match", FlagKind::kText, "the version that is changed; another is refused"}}),
           kServerFlags);
constexpr auto kVerifyFlags =
    Concat(std::to_array<Flag>({{"--wait-seconds", FlagKind::kInteger, "how long a role may take to appear: 0 to 60"},
                                {"--stack", FlagKind::kText, "slug of a stack, for external IDs per run"}}),
           kServerFlags);
constexpr auto kKeyFlags =
    std::to_array<Flag>({{"--access-key-id", FlagKind::kText, "instead of a file; the secret is asked for, or read from standard input"},
                         {"--user", FlagKind::kText, "whose keys, when the file has several"},
                         {"--no-wait", FlagKind::kSwitch, "print the job and do not follow it"}});
constexpr auto kQuickstartFlags = Concat(kKeyFlags, kServerFlags);
constexpr auto kOffboardFlags =
    Concat(kKeyFlags, std::to_array<Flag>({{"--confirm", FlagKind::kText, "the handle again, instead of being asked"}}), kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"integration setup", "Prints an onboarding artefact.", kSetupFlags, kSetupWords, RunSetup},
    {"integration connect", "Names the role and verifies it.", kConnectFlags, kConnectWords, RunConnect},
    {"integration quickstart", "Makes policy and role with keys given once, and verifies.", kQuickstartFlags, kKeyWords, RunQuickstart},
    {"integration verify", "Probes the trust, now.", kVerifyFlags, kNameWord, RunVerify},
    {"integration offboard", "Removes from AWS what was made for the integration.", kOffboardFlags, kKeyWords, RunOffboard},
});

}  // namespace

std::span<const Command> OnboardingCommands() { return kCommands; }

}  // namespace crossrole::cli
