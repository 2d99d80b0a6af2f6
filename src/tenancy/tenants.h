// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/actor.h"
#include "model/ids.h"
#include "store/people/tenants.h"
#include "tenancy/ports.h"

namespace crossrole::tenancy {

/// A tenant that is wanted.
struct TenantWish {
  std::string handle;                               // immutable, never issued again
  std::optional<std::string> name{};                // nothing: the handle
  std::optional<std::string> external_id_suffix{};  // "generated" or "chosen"; see `ExternalIdSuffix`
};

/// A change of a tenant; what is not set stays.
struct TenantChange {
  std::optional<std::string> name{};
  std::optional<std::string> state{};  // "active" or "disabled"
  std::optional<std::string> external_id_suffix{};
  std::optional<std::int64_t> if_match{};
};

/// The tenant's own word on who makes the suffix of external IDs: "generated", "chosen" (which counts only where the
/// installation's file allows it), or "" where nothing was said.
std::string ExternalIdSuffix(const store::Tenant& tenant);

/// Makes a tenant with its root space. Errors: kInvalidArgument with `field`; kConflict when the handle is or was in use.
base::Result<store::Tenant> CreateTenant(const Ports& ports, const model::Actor& actor, const TenantWish& wish);
/// The tenant. Errors: kNotFound.
base::Result<store::Tenant> FindTenant(const Ports& ports, const std::string& id);
/// Changes name, settings or state; a disabled tenant's tokens are refused at once, and nothing of it is deleted.
/// Errors: kNotFound; kConflict with `stale`; kInvalidArgument with `field`; kFailedPrecondition with reason `tenant.default`.
base::Result<store::Tenant> UpdateTenant(const Ports& ports, const model::Actor& actor, const std::string& id, const TenantChange& change);
/// What `UpdateTenant` would do; writes nothing. Errors: as `UpdateTenant`.
base::Result<Consequences> PreviewUpdateTenant(const Ports& ports, const std::string& id, const TenantChange& change);
/// Deletes a tenant and everything of it, and returns what went. Its handle and its external IDs stay burnt; its audit
/// record stays. `confirm` is its handle. Errors: kNotFound; kConflict with `stale`; kInvalidArgument with field `confirm`;
/// kFailedPrecondition with reason `tenant.default`.
base::Result<Consequences> DeleteTenant(const Ports& ports, const model::Actor& actor, const std::string& id,
                                        const std::string& confirm, std::optional<std::int64_t> if_match);
/// What `DeleteTenant` would remove; writes nothing. Errors: as `DeleteTenant`, save that nothing is to be confirmed.
base::Result<Consequences> PreviewDeleteTenant(const Ports& ports, const std::string& id, std::optional<std::int64_t> if_match);

}  // namespace crossrole::tenancy
