// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "integration/ports.h"
#include "model/actor.h"
#include "model/integration.h"
#include "store/connections.h"
#include "store/integrations.h"
#include "store/people/tenants.h"
#include "store/remembered.h"

namespace crossrole::integration {

/// The answer for an integration that is missing or another tenant's: the same words for both.
base::Error NoSuchIntegration(std::string_view id_or_handle);

/// The integration with that id or handle, within a transaction. Errors: kNotFound.
base::Result<model::Integration> Load(store::ReadTransaction& tx, std::string_view id_or_handle);
/// The same in a transaction of its own. Errors: kNotFound.
base::Result<model::Integration> Find(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle);

/// An integration with what belongs to its answer.
struct Found {
  model::Integration integration;
  store::Tenant tenant;
};

/// The integration and its tenant. Errors: kNotFound.
base::Result<Found> FindWithTenant(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle);

/// Integrations that were read a moment ago, by tenant and by id or handle. What is changed, disabled or deleted is read
/// anew at once; see store::Remembered.
using Known = store::Remembered<std::string, Found>;

/// The same as `FindWithTenant`, for those who ask many times a second. Errors: kNotFound.
base::Result<std::shared_ptr<const Found>> FindKnown(const Ports& ports, Known& known, const model::Actor& actor,
                                                     std::string_view id_or_handle);

}  // namespace crossrole::integration
