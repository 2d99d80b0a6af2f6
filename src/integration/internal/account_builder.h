// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "integration/internal/blueprint.h"
#include "integration/internal/keys/keyed_account.h"
#include "integration/internal/owned_resources.h"

namespace crossrole::integration {

/// Makes what a blueprint says in a customer's account: once, however often it is called. What exists with our tag is
/// used and brought up to date; anything else is left alone.
class AccountBuilder {
 public:
  /// `created` gathers the ARNs of what is made, over all attempts of one job. Everything outlives the builder.
  AccountBuilder(const KeyedAccount& account, const Blueprint& plan, std::vector<std::string>& created)
      : account_(account), plan_(plan), created_(created) {}

  /// Policies, then role, then attachments; `step` is called after each of the three. Returns the ARN of the role.
  /// Errors: kFailedPrecondition naming what is there without our tag; kAwsRefused with reason `key.denied` and all
  /// `missing_actions` that are known; those of the calls. An error that will not pass by itself leaves nothing behind
  /// that this job has made; what could not be removed is in details `left_behind`.
  base::Result<std::string> Build(const std::function<void(int)>& step);
  /// ARNs of what was found with our tag and used.
  const std::vector<std::string>& reused() const { return reused_; }

 private:
  base::Result<std::string> BuildOnce(const std::function<void(int)>& step);
  base::Status Preflight() const;
  std::vector<KeyNeed> Needs() const;
  base::Result<std::string> MakePolicy(const NamedPolicy& policy);
  base::Result<std::string> MakeOrFind(const NamedPolicy& policy, const std::string& name, bool* foreign);
  base::Status Renew(const aws::iam::Policy& existing, const NamedPolicy& policy) const;
  base::Status MakeRoom(const std::string& policy_arn) const;
  base::Result<aws::iam::Role> MakeRole();
  base::Status Renew(const aws::iam::Role& existing) const;
  base::Status Attach(const std::string& role_name, const std::vector<std::string>& own);
  base::Status AttachOne(const std::string& role_name, const std::string& policy_arn) const;
  base::Status DetachUnwanted(const std::string& role_name, const std::vector<std::string>& attached,
                              const std::vector<std::string>& wanted) const;
  void Use(const std::string& arn);
  bool IsCreated(const std::string& arn) const;
  std::vector<std::string> RollBack();

  const KeyedAccount& account_;
  const Blueprint& plan_;
  std::vector<std::string>& created_;
  std::vector<std::string> reused_{};
  std::vector<std::string> policy_arns_{};
};

}  // namespace crossrole::integration
