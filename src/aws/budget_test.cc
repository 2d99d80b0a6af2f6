// SPDX-License-Identifier: Apache-2.0
#include "aws/budget.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aws/organizations.h"
#include "aws/iam.h"
#include "aws/sts.h"
#include "base/random.h"
#include "fakes/fake_clock.h"

namespace crossrole::aws {
namespace {

using base::Deadline;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Pool `identitystore`: 20 a second, burst 20, of which 4 are kept for calls that take longer than others.
const PoolKey kPool{.pool = "identitystore", .scope = "x"};
constexpr int kAtOnce = 16;
constexpr milliseconds kJitter{200};

class BudgetTest : public testing::Test {
 protected:
  BudgetTest() : budgets_(clock_, {.queue_limit = 50, .queue_limit_per_tenant = 30, .drive = Budgets::Drive::kCaller}) {}

  void Ask(const std::string& name, Lane lane = Lane::kMint, const std::string& tenant = "t", seconds limit = seconds(1000)) {
    budgets_.Acquire({.pool = kPool, .lane = lane, .tenant = tenant, .deadline = Deadline(clock_.SteadyNow() + limit)},
                     [this, name](const base::Status& status) { answers_.push_back(status ? name : name + ":" + status.error().reason); });
  }
  void Drain() {
    for (int i = 0; i < kAtOnce; ++i) Ask("drain");
    answers_.clear();
  }
  void Pass(milliseconds time) {
    clock_.Advance(time);
    budgets_.Poll();
  }

  std::vector<std::string> answers_;  // outlives the budgets, whose end answers too
  fakes::FakeClock clock_;
  Budgets budgets_;
};

using Answers = std::vector<std::string>;

TEST_F(BudgetTest, AScaleThatChangesCountsForPoolsInUse) {
  Drain();
  for (int i = 0; i < 10; ++i) Ask("x");
  budgets_.SetRateScale(0.5);
  Pass(milliseconds(501));
  EXPECT_EQ(answers_.size(), 5U);
  budgets_.SetRateScale(2);
  Pass(milliseconds(126));
  EXPECT_EQ(answers_.size(), 10U);
  // A smaller burst takes away what was saved up.
  Pass(seconds(100));
  answers_.clear();
  budgets_.SetRateScale(0.125);
  for (int i = 0; i < 10; ++i) Ask("y");
  EXPECT_EQ(answers_.size(), 2U);
}

TEST_F(BudgetTest, ABurstPassesAtOnceAndTheRestAtTheRate) {
  for (int i = 0; i < kAtOnce + 10; ++i) Ask("x");
  EXPECT_EQ(answers_.size(), 16U);
  EXPECT_EQ(budgets_.Waiting(), 10U);
  Pass(milliseconds(51));
  EXPECT_EQ(answers_.size(), 17U);
  Pass(milliseconds(200));
  EXPECT_EQ(answers_.size(), 21U);
  Pass(seconds(100));
  EXPECT_EQ(answers_.size(), 26U);
  EXPECT_EQ(budgets_.Waiting(), 0U);
}

TEST_F(BudgetTest, NeverMoreThanBurstAndRateInAnyWindow) {
  for (int ms = 0; ms < 5000; ms += 10) {
    clock_.Advance(milliseconds(10));
    budgets_.Acquire({.pool = kPool, .lane = Lane::kMint, .tenant = "t", .deadline = Deadline(clock_.SteadyNow() + milliseconds(1))},
                     [this](const base::Status& status) { answers_.push_back(status ? "granted" : "refused"); });
    budgets_.Poll();
  }
  const auto granted = std::ranges::count(answers_, "granted");
  EXPECT_GE(granted, 115);
  EXPECT_LE(granted, 116);
}

// What AWS does: it counts calls when they arrive.
class ArrivalBucket {
 public:
  explicit ArrivalBucket(Rate rate) : rate_(rate), tokens_(rate.burst) {}
  bool Take(base::SteadyTime at) {
    tokens_ = std::min(rate_.burst, tokens_ + rate_.per_second * std::chrono::duration<double>(at - last_.value_or(at)).count());
    last_ = at;
    tokens_ -= 1;
    return tokens_ > -1e-6;
  }

 private:
  Rate rate_;
  double tokens_;
  std::optional<base::SteadyTime> last_;
};

class ArrivalTest : public testing::TestWithParam<const char*> {};

// A rest that fills the bucket, then all at once: those of the first moments travel as long as a call may, those after it not at all.
TEST_P(ArrivalTest, CallsThatArriveCloserTogetherThanTheyWereSentAreNotThrottled) {
  const PoolKey pool{.pool = GetParam(), .scope = "x"};
  for (const double scale : {1.0, 20.0}) {
    fakes::FakeClock clock;
    Budgets budgets(clock, {.rate_scale = scale, .drive = Budgets::Drive::kCaller});
    std::vector<base::SteadyTime> arrivals;
    const auto ask = [&](int count, const std::function<milliseconds()>& way) {
      for (int i = 0; i < count; ++i) {
        budgets.Acquire({.pool = pool, .deadline = Deadline(clock.SteadyNow() + seconds(1000))},
                        [&, way](const base::Status&) { arrivals.push_back(clock.SteadyNow() + way()); });
      }
    };
    const auto begin = clock.SteadyNow();
    ask(400, [&] { return std::max(milliseconds(0), kJitter - std::chrono::duration_cast<milliseconds>(clock.SteadyNow() - begin)); });
    while (budgets.Waiting() > 0) {
      clock.Advance(milliseconds(1));
      budgets.Poll();
    }
    base::SeededRandom random(7);
    ask(400, [&] { return milliseconds(static_cast<int>(random.Unit() * static_cast<double>(kJitter.count()))); });
    while (budgets.Waiting() > 0) {
      clock.Advance(milliseconds(1));
      budgets.Poll();
    }
    std::ranges::sort(arrivals);
    Rate rate = RateOf(pool.pool);
    ArrivalBucket bucket({.per_second = rate.per_second * scale, .burst = rate.burst * scale});
    EXPECT_EQ(std::ranges::count_if(arrivals, [&](base::SteadyTime at) { return !bucket.Take(at); }), 0) << scale;
    // What the margin costs of the time all this takes is little.
    const double least = (800 - rate.burst * scale) / (rate.per_second * scale);
    EXPECT_LE(std::chrono::duration<double>(arrivals.back() - begin).count(), least + 3 * std::chrono::duration<double>(kJitter).count());
  }
}

INSTANTIATE_TEST_SUITE_P(Pools, ArrivalTest, testing::Values("organizations.ListOrganizationalUnitsForParent", "organizations.ListAccounts", "identitystore"));

TEST_F(BudgetTest, PollTellsWhenTheNextTokenComes) {
  Drain();
  Ask("x");
  const auto next = budgets_.Poll();
  EXPECT_TRUE(answers_.empty());
  clock_.Advance(std::chrono::duration_cast<std::chrono::microseconds>(next - clock_.SteadyNow()) + std::chrono::microseconds(1));
  budgets_.Poll();
  EXPECT_EQ(answers_, Answers{"x"});
}

TEST_F(BudgetTest, MintsGoBeforeVerificationsBeforeSchedules) {
  Drain();
  Ask("schedule", Lane::kSchedule);
  Ask("verify", Lane::kVerify);
  Ask("mint", Lane::kMint);
  Pass(seconds(1));
  EXPECT_EQ(answers_, (Answers{"mint", "verify", "schedule"}));
}

TEST_F(BudgetTest, TenantsTakeTurns) {
  Drain();
  for (int i = 0; i < 4; ++i) Ask("a", Lane::kMint, "a");
  Ask("b", Lane::kMint, "b");
  Ask("c", Lane::kMint, "c");
  Pass(seconds(1));
  EXPECT_EQ(answers_, (Answers{"a", "b", "c", "a", "a", "a"}));
}

// 100 a second: those in no hurry go ten at a time.
TEST_F(BudgetTest, WhatIsScheduledGoesTogetherAndLosesNoToken) {
  budgets_.SetRateScale(5);
  for (int i = 0; i < 5 * kAtOnce; ++i) Ask("drain");
  answers_.clear();
  for (int i = 0; i < 20; ++i) Ask("x", Lane::kSchedule);
  Pass(milliseconds(95));
  EXPECT_TRUE(answers_.empty());
  Pass(milliseconds(6));
  EXPECT_EQ(answers_.size(), 10U);
  Pass(milliseconds(40));
  EXPECT_EQ(answers_.size(), 10U);
  // Who is in a hurry takes the others along as far as there are tokens.
  Ask("now", Lane::kVerify);
  Pass(milliseconds(0));
  EXPECT_EQ(answers_.size(), 14U);
  EXPECT_EQ(answers_[10], "now");
  Pass(milliseconds(101));
  EXPECT_EQ(answers_.size(), 21U);
}

TEST_F(BudgetTest, WhoeverComesLaterDoesNotOvertakeWhoWaits) {
  Drain();
  Ask("first");
  clock_.Advance(seconds(1));
  Ask("second");
  EXPECT_TRUE(answers_.empty());
  budgets_.Poll();
  EXPECT_EQ(answers_, (Answers{"first", "second"}));
}

TEST_F(BudgetTest, ADeadlineEndsTheWaitAndCostsNoToken) {
  Drain();
  Ask("short", Lane::kMint, "t", seconds(0));
  EXPECT_EQ(answers_, Answers{"short:aws.budget"});
  answers_.clear();
  budgets_.OnThrottled(kPool);
  for (int i = 0; i < 5; ++i) {
    budgets_.Acquire({.pool = kPool, .lane = Lane::kMint, .tenant = "t", .deadline = Deadline(clock_.SteadyNow() + milliseconds(10))},
                     [this](const base::Status& status) { answers_.push_back(status.error().reason); });
  }
  Ask("long");
  Pass(milliseconds(20));
  EXPECT_EQ(answers_, Answers(5, "aws.budget"));
  Pass(milliseconds(290));
  EXPECT_EQ(answers_.back(), "long");
}

TEST_F(BudgetTest, QueuesAreBoundedForATenantAndForAll) {
  Drain();
  for (int i = 0; i < 30; ++i) Ask("a", Lane::kMint, "a");
  EXPECT_TRUE(answers_.empty());
  Ask("a", Lane::kMint, "a");
  EXPECT_EQ(answers_, Answers{"a:aws.budget_full"});
  for (int i = 0; i < 20; ++i) Ask("b", Lane::kMint, "b");
  EXPECT_EQ(answers_.size(), 1U);
  Ask("c", Lane::kMint, "c");
  EXPECT_EQ(answers_.back(), "c:aws.budget_full");
  Ask("verify", Lane::kVerify, "a");
  EXPECT_EQ(answers_.size(), 2U);
}

TEST_F(BudgetTest, AThrottledPoolPauses) {
  budgets_.OnThrottled(kPool);
  Ask("x");
  EXPECT_TRUE(answers_.empty());
  Pass(milliseconds(200));
  EXPECT_TRUE(answers_.empty());
  Pass(milliseconds(120));
  EXPECT_EQ(answers_, Answers{"x"});
}

TEST_F(BudgetTest, ScopesAndPoolsHaveTheirOwnBuckets) {
  Drain();
  int granted = 0;
  const auto ask = [&](PoolKey pool) {
    budgets_.Acquire({.pool = std::move(pool), .lane = Lane::kMint, .tenant = "t", .deadline = Deadline(clock_.SteadyNow() + seconds(1))},
                     [&](const base::Status& status) { granted += status ? 1 : 0; });
  };
  ask({.pool = "identitystore", .scope = "y"});
  ask({.pool = "sso-admin", .scope = "x"});
  EXPECT_EQ(granted, 2);
}

TEST(BudgetsTest, TheirThreadGrantsByItself) {
  base::SystemClock clock;
  Budgets budgets(clock, {.rate_scale = 50});
  for (int i = 0; i < 1200; ++i) {
    ASSERT_TRUE(budgets.AcquireAndWait({.pool = kPool, .lane = Lane::kMint, .tenant = "t", .deadline = Deadline::After(seconds(30))}).has_value());
  }
}

TEST(BudgetsTest, TheEndRefusesWhoWaits) {
  std::string reason;
  {
    fakes::FakeClock clock;
    Budgets budgets(clock, {.rate_scale = 0.01});
    for (int i = 0; i < 2; ++i) {
      budgets.Acquire({.pool = kPool, .lane = Lane::kMint, .tenant = "t", .deadline = Deadline::After(std::chrono::hours(1))},
                      [&](const base::Status& status) { reason = status ? "" : status.error().reason; });
    }
    EXPECT_EQ(reason, "");
  }
  EXPECT_EQ(reason, "aws.stopped");
}

TEST(RateTableTest, EveryOperationHasAPoolWithARate) {
  for (const Service* service : {&sts::kServiceFacts, &iam::kServiceFacts, &organizations::kServiceFacts}) {
    for (const Operation* operation : service->operations) {
      const PoolKey key = PoolOf(service->name, operation->name, "111122223333", "eu-west-1");
      EXPECT_FALSE(key.pool.starts_with("other")) << service->name << operation->name;
      EXPECT_GT(RateOf(key.pool).per_second, 0);
      EXPECT_GE(RateOf(key.pool).burst, 1);
    }
  }
}

TEST(RateTableTest, SaysWhatAwsCountsTogether) {
  const auto pool = [](std::string_view service, std::string_view operation) { return PoolOf(service, operation, "me", "eu-west-1"); };
  EXPECT_EQ(pool("sts", "AssumeRole"), pool("sts", "GetCallerIdentity"));
  EXPECT_EQ(pool("sts", "AssumeRole").scope, "me/eu-west-1");
  EXPECT_EQ(RateOf("sts").per_second, 600);
  EXPECT_NE(pool("sts", "AssumeRole"), pool("sts", "AssumeRoleWithWebIdentity"));
  EXPECT_NE(pool("sts", "AssumeRole"), PoolOf("sts", "AssumeRole", "me", "us-east-1"));
  EXPECT_EQ(pool("iam", "GetRole").scope, "me");
  EXPECT_EQ(RateOf(pool("iam", "GetRole").pool).per_second, 15);
  EXPECT_EQ(RateOf(pool("iam", "GetPolicyVersion").pool).per_second, 35);
  EXPECT_EQ(RateOf(pool("iam", "ListEntitiesForPolicy").pool).per_second, 40);
  EXPECT_NE(pool("organizations", "ListAccounts"), pool("organizations", "ListRoots"));
  EXPECT_EQ(RateOf(pool("organizations", "ListAccounts").pool).per_second, 8);
  EXPECT_EQ(RateOf(pool("organizations", "ListParents").pool).per_second, 5);
  EXPECT_EQ(RateOf(pool("organizations", "DescribePolicy").pool).per_second, 2);
  EXPECT_EQ(pool("sso-admin", "ListPermissionSets"), pool("sso-admin", "CreateAccountAssignment"));
  EXPECT_EQ(RateOf("sso-admin").per_second, 20);
}

}  // namespace
}  // namespace crossrole::aws
