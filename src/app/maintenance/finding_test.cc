// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance/finding.h"

#include <gtest/gtest.h>

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

TEST(FindingTest, WhatIsNotWellSaysWhatToDo) {
  for (const Finding& finding : {JudgeSpace(0), JudgeSpace(100 * kMiB), JudgeClock(std::chrono::seconds(900)),
                                 JudgeCertificate(Certificate(std::chrono::days(-9), std::chrono::days(-1)), kNow, "")}) {
    EXPECT_NE(finding.fix, "") << finding.name;
  }
}

}  // namespace
}  // namespace crossrole::app
