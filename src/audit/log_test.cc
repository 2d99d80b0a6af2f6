// SPDX-License-Identifier: Apache-2.0
#include "audit/log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <barrier>
#include <fstream>
#include <latch>
#include <map>
#include <set>
#include <thread>

#include "audit/internal/chain.h"
#include "audit/verify.h"
#include "fakes/audit_folder.h"
#include "fakes/sample_integration.h"

namespace crossrole::audit {
namespace {

using base::Code;
using fakes::AuditFolder;
using fakes::FaultyDisk;
using fakes::Must;

class LogTest : public testing::Test {
 protected:
  std::unique_ptr<Log> Open() { return Must(folder_.Open(&disk_)); }
  static Record Of(std::string target, std::optional<model::TenantId> tenant = fakes::SampleTenant()) {
    return {.action = "integration.create", .tenant = std::move(tenant), .actor = "tok_1", .target = std::move(target)};
  }
  Report Verified() { return Must(Verify(folder_.path())); }

  AuditFolder folder_;
  FaultyDisk disk_;
};

TEST_F(LogTest, ARecordIsReadBackWhole) {
  auto log = Open();
  Record record = Of("int_1");
  record.reason = "because \"quoted\"\n";
  record.outcome = Outcome::kRefused;
  record.phase = RecordPhase::kOutcome;
  record.intent = log->NewId();
  record.request_id = "req_1";
  record.remote = "127.0.0.1";
  record.trace = "00-a-b-01";
  record.details = "{ \"a\" : [1,\n2] }";
  const model::EventId id = Must(log->AppendAndWait(record));
  const auto page = Must(log->List({.tenant = fakes::SampleTenant()}));
  ASSERT_EQ(page.records.size(), 1U);
  const StoredRecord& stored = page.records[0];
  EXPECT_EQ(stored.record.id, id);
  EXPECT_EQ(stored.record.time, folder_.clock().Now());
  EXPECT_EQ(stored.record.action, Action("integration.create"));
  EXPECT_EQ(stored.record.tenant, fakes::SampleTenant());
  EXPECT_EQ(stored.record.actor, "tok_1");
  EXPECT_EQ(stored.record.target, "int_1");
  EXPECT_EQ(stored.record.reason, record.reason);
  EXPECT_EQ(stored.record.outcome, record.outcome);
  EXPECT_EQ(stored.record.phase, record.phase);
  EXPECT_EQ(stored.record.intent, record.intent);
  EXPECT_EQ(stored.record.request_id, "req_1");
  EXPECT_EQ(stored.record.remote, "127.0.0.1");
  EXPECT_EQ(stored.record.trace, "00-a-b-01");
  EXPECT_EQ(stored.record.details, R"({"a":[1,2]})");
  EXPECT_EQ(stored.chain, fakes::SampleTenant().text());
  EXPECT_EQ(stored.seq, 1U);
  EXPECT_EQ(page.next, std::nullopt);
}

TEST_F(LogTest, EachTenantHasItsChainAndTheInstallationHasOne) {
  auto log = Open();
  const auto other = Must(model::TenantId::Parse("t_01JD3E9ZK4M7Q2V8R5T6W9XYZZ"));
  for (const auto& tenant : {std::optional(fakes::SampleTenant()), std::optional(other), std::optional<model::TenantId>(), std::optional(other)}) {
    Must(log->AppendAndWait(Of("x", tenant)));
  }
  const auto places = [&](const std::optional<model::TenantId>& tenant) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> list;
    for (const StoredRecord& one : Must(log->List({.tenant = tenant})).records) list.emplace_back(one.seq, one.chain_seq);
    return list;
  };
  using List = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  EXPECT_EQ(places(fakes::SampleTenant()), (List{{1, 1}}));
  EXPECT_EQ(places(other), (List{{4, 2}, {2, 1}}));
  EXPECT_EQ(places(std::nullopt), (List{{3, 1}}));
  log->Flush();
  EXPECT_EQ(Verified().chains, 3U);
  EXPECT_TRUE(Verified().ok());
}

TEST_F(LogTest, AListIsFilteredAndPaged) {
  auto log = Open();
  for (int i = 0; i < 10; ++i) {
    Record record = Of(i % 2 == 0 ? "even" : "odd");
    record.actor = i < 5 ? "a" : "b";
    if (i == 3) record.action = "session.mint";
    folder_.clock().Advance(std::chrono::seconds(1));
    Must(log->AppendAndWait(record));
  }
  const auto seqs = [&](Query query) {
    query.tenant = fakes::SampleTenant();
    std::vector<std::uint64_t> list;
    for (const StoredRecord& one : Must(log->List(query)).records) list.push_back(one.seq);
    return list;
  };
  using List = std::vector<std::uint64_t>;
  EXPECT_EQ(seqs({.target = "odd"}), (List{10, 8, 6, 4, 2}));
  EXPECT_EQ(seqs({.actor = "a", .target = "even"}), (List{5, 3, 1}));
  EXPECT_EQ(seqs({.action = "session.mint"}), (List{4}));
  const base::Time last = folder_.clock().Now();
  EXPECT_EQ(seqs({.from = last - std::chrono::seconds(2), .to = last}), (List{9, 8}));
  List paged;
  std::string after;
  for (int pages = 0;; ++pages) {
    ASSERT_LT(pages, 20);
    const auto page = Must(log->List({.tenant = fakes::SampleTenant(), .limit = 3, .after = after}));
    for (const StoredRecord& one : page.records) paged.push_back(one.seq);
    if (!page.next) break;
    after = *page.next;
  }
  EXPECT_EQ(paged, (List{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}));
  for (const char* bad : {"x", "0", "-1", "7", "999999999", "1 "}) {
    EXPECT_EQ(log->List({.tenant = fakes::SampleTenant(), .after = bad}).error().code, Code::kInvalidArgument) << bad;
  }
}

TEST_F(LogTest, TheChainsGoOnAfterOpeningAgain) {
  for (int i = 0; i < 3; ++i) {
    auto log = Open();
    EXPECT_EQ(log->opened().records, static_cast<std::uint64_t>(i));
    EXPECT_EQ(log->opened().torn_bytes, 0U);
    Must(log->AppendAndWait(Of("x")));
  }
  EXPECT_EQ(Verified().records, 3U);
  EXPECT_TRUE(Verified().ok());
}

TEST_F(LogTest, FilesArePrivateAndTheKeyIsOutsideTheLog) {
  Open();
  for (const std::string& name : {"/audit/audit.jsonl", "/audit/head", "/audit/checkpoint", "/keys/audit.key"}) {
    struct stat status{};
    ASSERT_EQ(::stat((folder_.path() + name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600U) << name;
  }
}

TEST_F(LogTest, SixtyFourWhoAppendAtOnceShareSyncs) {
  auto log = Open();
  Must(log->AppendAndWait(Of("first")));
  log->Flush();
  const int before = disk_.log_syncs;
  // The first sync is held until all others wait behind it.
  disk_.HoldSyncs();
  constexpr int kWriters = 64;
  std::latch waiting(kWriters);
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) {
    threads.emplace_back([&] {
      std::latch written(1);
      log->Append(Of("x"), [&](base::Status status) {
        EXPECT_TRUE(status.has_value());
        written.count_down();
      });
      waiting.count_down();
      written.wait();
    });
  }
  waiting.wait();
  disk_.ReleaseSyncs();
  for (std::thread& thread : threads) thread.join();
  // One for whoever came first, one for all the others; a few may have slipped in between.
  EXPECT_LE(disk_.log_syncs - before, 3);
  EXPECT_EQ(log->Statistics().records, 65U);
  log->Flush();
  EXPECT_TRUE(Verified().ok());
}

TEST_F(LogTest, AnAppendReturnsAtOnceWhileTheDiskHangs) {
  auto log = Open();
  disk_.HoldSyncs();
  std::atomic<int> done = 0;
  for (int i = 0; i < 100; ++i) log->Append(Of("x"), [&](base::Status) { ++done; });
  EXPECT_EQ(done, 0);
  disk_.ReleaseSyncs();
  log->Flush();
  EXPECT_EQ(done, 100);
}

TEST_F(LogTest, AFullQueueRefuses) {
  auto log = Must(folder_.Open(&disk_, {.queue_limit = 4, .queue_limit_per_tenant = 2}));
  disk_.HoldSyncs();
  std::atomic<int> accepted = 0;
  std::atomic<int> refused = 0;
  const auto count = [&](base::Status status) { ++(status ? accepted : refused); };
  for (int i = 0; i < 20; ++i) log->Append(Of("x"), count);
  // Some are on their way to the disk, two wait, and the rest was refused at once.
  EXPECT_GT(refused, 10);
  EXPECT_EQ(accepted, 0);
  // Another tenant still has a place.
  std::latch written(1);
  log->Append(Of("y", std::nullopt), [&](base::Status status) {
    EXPECT_TRUE(status.has_value());
    written.count_down();
  });
  disk_.ReleaseSyncs();
  written.wait();
  log->Flush();
  EXPECT_EQ(accepted + refused, 20);
}

TEST_F(LogTest, DurableRecordsAreToldBeforeWhoWaitsForThemAndRefusedOnesAreNot) {
  std::vector<std::string> told;
  auto log = Must(folder_.Open(&disk_, {.on_record = [&](const Record& record) {
    EXPECT_TRUE(record.id.has_value());
    told.push_back(record.target);
  }}));
  Must(log->AppendAndWait(Of("x")));
  EXPECT_EQ(told, std::vector<std::string>{"x"});
  disk_.room = 10;
  EXPECT_FALSE(log->AppendAndWait(Of("y")).has_value());
  disk_.room = FaultyDisk::kEnough;
  Must(log->AppendAndWait(Of("z")));
  EXPECT_EQ(told, (std::vector<std::string>{"x", "z"}));
}

TEST_F(LogTest, AFailedSyncIsFatalAndNothingIsAcceptedAfterIt) {
  auto log = Open();
  Must(log->AppendAndWait(Of("x")));
  log->Flush();
  disk_.sync_error = EIO;
  EXPECT_EQ(log->AppendAndWait(Of("y")).error().code, Code::kUnavailable);
  EXPECT_EQ(folder_.fatals(), 1);
  disk_.sync_error = 0;
  const int before = disk_.log_syncs;
  EXPECT_FALSE(log->AppendAndWait(Of("z")).has_value());
  EXPECT_FALSE(log->Health().has_value());
  EXPECT_EQ(disk_.log_syncs, before);
}

TEST_F(LogTest, AFullDiskRefusesUntilThereIsRoom) {
  auto log = Open();
  Must(log->AppendAndWait(Of("x")));
  disk_.room = 10;  // bytes: the write is cut short, then refused
  const auto refused = log->AppendAndWait(Of("y"));
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(refused.error().message, "storage is full");
  EXPECT_EQ(folder_.fatals(), 0);
  EXPECT_EQ(log->Health().error().message, "storage is full");
  disk_.room = FaultyDisk::kEnough;
  Must(log->AppendAndWait(Of("z")));
  EXPECT_TRUE(log->Health().has_value());
  log->Flush();
  const auto report = Verified();
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.records, 2U);
}

TEST_F(LogTest, AWriteErrorIsFatal) {
  auto log = Open();
  disk_.write_error = EIO;
  EXPECT_FALSE(log->AppendAndWait(Of("y")).has_value());
  EXPECT_EQ(folder_.fatals(), 1);
}

TEST_F(LogTest, AnErrorAtTheHeadIsFatalToo) {
  auto log = Open();
  log->Flush();
  disk_.head_error = EIO;
  // Durable or not, depending on who comes first; what counts is that it ends here.
  static_cast<void>(log->AppendAndWait(Of("y")));
  log->Flush();
  EXPECT_EQ(folder_.fatals(), 1);
  EXPECT_FALSE(log->AppendAndWait(Of("z")).has_value());
}

TEST_F(LogTest, ADeletedOrReplacedOrChangedFileIsNoticedAtTheNextRecord) {
  using Harm = void (*)(const std::string&);
  for (const Harm harm : {Harm([](const std::string& path) { ASSERT_TRUE(std::filesystem::remove(path)); }),
                          Harm([](const std::string& path) {
                            std::filesystem::copy_file(path, path + ".copy");
                            std::filesystem::rename(path + ".copy", path);
                          }),
                          Harm([](const std::string& path) { std::filesystem::resize_file(path, 1); }),
                          Harm([](const std::string& path) { std::ofstream(path, std::ios::app) << "x"; })}) {
    AuditFolder folder;
    auto log = Must(folder.Open(nullptr));
    Must(log->AppendAndWait(Of("x")));
    harm(folder.log_path());
    const auto refused = log->AppendAndWait(Of("y"));
    EXPECT_EQ(refused.error().reason, "audit.file_replaced");
    EXPECT_EQ(refused.error().code, Code::kUnavailable);
    EXPECT_EQ(log->Health().error().reason, "audit.file_replaced");
    EXPECT_EQ(folder.fatals(), 0);
  }
}

TEST_F(LogTest, NothingIsAcknowledgedWhenTheFileVanishesDuringTheSync) {
  auto log = Open();
  Must(log->AppendAndWait(Of("x")));
  disk_.on_sync = [&] { std::filesystem::remove(folder_.log_path()); };
  EXPECT_EQ(log->AppendAndWait(Of("y")).error().reason, "audit.file_replaced");
}

TEST_F(LogTest, TheHeadIsNeverMoreThanTwoCommitsBehind) {
  auto log = Open();
  log->Flush();
  disk_.HoldHeadSyncs();
  Must(log->AppendAndWait(Of("1")));
  Must(log->AppendAndWait(Of("2")));
  std::atomic<bool> third = false;
  log->Append(Of("3"), [&](base::Status) { third = true; });
  // The third has no way to the disk while the head waits, however long that takes.
  EXPECT_EQ(log->Statistics().commits, 2U);
  EXPECT_FALSE(third);
  disk_.ReleaseHeadSyncs();
  log->Flush();
  EXPECT_TRUE(third);
}

TEST_F(LogTest, ARecordThatIsNotOneIsRefusedAndTheNextOneIsNot) {
  auto log = Open();
  Record record = Of("x");
  record.details = "[]";
  EXPECT_EQ(log->AppendAndWait(record).error().code, Code::kInternal);
  record.details = R"({"a":")" + std::string(100'000, 'x') + R"("})";
  EXPECT_EQ(log->AppendAndWait(record).error().code, Code::kTooLarge);
  record.details = "{}";
  record.remote = "\xff\xfe";
  EXPECT_TRUE(log->AppendAndWait(record).has_value());
  EXPECT_EQ(Must(log->List({.tenant = fakes::SampleTenant()})).records[0].record.remote, "??");
}

TEST_F(LogTest, AnExportHasTheChainOfOneTenantAndVerifiesByItself) {
  auto log = Open();
  for (int i = 0; i < 6; ++i) Must(log->AppendAndWait(Of("x", i % 2 == 0 ? std::optional(fakes::SampleTenant()) : std::nullopt)));
  const std::string path = folder_.path() + "/export.jsonl";
  std::vector<std::string> lines;
  ASSERT_TRUE(log->Export(fakes::SampleTenant(), [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  }).has_value());
  ASSERT_EQ(lines.size(), 3U);
  const auto verified = [&] {
    std::ofstream file(path, std::ios::trunc);
    for (const std::string& line : lines) file << line << "\n";
    file.close();
    return Must(VerifyExport(path));
  };
  EXPECT_TRUE(verified().ok());
  lines.erase(lines.begin() + 1);
  ASSERT_FALSE(verified().ok());
  EXPECT_EQ(verified().problems[0].line, 2U);
}

TEST_F(LogTest, NothingIsDoneWithoutItsIntentAndNothingIsReturnedWithoutItsOutcome) {
  auto log = Open();
  int effects = 0;
  const auto run = [&](base::Result<int> answer) {
    return RecordAround(*log, Of("x"), [&](EffectReport& report) {
      ++effects;
      report.details = R"({"n":1})";
      return answer;
    });
  };
  EXPECT_EQ(*run(7), 7);
  EXPECT_EQ(run(base::Fail({.code = Code::kAwsRefused, .aws_code = "AccessDenied"})).error().code, Code::kAwsRefused);
  const auto records = Must(log->List({.tenant = fakes::SampleTenant()})).records;
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[3].record.phase, RecordPhase::kIntent);
  EXPECT_EQ(records[3].record.outcome, Outcome::kNone);
  EXPECT_EQ(records[2].record.intent, records[3].record.id);
  EXPECT_EQ(records[2].record.outcome, Outcome::kSucceeded);
  EXPECT_EQ(records[2].record.details, R"({"n":1})");
  EXPECT_EQ(records[0].record.outcome, Outcome::kRefused);
  EXPECT_EQ(records[0].record.reason, "AccessDenied");

  disk_.room = 0;
  EXPECT_EQ(run(7).error().reason, "storage.full");
  EXPECT_EQ(effects, 2);
  disk_.room = FaultyDisk::kEnough;
  const auto unrecorded = RecordAround(*log, Of("x"), [&](EffectReport&) -> base::Result<int> {
    disk_.room = 0;
    return 7;
  });
  EXPECT_EQ(unrecorded.error().reason, "storage.full");
}

TEST(ActionsTest, TheTableIsSortedAndWellFormed) {
  EXPECT_TRUE(std::ranges::is_sorted(kActions, {}, &ActionFacts::name));
  for (const ActionFacts& facts : kActions) {
    EXPECT_FALSE(facts.meaning.empty()) << facts.name;
    EXPECT_EQ(Action::Find(facts.name)->name(), facts.name);
    if (facts.name != "unknown") EXPECT_EQ(std::ranges::count_if(facts.name, [](char c) { return c == '.'; }), 1) << facts.name;
  }
  EXPECT_EQ(Action::Find("no.such"), std::nullopt);
  EXPECT_EQ(Action::FindOrUnknown("no.such").name(), "unknown");
}

}  // namespace
}  // namespace crossrole::audit
