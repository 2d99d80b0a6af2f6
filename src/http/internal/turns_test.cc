// SPDX-License-Identifier: Apache-2.0
#include "http/internal/turns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace crossrole::http::internal {
namespace {

// An event loop by hand: what is to run later, and who went on, in order.
struct Loop {
  std::deque<Turns::Go> later;
  std::vector<std::string> went;
  Turns turns{[this](Turns::Go next) { later.push_back(std::move(next)); }};

  void Enter(const std::string& key, const std::string& who) {
    if (turns.Enter(key, [this, who] { went.push_back(who); })) went.push_back(who);
  }
  void RunOne() {
    const Turns::Go next = std::move(later.front());
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
  loop.Enter("a", "a1");
  EXPECT_EQ(loop.went, Who{"a1"});
  loop.RunAll();
  loop.Enter("a", "a2");
  EXPECT_EQ(loop.went, (Who{"a1", "a2"}));
  loop.RunAll();
  EXPECT_TRUE(loop.later.empty());
}

TEST(TurnsTest, OneGoesOnAtATime) {
  Loop loop;
  for (const char* who : {"a1", "a2", "a3"}) loop.Enter("a", who);
  EXPECT_EQ(loop.went, Who{"a1"});
  loop.RunOne();
  EXPECT_EQ(loop.went, (Who{"a1", "a2"}));
  loop.RunAll();
  EXPECT_EQ(loop.went, (Who{"a1", "a2", "a3"}));
}

TEST(TurnsTest, KeysTakeTurnsHoweverManyWaitWithOneOfThem) {
  Loop loop;
  for (const char* who : {"loud1", "loud2", "loud3", "loud4"}) loop.Enter("loud", who);
  loop.Enter("quiet", "quiet1");
  loop.RunAll();
  EXPECT_EQ(loop.went, (Who{"loud1", "loud2", "quiet1", "loud3", "loud4"}));
}

TEST(TurnsTest, WhoComesBackGoesBehindTheOtherKeys) {
  Loop loop;
  for (const char* who : {"a1", "a2"}) loop.Enter("a", who);
  loop.Enter("b", "b1");
  loop.RunOne();  // a2
  loop.Enter("a", "a3");
  loop.RunAll();
  EXPECT_EQ(loop.went, (Who{"a1", "a2", "b1", "a3"}));
}

}  // namespace
}  // namespace crossrole::http::internal
