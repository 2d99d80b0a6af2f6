// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/endpoints.h"
#include "base/result.h"
#include "integration/ports.h"

namespace crossrole::integration {

/// At the start: when the endpoint overrides are not those of the last run, everything that was proven was proven about
/// another AWS, so every integration goes back to pending and is checked anew. Source: contract section 3.
base::Status NoticeEndpointChange(const Ports& ports, const aws::EndpointOverrides& endpoints);

}  // namespace crossrole::integration
