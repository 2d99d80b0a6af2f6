// SPDX-License-Identifier: Apache-2.0
#include "cli/api_client.h"
#include "cli/internal/child.h"
#include "cli/internal/container_endpoint.h"
#include "cli/flags.h"
#include "cli/groups.h"
#include "cli/output.h"
#include "cli/session_request.h"

namespace crossrole::cli {
namespace {

// What a failed start says does not depend on the form of results: it is the command's error channel.
std::function<void(std::string)> Reporter(const Context& context) {
  return [&context](std::string message) {
    PrintError(context, {.code = base::Code::kFailedPrecondition, .message = std::move(message)});
  };
}

int RunOnce(const Context& context, const Arguments& arguments, const SessionRequest& request) {
  base::Environment environment = WithoutAwsIdentity(context.environment);
  // The connection must be closed before the command takes over this process.
  const int failed = WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const session::Minted minted, MintSession(client, request));
    for (auto& [name, value] : SessionVariables(minted)) environment[name] = std::move(value);
    return 0;
  });
  if (failed != 0) return failed;
  return Become(arguments.Texts("command"), environment, Reporter(context));
}

base::Environment RefreshedEnvironment(const Context& context, const session::Minted& minted, const ContainerEndpoint& endpoint) {
  base::Environment environment = WithoutAwsIdentity(context.environment);
  for (const auto& [name, value] : SessionVariables(minted)) {
    if (name == "AWS_ACCOUNT_ID" || name == "AWS_REGION" || name == "AWS_DEFAULT_REGION" || name == "AWS_ENDPOINT_URL") {
      environment[name] = value;
    }
  }
  for (auto& [name, value] : endpoint.Variables()) environment[name] = std::move(value);
  // SDKs ask files before the endpoint: keys of a default profile would silently win.
  environment["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
  environment["AWS_CONFIG_FILE"] = "/dev/null";
  return environment;
}

int RunRefreshed(const Context& context, const Arguments& arguments, const SessionRequest& request) {
  const BlockedSignals signals;  // before threads start
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    const base::SystemClock clock;
    base::SystemRandom random;
    TRY_ASSIGN(const auto endpoint, ContainerEndpoint::Start({.fetch = [&] { return MintSession(client, request); },
                                                              .clock = clock,
                                                              .random = random}));
    TRY_ASSIGN(const session::Minted minted, endpoint->Warm());
    return RunChild(arguments.Texts("command"), RefreshedEnvironment(context, minted, *endpoint), signals, Reporter(context));
  });
}

int RunExec(const Context& context, const Arguments& arguments) {
  const auto request = ReadSessionRequest(arguments);
  if (!request) return PrintError(context, request.error());
  return arguments.Switch("--refresh") ? RunRefreshed(context, arguments, *request) : RunOnce(context, arguments, *request);
}

constexpr auto kFlags = Concat(
    kMintFlags,
    std::to_array<Flag>({{"--refresh", FlagKind::kSwitch, "keep the credentials fresh by an endpoint; AWS files are not read then"}}),
    kServerFlags);
constexpr auto kWords = std::to_array<Positional>({{"command", Presence::kRest, "what to run, and its arguments"}});
constexpr auto kCommands = std::to_array<Command>({
    {"exec", "Runs a command with temporary credentials.", kFlags, kWords, RunExec},
});

}  // namespace

std::span<const Command> ExecCommands() { return kCommands; }

}  // namespace crossrole::cli
