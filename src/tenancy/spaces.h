// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/people/spaces.h"
#include "tenancy/authenticate.h"
#include "tenancy/ports.h"

namespace crossrole::tenancy {

/// A space that is wanted. That its maker may do so in `parent` was checked before.
struct SpaceWish {
  std::string name;
  std::optional<model::SpaceId> parent{};  // nothing: the root
  bool inherit = true;
};

/// A change of a space; what is not set stays.
struct SpaceChange {
  std::optional<std::string> name{};
  std::optional<model::SpaceId> parent{};
  std::optional<bool> inherit{};
  std::optional<std::int64_t> if_match{};
};

/// Makes a space. Errors: kInvalidArgument with `field`; kConflict (name); kFailedPrecondition (too deep).
base::Result<store::Space> CreateSpace(const Ports& ports, const Caller& caller, const SpaceWish& wish);
/// Renames or moves a space, or changes whether it inherits.
/// Errors: kNotFound; kConflict (`stale`, name); kFailedPrecondition with reason `space.root`, `space.loop`,
/// `space.too_deep`, or `space.would_lose` with the ids of those who would lose what they use.
base::Result<store::Space> UpdateSpace(const Ports& ports, const Caller& caller, const model::SpaceId& id, const SpaceChange& change);
/// What `UpdateSpace` would do; writes nothing. Errors: as `UpdateSpace`, save that losses are told, not refused.
base::Result<Consequences> PreviewUpdateSpace(const Ports& ports, const Caller& caller, const model::SpaceId& id,
                                              const SpaceChange& change);
/// Deletes a space and the bindings in it, and returns what went.
/// Errors: kNotFound; kConflict (`stale`); kFailedPrecondition with reason `space.root`, or `space.not_empty` and what is in it.
base::Result<Consequences> DeleteSpace(const Ports& ports, const Caller& caller, const model::SpaceId& id,
                                       std::optional<std::int64_t> if_match);
/// What `DeleteSpace` would do, and what stands in its way; writes nothing. Errors: as `DeleteSpace`, save the latter.
base::Result<Consequences> PreviewDeleteSpace(const Ports& ports, const Caller& caller, const model::SpaceId& id,
                                              std::optional<std::int64_t> if_match);

/// Refuses to move an integration from one space to another where somebody would lose it; in a transaction of the tenant.
/// Errors: kInvalidArgument with field `space`; kFailedPrecondition with reason `space.would_lose`.
base::Status CheckMove(store::ReadTransaction& tx, const model::IntegrationId& integration, const model::SpaceId& from,
                       const model::SpaceId& to, base::Time now);
/// The ids of those who would lose it.
base::Result<std::vector<std::string>> LostByMove(store::ReadTransaction& tx, const model::IntegrationId& integration,
                                                  const model::SpaceId& from, const model::SpaceId& to, base::Time now);

}  // namespace crossrole::tenancy
