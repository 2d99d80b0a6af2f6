// SPDX-License-Identifier: Apache-2.0
#include "session/limits.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace crossrole::session {
namespace {

using std::chrono::seconds;

class LimitsTest : public testing::Test {
 protected:
  base::SeededRandom random_{1};
  base::Time now_ = base::FromMicros(1'800'000'000'000'000);
  model::Integration integration_{.id = model::IntegrationId::Make(now_, random_),
                                  .tenant = model::TenantId::Make(now_, random_),
                                  .space = model::SpaceId::Make(now_, random_),
                                  .handle = *model::Handle::Parse("prod"),
                                  .name = "Production"};
  model::Actor actor_{.tenant = integration_.tenant, .id = "op_01JD3E9ZK4M7Q2V8R5T6W9XYAB"};

  base::Result<SessionPlan> Plan(const MintRequest& request, integration::Chaining chaining = integration::Chaining::kNo) {
    return PlanSession(integration_, actor_, "acme", request, chaining);
  }
};

TEST_F(LimitsTest, TheIntegrationsDurationIsTheDefaultAndTheMost) {
  EXPECT_EQ(Plan({})->duration, seconds(3600));
  EXPECT_EQ(Plan({.duration = seconds(900)})->duration, seconds(900));
  EXPECT_EQ(Plan({.duration = seconds(899)}).error().field, "duration_seconds");
  EXPECT_EQ(Plan({.duration = seconds(3601)}).error().field, "duration_seconds");
}

TEST_F(LimitsTest, AChainedIdentityGetsAnHourAndIsToldWhy) {
  integration_.duration = seconds(43200);
  const auto plan = Plan({}, integration::Chaining::kYes);
  EXPECT_EQ(plan->asked, seconds(43200));
  EXPECT_EQ(plan->duration, seconds(3600));
  EXPECT_EQ(plan->limited_by, LimitedBy::kChaining);
  EXPECT_EQ(Plan({.duration = seconds(3600)}, integration::Chaining::kYes)->limited_by, LimitedBy::kNothing);
}

TEST_F(LimitsTest, ARoleWithALowerMaximumLimitsThePlan) {
  integration_.duration = seconds(7200);
  const SessionPlan plan = LimitToRole(*Plan({}), seconds(3600));
  EXPECT_EQ(plan.duration, seconds(3600));
  EXPECT_EQ(plan.limited_by, LimitedBy::kRoleMaximum);
}

TEST_F(LimitsTest, NamesSayWhoAndWhatAndFitInto64) {
  EXPECT_EQ(Plan({})->session_name, "op_01JD3E9ZK4M7Q2V8R5T6W9XYAB@prod@acme");
  EXPECT_EQ(Plan({.session_name = "fix it/now"})->session_name, "op_01JD3E9ZK4M7Q2V8R5T6W9XYAB@fix-it-now");
  EXPECT_EQ(Plan({.session_name = std::string(200, 'n')})->session_name.size(), 64U);
  EXPECT_EQ(Plan({})->source_identity, actor_.id);
  integration_.source_identity = false;
  EXPECT_EQ(Plan({})->source_identity, "");
}

TEST_F(LimitsTest, OurTagsAreSetAndCallersTagsArePrefixed) {
  const auto plan = Plan({.phase = model::Phase::kWrite, .stack = "network", .tags = {{"team", "a"}}});
  EXPECT_EQ(plan->tags.at("x:team"), "a");
  EXPECT_EQ(plan->tags.at("crossrole:stack"), "network");
  EXPECT_EQ(plan->tags.at("crossrole:phase"), "write");
  EXPECT_EQ(plan->tags.at("crossrole:integration"), integration_.id.text());
  EXPECT_FALSE(plan->tags.contains("crossrole:run"));
}

TEST_F(LimitsTest, ReservedOversizedAndAmbiguousTagsAreRefused) {
  EXPECT_EQ(Plan({.tags = {{"crossrole:tenant", "t_x"}}}).error().field, "tags");
  EXPECT_EQ(Plan({.tags = {{"CrossRole:tenant", "t_x"}}}).error().field, "tags");
  EXPECT_EQ(Plan({.tags = {{"a", "1"}, {"A", "2"}}}).error().field, "tags");
  EXPECT_EQ(Plan({.tags = {{std::string(127, 'k'), "v"}}}).error().field, "tags");
  EXPECT_EQ(Plan({.tags = {{"k", std::string(257, 'v')}}}).error().field, "tags");
  EXPECT_EQ(Plan({.tags = {{"k", "a\"b"}}}).error().field, "tags");
  integration_.session_tags = false;
  EXPECT_EQ(Plan({.tags = {{"k", "v"}}}).error().field, "tags");
  EXPECT_TRUE(Plan({})->tags.empty());
}

TEST_F(LimitsTest, OnlyRegionsOfThePartitionAreTaken) {
  EXPECT_EQ(Plan({.region = "eu-west-1"})->region, "eu-west-1");
  EXPECT_EQ(Plan({.region = "cn-north-1"}).error().field, "region");
  EXPECT_EQ(Plan({.region = "x.example.com/"}).error().field, "region");
}

TEST_F(LimitsTest, NarrowingIsBounded) {
  EXPECT_EQ(Plan({.session_policy = std::string(2049, ' ')}).error().field, "session_policy");
  EXPECT_EQ(Plan({.policy_arns = std::vector<std::string>(11, "arn:aws:iam::aws:policy/ReadOnlyAccess")}).error().field,
            "policy_arns");
  EXPECT_EQ(Plan({.policy_arns = {"arn:aws-cn:iam::aws:policy/ReadOnlyAccess"}}).error().field, "policy_arns");
  EXPECT_TRUE(Plan({.policy_arns = {"arn:aws:iam::aws:policy/ReadOnlyAccess"}}).has_value());
}

}  // namespace
}  // namespace crossrole::session
