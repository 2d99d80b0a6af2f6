// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <filesystem>

#include "base/json.h"
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
constexpr std::chrono::seconds kSignOutTime{10};
constexpr auto kSelfColumns = std::to_array<Column>({{"id", "id"}, {"role", "role"}, {"tenant", "tenant.handle"}});

std::string ProfileName(const Context& context, const Arguments& arguments) {
  const std::string from_environment(base::Get(context.environment, "CROSSROLE_PROFILE"));
  return arguments.Text("--profile").value_or(from_environment.empty() ? "default" : from_environment);
}

// The server of the profile to be written, with the token that flags and environment give: from them alone, so that a second
// login can replace the first one.
base::Result<Profile> Named(const Context& context, const Arguments& arguments, bool by_password) {
  base::Environment environment = context.environment;
  for (const char* name : {"HOME", "XDG_CONFIG_HOME", "CROSSROLE_PROFILE"}) environment.erase(name);
  if (by_password) environment.erase("CROSSROLE_TOKEN");
  const Context alone{.environment = environment, .output = context.output, .terminal = context.terminal};
  Arguments flags;
  for (const char* name : {"--server", "--token-file", "--token-stdin", "--ca-file"}) {
    if (const auto text = arguments.Text(name)) flags.Add(name, *text);
  }
  TRY_ASSIGN(Profile profile, FindServer(alone, flags));
  if (!profile.ca_file.empty()) profile.ca_file = std::filesystem::absolute(profile.ca_file).string();
  return profile;
}

base::Result<base::Secret> AskToken(const Profile& profile) {
  auto typed = AskSecret(fmt::format("token for {}: ", Printable(profile.server)));
  if (typed) return typed;
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = "there is no token to sign in with",
                                .fix = "give --token-file FILE, --token-stdin or CROSSROLE_TOKEN, or an operator's --email"});
}

// From a file, standard input or the terminal; never from the command line.
base::Result<base::Secret> FindPassword(const Profile& profile, const Arguments& arguments, std::string_view email) {
  const auto file = arguments.Text("--password-file");
  if (file && arguments.Switch("--password-stdin")) {
    return base::Fail(base::Code::kInvalidArgument, "`--password-file` and `--password-stdin` exclude each other");
  }
  if (file) return ReadSecret(*file);
  if (arguments.Switch("--password-stdin")) return ReadSecret("-");
  auto typed = AskSecret(fmt::format("password of {} for {}: ", Printable(email), Printable(profile.server)));
  if (typed) return typed;
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = "there is no password to sign in with",
                                .fix = "give --password-file FILE or --password-stdin"});
}

// Gives an operator's password for a token of his own.
base::Status SignInByPassword(const Arguments& arguments, Profile& profile) {
  const std::string email = arguments.Text("--email").value_or("");
  TRY_ASSIGN(const base::Secret password, FindPassword(profile, arguments, email));
  TRY_ASSIGN(ApiClient client, ApiClient::To(profile));
  boost::json::object body{{"email", email}, {"password", password.Reveal()}, {"way", "token"}};
  if (const auto tenant = arguments.Text("--tenant")) body["tenant"] = *tenant;
  TRY_ASSIGN(const auto answer, client.Call("POST", "/v1/auth/sign-in", body));
  profile.token = base::Secret(TextOf(answer, "token"));
  profile.signed_in = true;
  if (profile.token.empty()) return base::Fail(base::Code::kInternal, "the server's answer has no token");
  return {};
}

bool SentInTheClear(std::string_view server) {
  for (const std::string_view safe : {"https://", "unix:", "http://127.", "http://localhost", "http://[::1]"}) {
    if (server.starts_with(safe)) return false;
  }
  return true;
}

base::Result<int> SignIn(const Context& context, const Arguments& arguments) {
  const bool by_password = arguments.Has("--email");
  for (const char* flag : {"--tenant", "--password-file", "--password-stdin"}) {
    if (by_password || !arguments.Has(flag)) continue;
    return base::Fail(base::Code::kInvalidArgument, fmt::format("`{}` goes with `--email`", flag));
  }
  if (by_password && (arguments.Has("--token-file") || arguments.Has("--token-stdin"))) {
    return base::Fail(base::Code::kInvalidArgument, "a token and `--email` exclude each other");
  }
  TRY_ASSIGN(Profile profile, Named(context, arguments, by_password));
  if (SentInTheClear(profile.server)) {
    Note(fmt::format("crossrole: the {} goes to {} in the clear\n", by_password ? "password" : "token", Printable(profile.server)));
  }
  if (by_password) {
    TRY(SignInByPassword(arguments, profile));
  } else if (profile.token.empty()) {
    TRY_ASSIGN(profile.token, AskToken(profile));
  }
  TRY_ASSIGN(ApiClient client, ApiClient::To(profile));
  TRY_ASSIGN(const auto self, client.Get(std::string(kSelf)));
  TRY_ASSIGN(const std::string path, SaveProfile(context.environment, ProfileName(context, arguments), profile));
  Note(fmt::format("signed in to {}; the token is in {}\n", Printable(profile.server), Printable(path)));
  return PrintObject(context, self, kSelfColumns);
}

// A token that a password was given for is worth nothing any more; any other one may be in use elsewhere.
void VoidToken(const Profile& profile) {
  auto client = ApiClient::To(profile);
  const base::Status ended = [&]() -> base::Status {
    if (!client) return std::unexpected(client.error());
    TRY(client->Send({.method = "POST", .target = "/v1/auth/sign-out", .time = kSignOutTime}));
    return {};
  }();
  if (ended || ended.error().code == base::Code::kUnauthenticated) return;
  Note(fmt::format("crossrole: the token could not be ended at {}, and counts until it expires: {}\n", Printable(profile.server),
                   Printable(ended.error().message)));
}

int RunLogin(const Context& context, const Arguments& arguments) {
  const auto done = SignIn(context, arguments);
  return done ? *done : PrintError(context, done.error());
}

int RunLogout(const Context& context, const Arguments& arguments) {
  const std::string name = ProfileName(context, arguments);
  if (const auto profile = LoadProfile(context.environment, name); profile && *profile && (*profile)->signed_in) VoidToken(**profile);
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

constexpr auto kLoginFlags = Concat(
    std::to_array<Flag>({{"--email", FlagKind::kText, "address of an operator, to sign in by password instead of a token"},
                         {"--tenant", FlagKind::kText, "handle of the operator's tenant, instead of `default`"},
                         {"--password-file", FlagKind::kText, "file that holds the password; without it the password is asked for"},
                         {"--password-stdin", FlagKind::kSwitch, "read the password from standard input"}}),
    kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"login", "Checks a token, or gives an operator's password for one, and keeps it in a profile.", kLoginFlags, {}, RunLogin},
    {"logout", "Removes a profile, and ends the token that a password was given for.", kProfileFlags, {}, RunLogout},
    {"whoami", "Whom the token stands for.", kServerFlags, {}, RunWhoami},
});

}  // namespace

std::span<const Command> LoginCommands() { return kCommands; }

}  // namespace crossrole::cli
