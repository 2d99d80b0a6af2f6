// SPDX-License-Identifier: Apache-2.0
#include "tenancy/authenticate.h"

#include "base/crypto.h"
#include "base/text.h"
#include "store/tenants.h"
#include "store/tokens.h"
#include "tenancy/token.h"

namespace crossrole::tenancy {
namespace {

constexpr std::string_view kScheme = "Bearer ";

struct Found {
  store::Token token;
  store::Tenant tenant;
};

bool IsValid(const store::Token& token, const PresentedToken& presented, base::Time now) {
  const bool same = base::ConstantTimeEqual(token.hash, base::HexEncode(base::AsText(presented.hash)));
  const bool alive = !token.revoked_at && (!token.expires_at || now < *token.expires_at);
  return same && alive;
}

base::Result<std::optional<store::Token>> LoadToken(store::Store& store, const model::TokenId& id) {
  TRY_ASSIGN(const auto tenant,
             store.ReadInstallation([&](store::ReadTransaction& tx) { return store::FindTenantOfToken(tx, id); }));
  if (!tenant) return std::optional<store::Token>();
  return store.Read(*tenant, [&](store::ReadTransaction& tx) { return store::FindToken(tx, id); });
}

base::Result<std::optional<store::Tenant>> LoadTenant(store::Store& store, const store::Token& token,
                                                      std::optional<std::string_view> wanted) {
  if (!wanted) {
    return store.ReadInstallation([&](store::ReadTransaction& tx) { return store::FindTenant(tx, token.tenant); });
  }
  const auto id = model::TenantId::Parse(*wanted);
  if (!id || (token.power != store::TokenPower::kAdministrator && *id != token.tenant)) {
    return std::optional<store::Tenant>();
  }
  return store.ReadInstallation([&](store::ReadTransaction& tx) { return store::FindTenant(tx, *id); });
}

}  // namespace

base::Result<Caller> Authenticate(const AuthenticationPorts& ports, const Presented& presented) {
  if (presented.authorization.size() <= kScheme.size() ||
      !base::EqualsIgnoreCase(presented.authorization.substr(0, kScheme.size()), kScheme)) {
    return base::Fail(NotAuthenticated());
  }
  TRY_ASSIGN(const PresentedToken text, ParseToken(base::Trim(presented.authorization.substr(kScheme.size()))));
  TRY_ASSIGN(const auto token, LoadToken(ports.store, text.id));
  if (!token || !IsValid(*token, text, ports.clock.Now())) return base::Fail(NotAuthenticated());
  TRY_ASSIGN(const auto tenant, LoadTenant(ports.store, *token, presented.tenant_header));
  if (!tenant || tenant->state != store::TenantState::kActive) return base::Fail(NotAuthenticated());

  const bool administrator = token->power == store::TokenPower::kAdministrator;
  return Caller{.actor = {.tenant = tenant->id, .id = token->id.text(), .installation_admin = administrator},
                .role = administrator ? Role::kAdministrator : RoleByName(token->role).value_or(Role::kReader),
                .tenant_handle = tenant->handle.text()};
}

base::Status RecordUse(const AuthenticationPorts& ports, const Caller& caller) {
  TRY_ASSIGN(const model::TokenId id, model::TokenId::Parse(caller.actor.id));
  const base::Time now = ports.clock.Now();
  TRY_ASSIGN(const auto token, LoadToken(ports.store, id));
  if (!token || (token->last_used_at && now - *token->last_used_at < std::chrono::minutes(1))) return {};
  return ports.store.Write(token->tenant, [&](store::WriteTransaction& tx) { return store::RecordTokenUse(tx, id, now); });
}

}  // namespace crossrole::tenancy
