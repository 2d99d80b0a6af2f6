// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "integration/keyed_job.h"
#include "integration/ports.h"
#include "jobs/runner.h"
#include "model/ids.h"
#include "store/transaction.h"

namespace crossrole::organization {

/// Enqueues the verification of an organization's members that need one, at `when` or sooner.
base::Status ScheduleMembers(store::WriteTransaction& tx, const integration::Ports& ports, const model::IntegrationId& integration, base::Time when);

/// The same after a listing that changed no member, if something was taken back of one since the last complete listing, or nobody is to
/// look at them: members that are as they were keep their own pace. Before the listing is noted.
base::Status ScheduleUnverifiedMembers(store::WriteTransaction& tx, const integration::Ports& ports, const model::IntegrationId& integration,
                                    base::Time now);

/// Tells the runner how members are verified: new ones and those with an error often at first (member_pace.h), proven ones as often as
/// integrations. One bad account never hinders the others.
void RegisterMemberJob(jobs::Runner& runner, const integration::Ports& ports, integration::DropSessions drop);

}  // namespace crossrole::organization
