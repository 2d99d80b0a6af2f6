// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/client.h"
#include "base/result.h"
#include "integration/credentials_file.h"
#include "integration/ports.h"
#include "model/account_id.h"
#include "model/actor.h"
#include "model/integration.h"

namespace crossrole::integration {

/// AWS's codes for what is there or is not.
bool IsAbsent(const base::Error& error);
bool IsTaken(const base::Error& error);

/// What a refusal means for the holder of a key: reason `key.denied`, with the action that AWS names (or `action`) in
/// details `missing_actions`; a key that AWS does not accept gets clear words. Other errors stay as they are.
base::Error ExplainRefusal(base::Error error, std::string action);

/// A customer's account, reached with keys that somebody gave for one job.
class KeyedAccount {
 public:
  /// Asks AWS whose keys these are. Errors: kInvalidArgument with reason `key.root` or `key.other_account`;
  /// kFailedPrecondition with reason `key.own_account`; kAwsRefused with reason `key.denied`; those of the call and of
  /// our own identity.
  static base::Result<KeyedAccount> Open(const Ports& ports, const model::Actor& actor,
                                         const model::Integration& integration, const KeyPair& keys);

  /// Calls AWS with the keys. Errors: as of `aws::Client`, refusals explained.
  template <aws::IsCallable Op>
  base::Result<typename Op::Output> Call(const typename Op::Input& input) const {
    auto output = client_.Call<Op>(input, Options());
    if (output) return output;
    return base::Fail(ExplainRefusal(std::move(output).error(), std::string(Op::kService) + ":" + std::string(Op::kName)));
  }
  /// What goes with every call.
  aws::CallOptions Options() const;
  const aws::Client& client() const { return client_; }              ///< signs with the keys
  const model::AccountId& account() const { return account_; }       ///< whose account it is
  const std::string& caller_arn() const { return caller_arn_; }      ///< whose keys they are
  const model::IntegrationId& integration() const { return integration_; }  ///< whose tag makes a resource ours
  /// The ARN of a policy in this account.
  std::string PolicyArn(std::string_view path, std::string_view name) const;
  /// The ARN of a role in this account.
  std::string RoleArn(std::string_view path, std::string_view name) const;

 private:
  KeyedAccount(aws::Client client, model::AccountId account, std::string caller_arn, const model::Integration& integration,
               const model::Actor& actor);
  aws::Client client_;
  model::AccountId account_;
  std::string caller_arn_;
  model::IntegrationId integration_;
  model::Partition partition_;
  std::string tenant_;
  std::string request_id_;
};

/// An action on a resource, as `iam:SimulatePrincipalPolicy` is asked for it.
struct KeyNeed {
  std::string action;
  std::string resource;
};

/// Those of `needs` that the identity policies of the holder deny, without repetition; none when IAM does not say.
std::optional<std::vector<std::string>> AskForDenials(const KeyedAccount& account, const std::vector<KeyNeed>& needs);
/// The same, and nothing when IAM does not say.
std::vector<std::string> SimulatedDenials(const KeyedAccount& account, const std::vector<KeyNeed>& needs);

/// What a key lacks to make policies and a role that may not be asked for it: tried by calls that cannot succeed.
/// Nothing when it may delete what it makes: then the first refusal tells as much.
std::vector<std::string> TriedDenials(const KeyedAccount& account, const std::string& path, const std::string& role_name);

/// How to get rid of the key.
struct KeyCleanup {
  std::string message;
  std::vector<std::string> commands;  // of the AWS CLI
};

/// What is left to do about `keys` after the job.
KeyCleanup CleanupFor(const KeyedAccount& account, const KeyPair& keys);

}  // namespace crossrole::integration
