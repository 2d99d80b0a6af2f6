// SPDX-License-Identifier: Apache-2.0
#include "integration/keyed_job.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "fakes/integration_lab.h"
#include "integration/find.h"
#include "integration/internal/offboard.h"
#include "integration/internal/quickstart.h"

namespace crossrole::integration {
namespace {

using fakes::Allow;
using fakes::IntegrationLab;
using fakes::Must;
using fakes::TrustFor;
using model::IntegrationState;

constexpr std::string_view kReads =
    "iam:GetRole,iam:GetPolicy,iam:GetPolicyVersion,iam:ListPolicies,iam:ListRoles,iam:ListPolicyVersions";
constexpr std::string_view kCreates =
    "iam:CreatePolicy,iam:TagPolicy,iam:CreateRole,iam:TagRole,iam:AttachRolePolicy,iam:ListAttachedRolePolicies";

// What an account has: roles and policies of its own.
struct Inventory {
  std::vector<std::string> roles;
  std::vector<std::string> policies;
  bool operator==(const Inventory&) const = default;
};

Inventory InventoryOf(IntegrationLab& lab, std::size_t account) {
  Inventory inventory;
  for (const auto& role : lab.aws().Must<aws::iam::ListRoles>(lab.aws().Admin(account), {}).roles) inventory.roles.push_back(role.arn);
  const auto policies = lab.aws().Must<aws::iam::ListPolicies>(lab.aws().Admin(account), {.scope = "Local"}).policies;
  for (const auto& policy : policies) inventory.policies.push_back(policy.arn);
  return inventory;
}

class QuickstartTest : public testing::Test {
 protected:
  base::Result<QuickstartResult> Run(const model::Integration& integration, const KeyPair& keys, const model::Actor& actor) {
    std::vector<std::string> created;
    return Quickstart(lab_.ports(), lab_.verifier(), actor, integration.id.text(),
                      {.keys = keys, .created = created, .wait = std::chrono::seconds(20)});
  }
  base::Result<QuickstartResult> Run(const model::Integration& integration, const KeyPair& keys) {
    return Run(integration, keys, lab_.actor());
  }
  model::Integration Reload(const model::Integration& integration) {
    return Must(Find(lab_.ports(), lab_.actor(), integration.id.text()));
  }
  aws::Credentials Admin() { return lab_.aws().Admin(1); }

  IntegrationLab lab_;
};

TEST_F(QuickstartTest, MakesOneRoleAndOnePolicyThatVerify) {
  const auto integration = lab_.Create("prod");
  const Inventory before = InventoryOf(lab_, 1);
  const auto result = Run(integration, lab_.AdminKeys(1));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->created.size(), 2U);
  EXPECT_TRUE(result->reused.empty());
  EXPECT_TRUE(result->warnings.empty()) << result->warnings.front();
  EXPECT_EQ(result->found.integration.state, IntegrationState::kActive);
  EXPECT_EQ(result->found.integration.account_id->text(), lab_.aws().Id(1));
  const Inventory after = InventoryOf(lab_, 1);
  EXPECT_EQ(after.roles.size(), before.roles.size() + 1);
  EXPECT_EQ(after.policies.size(), before.policies.size() + 1);
  EXPECT_TRUE(result->cleanup.commands.front().starts_with("aws iam delete-access-key --user-name 'administrator'"))
      << result->cleanup.commands.front();
  EXPECT_EQ(boost::json::serialize(ToJson(*result)).find(lab_.AdminKeys(1).secret.Reveal()), std::string::npos);
}

TEST_F(QuickstartTest, FindsWhatItHasMadeAndBringsItUpToDate) {
  const auto integration = lab_.Create("prod");
  const auto first = Run(integration, lab_.AdminKeys(1));
  ASSERT_TRUE(first.has_value()) << first.error().message;
  const Inventory inventory = InventoryOf(lab_, 1);
  const std::string name = first->found.integration.role_arn->name();
  lab_.aws().Must<aws::iam::UpdateAssumeRolePolicy>(
      Admin(), {.role_name = name, .policy_document = TrustFor(lab_.aws().AdminArn(0))});
  const auto second = Run(integration, lab_.AdminKeys(1));
  ASSERT_TRUE(second.has_value()) << second.error().message;
  EXPECT_EQ(InventoryOf(lab_, 1), inventory);
  EXPECT_TRUE(second->created.empty());
  EXPECT_EQ(second->reused.size(), 2U);
  EXPECT_EQ(second->found.integration.state, IntegrationState::kActive);
  const auto role = lab_.aws().Must<aws::iam::GetRole>(Admin(), {.role_name = name}).role;
  EXPECT_NE(role.assume_role_policy_document->find("ExternalId"), std::string::npos);
}

// What an unreadable answer was about was made all the same: nobody but the next attempt can find it.
TEST_F(QuickstartTest, AnAnswerThatCannotBeReadIsTriedAgainAndNotRolledBack) {
  const auto integration = lab_.Create("prod");
  const Inventory before = InventoryOf(lab_, 1);
  for (const std::string operation : {"CreatePolicy", "CreateRole"}) {
    const std::string rule = R"({"service":"iam","effect":"truncate","count":1,"operation":")" + operation + R"("})";
    ASSERT_EQ(lab_.aws().Control("POST", "/_sim/faults", R"({"rules":[)" + rule + "]}").status, 200);
    const auto lost = Run(integration, lab_.AdminKeys(1));
    ASSERT_FALSE(lost.has_value()) << operation;
    EXPECT_EQ(lost.error().reason, "aws.bad_answer");
    EXPECT_TRUE(base::FactsOf(lost.error().code).retryable);
  }
  const auto result = Run(integration, lab_.AdminKeys(1));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->reused.size(), 2U);
  EXPECT_EQ(InventoryOf(lab_, 1).roles.size(), before.roles.size() + 1);
  EXPECT_EQ(InventoryOf(lab_, 1).policies.size(), before.policies.size() + 1);
}

// With each action taken from the key in turn, that action is named and nothing is left behind.
TEST_F(QuickstartTest, DeniedKeysLeaveNothingBehindAndNameWhatIsMissing) {
  const auto integration = lab_.Create("prod");
  const Inventory before = InventoryOf(lab_, 1);
  const std::string undo = "iam:DeleteRole,iam:DetachRolePolicy,iam:DeletePolicy";
  for (const std::string missing : {"iam:CreatePolicy", "iam:CreateRole", "iam:AttachRolePolicy"}) {
    std::string creates(kCreates);
    creates.replace(creates.find(missing), missing.size(), "iam:GetUser");
    const KeyPair keys = lab_.UserKeys(1, "lacks-" + missing.substr(4), Allow(std::string(kReads) + "," + creates + "," + undo));
    const auto result = Run(integration, keys);
    ASSERT_FALSE(result.has_value()) << missing;
    EXPECT_EQ(result.error().code, base::Code::kAwsRefused) << missing;
    EXPECT_EQ(result.error().reason, "key.denied") << missing;
    EXPECT_EQ(result.error().details.at("missing_actions"), std::vector<std::string>{missing});
    EXPECT_FALSE(result.error().details.contains("left_behind")) << missing;
    EXPECT_EQ(InventoryOf(lab_, 1), before) << missing;
  }
  EXPECT_EQ(Reload(integration).state, IntegrationState::kPending);
}

TEST_F(QuickstartTest, AKeyThatCouldNotUndoWhatItBeginsBeginsNothing) {
  const auto integration = lab_.Create("prod");
  const Inventory before = InventoryOf(lab_, 1);
  const KeyPair keys = lab_.UserKeys(1, "half", Allow("iam:CreatePolicy,iam:TagPolicy,iam:SimulatePrincipalPolicy"));
  const auto result = Run(integration, keys);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().reason, "key.denied");
  auto missing = result.error().details.at("missing_actions");
  std::ranges::sort(missing);
  EXPECT_EQ(missing, (std::vector<std::string>{"iam:AttachRolePolicy", "iam:CreateRole", "iam:TagRole"}));
  EXPECT_EQ(InventoryOf(lab_, 1), before);
}

// Creating with tags needs a second action, which only AWS's words name.
TEST_F(QuickstartTest, TheActionThatAwsNamesIsTheMissingOne) {
  const base::Error error = ExplainRefusal({.code = base::Code::kAwsRefused,
                                            .message = "aws answered AccessDenied: User: arn:aws:iam::111122223333:user/u is not "
                                                       "authorized to perform: iam:TagPolicy on resource: policy p",
                                            .aws_code = "AccessDenied"},
                                           "iam:CreatePolicy");
  EXPECT_EQ(error.reason, "key.denied");
  EXPECT_EQ(error.details.at("missing_actions"), std::vector<std::string>{"iam:TagPolicy"});
}

// The name that all integrations of the preset would like belongs to the first one.
TEST_F(QuickstartTest, CommandsForRemovalNameNobodyElsesPolicy) {
  const auto ours = lab_.Create({.handle = "ours", .preset = "convox"}, lab_.actor());
  const auto theirs = lab_.Create({.handle = "theirs", .preset = "convox"}, lab_.other_actor());
  ASSERT_TRUE(Run(ours, lab_.AdminKeys(1)).has_value());
  ASSERT_TRUE(Run(theirs, lab_.AdminKeys(1), lab_.other_actor()).has_value());
  const auto result = OffboardWithoutKeys(lab_.ports(), lab_.other_actor(), theirs.id.text());
  ASSERT_TRUE(result.has_value()) << result.error().message;
  for (const std::string& command : result->commands) EXPECT_FALSE(command.ends_with("/ConvoxPolicy'")) << command;
}

TEST_F(QuickstartTest, AWrongKeyIsSaidToBeWrong) {
  const auto integration = lab_.Create("prod");
  KeyPair keys = lab_.AdminKeys(1);
  keys.secret = base::Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  const auto result = Run(integration, keys);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, base::Code::kAwsRefused);
  EXPECT_EQ(result.error().reason, "key.denied");
}

TEST_F(QuickstartTest, KeysOfAnotherOrOfOurOwnAccountAreRefused) {
  const auto stated = lab_.Create({.handle = "stated", .account_id = lab_.aws().Id(2)}, lab_.actor());
  EXPECT_EQ(Run(stated, lab_.AdminKeys(1)).error().reason, "key.other_account");
  EXPECT_TRUE(Run(stated, lab_.AdminKeys(1)).error().fix.contains("another integration"));
  const auto pasted = lab_.Create({.handle = "pasted", .role_arn = "arn:aws:iam::" + lab_.aws().Id(2) + ":role/mistyped"}, lab_.actor());
  EXPECT_EQ(Run(pasted, lab_.AdminKeys(1)).error().reason, "key.other_account");
  EXPECT_TRUE(Run(pasted, lab_.AdminKeys(1)).error().fix.contains("paste the ARN"));
  EXPECT_EQ(Run(lab_.Create("own"), lab_.AdminKeys(0)).error().reason, "key.own_account");
}

TEST_F(QuickstartTest, AForeignRoleOfThatNameIsLeftAlone) {
  const auto integration = lab_.Create({.handle = "prod", .role_name = "Shared"}, lab_.actor());
  lab_.aws().MakeRole(1, "shared", TrustFor(lab_.aws().AdminArn(1)));  // another case, another path
  const auto before = lab_.aws().Must<aws::iam::GetRole>(Admin(), {.role_name = "shared"}).role;
  const Inventory inventory = InventoryOf(lab_, 1);
  const auto result = Run(integration, lab_.AdminKeys(1));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, base::Code::kFailedPrecondition);
  EXPECT_NE(result.error().message.find(before.arn), std::string::npos) << result.error().message;
  EXPECT_EQ(InventoryOf(lab_, 1), inventory);
  const auto after = lab_.aws().Must<aws::iam::GetRole>(Admin(), {.role_name = "shared"}).role;
  EXPECT_EQ(after.assume_role_policy_document, before.assume_role_policy_document);
}

TEST_F(QuickstartTest, TwoTenantsShareAnAccountWithTheNamesOfOnePreset) {
  const auto ours = lab_.Create({.handle = "ours", .preset = "convox"}, lab_.actor());
  const auto theirs = lab_.Create({.handle = "theirs", .preset = "convox"}, lab_.other_actor());
  const auto first = Run(ours, lab_.AdminKeys(1));
  ASSERT_TRUE(first.has_value()) << first.error().message;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto second = Run(theirs, lab_.AdminKeys(1), lab_.other_actor());
    ASSERT_TRUE(second.has_value()) << second.error().message;
    EXPECT_EQ(second->found.integration.state, IntegrationState::kActive);
  }
  const Inventory inventory = InventoryOf(lab_, 1);
  const std::string path = "arn:aws:iam::" + lab_.aws().Id(1) + ":policy/convox/ConvoxPolicy";
  EXPECT_EQ(std::ranges::count(inventory.policies, path), 1);
  EXPECT_EQ(std::ranges::count(inventory.policies, path + "-" + std::string(theirs.id.Last(10))), 1);
  EXPECT_EQ(std::ranges::count_if(inventory.policies, [](const auto& arn) { return arn.contains("Convox"); }), 2);
}

TEST_F(QuickstartTest, OffboardingRemovesExactlyWhatIsOurs) {
  const Inventory before = InventoryOf(lab_, 1);
  const auto integration = lab_.Create("prod");
  ASSERT_TRUE(Run(integration, lab_.AdminKeys(1)).has_value());
  const std::string foreign = lab_.aws().Must<aws::iam::CreatePolicy>(
                                  Admin(), {.policy_name = "Theirs", .policy_document = Allow("s3:ListBucket")}).policy.arn;
  lab_.aws().Must<aws::iam::AttachRolePolicy>(Admin(), {.role_name = Reload(integration).role_arn->name(), .policy_arn = foreign});
  std::vector<std::string> removed;
  const auto result = OffboardWithKeys(lab_.ports(), lab_.actor(), integration.id.text(), lab_.AdminKeys(1), removed);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->removed.size(), 2U);
  EXPECT_TRUE(result->remaining.empty());
  Inventory expected = before;
  expected.policies.push_back(foreign);
  EXPECT_EQ(InventoryOf(lab_, 1), expected);
  const auto after = Reload(integration);
  EXPECT_EQ(after.state, IntegrationState::kPending);
  EXPECT_EQ(after.state_reason, "offboarded");
  EXPECT_FALSE(after.next_check_at.has_value());
}

TEST_F(QuickstartTest, OffboardingLeavesARoleThatItHasNotMade) {
  const auto integration = lab_.Create({.handle = "prod", .account_id = lab_.aws().Id(1), .role_name = "Theirs"}, lab_.actor());
  lab_.aws().MakeRole(1, "Theirs", TrustFor(lab_.aws().AdminArn(1)));
  const Inventory before = InventoryOf(lab_, 1);
  std::vector<std::string> removed;
  const auto result = OffboardWithKeys(lab_.ports(), lab_.actor(), integration.id.text(), lab_.AdminKeys(1), removed);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_TRUE(result->removed.empty());
  EXPECT_EQ(result->remaining.size(), 1U);
  EXPECT_EQ(InventoryOf(lab_, 1), before);
}

TEST_F(QuickstartTest, OffboardingWithoutKeysWatchesUntilTheRoleIsGone) {
  const auto integration = lab_.Create("prod");
  ASSERT_TRUE(Run(integration, lab_.AdminKeys(1)).has_value());
  const auto result = OffboardWithoutKeys(lab_.ports(), lab_.actor(), integration.id.text());
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->commands.size(), 3U);
  EXPECT_EQ(Reload(integration).state, IntegrationState::kDisabled);
  EXPECT_EQ(Must(WatchRole(lab_.ports(), lab_.actor(), integration.id.text())), RolePresence::kThere);
  const std::string role = Reload(integration).role_arn->name();
  for (const std::string& arn : result->remaining) {
    if (arn.contains(":policy/")) lab_.aws().Must<aws::iam::DetachRolePolicy>(Admin(), {.role_name = role, .policy_arn = arn});
  }
  lab_.aws().Must<aws::iam::DeleteRole>(Admin(), {.role_name = role});
  EXPECT_EQ(Must(WatchRole(lab_.ports(), lab_.actor(), integration.id.text())), RolePresence::kGone);
  EXPECT_EQ(Reload(integration).state_reason, "offboarded");
  EXPECT_EQ(Must(WatchRole(lab_.ports(), lab_.actor(), integration.id.text())), RolePresence::kNotAsked);
}

TEST_F(QuickstartTest, JobsRunOnceForAllWhoAskAndKeepNoKey) {
  const auto integration = lab_.Create("prod");
  jobs::Runner runner(lab_.store(), lab_.queue(), lab_.aws().clock(), lab_.random());
  RegisterJobs(runner, lab_.ports(), lab_.verifier(), [](const model::IntegrationId&) {});
  const auto first = StartQuickstart(lab_.ports(), lab_.actor(), "prod", lab_.AdminKeys(1));
  const auto second = StartQuickstart(lab_.ports(), lab_.actor(), "prod", lab_.AdminKeys(1));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->text(), second->text());
  runner.Start();
  const auto job = Must(lab_.queue().WaitFor(lab_.actor().tenant, *first, base::Deadline::After(std::chrono::seconds(60))));
  EXPECT_EQ(job.state, store::JobState::kSucceeded) << (job.error ? job.error->message : "");
  EXPECT_EQ((job.payload + job.result).find(lab_.AdminKeys(1).secret.Reveal()), std::string::npos);
  EXPECT_EQ(Reload(integration).state, IntegrationState::kActive);
  EXPECT_FALSE(lab_.queue().WaitFor(lab_.other_actor().tenant, *first, base::Deadline::After(std::chrono::seconds(0))).has_value());
  EXPECT_EQ(StartQuickstart(lab_.ports(), lab_.other_actor(), integration.id.text(), lab_.AdminKeys(1)).error().code,
            base::Code::kNotFound);
}

}  // namespace
}  // namespace crossrole::integration
