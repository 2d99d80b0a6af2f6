// SPDX-License-Identifier: Apache-2.0
#include "tenancy/federation/token_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "model/handle.h"
#include "store/people/tenants.h"
#include "store/people/tokens.h"
#include "tenancy/authority.h"
#include "tenancy/federation/identity_token.h"
#include "tenancy/token.h"

namespace crossrole::tenancy {
namespace {

using base::Code;
using base::Error;
using base::Fail;

Error NotExchanged() {
  return {.code = Code::kUnauthenticated,
          .message = "the token cannot be exchanged",
          .reason = "token_exchange.refused",
          .fix = "check issuer, audience, claims and times of the token against the server's rules"};
}

// The reason is for the record only: whoever sent the token learns nothing from it.
std::unexpected<Error> Because(std::string_view reason) {
  return Fail(Error{.code = Code::kUnauthenticated, .message = "refused", .reason = std::string(reason)});
}

bool IsFor(const ExchangeRule& rule, const base::JsonWebToken& token) {
  return rule.issuer == token.issuer && std::ranges::find(token.audiences, rule.audience) != token.audiences.end();
}

// Only who is named by a rule is asked for keys: a token cannot make the server call anywhere else.
base::Result<const ExchangeRule*> FindRule(const ExchangePorts& ports, const base::JsonWebToken& token) {
  if (std::ranges::none_of(ports.rules, [&](const ExchangeRule& rule) { return IsFor(rule, token); })) return Because("token.issuer");
  TRY_ASSIGN(const auto keys, ports.issuers.KeysOf(token.issuer, token.key_id));
  if (!base::IsSignedBy(token, *keys)) return Because("token.signature");
  Error last{.code = Code::kUnauthenticated, .message = "refused", .reason = "token.claims"};
  for (const ExchangeRule& rule : ports.rules) {
    if (!IsFor(rule, token)) continue;
    const base::Status judged = JudgeToken(token, {.issuer = rule.issuer,
                                                   .audience = rule.audience,
                                                   .algorithms = rule.algorithms,
                                                   .now = ports.clock.Now()});
    if (!judged) {
      last = judged.error();
    } else if (HasClaims(token, rule.claims)) {
      return &rule;
    }
  }
  return Fail(std::move(last));
}

audit::Record RecordOf(const ExchangeAttempt& attempt) {
  return {.action = "token.exchange",
          .target = "unknown",
          .request_id = attempt.request_id,
          .remote = attempt.remote,
          .trace = attempt.traceparent};
}

std::string Details(const ExchangeRule* rule, const base::JsonWebToken& token) {
  boost::json::object details{{"issuer", std::string(base::Shortened(token.issuer, 200))},
                              {"subject", std::string(base::Shortened(token.subject, 200))}};
  if (rule != nullptr) details["rule"] = rule->name;
  return base::PrintJson(details);
}

void RecordRefusal(const ExchangePorts& ports, const ExchangeAttempt& attempt, std::string_view reason, std::string details) {
  audit::Record record = RecordOf(attempt);
  record.outcome = audit::Outcome::kRefused;
  record.reason = std::string(reason);
  record.details = std::move(details);
  ports.audit.Append(std::move(record), [](base::Status) {});
}

base::Result<store::Tenant> TenantOf(store::Store& store, const ExchangeRule& rule) {
  TRY_ASSIGN(const model::Handle handle, model::Handle::Parse(rule.tenant));
  TRY_ASSIGN(auto tenant,
             store.ReadInstallation([&](store::ReadTransaction& tx) { return store::FindTenantByHandle(tx, handle); }));
  if (!tenant || tenant->state != store::TenantState::kActive) return Because("token_exchange.no_tenant");
  return *std::move(tenant);
}

base::Result<ExchangedToken> Issue(const ExchangePorts& ports, const ExchangeAttempt& attempt, const ExchangeRule& rule,
                                   const base::JsonWebToken& presented) {
  TRY_ASSIGN(const store::Tenant tenant, TenantOf(ports.store, rule));
  const base::Time now = ports.clock.Now();
  IssuedToken issued = IssueToken(now, ports.random);
  store::Token token{.id = issued.id,
                     .tenant = tenant.id,
                     .name = rule.name,
                     .space = rule.space,
                     .integrations = rule.integrations,
                     .maker = MakerOf(rule),
                     .hash = base::HexEncode(base::AsText(issued.hash)),
                     .expires_at = now + rule.duration,
                     .created_at = now,
                     .updated_at = now};
  const auto write = [&](store::WriteTransaction& tx) -> base::Status {
    TRY_ASSIGN(const ResolvedRole role, FindRoleToGive(tx, rule.role));
    TRY_ASSIGN(const SpaceTree spaces, LoadSpaces(tx));
    if (rule.space && !spaces.Has(*rule.space)) return Because("token_exchange.no_space");
    token.role = role.key;
    return store::InsertToken(tx, token);
  };
  audit::Record record = RecordOf(attempt);
  record.tenant = tenant.id;
  record.actor = issued.id.text();
  record.target = issued.id.text();
  record.details = Details(&rule, presented);
  const auto stored = audit::RecordAround(ports.audit, std::move(record), [&](audit::EffectReport& report) -> base::Result<bool> {
    report.details = Details(&rule, presented);
    TRY(ports.store.Write(tenant.id, write));
    return true;
  });
  if (!stored) return Fail(stored.error());
  return ExchangedToken{std::move(issued.id), std::move(issued.text), *token.expires_at};
}

}  // namespace

std::string MakerOf(const ExchangeRule& rule) { return "rule:" + rule.name; }

base::Result<ExchangedToken> ExchangeToken(const ExchangePorts& ports, ExchangeAttempt attempt) {
  const auto token = base::ReadJsonWebToken(attempt.token.Reveal());
  if (!token) {
    RecordRefusal(ports, attempt, token.error().reason, "{}");
    return Fail(NotExchanged());
  }
  const auto rule = FindRule(ports, *token);
  auto exchanged = rule ? Issue(ports, attempt, **rule, *token) : base::Result<ExchangedToken>(std::unexpected(rule.error()));
  if (exchanged || exchanged.error().code == Code::kUnavailable) return exchanged;
  if (!rule) RecordRefusal(ports, attempt, exchanged.error().reason, Details(nullptr, *token));
  return Fail(NotExchanged());
}

}  // namespace crossrole::tenancy
