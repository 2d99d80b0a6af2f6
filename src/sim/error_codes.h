// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "aws/aws_error.h"
#include "aws/operation.h"
#include "base/result.h"

// One refusal has many names: on the wire each protocol has its own, and CloudTrail others again.

namespace crossrole::sim {

/// An error as `service` writes it on the wire, with its HTTP status.
aws::ServedError WireError(const aws::Service& service, const base::Error& error);
/// The code under which CloudTrail files an error of `operation`: the name of the exception. What policies do not let through is
/// `AccessDenied` in every service; what a service itself does not let do, its `AccessDeniedException`. None of the services here has
/// the prefix `Client.`, which is EC2's. Source: CloudTrail User Guide, "CloudTrail record contents" and the examples of the services.
std::string TrailCode(const aws::Operation& operation, const base::Error& error);

}  // namespace crossrole::sim
