// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/signing_key.h"
#include "model/partition.h"
#include "policy/context.h"
#include "policy/document.h"
#include "sim/compiled_policies.h"
#include "sim/internal/timeline.h"

// What exists in the simulated AWS. Things of IAM are immutable versions in catalogs (timeline.h): whoever changes one
// copies it, changes the copy and stores that.

namespace crossrole::sim {

namespace cloudformation {
struct StackTable;
}
namespace organizations {
struct Organization;
}
struct AccountExtras;  // account_extras.h
struct UserExtras;

/// One tag; keys are unique without regard to case.
struct Tag {
  std::string key;
  std::string value;
};
/// Tags in the order in which they were set.
using Tags = std::vector<Tag>;

/// A policy document as text (percent-encoding undone) and as the engine reads it.
struct PolicyText {
  std::string text;
  std::shared_ptr<const policy::Document> document;
};
/// Inline policies by name.
using InlinePolicies = std::map<std::string, PolicyText, policy::LessIgnoringCase>;

/// What users, groups and roles have in common.
struct Entity {
  std::string id;    // AIDA…, AGPA…, AROA…
  std::string name;
  std::string path = "/";
  std::string arn;
  base::Time created{};
  InlinePolicies inline_policies{};
  std::vector<std::string> attached{};  // ARNs of managed policies
};

/// A key pair of a user.
struct AccessKey {
  std::string id;
  std::string secret;
  bool active = true;
  base::Time created{};
};

/// An IAM user.
struct User : Entity {
  Tags tags{};
  std::string boundary{};             // ARN of a managed policy, or ""
  std::vector<std::string> groups{};  // names
  std::vector<AccessKey> keys{};
  std::shared_ptr<const UserExtras> extras{};  // null for most
};

/// An IAM group.
struct Group : Entity {};

/// An IAM role.
struct Role : Entity {
  PolicyText trust;  // principals that are users or roles stand there by unique ID
  Tags tags{};
  std::string description{};
  bool has_description = false;
  std::string boundary{};
  std::chrono::seconds max_session{3600};
};

/// One version of a managed policy.
struct PolicyVersion {
  int number = 1;
  PolicyText policy;
  base::Time created{};
};

/// A managed policy, of a customer or of AWS.
struct ManagedPolicy {
  std::string id;  // ANPA…
  std::string name;
  std::string path = "/";
  std::string arn;
  std::string description{};
  base::Time created{};
  base::Time updated{};
  std::vector<PolicyVersion> versions{};  // ascending
  int default_version = 1;
  int next_version = 2;
  Tags tags{};

  /// The version in force.
  const PolicyVersion& Default() const;
  /// The version `vN`, or nullptr.
  const PolicyVersion* FindVersion(std::string_view version_id) const;
};

/// When, for which service and in which region a key or role was used last.
struct LastUse {
  base::Time at;
  std::string service;
  std::string region;
};

/// The life of an account, as AWS Organizations calls it.
enum class AccountState : std::uint8_t { kPendingActivation, kActive, kSuspended, kPendingClosure, kClosed };
/// "active", "suspended" …
std::string_view NameOf(AccountState state);
/// The state called `name`, or nothing.
std::optional<AccountState> AccountStateByName(std::string_view name);

/// One AWS account with everything in it.
struct Account {
  std::string id;
  std::string name;
  model::Partition partition = model::Partition::kAws;
  bool platform = false;    // the operator's own account
  bool management = false;  // manages the first organization
  AccountState state = AccountState::kActive;
  std::string administrator{};  // unique ID of the user that was there from the start
  std::string alias{};
  base::Time created{};
  Catalog<User> users{};
  Catalog<Group> groups{};
  Catalog<Role> roles{};
  Catalog<ManagedPolicy> policies{};
  std::unordered_map<std::string, LastUse> last_use{};  // by access key id or role id
  std::shared_ptr<cloudformation::StackTable> stacks{};  // null until the first stack
  std::shared_ptr<AccountExtras> extras{};               // null for most
  organizations::Organization* organization = nullptr;   // that it is a member of
  std::string email{};

  /// "aws", "aws-cn" …
  std::string_view partition_name() const { return model::FactsOf(partition).name; }
  /// `arn:<partition>:iam::<account>:<resource>`.
  std::string IamArn(std::string_view resource) const;
};

/// Where a unique ID or access key leads to.
struct Owner {
  Account* account = nullptr;
  std::string name{};  // of the user or role
};

/// How a change spreads: what authorisation sees lags behind by `delay`.
struct Spread {
  base::Time now;
  std::chrono::milliseconds delay{0};
  /// The moment that authorisation looks at.
  base::Time seen() const { return now - delay; }
};

/// AWS's managed policies by name.
using AwsPolicyNames = std::map<std::string, std::shared_ptr<const ManagedPolicy>, std::less<>>;
/// Those of each partition.
using AwsPolicySets = std::map<model::Partition, AwsPolicyNames>;

/// All accounts, with the indexes over them. Not thread-safe: `Cloud` holds its lock.
class World {
 public:
  World();
  ~World();

  /// The account `id`, or nullptr.
  Account* FindAccount(std::string_view id) const;
  /// All accounts in the order of their making.
  const std::vector<std::unique_ptr<Account>>& accounts() const { return accounts_; }
  /// Adds an account; the id must be new.
  Account& AddAccount(Account account);

  /// The user or role with this unique ID; nullptr when there never was one. Deleted ones are still found here.
  const Owner* FindId(std::string_view unique_id) const;
  /// The user with this access key.
  const Owner* FindAccessKey(std::string_view access_key_id) const;
  /// The managed policy `arn` as `account` sees it, its own or AWS's; null when there is none.
  std::shared_ptr<const ManagedPolicy> FindPolicy(const Account& account, std::string_view arn) const;
  /// The same as authorisation sees it at `moment`.
  std::shared_ptr<const ManagedPolicy> FindPolicyAsOf(const Account& account, std::string_view arn,
                                                      base::Time moment) const;
  /// AWS's managed policies by name; the same for every partition but for the ARN.
  const AwsPolicyNames& AwsPolicies(model::Partition partition) const;
  /// The same of all partitions that there are accounts in.
  const AwsPolicySets& aws_policies() const { return aws_policies_; }
  /// Tells where AWS's policies of a partition are.
  void SetAwsPolicies(model::Partition partition, AwsPolicyNames policies);

  /// What evaluation works with; used under the lock of the world like everything else here.
  CompiledPolicies& compiled_policies() const { return compiled_policies_; }

  /// All organizations.
  std::vector<std::unique_ptr<organizations::Organization>>& organizations() { return organizations_; }
  const std::vector<std::unique_ptr<organizations::Organization>>& organizations() const { return organizations_; }

  /// The key that signs tokens of GetWebIdentityToken; made on first use.
  const base::SigningKey& OutboundKey(base::SignatureAlgorithm algorithm);

  /// The accounts in which CloudFormation has something to do.
  std::set<Account*>& accounts_with_work() { return accounts_with_work_; }

  /// Stores versions of things; the indexes follow.
  void Put(Account& account, const Spread& spread, User user);
  void Put(Account& account, const Spread& spread, Role role);
  void Put(Account& account, const Spread& spread, Group group);
  void Put(Account& account, const Spread& spread, ManagedPolicy policy);
  /// Deletes things.
  void Erase(Account& account, const Spread& spread, const User& user);
  void Erase(Account& account, const Spread& spread, const Role& role);
  void Erase(Account& account, const Spread& spread, const Group& group);
  void Erase(Account& account, const Spread& spread, const ManagedPolicy& policy);

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <typename T>
  using Index = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

  std::vector<std::unique_ptr<Account>> accounts_;
  std::vector<std::unique_ptr<organizations::Organization>> organizations_;
  mutable CompiledPolicies compiled_policies_;
  std::map<base::SignatureAlgorithm, base::SigningKey> outbound_keys_;
  std::set<Account*> accounts_with_work_;
  Index<Account*> by_id_;
  Index<Owner> ids_;
  Index<Owner> keys_;
  AwsPolicySets aws_policies_;
};

/// The tag `key`, compared without regard to case; nullptr when there is none.
const Tag* FindTag(const Tags& tags, std::string_view key);
/// Adds or replaces tags.
void MergeTags(Tags& tags, const Tags& changes);
/// Removes the tags with these keys.
void EraseTags(Tags& tags, const std::vector<std::string>& keys);

}  // namespace crossrole::sim
