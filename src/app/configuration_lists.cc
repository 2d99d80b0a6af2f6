// SPDX-License-Identifier: Apache-2.0
#include "app/configuration_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace crossrole::app {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr auto kListKeys = std::to_array<ConfigurationKey>({
    {"audit.sink.address", KeyKind::kText, "",
     "Where a `syslog` sink sends to; a host name with `tcp` and `tls` only.",
     "unix:/path, udp://address:port, tcp://host:port, tls://host:port"},
    {"audit.sink.ca_file", KeyKind::kText, "", "PEM file with the authorities that a `tls` or `https` sink trusts; unset: the system's.", "path"},
    {"audit.sink.deadline_seconds", KeyKind::kInteger, "10", "For one delivery; then it counts as failed and is tried again.", "seconds, at most 20"},
    {"audit.sink.facility", KeyKind::kInteger, "13", "Facility of the messages of a `syslog` sink.", "1 to 23"},
    {"audit.sink.name", KeyKind::kText, "", "Names the sink in metrics, `/readyz` and its cursor; unset: its type.", "name"},
    {"audit.sink.path", KeyKind::kText, "", "The file that a `file` sink appends to.", "absolute path"},
    {"audit.sink.secret_file", KeyKind::kText, "", "File with the secret that signs what a `webhook` sink sends.", "path"},
    {"audit.sink.type", KeyKind::kText, "", "What kind of sink this is.", "file, syslog, webhook"},
    {"audit.sink.url", KeyKind::kText, "", "Where a `webhook` sink posts to; plain http on loopback only.", "https URL"},
    {"sign_in.provider.algorithms", KeyKind::kText, "RS256", "How the provider's ID tokens may be signed.",
     "RS256, RS384, RS512, ES256, ES384, ES512, blank-separated"},
    {"sign_in.provider.ca_file", KeyKind::kText, "",
     "PEM file with the authorities that the provider's certificate may come from; unset: those that AWS is trusted by.", "path"},
    {"sign_in.provider.client_id", KeyKind::kText, "", "What the provider calls this server.", "text"},
    {"sign_in.provider.client_secret_file", KeyKind::kText, "", "File with the client's secret; unset: a public client, with PKCE alone.", "path"},
    {"sign_in.provider.email_verified", KeyKind::kText, "required",
     "`assumed` for a provider that never says `email_verified` and lets nobody choose an address.", "required, assumed"},
    {"sign_in.provider.groups_claim", KeyKind::kText, "groups", "The claim that lists somebody's groups.", "name"},
    {"sign_in.provider.issuer", KeyKind::kText, "", "The provider; `<issuer>/.well-known/openid-configuration` describes it. Plain http on loopback only.",
     "https URL"},
    {"sign_in.provider.name", KeyKind::kText, "", "Names the provider here and in URLs.", "letters, digits, hyphens"},
    {"sign_in.provider.roles.*", KeyKind::kText, "",
     "What a group is worth: roles that are named here are given and taken at each sign-in.", "role, or role and space id"},
    {"sign_in.provider.scopes", KeyKind::kText, "openid email profile", "What is asked for.", "scopes, blank-separated"},
    {"sign_in.provider.tenant", KeyKind::kText, "default", "The tenant whose people sign in there.", "handle"},
    {"token_exchange.rule.algorithms", KeyKind::kText, "RS256", "How the issuer's tokens may be signed.",
     "RS256, RS384, RS512, ES256, ES384, ES512, blank-separated"},
    {"token_exchange.rule.audience", KeyKind::kText, "", "What `aud` of the tokens must name: choose one that only this server is called.", "text"},
    {"token_exchange.rule.ca_file", KeyKind::kText, "",
     "PEM file with the authorities that the issuer's certificate may come from; unset: those that AWS is trusted by.", "path"},
    {"token_exchange.rule.claims.*", KeyKind::kText, "",
     "What a claim of the tokens must be, word for word; at least one, or everybody whom the issuer knows could come in.", "text"},
    {"token_exchange.rule.duration_seconds", KeyKind::kInteger, "900", "How long a token given in exchange is valid.", "seconds, 60 to 43200"},
    {"token_exchange.rule.integrations", KeyKind::kText, "", "What the token may touch at all; unset: whatever its role may in its space.",
     "ids, blank-separated"},
    {"token_exchange.rule.issuer", KeyKind::kText, "", "`iss` of the tokens; its keys are fetched from there. Plain http on loopback only.", "https URL"},
    {"token_exchange.rule.name", KeyKind::kText, "", "Names the rule in the audit record, and the tokens.", "name"},
    {"token_exchange.rule.role", KeyKind::kText, "", "The role of the token given in exchange.", "name or id of a role"},
    {"token_exchange.rule.space", KeyKind::kText, "", "Where the role counts; unset: the root space.", "id"},
    {"token_exchange.rule.tenant", KeyKind::kText, "default", "The tenant of the token given in exchange.", "handle"},
});

const ConfigurationKey* FindListKey(std::string_view name) {
  const auto* found = std::ranges::find_if(kListKeys, [&](const ConfigurationKey& key) {
    if (!key.name.ends_with(".*")) return key.name == name;
    const std::string_view start = key.name.substr(0, key.name.size() - 1);
    return name.starts_with(start) && name.size() > start.size();
  });
  return found == kListKeys.end() ? nullptr : found;
}

// A name in quotes may claim any index.
constexpr std::size_t kMostTables = 100;

// "audit.sink[3].type" taken apart.
struct ListName {
  std::string_view list;
  std::size_t index = 0;
  std::string_view key;
};

std::optional<ListName> SplitListName(std::string_view name) {
  const std::size_t open = name.find('[');
  const std::size_t close = name.find("].", open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
  ListName parts{.list = name.substr(0, open), .key = name.substr(close + 2)};
  const auto [end, error] = std::from_chars(name.data() + open + 1, name.data() + close, parts.index);
  if (error != std::errc() || end != name.data() + close) return std::nullopt;
  return parts;
}

ConfigurationItem Defaults(std::string_view list) {
  ConfigurationItem item;
  for (const ConfigurationKey& key : kListKeys) {
    const std::size_t dot = key.name.rfind('.');
    if (key.name.substr(0, dot) == list) item.emplace(key.name.substr(dot + 1), key.default_value);
  }
  return item;
}

}  // namespace

std::span<const ConfigurationKey> ConfigurationListKeys() { return kListKeys; }

Error UnknownKey(std::span<const ConfigurationKey> keys, std::string_view name, std::string_view source) {
  std::vector<std::string_view> names;
  for (const ConfigurationKey& key : keys) names.push_back(key.name);
  const std::string nearest = base::NearestName(name, names);
  return {.code = Code::kInvalidArgument,
          .message = fmt::format("{}: unknown key `{}`", source, name),
          .field = std::string(name),
          .fix = nearest.empty() ? "see docs/reference/configuration.md" : fmt::format("did you mean `{}`?", nearest)};
}

base::Result<ConfigurationLists> TakeLists(std::map<std::string, std::string>& flat, std::string_view file) {
  ConfigurationLists lists;
  for (auto entry = flat.begin(); entry != flat.end();) {
    const auto parts = SplitListName(entry->first);
    if (!parts) {
      ++entry;
      continue;
    }
    const std::string name = fmt::format("{}.{}", parts->list, parts->key);
    const ConfigurationKey* key = FindListKey(name);
    if (key == nullptr || parts->index >= kMostTables) return Fail(UnknownKey(kListKeys, name, file));
    TRY(CheckConfigurationValue(*key, entry->second, file));
    std::vector<ConfigurationItem>& items = lists[std::string(parts->list)];
    while (items.size() <= parts->index) items.push_back(Defaults(parts->list));
    items[parts->index][std::string(parts->key)] = entry->second;
    entry = flat.erase(entry);
  }
  return lists;
}

}  // namespace crossrole::app
