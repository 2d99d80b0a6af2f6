// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "aws/iam.h"
#include "base/text.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using namespace aws::iam;
using aws::Credentials;
using fakes::Allow;
using fakes::SimLab;
using fakes::TrustFor;

// A user `u` in account 1.
struct UserLab {
  SimLab lab{{.throttle = Throttle::kOff}};
  Credentials admin = lab.Admin(1);
  UserLab() { lab.Must<CreateUser>(admin, {.user_name = "u"}); }
};

base::Secret Password(std::string_view text) { return base::Secret(std::string(text)); }

TEST(LoginProfileTest, PasswordsKeepTheRulesAndGoBeforeTheirUser) {
  UserLab at;
  EXPECT_EQ(at.lab.Refusal<GetLoginProfile>(at.admin, {.user_name = "u"}), "NoSuchEntity");
  EXPECT_EQ(at.lab.Refusal<CreateLoginProfile>(at.admin, {.user_name = "u", .password = Password("short")}), "PasswordPolicyViolation");
  EXPECT_EQ(at.lab.Refusal<CreateLoginProfile>(at.admin, {.user_name = "u", .password = Password("onlyletters")}), "PasswordPolicyViolation");
  at.lab.Must<CreateLoginProfile>(at.admin, {.user_name = "u", .password = Password("Correct-9-horse"), .password_reset_required = true});
  EXPECT_EQ(at.lab.Must<GetLoginProfile>(at.admin, {.user_name = "u"}).login_profile.password_reset_required, true);
  EXPECT_EQ(at.lab.Refusal<CreateLoginProfile>(at.admin, {.user_name = "u", .password = Password("Correct-9-horse")}), "EntityAlreadyExists");
  at.lab.Must<UpdateLoginProfile>(at.admin, {.user_name = "u", .password_reset_required = false});
  EXPECT_EQ(at.lab.Refusal<DeleteUser>(at.admin, {.user_name = "u"}), "DeleteConflict");
  at.lab.Must<DeleteLoginProfile>(at.admin, {.user_name = "u"});
  at.lab.Must<DeleteUser>(at.admin, {.user_name = "u"});
}

TEST(LoginProfileTest, AUserChangesItsOwnPasswordWithTheOldOne) {
  SimLab lab;
  const Credentials admin = lab.Admin(1);
  lab.Must<CreateLoginProfile>(admin, {.user_name = "administrator", .password = Password("Correct-9-horse")});
  EXPECT_EQ(lab.Refusal<ChangePassword>(admin, {.old_password = Password("wrong"), .new_password = Password("Battery-7-staple")}), "AccessDenied");
  lab.Must<ChangePassword>(admin, {.old_password = Password("Correct-9-horse"), .new_password = Password("Battery-7-staple")});
  lab.Must<ChangePassword>(admin, {.old_password = Password("Battery-7-staple"), .new_password = Password("Correct-9-horse")});
}

TEST(MfaTest, ADeviceBelongsToOneUserAtATimeAndVouchesForSessions) {
  SimLab lab;
  const Credentials admin = lab.Admin(1);
  const std::string serial = lab.Must<CreateVirtualMFADevice>(admin, {.virtual_mfa_device_name = "phone"}).virtual_mfa_device.serial_number;
  EXPECT_EQ(lab.Refusal<aws::sts::GetSessionToken>(admin, {.serial_number = serial, .token_code = "123456"}), "AccessDenied");
  EXPECT_EQ(lab.Refusal<EnableMFADevice>(admin, {.user_name = "administrator", .serial_number = serial, .authentication_code1 = "123456", .authentication_code2 = "123456"}),
            "InvalidAuthenticationCode");
  lab.Must<EnableMFADevice>(admin, {.user_name = "administrator", .serial_number = serial, .authentication_code1 = "123456", .authentication_code2 = "234567"});
  EXPECT_EQ(lab.Must<ListMFADevices>(admin, {}).mfa_devices.at(0).serial_number, serial);
  EXPECT_EQ(lab.Refusal<DeleteVirtualMFADevice>(admin, {.serial_number = serial}), "DeleteConflict");
  const std::string role = lab.MakeRole(
      1, "WithMfa", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" + lab.Id(1) +
                        R"("},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]})");
  const aws::sts::AssumeRoleInput assume{.role_arn = role, .role_session_name = "session"};
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(admin, assume), "AccessDenied");
  const Credentials session =
      SimLab::Take(lab.Must<aws::sts::GetSessionToken>(admin, {.serial_number = serial, .token_code = "123456"}).credentials);
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(session, assume), "");
  lab.Must<DeactivateMFADevice>(admin, {.user_name = "administrator", .serial_number = serial});
  lab.Must<DeleteVirtualMFADevice>(admin, {.serial_number = serial});
  EXPECT_TRUE(lab.Must<ListVirtualMFADevices>(admin, {}).virtual_mfa_devices.empty());
}

constexpr std::string_view kCertificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";

TEST(OtherCredentialTest, CertificatesAndSshKeysComeAndGo) {
  UserLab at;
  EXPECT_EQ(at.lab.Refusal<UploadSigningCertificate>(at.admin, {.user_name = "u", .certificate_body = "no certificate"}), "MalformedCertificate");
  const auto certificate = at.lab.Must<UploadSigningCertificate>(at.admin, {.user_name = "u", .certificate_body = std::string(kCertificate)}).certificate;
  EXPECT_EQ(at.lab.Refusal<UploadSigningCertificate>(at.admin, {.user_name = "u", .certificate_body = std::string(kCertificate)}), "DuplicateCertificate");
  at.lab.Must<UpdateSigningCertificate>(at.admin, {.user_name = "u", .certificate_id = certificate.certificate_id, .status = "Inactive"});
  EXPECT_EQ(at.lab.Must<ListSigningCertificates>(at.admin, {.user_name = "u"}).certificates.at(0).status, "Inactive");
  const auto key = at.lab.Must<UploadSSHPublicKey>(at.admin, {.user_name = "u", .ssh_public_key_body = "ssh-rsa AAAA u@host"}).ssh_public_key;
  ASSERT_TRUE(key);
  const auto shown = at.lab.Must<GetSSHPublicKey>(at.admin, {.user_name = "u", .ssh_public_key_id = key->ssh_public_key_id, .encoding = "SSH"});
  EXPECT_EQ(shown.ssh_public_key->fingerprint, key->fingerprint);
  EXPECT_EQ(at.lab.Refusal<DeleteUser>(at.admin, {.user_name = "u"}), "DeleteConflict");
  at.lab.Must<DeleteSigningCertificate>(at.admin, {.user_name = "u", .certificate_id = certificate.certificate_id});
  EXPECT_EQ(at.lab.Refusal<DeleteUser>(at.admin, {.user_name = "u"}), "DeleteConflict");
  at.lab.Must<DeleteSSHPublicKey>(at.admin, {.user_name = "u", .ssh_public_key_id = key->ssh_public_key_id});
  at.lab.Must<DeleteUser>(at.admin, {.user_name = "u"});
}

TEST(OtherCredentialTest, AServicesCredentialIsToldOnceAndReset) {
  UserLab at;
  EXPECT_EQ(at.lab.Refusal<CreateServiceSpecificCredential>(at.admin, {.user_name = "u", .service_name = "s3.amazonaws.com"}), "NotSupportedService");
  auto made = at.lab.Must<CreateServiceSpecificCredential>(at.admin, {.user_name = "u", .service_name = "codecommit.amazonaws.com"});
  ASSERT_TRUE(made.service_specific_credential);
  const std::string id = made.service_specific_credential->service_specific_credential_id;
  const auto listed = at.lab.Must<ListServiceSpecificCredentials>(at.admin, {.user_name = "u"}).service_specific_credentials;
  EXPECT_EQ(listed.at(0).service_user_name, "u-at-" + at.lab.Id(1));
  const auto reset = at.lab.Must<ResetServiceSpecificCredential>(at.admin, {.user_name = "u", .service_specific_credential_id = id});
  EXPECT_NE(reset.service_specific_credential->service_password->Reveal(), made.service_specific_credential->service_password->Reveal());
  at.lab.Must<DeleteServiceSpecificCredential>(at.admin, {.user_name = "u", .service_specific_credential_id = id});
  at.lab.Must<DeleteUser>(at.admin, {.user_name = "u"});
}

TEST(AuthorizationDetailsTest, PagesHoldEverythingOnce) {
  SimLab lab{{.throttle = Throttle::kOff}};
  const Credentials admin = lab.Admin(1);
  for (int i = 0; i < 3; ++i) lab.Must<CreateUser>(admin, {.user_name = "u" + std::to_string(i)});
  lab.Must<CreateGroup>(admin, {.group_name = "g"});
  lab.Must<AddUserToGroup>(admin, {.group_name = "g", .user_name = "u1"});
  lab.MakeRole(1, "r", TrustFor(lab.Id(0)));
  const std::string policy = lab.Must<CreatePolicy>(admin, {.policy_name = "p", .policy_document = Allow("s3:*")}).policy.arn;
  lab.Must<AttachRolePolicy>(admin, {.role_name = "r", .policy_arn = policy});
  lab.Must<PutUserPolicy>(admin, {.user_name = "u0", .policy_name = "inline", .policy_document = Allow("iam:GetUser")});
  GetAccountAuthorizationDetailsOutput all;
  std::optional<std::string> marker;
  int pages = 0;
  do {
    auto page = lab.Must<GetAccountAuthorizationDetails>(admin, {.max_items = 2, .marker = marker});
    for (auto& each : page.user_detail_list) all.user_detail_list.push_back(std::move(each));
    for (auto& each : page.group_detail_list) all.group_detail_list.push_back(std::move(each));
    for (auto& each : page.role_detail_list) all.role_detail_list.push_back(std::move(each));
    for (auto& each : page.policies) all.policies.push_back(std::move(each));
    marker = page.marker;
    ++pages;
  } while (marker);
  EXPECT_EQ(pages, 4);
  ASSERT_EQ(all.user_detail_list.size(), 4U);
  EXPECT_EQ(all.user_detail_list[1].user_policy_list.at(0).policy_name, "inline");
  EXPECT_EQ(all.user_detail_list[2].group_list, std::vector<std::string>{"g"});
  EXPECT_EQ(all.group_detail_list.size(), 1U);
  ASSERT_EQ(all.role_detail_list.size(), 1U);
  EXPECT_EQ(all.role_detail_list[0].attached_managed_policies.at(0).policy_arn, policy);
  ASSERT_EQ(all.policies.size(), 2U);  // ours, and the administrator's of AWS
  EXPECT_EQ(base::PercentDecode(*all.policies[0].policy_version_list.at(0).document), Allow("s3:*"));
  const auto only = lab.Must<GetAccountAuthorizationDetails>(admin, {.filter = {"Role"}});
  EXPECT_TRUE(only.user_detail_list.empty());
  EXPECT_EQ(only.role_detail_list.size(), 1U);
}

TEST(CredentialReportTest, TellsKeysPasswordsAndMfaOfEveryUser) {
  SimLab lab;
  const Credentials admin = lab.Admin(1);
  EXPECT_EQ(lab.Refusal<GetCredentialReport>(admin, {}), "ReportNotPresent");
  lab.Must<CreateLoginProfile>(admin, {.user_name = "administrator", .password = Password("Correct-9-horse")});
  EXPECT_EQ(lab.Must<GenerateCredentialReport>(admin, {}).state, "STARTED");
  EXPECT_EQ(lab.Must<GenerateCredentialReport>(admin, {}).state, "COMPLETE");
  const std::string text = lab.Must<GetCredentialReport>(admin, {}).content.value_or("");
  const auto lines = base::Split(text, '\n');
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(base::Split(lines[0], ',').size(), 22U);
  EXPECT_TRUE(lines[1].starts_with("<root_account>,arn:aws:iam::" + lab.Id(1) + ":root,"));
  const auto row = base::Split(lines[2], ',');
  ASSERT_EQ(row.size(), 22U);
  EXPECT_EQ(row[0], "administrator");
  EXPECT_EQ(row[3], "true");
  EXPECT_EQ(row[8], "true");
  EXPECT_EQ(row[12], "iam");
  EXPECT_EQ(row[13], "false");
  lab.Control("POST", "/_sim/clock", R"({"advance_seconds":14500})");
  EXPECT_EQ(lab.Refusal<GetCredentialReport>(admin, {}), "ReportExpired");
}

TEST(ServiceLinkedRoleTest, IsMadeAndRemovedByItsOwnOperationsOnly) {
  SimLab lab;
  const Credentials admin = lab.Admin(1);
  const auto made = lab.Must<CreateServiceLinkedRole>(admin, {.aws_service_name = "autoscaling.amazonaws.com"}).role;
  EXPECT_EQ(made->arn, "arn:aws:iam::" + lab.Id(1) + ":role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling");
  EXPECT_EQ(lab.Refusal<CreateServiceLinkedRole>(admin, {.aws_service_name = "autoscaling.amazonaws.com"}), "InvalidInput");
  EXPECT_EQ(lab.Refusal<DeleteRole>(admin, {.role_name = "AWSServiceRoleForAutoScaling"}), "UnmodifiableEntity");
  const std::string task = lab.Must<DeleteServiceLinkedRole>(admin, {.role_name = "AWSServiceRoleForAutoScaling"}).deletion_task_id;
  EXPECT_EQ(lab.Must<GetServiceLinkedRoleDeletionStatus>(admin, {.deletion_task_id = task}).status, "SUCCEEDED");
  EXPECT_EQ(lab.Refusal<GetRole>(admin, {.role_name = "AWSServiceRoleForAutoScaling"}), "NoSuchEntity");
}

TEST(ServiceLinkedRoleTest, NamesAreThoseOfTheServicesPages) {
  SimLab lab;
  const Credentials admin = lab.Admin(1);
  for (const auto& [service, name] : {std::pair("ssm", "AmazonSSM"), std::pair("elasticmapreduce", "EMRCleanup"),
                                      std::pair("dynamodb.application-autoscaling", "ApplicationAutoScaling_DynamoDBTable"),
                                      std::pair("docdb-elastic", "DocDB-Elastic"), std::pair("access-analyzer", "AccessAnalyzer"),
                                      std::pair("what-nobody.knows-yet", "WhatNobodyKnowsYet")}) {
    const auto role = lab.Must<CreateServiceLinkedRole>(admin, {.aws_service_name = std::string(service) + ".amazonaws.com"}).role;
    EXPECT_EQ(role->role_name, "AWSServiceRoleFor" + std::string(name)) << service;
  }
  EXPECT_EQ(lab.Refusal<CreateServiceLinkedRole>(admin, {.aws_service_name = "ssm.amazonaws.com", .custom_suffix = "x"}), "InvalidInput");
  const auto bot = lab.Must<CreateServiceLinkedRole>(admin, {.aws_service_name = "lexv2.amazonaws.com", .custom_suffix = "x"}).role;
  EXPECT_EQ(bot->role_name, "AWSServiceRoleForLexV2Bots_x");
}

// Source: IAM API Reference, the operations that name UnmodifiableEntity.
TEST(ServiceLinkedRoleTest, OnlyDescriptionAndTagsAreTheAccountsToChange) {
  SimLab lab;
  const Credentials admin = lab.Admin(1);
  const std::string name = lab.Must<CreateServiceLinkedRole>(admin, {.aws_service_name = "ssm.amazonaws.com"}).role->role_name;
  const std::string any = "arn:aws:iam::aws:policy/ReadOnlyAccess", trust = fakes::TrustFor(lab.AdminArn(1)), policy = fakes::Allow("s3:*");
  const std::vector<std::string> refusals = {
      lab.Refusal<AttachRolePolicy>(admin, {.role_name = name, .policy_arn = any}),
      lab.Refusal<DetachRolePolicy>(admin, {.role_name = name, .policy_arn = any}),
      lab.Refusal<PutRolePolicy>(admin, {.role_name = name, .policy_name = "p", .policy_document = policy}),
      lab.Refusal<DeleteRolePolicy>(admin, {.role_name = name, .policy_name = "p"}),
      lab.Refusal<PutRolePermissionsBoundary>(admin, {.role_name = name, .permissions_boundary = any}),
      lab.Refusal<DeleteRolePermissionsBoundary>(admin, {.role_name = name}),
      lab.Refusal<UpdateAssumeRolePolicy>(admin, {.role_name = name, .policy_document = trust}),
      lab.Refusal<UpdateRole>(admin, {.role_name = name, .max_session_duration = 7200}),
      lab.Refusal<DeleteRole>(admin, {.role_name = name})};
  EXPECT_EQ(refusals, std::vector<std::string>(refusals.size(), "UnmodifiableEntity"));
  lab.Must<UpdateRoleDescription>(admin, {.role_name = name, .description = "d"});
  lab.Must<TagRole>(admin, {.role_name = name, .tags = {{.key = "a", .value = "b"}}});
  EXPECT_EQ(lab.Must<ListRoleTags>(admin, {.role_name = name}).tags.size(), 1U);
  lab.Must<UntagRole>(admin, {.role_name = name, .tag_keys = {"a"}});
  // Nor does anything that is theirs go elsewhere.
  EXPECT_EQ(lab.Refusal<CreateRole>(admin, {.path = "/aws-service-role/ssm.amazonaws.com/", .role_name = "own", .assume_role_policy_document = trust}), "InvalidInput");
  lab.MakeRole(1, "own", trust);
  EXPECT_EQ(lab.Refusal<AttachRolePolicy>(admin, {.role_name = "own", .policy_arn = "arn:aws:iam::aws:policy/aws-service-role/AmazonSSMServiceRolePolicy"}),
            "PolicyNotAttachable");
}

TEST(GroupTest, ARenamedGroupKeepsItsMembers) {
  UserLab at;
  at.lab.Must<CreateGroup>(at.admin, {.group_name = "old"});
  at.lab.Must<AddUserToGroup>(at.admin, {.group_name = "old", .user_name = "u"});
  at.lab.Must<UpdateGroup>(at.admin, {.group_name = "old", .new_path = "/x/", .new_group_name = "new"});
  EXPECT_EQ(at.lab.Must<ListGroupsForUser>(at.admin, {.user_name = "u"}).groups.at(0).arn, "arn:aws:iam::" + at.lab.Id(1) + ":group/x/new");
  EXPECT_EQ(at.lab.Refusal<GetGroup>(at.admin, {.group_name = "old"}), "NoSuchEntity");
}

TEST(SavedStateTest, KeepsEveryKindOfCredential) {
  UserLab at;
  at.lab.Must<CreateLoginProfile>(at.admin, {.user_name = "u", .password = Password("Correct-9-horse")});
  at.lab.Must<UploadSigningCertificate>(at.admin, {.user_name = "u", .certificate_body = std::string(kCertificate)});
  at.lab.Must<UploadSSHPublicKey>(at.admin, {.user_name = "u", .ssh_public_key_body = "ssh-rsa AAAA u@host"});
  at.lab.Must<CreateServiceSpecificCredential>(at.admin, {.user_name = "u", .service_name = "codecommit.amazonaws.com"});
  at.lab.Must<CreateVirtualMFADevice>(at.admin, {.virtual_mfa_device_name = "phone", .tags = {{.key = "a", .value = "b"}}});
  at.lab.Must<CreateSAMLProvider>(at.admin, {.saml_metadata_document = std::string(1000, ' ') + "<EntityDescriptor/>", .name = "idp"});
  const std::string saved = at.lab.cloud().Save();
  ASSERT_TRUE(at.lab.cloud().Load(saved));
  EXPECT_EQ(at.lab.cloud().Save(), saved);
  EXPECT_EQ(at.lab.Must<ListSAMLProviders>(at.admin, {}).saml_provider_list.size(), 1U);
  EXPECT_EQ(at.lab.Must<ListSSHPublicKeys>(at.admin, {.user_name = "u"}).ssh_public_keys.size(), 1U);
}

}  // namespace
}  // namespace crossrole::sim
