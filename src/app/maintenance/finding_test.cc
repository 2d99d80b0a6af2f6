// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance/finding.h"

#include <gtest/gtest.h>

#include <optional>

namespace crossrole::app {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
const base::Time kNow = *base::ParseRfc3339("2026-01-02T03:04:05Z");

http::CertificateFacts Certificate(std::chrono::days from, std::chrono::days until, bool is_of_host = true) {
  return {.not_before = kNow + from, .not_after = kNow + until, .is_of_host = is_of_host};
}

TEST(FindingTest, LittleSpaceIsAWarningAndNextToNoneAProblem) {
  EXPECT_EQ(JudgeSpace(2048 * kMiB).health, Health::kOk);
  EXPECT_EQ(JudgeSpace(1024 * kMiB).health, Health::kOk);
  EXPECT_EQ(JudgeSpace(1024 * kMiB - 1).health, Health::kWarning);
  EXPECT_EQ(JudgeSpace(64 * kMiB).health, Health::kWarning);
  EXPECT_EQ(JudgeSpace(64 * kMiB - 1).health, Health::kProblem);
  EXPECT_EQ(JudgeSpace(0).message, "0 MiB are free for the data directory");
}

TEST(FindingTest, ACertificateMustCountNowAndBeThatOfTheHost) {
  using std::chrono::days;
  EXPECT_EQ(JudgeCertificate(Certificate(days(-1), days(90)), kNow, "host").health, Health::kOk);
  EXPECT_EQ(JudgeCertificate(Certificate(days(-1), days(21)), kNow, "host").health, Health::kOk);
  EXPECT_EQ(JudgeCertificate(Certificate(days(-1), days(20)), kNow, "host").health, Health::kWarning);
  EXPECT_EQ(JudgeCertificate(Certificate(days(-9), days(0)), kNow, "host").health, Health::kProblem);
  EXPECT_EQ(JudgeCertificate(Certificate(days(1), days(90)), kNow, "host").health, Health::kProblem);
  EXPECT_EQ(JudgeCertificate(Certificate(days(-1), days(90), false), kNow, "host").health, Health::kProblem);
  EXPECT_EQ(JudgeCertificate(Certificate(days(-1), days(90), false), kNow, "").health, Health::kOk);
}

TEST(FindingTest, AClockMayBeAwayALittleButNotByWhatAwsRefuses) {
  using std::chrono::seconds;
  for (const int sign : {1, -1}) {
    EXPECT_EQ(JudgeClock(seconds(sign * 30)).health, Health::kOk);
    EXPECT_EQ(JudgeClock(seconds(sign * 31)).health, Health::kWarning);
    EXPECT_EQ(JudgeClock(seconds(sign * 299)).health, Health::kWarning);
    EXPECT_EQ(JudgeClock(seconds(sign * 300)).health, Health::kProblem);
  }
  EXPECT_EQ(JudgeClock(seconds(60)).message, "this machine's clock is 60 seconds behind that of AWS");
  EXPECT_EQ(JudgeClock(seconds(-60)).message, "this machine's clock is 60 seconds ahead of that of AWS");
}

// A sink with 7 records to come, the oldest of that age, whose cursor moved last so long ago.
SinkFacts Behind(std::chrono::seconds oldest, std::optional<std::chrono::seconds> progress) {
  audit::SinkLag lag{.behind = 7, .since = kNow - oldest};
  if (progress) lag.progress = kNow - *progress;
  return {.name = "siem", .lag = lag};
}

TEST(FindingTest, ASinkThatIsReachedAndTakesNothingIsAProblem) {
  using std::chrono::seconds;
  EXPECT_EQ(JudgeSink({.name = "siem", .lag = audit::SinkLag{}}, kNow).message, "it can be reached and has every record");
  EXPECT_EQ(JudgeSink({.name = "siem"}, kNow).message, "it can be reached");
  EXPECT_EQ(JudgeSink(Behind(seconds(119), seconds(119)), kNow).health, Health::kOk);
  const Finding hangs = JudgeSink(Behind(seconds(300), seconds(120)), kNow);
  EXPECT_EQ(hangs.health, Health::kProblem);
  EXPECT_EQ(hangs.name, "audit sink siem");
  EXPECT_EQ(hangs.message, "it can be reached, but takes nothing since 2026-01-02T03:02:05Z: 7 records wait for it, the oldest since 2026-01-02T02:59:05Z");
  EXPECT_NE(hangs.fix, "");
}

TEST(FindingTest, ASinkThatCatchesUpIsWellAndOneThatNobodyServesIsNot) {
  using std::chrono::seconds;
  EXPECT_EQ(JudgeSink(Behind(seconds(9000), seconds(5)), kNow).health, Health::kOk);
  const Finding fresh = JudgeSink(Behind(seconds(9000), std::nullopt), kNow);
  EXPECT_EQ(fresh.health, Health::kWarning);
  EXPECT_NE(fresh.message.find("got nothing yet"), std::string::npos) << fresh.message;
  SinkFacts stopped = Behind(seconds(9000), seconds(9000));
  stopped.server_runs = false;
  EXPECT_EQ(JudgeSink(stopped, kNow).health, Health::kWarning);
  EXPECT_NE(JudgeSink(stopped, kNow).fix.find("start the server"), std::string::npos);
}

TEST(FindingTest, ASinkThatCannotBeReachedSaysHowMuchWaits) {
  SinkFacts facts = Behind(std::chrono::seconds(10), std::nullopt);
  facts.failure = "nobody is there";
  const Finding finding = JudgeSink(facts, kNow);
  EXPECT_EQ(finding.health, Health::kProblem);
  EXPECT_EQ(finding.message, "it cannot be reached: nobody is there; 7 records wait for it, the oldest since 2026-01-02T03:03:55Z");
}

TEST(FindingTest, WhatIsNotWellSaysWhatToDo) {
  for (const Finding& finding : {JudgeSpace(0), JudgeSpace(100 * kMiB), JudgeClock(std::chrono::seconds(900)),
                                 JudgeCertificate(Certificate(std::chrono::days(-9), std::chrono::days(-1)), kNow, "")}) {
    EXPECT_NE(finding.fix, "") << finding.name;
  }
}

}  // namespace
}  // namespace crossrole::app
