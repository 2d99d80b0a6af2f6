// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/value.hpp>

#include "cli/fields.h"
#include "cli/flags.h"
#include "cli/groups.h"
#include "cli/internal/resource.h"

namespace crossrole::cli {
namespace {

constexpr auto kRow = std::to_array<Column>({{"NAME", "name"},
                                             {"ID", "id"},
                                             {"STATE", "state"},
                                             {"ROLE", "role"},
                                             {"SPACE", "space"},
                                             {"EXPIRES", "expires_at"},
                                             {"LAST USED", "last_used_at"}});
constexpr auto kLines = std::to_array<Column>({{"name", "name"},
                                               {"id", "id"},
                                               {"state", "state"},
                                               {"role", "role"},
                                               {"space", "space"},
                                               {"integrations", "integrations"},
                                               {"operator", "operator"},
                                               {"made by", "made_by"},
                                               {"expires", "expires_at"},
                                               {"last used", "last_used_at"}});
constexpr Resource kTokens{.collection = "tokens", .row = kRow, .lines = kLines};

// The text is printed once, alone on its line, so that it can be cut out; what belongs to it goes to standard error.
int PrintMade(const Context& context, const boost::json::value& made) {
  if (context.output == Output::kJson) {
    PrintJson(made);
    return 0;
  }
  Note(fmt::format("token {} ({}); this is the only time that its text is shown\n", Printable(TextOf(made, "id")),
                   Printable(TextOf(made, "name"))));
  Print(Printable(TextOf(made, "secret")) + "\n");
  return 0;
}

int RunCreate(const Context& context, const Arguments& arguments) {
  Fields fields(arguments);
  fields.Set("name", boost::json::value(arguments.Text("name").value_or(""))).Texts("integrations").Text("expires_at");
  const bool own = arguments.Switch("--own");
  if (own && (arguments.Has("--role") || arguments.Has("--space"))) {
    return PrintUsage(context, "a token of one's own has the roles of its operator", "leave out --role and --space");
  }
  if (!own) fields.Text("role").Text("space");
  const auto body = fields.Take();
  if (!body) return PrintError(context, body.error());
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto made, client.Call("POST", own ? "/v1/whoami/tokens" : "/v1/tokens", *body));
    return PrintMade(context, made);
  });
}

int RunList(const Context& context, const Arguments& arguments) { return ListResource(context, arguments, kTokens); }
int RunShow(const Context& context, const Arguments& arguments) { return ShowResource(context, arguments, kTokens); }

int RunRotate(const Context& context, const Arguments& arguments) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto made, client.Call("POST", ObjectPath("tokens", arguments.Text("name").value_or("")) + "/rotate", nullptr));
    return PrintMade(context, made);
  });
}

int RunRevoke(const Context& context, const Arguments& arguments) { return DeleteResource(context, arguments, kTokens); }

constexpr auto kName = std::to_array<Positional>({{"name", Presence::kRequired, "name for people: what it is for"}});
constexpr auto kId = std::to_array<Positional>({{"name", Presence::kRequired, "id of the token"}});
constexpr auto kCreateFlags = Concat(std::to_array<Flag>({
                                         {"--role", FlagKind::kText, "name or id of the role it gets"},
                                         {"--space", FlagKind::kText, "id of the space where the role counts; the root without"},
                                         {"--integrations", FlagKind::kTexts, "handle or id of an integration; it touches nothing else"},
                                         {"--expires-at", FlagKind::kText, "until when it is valid (RFC 3339); 90 days without"},
                                         {"--own", FlagKind::kSwitch, "of your own: it may what you may"},
                                     }),
                                     kServerFlags);
constexpr auto kRevokeFlags = Concat(kChangeFlags, kServerFlags);

constexpr auto kCommands = std::to_array<Command>({
    {"token create", "Makes a token and prints its text, once.", kCreateFlags, kName, RunCreate},
    {"token list", "Lists tokens, without their text.", kPageFlags, {}, RunList},
    {"token show", "Shows a token, without its text.", kServerFlags, kId, RunShow},
    {"token rotate", "Gives a token another text and prints it, once.", kServerFlags, kId, RunRotate},
    {"token revoke", "Voids a token at once.", kRevokeFlags, kId, RunRevoke},
});

}  // namespace

std::span<const Command> TokenCommands() { return kCommands; }

}  // namespace crossrole::cli
