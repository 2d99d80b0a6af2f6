// SPDX-License-Identifier: Apache-2.0
#include "audit/sinks.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <latch>
#include <set>
#include <sstream>

#include "audit/checkpoint.h"
#include "base/guarded.h"
#include "delivery/webhook.h"
#include "fakes/audit_folder.h"
#include "fakes/loopback_server.h"
#include "fakes/sample_integration.h"

namespace crossrole::audit {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Deadline;
using fakes::AuditFolder;
using fakes::Must;

// A sink in memory that fails, or hangs until it is let go.
class FakeSink final : public Sink {
 public:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> lines;
    int deliveries = 0;
    bool failing = false;
    bool hanging = false;
    bool hangs_now = false;

    void Set(bool State::*flag, bool value) {
      {
        const std::lock_guard lock(mutex);
        this->*flag = value;
      }
      changed.notify_all();
    }
    template <typename Condition>
    bool WaitFor(Condition condition) {
      std::unique_lock lock(mutex);
      return changed.wait_for(lock, 60s, condition);
    }
    bool WaitForLines(std::size_t count) {
      return WaitFor([&] { return lines.size() >= count; });
    }
  };

  explicit FakeSink(State& state) : state_(state) {}
  base::Status Deliver(std::span<const std::string> lines, Deadline) override {
    std::unique_lock lock(state_.mutex);
    ++state_.deliveries;
    state_.hangs_now = state_.hanging;
    state_.changed.notify_all();
    state_.changed.wait(lock, [&] { return !state_.hanging; });
    state_.hangs_now = false;
    if (!state_.failing) state_.lines.insert(state_.lines.end(), lines.begin(), lines.end());
    const bool failed = state_.failing;
    lock.unlock();
    state_.changed.notify_all();
    if (failed) return base::Fail(Code::kUnavailable, "nobody is there");
    return {};
  }

 private:
  State& state_;
};

class SinksTest : public testing::Test {
 protected:
  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      Must(log_->AppendAndWait({.action = "session.mint", .tenant = fakes::SampleTenant(), .actor = "tok_1", .target = std::to_string(next_++)}));
    }
  }
  std::unique_ptr<Sinks> Make(const std::string& name, FakeSink::State& state, std::chrono::milliseconds pause = 1ms) {
    auto sinks = std::make_unique<Sinks>(SinksOptions{.log = *log_, .data = folder_.path(), .journal = journal_, .first_pause = pause, .longest_pause = pause * 4});
    EXPECT_TRUE(sinks->Add(name, 10s, std::make_unique<FakeSink>(state)).has_value());
    return sinks;
  }
  static std::vector<std::string> Targets(const std::vector<std::string>& lines) {
    std::vector<std::string> targets;
    for (const std::string& line : lines) targets.push_back(Must(ParseLine(line)).record.target);
    return targets;
  }
  static std::vector<std::string> Numbers(int from, int to) {
    std::vector<std::string> numbers;
    for (int i = from; i < to; ++i) numbers.push_back(std::to_string(i));
    return numbers;
  }

  AuditFolder folder_;
  base::Guarded<std::string> told_;
  base::Log journal_{[this](std::string_view line) { told_.With([&](std::string& told) { told += line; }); }};
  std::unique_ptr<Log> log_ = Must(folder_.Open());
  int next_ = 0;
};

TEST_F(SinksTest, ASinkGetsEveryRecordAsItIsInTheFileAndInItsOrder) {
  Append(3);
  FakeSink::State state;
  auto sinks = Make("siem", state);
  sinks->Start();
  Append(700);  // more than one delivery takes
  sinks->Wake();
  ASSERT_TRUE(state.WaitForLines(703));
  sinks->Stop();
  EXPECT_EQ(Targets(state.lines), Numbers(0, 703));
  std::vector<std::string> exported;
  EXPECT_TRUE(log_->Export(fakes::SampleTenant(), [&](std::string_view line) {
    exported.emplace_back(line);
    return true;
  }).has_value());
  EXPECT_EQ(state.lines, exported);
  EXPECT_EQ(sinks->States().at(0).delivered, 703U);
  EXPECT_EQ(sinks->States().at(0).behind, 0U);
}

TEST_F(SinksTest, ASinkThatHangsDelaysNeitherRecordsNorOtherSinks) {
  FakeSink::State hanging;
  hanging.hanging = true;
  FakeSink::State well;
  auto sinks = Make("hanging", hanging);
  EXPECT_TRUE(sinks->Add("well", 10s, std::make_unique<FakeSink>(well)).has_value());
  sinks->Start();
  Append(1);
  sinks->Wake();
  ASSERT_TRUE(hanging.WaitFor([&] { return hanging.hangs_now; }));
  // Each of these is durable and acknowledged while the sink hangs; if they waited for it, they would wait for ever.
  Append(50);
  sinks->Wake();
  ASSERT_TRUE(well.WaitForLines(51));
  EXPECT_TRUE(hanging.lines.empty());
  EXPECT_EQ(sinks->States().at(0).behind, 51U);
  EXPECT_TRUE(log_->Health().has_value());
  hanging.Set(&FakeSink::State::hanging, false);
  ASSERT_TRUE(hanging.WaitForLines(51));
  EXPECT_EQ(Targets(hanging.lines), Numbers(0, 51));
}

TEST_F(SinksTest, AFailedDeliveryIsRepeatedWholeAndToldOnce) {
  FakeSink::State state;
  state.failing = true;
  auto sinks = Make("siem", state);
  sinks->Start();
  Append(5);
  sinks->Wake();
  ASSERT_TRUE(state.WaitFor([&] { return state.deliveries >= 4; }));
  EXPECT_TRUE(sinks->States().at(0).failing);
  state.Set(&FakeSink::State::failing, false);
  ASSERT_TRUE(state.WaitForLines(5));
  sinks->Stop();
  EXPECT_EQ(Targets(state.lines), Numbers(0, 5));
  EXPECT_GE(sinks->States().at(0).failures, 4U);
  EXPECT_FALSE(sinks->States().at(0).failing);
  const std::string told = told_.With([](const std::string& text) { return text; });
  EXPECT_EQ(told.find("audit.sink_failed"), told.rfind("audit.sink_failed"));
  EXPECT_TRUE(told.contains("nobody is there"));
  EXPECT_TRUE(told.contains("audit.sink_recovered"));
}

TEST_F(SinksTest, ASinkGoesOnWhereItStoppedAndGetsWhatItMissed) {
  FakeSink::State state;
  auto sinks = Make("siem", state);
  sinks->Start();
  Append(3);
  sinks->Wake();
  ASSERT_TRUE(state.WaitForLines(3));
  sinks.reset();
  Append(2);
  sinks = Make("siem", state);
  sinks->Start();
  ASSERT_TRUE(state.WaitForLines(5));
  sinks.reset();
  EXPECT_EQ(Targets(state.lines), Numbers(0, 5));
}

TEST_F(SinksTest, WhatIsLeftAtTheEndIsStillDelivered) {
  FakeSink::State state;
  auto sinks = Make("siem", state);
  sinks->Start();
  Append(20);
  sinks->Stop();
  EXPECT_EQ(Targets(state.lines), Numbers(0, 20));
}

TEST_F(SinksTest, WithoutACursorOrWithAForeignOneASinkBeginsWithTheOldestRecord) {
  FakeSink::State state;
  Append(3);
  Make("siem", state)->Stop();
  for (const std::string& cursor : {std::string(), std::string("x"), std::string("crossrole-audit-cursor-1 999999999 5 -"),
                                    "crossrole-audit-cursor-1 " + std::to_string(log_->End().offset) + " 3 " + std::string(64, 'a')}) {
    std::ofstream(folder_.path() + "/sinks/siem", std::ios::trunc) << cursor;
    state.lines.clear();
    auto sinks = Make("siem", state);
    sinks->Start();
    ASSERT_TRUE(state.WaitForLines(3)) << cursor;
    sinks->Stop();
    EXPECT_EQ(Targets(state.lines), Numbers(0, 3)) << cursor;
  }
  EXPECT_TRUE(told_.With([](const std::string& text) { return text; }).contains("audit.sink_begins_anew"));
}

TEST_F(SinksTest, NothingIsRemovedThatASinkDoesNotHave) {
  FakeSink::State state;
  state.failing = true;
  const CheckpointKey key(base::Secret(std::string(32, 'k')));
  log_.reset();
  log_ = Must(folder_.Open(nullptr, {.checkpoint_key = &key}));
  auto sinks = Make("siem", state);
  Append(3);
  folder_.clock().Advance(std::chrono::days(100));
  EXPECT_EQ(Must(log_->RemoveBefore(folder_.clock().Now(), sinks->Delivered())).records, 0U);
  state.failing = false;
  sinks->Start();
  ASSERT_TRUE(state.WaitForLines(3));
  sinks->Stop();
  EXPECT_EQ(Must(log_->RemoveBefore(folder_.clock().Now(), sinks->Delivered())).records, 3U);
  sinks = Make("siem", state);
  sinks->Start();
  Append(1);
  sinks->Stop();
  // The record of the removal, then the new one.
  EXPECT_EQ(Targets(state.lines), (std::vector<std::string>{"0", "1", "2", "", "3"}));
}

TEST_F(SinksTest, HowFarASinkIsBehindIsReadFromTheDiskWhileTheLogIsOpen) {
  FakeSink::State state;
  Append(3);
  auto sinks = Make("siem", state);
  sinks->Start();
  ASSERT_TRUE(state.WaitForLines(3));
  sinks->Stop();
  const SinkLag none = Must(LagOf(folder_.path(), "siem"));
  EXPECT_EQ(none.behind, 0U);
  EXPECT_FALSE(none.since);
  EXPECT_TRUE(none.progress);
  folder_.clock().Advance(std::chrono::hours(1));
  const base::Time missed = folder_.clock().Now();
  Append(1);
  folder_.clock().Advance(std::chrono::hours(1));
  Append(4);
  const SinkLag lag = Must(LagOf(folder_.path(), "siem"));
  EXPECT_EQ(lag.behind, 5U);
  ASSERT_TRUE(lag.since);
  EXPECT_EQ(base::FormatRfc3339Seconds(*lag.since), base::FormatRfc3339Seconds(missed));
}

TEST_F(SinksTest, ASinkWithoutACursorOfThisLogLacksEveryRecord) {
  FakeSink::State state;
  Append(3);
  EXPECT_EQ(Must(LagOf(folder_.path(), "siem")).behind, 3U);
  Make("siem", state)->Stop();
  for (const std::string& cursor : {std::string("x"), std::string("crossrole-audit-cursor-1 999999999 5 -")}) {
    std::ofstream(folder_.path() + "/sinks/siem", std::ios::trunc) << cursor;
    const SinkLag lag = Must(LagOf(folder_.path(), "siem"));
    EXPECT_EQ(lag.behind, 3U) << cursor;
    EXPECT_FALSE(lag.progress) << cursor;
    EXPECT_TRUE(lag.since) << cursor;
  }
}

TEST_F(SinksTest, WithoutALogOrWithAPathForANameThereIsNothingToSay) {
  for (const char* name : {"", "../audit/head", "A", "a/b"}) EXPECT_EQ(LagOf(folder_.path(), name).error().code, Code::kInvalidArgument) << name;
  EXPECT_FALSE(LagOf(folder_.path() + "/nowhere", "siem"));
  log_.reset();
  ASSERT_EQ(::unlink((folder_.path() + "/audit/head").c_str()), 0);
  EXPECT_EQ(LagOf(folder_.path(), "siem").error().code, Code::kFailedPrecondition);
}

TEST_F(SinksTest, NamesAreFileNamesAndUnique) {
  FakeSink::State state;
  auto sinks = Make("siem", state);
  for (const char* name : {"", "../siem", "a/b", "A", "-a", "siem", "012345678901234567890123456789012"}) {
    const auto added = sinks->Add(name, 10s, std::make_unique<FakeSink>(state));
    ASSERT_FALSE(added.has_value()) << name;
    EXPECT_EQ(added.error().field, "audit.sink.name");
  }
}

// --- the kinds of sinks ----------------------------------------------------------------------------------------

class SinkTest : public testing::Test {
 protected:
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  static Deadline Soon() { return Deadline::After(30s); }

  AuditFolder folder_;
  const std::string path_ = folder_.path() + "/copy.jsonl";
  const std::vector<std::string> lines_{"{\"a\":1}", "{\"a\":2}"};
};

TEST_F(SinkTest, AFileIsPrivateAppendedToAndOpenedAgainWhenItWasMoved) {
  const auto sink = Must(MakeSink({.type = SinkType::kFile, .path = path_}, folder_.clock()));
  ASSERT_TRUE(sink->Deliver(lines_, Soon()).has_value());
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ASSERT_TRUE(sink->Deliver(lines_, Soon()).has_value());
  std::filesystem::rename(path_, path_ + ".1");
  ASSERT_TRUE(sink->Deliver(lines_, Soon()).has_value());
  EXPECT_EQ(Read(path_ + ".1"), "{\"a\":1}\n{\"a\":2}\n{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(Read(path_), "{\"a\":1}\n{\"a\":2}\n");
}

TEST_F(SinkTest, AFileThatEndsInsideALineGetsItsLineEnd) {
  std::ofstream(path_) << "{\"a\":";
  const auto sink = Must(MakeSink({.type = SinkType::kFile, .path = path_}, folder_.clock()));
  ASSERT_TRUE(sink->Deliver(lines_, Soon()).has_value());
  EXPECT_EQ(Read(path_), "{\"a\":\n{\"a\":1}\n{\"a\":2}\n");
}

TEST_F(SinkTest, APipeThatNobodyReadsFailsAtTheDeadline) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const auto sink = Must(MakeSink({.type = SinkType::kFile, .path = path_}, folder_.clock()));
  const std::vector<std::string> many(20, std::string(60'000, 'x'));
  const Deadline deadline = Deadline::After(100ms);
  EXPECT_EQ(sink->Deliver(many, deadline).error().code, Code::kUnavailable);
  EXPECT_TRUE(deadline.Passed());
}

TEST_F(SinkTest, AFileThatCannotBeMadeIsAnErrorAndATryLaterIsNot) {
  const auto sink = Must(MakeSink({.type = SinkType::kFile, .path = folder_.path() + "/later/copy.jsonl"}, folder_.clock()));
  EXPECT_EQ(sink->Deliver(lines_, Soon()).error().code, Code::kUnavailable);
  std::filesystem::create_directory(folder_.path() + "/later");
  EXPECT_TRUE(sink->Deliver(lines_, Soon()).has_value());
}

TEST_F(SinkTest, AWebhookGetsABatchOfLinesThatIsSigned) {
  fakes::LoopbackServer::Request seen;
  fakes::LoopbackServer server([&](const fakes::LoopbackServer::Request& request) {
    seen = request;
    return fakes::Ok("");
  });
  const auto sink = Must(MakeSink({.type = SinkType::kWebhook, .url = server.url() + "/audit?x=1", .secret = base::Secret("shared")}, folder_.clock()));
  ASSERT_TRUE(sink->Deliver(lines_, Soon()).has_value());
  EXPECT_EQ(seen.body, "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_TRUE(seen.head.starts_with("POST /audit?x=1 HTTP/1.1\r\n")) << seen.head;
  EXPECT_TRUE(seen.head.contains("Content-Type: application/x-ndjson\r\n")) << seen.head;
  EXPECT_TRUE(seen.head.contains("Crossrole-Signature: " + delivery::SignatureHeader(base::Secret("shared"), folder_.clock().Now(), seen.body) + "\r\n"));
}

TEST_F(SinkTest, WhatASinkNeedsIsNamedWhenItIsMissing) {
  const auto field = [&](SinkSettings settings) { return MakeSink(std::move(settings), folder_.clock()).error().field; };
  EXPECT_EQ(field({.type = SinkType::kFile, .path = "relative"}), "path");
  EXPECT_EQ(field({.type = SinkType::kSyslog, .address = "somewhere"}), "address");
  EXPECT_EQ(field({.type = SinkType::kSyslog, .address = "unix:/dev/log", .facility = 24}), "facility");
  EXPECT_EQ(field({.type = SinkType::kWebhook, .url = "https://h/", .secret = base::Secret()}), "secret_file");
  EXPECT_EQ(field({.type = SinkType::kWebhook, .url = "http://example.com/", .secret = base::Secret("s")}), "url");
}

}  // namespace
}  // namespace crossrole::audit
