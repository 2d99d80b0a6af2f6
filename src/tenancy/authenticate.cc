// SPDX-License-Identifier: Apache-2.0
#include "tenancy/authenticate.h"

#include <fmt/format.h>

#include <vector>

#include "base/crypto.h"
#include "base/text.h"
#include "store/people/bearers.h"
#include "store/people/operators.h"
#include "store/people/tenants.h"
#include "store/people/tokens.h"
#include "tenancy/authority.h"
#include "tenancy/token.h"

namespace crossrole::tenancy {
namespace {

constexpr std::string_view kScheme = "Bearer ";

bool IsValid(const store::Token& token, const PresentedToken& presented, base::Time now) {
  const bool same = base::ConstantTimeEqual(token.hash, base::HexEncode(base::AsText(presented.hash)));
  const bool alive = !token.revoked_at && (!token.expires_at || now < *token.expires_at);
  return same && alive;
}

// Whether an operator is there and may come in. Errors: those of the store.
base::Result<bool> MayComeIn(store::ReadTransaction& tx, const model::OperatorId& id) {
  TRY_ASSIGN(const auto person, store::FindOperator(tx, id));
  return person && !person->disabled;
}

// Errors: kNotFound, also for one whose operator may not come in; those of the store.
base::Result<KnownToken> LoadToken(store::Store& store, const model::TokenId& id) {
  TRY_ASSIGN(const auto tenant,
             store.ReadInstallation([&](store::ReadTransaction& tx) { return store::FindTenantOfToken(tx, id); }));
  if (!tenant) return base::Fail(base::Code::kNotFound, "no such token");
  return store.Read(*tenant, [&](store::ReadTransaction& tx) -> base::Result<KnownToken> {
    TRY_ASSIGN(auto token, store::FindToken(tx, id));
    if (!token) return base::Fail(base::Code::kNotFound, "no such token");
    if (token->operator_id) {
      TRY_ASSIGN(const bool may, MayComeIn(tx, *token->operator_id));
      if (!may) return base::Fail(base::Code::kNotFound, "no such operator");
    }
    TRY_ASSIGN(Authority authority, LoadAuthorityOf(tx, *token));
    TRY_ASSIGN(auto bearer, store::FindBearer(tx, token->id));
    return KnownToken{*std::move(token), std::make_shared<const Authority>(std::move(authority)), std::move(bearer).value_or("")};
  });
}

base::Result<KnownTenant> LoadTenant(store::Store& store, const model::TenantId& id) {
  return store.Read(id, [](store::ReadTransaction& tx) -> base::Result<KnownTenant> {
    TRY_ASSIGN(store::Tenant tenant, store::OwnTenant(tx));
    TRY_ASSIGN(SpaceTree spaces, LoadSpaces(tx));
    return KnownTenant{std::move(tenant), std::make_shared<const SpaceTree>(std::move(spaces))};
  });
}

// Where a caller is looked up: both answer a pointer, null for who is not there.
class FromStore {
 public:
  explicit FromStore(const AuthenticationPorts& ports) : ports_(ports) {}

  base::Result<std::shared_ptr<const KnownToken>> Token(const model::TokenId& id) const {
    return Pointer(ports_.memory.tokens.Get(ports_.store, id.text(), [&] { return LoadToken(ports_.store, id); }));
  }
  base::Result<std::shared_ptr<const KnownTenant>> Tenant(const model::TenantId& id) const {
    return Pointer(ports_.memory.tenants.Get(ports_.store, id.text(), [&] { return LoadTenant(ports_.store, id); }));
  }

 private:
  template <typename T>
  static base::Result<std::shared_ptr<const T>> Pointer(base::Result<std::shared_ptr<const T>> found) {
    if (!found && found.error().code == base::Code::kNotFound) return nullptr;
    return found;
  }

  const AuthenticationPorts& ports_;
};

class FromMemory {
 public:
  explicit FromMemory(const AuthenticationPorts& ports) : ports_(ports) {}

  base::Result<std::shared_ptr<const KnownToken>> Token(const model::TokenId& id) const {
    return ports_.memory.tokens.Peek(ports_.store, id.text());
  }
  base::Result<std::shared_ptr<const KnownTenant>> Tenant(const model::TenantId& id) const {
    return ports_.memory.tenants.Peek(ports_.store, id.text());
  }

 private:
  const AuthenticationPorts& ports_;
};

// The tenant in which the holder of `token` acts.
std::optional<model::TenantId> TenantOf(const store::Token& token, std::optional<std::string_view> wanted) {
  if (!wanted) return token.tenant;
  const auto id = model::TenantId::Parse(*wanted);
  if (!id || (token.power != store::TokenPower::kAdministrator && *id != token.tenant)) return std::nullopt;
  return *id;
}

template <typename Source>
base::Result<Caller> AuthenticateFrom(const Source& source, base::Time now, const Presented& presented) {
  if (presented.authorization.size() <= kScheme.size() ||
      !base::EqualsIgnoreCase(presented.authorization.substr(0, kScheme.size()), kScheme)) {
    return base::Fail(NotAuthenticated());
  }
  TRY_ASSIGN(const PresentedToken text, ParseToken(base::Trim(presented.authorization.substr(kScheme.size()))));
  TRY_ASSIGN(const auto known, source.Token(text.id));
  if (known == nullptr || !IsValid(known->token, text, now)) return base::Fail(NotAuthenticated());
  const store::Token& token = known->token;
  const auto wanted = TenantOf(token, presented.tenant_header);
  if (!wanted) return base::Fail(OtherTenant());
  TRY_ASSIGN(const auto tenant, source.Tenant(*wanted));
  if (tenant == nullptr || tenant->tenant.state != store::TenantState::kActive) {
    return base::Fail(presented.tenant_header ? OtherTenant() : NotAuthenticated());
  }

  const bool administrator = token.power == store::TokenPower::kAdministrator;
  return Caller{.actor = {.tenant = tenant->tenant.id, .id = known->bearer.empty() ? token.id.text() : known->bearer, .installation_admin = administrator},
                .tenant_handle = tenant->tenant.handle.text(),
                .tenant_name = tenant->tenant.name,
                .authority = known->authority,
                .spaces = tenant->spaces,
                .operator_id = token.operator_id,
                .token = TokenPlace{.home = token.tenant, .id = token.id}};
}

}  // namespace

base::Result<Caller> Authenticate(const AuthenticationPorts& ports, const Presented& presented) {
  return AuthenticateFrom(FromStore(ports), ports.clock.Now(), presented);
}

std::optional<Caller> Recognise(const AuthenticationPorts& ports, const Presented& presented) {
  auto caller = AuthenticateFrom(FromMemory(ports), ports.clock.Now(), presented);
  return caller ? std::optional(*std::move(caller)) : std::nullopt;
}

base::Result<Caller> CallerForOperator(const AuthenticationPorts& ports, const model::TenantId& tenant,
                                       const model::OperatorId& id) {
  TRY_ASSIGN(const auto known, FromStore(ports).Tenant(tenant));
  if (known == nullptr || known->tenant.state != store::TenantState::kActive) return base::Fail(NotAuthenticated());
  auto authority = ports.memory.operators.Get(ports.store, fmt::format("{} {}", tenant.text(), id.text()), [&] {
    return ports.store.Read(tenant, [&](store::ReadTransaction& tx) -> base::Result<Authority> {
      TRY_ASSIGN(const bool may, MayComeIn(tx, id));
      if (!may) return base::Fail(NotAuthenticated());
      return LoadAuthority(tx, id.text());
    });
  });
  if (!authority) return std::unexpected(authority.error());
  return Caller{.actor = {.tenant = tenant, .id = id.text()},
                .tenant_handle = known->tenant.handle.text(),
                .tenant_name = known->tenant.name,
                .authority = *std::move(authority),
                .spaces = known->spaces,
                .operator_id = id};
}

void RecordUse(const AuthenticationPorts& ports, const Caller& caller) {
  if (caller.token) ports.memory.uses.Note(*caller.token, ports.clock.Now());
}

base::Status StoreUses(const AuthenticationPorts& ports) {
  std::map<model::TenantId, std::vector<std::pair<model::TokenId, base::Time>>> by_tenant;
  for (const auto& [token, time] : ports.memory.uses.Take()) by_tenant[token.home].emplace_back(token.id, time);
  for (const auto& [tenant, uses] : by_tenant) {
    TRY(ports.store.Write(tenant, [&](store::WriteTransaction& tx) -> base::Status {
      for (const auto& [token, time] : uses) TRY(store::RecordTokenUse(tx, token, time));
      return {};
    }));
  }
  return {};
}

}  // namespace crossrole::tenancy
