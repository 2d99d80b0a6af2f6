// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "integration/ports.h"
#include "integration/update.h"
#include "model/actor.h"
#include "model/integration.h"

namespace crossrole::integration {

/// The body of `PUT …/role`.
struct ConnectRequest {
  std::string role_arn;                       // as pasted: blanks and quotes are trimmed
  std::optional<std::string> trust_policy{};  // JSON text, judged as `given`
  std::optional<std::int64_t> if_match{};
};

/// The role that a pasted ARN means, for this integration. Refuses by shape only: not a role, another partition,
/// another account than stated or proven. Errors: kInvalidArgument with field `role_arn`.
base::Result<model::RoleArn> CheckRole(const model::Integration& integration, std::string_view pasted);

/// Takes over a role that `CheckRole` lets pass. An account that nobody stated is then only as certain as the ARN.
void NameRole(model::Integration& integration, const model::RoleArn& role);

/// Stores the role and starts a verification. Errors: kNotFound; kConflict; kInvalidArgument.
base::Result<model::Integration> Connect(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                         const ConnectRequest& request);
/// What `Connect` would do; writes nothing. Errors: as `Connect`.
base::Result<Consequences> PreviewConnect(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                          const ConnectRequest& request);

}  // namespace crossrole::integration
