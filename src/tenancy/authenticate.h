// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "model/actor.h"
#include "store/remembered.h"
#include "store/store.h"
#include "store/tenants.h"
#include "store/tokens.h"
#include "tenancy/permissions.h"

namespace crossrole::tenancy {

/// Tokens, by their hash only, and tenants that were read a moment ago. Whoever is revoked, disabled or changed is read
/// anew at once; see store::Remembered.
struct Memory {
  store::Remembered<std::string, store::Token> tokens{4096};     // by id
  store::Remembered<std::string, store::Tenant> tenants{1024};   // by id
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

/// Who calls. Address and request id of the actor are for the caller to fill in.
struct Caller {
  model::Actor actor;
  Role role = Role::kReader;
  std::string tenant_handle;
};

/// Finds out who calls. A token belongs to one tenant and decides the tenant of the request; the administrator token
/// acts in tenant `default` or in the one that `Crossrole-Tenant` names.
/// Errors: kUnauthenticated, with the same words for every cause.
base::Result<Caller> Authenticate(const AuthenticationPorts& ports, const Presented& presented);

/// The caller, if what is known of the token and the tenant still counts; else nothing, which says nothing about the
/// token. Does not wait for the store, so that an I/O thread may ask; not an answer to who may do what.
std::optional<Caller> Recognise(const AuthenticationPorts& ports, const Presented& presented);

/// Notes the use of a token, at most once a minute; off the request's path.
base::Status RecordUse(const AuthenticationPorts& ports, const Caller& caller);

}  // namespace crossrole::tenancy
