// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/api_client.h"
#include "cli/internal/container_endpoint.h"
#include "cli/flags.h"
#include "cli/groups.h"
#include "cli/internal/browser.h"
#include "cli/internal/child.h"
#include "cli/output.h"
#include "cli/session_request.h"
#include "session/render.h"

namespace crossrole::cli {
namespace {

using base::Code;
using base::Error;

int WithSession(const Context& context, const Arguments& arguments, const std::function<int(const session::Minted&)>& use) {
  const auto request = ReadSessionRequest(arguments);
  if (!request) return PrintError(context, request.error());
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const session::Minted minted, MintSession(client, *request));
    return use(minted);
  });
}

void PrintSecretLine(const base::Secret& text) {
  Print(text.Reveal());
  Print("\n");
}

int RunGet(const Context& context, const Arguments& arguments) {
  return WithSession(context, arguments, [&](const session::Minted& minted) {
    const base::Secret json = session::SessionJson(minted);
    if (context.output == Output::kJson) {
      PrintSecretLine(json);
      return 0;
    }
    static constexpr auto kColumns = std::to_array<Column>({{"access key id", "access_key_id"},
                                                            {"secret access key", "secret_access_key"},
                                                            {"session token", "session_token"},
                                                            {"expires", "expiration"},
                                                            {"account", "account_id"},
                                                            {"role session", "assumed_role_arn"},
                                                            {"region", "region"}});
    return PrintObject(context, base::ParseJson(json.Reveal()).value_or(nullptr), kColumns);
  });
}

int RunEnv(const Context& context, const Arguments& arguments) {
  return WithSession(context, arguments, [](const session::Minted& minted) {
    for (const auto& [name, value] : SessionVariables(minted)) Print(fmt::format("export {}={}\n", name, ShellQuote(value)));
    return 0;
  });
}

int RunProcess(const Context& context, const Arguments& arguments) {
  return WithSession(context, arguments, [](const session::Minted& minted) {
    PrintSecretLine(session::ProcessCredentialsJson(minted));
    return 0;
  });
}

int RunConsole(const Context& context, const Arguments& arguments) {
  const auto request = ReadSessionRequest(arguments);
  if (!request) return PrintError(context, request.error());
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto response, client.Send({.method = "POST", .target = request->path + "/console", .body = request->body}));
    TRY_ASSIGN(const auto link, base::ParseJson(response.body));
    const std::string url = TextOf(link, "url");
    if (arguments.Switch("--open")) {
      TRY(OpenInBrowser(base::Secret(url), context.environment));
      Note(fmt::format("opened; the session ends at {}\n", Cell(link, "session_expires_at")));
      return 0;
    }
    if (context.output == Output::kJson) {
      PrintJson(link);
    } else {
      Print(Printable(url) + "\n");
      Note(fmt::format("the link is a secret until {}\n", Cell(link, "link_expires_at")));
    }
    return 0;
  });
}

base::Result<std::pair<std::string, std::uint16_t>> ReadListen(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  const std::string_view digits = colon == std::string::npos ? std::string_view() : std::string_view(text).substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || colon == 0 || error != std::errc() || end != digits.data() + digits.size()) {
    return base::Fail(Code::kInvalidArgument, fmt::format("`--listen` must be ADDRESS:PORT, not `{}`", text));
  }
  std::string address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') address = address.substr(1, address.size() - 2);
  return std::pair(address, port);
}

int RunServe(const Context& context, const Arguments& arguments) {
  const auto request = ReadSessionRequest(arguments);
  if (!request) return PrintError(context, request.error());
  const auto listen = ReadListen(arguments.Text("--listen").value_or("127.0.0.1:0"));
  if (!listen) return PrintError(context, listen.error());
  const BlockedSignals signals;  // before threads start
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    const base::SystemClock clock;
    base::SystemRandom random;
    TRY_ASSIGN(const auto endpoint, ContainerEndpoint::Start({.address = listen->first,
                                                              .port = listen->second,
                                                              .fetch = [&] { return MintSession(client, *request); },
                                                              .clock = clock,
                                                              .random = random}));
    TRY(endpoint->Warm());
    boost::json::object json;
    for (const auto& [name, value] : endpoint->Variables()) {
      json[name] = value;
      if (context.output == Output::kTable) Print(fmt::format("export {}={}\n", name, ShellQuote(value)));
    }
    if (context.output == Output::kJson) Print(base::PrintJson(json) + "\n");
    WaitForEnd(signals);
    return 0;
  });
}

constexpr auto kName = std::to_array<Positional>({{"name", Presence::kOptional, "handle or id of the integration"}});
constexpr auto kGetFlags = Concat(kMintFlags, kServerFlags);
constexpr auto kConsoleFlags =
    Concat(kMintFlags, std::to_array<Flag>({{"--open", FlagKind::kSwitch, "open the link in the browser"}}), kServerFlags);
constexpr auto kServeFlags = Concat(
    kMintFlags, std::to_array<Flag>({{"--listen", FlagKind::kText, "loopback address and port; 127.0.0.1:0 picks a port"}}),
    kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"credentials get", "Prints temporary credentials.", kGetFlags, kName, RunGet},
    {"credentials env", "Prints temporary credentials as export lines.", kGetFlags, kName, RunEnv},
    {"credentials process", "Prints what the AWS setting `credential_process` expects.", kGetFlags, kName, RunProcess},
    {"credentials serve", "Serves the container credentials endpoint on loopback.", kServeFlags, kName, RunServe},
    {"credentials console", "Makes a sign-in link to the AWS console.", kConsoleFlags, kName, RunConsole},
});

}  // namespace

std::span<const Command> CredentialsCommands() { return kCommands; }

}  // namespace crossrole::cli
