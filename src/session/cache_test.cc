// SPDX-License-Identifier: Apache-2.0
#include "session/cache.h"

#include <gtest/gtest.h>

#include <optional>

#include "fakes/fake_clock.h"

namespace crossrole::session {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kHour{3600};

class CacheTest : public testing::Test {
 protected:
  fakes::FakeClock clock_{base::FromMicros(1'800'000'000'000'000)};
  base::SeededRandom random_{7};
  SessionCache cache_{clock_, random_};
  CacheKey key_{"digest", "int_1"};
  int fetches_ = 0;
  std::optional<base::Error> failure_;
  std::vector<std::function<void(base::Result<Minted>)>> held_;  // fetches that wait for `Answer`
  bool hold_ = false;

  base::Result<Minted> Next(seconds granted) {
    if (failure_) return std::unexpected(*failure_);
    return Minted{.access_key_id = "ASIA" + std::to_string(fetches_), .expiration = clock_.Now() + granted, .granted = granted};
  }
  struct Seen {
    base::Result<std::shared_ptr<const Minted>> session;
    Served served;
  };
  std::optional<Seen> Get(seconds asked = kHour) {
    auto seen = std::make_shared<std::optional<Seen>>();
    cache_.Get(
        key_, asked,
        [&, asked](auto answer) {
          ++fetches_;
          if (hold_) {
            held_.push_back(std::move(answer));
          } else {
            answer(Next(asked));
          }
        },
        [seen](auto session, Served served) { seen->emplace(Seen{std::move(session), served}); });
    return *seen;
  }
};

TEST_F(CacheTest, ASecondRequestIsServedWithoutAFetch) {
  EXPECT_EQ(Get()->served, Served::kFetched);
  EXPECT_EQ(Get()->served, Served::kCached);
  EXPECT_EQ(fetches_, 1);
}

TEST_F(CacheTest, AHitLeavesAtLeastHalfOfWhatWasAsked) {
  Get();
  clock_.Advance(minutes(31));
  EXPECT_EQ(Get()->served, Served::kFetched);
  EXPECT_EQ(fetches_, 2);
}

TEST_F(CacheTest, ARefreshStartsAheadWhileTheOldSessionIsServed) {
  Get();
  clock_.Advance(minutes(30));
  const auto seen = Get();
  EXPECT_EQ(seen->served, Served::kCached);
  EXPECT_EQ((*seen->session)->access_key_id, "ASIA1");
  EXPECT_EQ(fetches_, 2);
  EXPECT_EQ((*Get()->session)->access_key_id, "ASIA2");
  EXPECT_EQ(fetches_, 2);
}

TEST_F(CacheTest, ShortSessionsAreNotKept) {
  Get(seconds(1799));
  EXPECT_EQ(cache_.size(), 0U);
  EXPECT_EQ(Get(seconds(1799))->served, Served::kFetched);
}

TEST_F(CacheTest, WhoAsksDuringAFetchWaitsForIt) {
  hold_ = true;
  int answered = 0;
  int own = 0;
  for (int i = 0; i < 5; ++i) {
    cache_.Get(
        key_, kHour,
        [&](auto answer) {
          ++fetches_;
          held_.push_back(std::move(answer));
        },
        [&](auto session, Served served) {
          answered += session.has_value() ? 1 : 0;
          own += served == Served::kFetched ? 1 : 0;
        });
  }
  EXPECT_EQ(fetches_, 1);
  EXPECT_EQ(answered, 0);
  held_[0](Next(kHour));
  EXPECT_EQ(answered, 5);
  EXPECT_EQ(own, 1);
}

TEST_F(CacheTest, AnOldSessionIsServedOnlyWhenTheFetchFailedWithoutARefusal) {
  Get();
  clock_.Advance(minutes(50));
  failure_ = base::Error{.code = base::Code::kThrottled, .message = "rate exceeded"};
  const auto stale = Get();
  EXPECT_EQ(stale->served, Served::kStale);
  EXPECT_EQ((*stale->session)->access_key_id, "ASIA1");

  failure_ = base::Error{.code = base::Code::kAwsRefused, .message = "denied"};
  EXPECT_FALSE(Get()->session.has_value());
  EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(CacheTest, AnExpiredSessionIsNeverServed) {
  Get();
  clock_.Advance(minutes(60));
  failure_ = base::Error{.code = base::Code::kUnavailable, .message = "unreachable"};
  EXPECT_FALSE(Get()->session.has_value());
}

TEST_F(CacheTest, ExpiryCountsByTheClockOfAws) {
  // Ours is ten minutes behind: what lasts for 65 minutes by ours ends in 55.
  const auto fetch = [&](const auto& answer) {
    ++fetches_;
    answer(Minted{.expiration = clock_.Now() + minutes(65), .clock_ahead = minutes(10), .granted = kHour});
  };
  const auto get = [&] { cache_.Get(key_, kHour, fetch, [](const auto&, Served) {}); };
  get();
  clock_.Advance(minutes(26));
  get();
  EXPECT_EQ(fetches_, 2);
}

TEST_F(CacheTest, ADenialIsRememberedForAMomentOnly) {
  failure_ = base::Error{.code = base::Code::kAwsRefused, .message = "denied"};
  Get();
  Get();
  EXPECT_EQ(fetches_, 1);
  clock_.Advance(seconds(11));
  failure_.reset();
  EXPECT_EQ(Get()->served, Served::kFetched);
  EXPECT_EQ(fetches_, 2);
}

TEST_F(CacheTest, AThrottledFetchIsNotRememberedAsADenial) {
  failure_ = base::Error{.code = base::Code::kThrottled, .message = "rate exceeded"};
  Get();
  failure_.reset();
  EXPECT_TRUE(Get()->session.has_value());
}

TEST_F(CacheTest, DropForgetsTheSessionsOfThatIntegrationOnly) {
  Get();
  cache_.Drop("int_2");
  EXPECT_EQ(cache_.size(), 1U);
  cache_.Drop("int_1");
  EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(CacheTest, WhatIsUnderWayDuringADropIsRefusedAndNotKept) {
  std::optional<base::Error> error;
  cache_.Get(
      key_, kHour, [&](auto answer) { held_.push_back(std::move(answer)); },
      [&](auto session, Served) { error = session.has_value() ? std::nullopt : std::optional(session.error()); });
  cache_.Drop("int_1");
  held_[0](Next(kHour));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->reason, "integration.changed");
  EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(CacheTest, SweepForgetsWhatExpired) {
  Get();
  clock_.Advance(minutes(61));
  cache_.Sweep();
  EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(CacheTest, KeysThatDifferShareNothing) {
  Get();
  key_.digest = "other";
  EXPECT_EQ(Get()->served, Served::kFetched);
}

}  // namespace
}  // namespace crossrole::session
