// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "audit/checkpoint.h"
#include "audit/log.h"
#include "audit/verify.h"
#include "base/fault_point.h"
#include "fakes/audit_folder.h"
#include "fakes/sample_integration.h"

namespace crossrole::audit {
namespace {

using base::Code;
using fakes::AuditFolder;
using fakes::Must;

// A log that signs, whose clock a test moves.
class RetentionTest : public testing::Test {
 protected:
  void Open() { log_ = Must(folder_.Open(nullptr, {.checkpoint_key = &key_})); }
  void Append(int count, std::optional<model::TenantId> tenant = fakes::SampleTenant()) {
    for (int i = 0; i < count; ++i) {
      Must(log_->AppendAndWait({.action = "session.mint", .tenant = tenant, .actor = "tok_1", .target = "int_1"}));
    }
  }
  base::Time Now() { return folder_.clock().Now(); }
  void Pass(std::chrono::days days) { folder_.clock().Advance(days); }
  std::uint64_t RemoveBefore(base::Time cutoff) { return Must(log_->RemoveBefore(cutoff, log_->End())).records; }
  Report Verified() {
    log_->Flush();
    return Must(Verify(folder_.path()));
  }
  std::vector<std::string> Exported(const std::optional<model::TenantId>& tenant = fakes::SampleTenant()) {
    std::vector<std::string> lines;
    EXPECT_TRUE(log_->Export(tenant, [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    }).has_value());
    return lines;
  }
  Report VerifiedExport(const std::vector<std::string>& lines, std::string_view public_key = "") {
    const std::string path = folder_.path() + "/export.jsonl";
    std::ofstream file(path, std::ios::trunc);
    for (const std::string& line : lines) file << line << "\n";
    file.close();
    return Must(VerifyExport(path, public_key));
  }
  std::vector<std::uint64_t> Seqs() {
    std::vector<std::uint64_t> seqs;
    for (const StoredRecord& one : Must(log_->List({.tenant = fakes::SampleTenant()})).records) seqs.push_back(one.seq);
    return seqs;
  }

  const CheckpointKey key_{base::Secret(std::string(32, 'k'))};
  const CheckpointKey other_key_{base::Secret(std::string(32, 'o'))};
  AuditFolder folder_;
  std::unique_ptr<Log> log_ = Must(folder_.Open(nullptr, {.checkpoint_key = &key_}));
};

const model::TenantId kOther = Must(model::TenantId::Parse("t_01JD3E9ZK4M7Q2V8R5T6W9XYZZ"));

// --- signed checkpoints ----------------------------------------------------------------------------------------

TEST_F(RetentionTest, ASignedExportVerifiesWithNothingButThePublicKey) {
  Append(3);
  Append(2, kOther);
  EXPECT_TRUE(log_->Sign(fakes::SampleTenant()).has_value());
  const Report report = VerifiedExport(Exported(), key_.public_key());
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.records, 4U);
  ASSERT_TRUE(report.signed_part.has_value());
  EXPECT_EQ(report.signed_part->chain_seq, 3U);
  EXPECT_EQ(report.signed_part->key, key_.public_key());
  EXPECT_EQ(report.signed_part->at, Now());
  EXPECT_TRUE(Verified().ok());
}

TEST_F(RetentionTest, AnExportWithoutCheckpointSaysSo) {
  Append(2);
  const Report report = VerifiedExport(Exported(), key_.public_key());
  EXPECT_TRUE(report.ok());
  EXPECT_FALSE(report.signed_part.has_value());
}

TEST_F(RetentionTest, AnExportThatSomebodyElseWroteAnewIsFound) {
  // The whole chain, consistent in itself, by somebody who has everything but the key.
  AuditFolder theirs;
  auto log = Must(theirs.Open(nullptr, {.checkpoint_key = &other_key_}));
  Must(log->AppendAndWait({.action = "session.mint", .tenant = fakes::SampleTenant(), .target = "int_2"}));
  EXPECT_TRUE(log->Sign(fakes::SampleTenant()).has_value());
  log_ = std::move(log);
  EXPECT_TRUE(VerifiedExport(Exported()).ok());
  const Report report = VerifiedExport(Exported(), key_.public_key());
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].fault, Fault::kForged);
  EXPECT_EQ(report.problems[0].line, 2U);
  log_.reset();
}

TEST_F(RetentionTest, ACheckpointMovedToAnotherPlaceOrChainOrTimeIsFound) {
  const Checkpoint checkpoint{.chain = "t_1", .chain_seq = 7, .hash = base::Sha256("x"), .time = Now()};
  const std::string details = key_.Details(checkpoint);
  const auto found = ParseCheckpoint("t_1", details);
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(IsSigned(*found));
  EXPECT_FALSE(IsSigned(*ParseCheckpoint("t_2", details)));
  auto moved = *found;
  moved.checkpoint.chain_seq = 8;
  EXPECT_FALSE(IsSigned(moved));
  moved = *found;
  moved.checkpoint.hash[0] ^= 1U;
  EXPECT_FALSE(IsSigned(moved));
  moved = *found;
  moved.checkpoint.time += std::chrono::seconds(1);
  EXPECT_FALSE(IsSigned(moved));
  moved = *found;
  moved.signature[0] = static_cast<char>(moved.signature[0] ^ 1);
  EXPECT_FALSE(IsSigned(moved));
  moved = *found;
  moved.key = other_key_.public_key();
  EXPECT_FALSE(IsSigned(moved));
  for (const char* bad : {"", "{}", "[]", R"({"chain_seq":-1})", R"({"chain_seq":1,"hash":"aa","at":"2026-01-01T00:00:00Z","key":"","signature":""})"}) {
    EXPECT_FALSE(ParseCheckpoint("t_1", bad).has_value()) << bad;
  }
}

TEST_F(RetentionTest, EveryChainWithNewRecordsIsSignedOnce) {
  Append(1);
  Append(1, kOther);
  Append(1, std::nullopt);
  EXPECT_TRUE(log_->SignAll().has_value());
  EXPECT_EQ(log_->End().seq, 6U);
  EXPECT_TRUE(log_->SignAll().has_value());
  EXPECT_EQ(log_->End().seq, 6U);
  Append(1, kOther);
  EXPECT_TRUE(log_->SignAll().has_value());
  EXPECT_EQ(log_->End().seq, 8U);
  for (const auto& tenant : {std::optional(fakes::SampleTenant()), std::optional(kOther), std::optional<model::TenantId>()}) {
    EXPECT_TRUE(VerifiedExport(Exported(tenant), key_.public_key()).signed_part.has_value());
  }
}

TEST_F(RetentionTest, WithoutAKeyNothingIsSignedAndNothingRemoved) {
  log_.reset();
  log_ = Must(folder_.Open());
  Append(1);
  EXPECT_TRUE(log_->Sign(fakes::SampleTenant()).has_value());
  EXPECT_TRUE(log_->SignAll().has_value());
  EXPECT_EQ(log_->End().seq, 1U);
  EXPECT_EQ(log_->RemoveBefore(Now() + std::chrono::days(1), log_->End()).error().code, Code::kFailedPrecondition);
}

// --- retention -------------------------------------------------------------------------------------------------

TEST_F(RetentionTest, OldRecordsAreRemovedAndTheRestVerifies) {
  Append(5);
  Append(3, kOther);
  Pass(std::chrono::days(10));
  Append(2);
  EXPECT_EQ(RemoveBefore(Now() - std::chrono::days(5)), 8U);
  // Two that are left, and one in each chain that tells of the removal.
  EXPECT_EQ(Seqs(), (std::vector<std::uint64_t>{11, 10, 9}));
  const Report whole = Verified();
  EXPECT_TRUE(whole.ok()) << whole.problems[0].message;
  EXPECT_EQ(whole.removed, 8U);
  EXPECT_EQ(whole.records, 4U);
  // Nothing of them is in the file any more.
  std::ifstream file(folder_.log_path(), std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str().find("\"seq\":8,"), std::string::npos);
  EXPECT_NE(text.str().find("\"seq\":9,"), std::string::npos);
}

TEST_F(RetentionTest, TheLogGoesOnAfterOpeningAgain) {
  for (int round = 0; round < 3; ++round) {
    Append(4);
    Pass(std::chrono::days(10));
    EXPECT_GT(RemoveBefore(Now() - std::chrono::days(5)), 0U);
    Append(1);
    log_.reset();
    // Also without the place where reading would begin otherwise.
    if (round == 1) std::filesystem::remove(folder_.path() + "/audit/checkpoint");
    Open();
    Append(1);
    const Report report = Verified();
    EXPECT_TRUE(report.ok()) << round << report.problems[0].message;
  }
}

TEST_F(RetentionTest, AnExportThatBeginsLaterNeedsTheSignedRecordOfTheRemoval) {
  Append(5);
  Pass(std::chrono::days(10));
  Append(2);
  EXPECT_EQ(RemoveBefore(Now() - std::chrono::days(5)), 5U);
  EXPECT_TRUE(log_->Sign(fakes::SampleTenant()).has_value());
  const auto lines = Exported();
  ASSERT_EQ(lines.size(), 4U);
  const Report report = VerifiedExport(lines, key_.public_key());
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.removed, 5U);
  // Somebody removes more than was said.
  const Report cut = VerifiedExport({lines.begin() + 1, lines.end()}, key_.public_key());
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.problems[0].fault, Fault::kRemoved);
  EXPECT_EQ(cut.problems[0].line, 1U);
  // Somebody signs the removal on their own.
  const Report foreign = VerifiedExport(lines, other_key_.public_key());
  EXPECT_FALSE(foreign.ok());
}

TEST_F(RetentionTest, AChainThatLostAllItsRecordsGoesOn) {
  Append(3);
  Pass(std::chrono::days(10));
  EXPECT_EQ(RemoveBefore(Now()), 3U);
  Append(1);
  log_.reset();
  Open();
  EXPECT_EQ(Seqs(), (std::vector<std::uint64_t>{5, 4}));
  const Report report = VerifiedExport(Exported(), key_.public_key());
  EXPECT_TRUE(report.ok()) << report.problems[0].message;
  EXPECT_EQ(report.removed, 3U);
  EXPECT_TRUE(Verified().ok());
}

TEST_F(RetentionTest, NothingYoungAndNothingBehindThePlaceIsRemoved) {
  Append(2);
  const Place place = log_->End();
  Append(2);
  EXPECT_EQ(RemoveBefore(Now()), 0U);
  Pass(std::chrono::days(10));
  EXPECT_EQ(Must(log_->RemoveBefore(Now(), place)).records, 2U);
}

TEST_F(RetentionTest, PagesAndPlacesFromBeforeARemovalStayOfUse) {
  Append(6);
  const auto page = Must(log_->List({.tenant = fakes::SampleTenant(), .limit = 3}));
  const auto begun = Must(log_->After({}, {.records = 2}));
  Pass(std::chrono::days(10));
  RemoveBefore(Now());
  EXPECT_TRUE(Must(log_->List({.tenant = fakes::SampleTenant(), .after = *page.next})).records.empty());
  EXPECT_EQ(Must(log_->After(begun.next, {})).lines.size(), 1U);
}

TEST_F(RetentionTest, WhatWasTamperedWithIsNotRemoved) {
  Append(5);
  Pass(std::chrono::days(10));
  log_->Flush();
  std::fstream file(folder_.log_path(), std::ios::in | std::ios::out | std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  file.seekp(static_cast<std::streamoff>(text.str().find("tok_1")));
  file << "tok_2";
  file.close();
  EXPECT_EQ(log_->RemoveBefore(Now(), log_->End()).error().reason, "audit.tampered");
  EXPECT_FALSE(Verified().ok());
}

TEST_F(RetentionTest, ABeginningThatIsNotOursIsTampering) {
  Append(5);
  Pass(std::chrono::days(10));
  RemoveBefore(Now());
  log_.reset();
  const std::string path = folder_.path() + "/audit/beginning";
  const std::string aside = path + ".aside";
  std::filesystem::copy_file(path, aside);
  for (const bool lost : {true, false}) {
    std::filesystem::remove(path);
    if (!lost) std::ofstream(path) << std::string(64, '0') << "\n{}";
    EXPECT_FALSE(Must(Verify(folder_.path())).ok());
    EXPECT_EQ(folder_.Open().error().reason, "audit.tampered");
  }
  std::filesystem::copy_file(aside, path, std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(Must(Verify(folder_.path())).ok());
  EXPECT_TRUE(folder_.Open().has_value());
}

TEST_F(RetentionTest, WhoeverReadsMeanwhileSeesNoBrokenRecord) {
  Append(200);
  Pass(std::chrono::days(10));
  Append(1);
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) EXPECT_EQ(Must(log_->List({.tenant = fakes::SampleTenant(), .limit = 50})).unreadable, 0U);
  });
  RemoveBefore(Now() - std::chrono::days(5));
  done = true;
  reader.join();
}

// A release build has no fault points.
#ifdef CROSSROLE_FAULT_POINTS
TEST_F(RetentionTest, AKillBetweenSayingAndRemovingIsFinishedAtTheNextStart) {
  Append(5);
  Pass(std::chrono::days(10));
  Append(1);
  log_.reset();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    base::ArmFaultPoint("audit.after_beginning");
    Open();
    static_cast<void>(log_->RemoveBefore(Now() - std::chrono::days(5), log_->End()));
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto in_file = [&](const char* what) {
    std::ifstream file(folder_.log_path(), std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str().contains(what);
  };
  EXPECT_TRUE(in_file("\"seq\":3,"));
  EXPECT_TRUE(Must(Verify(folder_.path())).ok());
  Open();
  EXPECT_FALSE(in_file("\"seq\":3,"));
  EXPECT_EQ(Seqs(), (std::vector<std::uint64_t>{7, 6}));
  Append(1);
  EXPECT_TRUE(Verified().ok());
}
#endif

}  // namespace
}  // namespace crossrole::audit
