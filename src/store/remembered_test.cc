// SPDX-License-Identifier: Apache-2.0
#include "store/remembered.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "fakes/scratch_store.h"
#include "store/settings.h"

namespace crossrole::store {
namespace {

base::Status Put(Store& store, std::string_view name, std::string_view value) {
  return store.WriteInstallation([&](WriteTransaction& tx) { return PutSetting(tx, name, value, base::FromMicros(1)); });
}

class RememberedTest : public testing::Test {
 protected:
  std::unique_ptr<Store> store_ = fakes::OpenScratchStore();
  Remembered<std::string, std::string> known_{2};
  std::atomic<int> reads_ = 0;

  base::Result<std::string> Read(const std::string& name) {
    ++reads_;
    TRY_ASSIGN(const auto found, store_->ReadInstallation([&](ReadTransaction& tx) { return FindSetting(tx, name); }));
    if (!found) return base::Fail(base::Code::kNotFound, "nothing");
    return *found;
  }
  std::string Get(const std::string& name) {
    const auto value = known_.Get(*store_, name, [&] { return Read(name); });
    return value ? **value : "";
  }
};

TEST_F(RememberedTest, WhatDidNotChangeIsReadOnce) {
  ASSERT_TRUE(Put(*store_, "a", "1"));
  EXPECT_EQ(known_.Peek(*store_, "a"), nullptr);
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(*known_.Peek(*store_, "a"), "1");
  EXPECT_EQ(reads_, 1);
}

TEST_F(RememberedTest, AWriteIsSeenAsSoonAsItsCallerHearsOfIt) {
  ASSERT_TRUE(Put(*store_, "a", "1"));
  ASSERT_EQ(Get("a"), "1");
  ASSERT_TRUE(Put(*store_, "a", "2"));
  EXPECT_EQ(known_.Peek(*store_, "a"), nullptr);
  EXPECT_EQ(Get("a"), "2");
}

TEST_F(RememberedTest, AWriteOfAnythingElseMakesAValueOld) {
  ASSERT_TRUE(Put(*store_, "a", "1"));
  ASSERT_EQ(Get("a"), "1");
  ASSERT_TRUE(Put(*store_, "b", "1"));
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(reads_, 2);
}

TEST_F(RememberedTest, ACommitDuringTheReadLeavesNothingThatCounts) {
  ASSERT_TRUE(Put(*store_, "a", "1"));
  const auto read_then_write = [&]() -> base::Result<std::string> {
    auto value = Read("a");
    CHECK(Put(*store_, "a", "2").has_value());
    return value;
  };
  EXPECT_EQ(**known_.Get(*store_, "a", read_then_write), "1");
  EXPECT_EQ(known_.Peek(*store_, "a"), nullptr);
  EXPECT_EQ(Get("a"), "2");
}

TEST_F(RememberedTest, ActionsOnCommitDoNotSeeTheValueOfBefore) {
  ASSERT_TRUE(Put(*store_, "a", "1"));
  ASSERT_EQ(Get("a"), "1");
  bool old = true;
  ASSERT_TRUE(store_->WriteInstallation([&](WriteTransaction& tx) -> base::Status {
    tx.OnCommit([&] { old = known_.Peek(*store_, "a") != nullptr; });
    return PutSetting(tx, "a", "2", base::FromMicros(1));
  }));
  EXPECT_FALSE(old);
}

TEST_F(RememberedTest, FailuresAreNotRemembered) {
  EXPECT_EQ(Get("a"), "");
  EXPECT_EQ(Get("a"), "");
  EXPECT_EQ(reads_, 2);
}

TEST_F(RememberedTest, NoMoreIsKeptThanAllowed) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(Put(*store_, name, name));
  }
  EXPECT_EQ(Get("a") + Get("b") + Get("c"), "abc");
  EXPECT_EQ(known_.Peek(*store_, "a"), nullptr);
  EXPECT_NE(known_.Peek(*store_, "c"), nullptr);
}

TEST_F(RememberedTest, ReadersNeverFindLessThanWhatWasWrittenBeforeTheyAsked) {
  ASSERT_TRUE(Put(*store_, "a", "0"));
  std::atomic<int> written = 0;
  std::atomic<bool> behind = false;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const int least = written;
        if (std::stoi(Get("a")) < least) behind = true;
      }
    });
  }
  for (int i = 1; i <= 200; ++i) {
    CHECK(Put(*store_, "a", std::to_string(i)).has_value());
    written = i;
  }
  readers.clear();
  EXPECT_FALSE(behind);
}

}  // namespace
}  // namespace crossrole::store
