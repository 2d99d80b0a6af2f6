// SPDX-License-Identifier: Apache-2.0
#include "aws/account.h"

#include <gtest/gtest.h>

#include "aws/organizations.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using aws::account::GetAccountInformation;
using aws::account::PutAccountName;
using fakes::SimLab;
using fakes::TrustFor;

// Account 0 is outside the organization that account 1 manages; 2 and 3 are members.
struct AccountManagementTest : testing::Test {
  SimLab lab{{.accounts = 4, .throttle = Throttle::kOff}};

  void Trust() {
    lab.Must<aws::organizations::EnableAWSServiceAccess>(lab.Admin(1), {.service_principal = "account.amazonaws.com"});
  }
  std::string Renaming(std::size_t caller, const std::string& target) {
    return lab.Refusal<PutAccountName>(lab.Admin(caller), {.account_name = "renamed", .account_id = target});
  }
  std::string NameOf(std::size_t account) {
    return lab.Must<GetAccountInformation>(lab.Admin(account), {}).account_name.value_or("");
  }
};

TEST_F(AccountManagementTest, AnAccountRenamesItselfAndOrganizationsTellsIt) {
  lab.Must<PutAccountName>(lab.Admin(2), {.account_name = "After"});
  EXPECT_EQ(NameOf(2), "After");
  const auto seen = lab.Must<aws::organizations::DescribeAccount>(lab.Admin(1), {.account_id = lab.Id(2)}).account;
  EXPECT_EQ(seen.name, "After");
  bool listed = false;
  for (const auto& account : lab.Must<aws::organizations::ListAccounts>(lab.Admin(1), {}).accounts) {
    listed = listed || (account.id == lab.Id(2) && account.name == "After");
  }
  EXPECT_TRUE(listed);
  EXPECT_EQ(lab.cloud().Accounts().at(2).name, "After");
}

TEST_F(AccountManagementTest, AnAccountOutsideOrganizationsNamesNoTarget) {
  lab.Must<PutAccountName>(lab.Admin(0), {.account_name = "Platform"});
  EXPECT_EQ(NameOf(0), "Platform");
  EXPECT_EQ(Renaming(0, lab.Id(2)), "AccessDeniedException");
}

TEST_F(AccountManagementTest, TheManagementAccountNeedsTrustedAccess) {
  EXPECT_EQ(Renaming(1, lab.Id(2)), "AccessDeniedException");
  Trust();
  EXPECT_EQ(Renaming(1, lab.Id(2)), "");
  EXPECT_EQ(NameOf(2), "renamed");
  EXPECT_EQ(Renaming(1, lab.Id(1)), "AccessDeniedException") << "it is managed by itself only, without naming itself";
  EXPECT_EQ(Renaming(1, lab.Id(0)), "AccessDeniedException") << "no member";
}

TEST_F(AccountManagementTest, ADelegatedAdministratorRenamesMembersAndOthersDoNot) {
  Trust();
  EXPECT_EQ(Renaming(2, lab.Id(3)), "AccessDeniedException");
  const aws::organizations::RegisterDelegatedAdministratorInput other{.account_id = lab.Id(2), .service_principal = "iam.amazonaws.com"};
  lab.Must<aws::organizations::EnableAWSServiceAccess>(lab.Admin(1), {.service_principal = other.service_principal});
  lab.Must<aws::organizations::RegisterDelegatedAdministrator>(lab.Admin(1), other);
  EXPECT_EQ(Renaming(2, lab.Id(3)), "AccessDeniedException") << "an administrator of another service";
  lab.Must<aws::organizations::RegisterDelegatedAdministrator>(
      lab.Admin(1), {.account_id = lab.Id(2), .service_principal = "account.amazonaws.com"});
  EXPECT_EQ(Renaming(2, lab.Id(3)), "");
  EXPECT_EQ(NameOf(3), "renamed");
  EXPECT_EQ(Renaming(2, lab.Id(1)), "AccessDeniedException") << "nobody else renames the management account";
}

TEST_F(AccountManagementTest, RenamingMustBeAllowed) {
  const auto session =
      lab.Assume(lab.Admin(2), {.role_arn = lab.MakeRole(2, "Powerless", TrustFor(lab.AdminArn(2))), .role_session_name = "ss"});
  EXPECT_EQ(lab.Refusal<PutAccountName>(session, {.account_name = "x"}), "AccessDeniedException");
  EXPECT_EQ(lab.Refusal<GetAccountInformation>(session, {}), "AccessDeniedException");
}

TEST_F(AccountManagementTest, NamesThatAwsDoesNotTakeAreRefused) {
  for (const std::string& name : {std::string(), std::string(51, 'a'), std::string("a<b"), std::string("ä")}) {
    EXPECT_EQ(lab.Refusal<PutAccountName>(lab.Admin(2), {.account_name = name}), "ValidationException") << name;
  }
  EXPECT_EQ(Renaming(1, "12"), "ValidationException");
}

TEST_F(AccountManagementTest, PathsAndStatusesAreThoseOfRest) {
  const auto sign = [&](const aws::account::PutAccountNameInput& input) { return lab.Sign<PutAccountName>(lab.Admin(2), input, "us-east-1"); };
  const aws::HttpRequest request = sign({.account_name = "x"});
  EXPECT_EQ(request.path, "/putAccountName");
  EXPECT_EQ(request.body, R"({"AccountName":"x"})");
  EXPECT_EQ(aws::FindHeader(request.headers, "content-type"), "application/json");
  const auto refused = lab.Send(sign({.account_name = "x", .account_id = lab.Id(3)}));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 403);
  EXPECT_EQ(aws::FindHeader(refused->headers, "x-amzn-errortype"), "AccessDeniedException");
  EXPECT_TRUE(refused->body.contains(R"("message":"User: )")) << refused->body;
  aws::HttpRequest elsewhere{.scheme = "http", .host = "127.0.0.1", .port = 4566, .path = "/closeEverything", .body = "{}"};
  aws::SignRequest(elsewhere, lab.Admin(2), {.region = "us-east-1", .service = "account"}, lab.clock().Now());
  const auto unknown = lab.Send(std::move(elsewhere));
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->status, 404);
}

TEST(AccountManagementRateTest, CallsThatComeTooFastGetItsOwnError) {
  SimLab lab;
  std::string last;
  for (int i = 0; i < 40 && last.empty(); ++i) last = lab.Refusal<GetAccountInformation>(lab.Admin(0), {});
  EXPECT_EQ(last, "TooManyRequestsException");
}

}  // namespace
}  // namespace crossrole::sim
