// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "model/actor.h"
#include "store/store.h"
#include "tenancy/permissions.h"

namespace crossrole::tenancy {

/// What authentication needs.
struct AuthenticationPorts {
  store::Store& store;
  const base::Clock& clock;
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

/// Notes the use of a token, at most once a minute; off the request's path.
base::Status RecordUse(const AuthenticationPorts& ports, const Caller& caller);

}  // namespace crossrole::tenancy
