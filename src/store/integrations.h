// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/handle.h"
#include "model/ids.h"
#include "model/integration.h"
#include "store/page.h"
#include "store/transaction.h"

namespace crossrole::store {

/// Which integrations are wanted; what is not set does not narrow. Source: contract 4.1.
struct IntegrationFilter {
  std::optional<model::IntegrationKindOf> kind{};
  std::optional<model::IntegrationState> state{};
  std::optional<model::SpaceId> space{};
  std::optional<std::string> label{};
};

/// Adds an integration with its external IDs.
/// Errors: kConflict with field `handle`, or with reason `external_id.used`.
base::Status InsertIntegration(WriteTransaction& tx, const model::Integration& integration);
/// An integration of the transaction's tenant.
base::Result<std::optional<model::Integration>> FindIntegration(ReadTransaction& tx, const model::IntegrationId& id);
/// The same by handle.
base::Result<std::optional<model::Integration>> FindIntegrationByHandle(ReadTransaction& tx,
                                                                       const model::Handle& handle);
/// Integrations of the transaction's tenant, in the order of their ids.
base::Result<std::vector<model::Integration>> ListIntegrations(ReadTransaction& tx, const IntegrationFilter& filter,
                                                              const Page& page = {});
/// Stores everything but id, tenant and creation time if `integration.version` is still current, and returns the
/// new version. New external IDs are issued, known ones get their state; none disappears.
/// Errors: kConflict with `stale`; kConflict with field `handle`; kNotFound.
base::Result<std::int64_t> UpdateIntegration(WriteTransaction& tx, const model::Integration& integration);
/// Deletes an integration, its connections, log and verification, and gives up its roles; its external IDs stay
/// as tombstones. Errors: kNotFound.
base::Status DeleteIntegration(WriteTransaction& tx, const model::IntegrationId& id);

}  // namespace crossrole::store
