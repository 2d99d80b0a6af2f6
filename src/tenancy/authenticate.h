// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "model/actor.h"
#include "store/people/tenants.h"
#include "store/people/tokens.h"
#include "store/remembered.h"
#include "store/store.h"
#include "tenancy/judge_access.h"
#include "tenancy/permissions.h"

namespace crossrole::tenancy {

/// A token, by its hash only, with what it may.
struct KnownToken {
  store::Token token;
  std::shared_ptr<const Authority> authority;
  std::string bearer{};  // whom it identifies; "": itself
};

/// A tenant with its tree of spaces.
struct KnownTenant {
  store::Tenant tenant;
  std::shared_ptr<const SpaceTree> spaces;
};

/// A token and the tenant it belongs to, which is not always the one its holder acts in.
struct TokenPlace {
  model::TenantId home;
  model::TokenId id;
  auto operator<=>(const TokenPlace&) const = default;
};

/// When which token was used last, until somebody writes it down. Thread-safe.
class TokenUses {
 public:
  /// Notes a use.
  void Note(const TokenPlace& token, base::Time now) {
    uses_.With([&](auto& uses) { uses.insert_or_assign(token, now); });
  }
  /// What was noted since the last time, taken out.
  std::map<TokenPlace, base::Time> Take() {
    return uses_.With([](auto& uses) { return std::exchange(uses, {}); });
  }

 private:
  base::Guarded<std::map<TokenPlace, base::Time>> uses_{};
};

/// Tokens, tenants and operators' authority that were read a moment ago. Whoever is revoked, disabled or changed is read
/// anew at once; see store::Remembered.
struct Memory {
  store::Remembered<std::string, KnownToken> tokens{4096};    // by id
  store::Remembered<std::string, KnownTenant> tenants{1024};  // by id
  store::Remembered<std::string, Authority> operators{4096};  // by id
  TokenUses uses{};
};

/// What authentication needs.
struct AuthenticationPorts {
  store::Store& store;
  const base::Clock& clock;
  Memory& memory;
};

/// What a request shows of itself.
struct Presented {
  std::string_view authorization;                    // the whole header, "" when missing
  std::optional<std::string_view> tenant_header{};   // `Crossrole-Tenant`
};

/// Who calls, and what he may. Address and request id of the actor are for the caller of `Authenticate` to fill in.
struct Caller {
  model::Actor actor;                             // its id is op_…, tok_…, wk_… or run_…
  std::string tenant_handle;
  std::string tenant_name;
  std::shared_ptr<const Authority> authority;     // never null
  std::shared_ptr<const SpaceTree> spaces;        // of the tenant acted in; never null
  std::optional<model::OperatorId> operator_id{}; // the person, by sign-in or by a token of his own
  std::optional<TokenPlace> token{};              // set when he came with one

  /// Whether the caller has `permission` on `target`.
  bool May(Permission permission, const Target& target) const { return IsAllowed(*authority, *spaces, permission, target); }
  /// Whether he has it in a space.
  bool MayIn(const model::SpaceId& space, Permission permission) const { return May(permission, {.space = space}); }
  /// Whether he has it somewhere in the tenant.
  bool MaySomewhere(Permission permission) const { return IsAllowedSomewhere(*authority, permission); }
};

/// Finds out who calls by a token. A token belongs to one tenant and decides the tenant of the request; the administrator
/// token acts in tenant `default` or in the one that `Crossrole-Tenant` names.
/// Errors: kUnauthenticated, with the same words for every cause.
base::Result<Caller> Authenticate(const AuthenticationPorts& ports, const Presented& presented);

/// The caller that an operator of `tenant` is who has proven himself otherwise (by a browser session, a password, an
/// identity provider). Errors: kUnauthenticated when he is disabled or deleted, or the tenant is not active.
base::Result<Caller> CallerForOperator(const AuthenticationPorts& ports, const model::TenantId& tenant,
                                       const model::OperatorId& id);

/// The caller, if what is known of the token and the tenant still counts; else nothing, which says nothing about the
/// token. Does not wait for the store, so that an I/O thread may ask; not an answer to who may do what.
std::optional<Caller> Recognise(const AuthenticationPorts& ports, const Presented& presented);

/// Notes the use of a token, if he came with one. Touches memory only: it is on the way of every request.
void RecordUse(const AuthenticationPorts& ports, const Caller& caller);
/// Writes down what `RecordUse` noted; for a thread that no request waits for.
base::Status StoreUses(const AuthenticationPorts& ports);

}  // namespace crossrole::tenancy
