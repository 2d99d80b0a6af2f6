// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "session/request.h"

namespace crossrole::session {

/// The JSON object that `credential_process` prints. Source: AWS SDK reference, process credential provider.
base::Secret ProcessCredentialsJson(const Minted& minted);
/// The answer of a container credentials endpoint. Source: AWS SDK reference, container credential provider.
base::Secret ContainerCredentialsJson(const Minted& minted);
/// The answer of `POST …/sessions`. Source: contract section 6.
base::Secret SessionJson(const Minted& minted);

}  // namespace crossrole::session
