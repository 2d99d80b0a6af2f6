// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "aws/identitystore.h"
#include "aws/sso.h"
#include "base/random.h"
#include "sim/call.h"
#include "sim/internal/page.h"
#include "sim/organizations/organization.h"

// IAM Identity Center: the one instance of an organization, with its identity store.

namespace crossrole::sim::identity_center {

/// What a permission set is.
struct PermissionSet {
  std::string arn;
  std::string name;
  std::string description{};
  std::string session_duration = "PT1H";
  std::string relay_state{};
  base::Time created{};
  std::string inline_policy{};
  std::vector<std::string> managed{};  // ARNs
  std::vector<aws::sso::CustomerManagedPolicyReference> customer_managed{};
  std::optional<aws::sso::PermissionsBoundary> boundary{};
  Tags tags{};
  int revision = 1;                            // grows with every change that roles have to follow
  std::map<std::string, int> provisioned{};    // the revision that each account has
};

/// Who has what where.
struct Assignment {
  std::string account_id;
  std::string set_arn;
  std::string principal_type;  // USER or GROUP
  std::string principal_id;
  auto operator<=>(const Assignment&) const = default;
};

/// What an operation that takes time does.
enum class Work : std::uint8_t { kAssign, kUnassign, kProvision };

/// An operation that takes time.
struct Operation {
  std::string id;
  Work work = Work::kAssign;
  Assignment assignment{};             // of kProvision account and set only; account "" for all provisioned ones
  std::string status = "IN_PROGRESS";  // SUCCEEDED, FAILED
  std::string failure{};
  base::Time created{};
  base::Time due{};
};

/// A membership of the identity store.
struct Membership {
  std::string id;
  std::string group_id;
  std::string user_id;
  base::Time created{};
};

/// The instance of one organization.
struct Instance {
  std::string arn;
  std::string store_id;
  std::string name{};
  std::string kms_key{};  // ARN of the customer's; "" for AWS's own
  organizations::Organization* organization = nullptr;
  base::Time created{};
  std::map<std::string, PermissionSet, std::less<>> sets{};  // by ARN
  std::set<Assignment> assignments{};
  std::map<std::string, Operation, std::less<>> operations{};  // by id
  std::set<std::string> pending{};                             // ids of operations in progress
  std::map<std::string, aws::identitystore::User, std::less<>> users{};    // by id
  std::map<std::string, aws::identitystore::Group, std::less<>> groups{};  // by id
  std::map<std::string, Membership, std::less<>> memberships{};            // by id
  std::map<std::string, base::Time> scim_tokens{};                         // until when, by hash
};

/// The instance of `organization`, made on first use.
Instance& InstanceOf(organizations::Organization& organization, base::Random& random, base::Time now);

/// The caller's instance called `arn`. Errors: ResourceNotFoundException, AccessDeniedException.
base::Result<Instance*> FindInstance(Call& call, std::string_view arn);
/// The caller's instance with this identity store. Errors: ResourceNotFoundException, AccessDeniedException.
base::Result<Instance*> FindStore(Call& call, std::string_view store_id);
/// The permission set of an input. Errors: those of `FindInstance`, ResourceNotFoundException.
base::Result<PermissionSet*> FindSet(Call& call, std::string_view instance_arn, std::string_view set_arn);
/// An ARN for a permission set that is new.
std::string MakeSetArn(const Instance& instance, base::Random& random);

/// What the roles of permission sets are made with.
struct Provisioner {
  World& world;
  Spread spread;
  base::Random& random;
};
/// Makes, changes or removes the role of a permission set in an account. Errors: a sentence for the operation's failure.
base::Status ProvisionRole(const Provisioner& with, const PermissionSet& set, Account& account);
void RemoveRole(const Provisioner& with, const PermissionSet& set, Account& account);
/// Adds an assignment, and the role when it is the first of its set in the account. Errors: a sentence for the operation's failure.
base::Status AddAssignment(const Provisioner& with, Instance& instance, const Assignment& assignment);

/// A session duration such as "PT8H" or "PT90M". Errors: ValidationException, unless it is between 1 and 12 hours.
base::Result<std::chrono::seconds> ReadDuration(std::string_view duration);

/// The user or group of this name, without regard to case; nullptr when there is none.
const aws::identitystore::User* FindUserNamed(const Instance& instance, std::string_view name);
const aws::identitystore::Group* FindGroupNamed(const Instance& instance, std::string_view name);
/// Whether `user` is in `group`: their membership, or nullptr.
const Membership* FindMembership(const Instance& instance, std::string_view group, std::string_view user);
/// Takes a user or group out, with memberships and assignments. Answers whether it was there.
bool RemoveUser(Instance& instance, const std::string& id);
bool RemoveGroup(Instance& instance, const std::string& id);

/// What an alternate identifier asks for: an external ID, or the text of the attribute `name`.
struct Sought {
  std::optional<std::string> external_id{};
  std::string text{};
};
/// Errors: ValidationException, unless there is exactly one and it is of that attribute.
base::Result<Sought> ReadSought(const aws::identitystore::AlternateIdentifier& identifier, std::string_view name);
/// Whether `filters` are all by the attribute `name`, and `text` is what they want. Errors: ValidationException.
base::Result<bool> IsFound(const std::vector<aws::identitystore::Filter>& filters, std::string_view name, const std::optional<std::string>& text);
/// The text that a JSON value is; nothing for null. Errors: ValidationException.
base::Result<std::optional<std::string>> TextOf(const std::optional<std::string>& document);

/// The page that `next_token` names, of up to 100 items. Errors: ValidationException.
base::Result<PageOf> FindPage(const std::optional<std::string>& next_token, std::optional<std::int32_t> max_results, std::size_t size);

/// What operations ask for: the permission set, or everything.
struct OnSet {
  template <typename Input>
  Ask operator()(const Call&, const Input& input) const {
    if constexpr (requires { input.permission_set_arn; }) return {.resource = input.permission_set_arn};
    else if constexpr (requires { input.resource_arn; }) return {.resource = input.resource_arn};
    else if constexpr (requires { input.instance_arn; }) return {.resource = input.instance_arn};
    else return {};
  }
};

/// Adds the operations, by what they are about.
void AddInstanceOperations(OperationTable& table);
void AddSetOperations(OperationTable& table);
void AddSetPolicyOperations(OperationTable& table);
void AddAssignmentOperations(OperationTable& table);
void AddProvisioningOperations(OperationTable& table);
void AddUserOperations(OperationTable& table);
void AddGroupOperations(OperationTable& table);
void AddMembershipOperations(OperationTable& table);

}  // namespace crossrole::sim::identity_center
