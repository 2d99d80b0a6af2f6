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

bool IsValid(const store::Token& token, const PresentedToken& presented, base::Time now) {
  const bool same = base::ConstantTimeEqual(token.hash, base::HexEncode(base::AsText(presented.hash)));
  const bool alive = !token.revoked_at && (!token.expires_at || now < *token.expires_at);
  return same && alive;
}

// Errors: kNotFound, and those of the store.
base::Result<store::Token> LoadToken(store::Store& store, const model::TokenId& id) {
  TRY_ASSIGN(const auto tenant,
             store.ReadInstallation([&](store::ReadTransaction& tx) { return store::FindTenantOfToken(tx, id); }));
  if (!tenant) return base::Fail(base::Code::kNotFound, "no such token");
  TRY_ASSIGN(auto token, store.Read(*tenant, [&](store::ReadTransaction& tx) { return store::FindToken(tx, id); }));
  if (!token) return base::Fail(base::Code::kNotFound, "no such token");
  return *std::move(token);
}

base::Result<store::Tenant> LoadTenant(store::Store& store, const model::TenantId& id) {
  TRY_ASSIGN(auto tenant, store.ReadInstallation([&](store::ReadTransaction& tx) { return store::FindTenant(tx, id); }));
  if (!tenant) return base::Fail(base::Code::kNotFound, "no such tenant");
  return *std::move(tenant);
}

// Where a caller is looked up: both answer a pointer, null for who is not there.
class FromStore {
 public:
  explicit FromStore(const AuthenticationPorts& ports) : ports_(ports) {}

  base::Result<std::shared_ptr<const store::Token>> Token(const model::TokenId& id) const {
    return Pointer(ports_.memory.tokens.Get(ports_.store, id.text(), [&] { return LoadToken(ports_.store, id); }));
  }
  base::Result<std::shared_ptr<const store::Tenant>> Tenant(const model::TenantId& id) const {
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

  base::Result<std::shared_ptr<const store::Token>> Token(const model::TokenId& id) const {
    return ports_.memory.tokens.Peek(ports_.store, id.text());
  }
  base::Result<std::shared_ptr<const store::Tenant>> Tenant(const model::TenantId& id) const {
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
  TRY_ASSIGN(const auto token, source.Token(text.id));
  if (token == nullptr || !IsValid(*token, text, now)) return base::Fail(NotAuthenticated());
  const auto wanted = TenantOf(*token, presented.tenant_header);
  if (!wanted) return base::Fail(NotAuthenticated());
  TRY_ASSIGN(const auto tenant, source.Tenant(*wanted));
  if (tenant == nullptr || tenant->state != store::TenantState::kActive) return base::Fail(NotAuthenticated());

  const bool administrator = token->power == store::TokenPower::kAdministrator;
  return Caller{.actor = {.tenant = tenant->id, .id = token->id.text(), .installation_admin = administrator},
                .role = administrator ? Role::kAdministrator : RoleByName(token->role).value_or(Role::kReader),
                .tenant_handle = tenant->handle.text()};
}

}  // namespace

base::Result<Caller> Authenticate(const AuthenticationPorts& ports, const Presented& presented) {
  return AuthenticateFrom(FromStore(ports), ports.clock.Now(), presented);
}

std::optional<Caller> Recognise(const AuthenticationPorts& ports, const Presented& presented) {
  auto caller = AuthenticateFrom(FromMemory(ports), ports.clock.Now(), presented);
  return caller ? std::optional(*std::move(caller)) : std::nullopt;
}

base::Status RecordUse(const AuthenticationPorts& ports, const Caller& caller) {
  TRY_ASSIGN(const model::TokenId id, model::TokenId::Parse(caller.actor.id));
  const base::Time now = ports.clock.Now();
  TRY_ASSIGN(const store::Token token, LoadToken(ports.store, id));
  if (token.last_used_at && now - *token.last_used_at < std::chrono::minutes(1)) return {};
  return ports.store.Write(token.tenant, [&](store::WriteTransaction& tx) { return store::RecordTokenUse(tx, id, now); });
}

}  // namespace crossrole::tenancy
