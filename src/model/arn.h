// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/account_id.h"
#include "model/partition.h"

namespace crossrole::model {

/// The six parts of any Amazon Resource Name, split at the first five colons; not interpreted further.
struct Arn {
  std::string partition, service, region, account, resource;

  /// Errors: kInvalidArgument for anything that is not `arn:p:s:r:a:resource` in printable ASCII.
  static base::Result<Arn> Parse(std::string_view text);
  /// `arn:partition:service:region:account:resource`.
  std::string text() const;
  auto operator<=>(const Arn&) const = default;
};

/// The ARN of an IAM role: `arn:<partition>:iam::<account>:role<path><name>`; valid by construction.
class RoleArn {
 public:
  /// Parses strictly: no blanks, no wildcards; users, root and assumed-role sessions are refused with the
  /// reason (`role_arn.not_a_role` and, for a session, the role meant). Errors: kInvalidArgument.
  static base::Result<RoleArn> Parse(std::string_view text);
  /// Trims blanks and quotes that come with copying, then parses. Errors: kInvalidArgument.
  static base::Result<RoleArn> ParsePasted(std::string_view text);
  /// Builds one from its parts. Errors: kInvalidArgument for a path or name that IAM refuses.
  static base::Result<RoleArn> Make(Partition partition, const AccountId& account, std::string_view path,
                                    std::string_view name);

  const std::string& text() const { return text_; }        ///< the whole ARN
  Partition partition() const { return partition_; }       ///< the partition it is in
  const AccountId& account() const { return account_; }    ///< the account that owns it
  const std::string& path() const { return path_; }        ///< begins and ends with `/`
  const std::string& name() const { return name_; }        ///< 1–64 characters
  auto operator<=>(const RoleArn& other) const { return text_ <=> other.text_; }
  bool operator==(const RoleArn& other) const { return text_ == other.text_; }

 private:
  RoleArn(Partition partition, AccountId account, std::string path, std::string name);
  Partition partition_;
  AccountId account_;
  std::string path_, name_, text_;
};

/// Whether `text` is `[\w+=,.@-]{1,64}`, as IAM wants names of roles.
bool IsRoleName(std::string_view text);
/// Whether `text` is `/` or `/…/` of printable ASCII, at most 512 characters, as IAM wants paths.
bool IsIamPath(std::string_view text);
/// Whether `text` is `[\w+=,.@-]{1,128}`, as IAM wants names of policies.
bool IsPolicyName(std::string_view text);
/// The role ARN behind an assumed-role session ARN without its path (which the session ARN lacks).
/// Errors: kInvalidArgument.
base::Result<RoleArn> RoleOfSession(std::string_view assumed_role_arn);

}  // namespace crossrole::model
