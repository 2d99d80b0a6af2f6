// SPDX-License-Identifier: Apache-2.0
#include "jobs/runner.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <latch>
#include <set>

#include "fakes/scratch_store.h"
#include "jobs/internal/work.h"
#include "jobs/queue.h"

namespace crossrole::jobs {
namespace {

using base::Code;
using base::Deadline;
using base::Fail;
using base::Result;
using fakes::FakeClock;
using fakes::Must;
using store::Job;
using store::JobState;
using store::WriteTransaction;

const RunnerOptions kQuick{.threads = 4, .heartbeat = std::chrono::milliseconds(20)};

class RunnerTest : public testing::Test {
 protected:
  model::JobId Enqueue(const JobSpec& spec) { return EnqueueFor(tenant_, spec); }
  model::JobId EnqueueFor(const model::TenantId& tenant, const JobSpec& spec) {
    return Must(store_->Write(tenant, [&](WriteTransaction& tx) { return queue_.Enqueue(tx, spec); })).id;
  }
  Job Finished(const model::JobId& id) { return Must(queue_.WaitFor(tenant_, id, Deadline::After(std::chrono::seconds(30)))); }
  Job Now(const model::JobId& id) {
    return *Must(store_->Read(tenant_, [&](store::ReadTransaction& tx) { return store::FindJob(tx, id); }));
  }
  std::optional<Job> OpenJob(const std::string& kind, const std::string& key) {
    return Must(store_->Read(tenant_, [&](store::ReadTransaction& tx) { return store::FindOpenJob(tx, kind, key); }));
  }
  base::Status Cancel(const model::JobId& id) {
    return store_->Write(tenant_, [&](WriteTransaction& tx) { return queue_.Cancel(tx, id); });
  }
  // Lets time pass and makes the runner look.
  void Advance(std::chrono::microseconds time) {
    clock_.Advance(time);
    queue_.Wake();
  }

  std::unique_ptr<store::Store> store_ = fakes::OpenScratchStore();
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  FakeClock clock_;
  base::SystemRandom random_;
  Queue queue_{*store_, clock_, random_};
  Runner runner_{*store_, queue_, clock_, random_, kQuick};
};

TEST_F(RunnerTest, AJobIsDoneAndKeepsItsResult) {
  runner_.Register("add", [](JobContext& context) -> Result<std::string> { return context.job().payload + "!"; });
  runner_.Start();
  const Job job = Finished(Enqueue({.kind = "add", .payload = "{}", .actor = "tok_1", .request_id = "req_1"}));
  EXPECT_EQ(job.state, JobState::kSucceeded);
  EXPECT_EQ(job.result, "{}!");
  EXPECT_EQ(job.actor, "tok_1");
  EXPECT_EQ(job.request_id, "req_1");
  EXPECT_EQ(job.attempts, 1);
}

TEST_F(RunnerTest, AJobWaitsForItsTime) {
  std::atomic<int> runs = 0;
  runner_.Register("k", [&](JobContext&) -> Result<std::string> {
    ++runs;
    return "{}";
  });
  runner_.Start();
  const auto later = Enqueue({.kind = "k", .run_at = clock_.Now() + std::chrono::hours(1)});
  Finished(Enqueue({.kind = "k"}));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(Now(later).state, JobState::kQueued);
  Advance(std::chrono::hours(1));
  EXPECT_EQ(Finished(later).state, JobState::kSucceeded);
}

TEST_F(RunnerTest, TheRunnerWakesUpByItselfAtTheTimeOfAJob) {
  base::SystemClock clock;
  Queue queue(*store_, clock, random_);
  Runner runner(*store_, queue, clock, random_, kQuick);
  runner.Register("k", [](JobContext&) -> Result<std::string> { return "{}"; });
  runner.Start();
  const auto id = Must(store_->Write(tenant_, [&](WriteTransaction& tx) {
    return queue.Enqueue(tx, {.kind = "k", .run_at = clock.Now() + std::chrono::milliseconds(50)});
  })).id;
  EXPECT_EQ(Must(queue.WaitFor(tenant_, id, Deadline::After(std::chrono::seconds(30)))).state, JobState::kSucceeded);
}

TEST_F(RunnerTest, ASecondRequestJoinsTheOpenJobAndPullsItForward) {
  std::latch started(1);
  std::latch release(1);
  runner_.Register("k", [&](JobContext&) -> Result<std::string> {
    started.count_down();
    release.wait();
    return "{}";
  });
  const auto first = Enqueue({.kind = "k", .unique_key = "x", .run_at = clock_.Now() + std::chrono::hours(24)});
  EXPECT_NE(Enqueue({.kind = "k", .unique_key = "y", .run_at = clock_.Now() + std::chrono::hours(24)}), first);
  EXPECT_EQ(Enqueue({.kind = "k", .unique_key = "x"}), first);
  EXPECT_EQ(Now(first).run_at, clock_.Now());
  runner_.Start();
  started.wait();
  const auto joined = Must(store_->Write(tenant_, [&](WriteTransaction& tx) { return queue_.Enqueue(tx, {.kind = "k", .unique_key = "x"}); }));
  EXPECT_EQ(joined.id, first);
  EXPECT_EQ(joined.how, Enqueueing::kJoined);
  release.count_down();
  EXPECT_EQ(Finished(first).state, JobState::kSucceeded);
  EXPECT_NE(Enqueue({.kind = "k", .unique_key = "x", .run_at = clock_.Now() + std::chrono::hours(1)}), first);
}

TEST_F(RunnerTest, AFailingJobIsTriedAgainAndThenKeptWithItsError) {
  std::atomic<int> runs = 0;
  runner_.Register("k", [&](JobContext&) -> Result<std::string> {
    ++runs;
    return Fail({.code = Code::kUnavailable, .message = "not now", .aws_code = "ServiceUnavailable", .details = {{"a", {"b", "c"}}}});
  }, {.backoff = std::chrono::milliseconds(0)});
  runner_.Start();
  const Job job = Finished(Enqueue({.kind = "k", .max_attempts = 3}));
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(job.error->message, "not now");
  EXPECT_EQ(job.error->aws_code, "ServiceUnavailable");
  EXPECT_EQ(job.error->details.at("a"), (std::vector<std::string>{"b", "c"}));
}

TEST_F(RunnerTest, AnExceptionFailsTheJobAndNotTheRunner) {
  runner_.Register("bad", [](JobContext&) -> Result<std::string> { throw std::runtime_error("oops"); });
  runner_.Register("good", [](JobContext&) -> Result<std::string> { return "{}"; });
  runner_.Start();
  EXPECT_EQ(Finished(Enqueue({.kind = "bad", .max_attempts = 1})).error->code, Code::kInternal);
  EXPECT_EQ(Finished(Enqueue({.kind = "good"})).state, JobState::kSucceeded);
}

TEST_F(RunnerTest, OneKindNeverTakesMorePlacesThanItsOwn) {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::latch release(1);
  runner_.Register("slow", [&](JobContext&) -> Result<std::string> {
    most = std::max(most.load(), ++running);
    release.wait();
    --running;
    return "{}";
  }, {.concurrency = 2});
  runner_.Register("quick", [](JobContext&) -> Result<std::string> { return "{}"; });
  runner_.Start();
  std::vector<model::JobId> slow;
  for (int i = 0; i < 6; ++i) slow.push_back(Enqueue({.kind = "slow"}));
  EXPECT_EQ(Finished(Enqueue({.kind = "quick"})).state, JobState::kSucceeded);
  release.count_down();
  for (const auto& id : slow) EXPECT_EQ(Finished(id).state, JobState::kSucceeded);
  EXPECT_LE(most, 2);
}

TEST_F(RunnerTest, TenantsTakeTurns) {
  const model::TenantId other = fakes::AddOtherTenant(*store_);
  std::mutex mutex;
  std::vector<std::string> order;
  runner_.Register("k", [&](JobContext& context) -> Result<std::string> {
    std::lock_guard lock(mutex);
    order.push_back(context.job().tenant.text());
    return "{}";
  }, {.concurrency = 1});
  std::vector<model::JobId> flood;
  for (int i = 0; i < 10; ++i) flood.push_back(Enqueue({.kind = "k"}));
  EnqueueFor(other, {.kind = "k"});
  runner_.Start();
  for (const auto& id : flood) Finished(id);
  runner_.Stop(Deadline::After(std::chrono::seconds(30)));
  std::lock_guard lock(mutex);
  const auto place = std::find(order.begin(), order.end(), other.text()) - order.begin();
  EXPECT_LE(place, 1);
}

TEST_F(RunnerTest, ProgressIsSeenWhileTheJobRuns) {
  std::latch told(1);
  std::latch release(1);
  runner_.Register("k", [&](JobContext& context) -> Result<std::string> {
    clock_.Advance(std::chrono::seconds(10));
    context.Progress(1, 4);
    told.count_down();
    release.wait();
    return "{}";
  });
  runner_.Start();
  const auto id = Enqueue({.kind = "k"});
  told.wait();
  const Job job = Now(id);
  EXPECT_EQ(job.done, 1);
  EXPECT_EQ(job.total, 4);
  EXPECT_EQ(job.eta, clock_.Now() + std::chrono::seconds(30));
  release.count_down();
  Finished(id);
}

TEST_F(RunnerTest, WhoKnowsHowLongTheRestTakesIsBelieved) {
  std::latch told(1);
  std::latch release(1);
  runner_.Register("k", [&](JobContext& context) -> Result<std::string> {
    context.Progress(1, 4, std::chrono::seconds(7));
    told.count_down();
    release.wait();
    return "{}";
  });
  runner_.Start();
  const auto id = Enqueue({.kind = "k"});
  told.wait();
  EXPECT_EQ(Now(id).eta, clock_.Now() + std::chrono::seconds(7));
  release.count_down();
  Finished(id);
}

TEST_F(RunnerTest, ARunningJobIsAskedToStopWhenItIsCanceled) {
  std::latch started(1);
  runner_.Register("k", [&](JobContext& context) -> Result<std::string> {
    started.count_down();
    while (!context.stop().stop_requested()) std::this_thread::yield();
    return Fail(Code::kUnavailable, "stopped");
  });
  runner_.Start();
  const auto id = Enqueue({.kind = "k"});
  started.wait();
  ASSERT_TRUE(Cancel(id).has_value());
  EXPECT_EQ(Finished(id).state, JobState::kCanceled);
}

TEST_F(RunnerTest, AQueuedJobIsCanceledAtOnceAndAFinishedOneStays) {
  const auto id = Enqueue({.kind = "k"});
  ASSERT_TRUE(Cancel(id).has_value());
  EXPECT_EQ(Now(id).state, JobState::kCanceled);
  const auto before = Now(id).version;
  ASSERT_TRUE(Cancel(id).has_value());
  EXPECT_EQ(Now(id).version, before);
  EXPECT_EQ(Cancel(model::JobId::Make(clock_.Now(), random_)).error().code, Code::kNotFound);
}

TEST_F(RunnerTest, ARepeatedJobRunsAgainUntilItIsUnscheduled) {
  std::atomic<int> runs = 0;
  runner_.Register("k", [&](JobContext&) -> Result<std::string> {
    ++runs;
    return "{}";
  });
  runner_.Start();
  auto id = Enqueue({.kind = "k", .unique_key = "x", .repeat_every = std::chrono::hours(1)});
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(Finished(id).state, JobState::kSucceeded);
    EXPECT_EQ(runs, i);
    const auto next = OpenJob("k", "x");
    ASSERT_TRUE(next.has_value());
    EXPECT_GT(next->run_at, clock_.Now());
    id = next->id;
    if (i < 3) Advance(std::chrono::minutes(67));
  }
  ASSERT_TRUE(store_->Write(tenant_, [&](WriteTransaction& tx) { return queue_.Unschedule(tx, "k", "x"); }).has_value());
  EXPECT_FALSE(OpenJob("k", "x").has_value());
}

TEST_F(RunnerTest, AHandlerDecidesWhenItRunsAgain) {
  std::atomic<int> runs = 0;
  runner_.Register("k", [&](JobContext& context) -> Result<std::string> {
    if (++runs < 3) context.RunAgainAt(clock_.Now());
    return "{}";
  });
  runner_.Start();
  Enqueue({.kind = "k", .unique_key = "x"});
  while (runs < 3 || OpenJob("k", "x")) std::this_thread::yield();
  EXPECT_EQ(runs, 3);
}

TEST_F(RunnerTest, JobsThatArePutBackLeaveTheirPlacesToOthers) {
  const model::TenantId other = fakes::AddOtherTenant(*store_);
  std::atomic<bool> is_free = false;
  std::atomic<int> tries = 0;
  runner_.Register("k", [&](JobContext& context) -> Result<std::string> {
    if (context.job().tenant == other || is_free) return "{}";
    ++tries;
    context.PutBackUntil(clock_.Now() + std::chrono::seconds(1));
    return "{}";
  }, {.concurrency = 4});
  runner_.Start();
  std::vector<model::JobId> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(Enqueue({.kind = "k", .max_attempts = 1}));
  while (tries < 4) std::this_thread::yield();
  const auto id = EnqueueFor(other, {.kind = "k"});
  EXPECT_EQ(Must(queue_.WaitFor(other, id, Deadline::After(std::chrono::seconds(30)))).state, JobState::kSucceeded);
  is_free = true;
  Advance(std::chrono::seconds(1));
  for (const auto& each : waiting) {
    const Job job = Finished(each);
    EXPECT_EQ(job.state, JobState::kSucceeded);
    EXPECT_EQ(job.attempts, 1);
  }
}

struct Key {
  std::string secret;
};

TEST_F(RunnerTest, ATransientPayloadReachesTheJobAndNeverTheDatabase) {
  std::atomic<bool> right = false;
  runner_.Register("k", [&](JobContext& context) -> Result<std::string> {
    const auto key = context.Transient<Key>();
    right = key != nullptr && key->secret == "s3cret-value" && context.Transient<int>() == nullptr;
    return "{}";
  });
  runner_.Start();
  auto key = std::make_shared<Key>("s3cret-value");
  const std::weak_ptr<Key> watch = key;
  const auto id = Must(store_->Write(tenant_, [&](WriteTransaction& tx) { return queue_.EnqueueTransient(tx, {.kind = "k"}, key); })).id;
  key.reset();
  EXPECT_EQ(Finished(id).state, JobState::kSucceeded);
  EXPECT_TRUE(right);
  runner_.Stop(Deadline::After(std::chrono::seconds(30)));
  EXPECT_TRUE(watch.expired());
}

TEST_F(RunnerTest, ATransientJobKeepsItsPayloadThroughARetry) {
  std::atomic<int> runs = 0;
  runner_.Register("k", [&](JobContext& context) -> Result<std::string> {
    if (context.Transient<Key>() == nullptr) return Fail(Code::kInvalidArgument, "no key");
    if (++runs == 1) return Fail(Code::kUnavailable, "once more");
    return "{}";
  }, {.backoff = std::chrono::milliseconds(0)});
  runner_.Start();
  const auto id = Must(store_->Write(tenant_, [&](WriteTransaction& tx) {
    return queue_.EnqueueTransient(tx, {.kind = "k"}, std::make_shared<Key>("x"));
  })).id;
  EXPECT_EQ(Finished(id).state, JobState::kSucceeded);
  EXPECT_EQ(runs, 2);
}

TEST_F(RunnerTest, AfterTheProcessIsGoneATransientJobFailsAndMayBeAskedForAgain) {
  const auto id = [&] {
    Queue dead(*store_, clock_, random_);
    return Must(store_->Write(tenant_, [&](WriteTransaction& tx) {
      return dead.EnqueueTransient(tx, {.kind = "k", .unique_key = "x"}, std::make_shared<Key>("x"));
    })).id;
  }();
  runner_.Register("k", [&](JobContext&) -> Result<std::string> { return "{}"; });
  runner_.Start();
  const Job job = Finished(id);
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->reason, "job.interrupted");
  const auto again = Must(store_->Write(tenant_, [&](WriteTransaction& tx) {
    return queue_.EnqueueTransient(tx, {.kind = "k", .unique_key = "x"}, std::make_shared<Key>("x"));
  }));
  EXPECT_EQ(again.how, Enqueueing::kMade);
  EXPECT_EQ(Finished(again.id).state, JobState::kSucceeded);
}

// A runner in company of another one, whose heartbeat is too slow to matter: as good as dead.
const RunnerOptions kSilent{.threads = 2, .lease = std::chrono::seconds(60), .heartbeat = std::chrono::hours(1), .company = Company::kOthers};

TEST_F(RunnerTest, ALeaseThatRunsOutIsTakenOverAndTheOldOwnersAnswerIsDropped) {
  std::latch started(1);
  std::latch release(1);
  Queue old_queue(*store_, clock_, random_);
  Runner old_runner(*store_, old_queue, clock_, random_, kSilent);
  old_runner.Register("k", [&](JobContext&) -> Result<std::string> {
    started.count_down();
    release.wait();
    return "\"old\"";
  });
  old_runner.Start();
  const auto id = Must(store_->Write(tenant_, [&](WriteTransaction& tx) { return old_queue.Enqueue(tx, {.kind = "k"}); })).id;
  started.wait();

  Queue new_queue(*store_, clock_, random_);
  Runner new_runner(*store_, new_queue, clock_, random_, kSilent);
  new_runner.Register("k", [](JobContext&) -> Result<std::string> { return "\"new\""; });
  new_runner.Start();
  EXPECT_EQ(Now(id).lease_owner, old_queue.owner());
  clock_.Advance(std::chrono::seconds(61));
  new_queue.Wake();
  EXPECT_EQ(Finished(id).result, "\"new\"");
  release.count_down();
  old_runner.Stop(Deadline::After(std::chrono::seconds(30)));
  EXPECT_EQ(Now(id).result, "\"new\"");
  EXPECT_EQ(Now(id).attempts, 2);
}

TEST_F(RunnerTest, AHeartbeatKeepsALongJob) {
  std::latch started(1);
  std::latch release(1);
  runner_.Register("k", [&](JobContext&) -> Result<std::string> {
    started.count_down();
    release.wait();
    return "{}";
  });
  runner_.Start();
  const auto id = Enqueue({.kind = "k"});
  started.wait();
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(std::chrono::seconds(40));
    while (*Now(id).lease_until < clock_.Now() + std::chrono::seconds(60)) std::this_thread::yield();
  }
  release.count_down();
  EXPECT_EQ(Finished(id).attempts, 1);
}

TEST_F(RunnerTest, ACancellationByAnotherProcessIsNoticed) {
  std::latch started(1);
  runner_.Register("k", [&](JobContext& context) -> Result<std::string> {
    started.count_down();
    while (!context.stop().stop_requested()) std::this_thread::yield();
    return Fail(Code::kUnavailable, "stopped");
  });
  runner_.Start();
  const auto id = Enqueue({.kind = "k"});
  started.wait();
  Queue other(*store_, clock_, random_);
  ASSERT_TRUE(store_->Write(tenant_, [&](WriteTransaction& tx) { return other.Cancel(tx, id); }).has_value());
  EXPECT_EQ(Finished(id).state, JobState::kCanceled);
}

TEST_F(RunnerTest, StoppingLetsAJobFinishAndTakesNoMore) {
  std::latch started(1);
  runner_.Register("k", [&](JobContext& context) -> Result<std::string> {
    started.count_down();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return context.stop().stop_requested() ? "\"stopped\"" : "\"done\"";
  }, {.concurrency = 1});
  runner_.Start();
  const auto first = Enqueue({.kind = "k"});
  started.wait();
  runner_.Stop(Deadline::After(std::chrono::seconds(30)));
  EXPECT_EQ(Now(first).result, "\"done\"");
  EXPECT_EQ(runner_.Running(), 0U);
  EXPECT_EQ(Now(Enqueue({.kind = "k"})).state, JobState::kQueued);
}

TEST_F(RunnerTest, AJobThatIsStillRunningAtTheDeadlineGoesBackToTheQueue) {
  std::latch started(1);
  runner_.Register("k", [&](JobContext& context) -> Result<std::string> {
    started.count_down();
    while (!context.stop().stop_requested()) std::this_thread::yield();
    return Fail(Code::kUnavailable, "stopped");
  });
  runner_.Start();
  const auto id = Enqueue({.kind = "k"});
  started.wait();
  runner_.Stop(Deadline::After(std::chrono::seconds(0)));
  EXPECT_EQ(Now(id).state, JobState::kQueued);
  EXPECT_EQ(Now(id).attempts, 0);
  Runner next(*store_, queue_, clock_, random_, kQuick);
  next.Register("k", [](JobContext&) -> Result<std::string> { return "{}"; });
  next.Start();
  EXPECT_EQ(Finished(id).state, JobState::kSucceeded);
}

TEST_F(RunnerTest, FinishedJobsAreDeletedInTheirTime) {
  runner_.Register("k", [](JobContext&) -> Result<std::string> { return "{}"; });
  runner_.Start();
  const auto id = Enqueue({.kind = "k"});
  Finished(id);
  const auto waiting = Enqueue({.kind = "k", .run_at = clock_.Now() + std::chrono::hours(100)});
  const RunnerOptions options{.keep_finished = std::chrono::hours(24)};
  Work work(*store_, queue_, clock_, random_, options);
  clock_.Advance(std::chrono::hours(24));
  ASSERT_TRUE(work.CleanUp().has_value());
  EXPECT_EQ(Now(id).state, JobState::kSucceeded);
  clock_.Advance(std::chrono::hours(1));
  ASSERT_TRUE(work.CleanUp().has_value());
  EXPECT_EQ(queue_.WaitFor(tenant_, id, Deadline::After(std::chrono::seconds(0))).error().code, Code::kNotFound);
  EXPECT_EQ(Now(waiting).state, JobState::kQueued);
}

TEST_F(RunnerTest, HousekeepingRunsAgainAndAgain) {
  std::latch often(3);
  std::atomic<int> calls = 0;
  runner_.Every("tick", std::chrono::milliseconds(1), [&](std::stop_token) {
    if (++calls <= 3) often.count_down();
  });
  runner_.Start();
  often.wait();
  EXPECT_GE(calls, 3);
  // It goes on until then, and what it counts with is ours.
  runner_.Stop(Deadline::After(std::chrono::seconds(30)));
}

TEST_F(RunnerTest, ChangesAreTold) {
  std::mutex mutex;
  std::vector<JobState> states;
  RunnerOptions options = kQuick;
  options.on_change = [&](const Job& job) {
    std::lock_guard lock(mutex);
    states.push_back(job.state);
  };
  Runner runner(*store_, queue_, clock_, random_, options);
  runner.Register("k", [](JobContext&) -> Result<std::string> { return "{}"; });
  runner.Start();
  Finished(Enqueue({.kind = "k"}));
  runner.Stop(Deadline::After(std::chrono::seconds(30)));
  EXPECT_EQ(states, (std::vector{JobState::kRunning, JobState::kSucceeded}));
}

// Works on the store's file until it is killed by its own job.
[[noreturn]] void DieInAJob(const std::string& path) {
  const base::SystemClock clock;
  base::SystemRandom random;
  const auto store = Must(store::Store::Open({.path = path}));
  Queue queue(*store, clock, random);
  Runner runner(*store, queue, clock, random);
  runner.Register("k", [](JobContext&) -> Result<std::string> {
    ::raise(SIGKILL);
    return "{}";
  });
  runner.Start();
  for (;;) ::pause();
}

// A job that was killed twice together with its process, then met by a runner that would do it.
Job AfterTwoDeaths(int max_attempts) {
  std::string folder = "/tmp/crossrole-jobs-XXXXXX";
  CHECK(::mkdtemp(folder.data()) != nullptr);
  const std::string path = folder + "/store.db";
  const base::SystemClock clock;
  base::SystemRandom random;
  const auto tenant = fakes::SampleTenant();
  std::optional<model::JobId> id;
  {
    const auto store = Must(store::Store::Open({.path = path}));
    fakes::AddSampleTenant(*store);
    Queue queue(*store, clock, random);
    id = Must(store->Write(tenant, [&](WriteTransaction& tx) { return queue.Enqueue(tx, {.kind = "k", .max_attempts = max_attempts}); })).id;
  }
  for (int deaths = 0; deaths < 2; ++deaths) {
    const pid_t child = ::fork();
    CHECK(child >= 0);
    if (child == 0) DieInAJob(path);
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child && WIFSIGNALED(status));
  }
  const auto store = Must(store::Store::Open({.path = path}));
  Queue queue(*store, clock, random);
  Runner runner(*store, queue, clock, random);
  runner.Register("k", [](JobContext&) -> Result<std::string> { return "{}"; });
  runner.Start();
  Job job = Must(queue.WaitFor(tenant, *id, Deadline::After(std::chrono::seconds(30))));
  runner.Stop(Deadline::After(std::chrono::seconds(30)));
  std::filesystem::remove_all(folder);
  return job;
}

TEST(CrashTest, AJobSurvivesTheDeathOfItsProcess) {
  const Job job = AfterTwoDeaths(3);
  EXPECT_EQ(job.state, JobState::kSucceeded);
  EXPECT_EQ(job.attempts, 3);
}

TEST(CrashTest, AJobThatKillsItsProcessAgainAndAgainIsPutAside) {
  const Job job = AfterTwoDeaths(2);
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.attempts, 2);
  EXPECT_EQ(job.error->reason, "job.poisoned");
}

}  // namespace
}  // namespace crossrole::jobs
