// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "integration/members/organization_parts.h"
#include "integration/ports.h"
#include "model/actor.h"
#include "model/integration.h"
#include "store/organization/shares.h"

namespace crossrole::integration {

/// The body of `PATCH /v1/integrations/{id}`; what is not set stays.
struct UpdateRequest {
  std::optional<std::string> handle{};
  std::optional<std::string> name{};
  std::optional<std::string> space{};
  std::optional<std::vector<std::string>> owners{};
  std::optional<std::vector<std::string>> labels{};
  std::optional<std::vector<model::CapabilityChoice>> capabilities{};
  std::optional<std::vector<std::string>> managed_policy_arns{};
  std::optional<std::chrono::seconds> duration{};
  std::optional<std::string> region{};
  std::optional<std::vector<std::string>> regions{};
  std::optional<bool> session_tags{};
  std::optional<bool> source_identity{};
  std::optional<bool> autoattach{};
  std::optional<model::IntegrationKindOf> kind{};  // from account to organization, no other change
  std::optional<OrganizationWish> organization{};  // what it gets besides when it changes so; `settings` and `share` are below
  std::optional<std::string> settings{};  // of kind organization, and so is `share`; both checked before
  std::optional<store::Share> share{};
  std::optional<std::int64_t> if_match{};
};

/// What a change or deletion would do to others. Source: contract section 4.
struct Consequences {
  std::vector<std::string> renamed{};      // handles that change
  std::vector<std::string> removed{};      // ids that go
  std::vector<std::string> invalidated{};  // what has to be proven or made again, e.g. "verification"
  std::vector<std::string> dependents{};   // ids of what uses it
};

/// Changes settings. What alters the trust that is proven leads to a new verification.
/// Errors: kNotFound; kConflict (`stale`, handle); kInvalidArgument with `field`; kFailedPrecondition with reason
/// `space.would_lose` for a move to where somebody who uses it would lose it, `integration.kind` for a kind that it cannot have.
base::Result<model::Integration> Update(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                        const UpdateRequest& request);
/// What `Update` would do; writes nothing. Errors: as `Update`.
base::Result<Consequences> PreviewUpdate(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                         const UpdateRequest& request);
/// `{"renamed","removed","invalidated","dependents"}`.
boost::json::value ToJson(const Consequences& consequences);

}  // namespace crossrole::integration
