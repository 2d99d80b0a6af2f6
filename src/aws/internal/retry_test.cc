// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/retry.h"

#include <gtest/gtest.h>

#include "aws/internal/clock_skew.h"
#include "aws/transport.h"

namespace crossrole::aws::internal {
namespace {

using base::Code;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::optional<microseconds> Delay(Failure failure, Repeat repeat, int attempts = 1, double unit = 0.5, microseconds left = minutes(10)) {
  return DelayBeforeRetry({}, {.failure = failure, .repeat = repeat, .attempts_made = attempts, .unit = unit, .left = left});
}

const Failure kThrottledFailure = JudgeAnswer(400, {.code = Code::kThrottled, .aws_code = "Throttling"});
const Failure kServerFailure = JudgeAnswer(500, {.code = Code::kUnavailable, .aws_code = "InternalFailure"});
const Failure kLostAnswer = JudgeTransportError(UnreachableError("reset", Sent::kMaybe));
const Failure kNoConnection = JudgeTransportError(UnreachableError("refused", Sent::kNothing));

TEST(RetryTest, OnlyThrottlingServerErrorsAndLostConnectionsAreRepeated) {
  for (const Failure& failure : {kThrottledFailure, kServerFailure, kLostAnswer, kNoConnection}) {
    EXPECT_TRUE(Delay(failure, Repeat::kIdempotent).has_value());
  }
  for (const char* code : {"AccessDenied", "ValidationError", "NoSuchEntity", "ExpiredToken", "SignatureDoesNotMatch", ""}) {
    EXPECT_FALSE(Delay(JudgeAnswer(403, {.code = Code::kAwsRefused, .aws_code = code}), Repeat::kIdempotent).has_value()) << code;
  }
  EXPECT_FALSE(Delay(JudgeTransportError({.code = Code::kInvalidArgument}), Repeat::kIdempotent).has_value());
  EXPECT_FALSE(Delay(JudgeTransportError({.code = Code::kUnavailable, .reason = "aws.stopped"}), Repeat::kIdempotent).has_value());
  EXPECT_TRUE(Delay(JudgeAnswer(400, {.code = Code::kAwsRefused, .aws_code = "IDPCommunicationError"}), Repeat::kIdempotent).has_value());
}

TEST(RetryTest, WhatMustHappenOnceIsRepeatedOnlyWhenNothingWasProcessed) {
  EXPECT_TRUE(Delay(kThrottledFailure, Repeat::kOnce).has_value());
  EXPECT_TRUE(Delay(kNoConnection, Repeat::kOnce).has_value());
  EXPECT_FALSE(Delay(kServerFailure, Repeat::kOnce).has_value());
  EXPECT_FALSE(Delay(kLostAnswer, Repeat::kOnce).has_value());
  EXPECT_FALSE(Delay(JudgeTransportError(TimeoutError("slow", Sent::kMaybe)), Repeat::kOnce).has_value());
}

TEST(RetryTest, TheBoundDoublesUpToTheCapAndTheDelayIsAUniformPartOfIt) {
  EXPECT_EQ(Delay(kServerFailure, Repeat::kIdempotent, 1, 0.0), milliseconds(0));
  EXPECT_EQ(Delay(kServerFailure, Repeat::kIdempotent, 1, 0.5), milliseconds(50));
  EXPECT_EQ(Delay(kServerFailure, Repeat::kIdempotent, 3, 0.5), milliseconds(200));
  EXPECT_EQ(Delay(kThrottledFailure, Repeat::kIdempotent, 1, 0.5), milliseconds(250));
  const RetryRules patient{.max_attempts = 100};
  EXPECT_EQ(DelayBeforeRetry(patient, {.failure = kServerFailure, .repeat = Repeat::kIdempotent, .attempts_made = 90, .unit = 0.5, .left = minutes(10)}),
            seconds(10));
}

TEST(RetryTest, AttemptsAndTimeAreLimited) {
  EXPECT_TRUE(Delay(kServerFailure, Repeat::kIdempotent, 4).has_value());
  EXPECT_FALSE(Delay(kServerFailure, Repeat::kIdempotent, 5).has_value());
  EXPECT_FALSE(Delay(kServerFailure, Repeat::kIdempotent, 1, 0.5, milliseconds(50)).has_value());
  EXPECT_TRUE(Delay(kServerFailure, Repeat::kIdempotent, 1, 0.5, milliseconds(51)).has_value());
}

TEST(RetryTest, WhatAwsAsksForIsWaited) {
  Failure failure = kThrottledFailure;
  failure.retry_after = seconds(3);
  EXPECT_EQ(Delay(failure, Repeat::kIdempotent, 1, 0.5), milliseconds(3250));
  failure.retry_after = seconds(3600);
  EXPECT_EQ(Delay(failure, Repeat::kIdempotent, 1, 0.0), seconds(20));
}

const base::Time kNow = base::FromMicros(1'767'323'045'000'000);  // 2026-01-02T03:04:05Z

TEST(ClockSkewTest, LearnsFromTheDateOfARefusal) {
  ClockSkew skew;
  EXPECT_EQ(skew.Learn("SignatureDoesNotMatch", "Fri, 02 Jan 2026 03:14:05 GMT", kNow), minutes(10));
  EXPECT_EQ(skew.Correct(kNow), kNow + minutes(10));
  EXPECT_FALSE(skew.Learn("SignatureDoesNotMatch", "Fri, 02 Jan 2026 03:14:05 GMT", kNow).has_value());
  EXPECT_EQ(skew.Learn("RequestTimeTooSkewed", "Fri, 02 Jan 2026 03:04:05 GMT", kNow), minutes(0));
}

TEST(ClockSkewTest, OtherRefusalsAndSmallDifferencesTeachNothing) {
  ClockSkew skew;
  EXPECT_FALSE(skew.Learn("AccessDenied", "Fri, 02 Jan 2026 04:04:05 GMT", kNow).has_value());
  EXPECT_FALSE(skew.Learn("SignatureDoesNotMatch", "Fri, 02 Jan 2026 03:07:05 GMT", kNow).has_value());
  EXPECT_FALSE(skew.Learn("SignatureDoesNotMatch", "", kNow).has_value());
  EXPECT_FALSE(skew.Learn("SignatureDoesNotMatch", "yesterday", kNow).has_value());
  EXPECT_EQ(skew.offset(), seconds(0));
}

}  // namespace
}  // namespace crossrole::aws::internal
