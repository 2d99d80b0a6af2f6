// SPDX-License-Identifier: Apache-2.0
#include "app/sign_in_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "base/text.h"
#include "http/certificate.h"
#include "model/handle.h"
#include "store/people/browser_sessions.h"
#include "store/people/sign_in_tokens.h"
#include "store/people/tenants.h"
#include "tenancy/permissions.h"

namespace crossrole::app {
namespace {

constexpr std::chrono::minutes kSweepInterval{10};
constexpr std::size_t kLongestRuleName = 64;
constexpr std::string_view kRules = "token_exchange.rule";
constexpr std::string_view kProviders = "sign_in.provider";
// The record names tokens: for so long they can still be looked up.
constexpr std::chrono::hours kKeepExpired{7 * 24};

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

tenancy::SessionLife LifeOf(const Configuration& configuration) {
  return {.idle = std::chrono::seconds(configuration.Integer("sign_in.idle_seconds")),
          .absolute = std::chrono::seconds(configuration.Integer("sign_in.session_seconds"))};
}

std::unexpected<base::Error> Refused(std::string_view list, std::string_view key, std::string_view wanted) {
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = fmt::format("`{}.{}` must be {}", list, key, wanted),
                                .field = fmt::format("{}.{}", list, key)});
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words = base::Split(text, ' ');
  std::erase_if(words, [](std::string_view word) { return word.empty(); });
  return words;
}

base::Result<std::vector<base::SignatureAlgorithm>> ReadAlgorithms(std::string_view list, std::string_view text) {
  std::vector<base::SignatureAlgorithm> algorithms;
  for (const std::string_view word : Words(text)) {
    const auto algorithm = base::SignatureAlgorithmByName(word);
    if (!algorithm) return Refused(list, "algorithms", "names of algorithms that sign with a key pair");
    algorithms.push_back(*algorithm);
  }
  if (algorithms.empty()) return Refused(list, "algorithms", "names of algorithms that sign with a key pair");
  return algorithms;
}

base::Result<std::optional<std::vector<model::IntegrationId>>> ReadIntegrations(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::vector<model::IntegrationId> ids;
  for (const std::string_view word : Words(text)) {
    auto id = model::IntegrationId::Parse(word);
    if (!id) return Refused(kRules, "integrations", "ids of integrations");
    ids.push_back(*std::move(id));
  }
  return ids;
}

base::Result<tenancy::ExchangeRule> ReadRule(const ConfigurationItem& item) {
  const auto text = [&](std::string_view key) { return item.find(key)->second; };
  constexpr std::string_view kClaims = "claims.";
  tenancy::ExchangeRule rule{.name = text("name"), .issuer = text("issuer"), .audience = text("audience"), .tenant = text("tenant"), .role = text("role")};
  if (!model::CheckName(rule.name, "name") || rule.name.size() > kLongestRuleName) return Refused(kRules, "name", "a name of at most 64 characters");
  if (!tenancy::IsIssuerUrl(rule.issuer)) return Refused(kRules, "issuer", "an https URL");
  if (rule.audience.empty()) return Refused(kRules, "audience", "set");
  if (!model::Handle::Parse(rule.tenant)) return Refused(kRules, "tenant", "the handle of a tenant");
  if (rule.role.empty()) return Refused(kRules, "role", "the name or id of a role");
  TRY_ASSIGN(rule.algorithms, ReadAlgorithms(kRules, text("algorithms")));
  TRY_ASSIGN(rule.integrations, ReadIntegrations(text("integrations")));
  if (const std::string space = text("space"); !space.empty()) {
    const auto id = model::SpaceId::Parse(space);
    if (!id) return Refused(kRules, "space", "the id of a space");
    rule.space = *id;
  }
  for (const auto& [key, value] : item) {
    if (key.starts_with(kClaims)) rule.claims.emplace(key.substr(kClaims.size()), value);
  }
  if (rule.claims.empty()) return Refused(kRules, "claims", "set: without it everybody whom the issuer knows could come in");
  const std::string seconds = text("duration_seconds");
  std::int64_t count = 0;
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), count);
  if (count < 60 || count > 43'200) return Refused(kRules, "duration_seconds", "60 to 43200");
  rule.duration = std::chrono::seconds(count);
  return rule;
}

base::Result<std::shared_ptr<const base::Secret>> ReadClientSecret(const std::string& path) {
  if (path.empty()) return nullptr;
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  base::Secret secret{std::string(base::Trim(text.str()))};
  if (!stream || secret.empty()) return Refused(kProviders, "client_secret_file", "a file that can be read and is not empty");
  return std::make_shared<const base::Secret>(std::move(secret));
}

base::Result<tenancy::GroupRole> ReadGroupRole(std::string_view text) {
  const auto words = Words(text);
  if (words.empty() || words.size() > 2) return Refused(kProviders, "roles", "a role, or a role and the id of a space");
  tenancy::GroupRole role{.role = std::string(words.front())};
  if (words.size() == 1) return role;
  const auto space = model::SpaceId::Parse(words.back());
  if (!space) return Refused(kProviders, "roles", "a role, or a role and the id of a space");
  role.space = *space;
  return role;
}

base::Result<tenancy::SignInProvider> ReadProvider(const ConfigurationItem& item) {
  const auto text = [&](std::string_view key) { return item.find(key)->second; };
  constexpr std::string_view kRoles = "roles.";
  tenancy::SignInProvider provider{.name = text("name"), .issuer = text("issuer"), .client_id = text("client_id"), .tenant = text("tenant"),
                                   .scopes = text("scopes"), .groups_claim = text("groups_claim"),
                                   .email_is_verified = text("email_verified") == "assumed"};
  if (!model::IsStackSlug(provider.name)) return Refused(kProviders, "name", "lower-case letters, digits and hyphens");
  if (!tenancy::IsIssuerUrl(provider.issuer)) return Refused(kProviders, "issuer", "an https URL");
  if (provider.client_id.empty()) return Refused(kProviders, "client_id", "set");
  if (!model::Handle::Parse(provider.tenant)) return Refused(kProviders, "tenant", "the handle of a tenant");
  if (text("email_verified") != "assumed" && text("email_verified") != "required") {
    return Refused(kProviders, "email_verified", "`required` or `assumed`");
  }
  const auto scopes = Words(provider.scopes);
  if (std::ranges::find(scopes, "openid") == scopes.end()) return Refused(kProviders, "scopes", "scopes, with `openid` among them");
  TRY_ASSIGN(provider.algorithms, ReadAlgorithms(kProviders, text("algorithms")));
  TRY_ASSIGN(provider.client_secret, ReadClientSecret(text("client_secret_file")));
  for (const auto& [key, value] : item) {
    if (!key.starts_with(kRoles)) continue;
    TRY_ASSIGN(tenancy::GroupRole role, ReadGroupRole(value));
    provider.roles.emplace(key.substr(kRoles.size()), std::move(role));
  }
  return provider;
}

base::Status NoteAuthorities(std::map<std::string, std::string>& authorities, std::string_view list, const ConfigurationItem& item) {
  const std::string& ca_file = item.find("ca_file")->second;
  if (!ca_file.empty() && !http::CheckAuthorities(ca_file)) return Refused(list, "ca_file", "a PEM file with certificates");
  const auto [known, is_new] = authorities.emplace(item.find("issuer")->second, ca_file);
  if (!is_new && known->second != ca_file) return Refused(list, "ca_file", "the same wherever the same issuer is named");
  return {};
}

}  // namespace

std::string OwnUrl(const Configuration& configuration) {
  const std::string& known = configuration.Text("server.public_url");
  const bool has_tls = !configuration.Text("server.tls_certificate").empty();
  return known.empty() ? fmt::format("{}://{}", has_tls ? "https" : "http", configuration.Text("server.listen")) : WithoutSlash(known);
}

std::vector<std::string> IdentityProviders::Issuers() const {
  std::set<std::string> issuers;
  for (const tenancy::SignInProvider& provider : providers) issuers.insert(provider.issuer);
  for (const tenancy::ExchangeRule& rule : rules) issuers.insert(rule.issuer);
  return {issuers.begin(), issuers.end()};
}

base::Result<IdentityProviders> ReadIdentityProviders(const Configuration& configuration) {
  IdentityProviders known;
  // By issuer, "" too: whoever names one issuer twice must mean the same authorities.
  std::map<std::string, std::string> authorities;
  for (const ConfigurationItem& item : configuration.Items(kRules)) {
    TRY_ASSIGN(tenancy::ExchangeRule rule, ReadRule(item));
    TRY(NoteAuthorities(authorities, kRules, item));
    known.rules.push_back(std::move(rule));
  }
  for (const ConfigurationItem& item : configuration.Items(kProviders)) {
    TRY_ASSIGN(tenancy::SignInProvider provider, ReadProvider(item));
    if (std::ranges::find(known.providers, provider.name, &tenancy::SignInProvider::name) != known.providers.end()) {
      return Refused(kProviders, "name", "another one for each provider");
    }
    TRY(NoteAuthorities(authorities, kProviders, item));
    known.providers.push_back(std::move(provider));
  }
  std::erase_if(authorities, [](const auto& entry) { return entry.second.empty(); });
  known.authorities = std::move(authorities);
  return known;
}

OwnIssuerWays::OwnIssuerWays(const IdentityProviders& known, const aws::ProxySettings& proxies) {
  for (const auto& [issuer, ca_file] : known.authorities) {
    by_issuer_.emplace(issuer, std::make_unique<aws::CurlTransport>(aws::CurlOptions{.ca_file = ca_file, .proxies = proxies}));
  }
}

tenancy::Issuers::OwnWays OwnIssuerWays::ways() const {
  tenancy::Issuers::OwnWays ways;
  for (const auto& [issuer, transport] : by_issuer_) ways.emplace(issuer, transport.get());
  return ways;
}

base::Result<std::unique_ptr<SignInSetup>> SignInSetup::Make(const SignInParts& parts) {
  TRY_ASSIGN(IdentityProviders known, ReadIdentityProviders(parts.configuration));
  return std::unique_ptr<SignInSetup>(new SignInSetup(parts, std::move(known)));
}

tenancy::OidcPorts SignInSetup::oidc() {
  return {ports_, authentication_, issuers_, providers_, seal_, own_url_};
}

SignInSetup::SignInSetup(const SignInParts& parts, IdentityProviders known)
    : passwords_({.threads = std::max(1U, std::thread::hardware_concurrency() / 2)}),
      failures_(parts.clock),
      ports_{.operators = {parts.store, parts.audit, parts.clock, parts.random, passwords_},
             .failures = failures_,
             .life = LifeOf(parts.configuration)},
      ways_(known, parts.proxies),
      issuers_(parts.transport, parts.clock, {}, ways_.ways()),
      rules_(std::move(known.rules)),
      exchange_{parts.store, parts.audit, parts.clock, parts.random, issuers_, rules_},
      providers_(std::move(known.providers)),
      authentication_{parts.store, parts.clock, parts.memory},
      seal_(parts.random),
      own_url_(OwnUrl(parts.configuration)),
      settings_{.public_url = WithoutSlash(parts.configuration.Text("server.public_url"))} {}

base::Status SignInSetup::Sweep(const std::stop_token& stop) {
  store::Store& store = ports_.operators.store;
  const base::Time now = ports_.operators.clock.Now();
  return store::ForEachTenant(store, stop, [&](const store::Tenant& tenant) {
    return store.Write(tenant.id, [&](store::WriteTransaction& tx) -> base::Status {
      TRY(store::SweepBrowserSessions(tx, now, now - ports_.life.idle));
      return store::SweepSignInTokens(tx, now - kKeepExpired);
    });
  });
}

void SignInSetup::RegisterUpkeep(jobs::Runner& runner) {
  runner.Every("sign_in.sweep", kSweepInterval, [this](const std::stop_token& stop) { static_cast<void>(Sweep(stop)); });
}

}  // namespace crossrole::app
