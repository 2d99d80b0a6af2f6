// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "audit/internal/chain.h"
#include "audit/internal/files.h"
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

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteFile(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary | std::ios::trunc) << text; }

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::optional<model::TenantId> TenantOf(int i) {
  if (i % 3 == 0) return std::nullopt;
  return i % 3 == 1 ? fakes::SampleTenant() : Must(model::TenantId::Parse("t_01JD3E9ZK4M7Q2V8R5T6W9XYZZ"));
}

void AppendSome(Log& log, int count) {
  for (int i = 0; i < count; ++i) {
    Must(log.AppendAndWait({.action = "session.mint", .tenant = TenantOf(i), .actor = "tok_1", .target = "int_" + std::to_string(i)}));
  }
}

// A log of records of three chains, closed cleanly.
class TamperTest : public testing::Test {
 protected:
  static constexpr int kRecords = 12;

  TamperTest() {
    AppendSome(*Must(folder_.Open()), kRecords);
    original_ = ReadFile(folder_.log_path());
    lines_ = LinesOf(original_);
  }
  Report VerifyWith(const std::string& text) {
    WriteFile(folder_.log_path(), text);
    return Must(Verify(folder_.path()));
  }
  Report VerifyWith(const std::vector<std::string>& lines) { return VerifyWith(Joined(lines)); }
  std::string IdAt(std::size_t index) const { return std::string(SplitLine(lines_[index])->id); }

  AuditFolder folder_;
  std::string original_;
  std::vector<std::string> lines_;
};

TEST_F(TamperTest, TheUntouchedLogVerifies) {
  const Report report = Must(Verify(folder_.path()));
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.records, static_cast<std::uint64_t>(kRecords));
  EXPECT_EQ(report.head_seq, static_cast<std::uint64_t>(kRecords));
  EXPECT_EQ(report.chains, 3U);
}

TEST_F(TamperTest, AnIntentWithoutAnOutcomeIsNamedAndIsNoDamage) {
  auto log = Must(folder_.Open());
  static_cast<void>(RecordAround(*log, {.action = "session.mint", .actor = "tok_1", .target = "int_done"},
                                 [](EffectReport&) -> base::Status { return {}; }));
  const auto lost = Must(log->AppendAndWait({.action = "session.mint",
                                             .actor = "tok_1",
                                             .target = "int_lost",
                                             .phase = RecordPhase::kIntent,
                                             .outcome = Outcome::kNone,
                                             .details = R"({"reason":"\"phase\":\"outcome\""})"}));
  log.reset();
  const Report report = Must(Verify(folder_.path()));
  EXPECT_TRUE(report.ok());
  ASSERT_EQ(report.unfinished.size(), 1U);
  EXPECT_EQ(report.unfinished[0].id, lost.text());
  EXPECT_EQ(report.unfinished[0].action, "session.mint");
  EXPECT_EQ(report.unfinished[0].target, "int_lost");
}

TEST_F(TamperTest, AChangedRecordIsNamedAndNoOther) {
  auto lines = lines_;
  lines[4].replace(lines[4].find("tok_1"), 5, "tok_2");
  const Report report = VerifyWith(lines);
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].fault, Fault::kChanged);
  EXPECT_EQ(report.problems[0].seq, 5U);
  EXPECT_EQ(report.problems[0].line, 5U);
  EXPECT_EQ(report.problems[0].id, IdAt(4));
  EXPECT_NE(report.problems[0].message.find(IdAt(4)), std::string::npos);
}

TEST_F(TamperTest, ARemovedRecordIsNamedByItsPlaceAndNoOther) {
  auto lines = lines_;
  lines.erase(lines.begin() + 4);
  const Report report = VerifyWith(lines);
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].fault, Fault::kRemoved);
  EXPECT_EQ(report.problems[0].line, 5U);
  EXPECT_NE(report.problems[0].message.find("records 5 to 5 are missing"), std::string::npos);
}

TEST_F(TamperTest, ARepeatedRecordIsNamed) {
  auto lines = lines_;
  lines.insert(lines.begin() + 8, lines[2]);
  const Report report = VerifyWith(lines);
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].fault, Fault::kInserted);
  EXPECT_EQ(report.problems[0].line, 9U);
  EXPECT_EQ(report.problems[0].id, IdAt(2));
}

// Makes lines `from` to the end anew, each fitting its hash and its chain, as somebody without the key could.
std::vector<std::string> Rewrite(std::vector<std::string> lines, std::size_t from, const base::Secret& key) {
  LogEnd end;
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto parts = SplitLine(lines[i]);
    const std::string chain(parts->chain);
    std::string members(parts->body.substr(parts->body.find("\"id\":")));
    if (i == from) members.replace(members.find("tok_1"), 5, "tok_9");
    std::string line;
    AppendLine(key, chain, members, end, end.chains[chain], line);
    if (i >= from) lines[i] = line.substr(0, line.size() - 1);
  }
  return lines;
}

TEST_F(TamperTest, ARewrittenChainIsNamedFromItsFirstRecordOn) {
  const Report report = VerifyWith(Rewrite(lines_, 6, base::Secret("not the key")));
  // Six that are not ours, and six that are gone.
  ASSERT_EQ(report.problems.size(), 7U);
  EXPECT_EQ(report.problems[6].fault, Fault::kCutTail);
  EXPECT_EQ(report.problems[0].fault, Fault::kForged);
  EXPECT_EQ(report.problems[0].seq, 7U);
  EXPECT_EQ(report.problems[0].id, IdAt(6));
}

TEST_F(TamperTest, EvenWithTheKeyARewrittenLogIsNotWhatTheHeadVouchesFor) {
  const auto key = Must(ReadKey(folder_.path() + "/keys/audit.key"));
  const Report report = VerifyWith(Rewrite(lines_, 6, *key));
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].fault, Fault::kRewritten);
}

TEST_F(TamperTest, ACutTailIsNamed) {
  const Report report = VerifyWith(std::vector<std::string>(lines_.begin(), lines_.end() - 2));
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].fault, Fault::kCutTail);
  EXPECT_EQ(report.problems[0].seq, 11U);
  EXPECT_NE(report.problems[0].message.find("records 11 to 12"), std::string::npos);
}

TEST_F(TamperTest, ALostOrForeignHeadIsFound) {
  for (const bool lost : {true, false}) {
    const std::string head = folder_.path() + "/audit/head";
    if (lost) std::filesystem::remove(head);
    if (!lost) WriteFile(head, std::string(8192, 'x'));
    const Report report = Must(Verify(folder_.path()));
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.problems[0].fault, Fault::kHead);
    EXPECT_EQ(folder_.Open().error().reason, "audit.tampered");
  }
}

TEST_F(TamperTest, ALostLogIsFound) {
  std::filesystem::remove(folder_.log_path());
  EXPECT_EQ(Must(Verify(folder_.path())).problems.at(0).fault, Fault::kCutTail);
  EXPECT_EQ(folder_.Open().error().reason, "audit.tampered");
}

TEST_F(TamperTest, WithoutItsKeyTheLogIsNotOpened) {
  std::filesystem::remove(folder_.path() + "/keys/audit.key");
  EXPECT_EQ(folder_.Open().error().reason, "audit.key_missing");
  EXPECT_EQ(Verify(folder_.path()).error().reason, "audit.key_missing");
}

TEST_F(TamperTest, ARecordAddedByHandBehindTheHeadIsFound) {
  LogEnd end{.seq = kRecords};
  std::string line;
  ChainEnd chain;
  AppendLine(base::Secret("guess"), kInstallationChain, R"("id":"evt_01JD3EB0000000000000000ABC","details":{})", end, chain, line);
  const Report report = VerifyWith(original_ + line);
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].fault, Fault::kForged);
  EXPECT_EQ(report.problems[0].line, static_cast<std::uint64_t>(kRecords) + 1);
  // Opening puts it aside, and says so.
  auto log = Must(folder_.Open());
  EXPECT_EQ(log->opened().torn_bytes, line.size());
  EXPECT_EQ(ReadFile(log->opened().torn_file), line);
}

TEST_F(TamperTest, OpeningRefusesAChangedRecordWhenItReadsIt) {
  std::filesystem::remove(folder_.path() + "/audit/checkpoint");
  auto lines = lines_;
  lines[4].replace(lines[4].find("tok_1"), 5, "tok_2");
  WriteFile(folder_.log_path(), Joined(lines));
  const auto opened = folder_.Open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(opened.error().reason, "audit.tampered");
  EXPECT_NE(opened.error().message.find(IdAt(4)), std::string::npos);
}

TEST_F(TamperTest, OpeningRefusesACutTail) {
  WriteFile(folder_.log_path(), Joined({lines_.begin(), lines_.end() - 1}));
  EXPECT_EQ(folder_.Open().error().reason, "audit.tampered");
}

TEST_F(TamperTest, AForeignCheckpointIsNotBelieved) {
  WriteFile(folder_.path() + "/audit/checkpoint", "0000\n{}");
  EXPECT_EQ(Must(folder_.Open())->opened().records, static_cast<std::uint64_t>(kRecords));
}

TEST_F(TamperTest, AnyEditIsFoundAtTheLineWhereItWasMade) {
  const auto line_of = [&](std::size_t byte) {
    return static_cast<std::uint64_t>(std::count(original_.begin(), original_.begin() + static_cast<std::ptrdiff_t>(byte), '\n')) + 1;
  };
  EXPECT_TRUE(rc::check("edits", [&] {
    std::string text = original_;
    auto lines = lines_;
    const auto index = *rc::gen::inRange<std::size_t>(0, lines.size());
    std::uint64_t expected_line = 0;
    switch (*rc::gen::inRange(0, 6)) {
      case 0: {  // flip bits of a byte
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        text[at] = static_cast<char>(text[at] ^ *rc::gen::inRange(1, 256));
        expected_line = line_of(at);
        break;
      }
      case 1:  // delete a line
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(index));
        text = Joined(lines);
        expected_line = index + 1;
        break;
      case 2: {  // repeat a line somewhere behind it
        const auto to = *rc::gen::inRange(index + 1, lines.size() + 1);
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(to), lines_[index]);
        text = Joined(lines);
        expected_line = to + 1;
        break;
      }
      case 3: {  // swap two lines
        const auto other = *rc::gen::inRange<std::size_t>(0, lines.size());
        RC_PRE(index != other);
        std::swap(lines[index], lines[other]);
        text = Joined(lines);
        expected_line = std::min(index, other) + 1;
        break;
      }
      case 4: {  // cut the end off
        const auto size = *rc::gen::inRange<std::size_t>(0, text.size());
        text.resize(size);
        expected_line = line_of(size);
        break;
      }
      default: {  // put bytes in between
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        text.insert(at, *rc::gen::nonEmpty(rc::gen::string<std::string>()));
        expected_line = 0;  // several lines may be at fault
      }
    }
    RC_PRE(text != original_);
    const Report report = VerifyWith(text);
    RC_ASSERT(!report.ok());
    RC_ASSERT(!report.problems[0].message.empty());
    if (expected_line != 0) RC_ASSERT(report.problems[0].line == expected_line);
  }));
}

// --- crashes ---------------------------------------------------------------------------------------------------

TEST_F(TamperTest, ATailTornAtAnyByteBehindTheHeadIsRepairedWithoutLosingWhatWasWhole) {
  const std::string head_path = folder_.path() + "/audit/head";
  const std::string checkpoint_path = folder_.path() + "/audit/checkpoint";
  const std::string old_head = ReadFile(head_path);
  const std::string old_checkpoint = ReadFile(checkpoint_path);
  fakes::FaultyDisk disk;
  disk.skip_syncs = true;
  AppendSome(*Must(folder_.Open(&disk)), 3);
  const std::string longer = ReadFile(folder_.log_path());
  ASSERT_GT(longer.size(), original_.size());
  for (std::size_t size = original_.size(); size <= longer.size(); ++size) {
    // What a power cut leaves when the head had not been written yet.
    const std::string text = longer.substr(0, size);
    WriteFile(folder_.log_path(), text);
    WriteFile(head_path, old_head);
    WriteFile(checkpoint_path, old_checkpoint);
    ASSERT_TRUE(Must(Verify(folder_.path())).ok()) << size;
    const auto whole = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    {
      auto log = Must(folder_.Open(&disk));
      ASSERT_EQ(log->opened().records, whole) << size;
      ASSERT_EQ(log->opened().advanced, whole - kRecords);
      ASSERT_EQ(log->opened().torn_bytes, text.size() - (text.rfind('\n') + 1));
      if (size % 97 == 0) AppendSome(*log, 1);
    }
    const Report report = Must(Verify(folder_.path()));
    ASSERT_TRUE(report.ok()) << size << report.problems[0].message;
    ASSERT_EQ(report.torn_bytes, 0U);
  }
}

TEST_F(TamperTest, AHeadTornInOneSlotLeavesTheOther) {
  const std::string head_path = folder_.path() + "/audit/head";
  const std::string head = ReadFile(head_path);
  for (const std::size_t slot : {std::size_t{0}, std::size_t{4096}}) {
    for (std::size_t size = 0; size < 160; ++size) {
      std::string torn = head;
      torn.replace(slot, size, size, '\0');
      WriteFile(head_path, torn);
      ASSERT_TRUE(Must(Verify(folder_.path())).ok()) << slot << "+" << size;
    }
  }
}

TEST_F(TamperTest, AfterACleanCloseNoSlotVouchesForLess) {
  const std::string head = ReadFile(folder_.path() + "/audit/head");
  const std::string seq = " " + std::to_string(kRecords) + " ";
  EXPECT_NE(head.substr(0, 4096).find(seq), std::string::npos);
  EXPECT_NE(head.substr(4096).find(seq), std::string::npos);
}

// A release build has no fault points.
#ifdef CROSSROLE_FAULT_POINTS
class CrashTest : public testing::TestWithParam<const char*> {};

TEST_P(CrashTest, AKillAtAFaultPointNeverGivesAFalseAlarmAndLosesNothingAcknowledged) {
  AuditFolder folder;
  AppendSome(*Must(folder.Open()), 2);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    base::ArmFaultPoint(GetParam());
    const auto log = Must(folder.Open());
    for (char n = 1;; ++n) {
      AppendSome(*log, 1);
      static_cast<void>(!::write(ends[1], &n, 1));
    }
  }
  ::close(ends[1]);
  char acknowledged = 0;
  while (::read(ends[0], &acknowledged, 1) == 1) {
  }
  ::close(ends[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_TRUE(Must(Verify(folder.path())).ok());
  auto log = Must(folder.Open());
  EXPECT_GE(log->opened().records, 2U + static_cast<std::uint64_t>(acknowledged));
  AppendSome(*log, 1);
  log.reset();
  EXPECT_TRUE(Must(Verify(folder.path())).ok());
}

INSTANTIATE_TEST_SUITE_P(FaultPoints, CrashTest, testing::Values("audit.after_write", "audit.before_head"));
#endif

TEST(FirstStartTest, AnUnfinishedFirstStartIsBegunAgain) {
  AuditFolder folder;
  Must(folder.Open());
  // The key comes last.
  std::filesystem::remove(folder.path() + "/keys/audit.key");
  auto log = Must(folder.Open());
  AppendSome(*log, 1);
  log.reset();
  EXPECT_TRUE(Must(Verify(folder.path())).ok());
}

TEST(FirstStartTest, ThereIsNothingToVerifyBefore) {
  AuditFolder folder;
  EXPECT_EQ(Verify(folder.path()).error().reason, "audit.key_missing");
}

}  // namespace
}  // namespace crossrole::audit
