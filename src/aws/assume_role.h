// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/client.h"
#include "aws/credentials.h"
#include "base/result.h"
#include "model/arn.h"
#include "model/external_id.h"

namespace crossrole::aws {

/// What a session is to be, besides its role. Tags are never transitive. Limits are AWS's: reference `AssumeRole`.
struct SessionShape {
  std::string session_name{};
  std::chrono::seconds duration{3600};
  std::optional<std::string> source_identity{};
  std::vector<std::pair<std::string, std::string>> tags{};
  std::optional<std::string> session_policy{};
  std::vector<std::string> policy_arns{};
};

/// A request for credentials of somebody else's role. It cannot be made without an external ID: whoever holds one has
/// named the customer it acts for (confused deputy).
class AssumeRoleRequest {
 public:
  AssumeRoleRequest(model::RoleArn role, model::ExternalId external_id, SessionShape shape)
      : role_(std::move(role)), external_id_(std::move(external_id)), shape_(std::move(shape)) {}
  const model::RoleArn& role() const { return role_; }                  ///< the role to become
  const model::ExternalId& external_id() const { return external_id_; }  ///< what its trust policy asks for
  const SessionShape& shape() const { return shape_; }                  ///< the rest

 private:
  model::RoleArn role_;
  model::ExternalId external_id_;
  SessionShape shape_;
};

/// What AWS answers.
struct AssumedRole {
  Credentials credentials{};
  std::string assumed_role_arn{};
  std::string assumed_role_id{};
  std::optional<int> packed_policy_size{};  // percent
  std::optional<std::string> source_identity{};
};

/// Assumes a role, as whoever `client` signs for. Errors: those of `Client`; kAwsRefused with reason `aws.bad_answer`
/// for an answer that lacks a field, names another role or has expired.
base::Result<AssumedRole> AssumeRole(const Client& client, const AssumeRoleRequest& request, CallOptions options);
/// The same without waiting.
void SubmitAssumeRole(const Client& client, const AssumeRoleRequest& request, CallOptions options,
                      std::function<void(base::Result<AssumedRole>)> done);

/// What a trial showed.
enum class ProbeOutcome : std::uint8_t {
  kAllowed,
  kDenied,   // AccessDenied: also said for a role that does not exist
  kUnknown,  // throttled, 5xx, no answer, clock, region off, our own credentials: says nothing about the role
};

/// The answer to a probe. The credentials of an allowed one are wiped unread.
struct ProbeAnswer {
  ProbeOutcome outcome = ProbeOutcome::kUnknown;
  std::string aws_code{};
  std::string message{};
  std::string aws_request_id{};
};

/// Tries to assume `role` with `external_id`, or with none, and keeps nothing of what it gets. The only way to send a
/// request without an external ID. Errors: kInvalidArgument; everything else is `kUnknown`.
base::Result<ProbeAnswer> ProbeAssumeRole(const Client& client, const model::RoleArn& role,
                                          std::optional<std::string_view> external_id, const SessionShape& shape,
                                          CallOptions options);

}  // namespace crossrole::aws
