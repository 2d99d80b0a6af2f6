// SPDX-License-Identifier: Apache-2.0
#include "aws/circuits/circuits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "aws/assume_role.h"
#include "aws/client.h"
#include "aws/sts.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

namespace crossrole::aws {
namespace {

using base::Code;
using std::chrono::minutes;
using std::chrono::seconds;

class CircuitsTest : public testing::Test {
 protected:
  static CircuitKey Of(std::string account, std::string region = "eu-west-1", std::string service = "sts") {
    return {.service = std::move(service), .region = std::move(region), .account = std::move(account)};
  }
  // One attempt that gets leave; false where it gets none.
  bool Attempt(const CircuitKey& key, Sign sign) {
    const auto pass = circuits_.Admit(key);
    if (pass) circuits_.Note(key, *pass, sign);
    return pass.has_value();
  }
  int Attempts(const CircuitKey& key, Sign sign, int count) {
    int admitted = 0;
    for (int i = 0; i < count; ++i) admitted += Attempt(key, sign) ? 1 : 0;
    return admitted;
  }
  void OpenRegion() {
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(Attempt(Of("111111111111"), Sign::kFailed));
      ASSERT_TRUE(Attempt(Of("222222222222"), Sign::kFailed));
    }
    ASSERT_FALSE(circuits_.Look(Of("333333333333")).has_value());
  }

  fakes::FakeClock clock_;
  std::vector<std::pair<CircuitKey, bool>> changes_;
  Circuits circuits_{clock_, [this](const CircuitKey& key, bool is_open) { changes_.emplace_back(key, is_open); }};
};

TEST_F(CircuitsTest, ARegionThatFailsForSeveralAccountsIsNotCalledForAMoment) {
  OpenRegion();
  const auto refused = circuits_.Admit(Of("333333333333"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(refused.error().reason, "aws.circuit_open");
  EXPECT_EQ(refused.error().retry_after, seconds(1));
  EXPECT_TRUE(refused.error().message.contains("eu-west-1")) << refused.error().message;
  EXPECT_EQ(circuits_.Open(), std::vector{Of("")});
  EXPECT_EQ(changes_, (std::vector<std::pair<CircuitKey, bool>>{{Of(""), true}}));
  EXPECT_GE(circuits_.Refused(), 2U);
}

TEST_F(CircuitsTest, OtherRegionsAndServicesGoOn) {
  OpenRegion();
  EXPECT_TRUE(circuits_.Admit(Of("111111111111", "us-east-1")).has_value());
  EXPECT_TRUE(circuits_.Admit(Of("111111111111", "eu-west-1", "iam")).has_value());
}

TEST_F(CircuitsTest, TheFaultOfOneAccountStopsNobodyElse) {
  EXPECT_EQ(Attempts(Of("111111111111"), Sign::kFailed, 100), 10);
  EXPECT_FALSE(circuits_.Admit(Of("111111111111")).has_value());
  EXPECT_TRUE(Attempt(Of("222222222222"), Sign::kAnswered));
  EXPECT_EQ(circuits_.Open(), std::vector{Of("111111111111")});
}

TEST_F(CircuitsTest, OneCallWithAllItsAttemptsStopsNobody) {
  EXPECT_EQ(Attempts(Of("111111111111"), Sign::kUnreachable, RetryRules{}.max_attempts), RetryRules{}.max_attempts);
  EXPECT_TRUE(circuits_.Look(Of("111111111111")).has_value());
}

TEST_F(CircuitsTest, NobodysAccountIsWhyThereIsNoConnection) {
  EXPECT_EQ(Attempts(Of("111111111111"), Sign::kUnreachable, 100), 10);
  EXPECT_FALSE(circuits_.Look(Of("222222222222")).has_value());
}

TEST_F(CircuitsTest, TimeoutsCountMoreThanWhatFailsAtOnce) {
  EXPECT_EQ(Attempts(Of("111111111111"), Sign::kTimedOut, 100), 3);
}

TEST_F(CircuitsTest, AnyGoodAnswerInBetweenShowsThatTheRegionIsThere) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Attempt(Of("111111111111"), Sign::kFailed)) << i;
    ASSERT_TRUE(Attempt(Of("222222222222"), Sign::kFailed)) << i;
    if (i % 4 == 0) ASSERT_TRUE(Attempt(Of("111111111111"), Sign::kAnswered)) << i;
    if (i % 4 == 2) ASSERT_TRUE(Attempt(Of("222222222222"), Sign::kAnswered)) << i;
  }
  EXPECT_TRUE(changes_.empty());
}

TEST_F(CircuitsTest, FailuresThatLieFarApartAreNoOutage) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Attempt(Of("111111111111"), Sign::kUnreachable)) << i;
    clock_.Advance(seconds(61));
  }
}

TEST_F(CircuitsTest, ShortTimeoutsOfOursSayNothing) { EXPECT_EQ(Attempts(Of("111111111111"), Sign::kNothing, 100), 100); }

TEST_F(CircuitsTest, OneTrialClosesItForAll) {
  OpenRegion();
  clock_.Advance(seconds(5));
  const auto trial = circuits_.Admit(Of("333333333333"));
  ASSERT_TRUE(trial.has_value());
  EXPECT_TRUE(trial->tries_region);
  const auto meanwhile = circuits_.Admit(Of("444444444444"));
  ASSERT_FALSE(meanwhile.has_value()) << "one goes, the others wait for it";
  EXPECT_EQ(meanwhile.error().retry_after, seconds(1));
  circuits_.Note(Of("333333333333"), *trial, Sign::kAnswered);
  EXPECT_EQ(Attempts(Of("444444444444"), Sign::kAnswered, 10), 10);
  EXPECT_EQ(changes_.back(), std::pair(Of(""), false));
  EXPECT_TRUE(circuits_.Open().empty());
}

TEST_F(CircuitsTest, WhoTriesInVainLeavesTheNextTrialToAnother) {
  OpenRegion();
  clock_.Advance(seconds(1));
  ASSERT_TRUE(Attempt(Of("111111111111"), Sign::kFailed));
  EXPECT_FALSE(circuits_.Admit(Of("222222222222")).has_value()) << "it rests again";
  clock_.Advance(seconds(2));
  EXPECT_FALSE(circuits_.Admit(Of("111111111111")).has_value()) << "the fault may be this account's";
  EXPECT_TRUE(Attempt(Of("222222222222"), Sign::kAnswered));
  EXPECT_FALSE(circuits_.Admit(Of("111111111111")).has_value());
  clock_.Advance(seconds(1));
  EXPECT_TRUE(Attempt(Of("111111111111"), Sign::kAnswered));
  EXPECT_TRUE(circuits_.Look(Of("111111111111")).has_value());
}

TEST_F(CircuitsTest, EachTrialThatFailsDoublesTheRest) {
  OpenRegion();
  std::vector<std::int64_t> rests;
  for (const char* account : {"311111111111", "322222222222", "333333333333", "344444444444", "355555555555"}) {
    const auto refused = circuits_.Look(Of(account));
    ASSERT_FALSE(refused.has_value());
    rests.push_back(refused.error().retry_after->count());
    clock_.Advance(*refused.error().retry_after);
    ASSERT_TRUE(Attempt(Of(account), Sign::kFailed));
  }
  EXPECT_EQ(rests, (std::vector<std::int64_t>{1, 2, 4, 8, 8}));
  clock_.Advance(seconds(8));
  ASSERT_TRUE(Attempt(Of("366666666666"), Sign::kAnswered));
  OpenRegion();
  EXPECT_EQ(circuits_.Look(Of("377777777777")).error().retry_after, seconds(1)) << "another outage begins anew";
}

TEST_F(CircuitsTest, ATrialThatShowsNothingIsMadeAgain) {
  OpenRegion();
  clock_.Advance(seconds(5));
  ASSERT_TRUE(Attempt(Of("333333333333"), Sign::kNothing));
  const auto again = circuits_.Admit(Of("333333333333"));
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->tries_region);
}

TEST_F(CircuitsTest, WhatComesLateProlongsNothing) {
  const auto early = circuits_.Admit(Of("333333333333"));
  ASSERT_TRUE(early.has_value());
  OpenRegion();
  clock_.Advance(std::chrono::milliseconds(900));
  circuits_.Note(Of("333333333333"), *early, Sign::kTimedOut);
  clock_.Advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(circuits_.Look(Of("444444444444")).has_value());
}

TEST_F(CircuitsTest, AGoodAnswerThatComesLateClosesIt) {
  const auto early = circuits_.Admit(Of("333333333333"));
  ASSERT_TRUE(early.has_value());
  OpenRegion();
  circuits_.Note(Of("333333333333"), *early, Sign::kAnswered);
  EXPECT_TRUE(circuits_.Look(Of("444444444444")).has_value());
}

TEST_F(CircuitsTest, WhatNobodyTriesIsNotReportedForEver) {
  OpenRegion();
  clock_.Advance(seconds(61));
  EXPECT_TRUE(circuits_.Open().empty());
  const auto trial = circuits_.Admit(Of("333333333333"));
  ASSERT_TRUE(trial.has_value());
  EXPECT_TRUE(trial->tries_region) << "but it is still proven first";
}

// What a client makes of what it meets.
class ClientCircuitTest : public CircuitsTest {
 protected:
  Client MakeClient() {
    return Client({.region = "eu-west-1",
                   .credentials = std::make_shared<StaticCredentials>(
                       Credentials{.access_key_id = "AKIATEST", .secret_access_key = base::Secret("secret"), .session_token = base::Secret("token")}),
                   .transport = transport_,
                   .circuits = &circuits_,
                   .budget_identity = "own:aws",
                   .clock = clock_,
                   .random = random_});
  }
  base::Error Probe(const std::string& account, std::optional<int> max_attempts = 1, Lane lane = Lane::kMint) {
    const auto role = model::RoleArn::Parse("arn:aws:iam::" + account + ":role/r");
    const AssumeRoleRequest request(*role, *model::ExternalId::Parse("t_01JD8ZQ4X9M2V7C3K5T6W8YB0A:abcdefghijklmnopqrstuvwxyz"), {.session_name = "name"});
    const auto answer = AssumeRole(MakeClient(), request, {.deadline = base::Deadline(clock_.SteadyNow() + minutes(5)), .lane = lane, .max_attempts = max_attempts});
    EXPECT_FALSE(answer.has_value());
    return answer.error();
  }
  std::size_t Sent() const { return transport_.requests().size(); }
  static std::string Xml(const std::string& code) {
    return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>";
  }
  void AnswerAll(int status, const std::string& code) {
    transport_.SetHandler([status, code](const HttpRequest&) -> fakes::FakeTransport::Answer {
      return HttpResponse{.status = status, .body = Xml(code)};
    });
  }

  void FailOften() {
    AnswerAll(500, "InternalFailure");
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(Probe("111111111111").aws_code, "InternalFailure");
      EXPECT_EQ(Probe("222222222222").aws_code, "InternalFailure");
    }
  }
  // The first two rests are so short that calls wait for them, and try in vain.
  void FailUntilRefused() {
    FailOften();
    for (const char* account : {"711111111111", "722222222222"}) EXPECT_EQ(Probe(account).aws_code, "InternalFailure");
  }

  fakes::FakeTransport transport_{&clock_};
  base::SeededRandom random_{7};
};

TEST_F(ClientCircuitTest, NothingIsSentToARegionThatFailed) {
  FailUntilRefused();
  const std::size_t sent = Sent();
  const base::Error refused = Probe("333333333333");
  EXPECT_EQ(refused.reason, "aws.circuit_open");
  EXPECT_EQ(refused.code, Code::kUnavailable);
  EXPECT_TRUE(refused.message.starts_with("sts:AssumeRole: ")) << refused.message;
  EXPECT_EQ(Sent(), sent);
  clock_.Advance(seconds(5));
  AnswerAll(403, "AccessDenied");
  EXPECT_EQ(Probe("333333333333").aws_code, "AccessDenied");
  EXPECT_EQ(Probe("444444444444").aws_code, "AccessDenied");
}

TEST_F(ClientCircuitTest, AShortRestIsWaitedFor) {
  FailOften();
  AnswerAll(403, "AccessDenied");
  const auto before = clock_.SteadyNow();
  EXPECT_EQ(Probe("333333333333").aws_code, "AccessDenied");
  EXPECT_EQ(clock_.SteadyNow() - before, seconds(1));
}

TEST_F(ClientCircuitTest, WhatProvesARoleAsksInAnyCaseAndEndsTheOutageForAll) {
  FailUntilRefused();
  AnswerAll(403, "AccessDenied");
  const std::size_t sent = Sent();
  EXPECT_EQ(Probe("333333333333").reason, "aws.circuit_open");
  EXPECT_EQ(Sent(), sent);
  EXPECT_EQ(Probe("333333333333", 1, Lane::kVerify).aws_code, "AccessDenied");
  EXPECT_EQ(Probe("444444444444").aws_code, "AccessDenied");
  EXPECT_EQ(Sent(), sent + 2);
}

TEST_F(ClientCircuitTest, ThrottlingAndRefusalsAreAnswers) {
  for (const auto& [status, code] : {std::pair(400, "Throttling"), std::pair(503, "SlowDown"), std::pair(403, "AccessDenied"),
                                     std::pair(403, "RegionDisabledException"), std::pair(400, "ExpiredTokenException")}) {
    AnswerAll(status, code);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(Probe(i % 2 == 0 ? "111111111111" : "222222222222").aws_code, code);
  }
  EXPECT_EQ(Sent(), 250U);
  EXPECT_TRUE(changes_.empty());
}

TEST_F(ClientCircuitTest, TheFaultOfTheAccountThatARoleIsInIsItsOwn) {
  transport_.SetHandler([](const HttpRequest& request) -> fakes::FakeTransport::Answer {
    const bool is_broken = request.body.contains("111111111111");
    return HttpResponse{.status = is_broken ? 500 : 403, .body = Xml(is_broken ? "InternalFailure" : "AccessDenied")};
  });
  for (int i = 0; i < 12; ++i) Probe("111111111111");
  EXPECT_EQ(Probe("111111111111").reason, "aws.circuit_open");
  EXPECT_EQ(Probe("222222222222").aws_code, "AccessDenied");
}

TEST_F(ClientCircuitTest, OnlyATimeoutThatGaveAwsAFairTimeCounts) {
  for (const auto& [took, calls] : {std::pair(seconds(1), 20U), std::pair(seconds(10), 5U)}) {  // three, and two that waited for a short rest
    const std::size_t before = Sent();
    transport_.SetHandler([this, took](const HttpRequest&) -> fakes::FakeTransport::Answer {
      clock_.Advance(took);
      return base::Fail(TimeoutError("no answer", Sent::kMaybe));
    });
    for (int i = 0; i < 20; ++i) Probe("111111111111");
    EXPECT_EQ(Sent() - before, calls);
  }
}

TEST_F(ClientCircuitTest, WhatAnAttemptMetIsToldRatherThanThatThereIsNoOther) {
  AnswerAll(500, "InternalFailure");
  for (int i = 0; i < 8; ++i) Probe("111111111111");
  const base::Error error = Probe("111111111111", 5);
  EXPECT_EQ(error.aws_code, "InternalFailure");
  EXPECT_EQ(Sent(), 11U) << "it waits for the first rest, not for the next one";
  EXPECT_EQ(error.retry_after, seconds(2));
}

}  // namespace
}  // namespace crossrole::aws
