// SPDX-License-Identifier: Apache-2.0
#include "aws/credentials.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <thread>
#include <type_traits>

#include "fakes/fake_clock.h"

namespace crossrole::aws {
namespace {

using base::Deadline;
using std::chrono::minutes;
using std::chrono::seconds;

static_assert(!std::is_copy_constructible_v<Credentials>);

Deadline Soon() { return Deadline::After(seconds(20)); }

class RefreshingCredentialsTest : public testing::Test {
 protected:
  base::Result<Credentials> Fetch() {
    if (gate_) gate_();
    const int number = ++fetches_;
    if (failing_) return base::Fail({.code = base::Code::kUnavailable, .message = "no answer", .reason = "aws.unreachable"});
    return Credentials{.access_key_id = "A" + std::to_string(number), .secret_access_key = base::Secret("s"),
                       .expiration = clock_.Now() + lifetime_, .source = "test"};
  }
  std::unique_ptr<RefreshingCredentials> Make() {
    return std::make_unique<RefreshingCredentials>([this](Deadline) { return Fetch(); }, clock_, random_,
                                                   RefreshingCredentials::Options{.ahead = minutes(20), .retry_every = seconds(15)});
  }
  // Waits until a refresh in the background has come to an end.
  void AwaitFetches(int count) {
    while (fetches_ < count) std::this_thread::yield();
  }
  std::string IdOf(CredentialsProvider& provider) {
    auto got = provider.Get(Soon());
    return got.has_value() ? (*got)->access_key_id : got.error().reason;
  }
  // A refresh in the background has been counted but perhaps not yet been taken over.
  std::string EventuallyId(CredentialsProvider& provider, const std::string& unlike) {
    std::string id = unlike;
    while (id == unlike) id = IdOf(provider);
    return id;
  }

  fakes::FakeClock clock_;
  base::SeededRandom random_{1};
  std::atomic<int> fetches_{0};
  std::atomic<bool> failing_{false};
  std::function<void()> gate_;
  minutes lifetime_{60};
};

TEST_F(RefreshingCredentialsTest, AreFetchedOnceAndKept) {
  const auto provider = Make();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(IdOf(*provider), "A1");
  clock_.Advance(minutes(39));
  EXPECT_EQ(IdOf(*provider), "A1");
  EXPECT_EQ(fetches_, 1);
}

TEST_F(RefreshingCredentialsTest, AllWhoAskAtTheSameTimeShareOneFetch) {
  std::latch go(1);
  gate_ = [&] { go.wait(); };
  const auto provider = Make();
  std::atomic<int> got{0};
  std::latch done(50);
  for (int i = 0; i < 50; ++i) {
    provider->Submit(Soon(), [&](const base::Result<SharedCredentials>& credentials) {
      got += credentials.has_value() && (*credentials)->access_key_id == "A1" ? 1 : 0;
      done.count_down();
    });
  }
  go.count_down();
  done.wait();
  EXPECT_EQ(got, 50);
  EXPECT_EQ(fetches_, 1);
}

TEST_F(RefreshingCredentialsTest, AreRefreshedAheadWhileTheOldOnesServe) {
  const auto provider = Make();
  EXPECT_EQ(IdOf(*provider), "A1");
  clock_.Advance(minutes(46));
  EXPECT_EQ(IdOf(*provider), "A1") << "nobody waits for an early refresh";
  EXPECT_EQ(EventuallyId(*provider, "A1"), "A2");
}

TEST_F(RefreshingCredentialsTest, ValidOnesOutliveAFailedRefresh) {
  const auto provider = Make();
  EXPECT_EQ(IdOf(*provider), "A1");
  failing_ = true;
  clock_.Advance(minutes(50));
  EXPECT_EQ(IdOf(*provider), "A1");
  AwaitFetches(2);
  EXPECT_EQ(IdOf(*provider), "A1");
  clock_.Advance(minutes(11));
  EXPECT_EQ(IdOf(*provider), "aws.unreachable") << "expired ones are not handed out";
  failing_ = false;
  EXPECT_EQ(IdOf(*provider).substr(0, 1), "A");
}

TEST_F(RefreshingCredentialsTest, ShortLivedOnesAreNotFetchedForEveryRequest) {
  lifetime_ = minutes(15);
  const auto provider = Make();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(IdOf(*provider), "A1");
  EXPECT_EQ(fetches_, 1);
}

TEST_F(RefreshingCredentialsTest, ExpiredOnesFromTheSourceAreAnError) {
  lifetime_ = minutes(-5);
  const auto provider = Make();
  const auto got = provider->Get(Soon());
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().message, "the credentials from test have expired");
}

TEST_F(RefreshingCredentialsTest, RejectedOnesAreFetchedAnew) {
  const auto provider = Make();
  const auto first = *provider->Get(Soon());
  provider->Reject(*first);
  EXPECT_EQ(IdOf(*provider), "A2");
  provider->Reject(*first);
  EXPECT_EQ(IdOf(*provider), "A2") << "the present ones were not meant";
}

TEST_F(RefreshingCredentialsTest, WhoeverCannotWaitGetsATimeout) {
  std::latch go(1);
  gate_ = [&] { go.wait(); };
  const auto provider = Make();
  EXPECT_EQ(provider->Get(Deadline::After(std::chrono::milliseconds(5))).error().reason, "aws.timeout");
  go.count_down();
}

TEST_F(RefreshingCredentialsTest, TheEndAnswersWhoWaits) {
  std::latch arrived(1);
  std::latch go(1);
  gate_ = [&] {
    arrived.count_down();
    go.wait();
  };
  std::string reason;
  auto provider = Make();
  provider->Submit(Soon(), [&](const base::Result<SharedCredentials>& got) {
    reason = got.error().reason;
    go.count_down();
  });
  arrived.wait();
  provider.reset();
  EXPECT_EQ(reason, "aws.stopped");
}

}  // namespace
}  // namespace crossrole::aws
