// SPDX-License-Identifier: Apache-2.0
#include "http/rate_limiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "fakes/fake_clock.h"

namespace crossrole::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RateLimiterTest : public testing::Test {
 protected:
  fakes::FakeClock clock_;
  RateLimiter limiter_{clock_, {.per_second = 10}};

  // How many of `tries` pass.
  static int Passed(RateLimiter& limiter, const std::string& key, int tries) {
    int passed = 0;
    for (int i = 0; i < tries; ++i) passed += limiter.Take(key) ? 0 : 1;
    return passed;
  }
};

TEST_F(RateLimiterTest, AfterAPauseASecondsWorthPassesAtOnceAndThenTheRate) {
  EXPECT_EQ(Passed(limiter_, "a", 30), 10);
  EXPECT_EQ(limiter_.Refused(), 20U);
  clock_.Advance(milliseconds(100));
  EXPECT_EQ(Passed(limiter_, "a", 5), 1);
  clock_.Advance(milliseconds(350));
  EXPECT_EQ(Passed(limiter_, "a", 5), 3);
  clock_.Advance(seconds(3600));
  EXPECT_EQ(Passed(limiter_, "a", 30), 10);
}

TEST_F(RateLimiterTest, WhoeverIsRefusedIsToldForHowLong) {
  Passed(limiter_, "a", 10);
  const auto wait = limiter_.Take("a");
  ASSERT_TRUE(wait);
  EXPECT_EQ(*wait, seconds(1));
  RateLimiter slow(clock_, {.per_second = 1});
  EXPECT_EQ(Passed(slow, "a", 3), 1);
  clock_.Advance(milliseconds(999));
  EXPECT_EQ(slow.Take("a"), seconds(1));
  clock_.Advance(milliseconds(1));
  EXPECT_FALSE(slow.Take("a"));
}

TEST_F(RateLimiterTest, BeingRefusedTakesNothing) {
  Passed(limiter_, "a", 10'000);
  clock_.Advance(milliseconds(100));
  EXPECT_EQ(Passed(limiter_, "a", 1), 1);
}

TEST_F(RateLimiterTest, OneKeyDoesNotFeelAnother) {
  Passed(limiter_, "a", 100);
  EXPECT_EQ(Passed(limiter_, "b", 100), 10);
}

TEST_F(RateLimiterTest, AnAddressOfIPv6CountsAsItsNetwork) {
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limiter_.TakeAddress("2001:db8:0:1::" + std::to_string(i + 1)));
  EXPECT_TRUE(limiter_.TakeAddress("2001:db8:0:1:ffff::1"));
  EXPECT_FALSE(limiter_.TakeAddress("2001:db8:0:2::1"));
  EXPECT_FALSE(limiter_.TakeAddress("192.0.2.1"));
  EXPECT_FALSE(limiter_.TakeAddress("unix"));
}

TEST_F(RateLimiterTest, ARateThatIsReplacedCountsAtOnce) {
  EXPECT_EQ(Passed(limiter_, "a", 20), 10);
  limiter_.SetRate(1000);
  clock_.Advance(milliseconds(100));
  EXPECT_EQ(Passed(limiter_, "a", 200), 100);
  limiter_.SetRate(1);
  clock_.Advance(seconds(10));
  EXPECT_EQ(Passed(limiter_, "a", 20), 1);
}

TEST_F(RateLimiterTest, MadeUpKeysNeitherTakeMemoryNorFreeWhoIsRefused) {
  RateLimiter small(clock_, {.per_second = 10, .sets = 2});
  EXPECT_EQ(Passed(small, "busy", 10), 10);
  // One request of each leaves their buckets fuller than the busy one's, which so keeps its place.
  for (int i = 0; i < 10'000; ++i) (void)small.Take("made-up-" + std::to_string(i));
  EXPECT_EQ(Passed(small, "busy", 10), 0);
}

TEST_F(RateLimiterTest, WhereAllAreBusyNewcomersShareWhatIsLeft) {
  RateLimiter small(clock_, {.per_second = 10, .sets = 2});
  int passed = 0;
  for (int i = 0; i < 10'000; ++i) passed += small.Take("key-" + std::to_string(i)) ? 0 : 1;
  // Sixteen buckets of ten.
  EXPECT_EQ(passed, 160);
}

TEST_F(RateLimiterTest, ThreadsTakeNoMoreTogetherThanThereIs) {
  RateLimiter limiter(clock_, {.per_second = 1000});
  std::atomic<int> passed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { passed += Passed(limiter, "a", 1000); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed, 1000);
  EXPECT_EQ(limiter.Refused(), 7000U);
}

}  // namespace
}  // namespace crossrole::http
