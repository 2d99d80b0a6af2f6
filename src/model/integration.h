// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/account_id.h"
#include "model/arn.h"
#include "model/external_id.h"
#include "model/handle.h"
#include "model/ids.h"
#include "model/partition.h"

namespace crossrole::model {

/// What an integration reaches: one account, or every account of an organization.
enum class IntegrationKindOf : std::uint8_t { kAccount, kOrganization };
/// Whose names (role, path, policy) the integration uses. Source: contract 4.1.
enum class Preset : std::uint8_t { kCrossrole, kConvox, kSpacelift, kTurbotPipes, kConductorone, kCloudoptimo };
/// The life of an integration. Minting needs kActive. Source: contract 4.1.
enum class IntegrationState : std::uint8_t { kPending, kVerifying, kActive, kFailed, kQuarantined, kDisabled };
/// Whether an issued external ID is the one in use, the one before it, or burnt.
enum class ExternalIdState : std::uint8_t { kCurrent, kPrevious, kRetired };

/// One external ID that was issued for an integration.
struct IssuedExternalId {
  ExternalId value;
  ExternalIdState state = ExternalIdState::kCurrent;
  base::Time issued_at{};
  bool verified = false;  // a verification has succeeded with it
};

/// A capability pack by name; `parameters` only for packs that take some (terraform_state).
struct CapabilityChoice {
  std::string name;
  std::map<std::string, std::string> parameters{};
  bool operator==(const CapabilityChoice&) const = default;
};

/// Names and contents of what is made in the customer's account.
struct RoleSpecification {
  std::string role_name;                // 1–64
  std::string role_path = "/";          // begins and ends with /
  std::string policy_name;              // 1–128
  std::string description{};            // at most 1000
  std::map<std::string, std::string> tags{};
  std::string permissions_boundary_arn{};
  std::vector<std::string> managed_policy_arns{};
  std::string policy_document{};        // canonical JSON of the user's own policy, or ""
};

/// One trust from AWS to us. Rows of the store; the answer of the API derives from it.
struct Integration {
  IntegrationId id;
  TenantId tenant;
  SpaceId space;
  Handle handle;
  std::string name;
  IntegrationKindOf kind = IntegrationKindOf::kAccount;
  Partition partition = Partition::kAws;
  Preset preset = Preset::kCrossrole;
  std::vector<std::string> owners{};     // op_… or tok_…
  std::vector<std::string> labels{};
  bool autoattach = false;
  std::optional<AccountId> account_id{};
  bool account_from_arn = false;         // only a pasted ARN names the account, and nothing was proven there yet
  std::optional<RoleArn> role_arn{};     // as pasted, made by quickstart, or found by polling
  RoleSpecification role{};
  ExternalIdFormat external_id_format = ExternalIdFormat::kAccount;
  std::vector<IssuedExternalId> external_ids{};  // empty for per_run
  std::vector<CapabilityChoice> capabilities{};
  std::chrono::seconds duration{3600};
  std::string region = "us-east-1";
  std::vector<std::string> regions{"*"};
  bool assume_on_worker = false;
  bool session_tags = true;
  bool source_identity = true;
  std::string principal_arn{};           // what the customer trusts, fixed at creation
  IntegrationState state = IntegrationState::kPending;
  std::string state_reason{};            // e.g. "no_role", "worker_needed"
  int endpoint_version = 1;              // grows when the AWS endpoint override changes
  int power_version = 1;                 // grows with every change of what a session may do; part of cache keys
  std::optional<base::Time> next_check_at{};
  int negative_allowed_in_a_row = 0;     // for quarantine: two in a row
  std::vector<base::Time> positive_denied_at{};  // for quarantine: three checks over 15 minutes
  std::string given_trust_policy{};      // JSON pasted with the role, or ""
  std::int64_t version = 1;
  base::Time created_at{};
  base::Time updated_at{};

  /// The value that new sessions use; none for per_run.
  const IssuedExternalId* CurrentExternalId() const;
  /// The account that another ARN cannot replace: stated at creation, or proven; none while only an ARN names one.
  std::optional<AccountId> BindingAccount() const;
  /// The role as pasted, else as expected from account, path and name; none while the account is unknown.
  std::optional<RoleArn> ExpectedRoleArn() const;
};

/// Names as in the API.
std::string_view NameOf(IntegrationKindOf kind);
std::string_view NameOf(Preset preset);
std::string_view NameOf(IntegrationState state);
std::string_view NameOf(ExternalIdState state);
/// The inverses. Errors: kInvalidArgument.
base::Result<IntegrationKindOf> ParseIntegrationKind(std::string_view name);
base::Result<Preset> ParsePreset(std::string_view name);
base::Result<IntegrationState> ParseIntegrationState(std::string_view name);
base::Result<ExternalIdState> ParseExternalIdState(std::string_view name);

}  // namespace crossrole::model
