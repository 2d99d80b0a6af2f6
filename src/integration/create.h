// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "integration/members/roles.h"
#include "integration/ports.h"
#include "model/actor.h"
#include "model/integration.h"
#include "store/organization/shares.h"

namespace crossrole::integration {

/// How the external ID of a new integration comes about.
struct ExternalIdWish {
  std::optional<std::string> format{};  // account, per_run or custom; default: the preset's
  std::optional<std::string> suffix{};  // account, where the installation allows it
  std::optional<std::string> value{};   // custom
};

/// The body of `POST /v1/integrations`; what is not set gets the contract's default. Source: contract 4.1.
struct CreateRequest {
  std::string handle;
  std::optional<std::string> name{};
  std::optional<std::string> space{};
  std::optional<std::vector<std::string>> owners{};
  std::optional<std::vector<std::string>> labels{};
  bool autoattach = false;
  std::string kind;
  std::optional<std::string> partition{};
  std::optional<std::string> preset{};
  std::optional<std::string> account_id{};
  std::optional<std::string> role_arn{};
  std::optional<std::string> role_name{};
  std::optional<std::string> role_path{};
  std::optional<std::string> policy_name{};
  std::optional<std::string> role_description{};
  std::optional<std::map<std::string, std::string>> role_tags{};
  std::optional<std::string> permissions_boundary_arn{};
  std::optional<std::vector<std::string>> managed_policy_arns{};
  std::optional<std::string> policy_document{};  // JSON text
  ExternalIdWish external_id{};
  std::optional<std::vector<model::CapabilityChoice>> capabilities{};
  std::optional<std::chrono::seconds> duration{};
  std::optional<std::string> region{};
  std::optional<std::vector<std::string>> regions{};
  bool assume_on_worker = false;
  bool session_tags = true;
  bool source_identity = true;
  std::string handle_prefix{};          // of kind organization, and so is `member`; checked before
  MemberWish member{};
  std::string settings = "{}";          // the same, as JSON object
  store::Share share{};                 // the same
};

/// Makes an integration: `pending` until its role exists, or `verifying` when the role was named. Nothing is called in
/// AWS. Errors: kInvalidArgument with `field`; kConflict (handle, external ID); kFailedPrecondition (no identity of
/// ours in the partition); kUnavailable.
base::Result<model::Integration> Create(const Ports& ports, const model::Actor& actor, const CreateRequest& request);

/// Checks duration, region and regions of an integration. Errors: kInvalidArgument with `field`.
base::Status CheckSessionSettings(const model::Integration& integration);
/// Adds what an integration of kind organization cannot be without: the pack `organization`.
void CompleteCapabilities(model::Integration& integration);
/// Checks labels. Errors: kInvalidArgument with field `labels`.
base::Status CheckLabels(const std::vector<std::string>& labels);
/// Checks owners: who is not among those `before` is an operator of the tenant, or `actor`. Errors: kInvalidArgument with field `owners`.
base::Status CheckOwners(store::ReadTransaction& tx, const model::Actor& actor, const std::vector<std::string>& before,
                         const std::vector<std::string>& owners);

}  // namespace crossrole::integration
