// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "model/ids.h"
#include "store/jobs.h"

namespace crossrole::jobs {

// The payload of a job is a JSON object; the integration that a job works for stands in it under one name, which listings of jobs rely on.

/// The payload of a job that needs to know nothing but its integration: `{"integration":"int_…"}`.
std::string PayloadAbout(const model::IntegrationId& integration);

/// The text that a job's payload has under `key`; "" where there is none.
std::string TextIn(const store::Job& job, std::string_view key);

/// The id of the integration that a job works for; "" where it works for none.
std::string IntegrationIn(const store::Job& job);

}  // namespace crossrole::jobs
