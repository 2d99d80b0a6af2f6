// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <latch>
#include <thread>

#include "fakes/sample_integration.h"
#include "store/internal/database.h"
#include "store/settings.h"
#include "store/store.h"

namespace crossrole::store {
namespace {

using base::Code;
using base::Status;
using fakes::Must;

// SQLite's own file layer, with a counter and faults in between.
struct Faults {
  std::atomic<int> syncs = 0;
  std::atomic<int> sync_code = SQLITE_OK;
  std::atomic<sqlite3_int64> full_beyond = INT64_MAX;  // writes behind this offset find no space
};
Faults faults;

struct FaultyFile {
  sqlite3_file base;
  sqlite3_file* real;
};
constexpr const char* kFaultyVfs = "crossrole-faulty";

sqlite3_file* Real(sqlite3_file* file) { return reinterpret_cast<FaultyFile*>(file)->real; }
sqlite3_vfs* RealVfs() { return static_cast<sqlite3_vfs*>(sqlite3_vfs_find(kFaultyVfs)->pAppData); }

const sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = [](sqlite3_file* f) { return Real(f)->pMethods->xClose(Real(f)); },
    .xRead = [](sqlite3_file* f, void* p, int n, sqlite3_int64 o) { return Real(f)->pMethods->xRead(Real(f), p, n, o); },
    .xWrite =
        [](sqlite3_file* f, const void* p, int n, sqlite3_int64 o) {
          return o > faults.full_beyond ? SQLITE_FULL : Real(f)->pMethods->xWrite(Real(f), p, n, o);
        },
    .xTruncate = [](sqlite3_file* f, sqlite3_int64 n) { return Real(f)->pMethods->xTruncate(Real(f), n); },
    .xSync =
        [](sqlite3_file* f, int flags) {
          ++faults.syncs;
          return faults.sync_code != SQLITE_OK ? faults.sync_code.load() : Real(f)->pMethods->xSync(Real(f), flags);
        },
    .xFileSize = [](sqlite3_file* f, sqlite3_int64* n) { return Real(f)->pMethods->xFileSize(Real(f), n); },
    .xLock = [](sqlite3_file* f, int l) { return Real(f)->pMethods->xLock(Real(f), l); },
    .xUnlock = [](sqlite3_file* f, int l) { return Real(f)->pMethods->xUnlock(Real(f), l); },
    .xCheckReservedLock = [](sqlite3_file* f, int* r) { return Real(f)->pMethods->xCheckReservedLock(Real(f), r); },
    .xFileControl = [](sqlite3_file* f, int op, void* p) { return Real(f)->pMethods->xFileControl(Real(f), op, p); },
    .xSectorSize = [](sqlite3_file* f) { return Real(f)->pMethods->xSectorSize(Real(f)); },
    .xDeviceCharacteristics = [](sqlite3_file* f) { return Real(f)->pMethods->xDeviceCharacteristics(Real(f)); },
    .xShmMap = [](sqlite3_file* f, int i, int n, int w, void volatile** p) { return Real(f)->pMethods->xShmMap(Real(f), i, n, w, p); },
    .xShmLock = [](sqlite3_file* f, int o, int n, int flags) { return Real(f)->pMethods->xShmLock(Real(f), o, n, flags); },
    .xShmBarrier = [](sqlite3_file* f) { Real(f)->pMethods->xShmBarrier(Real(f)); },
    .xShmUnmap = [](sqlite3_file* f, int d) { return Real(f)->pMethods->xShmUnmap(Real(f), d); },
};

int OpenFaulty(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  auto* faulty = reinterpret_cast<FaultyFile*>(file);
  faulty->base.pMethods = nullptr;
  faulty->real = reinterpret_cast<sqlite3_file*>(faulty + 1);
  const int code = RealVfs()->xOpen(RealVfs(), name, faulty->real, flags, out);
  if (code == SQLITE_OK) faulty->base.pMethods = &kMethods;
  return code;
}

void RegisterFaultyVfs() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    sqlite3_vfs made = *real;
    made.szOsFile = static_cast<int>(sizeof(FaultyFile)) + real->szOsFile;
    made.zName = kFaultyVfs;
    made.pAppData = real;
    made.pNext = nullptr;
    made.xOpen = OpenFaulty;
    return made;
  }();
  sqlite3_vfs_register(&vfs, 0);
}

class DurabilityTest : public testing::Test {
 protected:
  DurabilityTest() {
    std::string folder = "/tmp/crossrole-durability-XXXXXX";
    CHECK(::mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    RegisterFaultyVfs();
    faults.sync_code = SQLITE_OK;
    faults.full_beyond = INT64_MAX;
  }
  ~DurabilityTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Store> Open() {
    return Must(Store::Open({.path = folder_ + "/store.db", .vfs = kFaultyVfs, .on_fatal = [this](const base::Error& error) {
                               fatal_ = error.message;
                               ++fatals_;
                             }}));
  }
  static Status Put(Store& store, const std::string& name, const std::string& value) {
    return store.WriteInstallation([&](WriteTransaction& tx) { return PutSetting(tx, name, value, base::FromMicros(1)); });
  }
  static std::optional<std::string> Get(Store& store, const std::string& name) {
    return Must(store.ReadInstallation([&](ReadTransaction& tx) { return FindSetting(tx, name); }));
  }

  std::string folder_;
  std::string fatal_;
  std::atomic<int> fatals_ = 0;
};

TEST_F(DurabilityTest, ManyWritersShareOneSync) {
  auto store = Open();
  std::latch started(1);
  std::latch release(1);
  std::thread slow([&] {
    EXPECT_TRUE(store->WriteInstallation([&](WriteTransaction&) -> Status {
      started.count_down();
      release.wait();
      return {};
    }).has_value());
  });
  started.wait();
  std::vector<std::thread> writers;
  for (int i = 0; i < 32; ++i) writers.emplace_back([&, i] { EXPECT_TRUE(Put(*store, std::to_string(i), "v").has_value()); });
  while (store->Statistics().queued < 32) std::this_thread::yield();
  const int before = faults.syncs;
  release.count_down();
  slow.join();
  for (std::thread& writer : writers) writer.join();
  EXPECT_GE(faults.syncs - before, 1);
  EXPECT_LT(faults.syncs - before, 16);
}

TEST_F(DurabilityTest, EachLoneWriteIsSyncedBeforeItReturns) {
  auto store = Open();
  ASSERT_TRUE(Put(*store, "a", "1").has_value());
  for (int i = 0; i < 5; ++i) {
    const int before = faults.syncs;
    ASSERT_TRUE(Put(*store, "a", std::to_string(i)).has_value());
    EXPECT_GE(faults.syncs - before, 1);
  }
}

TEST_F(DurabilityTest, AFullDiskRefusesTheChangeAndNothingElse) {
  auto store = Open();
  ASSERT_TRUE(Put(*store, "a", "1").has_value());
  faults.full_beyond = 0;
  const Status refused = Put(*store, "a", "2");
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(refused.error().message, "storage is full");
  EXPECT_EQ(Get(*store, "a"), "1");
  faults.full_beyond = INT64_MAX;
  EXPECT_TRUE(Put(*store, "a", "3").has_value());
  EXPECT_EQ(Get(*store, "a"), "3");
  EXPECT_EQ(fatals_, 0);
}

TEST_F(DurabilityTest, AChangeThatIsTooBigForTheDiskDoesNotTakeOthersWithIt) {
  auto store = Open();
  ASSERT_TRUE(Put(*store, "a", "1").has_value());
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
  std::thread big([&] { EXPECT_EQ(Put(*store, "big", std::string(8 << 20, 'x')).error().reason, "storage.full"); });
  while (store->Statistics().queued < 1) std::this_thread::yield();
  std::thread small([&] { EXPECT_TRUE(Put(*store, "small", "1").has_value()); });
  while (store->Statistics().queued < 2) std::this_thread::yield();
  faults.full_beyond = 4 << 20;
  release.count_down();
  slow.join();
  big.join();
  small.join();
  EXPECT_EQ(Get(*store, "small"), "1");
  EXPECT_EQ(Get(*store, "big"), std::nullopt);
}

TEST_F(DurabilityTest, AFailedSyncIsFatalAndNeverRetried) {
  auto store = Open();
  ASSERT_TRUE(Put(*store, "a", "1").has_value());
  faults.sync_code = SQLITE_IOERR_FSYNC;
  EXPECT_FALSE(Put(*store, "a", "2").has_value());
  faults.sync_code = SQLITE_OK;
  const int before = faults.syncs;
  EXPECT_FALSE(Put(*store, "a", "3").has_value());
  EXPECT_EQ(faults.syncs, before);
  store.reset();
  EXPECT_EQ(fatals_, 1);
  EXPECT_FALSE(fatal_.empty());
}

// Writes numbers until it is killed, and reports each one that was acknowledged.
[[noreturn]] void WriteUntilKilled(const std::string& path, int report) {
  const auto store = Must(Store::Open({.path = path}));
  const model::TenantId tenant = fakes::SampleTenant();
  for (int n = 1;; ++n) {
    CHECK(store->WriteInstallation([&](WriteTransaction& tx) -> Status {
      // Two rows that must never differ.
      TRY(PutSetting(tx, "one", std::to_string(n), base::FromMicros(n)));
      TRY(PutSetting(tx, "filler", std::string(static_cast<std::size_t>(n % 50) * 200, 'x'), base::FromMicros(n)));
      return PutSetting(tx, "two", std::to_string(n), base::FromMicros(n));
    }).has_value());
    CHECK(::write(report, &n, sizeof n) == sizeof n);
  }
}

TEST_F(DurabilityTest, WhatWasAcknowledgedSurvivesAKillInMidWrite) {
  const std::string path = folder_ + "/store.db";
  int last = 0;
  for (int round = 1; round <= 3; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) WriteUntilKilled(path, pipe_ends[1]);
    ::close(pipe_ends[1]);
    last = 0;
    int number = 0;
    while (::read(pipe_ends[0], &number, sizeof number) == sizeof number) {
      last = number;
      if (number == 40 * round) ASSERT_EQ(::kill(child, SIGKILL), 0);
    }
    ::close(pipe_ends[0]);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    auto store = Open();
    const auto one = Get(*store, "one");
    EXPECT_EQ(one, Get(*store, "two"));
    EXPECT_GE(std::stoi(one.value_or("0")), last);
    store.reset();
    const auto database = Must(Database::Open({.path = path, .access = Access::kWrite}));
    EXPECT_EQ(Must(database->Scalar("PRAGMA integrity_check")), "ok");
  }
  EXPECT_GE(last, 120);
}

}  // namespace
}  // namespace crossrole::store
