// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <latch>
#include <set>
#include <stdexcept>
#include <thread>

#include "fakes/scratch_store.h"
#include "store/people/tokens.h"
#include "store/settings.h"

namespace crossrole::app {
// Stands in for the doctor, the only one besides the job queue that may read across tenants.
class Doctor {
 public:
  static store::AllTenants Permission() { return store::AllTenants(); }
};
}  // namespace crossrole::app

namespace crossrole::store {
namespace {

using base::Code;
using base::Deadline;
using base::Fail;
using base::Result;
using base::Status;
using fakes::FakeClock;

static_assert(!std::is_default_constructible_v<AllTenants>);

Result<std::optional<std::string>> SettingOf(Store& store, std::string_view name) {
  return store.ReadInstallation([&](ReadTransaction& tx) { return FindSetting(tx, name); });
}

Status Put(Store& store, std::string_view name, std::string_view value, std::optional<Deadline> deadline = {}) {
  return store.WriteInstallation([&](WriteTransaction& tx) { return PutSetting(tx, name, value, base::FromMicros(1)); }, deadline);
}

class StoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> store_ = fakes::OpenScratchStore();
};

TEST_F(StoreTest, AWriteIsReadBack) {
  ASSERT_TRUE(Put(*store_, "a", "1").has_value());
  EXPECT_EQ(*SettingOf(*store_, "a"), "1");
  EXPECT_EQ(*SettingOf(*store_, "b"), std::nullopt);
}

TEST_F(StoreTest, AFailedWriteLeavesNothingAndReturnsItsError) {
  const Status status = store_->WriteInstallation([](WriteTransaction& tx) -> Status {
    TRY(PutSetting(tx, "a", "1", base::FromMicros(1)));
    return Fail(Code::kFailedPrecondition, "no");
  });
  EXPECT_EQ(status.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(*SettingOf(*store_, "a"), std::nullopt);
}

TEST_F(StoreTest, AnExceptionInAWriteLeavesNothing) {
  const Status status = store_->WriteInstallation([](WriteTransaction& tx) -> Status {
    TRY(PutSetting(tx, "a", "1", base::FromMicros(1)));
    throw std::runtime_error("oops");
  });
  EXPECT_EQ(status.error().code, Code::kInternal);
  EXPECT_EQ(*SettingOf(*store_, "a"), std::nullopt);
}

TEST_F(StoreTest, EveryFunctionRunsTwiceWhenAskedTo) {
  int runs = 0;
  ASSERT_TRUE(store_->WriteInstallation([&](WriteTransaction& tx) {
    ++runs;
    return PutSetting(tx, "a", "1", base::FromMicros(1));
  }).has_value());
  EXPECT_EQ(runs, 2);
}

TEST_F(StoreTest, ActionsRunOnceAfterTheCommitAndNotAfterARollBack) {
  int ran = 0;
  ASSERT_TRUE(store_->WriteInstallation([&](WriteTransaction& tx) -> Status {
    tx.OnCommit([&] { ++ran; });
    return {};
  }).has_value());
  EXPECT_EQ(ran, 1);
  ASSERT_FALSE(store_->WriteInstallation([&](WriteTransaction& tx) -> Status {
    tx.OnCommit([&] { ++ran; });
    return Fail(Code::kConflict, "no");
  }).has_value());
  EXPECT_EQ(ran, 1);
}

TEST_F(StoreTest, AReaderSeesOneMomentWhileOthersWrite) {
  ASSERT_TRUE(Put(*store_, "a", "1").has_value());
  const auto seen = store_->ReadInstallation([&](ReadTransaction& tx) -> Result<std::string> {
    TRY_ASSIGN(const auto before, FindSetting(tx, "a"));
    TRY(Put(*store_, "a", "2"));
    TRY_ASSIGN(const auto after, FindSetting(tx, "a"));
    return *before + *after;
  });
  EXPECT_EQ(*seen, "11");
  EXPECT_EQ(*SettingOf(*store_, "a"), "2");
}

TEST_F(StoreTest, AWriterSeesItsOwnChanges) {
  const auto seen = store_->WriteInstallation([](WriteTransaction& tx) -> Result<std::optional<std::string>> {
    TRY(PutSetting(tx, "a", "1", base::FromMicros(1)));
    return FindSetting(tx, "a");
  });
  EXPECT_EQ(*seen, std::optional<std::string>("1"));
}

TEST_F(StoreTest, ATextWithQuotesAndZeroBytesIsJustAText) {
  const std::string value("'; DROP TABLE settings; --\0x", 28);
  ASSERT_TRUE(Put(*store_, "a", value).has_value());
  EXPECT_EQ(*SettingOf(*store_, "a"), value);
}

TEST_F(StoreTest, AStatementThatGoesTooFarIsInterruptedAtTheDeadline) {
  const auto endless = store_->ReadInstallation(
      [](ReadTransaction& tx) {
        return tx.One(R"sql(
          WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n)sql",
                      {}, [](const Row& row) -> Result<std::int64_t> { return row.Int(0); });
      },
      Deadline::After(std::chrono::milliseconds(20)));
  EXPECT_EQ(endless.error().reason, "storage.deadline");
  EXPECT_EQ(endless.error().code, Code::kUnavailable);
  EXPECT_TRUE(SettingOf(*store_, "a").has_value());
}

TEST_F(StoreTest, AWriteThatWaitsTooLongIsGivenUpAndNeverRun) {
  std::latch started(1);
  std::latch release(1);
  std::thread slow([&] {
    EXPECT_TRUE(store_->WriteInstallation([&, first = true](WriteTransaction&) mutable -> Status {
      if (std::exchange(first, false)) {
        started.count_down();
        release.wait();
      }
      return {};
    }).has_value());
  });
  started.wait();
  const Status late = Put(*store_, "a", "1", Deadline::After(std::chrono::milliseconds(5)));
  EXPECT_EQ(late.error().reason, "storage.deadline");
  release.count_down();
  slow.join();
  ASSERT_TRUE(Put(*store_, "b", "1").has_value());
  EXPECT_EQ(*SettingOf(*store_, "a"), std::nullopt);
}

TEST(StoreQueueTest, AFullQueueRefusesWithAPauseToTryAgain) {
  const auto store = fakes::OpenScratchStore({.queue_limit = 2});
  std::latch started(1);
  std::latch release(1);
  std::thread slow([&] {
    EXPECT_TRUE(store->WriteInstallation([&, first = true](WriteTransaction&) mutable -> Status {
      if (std::exchange(first, false)) {
        started.count_down();
        release.wait();
      }
      return {};
    }).has_value());
  });
  started.wait();
  // One tenant gets half of the places: one of two.
  std::thread waiting([&] { EXPECT_TRUE(Put(*store, "a", "1").has_value()); });
  while (store->Statistics().queued == 0) std::this_thread::yield();
  const Status refused = Put(*store, "b", "1");
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(refused.error().reason, "storage.queue_full");
  EXPECT_TRUE(refused.error().retry_after.has_value());
  release.count_down();
  slow.join();
  waiting.join();
}

TEST(StoreQueueTest, WritesThatWaitTogetherShareACommitAndAFailingOneHarmsNobody) {
  const auto store = fakes::OpenScratchStore();
  constexpr int kWriters = 32;
  const std::uint64_t before = store->Statistics().commits;
  std::latch started(1);
  std::latch release(1);
  std::thread slow([&] {
    EXPECT_TRUE(store->WriteInstallation([&, first = true](WriteTransaction&) mutable -> Status {
      if (std::exchange(first, false)) {
        started.count_down();
        release.wait();
      }
      return {};
    }).has_value());
  });
  started.wait();
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      const Status status = store->WriteInstallation([&](WriteTransaction& tx) -> Status {
        TRY(PutSetting(tx, std::to_string(i), "1", base::FromMicros(1)));
        if (i % 4 == 0) return Fail(Code::kConflict, "every fourth");
        return {};
      });
      EXPECT_EQ(status.has_value(), i % 4 != 0);
    });
  }
  while (store->Statistics().queued < kWriters) std::this_thread::yield();
  release.count_down();
  slow.join();
  for (std::thread& writer : writers) writer.join();
  for (int i = 0; i < kWriters; ++i) EXPECT_EQ(SettingOf(*store, std::to_string(i))->has_value(), i % 4 != 0) << i;
  // The slow one, and a few for the rest: a batch may be cut by the clock, but never is one commit each.
  EXPECT_LT(store->Statistics().commits - before, kWriters / 2);
}

TEST(StoreQueueTest, ConcurrentIncrementsAreNotLost) {
  const auto store = fakes::OpenScratchStore();
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::barrier begin(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      begin.arrive_and_wait();
      for (int n = 0; n < kEach; ++n) {
        EXPECT_TRUE(store->WriteInstallation([](WriteTransaction& tx) -> Status {
          TRY_ASSIGN(const auto value, FindSetting(tx, "n"));
          return PutSetting(tx, "n", std::to_string(std::stoi(value.value_or("0")) + 1), base::FromMicros(1));
        }).has_value());
        EXPECT_TRUE(SettingOf(*store, "n").has_value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*SettingOf(*store, "n"), std::to_string(kThreads * kEach));
}

TEST(StoreQueueTest, ABulkWriteLetsOthersPassAndKeepsEverything) {
  const auto store = fakes::OpenScratchStore({.slice = std::chrono::milliseconds(1)});
  const model::TenantId tenant = fakes::AddSampleTenant(*store);
  const std::uint64_t before = store->Statistics().commits;
  base::SystemRandom random;
  ASSERT_TRUE(store->BulkWrite(tenant, 400, [&](WriteTransaction& tx, std::size_t index) {
    std::this_thread::sleep_for(std::chrono::microseconds(20));
    return InsertToken(tx, {.id = model::TokenId::Make(FakeClock().Now(), random), .tenant = tenant, .name = std::to_string(index)});
  }).has_value());
  EXPECT_GT(store->Statistics().commits - before, 3U);
  const auto tokens = store->Read(tenant, [](ReadTransaction& tx) { return ListTokens(tx, {.limit = 1000}); });
  std::set<std::string> names;
  for (const Token& token : *tokens) names.insert(token.name);
  EXPECT_EQ(tokens->size(), 400U);
  EXPECT_EQ(names.size(), 400U);
}

TEST_F(StoreTest, OneTenantNeverSeesTheOther) {
  const model::TenantId ours = fakes::AddSampleTenant(*store_);
  const model::TenantId theirs = fakes::AddOtherTenant(*store_);
  base::SystemRandom random;
  const Token token{.id = model::TokenId::Make(FakeClock().Now(), random), .tenant = ours, .name = "mine", .hash = "00"};
  ASSERT_TRUE(store_->Write(ours, [&](WriteTransaction& tx) { return InsertToken(tx, token); }).has_value());

  const auto find = [&](ReadTransaction& tx) { return FindToken(tx, token.id); };
  EXPECT_TRUE(store_->Read(ours, find)->has_value());
  EXPECT_FALSE(store_->Read(theirs, find)->has_value());
  EXPECT_EQ(store_->Write(theirs, [&](WriteTransaction& tx) { return RevokeToken(tx, token.id, FakeClock().Now()); }).error().code, Code::kNotFound);
  EXPECT_FALSE((*store_->Read(ours, find))->revoked_at.has_value());
}

TEST_F(StoreTest, WhoMayReadAcrossTenantsSeesAll) {
  fakes::AddSampleTenant(*store_);
  fakes::AddOtherTenant(*store_);
  const auto count = store_->ReadAll(app::Doctor::Permission(), [](ReadTransaction& tx) {
    return tx.One(R"sql(SELECT COUNT(*) FROM tenants)sql", {}, [](const Row& row) -> Result<std::int64_t> { return row.Int(0); });
  });
  EXPECT_EQ(*count, 2);
}

using StoreDeathTest = StoreTest;

TEST_F(StoreDeathTest, AStatementWithoutItsTenantEndsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto read = [](ReadTransaction& tx) {
    return tx.One(R"sql(SELECT name FROM tokens WHERE id = $2)sql", {"x"}, [](const Row& row) -> Result<std::string> { return row.Text(0); });
  };
  const model::TenantId tenant = fakes::SampleTenant();
  EXPECT_DEATH(static_cast<void>(store_->Read(tenant, read)), "tenant's tables");
  EXPECT_DEATH(static_cast<void>(store_->ReadInstallation(read)), "belongs to a tenant");
  const auto setting = [](ReadTransaction& tx) { return FindSetting(tx, "a"); };
  EXPECT_DEATH(static_cast<void>(store_->Read(tenant, setting)), "broken invariant");
}

}  // namespace
}  // namespace crossrole::store
