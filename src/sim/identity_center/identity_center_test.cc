// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "aws/iam.h"
#include "aws/identitystore.h"
#include "aws/organizations.h"
#include "aws/sso.h"
#include "base/text.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using namespace aws::sso;
namespace store = aws::identitystore;
using aws::Credentials;
using fakes::Allow;
using fakes::SimLab;

// The instance of the made organization, with a user, a group with that user in it, and a permission set.
struct Center {
  SimLab lab{{.throttle = Throttle::kOff}};
  Credentials admin = lab.Admin(1);
  std::string instance;
  std::string store_id;
  std::string user;
  std::string group;
  std::string membership;
  std::string set;

  Center() {
    const auto found = lab.Must<ListInstances>(admin, {}).instances.at(0);
    instance = *found.instance_arn;
    store_id = *found.identity_store_id;
    user = lab.Must<store::CreateUser>(admin, {.identity_store_id = store_id, .user_name = "ada",
                                               .name = store::Name{.family_name = "Lovelace", .given_name = "Ada"}, .display_name = "Ada"}).user_id;
    group = lab.Must<store::CreateGroup>(admin, {.identity_store_id = store_id, .display_name = "Engineers"}).group_id;
    membership = lab.Must<store::CreateGroupMembership>(admin, {.identity_store_id = store_id, .group_id = group, .member_id = {.user_id = user}}).membership_id;
    set = *lab.Must<CreatePermissionSet>(admin, {.name = "Read", .instance_arn = instance, .session_duration = "PT8H"}).permission_set->permission_set_arn;
    lab.Must<AttachManagedPolicyToPermissionSet>(
        admin, {.instance_arn = instance, .permission_set_arn = set, .managed_policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"});
  }

  void Wait() { lab.Control("POST", "/_sim/clock", R"({"advance_seconds":5})"); }
  std::string Assign(const std::string& type, const std::string& principal) {
    const auto made = lab.Must<CreateAccountAssignment>(admin, {.instance_arn = instance, .target_id = lab.Id(2), .target_type = "AWS_ACCOUNT",
                                                                .permission_set_arn = set, .principal_type = type, .principal_id = principal});
    return *made.account_assignment_creation_status->request_id;
  }
  AccountAssignmentOperationStatus StatusOf(const std::string& request) {
    return *lab.Must<DescribeAccountAssignmentCreationStatus>(admin, {.instance_arn = instance, .account_assignment_creation_request_id = request})
                .account_assignment_creation_status;
  }
  std::vector<aws::iam::Role> Reserved() {
    return lab.Must<aws::iam::ListRoles>(lab.Admin(2), {.path_prefix = "/aws-reserved/sso.amazonaws.com/"}).roles;
  }
};

TEST(IdentityCenterTest, AnAssignmentTakesTimeAndMakesTheRole) {
  Center center;
  const std::string request = center.Assign("GROUP", center.group);
  EXPECT_EQ(center.StatusOf(request).status, "IN_PROGRESS");
  EXPECT_TRUE(center.Reserved().empty());
  center.Wait();
  EXPECT_EQ(center.StatusOf(request).status, "SUCCEEDED");
  const auto roles = center.Reserved();
  ASSERT_EQ(roles.size(), 1U);
  EXPECT_TRUE(roles[0].role_name.starts_with("AWSReservedSSO_Read_")) << roles[0].role_name;
  EXPECT_EQ(roles[0].max_session_duration, 8 * 3600);
  const auto attached = center.lab.Must<aws::iam::ListAttachedRolePolicies>(center.lab.Admin(2), {.role_name = roles[0].role_name});
  EXPECT_EQ(attached.attached_policies.at(0).policy_name, "ReadOnlyAccess");
  EXPECT_EQ(center.lab.Refusal<aws::iam::DeleteRolePolicy>(center.lab.Admin(2), {.role_name = roles[0].role_name, .policy_name = "xx"}), "UnmodifiableEntity");
  EXPECT_EQ(center.lab.Must<aws::iam::ListSAMLProviders>(center.lab.Admin(2), {}).saml_provider_list.size(), 1U);
}

TEST(IdentityCenterTest, AUserHasWhatItsGroupsWereGiven) {
  Center center;
  center.Assign("GROUP", center.group);
  center.Assign("USER", center.user);
  center.Wait();
  const auto of_user = center.lab.Must<ListAccountAssignmentsForPrincipal>(
      center.admin, {.instance_arn = center.instance, .principal_id = center.user, .principal_type = "USER"});
  EXPECT_EQ(of_user.account_assignments.size(), 2U);
  const auto of_group = center.lab.Must<ListAccountAssignmentsForPrincipal>(
      center.admin, {.instance_arn = center.instance, .principal_id = center.group, .principal_type = "GROUP"});
  EXPECT_EQ(of_group.account_assignments.size(), 1U);
  EXPECT_EQ(center.lab.Must<ListAccountAssignments>(center.admin, {.instance_arn = center.instance, .account_id = center.lab.Id(2), .permission_set_arn = center.set})
                .account_assignments.size(), 2U);
}

TEST(IdentityCenterTest, TheRoleGoesWithTheLastAssignment) {
  Center center;
  center.Assign("GROUP", center.group);
  center.Assign("USER", center.user);
  center.Wait();
  const auto drop = [&](const std::string& type, const std::string& principal) {
    const auto answer = center.lab.Must<DeleteAccountAssignment>(center.admin, {.instance_arn = center.instance, .target_id = center.lab.Id(2), .target_type = "AWS_ACCOUNT",
                                                                                .permission_set_arn = center.set, .principal_type = type, .principal_id = principal});
    center.Wait();
    return *center.lab.Must<DescribeAccountAssignmentDeletionStatus>(
        center.admin, {.instance_arn = center.instance, .account_assignment_deletion_request_id = *answer.account_assignment_deletion_status->request_id})
                .account_assignment_deletion_status->status;
  };
  EXPECT_EQ(center.lab.Refusal<DeletePermissionSet>(center.admin, {.instance_arn = center.instance, .permission_set_arn = center.set}), "ConflictException");
  EXPECT_EQ(drop("GROUP", center.group), "SUCCEEDED");
  EXPECT_EQ(center.Reserved().size(), 1U);
  EXPECT_EQ(drop("USER", center.user), "SUCCEEDED");
  EXPECT_TRUE(center.Reserved().empty());
  EXPECT_EQ(drop("USER", center.user), "FAILED");
  center.lab.Must<DeletePermissionSet>(center.admin, {.instance_arn = center.instance, .permission_set_arn = center.set});
}

TEST(IdentityCenterTest, AChangedSetReachesItsRolesWhenItIsProvisioned) {
  Center center;
  center.Assign("GROUP", center.group);
  center.Wait();
  center.lab.Must<PutInlinePolicyToPermissionSet>(center.admin, {.instance_arn = center.instance, .permission_set_arn = center.set, .inline_policy = Allow("s3:Get*")});
  const auto lagging = [&] {
    return center.lab.Must<ListAccountsForProvisionedPermissionSet>(center.admin, {.instance_arn = center.instance, .permission_set_arn = center.set,
                                                                                   .provisioning_status = "LATEST_PERMISSION_SET_NOT_PROVISIONED"}).account_ids;
  };
  EXPECT_EQ(lagging(), std::vector<std::string>{center.lab.Id(2)});
  const std::string role = center.Reserved().at(0).role_name;
  EXPECT_TRUE(center.lab.Must<aws::iam::ListRolePolicies>(center.lab.Admin(2), {.role_name = role}).policy_names.empty());
  const auto started = center.lab.Must<ProvisionPermissionSet>(center.admin, {.instance_arn = center.instance, .permission_set_arn = center.set, .target_type = "ALL_PROVISIONED_ACCOUNTS"});
  center.Wait();
  EXPECT_EQ(center.lab.Must<DescribePermissionSetProvisioningStatus>(
                center.admin, {.instance_arn = center.instance, .provision_permission_set_request_id = *started.permission_set_provisioning_status->request_id})
                .permission_set_provisioning_status->status, "SUCCEEDED");
  EXPECT_TRUE(lagging().empty());
  EXPECT_EQ(center.Reserved().at(0).role_name, role);
  EXPECT_EQ(center.lab.Must<aws::iam::ListRolePolicies>(center.lab.Admin(2), {.role_name = role}).policy_names, std::vector<std::string>{"AwsSSOInlinePolicy"});
}

TEST(IdentityCenterTest, APolicyThatTheAccountLacksFailsTheAssignment) {
  Center center;
  center.lab.Must<AttachCustomerManagedPolicyReferenceToPermissionSet>(
      center.admin, {.instance_arn = center.instance, .permission_set_arn = center.set, .customer_managed_policy_reference = {.name = "Ours"}});
  const std::string request = center.Assign("USER", center.user);
  center.Wait();
  EXPECT_EQ(center.StatusOf(request).status, "FAILED");
  EXPECT_NE(center.StatusOf(request).failure_reason->find("404"), std::string::npos);
  center.lab.Must<aws::iam::CreatePolicy>(center.lab.Admin(2), {.policy_name = "Ours", .policy_document = Allow("s3:Get*")});
  const std::string again = center.Assign("USER", center.user);
  center.Wait();
  EXPECT_EQ(center.StatusOf(again).status, "SUCCEEDED");
}

TEST(IdentityCenterTest, SessionsLastFromOneHourToTwelve) {
  Center center;
  int number = 0;
  const auto made = [&](const std::string& duration) {
    return center.lab.Refusal<CreatePermissionSet>(center.admin, {.name = "S" + std::to_string(++number), .instance_arn = center.instance, .session_duration = duration});
  };
  for (const char* good : {"PT1H", "PT12H", "PT90M", "PT1H30M", "PT3600S"}) EXPECT_EQ(made(good), "") << good;
  for (const char* bad : {"PT13H", "PT59M", "PT", "P1D", "8H", "PTH", "PT8", "PT8X", "PT99999999H"}) EXPECT_EQ(made(bad), "ValidationException") << bad;
}

TEST(IdentityCenterTest, AnUpdateKeepsWhatItLeavesOutButForTheRelayState) {
  Center center;
  const auto update = [&](UpdatePermissionSetInput input) {
    input.instance_arn = center.instance;
    input.permission_set_arn = center.set;
    center.lab.Must<UpdatePermissionSet>(center.admin, input);
    return *center.lab.Must<DescribePermissionSet>(center.admin, {.instance_arn = center.instance, .permission_set_arn = center.set}).permission_set;
  };
  EXPECT_EQ(update({.description = "d", .relay_state = "https://example.com/"}).relay_state, "https://example.com/");
  const PermissionSet changed = update({.session_duration = "PT2H"});
  EXPECT_EQ(changed.description, "d");
  EXPECT_EQ(changed.session_duration, "PT2H");
  EXPECT_FALSE(changed.relay_state);
}

TEST(IdentityCenterTest, OnlyTheManagementAndDelegatedAdministratorsMayUseIt) {
  Center center;
  const ListPermissionSetsInput list{.instance_arn = center.instance};
  EXPECT_EQ(center.lab.Refusal<ListPermissionSets>(center.lab.Admin(2), list), "AccessDeniedException");
  EXPECT_EQ(center.lab.Refusal<ListPermissionSets>(center.lab.Admin(0), list), "AccessDeniedException");
  EXPECT_TRUE(center.lab.Must<ListInstances>(center.lab.Admin(0), {}).instances.empty());
  center.lab.Must<aws::organizations::RegisterDelegatedAdministrator>(center.admin, {.account_id = center.lab.Id(2), .service_principal = "sso.amazonaws.com"});
  EXPECT_EQ(center.lab.Must<ListPermissionSets>(center.lab.Admin(2), list).permission_sets, std::vector<std::string>{center.set});
  const CreateAccountAssignmentInput above{.instance_arn = center.instance, .target_id = center.lab.Id(1), .target_type = "AWS_ACCOUNT",
                                           .permission_set_arn = center.set, .principal_type = "USER", .principal_id = center.user};
  EXPECT_EQ(center.lab.Refusal<CreateAccountAssignment>(center.lab.Admin(2), above), "AccessDeniedException");
  EXPECT_EQ(center.lab.Refusal<CreateAccountAssignment>(center.admin, above), "");
}

TEST(IdentityStoreTest, UsersAreFoundRenamedAndRemoved) {
  Center center;
  const auto& id = center.store_id;
  EXPECT_EQ(center.lab.Refusal<store::CreateUser>(center.admin, {.identity_store_id = id, .user_name = "ADA",
                                                                 .name = store::Name{.family_name = "x", .given_name = "y"}, .display_name = "z"}), "ConflictException");
  EXPECT_EQ(center.lab.Refusal<store::CreateUser>(center.admin, {.identity_store_id = id, .user_name = "bob"}), "ValidationException");
  center.lab.Must<store::UpdateUser>(center.admin, {.identity_store_id = id, .user_id = center.user,
                                                    .operations = {{.attribute_path = "displayName", .attribute_value = "\"Countess\""}, {.attribute_path = "title"}}});
  EXPECT_EQ(center.lab.Must<store::DescribeUser>(center.admin, {.identity_store_id = id, .user_id = center.user}).display_name, "Countess");
  EXPECT_EQ(center.lab.Must<store::GetUserId>(center.admin, {.identity_store_id = id,
                                                             .alternate_identifier = {.unique_attribute = store::UniqueAttribute{.attribute_path = "userName", .attribute_value = "\"ada\""}}}).user_id, center.user);
  EXPECT_EQ(center.lab.Must<store::ListUsers>(center.admin, {.identity_store_id = id, .filters = {{.attribute_path = "UserName", .attribute_value = "ada"}}}).users.size(), 1U);
  EXPECT_TRUE(center.lab.Must<store::ListUsers>(center.admin, {.identity_store_id = id, .filters = {{.attribute_path = "UserName", .attribute_value = "eve"}}}).users.empty());
  center.lab.Must<store::DeleteUser>(center.admin, {.identity_store_id = id, .user_id = center.user});
  EXPECT_EQ(center.lab.Refusal<store::DescribeUser>(center.admin, {.identity_store_id = id, .user_id = center.user}), "ResourceNotFoundException");
  EXPECT_TRUE(center.lab.Must<store::ListGroupMemberships>(center.admin, {.identity_store_id = id, .group_id = center.group}).group_memberships.empty());
}

TEST(IdentityStoreTest, ListsOfAUserAreChangedAsAWhole) {
  Center center;
  const auto change = [&](const std::string& value) {
    return center.lab.Refusal<store::UpdateUser>(center.admin, {.identity_store_id = center.store_id, .user_id = center.user,
                                                                .operations = {{.attribute_path = "emails", .attribute_value = value}}});
  };
  const auto emails = [&] { return center.lab.Must<store::DescribeUser>(center.admin, {.identity_store_id = center.store_id, .user_id = center.user}).emails; };
  EXPECT_EQ(change(R"([{"value":"ada@example.com","type":"work","primary":true}])"), "");
  ASSERT_EQ(emails().size(), 1U);
  EXPECT_EQ(emails()[0].value, "ada@example.com");
  for (const char* bad : {"\"ada@example.com\"", R"([{"value":"a"},{"value":"b"}])", "[1]"}) EXPECT_EQ(change(bad), "ValidationException") << bad;
  EXPECT_EQ(emails().size(), 1U);
  EXPECT_EQ(change("[]"), "");
  EXPECT_TRUE(emails().empty());
}

TEST(IdentityStoreTest, WhatCannotBeSoughtIsRefused) {
  Center center;
  const auto seek = [&](const store::AlternateIdentifier& by) {
    return center.lab.Refusal<store::GetUserId>(center.admin, {.identity_store_id = center.store_id, .alternate_identifier = by});
  };
  const store::UniqueAttribute name{.attribute_path = "userName", .attribute_value = "\"ada\""};
  EXPECT_EQ(seek({.unique_attribute = name}), "");
  EXPECT_EQ(seek({}), "ValidationException");
  EXPECT_EQ(seek({.external_id = store::ExternalId{.issuer = "i", .id = "x"}, .unique_attribute = name}), "ValidationException");
  EXPECT_EQ(seek({.unique_attribute = store::UniqueAttribute{.attribute_path = "title", .attribute_value = "\"x\""}}), "ValidationException");
  EXPECT_EQ(seek({.external_id = store::ExternalId{.issuer = "i", .id = "x"}}), "ResourceNotFoundException");
  EXPECT_EQ(center.lab.Refusal<store::ListUsers>(center.admin, {.identity_store_id = center.store_id, .filters = {{.attribute_path = "Title", .attribute_value = "x"}}}),
            "ValidationException");
}

TEST(IdentityCenterTest, AnInstanceHasANameAndAKey) {
  Center center;
  const std::string key = "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012";
  const auto described = [&] { return center.lab.Must<DescribeInstance>(center.admin, {.instance_arn = center.instance}); };
  EXPECT_FALSE(described().name);
  EXPECT_EQ(described().encryption_configuration_details->key_type, "AWS_OWNED_KMS_KEY");
  center.lab.Must<UpdateInstance>(center.admin, {.name = "people", .instance_arn = center.instance});
  center.lab.Must<UpdateInstance>(center.admin, {.instance_arn = center.instance, .encryption_configuration = EncryptionConfiguration{.key_type = "CUSTOMER_MANAGED_KEY", .kms_key_arn = key}});
  EXPECT_EQ(described().name, "people");
  EXPECT_EQ(described().encryption_configuration_details->kms_key_arn, key);
  EXPECT_EQ(center.lab.Must<ListInstances>(center.admin, {}).instances.at(0).name, "people");
  const auto refused = [&](const EncryptionConfiguration& wanted) {
    return center.lab.Refusal<UpdateInstance>(center.admin, {.instance_arn = center.instance, .encryption_configuration = wanted});
  };
  EXPECT_EQ(refused({.key_type = "CUSTOMER_MANAGED_KEY"}), "ValidationException");
  EXPECT_EQ(refused({.key_type = "AWS_OWNED_KMS_KEY", .kms_key_arn = key}), "ValidationException");
  EXPECT_EQ(refused({.key_type = "ANY"}), "ValidationException");
  EXPECT_EQ(center.lab.Refusal<UpdateInstance>(center.lab.Admin(2), {.name = "mine", .instance_arn = center.instance}), "AccessDeniedException");
  const std::string saved = center.lab.cloud().Save();
  center.lab.Must<UpdateInstance>(center.admin, {.name = "other", .instance_arn = center.instance});
  ASSERT_TRUE(center.lab.cloud().Load(saved));
  EXPECT_EQ(described().name, "people");
  EXPECT_EQ(described().encryption_configuration_details->kms_key_arn, key);
}

TEST(IdentityStoreTest, AUserHasListsAndAnExtensionThatIsShownToWhoAsks) {
  Center center;
  const std::string& id = center.store_id;
  const std::string extension = "aws:identitystore:enterprise";
  const auto user = center.lab.Must<store::CreateUser>(center.admin, {.identity_store_id = id,
                                                                      .user_name = "grace",
                                                                      .name = store::Name{.family_name = "Hopper", .given_name = "Grace"},
                                                                      .display_name = "Grace",
                                                                      .addresses = {{.locality = "Arlington", .country = "US"}},
                                                                      .photos = {{.value = "https://example.com/g.png", .type = "photo"}},
                                                                      .website = "https://example.com",
                                                                      .birthdate = "1906-12-09",
                                                                      .roles = {{.value = "Rear admiral"}},
                                                                      .extensions = {{extension, R"({"department":"Compilers"})"}}}).user_id;
  const auto described = [&](std::vector<std::string> extensions = {}) {
    return center.lab.Must<store::DescribeUser>(center.admin, {.identity_store_id = id, .user_id = user, .extensions = std::move(extensions)});
  };
  EXPECT_TRUE(described().extensions.empty());
  const auto made = described({extension});
  EXPECT_EQ(made.extensions.at(extension), R"({"department":"Compilers"})");
  EXPECT_EQ(made.photos.at(0).value, "https://example.com/g.png");
  EXPECT_EQ(made.birthdate, "1906-12-09");
  EXPECT_EQ(made.roles.at(0).value, "Rear admiral");
  const auto listed = center.lab.Must<store::ListUsers>(center.admin, {.identity_store_id = id, .extensions = {extension}, .filters = {{.attribute_path = "UserName", .attribute_value = "grace"}}});
  EXPECT_EQ(listed.users.at(0).extensions.size(), 1U);

  const auto update = [&](const std::string& path, std::optional<std::string> value) {
    return center.lab.Refusal<store::UpdateUser>(center.admin, {.identity_store_id = id, .user_id = user, .operations = {{.attribute_path = path, .attribute_value = std::move(value)}}});
  };
  EXPECT_EQ(update("addresses", R"([{"streetAddress":"1 Way","primary":true}])"), "");
  EXPECT_EQ(update("photos", R"([{"value":"a"},{"value":"b"},{"value":"c"}])"), "");
  EXPECT_EQ(update("roles", "null"), "");
  EXPECT_EQ(update("website", std::nullopt), "");
  EXPECT_EQ(update(extension + ".manager.value", "\"m\""), "");
  EXPECT_EQ(update(extension + ".department", "null"), "");
  const auto now = described({extension});
  EXPECT_EQ(now.addresses.at(0).street_address, "1 Way");
  EXPECT_FALSE(now.addresses.at(0).country);
  EXPECT_EQ(now.photos.size(), 3U);
  EXPECT_TRUE(now.roles.empty());
  EXPECT_FALSE(now.website);
  EXPECT_EQ(now.extensions.at(extension), R"({"manager":{"value":"m"}})");
  for (const auto& [path, value] : {std::pair("addresses", R"([{"country":"a"},{"country":"b"}])"), std::pair("photos", R"([{"type":"no value"}])"),
                                    std::pair("emails", R"([1])"), std::pair("title", "1"), std::pair("userName", "null"), std::pair("displayName", "\"\""),
                                    std::pair("aws:identitystore:enterprise.shoe", "\"9\""), std::pair("aws:identitystore:private", "{}"),
                                    std::pair("aws:identitystore:enterprise", "[]")}) {
    EXPECT_EQ(update(path, value), "ValidationException") << path;
  }
  EXPECT_EQ(center.lab.Refusal<store::DescribeUser>(center.admin, {.identity_store_id = id, .user_id = user, .extensions = {"aws:identitystore:private"}}), "ValidationException");
  const std::string saved = center.lab.cloud().Save();
  ASSERT_TRUE(center.lab.cloud().Load(saved));
  EXPECT_EQ(center.lab.cloud().Save(), saved);
  EXPECT_EQ(described({extension}).photos.size(), 3U);
}

TEST(IdentityStoreTest, PagesHoldAHundred) {
  Center center;
  for (int i = 0; i < 150; ++i) {
    center.lab.Must<store::CreateGroup>(center.admin, {.identity_store_id = center.store_id, .display_name = "g" + std::to_string(i)});
  }
  const auto first = center.lab.Must<store::ListGroups>(center.admin, {.identity_store_id = center.store_id});
  EXPECT_EQ(first.groups.size(), 100U);
  const auto second = center.lab.Must<store::ListGroups>(center.admin, {.identity_store_id = center.store_id, .next_token = first.next_token});
  EXPECT_EQ(second.groups.size(), 51U);
  EXPECT_FALSE(second.next_token);
}

TEST(IdentityStoreTest, MembershipsAreToldFromBothSides) {
  Center center;
  const auto& id = center.store_id;
  EXPECT_EQ(center.lab.Refusal<store::CreateGroupMembership>(center.admin, {.identity_store_id = id, .group_id = center.group, .member_id = {.user_id = center.user}}), "ConflictException");
  EXPECT_EQ(center.lab.Must<store::GetGroupMembershipId>(center.admin, {.identity_store_id = id, .group_id = center.group, .member_id = {.user_id = center.user}}).membership_id, center.membership);
  EXPECT_EQ(center.lab.Must<store::ListGroupMembershipsForMember>(center.admin, {.identity_store_id = id, .member_id = {.user_id = center.user}}).group_memberships.at(0).group_id, center.group);
  EXPECT_EQ(center.lab.Must<store::IsMemberInGroups>(center.admin, {.identity_store_id = id, .member_id = {.user_id = center.user}, .group_ids = {center.group}}).results.at(0).membership_exists, true);
  center.lab.Must<store::DeleteGroupMembership>(center.admin, {.identity_store_id = id, .membership_id = center.membership});
  EXPECT_EQ(center.lab.Refusal<store::DescribeGroupMembership>(center.admin, {.identity_store_id = id, .membership_id = center.membership}), "ResourceNotFoundException");
}

}  // namespace
}  // namespace crossrole::sim
