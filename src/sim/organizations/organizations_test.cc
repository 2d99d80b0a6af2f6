// SPDX-License-Identifier: Apache-2.0
#include "aws/organizations.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <set>

#include "base/json.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using namespace aws::organizations;
using aws::Credentials;
using fakes::Allow;
using fakes::SimLab;
using fakes::TrustFor;

// An organization of `accounts` accounts, the platform not among them, without rates.
SimLab Lab(std::size_t accounts = 3, std::string profile = "plain") {
  return SimLab({.accounts = accounts, .throttle = Throttle::kOff, .profile = std::move(profile)});
}

// Every item of a paged list; `pages` counts the calls.
template <typename Op, typename List>
auto All(SimLab& lab, typename Op::Input input, List list, std::size_t* pages = nullptr) {
  std::remove_cvref_t<decltype(list(std::declval<typename Op::Output&>()))> all;
  do {
    auto output = lab.Must<Op>(lab.Admin(1), input);
    for (auto& item : list(output)) all.push_back(std::move(item));
    input.next_token = output.next_token;
    if (pages != nullptr) ++*pages;
  } while (input.next_token);
  return all;
}

TEST(OrganizationTest, TheSecondAccountManagesTheOthers) {
  SimLab lab = Lab();
  const auto organization = lab.Must<DescribeOrganization>(lab.Admin(2), {}).organization;
  EXPECT_EQ(organization.master_account_id, lab.Id(1));
  EXPECT_EQ(organization.feature_set, "ALL");
  EXPECT_EQ(lab.Refusal<DescribeOrganization>(lab.Admin(0), {}), "AWSOrganizationsNotInUseException");
  const auto accounts = lab.Must<ListAccounts>(lab.Admin(1), {}).accounts;
  ASSERT_EQ(accounts.size(), 2U);
  for (const Account& account : accounts) {
    EXPECT_EQ(account.state, "ACTIVE");
    EXPECT_EQ(account.status, "ACTIVE");
    ASSERT_EQ(account.paths.size(), 1U);
    EXPECT_TRUE(account.paths[0].starts_with(organization.id + "/r-")) << account.paths[0];
    EXPECT_TRUE(account.paths[0].ends_with("/" + account.id + "/")) << account.paths[0];
  }
  EXPECT_EQ(lab.Refusal<ListAccounts>(lab.Admin(2), {}), "AccessDeniedException");
}

TEST(OrganizationTest, PagesHoldTwentyAndTheOneBehindTheFirstIsEmpty) {
  SimLab lab = Lab(48);
  std::size_t pages = 0;
  const auto accounts = All<ListAccounts>(lab, {}, [](ListAccountsOutput& output) { return output.accounts; }, &pages);
  EXPECT_EQ(accounts.size(), 47U);
  EXPECT_EQ(pages, 4U);
  const auto first = lab.Must<ListAccounts>(lab.Admin(1), {});
  EXPECT_EQ(first.accounts.size(), 20U);
  const auto second = lab.Must<ListAccounts>(lab.Admin(1), {.next_token = first.next_token});
  EXPECT_TRUE(second.accounts.empty());
  EXPECT_TRUE(second.next_token);
  EXPECT_EQ(lab.Refusal<ListAccounts>(lab.Admin(1), {.next_token = "nonsense"}), "InvalidInputException");
}

TEST(OrganizationTest, UnitsAreMadeNamedMovedIntoAndRemoved) {
  SimLab lab = Lab();
  const Credentials admin = lab.Admin(1);
  const std::string root = lab.Must<ListRoots>(admin, {}).roots.at(0).id;
  const auto unit = lab.Must<CreateOrganizationalUnit>(admin, {.parent_id = root, .name = "Süd"}).organizational_unit;
  ASSERT_TRUE(unit);
  EXPECT_EQ(lab.Refusal<CreateOrganizationalUnit>(admin, {.parent_id = root, .name = "Süd"}), "DuplicateOrganizationalUnitException");
  lab.Must<MoveAccount>(admin, {.account_id = lab.Id(2), .source_parent_id = root, .destination_parent_id = unit->id});
  EXPECT_EQ(lab.Refusal<MoveAccount>(admin, {.account_id = lab.Id(2), .source_parent_id = root, .destination_parent_id = unit->id}),
            "SourceParentNotFoundException");
  const auto parents = lab.Must<ListParents>(admin, {.child_id = lab.Id(2)}).parents;
  ASSERT_EQ(parents.size(), 1U);
  EXPECT_EQ(parents[0].id, unit->id);
  EXPECT_EQ(parents[0].type, "ORGANIZATIONAL_UNIT");
  EXPECT_EQ(lab.Must<ListAccountsForParent>(admin, {.parent_id = unit->id}).accounts.at(0).id, lab.Id(2));
  EXPECT_EQ(lab.Must<DescribeAccount>(admin, {.account_id = lab.Id(2)}).account.paths.at(0), *unit->path + lab.Id(2) + "/");
  lab.Must<UpdateOrganizationalUnit>(admin, {.organizational_unit_id = unit->id, .name = "Nord"});
  EXPECT_EQ(lab.Must<DescribeOrganizationalUnit>(admin, {.organizational_unit_id = unit->id}).organizational_unit->name, "Nord");
  EXPECT_EQ(lab.Refusal<DeleteOrganizationalUnit>(admin, {.organizational_unit_id = unit->id}), "OrganizationalUnitNotEmptyException");
  lab.Must<MoveAccount>(admin, {.account_id = lab.Id(2), .source_parent_id = unit->id, .destination_parent_id = root});
  lab.Must<DeleteOrganizationalUnit>(admin, {.organizational_unit_id = unit->id});
  EXPECT_TRUE(lab.Must<ListOrganizationalUnitsForParent>(admin, {.parent_id = root}).organizational_units.empty());
}

std::string Deny(std::string_view action) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":")" + std::string(action) + R"(","Resource":"*"}]})";
}

TEST(ServiceControlPolicyTest, BindsMembersAndNeverTheManagementAccount) {
  SimLab lab = Lab();
  const Credentials admin = lab.Admin(1);
  const std::string root = lab.Must<ListRoots>(admin, {}).roots.at(0).id;
  const auto policy = lab.Must<CreatePolicy>(admin, {.content = Deny("iam:ListUsers"),
                                                     .description = "",
                                                     .name = "NoUsers",
                                                     .type = "SERVICE_CONTROL_POLICY"})
                          .policy->policy_summary;
  EXPECT_EQ(lab.Refusal<aws::iam::ListUsers>(lab.Admin(2), {}), "");
  lab.Must<AttachPolicy>(admin, {.policy_id = *policy->id, .target_id = root});
  const auto refused = lab.Call<aws::iam::ListUsers>(lab.Admin(2), {});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(fakes::AwsWords(refused.error()).ends_with("with an explicit deny in a service control policy"));
  EXPECT_EQ(lab.Refusal<aws::iam::ListUsers>(admin, {}), "");
  EXPECT_EQ(lab.Refusal<aws::iam::ListUsers>(lab.Admin(0), {}), "");
  EXPECT_EQ(lab.Refusal<DeletePolicy>(admin, {.policy_id = *policy->id}), "PolicyInUseException");
  EXPECT_EQ(lab.Must<ListTargetsForPolicy>(admin, {.policy_id = *policy->id}).targets.at(0).type, "ROOT");
  lab.Must<DetachPolicy>(admin, {.policy_id = *policy->id, .target_id = root});
  EXPECT_EQ(lab.Refusal<aws::iam::ListUsers>(lab.Admin(2), {}), "");
  lab.Must<DeletePolicy>(admin, {.policy_id = *policy->id});
}

TEST(ServiceControlPolicyTest, WithoutAnAllowAtEveryLevelNothingIsAllowed) {
  SimLab lab = Lab();
  const Credentials admin = lab.Admin(1);
  const auto allow = lab.Must<CreatePolicy>(admin, {.content = Allow("s3:*"), .description = "", .name = "Only", .type = "SERVICE_CONTROL_POLICY"})
                         .policy->policy_summary;
  lab.Must<AttachPolicy>(admin, {.policy_id = *allow->id, .target_id = lab.Id(2)});
  EXPECT_EQ(lab.Refusal<DetachPolicy>(admin, {.policy_id = "p-FullAWSAccess", .target_id = lab.Id(1)}), "ConstraintViolationException");
  EXPECT_EQ(lab.Refusal<aws::iam::ListUsers>(lab.Admin(2), {}), "");
  lab.Must<DetachPolicy>(admin, {.policy_id = "p-FullAWSAccess", .target_id = lab.Id(2)});
  EXPECT_EQ(lab.Refusal<aws::iam::ListUsers>(lab.Admin(2), {}), "AccessDenied");
  EXPECT_EQ(lab.Refusal<aws::sts::GetCallerIdentity>(lab.Admin(2), {}), "");
}

TEST(ResourceControlPolicyTest, ShutsStrangersOutOfRoles) {
  SimLab lab = Lab();
  const Credentials admin = lab.Admin(1);
  const std::string root = lab.Must<ListRoots>(admin, {}).roots.at(0).id;
  const std::string role = lab.MakeRole(2, "Shared", TrustFor(lab.Id(0)));
  const aws::sts::AssumeRoleInput assume{.role_arn = role, .role_session_name = "probe"};
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(lab.Admin(0), assume), "");
  const std::string content =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"*",)"
      R"("Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-none"}}}]})";
  const CreatePolicyInput wanted{.content = content, .description = "", .name = "OnlyOurs", .type = "RESOURCE_CONTROL_POLICY"};
  const auto policy = lab.Must<CreatePolicy>(admin, wanted).policy->policy_summary;
  EXPECT_EQ(lab.Refusal<AttachPolicy>(admin, {.policy_id = *policy->id, .target_id = root}), "PolicyTypeNotEnabledException");
  lab.Must<EnablePolicyType>(admin, {.root_id = root, .policy_type = "RESOURCE_CONTROL_POLICY"});
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(lab.Admin(0), assume), "");
  lab.Must<AttachPolicy>(admin, {.policy_id = *policy->id, .target_id = root});
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(lab.Admin(0), assume), "AccessDenied");
  lab.Must<DisablePolicyType>(admin, {.root_id = root, .policy_type = "RESOURCE_CONTROL_POLICY"});
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(lab.Admin(0), assume), "");
}

TEST(OrganizationTest, TheOrganizationOfACallerIsAConditionKey) {
  SimLab lab = Lab();
  const std::string id = lab.Must<DescribeOrganization>(lab.Admin(1), {}).organization.id;
  const auto trust = [&](const std::string& organization) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole",)"
           R"("Condition":{"StringEquals":{"aws:PrincipalOrgID":")" +
           organization + R"("}}}]})";
  };
  const std::string ours = lab.MakeRole(2, "Ours", trust(id));
  const std::string theirs = lab.MakeRole(2, "Theirs", trust("o-somebodyelse"));
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(lab.Admin(1), {.role_arn = ours, .role_session_name = "probe"}), "");
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(lab.Admin(0), {.role_arn = ours, .role_session_name = "probe"}), "AccessDenied");
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(lab.Admin(1), {.role_arn = theirs, .role_session_name = "probe"}), "AccessDenied");
}

TEST(OrganizationTest, AnAccountIsMadeWithItsRoleAndClosed) {
  SimLab lab = Lab();
  const Credentials admin = lab.Admin(1);
  const auto asked = lab.Must<CreateAccount>(admin, {.email = "new@example.com", .account_name = "Neu"}).create_account_status;
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->state, "IN_PROGRESS");
  lab.Control("POST", "/_sim/clock", R"({"advance_seconds":5})");
  const auto done = lab.Must<DescribeCreateAccountStatus>(admin, {.create_account_request_id = *asked->id}).create_account_status;
  EXPECT_EQ(done->state, "SUCCEEDED");
  const std::string id = done->account_id.value_or("");
  lab.Assume(admin, {.role_arn = "arn:aws:iam::" + id + ":role/OrganizationAccountAccessRole", .role_session_name = "first"});
  const auto again = lab.Must<CreateAccount>(admin, {.email = "new@example.com", .account_name = "Neu"}).create_account_status;
  lab.Control("POST", "/_sim/clock", R"({"advance_seconds":5})");
  EXPECT_EQ(lab.Must<DescribeCreateAccountStatus>(admin, {.create_account_request_id = *again->id}).create_account_status->failure_reason,
            "EMAIL_ALREADY_EXISTS");
  lab.Must<CloseAccount>(admin, {.account_id = id});
  EXPECT_EQ(lab.Must<DescribeAccount>(admin, {.account_id = id}).account.state, "PENDING_CLOSURE");
  EXPECT_EQ(lab.Refusal<CloseAccount>(admin, {.account_id = id}), "AccountAlreadyClosedException");
  EXPECT_EQ(lab.Refusal<CloseAccount>(admin, {.account_id = lab.Id(1)}), "ConstraintViolationException");
}

TEST(OrganizationTest, AnAccountIsInvitedAndLeaves) {
  SimLab lab = Lab();
  const Credentials admin = lab.Admin(1);
  const auto invite = [&] { return lab.Call<InviteAccountToOrganization>(admin, {.target = {.id = lab.Id(0), .type = "ACCOUNT"}}); };
  const auto invited = invite();
  ASSERT_TRUE(invited) << invited.error().message;
  EXPECT_EQ(invite().error().aws_code, "DuplicateHandshakeException");
  const std::string handshake = *invited->handshake->id;
  EXPECT_EQ(lab.Refusal<AcceptHandshake>(admin, {.handshake_id = handshake}), "AccessDeniedException");
  lab.Must<AcceptHandshake>(lab.Admin(0), {.handshake_id = handshake});
  EXPECT_EQ(lab.Must<DescribeAccount>(admin, {.account_id = lab.Id(0)}).account.joined_method, "INVITED");
  lab.Must<LeaveOrganization>(lab.Admin(0), {});
  EXPECT_EQ(lab.Refusal<DescribeAccount>(admin, {.account_id = lab.Id(0)}), "AccountNotFoundException");
  EXPECT_EQ(lab.Refusal<LeaveOrganization>(admin, {}), "MasterCannotLeaveOrganizationException");
}

TEST(OrganizationTest, ADelegatedAdministratorReads) {
  SimLab lab = Lab();
  const Credentials admin = lab.Admin(1);
  lab.Must<RegisterDelegatedAdministrator>(admin, {.account_id = lab.Id(2), .service_principal = "sso.amazonaws.com"});
  EXPECT_EQ(lab.Must<ListAccounts>(lab.Admin(2), {}).accounts.size(), 2U);
  EXPECT_EQ(lab.Must<DescribeAccount>(lab.Admin(2), {.account_id = lab.Id(1)}).account.id, lab.Id(1));
  EXPECT_EQ(lab.Refusal<CreateAccount>(lab.Admin(2), {.email = "new@example.com", .account_name = "Neu"}), "AccessDeniedException");
  EXPECT_EQ(lab.Must<ListDelegatedAdministrators>(admin, {}).delegated_administrators.at(0).id, lab.Id(2));
  EXPECT_EQ(lab.Must<ListDelegatedServicesForAccount>(admin, {.account_id = lab.Id(2)}).delegated_services.at(0).service_principal,
            "sso.amazonaws.com");
  lab.Must<DeregisterDelegatedAdministrator>(admin, {.account_id = lab.Id(2), .service_principal = "sso.amazonaws.com"});
  EXPECT_EQ(lab.Refusal<ListAccounts>(lab.Admin(2), {}), "AccessDeniedException");
}

TEST(OrganizationTest, RootsOfMembersAreInThePowerOfTheManagement) {
  SimLab lab = Lab();
  const Credentials admin = lab.Admin(1);
  const std::string task = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials";
  const aws::sts::AssumeRootInput wanted{.target_principal = lab.Id(2), .task_policy_arn = {.arn = task}};
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRoot>(admin, wanted), "AccessDenied");
  EXPECT_EQ(lab.Refusal<aws::iam::EnableOrganizationsRootSessions>(admin, {}), "ServiceAccessNotEnabledException");
  lab.Must<EnableAWSServiceAccess>(admin, {.service_principal = "iam.amazonaws.com"});
  lab.Must<aws::iam::EnableOrganizationsRootSessions>(admin, {});
  auto taken = lab.Must<aws::sts::AssumeRoot>(admin, wanted);
  ASSERT_TRUE(taken.credentials);
  const Credentials root = SimLab::Take(*std::move(taken.credentials));
  EXPECT_EQ(lab.Must<aws::sts::GetCallerIdentity>(root, {}).arn, "arn:aws:iam::" + lab.Id(2) + ":root");
  EXPECT_EQ(lab.Refusal<aws::iam::GetAccountSummary>(root, {}), "");
  EXPECT_EQ(lab.Refusal<aws::iam::ListUsers>(root, {}), "AccessDenied");
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRoot>(lab.Admin(0), wanted), "AccessDenied");
}

TEST(MadeOrganizationTest, HasUnitsOddNamesAndAccountsOutOfUse) {
  SimLab lab = Lab(102, "");
  const auto accounts = All<ListAccounts>(lab, {}, [](ListAccountsOutput& output) { return output.accounts; });
  ASSERT_EQ(accounts.size(), 101U);
  std::multiset<std::string> names;
  std::map<std::string, std::size_t> states;
  std::size_t foreign = 0;
  for (const Account& account : accounts) {
    names.insert(*account.name);
    ++states[*account.state];
    foreign += std::ranges::any_of(*account.name, [](char c) { return static_cast<unsigned char>(c) > 127; }) ? 1 : 0;
  }
  EXPECT_EQ(names.count("shared-services"), 10U);
  EXPECT_EQ(foreign, 5U);
  EXPECT_EQ(states["SUSPENDED"], 2U);
  EXPECT_EQ(states["CLOSED"], 1U);
  std::size_t units = 0;
  std::vector<std::string> todo = {lab.Must<ListRoots>(lab.Admin(1), {}).roots.at(0).id};
  while (!todo.empty()) {
    const std::string parent = todo.back();
    todo.pop_back();
    for (const auto& unit : All<ListOrganizationalUnitsForParent>(
             lab, {.parent_id = parent}, [](ListOrganizationalUnitsForParentOutput& output) { return output.organizational_units; })) {
      ++units;
      todo.push_back(unit.id);
    }
  }
  EXPECT_EQ(units, 20U);
  // The same seed makes the same organization.
  SimLab other = Lab(102, "mixed");
  EXPECT_EQ(other.Id(50), lab.Id(50));
}

TEST(MadeOrganizationTest, AnotherOneCanBeMadeLater) {
  SimLab lab = Lab();
  const auto made = lab.Control("POST", "/_sim/organization", R"({"accounts":12,"seed":9,"profile":"mixed"})");
  ASSERT_EQ(made.status, 200) << made.body;
  const auto answer = base::ParseJson(made.body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(lab.cloud().Accounts().size(), 15U);
  EXPECT_EQ(lab.cloud().Accounts().at(3).account_id, std::string(answer->at("management_account_id").as_string()));
  EXPECT_EQ(lab.Must<DescribeOrganization>(lab.Admin(3), {}).organization.id, std::string(answer->at("organization_id").as_string()));
  EXPECT_EQ(lab.Control("POST", "/_sim/organization", R"({"accounts":0})").status, 400);
  EXPECT_EQ(lab.Control("POST", "/_sim/organization", R"({"accounts":5,"profile":"odd"})").status, 400);
}

TEST(MadeOrganizationTest, AStateKeepsIt) {
  SimLab lab = Lab(30, "mixed");
  const Credentials admin = lab.Admin(1);
  const std::string root = lab.Must<ListRoots>(admin, {}).roots.at(0).id;
  lab.Must<TagResource>(admin, {.resource_id = lab.Id(2), .tags = {{.key = "team", .value = "a"}}});
  lab.Must<RegisterDelegatedAdministrator>(admin, {.account_id = lab.Id(2), .service_principal = "sso.amazonaws.com"});
  const auto policy = lab.Must<CreatePolicy>(admin, {.content = Deny("iam:ListUsers"), .description = "", .name = "No", .type = "SERVICE_CONTROL_POLICY"})
                          .policy->policy_summary;
  lab.Must<AttachPolicy>(admin, {.policy_id = *policy->id, .target_id = root});
  const std::string saved = lab.cloud().Save();
  lab.Must<DetachPolicy>(admin, {.policy_id = *policy->id, .target_id = root});
  ASSERT_TRUE(lab.cloud().Load(saved));
  EXPECT_EQ(lab.cloud().Save(), saved);
  EXPECT_EQ(lab.Refusal<aws::iam::ListUsers>(lab.Admin(2), {}), "AccessDenied");
  EXPECT_EQ(lab.Must<ListAccounts>(lab.Admin(2), {}).accounts.size(), 20U);
  EXPECT_EQ(lab.Must<ListTagsForResource>(admin, {.resource_id = lab.Id(2)}).tags.at(0).value, "a");
}

TEST(OrganizationTest, PublishedRatesBind) {
  SimLab lab({.accounts = 3});
  const Credentials admin = lab.Admin(1);
  for (int i = 0; i < 12; ++i) EXPECT_EQ(lab.Refusal<ListAccounts>(admin, {}), "") << i;
  EXPECT_EQ(lab.Refusal<ListAccounts>(admin, {}), "TooManyRequestsException");
  EXPECT_EQ(lab.Refusal<DescribeAccount>(admin, {.account_id = lab.Id(2)}), "");
  lab.Control("POST", "/_sim/clock", R"({"advance_seconds":1})");
  EXPECT_EQ(lab.Refusal<ListAccounts>(admin, {}), "");
}

}  // namespace
}  // namespace crossrole::sim
