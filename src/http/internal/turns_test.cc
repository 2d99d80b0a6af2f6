// SPDX-License-Identifier: Apache-2.0
#include "http/internal/turns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace crossrole::http::internal {
namespace {

// An event loop by hand: what is to run later, and who went on, in order.
struct Loop {
  std::deque<std::function<void()>> later;
  std::vector<std::string> went;
  Turns turns{[this](std::function<void()> next) { later.push_back(std::move(next)); }};

  void Enter(const std::string& key, const std::string& who) {
    if (turns.TryGoOn()) return went.push_back(who);
    turns.Wait(key, [this, who] { went.push_back(who); });
  }
  void Enter(const std::string& key, int count) {
    for (int i = 1; i <= count; ++i) Enter(key, key + std::to_string(i));
  }
  void RunOne() {
    const auto next = std::move(later.front());
    later.pop_front();
    next();
  }
  void RunAll() {
    while (!later.empty()) RunOne();
  }
};

using Who = std::vector<std::string>;

TEST(TurnsTest, WhoIsAloneGoesOnAtOnce) {
  Loop loop;
  for (int i = 0; i < 10; ++i) {
    loop.Enter("a", "a");
    EXPECT_EQ(loop.went.size(), static_cast<std::size_t>(i + 1));
    loop.RunAll();
  }
}

TEST(TurnsTest, OneGoesOnAtATime) {
  Loop loop;
  loop.Enter("a", 3);
  EXPECT_EQ(loop.went, Who{"a1"});
  loop.RunOne();
  EXPECT_EQ(loop.went, (Who{"a1", "a2"}));
  loop.RunAll();
  EXPECT_EQ(loop.went, (Who{"a1", "a2", "a3"}));
}

TEST(TurnsTest, KeysTakeTurnsHoweverManyWaitWithOneOfThem) {
  Loop loop;
  loop.Enter("loud", 6);
  loop.Enter("quiet", 2);
  loop.RunAll();
  EXPECT_EQ(loop.went, (Who{"loud1", "loud2", "quiet1", "loud3", "quiet2", "loud4", "loud5", "loud6"}));
}

TEST(TurnsTest, WhoComesBackGoesBehindTheOtherKeys) {
  Loop loop;
  loop.Enter("a", 2);
  loop.Enter("b", 1);
  loop.RunOne();  // a2
  loop.Enter("a", "a3");
  loop.RunAll();
  EXPECT_EQ(loop.went, (Who{"a1", "a2", "b1", "a3"}));
}

TEST(TurnsTest, WhoGoesOnMayWaitAgain) {
  Loop loop;
  int left = 5;
  std::function<void()> again = [&] {
    loop.went.emplace_back("a");
    if (--left > 0) loop.turns.Wait("a", [&] { again(); });
  };
  ASSERT_TRUE(loop.turns.TryGoOn());
  again();
  loop.Enter("b", 2);
  loop.RunAll();
  EXPECT_EQ(loop.went, (Who{"a", "a", "b1", "a", "b2", "a", "a"}));
}

}  // namespace
}  // namespace crossrole::http::internal
