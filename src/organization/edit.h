// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "integration/ports.h"
#include "integration/update.h"
#include "model/actor.h"
#include "store/connections.h"
#include "store/organization/shares.h"
#include "store/organization_tree.h"

namespace crossrole::organization {

/// The body of `PATCH /v1/connections/{id}` and `/v1/folders/{id}`, or of `PUT …/permissions`; what is not set stays. Another handle makes it
/// static.
struct NodeEdit {
  std::optional<std::string> handle{};
  std::optional<std::vector<std::string>> regions{};  // with wildcards; none: those of the folder above count
  std::optional<std::string> settings{};              // JSON object; an empty one: those of the folder above count
  std::optional<store::Share> share{};                // checked before; instead of its own, while what is shared above stays
  std::optional<std::int64_t> if_match{};
};

/// Changes a connection. Errors: kFailedPrecondition with reason `connection.managed` for that of an account's integration,
/// which follows it and is where it is; kConflict (`stale`, or field `handle`); kInvalidArgument with `field`; kNotFound.
base::Result<store::Connection> UpdateConnection(const integration::Ports& ports, const model::Actor& actor, const store::Connection& before,
                                                 const NodeEdit& edit);
/// What `UpdateConnection` would do; writes nothing. Errors: as `UpdateConnection`.
base::Result<integration::Consequences> PreviewConnection(const integration::Ports& ports, const model::Actor& actor,
                                                          const store::Connection& before, const NodeEdit& edit);

/// Changes a folder. Errors: kConflict (`stale`, or field `handle`); kInvalidArgument with `field`; kNotFound.
base::Result<store::Folder> UpdateFolder(const integration::Ports& ports, const model::Actor& actor, const store::Folder& before,
                                         const NodeEdit& edit);
/// What `UpdateFolder` would do; writes nothing. Errors: as `UpdateFolder`.
base::Result<integration::Consequences> PreviewFolder(const integration::Ports& ports, const model::Actor& actor, const store::Folder& before,
                                                      const NodeEdit& edit);

}  // namespace crossrole::organization
