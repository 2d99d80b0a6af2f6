// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/endpoints.h"
#include "base/result.h"
#include "integration/ports.h"

namespace crossrole::integration {

/// At the start: when the endpoint overrides are not those of the last run, everything that was proven was proven about
/// another AWS, so every integration goes back to pending and is checked anew. Source: contract section 3.
base::Status NoticeEndpointChange(const Ports& ports, const aws::EndpointOverrides& endpoints);

/// At the start on a database that came from a backup: what was proven may have changed since, so every integration goes
/// back to pending and is verified anew before it gives sessions.
base::Status NoticeRestore(const Ports& ports);

/// At the start and whenever AWS was asked who we are: once we are the principal that the configuration states, every integration that
/// still names another one names it, and is verified anew (`verifying`; a disabled one stays disabled). Until then nothing changes.
/// Source: contract sections 3 and 4.1.
base::Status NoticePrincipals(const Ports& ports);

}  // namespace crossrole::integration
