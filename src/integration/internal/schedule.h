// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "integration/ports.h"
#include "model/integration.h"
#include "store/transaction.h"

namespace crossrole::integration {

/// The kind of the job that verifies one integration; its unique key is the integration's id.
inline constexpr std::string_view kVerifyJob = "integration.verify";

/// Puts an integration into the state that its role and settings call for, after both were set: pending without a
/// known role or for workers, else verifying at once.
void Settle(model::Integration& integration, base::Time now);

/// An organization has become active, again perhaps: what was proven of its members is proven anew, after an import at once. Of
/// other kinds nothing.
base::Status BeginMembers(store::WriteTransaction& tx, const Ports& ports, const model::Integration& integration);

/// Enqueues the next check of `integration` at `next_check_at`, or takes it off the schedule when there is none.
base::Status ScheduleNext(store::WriteTransaction& tx, const Ports& ports, const model::Integration& integration);

}  // namespace crossrole::integration
