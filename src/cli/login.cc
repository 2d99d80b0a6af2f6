// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/value.hpp>
#include <filesystem>

#include "base/text.h"
#include "cli/api_client.h"
#include "cli/flags.h"
#include "cli/groups.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/profile.h"

namespace crossrole::cli {
namespace {

constexpr std::string_view kSelf = "/v1/whoami";
constexpr auto kSelfColumns = std::to_array<Column>({{"id", "id"}, {"role", "role"}, {"tenant", "tenant.handle"}});

std::string ProfileName(const Context& context, const Arguments& arguments) {
  const std::string from_environment(base::Get(context.environment, "CROSSROLE_PROFILE"));
  return arguments.Text("--profile").value_or(from_environment.empty() ? "default" : from_environment);
}

// The profile to be written: from flags and environment alone, so that a second login can replace the first one.
base::Result<Profile> Wanted(const Context& context, const Arguments& arguments) {
  base::Environment environment = context.environment;
  for (const char* name : {"HOME", "XDG_CONFIG_HOME", "CROSSROLE_PROFILE"}) environment.erase(name);
  const Context alone{.environment = environment, .output = context.output, .terminal = context.terminal};
  Arguments flags;
  for (const char* name : {"--server", "--token-file", "--token-stdin", "--ca-file"}) {
    if (const auto text = arguments.Text(name)) flags.Add(name, *text);
  }
  TRY_ASSIGN(Profile profile, FindServer(alone, flags));
  if (profile.token.empty()) {
    auto typed = AskSecret(fmt::format("token for {}: ", profile.server));
    if (!typed) {
      return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                    .message = "there is no token to sign in with",
                                    .fix = "give --token-file FILE, --token-stdin or CROSSROLE_TOKEN"});
    }
    profile.token = *std::move(typed);
  }
  if (!profile.ca_file.empty()) profile.ca_file = std::filesystem::absolute(profile.ca_file).string();
  return profile;
}

bool SentInTheClear(std::string_view server) {
  for (const std::string_view safe : {"https://", "unix:", "http://127.", "http://localhost", "http://[::1]"}) {
    if (server.starts_with(safe)) return false;
  }
  return true;
}

base::Result<int> SignIn(const Context& context, const Arguments& arguments) {
  TRY_ASSIGN(const Profile profile, Wanted(context, arguments));
  if (SentInTheClear(profile.server)) Note(fmt::format("crossrole: the token goes to {} in the clear\n", Printable(profile.server)));
  TRY_ASSIGN(ApiClient client, ApiClient::To(profile));
  TRY_ASSIGN(const auto self, client.Get(std::string(kSelf)));
  TRY_ASSIGN(const std::string path, SaveProfile(context.environment, ProfileName(context, arguments), profile));
  Note(fmt::format("signed in to {}; the token is in {}\n", Printable(profile.server), Printable(path)));
  return PrintObject(context, self, kSelfColumns);
}

int RunLogin(const Context& context, const Arguments& arguments) {
  const auto done = SignIn(context, arguments);
  return done ? *done : PrintError(context, done.error());
}

int RunLogout(const Context& context, const Arguments& arguments) {
  const std::string name = ProfileName(context, arguments);
  const auto removed = RemoveProfile(context.environment, name);
  if (!removed) return PrintError(context, removed.error());
  Note(*removed ? fmt::format("signed out of profile {}\n", name) : fmt::format("there was no profile {}\n", name));
  return 0;
}

int RunWhoami(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto self, client.Get(std::string(kSelf)));
    return PrintObject(context, self, kSelfColumns);
  });
}

constexpr auto kProfileFlags = std::to_array<Flag>({{"--profile", FlagKind::kText, "its name, instead of `default`"}});

constexpr auto kCommands = std::to_array<Command>({
    {"login", "Checks a token and keeps it in a profile.", kServerFlags, {}, RunLogin},
    {"logout", "Removes a profile and its token.", kProfileFlags, {}, RunLogout},
    {"whoami", "Whom the token stands for.", kServerFlags, {}, RunWhoami},
});

}  // namespace

std::span<const Command> LoginCommands() { return kCommands; }

}  // namespace crossrole::cli
