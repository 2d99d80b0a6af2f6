// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/result.h"
#include "model/external_id.h"
#include "model/ids.h"
#include "model/integration.h"
#include "store/transaction.h"

namespace crossrole::store {

/// Records a value as issued for an integration. A value issued once, anywhere in the installation, is never
/// issued again, even after its integration or tenant is gone; a custom one is unique in its tenant.
/// Errors: kConflict with reason `external_id.used`.
base::Status InsertExternalId(WriteTransaction& tx, const model::IntegrationId& integration,
                              const model::IssuedExternalId& issued, model::ExternalIdFormat format);
/// Stores state and `verified` of an issued value; the value itself never changes. Errors: kNotFound.
base::Status UpdateExternalId(WriteTransaction& tx, const model::IntegrationId& integration,
                              const model::IssuedExternalId& issued);
/// Everything issued for an integration, oldest first.
base::Result<std::vector<model::IssuedExternalId>> ListExternalIds(ReadTransaction& tx,
                                                                  const model::IntegrationId& integration);
/// Retires every value of an integration; they stay as tombstones.
base::Status RetireExternalIds(WriteTransaction& tx, const model::IntegrationId& integration);
/// Whether the tenant ever used `value`, for any integration that is or was.
base::Result<bool> WasExternalIdIssued(ReadTransaction& tx, const model::ExternalId& value);

}  // namespace crossrole::store
