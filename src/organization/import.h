// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string_view>

#include "base/result.h"
#include "integration/keyed_job.h"
#include "integration/ports.h"
#include "jobs/runner.h"
#include "model/actor.h"
#include "model/ids.h"
#include "organization/sync.h"

namespace crossrole::organization {

/// The body of `POST …/organization/sync`. Source: contract 4.3.
struct ImportRequest {
  std::optional<std::int64_t> confirm_removals{};
  bool confirm_other_organization = false;
};

/// Enqueues an import by hand. Errors: those of integration::FindReadyOrganization; kInvalidArgument (a negative number).
base::Result<model::JobId> StartImport(const integration::Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                       const ImportRequest& request);

/// What an import would do; writes nothing. Errors: those of integration::FindReadyOrganization and ReadOrganization.
base::Result<SyncPreview> PreviewImport(const integration::Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                        std::stop_token stop);

/// Tells the runner how imports and verifications of members are done.
void RegisterJobs(jobs::Runner& runner, const integration::Ports& ports, integration::DropSessions drop);

}  // namespace crossrole::organization
