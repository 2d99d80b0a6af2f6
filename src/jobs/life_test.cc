// SPDX-License-Identifier: Apache-2.0
#include "jobs/internal/life.h"

#include <gtest/gtest.h>

#include "fakes/sample_integration.h"

namespace crossrole::jobs {
namespace {

using base::Code;
using base::Fail;
using base::FromMicros;
using store::Durability;
using store::Job;
using store::JobState;

constexpr base::Time kNow{std::chrono::hours(500'000)};

class LifeTest : public testing::Test {
 protected:
  Job Begun(Durability durability = Durability::kDurable) {
    Job job{.id = model::JobId::Make(kNow, random_), .tenant = fakes::SampleTenant(), .kind = "k", .durability = durability, .max_attempts = 3};
    BeginAttempt(job, "me", kNow, std::chrono::seconds(60));
    return job;
  }
  Job Ended(Job job, AttemptEnd end, KindOptions options = {}) {
    EndAttempt(job, end, options, kNow, random_);
    return job;
  }

  base::SeededRandom random_{1};
};

TEST_F(LifeTest, AnAttemptTakesALease) {
  const Job job = Begun();
  EXPECT_EQ(job.state, JobState::kRunning);
  EXPECT_EQ(job.attempts, 1);
  EXPECT_EQ(job.lease_owner, "me");
  EXPECT_EQ(job.lease_until, kNow + std::chrono::seconds(60));
}

TEST_F(LifeTest, SuccessKeepsTheResultAndNoError) {
  Job job = Begun();
  job.error = base::Error{};
  job = Ended(job, {.outcome = "{\"a\":1}"});
  EXPECT_EQ(job.state, JobState::kSucceeded);
  EXPECT_EQ(job.result, "{\"a\":1}");
  EXPECT_FALSE(job.error.has_value());
  EXPECT_EQ(job.finished_at, kNow);
  EXPECT_EQ(job.lease_owner, "");
}

TEST_F(LifeTest, WhatMayPassIsTriedAgainWithAPauseUntilTheAttemptsAreUsedUp) {
  for (const Code code : {Code::kUnavailable, Code::kThrottled, Code::kInternal}) {
    Job job = Begun();
    for (int attempt = 1; attempt < 3; ++attempt) {
      job = Ended(job, {.outcome = Fail(code, "later")});
      EXPECT_EQ(job.state, JobState::kQueued);
      EXPECT_GE(job.run_at, kNow);
      EXPECT_EQ(job.error->message, "later");
      EXPECT_EQ(job.lease_owner, "");
      BeginAttempt(job, "me", kNow, std::chrono::seconds(60));
    }
    job = Ended(job, {.outcome = Fail(code, "never")});
    EXPECT_EQ(job.state, JobState::kFailed);
    EXPECT_EQ(job.error->message, "never");
    EXPECT_EQ(job.attempts, 3);
  }
}

TEST_F(LifeTest, WhatWillNotPassFailsAtOnce) {
  for (const Code code : {Code::kInvalidArgument, Code::kAwsRefused, Code::kPermissionDenied, Code::kNotFound, Code::kFailedPrecondition}) {
    EXPECT_EQ(Ended(Begun(), {.outcome = Fail(code, "no")}).state, JobState::kFailed);
  }
}

TEST_F(LifeTest, PausesGrowStayBelowTheLongestAndHonourRetryAfter) {
  const KindOptions options{.backoff = std::chrono::milliseconds(1000), .longest_backoff = std::chrono::seconds(5)};
  base::Time latest = kNow;
  for (int i = 0; i < 200; ++i) {
    Job job = Begun();
    job.attempts = 40;
    job.max_attempts = 50;
    latest = std::max(latest, Ended(job, {.outcome = Fail(Code::kUnavailable, "x")}, options).run_at);
  }
  EXPECT_LE(latest, kNow + std::chrono::seconds(5));
  EXPECT_GT(latest, kNow + std::chrono::seconds(4));
  const Job asked = Ended(Begun(), {.outcome = Fail({.code = Code::kThrottled, .retry_after = std::chrono::seconds(30)})}, options);
  EXPECT_EQ(asked.run_at, kNow + std::chrono::seconds(30));
}

TEST_F(LifeTest, AJobStoppedByTheRunnerLosesNoAttempt) {
  const Job job = Ended(Begun(), {.outcome = Fail(Code::kInternal, "stopped"), .interrupted = true});
  EXPECT_EQ(job.state, JobState::kQueued);
  EXPECT_EQ(job.attempts, 0);
  EXPECT_EQ(job.run_at, kNow);
  const Job transient = Ended(Begun(Durability::kTransient), {.outcome = Fail(Code::kInternal, "stopped"), .interrupted = true});
  EXPECT_EQ(transient.state, JobState::kFailed);
  EXPECT_EQ(transient.error->reason, "job.interrupted");
}

TEST_F(LifeTest, ATransientJobThatIsTriedAgainStaysWithItsProcess) {
  const Job job = Ended(Begun(Durability::kTransient), {.outcome = Fail(Code::kUnavailable, "later")});
  EXPECT_EQ(job.state, JobState::kQueued);
  EXPECT_EQ(job.lease_owner, "me");
}

TEST_F(LifeTest, ACanceledJobThatFailsIsCanceledAndOneThatSucceedsHasSucceeded) {
  Job job = Begun();
  job.cancel_requested = true;
  EXPECT_EQ(Ended(job, {.outcome = Fail(Code::kInternal, "stopped")}).state, JobState::kCanceled);
  EXPECT_EQ(Ended(job, {.outcome = "{}"}).state, JobState::kSucceeded);
}

TEST_F(LifeTest, AJobWhoseProcessDiedGoesBackToTheQueueUntilItIsPoison) {
  Job job = Begun();
  Recover(job, kNow);
  EXPECT_EQ(job.state, JobState::kQueued);
  EXPECT_EQ(job.attempts, 1);
  job.attempts = 3;
  job.state = JobState::kRunning;
  Recover(job, kNow);
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->reason, "job.poisoned");
  Job transient = Begun(Durability::kTransient);
  Recover(transient, kNow);
  EXPECT_EQ(transient.state, JobState::kFailed);
  EXPECT_EQ(transient.error->reason, "job.interrupted");
}

TEST_F(LifeTest, ARepeatedJobHasASuccessorAboutItsIntervalLater) {
  Job job = Begun();
  job.repeat_every = std::chrono::hours(10);
  job.unique_key = "key";
  job.payload = "{\"a\":1}";
  job = Ended(job, {.outcome = Fail(Code::kInvalidArgument, "no")});
  base::Time earliest = kNow + std::chrono::hours(100);
  base::Time latest = kNow;
  for (int i = 0; i < 100; ++i) {
    const auto next = Successor(job, {}, kNow, random_);
    ASSERT_TRUE(next.has_value());
    earliest = std::min(earliest, next->run_at);
    latest = std::max(latest, next->run_at);
    EXPECT_NE(next->id, job.id);
    EXPECT_EQ(next->payload, job.payload);
    EXPECT_EQ(next->unique_key, job.unique_key);
    EXPECT_EQ(next->attempts, 0);
  }
  EXPECT_GE(earliest, kNow + std::chrono::hours(9));
  EXPECT_LE(latest, kNow + std::chrono::hours(11));
  EXPECT_GT(latest - earliest, std::chrono::minutes(30));
}

TEST_F(LifeTest, TheHandlerDecidesAboutTheNextRun) {
  Job job = Ended(Begun(), {.outcome = "{}"});
  EXPECT_FALSE(Successor(job, {}, kNow, random_).has_value());
  EXPECT_EQ(Successor(job, {.again_at = kNow + std::chrono::seconds(10)}, kNow, random_)->run_at, kNow + std::chrono::seconds(10));
  job.repeat_every = std::chrono::hours(1);
  EXPECT_FALSE(Successor(job, {.no_more = true}, kNow, random_).has_value());
  EXPECT_EQ(Successor(job, {.again_at = kNow}, kNow, random_)->run_at, kNow);
  job.cancel_requested = true;
  EXPECT_FALSE(Successor(job, {}, kNow, random_).has_value());
}

TEST_F(LifeTest, AJobThatIsPutBackLosesNoAttemptAndHasNoSuccessor) {
  const base::Time later = kNow + std::chrono::minutes(1);
  for (const auto& outcome : {base::Result<std::string>("{}"), base::Result<std::string>(Fail(Code::kInvalidArgument, "never mind"))}) {
    Job job = Begun();
    const int before = job.attempts;
    job.repeat_every = std::chrono::hours(1);
    const AttemptEnd end{.outcome = outcome, .again_at = kNow, .put_back_until = later};
    job = Ended(job, end);
    EXPECT_EQ(job.state, JobState::kQueued);
    EXPECT_EQ(job.run_at, later);
    EXPECT_EQ(job.attempts, before - 1);
    EXPECT_TRUE(job.lease_owner.empty());
    EXPECT_FALSE(Successor(job, end, kNow, random_).has_value());
  }
}

TEST_F(LifeTest, ACanceledJobIsNotPutBack) {
  Job job = Begun();
  job.cancel_requested = true;
  EXPECT_EQ(Ended(job, {.outcome = "{}", .put_back_until = kNow}).state, JobState::kCanceled);
}

TEST_F(LifeTest, AJobThatIsTriedAgainHasNoSuccessorYet) {
  Job job = Begun();
  job.repeat_every = std::chrono::hours(1);
  EXPECT_FALSE(Successor(Ended(job, {.outcome = Fail(Code::kUnavailable, "later")}), {}, kNow, random_).has_value());
}

}  // namespace
}  // namespace crossrole::jobs
