// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "integration/internal/blueprint.h"
#include "integration/internal/keys/keyed_account.h"
#include "integration/internal/owned_resources.h"

namespace crossrole::integration {

/// Removes from a customer's account exactly what carries the tag of the integration.
class AccountRemover {
 public:
  /// `removed` gathers the ARNs of what is gone, over all attempts of one job. Everything outlives the remover.
  AccountRemover(const KeyedAccount& account, const Blueprint& plan, std::vector<std::string>& removed)
      : account_(account), plan_(plan), removed_(removed) {}

  /// Finds the role and the policies of the blueprint, and what else with our tag is attached. Changes nothing.
  /// Errors: those of the calls.
  base::Status Look();
  /// Removes what was found: attachments and inline policies of the role, the role, then the policies; then sees that
  /// they are gone. What something else still uses stays, with a warning. Errors: those of the calls.
  base::Status Remove();

  /// Whether there is no role, or one of ours.
  bool IsRoleOurs() const { return role_.ownership != Ownership::kForeign; }
  /// ARNs of what is still there.
  const std::vector<std::string>& remaining() const { return remaining_; }
  /// Why, as sentences.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  base::Status RemoveRole();
  base::Status RemoveInlinePolicies(const std::string& role_name) const;
  base::Status RemovePolicy(const std::string& arn);
  base::Status SeeThatAllIsGone();
  void Keep(const std::string& arn, std::string why);

  const KeyedAccount& account_;
  const Blueprint& plan_;
  std::vector<std::string>& removed_;
  FoundRole role_{};
  std::vector<std::string> attached_{};
  std::vector<std::string> policies_{};  // ours
  std::vector<std::string> remaining_{};
  std::vector<std::string> warnings_{};
};

}  // namespace crossrole::integration
