// SPDX-License-Identifier: Apache-2.0
#include "tenancy/principals/principals.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "model/ids.h"
#include "store/people/bearers.h"

namespace crossrole::tenancy {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using enum Permission;

constexpr std::array<PrincipalFacts, 4> kTable = {{
    {"operator", "op", std::nullopt, std::chrono::seconds(0), "a person"},
    {"token", "tok", std::nullopt, std::chrono::seconds(0), "a machine, or a person's own token"},
    {"worker", "wk", PermissionSet{kIntegrationRead, kConnectionRead, kJobRead}, std::chrono::hours(12),
     "where runs happen; sees what it needs to know, and gets no credentials"},
    {"run", "run", PermissionSet{kIntegrationRead, kConnectionRead, kSessionMint}, std::chrono::hours(12),
     "gets temporary credentials for what it was started for, until it has finished"},
}};

base::Result<const PrincipalFacts*> FindBearerKind(std::string_view bearer) {
  const auto kind = PrincipalKindOf(bearer);
  if (kind == PrincipalKind::kWorker || kind == PrincipalKind::kRun) return &FactsOf(*kind);
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = fmt::format("`{}` is not the id of a worker or a run", base::Shortened(bearer, 80)),
                    .field = "bearer"});
}

}  // namespace

std::span<const PrincipalFacts> PrincipalKinds() { return kTable; }

const PrincipalFacts& FactsOf(PrincipalKind kind) { return kTable.at(static_cast<std::size_t>(kind)); }

std::optional<PrincipalKind> PrincipalKindOf(std::string_view id) {
  const auto* found = std::ranges::find_if(kTable, [&](const PrincipalFacts& facts) { return model::IsIdText(facts.prefix, id); });
  if (found == kTable.end()) return std::nullopt;
  return static_cast<PrincipalKind>(found - kTable.begin());
}

PermissionSet WithinKind(PermissionSet permissions, std::string_view id) {
  const auto kind = PrincipalKindOf(id);
  if (!kind) return {};
  const std::optional<PermissionSet>& most = FactsOf(*kind).most;
  return most ? permissions.Without(permissions.Without(*most)) : permissions;
}

base::Result<MadeToken> GiveIdentity(const Ports& ports, const Caller& caller, const IdentityWish& wish) {
  TRY_ASSIGN(const PrincipalFacts* const facts, FindBearerKind(wish.bearer));
  if (wish.life < std::chrono::seconds(1) || wish.life > facts->longest) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("a token of a {} is valid for 1 to {} seconds", facts->name, facts->longest.count()),
                      .field = "life"});
  }
  return CreateToken(ports, caller,
                     {.name = wish.bearer,
                      .role = wish.role,
                      .space = wish.space,
                      .integrations = wish.integrations,
                      .expires_at = ports.clock.Now() + wish.life,
                      .bearer = wish.bearer});
}

base::Result<std::int64_t> EndIdentity(const Ports& ports, const model::Actor& actor, std::string_view bearer) {
  TRY(FindBearerKind(bearer));
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, "token.revoke", std::string(bearer)),
                             [&](audit::EffectReport& report) -> base::Result<std::int64_t> {
                               TRY_ASSIGN(const std::int64_t count, ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) {
                                 return store::RevokeTokensOfBearer(tx, bearer, ports.clock.Now());
                               }));
                               report.details = fmt::format(R"({{"revoked":{}}})", count);
                               return count;
                             });
}

}  // namespace crossrole::tenancy
