// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "arguments.h"
#include "aws/credentials.h"
#include "base/secret.h"

namespace crossrole::bench {

/// Whose keys are in the environment, under AWS's own names.
inline aws::Credentials KeysOfEnvironment() {
  return {.access_key_id = Arguments::Variable("AWS_ACCESS_KEY_ID"),
          .secret_access_key = base::Secret(Arguments::Variable("AWS_SECRET_ACCESS_KEY")),
          .session_token = base::Secret(Arguments::Variable("AWS_SESSION_TOKEN"))};
}

}  // namespace crossrole::bench
