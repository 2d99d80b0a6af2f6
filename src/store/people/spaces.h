// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/page.h"
#include "store/transaction.h"

namespace crossrole::store {

/// A node of a tenant's tree of spaces. The root is not stored here: it is named by the tenant.
struct Space {
  model::SpaceId id;
  model::TenantId tenant;
  std::optional<model::SpaceId> parent{};  // nothing: the root
  bool inherit = true;                     // whether what counts in the parent counts here too
  std::string name;                        // unique among its siblings
  std::int64_t version = 1;
  base::Time created_at{};
  base::Time updated_at{};
};

/// The name of every root.
inline constexpr std::string_view kRootSpaceName = "root";

/// Adds a space below another one. Errors: kConflict with field `name`.
base::Status InsertSpace(WriteTransaction& tx, const Space& space);
/// Stores parent, inheritance and name if `space.version` is still current, and returns the new version.
/// Errors: kConflict with `stale`; kConflict with field `name`.
base::Result<std::int64_t> UpdateSpace(WriteTransaction& tx, const Space& space);
/// A space of the transaction's tenant, the root too.
base::Result<std::optional<Space>> FindSpace(ReadTransaction& tx, const model::SpaceId& id);
/// All spaces of the transaction's tenant, the root first and the others in the order of their ids.
base::Result<std::vector<Space>> ListSpaces(ReadTransaction& tx);
/// Deletes a space that is not the root. Errors: kNotFound.
base::Status DeleteSpace(WriteTransaction& tx, const model::SpaceId& id);

}  // namespace crossrole::store
