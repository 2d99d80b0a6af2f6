// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "aws/iam.h"
#include "aws/identitystore.h"
#include "aws/sso.h"
#include "fakes/sim_lab.h"

// Identity Center of organizations made from a seed. Source: docs/reference/sim.md, "Made organizations".

namespace crossrole::sim {
namespace {

using namespace aws::sso;
namespace store = aws::identitystore;
using aws::Credentials;
using fakes::SimLab;

constexpr std::size_t kMembers = 100;
// The accounts of members, behind the platform's and the management account.
constexpr std::size_t kFirst = 2;
constexpr std::size_t kSuspended = kFirst + 7;
constexpr std::size_t kClosed = kFirst + 42;

bool IsAscii(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) > 127; });
}

// An organization of a hundred members, and calls of its management account.
struct Made {
  SimLab lab;
  Credentials admin = lab.Admin(1);
  std::string instance;
  std::string store_id;

  explicit Made(std::size_t members = kMembers, std::string profile = "mixed", std::uint64_t seed = 1)
      : lab({.accounts = members + kFirst, .seed = seed, .throttle = Throttle::kOff, .profile = std::move(profile)}) {
    const auto found = lab.Must<ListInstances>(admin, {}).instances.at(0);
    instance = *found.instance_arn;
    store_id = *found.identity_store_id;
  }

  // All items of a list, page by page.
  template <typename Op, typename Item>
  std::vector<Item> All(typename Op::Input input, std::vector<Item> Op::Output::* items) {
    std::vector<Item> all;
    do {
      const auto output = lab.Must<Op>(admin, input);
      all.insert(all.end(), (output.*items).begin(), (output.*items).end());
      input.next_token = output.next_token;
    } while (input.next_token);
    return all;
  }

  std::vector<std::string> Sets() { return All<ListPermissionSets>({.instance_arn = instance}, &ListPermissionSetsOutput::permission_sets); }
  std::vector<std::string> SetsIn(std::size_t account) {
    return All<ListPermissionSetsProvisionedToAccount>({.instance_arn = instance, .account_id = lab.Id(account)},
                                                       &ListPermissionSetsProvisionedToAccountOutput::permission_sets);
  }
  std::vector<std::string> AccountsOf(const std::string& set) {
    return All<ListAccountsForProvisionedPermissionSet>({.instance_arn = instance, .permission_set_arn = set},
                                                        &ListAccountsForProvisionedPermissionSetOutput::account_ids);
  }
  std::vector<AccountAssignment> AssignmentsIn(std::size_t account, const std::string& set) {
    return All<ListAccountAssignments>({.instance_arn = instance, .account_id = lab.Id(account), .permission_set_arn = set},
                                       &ListAccountAssignmentsOutput::account_assignments);
  }
  PermissionSet Describe(const std::string& set) {
    return *lab.Must<DescribePermissionSet>(admin, {.instance_arn = instance, .permission_set_arn = set}).permission_set;
  }
  std::optional<PermissionsBoundary> BoundaryOf(const std::string& set) {
    const auto answer = lab.Call<GetPermissionsBoundaryForPermissionSet>(admin, {.instance_arn = instance, .permission_set_arn = set});
    return answer ? answer->permissions_boundary : std::nullopt;
  }
  std::string SetNamed(std::string_view name) {
    for (const std::string& set : Sets()) {
      if (Describe(set).name == name) return set;
    }
    return "";
  }
  std::vector<aws::iam::Role> RolesIn(std::size_t account) {
    return lab.Must<aws::iam::ListRoles>(lab.Admin(account), {.path_prefix = "/aws-reserved/sso.amazonaws.com/"}).roles;
  }
  void Revive() {
    for (std::size_t i = kFirst; i < kFirst + kMembers; ++i) lab.Control("POST", "/_sim/accounts/" + lab.Id(i), R"({"state":"active"})");
  }
  void Wait() { lab.Control("POST", "/_sim/clock", R"({"advance_seconds":5})"); }
};

TEST(MadeIdentityCenterTest, HasADozenPermissionSets) {
  Made made;
  std::map<std::string, std::size_t> durations;
  std::size_t managed = 0, customer = 0, written = 0, bounded = 0, unassigned = 0, foreign = 0;
  for (const std::string& set : made.Sets()) {
    const PermissionSet shown = made.Describe(set);
    ++durations[*shown.session_duration];
    foreign += shown.description && !IsAscii(*shown.description) ? 1 : 0;
    managed += made.lab.Must<ListManagedPoliciesInPermissionSet>(made.admin, {.instance_arn = made.instance, .permission_set_arn = set}).attached_managed_policies.empty() ? 0 : 1;
    customer += made.lab.Must<ListCustomerManagedPolicyReferencesInPermissionSet>(made.admin, {.instance_arn = made.instance, .permission_set_arn = set})
                        .customer_managed_policy_references.empty() ? 0 : 1;
    written += made.lab.Must<GetInlinePolicyForPermissionSet>(made.admin, {.instance_arn = made.instance, .permission_set_arn = set}).inline_policy.value_or("").empty() ? 0 : 1;
    bounded += made.BoundaryOf(set) ? 1 : 0;
    unassigned += made.AccountsOf(set).empty() ? 1 : 0;
  }
  EXPECT_EQ(durations, (std::map<std::string, std::size_t>{{"PT1H", 5}, {"PT2H", 1}, {"PT4H", 1}, {"PT8H", 3}, {"PT12H", 2}}));
  EXPECT_EQ(managed, 9U);
  EXPECT_EQ(customer, 2U);
  EXPECT_EQ(written, 3U);
  EXPECT_EQ(bounded, 2U);
  EXPECT_EQ(unassigned, 2U);
  EXPECT_EQ(foreign, 3U);
}

TEST(MadeIdentityCenterTest, HasUsersAndGroupsInTheProportionsOfTheManual) {
  Made made;
  const auto users = made.All<store::ListUsers>({.identity_store_id = made.store_id}, &store::ListUsersOutput::users);
  const auto groups = made.All<store::ListGroups>({.identity_store_id = made.store_id}, &store::ListGroupsOutput::groups);
  const auto count = [](const auto& list, auto is) { return std::ranges::count_if(list, is); };
  EXPECT_EQ(users.size(), 60U);
  EXPECT_EQ(count(users, [](const auto& each) { return !each.external_ids.empty() && each.external_ids.front().issuer == "scim"; }), 30);
  EXPECT_EQ(count(users, [](const auto& each) { return each.display_name == "Alex Kim"; }), 6);
  EXPECT_EQ(count(users, [](const auto& each) { return !IsAscii(*each.display_name); }), 3);
  EXPECT_EQ(count(users, [](const auto& each) { return each.user_status == "DISABLED"; }), 3);
  std::set<std::string> names;
  for (const auto& each : users) names.insert(*each.user_name);
  EXPECT_EQ(names.size(), users.size());
  EXPECT_EQ(groups.size(), 15U);
  EXPECT_EQ(count(groups, [](const auto& each) { return !each.external_ids.empty(); }), 8);
  std::size_t memberships = 0, empty = 0;
  std::map<std::string, std::size_t> groups_of;
  for (const auto& group : groups) {
    const auto members = made.All<store::ListGroupMemberships>({.identity_store_id = made.store_id, .group_id = group.group_id},
                                                               &store::ListGroupMembershipsOutput::group_memberships);
    memberships += members.size();
    empty += members.empty() ? 1 : 0;
    for (const auto& each : members) ++groups_of[*each.member_id->user_id];
  }
  EXPECT_EQ(empty, 3U);
  EXPECT_EQ(memberships, 72U);
  EXPECT_EQ(groups_of.size(), 60U);
  EXPECT_EQ(count(groups_of, [](const auto& each) { return each.second == 2; }), 12);
}

TEST(MadeIdentityCenterTest, EveryMemberHasAssignmentsAndOneRoleForEachOfTheirSets) {
  Made made;
  made.Revive();
  std::size_t assignments = 0, of_users = 0, roles = 0;
  std::map<std::string, std::set<std::string>> accounts;
  for (std::size_t i = kFirst; i < kFirst + kMembers; ++i) {
    std::set<std::string> expected, found;
    const auto sets = made.SetsIn(i);
    EXPECT_EQ(sets.size(), (i - kFirst) % 3 + 1) << i;
    for (const std::string& set : sets) {
      const auto list = made.AssignmentsIn(i, set);
      EXPECT_FALSE(list.empty()) << i;
      assignments += list.size();
      of_users += static_cast<std::size_t>(std::ranges::count_if(list, [](const auto& each) { return each.principal_type == "USER"; }));
      expected.insert("AWSReservedSSO_" + *made.Describe(set).name);
      accounts[set].insert(made.lab.Id(i));
    }
    for (const auto& role : made.RolesIn(i)) found.insert(role.role_name.substr(0, role.role_name.rfind('_')));
    EXPECT_EQ(found, expected) << i;
    roles += found.size();
  }
  EXPECT_EQ(roles, 199U);
  EXPECT_EQ(assignments, 209U);
  EXPECT_EQ(of_users, 43U);
  EXPECT_EQ(accounts.size(), 10U);
  for (const auto& [set, ids] : accounts) {
    const auto listed = made.AccountsOf(set);
    EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()), ids) << set;
  }
  EXPECT_TRUE(made.SetsIn(1).empty());
}

TEST(MadeIdentityCenterTest, RolesAreAsProvisioningMakesThem) {
  Made made;
  const std::string group = made.All<store::ListGroups>({.identity_store_id = made.store_id}, &store::ListGroupsOutput::groups).at(0).group_id;
  // A second instance of everything that is there: each set for one more group, in an account that has some of them.
  const std::size_t account = kFirst + 2;
  const Credentials there = made.lab.Admin(account);
  const auto before = made.RolesIn(account);
  ASSERT_EQ(before.size(), 3U);
  for (const std::string& set : made.Sets()) {
    made.lab.Must<CreateAccountAssignment>(made.admin, {.instance_arn = made.instance, .target_id = made.lab.Id(account), .target_type = "AWS_ACCOUNT",
                                                        .permission_set_arn = set, .principal_type = "GROUP", .principal_id = group});
  }
  made.Wait();
  const auto after = made.RolesIn(account);
  ASSERT_EQ(after.size(), 12U);
  std::set<std::string> trusts, names;
  for (const auto& role : after) {
    trusts.insert(*role.assume_role_policy_document);
    names.insert(role.role_name);
  }
  EXPECT_EQ(trusts.size(), 1U);
  for (const auto& role : before) EXPECT_TRUE(names.contains(role.role_name)) << role.role_name;
  EXPECT_EQ(made.lab.Must<aws::iam::ListSAMLProviders>(there, {}).saml_provider_list.size(), 1U);
  for (const auto& shown : after) {
    const aws::iam::Role role = made.lab.Must<aws::iam::GetRole>(there, {.role_name = shown.role_name}).role;
    const std::string name = shown.role_name.substr(15, shown.role_name.rfind('_') - 15);
    const std::string set = made.SetNamed(name);
    std::set<std::string> expected, found;
    for (const auto& each : made.lab.Must<ListManagedPoliciesInPermissionSet>(made.admin, {.instance_arn = made.instance, .permission_set_arn = set}).attached_managed_policies) {
      expected.insert(*each.arn);
    }
    for (const auto& each :
         made.lab.Must<ListCustomerManagedPolicyReferencesInPermissionSet>(made.admin, {.instance_arn = made.instance, .permission_set_arn = set}).customer_managed_policy_references) {
      expected.insert("arn:aws:iam::" + made.lab.Id(account) + ":policy/" + each.name);
    }
    for (const auto& each : made.lab.Must<aws::iam::ListAttachedRolePolicies>(there, {.role_name = role.role_name}).attached_policies) found.insert(each.policy_arn);
    EXPECT_EQ(found, expected) << name;
    EXPECT_EQ("PT" + std::to_string(*role.max_session_duration / 3600) + "H", made.Describe(set).session_duration) << name;
    EXPECT_EQ(role.permissions_boundary.has_value(), made.BoundaryOf(set).has_value()) << name;
    const bool written = !made.lab.Must<GetInlinePolicyForPermissionSet>(made.admin, {.instance_arn = made.instance, .permission_set_arn = set}).inline_policy.value_or("").empty();
    EXPECT_EQ(made.lab.Must<aws::iam::ListRolePolicies>(there, {.role_name = role.role_name}).policy_names.size(), written ? 1U : 0U) << name;
  }
}

TEST(MadeIdentityCenterTest, AccountsOutOfUseKeepWhatTheyHaveAndNothingChangesThere) {
  Made made;
  const std::string new_set = made.SetNamed("BreakGlass");
  for (const std::size_t account : {kSuspended, kClosed}) {
    const std::string set = made.SetsIn(account).at(0);
    const AccountAssignment has = made.AssignmentsIn(account, set).at(0);
    const auto created = made.lab.Must<CreateAccountAssignment>(
        made.admin, {.instance_arn = made.instance, .target_id = made.lab.Id(account), .target_type = "AWS_ACCOUNT",
                     .permission_set_arn = new_set, .principal_type = *has.principal_type, .principal_id = *has.principal_id});
    const auto deleted = made.lab.Must<DeleteAccountAssignment>(
        made.admin, {.instance_arn = made.instance, .target_id = made.lab.Id(account), .target_type = "AWS_ACCOUNT",
                     .permission_set_arn = set, .principal_type = *has.principal_type, .principal_id = *has.principal_id});
    made.Wait();
    const auto creation = *made.lab.Must<DescribeAccountAssignmentCreationStatus>(
        made.admin, {.instance_arn = made.instance, .account_assignment_creation_request_id = *created.account_assignment_creation_status->request_id}).account_assignment_creation_status;
    const auto deletion = *made.lab.Must<DescribeAccountAssignmentDeletionStatus>(
        made.admin, {.instance_arn = made.instance, .account_assignment_deletion_request_id = *deleted.account_assignment_deletion_status->request_id}).account_assignment_deletion_status;
    EXPECT_EQ(creation.status, "FAILED");
    EXPECT_NE(creation.failure_reason.value_or("").find("Obtaining permissions to manage your AWS account"), std::string::npos);
    EXPECT_EQ(deletion.status, "FAILED");
    EXPECT_TRUE(made.AssignmentsIn(account, new_set).empty());
    EXPECT_FALSE(made.AssignmentsIn(account, set).empty());
  }
}

TEST(MadeIdentityCenterTest, AnAccountThatIsSuspendedKeepsNoOtherFromAChangedSet) {
  Made made;
  const std::string set = made.SetsIn(kSuspended).at(0);
  const std::size_t all = made.AccountsOf(set).size();
  ASSERT_GT(all, 2U);
  made.lab.Must<UpdatePermissionSet>(made.admin, {.instance_arn = made.instance, .permission_set_arn = set, .session_duration = "PT3H"});
  const auto started = made.lab.Must<ProvisionPermissionSet>(made.admin, {.instance_arn = made.instance, .permission_set_arn = set, .target_type = "ALL_PROVISIONED_ACCOUNTS"});
  made.Wait();
  const auto status = *made.lab.Must<DescribePermissionSetProvisioningStatus>(
      made.admin, {.instance_arn = made.instance, .provision_permission_set_request_id = *started.permission_set_provisioning_status->request_id}).permission_set_provisioning_status;
  EXPECT_EQ(status.status, "FAILED");
  std::set<std::string> lagging, out_of_use = {made.lab.Id(kSuspended), made.lab.Id(kFirst + 57), made.lab.Id(kClosed)};
  for (const std::string& id : made.All<ListAccountsForProvisionedPermissionSet>({.instance_arn = made.instance, .permission_set_arn = set, .provisioning_status = "LATEST_PERMISSION_SET_NOT_PROVISIONED"},
                                                                                 &ListAccountsForProvisionedPermissionSetOutput::account_ids)) {
    lagging.insert(id);
  }
  EXPECT_TRUE(lagging.contains(made.lab.Id(kSuspended)));
  EXPECT_TRUE(std::ranges::includes(out_of_use, lagging));
}

TEST(MadeIdentityCenterTest, IsTheSameForTheSameSeedAndEmptyWherePlain) {
  Made one(20), same(20), other(20, "mixed", 2), plain(20, "plain");
  // Requests have ids of their own, which the trail tells.
  const auto made = [](Made& in) { return in.lab.cloud().Save().substr(0, in.lab.cloud().Save().find(R"("trail":[)")); };
  EXPECT_EQ(made(one), made(same));
  EXPECT_EQ(one.Sets(), same.Sets());
  EXPECT_NE(one.Sets(), other.Sets());
  EXPECT_TRUE(plain.Sets().empty());
  Made large(3, "large");
  EXPECT_EQ(large.Sets().size(), 12U);
  EXPECT_EQ(large.RolesIn(kFirst + 2).size(), 3U);
}

TEST(MadeIdentityCenterTest, AStateKeepsIt) {
  Made made(20);
  const std::string saved = made.lab.cloud().Save();
  const auto sets = made.SetsIn(kFirst);
  made.lab.Must<store::CreateGroup>(made.admin, {.identity_store_id = made.store_id, .display_name = "new"});
  ASSERT_TRUE(made.lab.cloud().Load(saved));
  EXPECT_EQ(made.lab.cloud().Save(), saved);
  EXPECT_EQ(made.SetsIn(kFirst), sets);
}

}  // namespace
}  // namespace crossrole::sim
