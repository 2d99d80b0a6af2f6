// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

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

constexpr auto kColumns = std::to_array<Column>({{"id", "id"},
                                                 {"name", "name"},
                                                 {"address", "email"},
                                                 {"disabled", "disabled"},
                                                 {"password", "has_password"},
                                                 {"provider", "provider"},
                                                 {"last sign-in", "last_sign_in_at"}});

std::string PathOf(const Arguments& arguments) { return ObjectPath("operators", arguments.Text("operator").value_or("")); }

// From a file, standard input or the terminal; never from the command line.
base::Result<std::optional<base::Secret>> ReadPassword(const Arguments& arguments) {
  const auto file = arguments.Text("--password-file");
  if (file && arguments.Switch("--password-stdin")) return base::Fail(Code::kInvalidArgument, "two passwords are given");
  if (file) return ReadSecret(*file);
  if (arguments.Switch("--password-stdin")) return ReadSecret("-");
  return std::nullopt;
}

base::Result<json::object> Body(const Arguments& arguments) {
  Fields fields(arguments);
  fields.Text("name").Text("email").Switch("disabled");
  TRY_ASSIGN(const auto password, ReadPassword(arguments));
  if (password) fields.Set("password", json::value(std::string(password->Reveal())));
  return fields.Take();
}

int RunCreate(const Context& context, const Arguments& arguments) {
  const auto body = Body(arguments);
  if (!body) return PrintError(context, body.error());
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto created, client.Call("POST", "/v1/operators", *body));
    return PrintObject(context, created, kColumns);
  });
}

int RunList(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto list, client.GetAll("/v1/operators", {}, LimitFlag(arguments)));
    static constexpr auto kHead = std::to_array<Column>(
        {{"ADDRESS", "email"}, {"NAME", "name"}, {"DISABLED", "disabled"}, {"LAST SIGN-IN", "last_sign_in_at"}, {"ID", "id"}});
    return PrintList(context, list, kHead);
  });
}

int RunShow(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto person, client.Get(PathOf(arguments)));
    return PrintObject(context, person, kColumns);
  });
}

int RunUpdate(const Context& context, const Arguments& arguments) {
  const auto body = Body(arguments);
  if (!body) return PrintError(context, body.error());
  if (body->empty()) return PrintUsage(context, "nothing says what to change", "`crossrole operator update --help` lists the flags");
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto changed, client.Call("PATCH", PathOf(arguments), *body));
    return PrintObject(context, changed, kColumns);
  });
}

int RunDelete(const Context& context, const Arguments& arguments) {
  const Query query = {{"dry_run", arguments.Switch("--dry-run") ? "true" : ""}};
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto removed, client.Call("DELETE", WithQuery(PathOf(arguments), query), nullptr));
    static constexpr auto kRemoved = std::to_array<Column>({{"removed", "removed"}, {"void", "invalidated"}});
    return PrintObject(context, removed, kRemoved);
  });
}

int RunSignOut(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto ended, client.Call("POST", PathOf(arguments) + "/sign-out", nullptr));
    static constexpr auto kEnded = std::to_array<Column>({{"ended", "ended"}});
    return PrintObject(context, ended, kEnded);
  });
}

constexpr auto kId = std::to_array<Positional>({{"operator", Presence::kRequired, "id of the operator"}});
constexpr auto kBodyFlags = Concat(std::to_array<Flag>({{"--name", FlagKind::kText, "the name that others see"},
                                                        {"--email", FlagKind::kText, "the address to sign in with"},
                                                        {"--password-file", FlagKind::kText, "file that holds the password"},
                                                        {"--password-stdin", FlagKind::kSwitch, "read the password from standard input"},
                                                        {"--disabled", FlagKind::kSwitch, "may not sign in"}}),
                                   kServerFlags);
constexpr auto kListFlags = Concat(std::to_array<Flag>({{"--limit", FlagKind::kInteger, "at most so many; all without"}}), kServerFlags);
constexpr auto kDeleteFlags =
    Concat(std::to_array<Flag>({{"--dry-run", FlagKind::kSwitch, "only say what would go"}}), kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"operator create", "Makes an operator, who may nothing until a role is bound.", kBodyFlags, {}, RunCreate},
    {"operator list", "Lists operators.", kListFlags, {}, RunList},
    {"operator show", "Shows an operator.", kServerFlags, kId, RunShow},
    {"operator update", "Changes an operator.", kBodyFlags, kId, RunUpdate},
    {"operator delete", "Deletes an operator with his role bindings, sessions and tokens.", kDeleteFlags, kId, RunDelete},
    {"operator sign-out", "Ends all sessions of an operator and voids his own tokens.", kServerFlags, kId, RunSignOut},
});

}  // namespace

std::span<const Command> OperatorCommands() { return kCommands; }

}  // namespace crossrole::cli
