// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/state.h"

#include <gtest/gtest.h>

#include "fakes/sample_integration.h"

namespace crossrole::integration {
namespace {

using fakes::SampleIntegration;
using model::IntegrationState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Time kNow = base::FromMicros(1'767'323'045'000'000);

const CheckSummary kOk{.positive = Observed::kAllowed, .ok = true};
const CheckSummary kRefused{.positive = Observed::kDenied};
const CheckSummary kOpen{.positive = Observed::kAllowed, .negative_allowed = true};
const CheckSummary kBadDocument{.positive = Observed::kAllowed};
const CheckSummary kNoAnswer{.positive = Observed::kUnknown};
const CheckSummary kHalfAnswer{.positive = Observed::kAllowed, .negative_unknown = true};

model::Integration In(IntegrationState state) {
  model::Integration sample = SampleIntegration();
  sample.state = state;
  sample.created_at = kNow;
  return sample;
}

void Apply(const StateChange& change, model::Integration& integration) {
  integration.state = change.state;
  integration.state_reason = change.reason;
  integration.negative_allowed_in_a_row = change.negative_allowed_in_a_row;
  integration.positive_denied_at = change.positive_denied_at;
}

TEST(StateTest, ASuccessActivatesEveryStateButDisabled) {
  for (const auto state : {IntegrationState::kPending, IntegrationState::kVerifying, IntegrationState::kActive,
                           IntegrationState::kFailed, IntegrationState::kQuarantined}) {
    EXPECT_EQ(NextState(In(state), kOk, kNow).state, IntegrationState::kActive);
  }
  EXPECT_EQ(NextState(In(IntegrationState::kDisabled), kOk, kNow).state, IntegrationState::kDisabled);
}

TEST(StateTest, ASafeTrustInTheWrongAccountFailsWithThatReason) {
  CheckSummary elsewhere = kBadDocument;
  elsewhere.is_elsewhere = true;
  const StateChange next = NextState(In(IntegrationState::kVerifying), elsewhere, kNow);
  EXPECT_EQ(next.state, IntegrationState::kFailed);
  EXPECT_EQ(next.reason, "not_management_account");
  elsewhere.negative_allowed = true;
  EXPECT_EQ(NextState(In(IntegrationState::kFailed), elsewhere, kNow).reason, "trust_open");
}

TEST(StateTest, AnUnknownAnswerChangesNothing) {
  for (const auto state : {IntegrationState::kPending, IntegrationState::kVerifying, IntegrationState::kActive,
                           IntegrationState::kFailed, IntegrationState::kQuarantined, IntegrationState::kDisabled}) {
    model::Integration integration = In(state);
    integration.state_reason = "as it was";
    integration.negative_allowed_in_a_row = 1;
    integration.positive_denied_at = {kNow - hours(1)};
    for (const CheckSummary& check : {kNoAnswer, kHalfAnswer}) {
      const StateChange next = NextState(integration, check, kNow);
      EXPECT_EQ(next.state, state);
      EXPECT_EQ(next.reason, "as it was");
      EXPECT_EQ(next.negative_allowed_in_a_row, 1);
      EXPECT_EQ(next.positive_denied_at, integration.positive_denied_at);
    }
  }
}

TEST(StateTest, PendingWaitsForARoleThatNobodyNamed) {
  EXPECT_EQ(NextState(In(IntegrationState::kPending), kRefused, kNow).state, IntegrationState::kPending);
  model::Integration named = In(IntegrationState::kPending);
  named.role_arn = named.ExpectedRoleArn();
  EXPECT_EQ(NextState(named, kRefused, kNow).state, IntegrationState::kFailed);
  EXPECT_EQ(NextState(In(IntegrationState::kPending), kOpen, kNow).state, IntegrationState::kFailed);
}

TEST(StateTest, VerifyingFailsWithTheReason) {
  EXPECT_EQ(NextState(In(IntegrationState::kVerifying), kRefused, kNow).reason, "not_assumable");
  EXPECT_EQ(NextState(In(IntegrationState::kVerifying), kOpen, kNow).reason, "trust_open");
  EXPECT_EQ(NextState(In(IntegrationState::kVerifying), kBadDocument, kNow).reason, "trust");
  EXPECT_EQ(NextState(In(IntegrationState::kVerifying), kBadDocument, kNow).state, IntegrationState::kFailed);
}

TEST(StateTest, TwoOpenChecksInARowQuarantine) {
  model::Integration integration = In(IntegrationState::kActive);
  Apply(NextState(integration, kOpen, kNow), integration);
  EXPECT_EQ(integration.state, IntegrationState::kActive);
  Apply(NextState(integration, kNoAnswer, kNow + seconds(1)), integration);
  Apply(NextState(integration, kOpen, kNow + seconds(2)), integration);
  EXPECT_EQ(integration.state, IntegrationState::kQuarantined);
  EXPECT_EQ(integration.state_reason, "trust_open");
  Apply(NextState(integration, kOk, kNow + seconds(3)), integration);
  EXPECT_EQ(integration.state, IntegrationState::kActive);
  EXPECT_EQ(integration.state_reason, "");
  EXPECT_EQ(integration.negative_allowed_in_a_row, 0);
}

TEST(StateTest, AClosedCheckBetweenTwoOpenOnesStartsAnew) {
  model::Integration integration = In(IntegrationState::kActive);
  for (const CheckSummary& check : {kOpen, kOk, kOpen}) Apply(NextState(integration, check, kNow), integration);
  EXPECT_EQ(integration.state, IntegrationState::kActive);
}

TEST(StateTest, ThreeDenialsOverAQuarterOfAnHourQuarantine) {
  model::Integration integration = In(IntegrationState::kActive);
  for (const minutes at : {minutes(0), minutes(7)}) Apply(NextState(integration, kRefused, kNow + at), integration);
  EXPECT_EQ(integration.state, IntegrationState::kActive);
  Apply(NextState(integration, kRefused, kNow + minutes(15)), integration);
  EXPECT_EQ(integration.state, IntegrationState::kQuarantined);
  EXPECT_EQ(integration.state_reason, "not_assumable");
}

TEST(StateTest, ManyDenialsInAShortTimeAreWaitedOut) {
  model::Integration integration = In(IntegrationState::kActive);
  for (int i = 0; i < 899; ++i) Apply(NextState(integration, kRefused, kNow + seconds(i)), integration);
  EXPECT_EQ(integration.state, IntegrationState::kActive);
  EXPECT_LE(integration.positive_denied_at.size(), kDenialsToQuarantine);
  Apply(NextState(integration, kRefused, kNow + seconds(900)), integration);
  EXPECT_EQ(integration.state, IntegrationState::kQuarantined);
}

TEST(StateTest, ASuccessForgetsDenials) {
  model::Integration integration = In(IntegrationState::kActive);
  Apply(NextState(integration, kRefused, kNow), integration);
  Apply(NextState(integration, kOk, kNow + minutes(5)), integration);
  for (const minutes at : {minutes(10), minutes(17)}) Apply(NextState(integration, kRefused, kNow + at), integration);
  EXPECT_EQ(integration.state, IntegrationState::kActive);
}

TEST(StateTest, FindingsOfTheDocumentAloneDoNotStopAnActiveOne) {
  EXPECT_EQ(NextState(In(IntegrationState::kActive), kBadDocument, kNow).state, IntegrationState::kActive);
}

TEST(NextCheckTest, PendingIsPolledForTwoDaysThenHourly) {
  const model::Integration pending = In(IntegrationState::kPending);
  EXPECT_EQ(NextCheckAt(pending, kNow + hours(47), hours(24), 0.5), kNow + hours(47) + seconds(10));
  EXPECT_EQ(NextCheckAt(pending, kNow + hours(48), hours(24), 0.5), kNow + hours(49));
  model::Integration unknown = pending;
  unknown.account_id.reset();
  EXPECT_EQ(NextCheckAt(unknown, kNow, hours(24), 0.5), std::nullopt);
  EXPECT_EQ(NextCheckAt(In(IntegrationState::kDisabled), kNow, hours(24), 0.5), std::nullopt);
}

TEST(NextCheckTest, ActiveFollowsTheIntervalWithinATenth) {
  const model::Integration active = In(IntegrationState::kActive);
  EXPECT_EQ(NextCheckAt(active, kNow, hours(10), 0.0), kNow + hours(9));
  EXPECT_EQ(NextCheckAt(active, kNow, hours(10), 0.5), kNow + hours(10));
  EXPECT_LE(*NextCheckAt(active, kNow, hours(10), 0.999), kNow + hours(11));
  EXPECT_LE(*NextCheckAt(active, kNow, seconds(1), 0.999), kNow + seconds(2));
}

TEST(NextCheckTest, ASuspicionIsConfirmedSoon) {
  model::Integration open = In(IntegrationState::kActive);
  open.negative_allowed_in_a_row = 1;
  EXPECT_EQ(NextCheckAt(open, kNow, hours(24), 0.5), kNow + seconds(60));
  EXPECT_EQ(NextCheckAt(open, kNow, seconds(1), 0.5), kNow + seconds(1));
  model::Integration denied = In(IntegrationState::kActive);
  base::Time at = kNow;
  int checks = 0;
  for (; denied.state == IntegrationState::kActive; ++checks) {
    Apply(NextState(denied, kRefused, at), denied);
    at = *NextCheckAt(denied, at, hours(24), 0.0);
  }
  EXPECT_EQ(checks, 3) << "three checks are enough, as the rule says";
}

TEST(NextCheckTest, FailedOnesAreLookedAtHourlyAtMost) {
  for (const auto state : {IntegrationState::kFailed, IntegrationState::kQuarantined}) {
    EXPECT_EQ(NextCheckAt(In(state), kNow, hours(24), 0.5), kNow + hours(1));
    EXPECT_EQ(NextCheckAt(In(state), kNow, seconds(10), 0.5), kNow + seconds(10));
  }
}

TEST(SummaryTest, CountsNegativeProbesOnly) {
  std::array<ProbeOutcome, 5> probes;
  for (std::size_t i = 0; i < probes.size(); ++i) probes[i] = {.kind = kProbeKinds[i], .observed = Observed::kDenied};
  probes[0].observed = Observed::kAllowed;
  EXPECT_FALSE(SummaryOf(probes, true).negative_allowed);
  probes[3].observed = Observed::kAllowed;
  probes[4].observed = Observed::kUnknown;
  const CheckSummary summary = SummaryOf(probes, false);
  EXPECT_TRUE(summary.negative_allowed && summary.negative_unknown);
  EXPECT_EQ(summary.positive, Observed::kAllowed);
}

}  // namespace
}  // namespace crossrole::integration
