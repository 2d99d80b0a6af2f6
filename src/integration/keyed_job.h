// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "integration/credentials_file.h"
#include "integration/ports.h"
#include "jobs/runner.h"
#include "model/actor.h"

namespace crossrole::integration {

class Verifier;

/// The kinds of the jobs that work with keys somebody gave. The keys stay in the memory of this process: after a crash
/// such a job fails with reason `job.interrupted` and can be asked for again.
inline constexpr std::string_view kQuickstartJob = "integration.quickstart";
inline constexpr std::string_view kOffboardJob = "integration.offboard";

/// Enqueues a quickstart with `keys`; one at a time for an integration. Errors: kNotFound; kFailedPrecondition.
base::Result<model::JobId> StartQuickstart(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                           KeyPair keys);
/// Enqueues an offboarding, with keys or by what the role itself may remove. Errors: kNotFound.
base::Result<model::JobId> StartOffboarding(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                            std::optional<KeyPair> keys);

/// Called with an integration whose sessions must not be used any more.
using DropSessions = std::function<void(const model::IntegrationId&)>;

/// Tells the runner how verification, quickstart and offboarding jobs are done.
void RegisterJobs(jobs::Runner& runner, const Ports& ports, Verifier& verifier, DropSessions drop);

}  // namespace crossrole::integration
