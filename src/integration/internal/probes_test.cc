// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/probes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "fakes/sample_integration.h"
#include "policy/match.h"

namespace crossrole::integration {
namespace {

using model::ExternalIdFormat;
using policy::ProbeKind;

const std::string kPerRun = "acme@int_01JD3EB0000000000000000ABC@vpc@read";

ProbeIds Make(ExternalIdFormat format, std::string_view right, std::uint64_t seed = 1) {
  base::SeededRandom random(seed);
  return MakeProbeIds(format, right, random);
}

TEST(ProbeIdsTest, AWrongOneHasTheSameShapeAndAnotherTenant) {
  const std::string right(fakes::kSampleExternalId);
  const ProbeIds ids = Make(ExternalIdFormat::kAccount, right);
  EXPECT_EQ(ids.wrong.size(), right.size());
  EXPECT_TRUE(model::TenantId::Parse(ids.wrong.substr(0, ids.wrong.find(':'))).has_value());
  EXPECT_NE(ids.wrong.substr(0, 28), right.substr(0, 28));
  EXPECT_NE(ids.wrong.substr(29), right.substr(29));
  EXPECT_EQ(*ids.with_suffix, right + "x");
  EXPECT_EQ(ids.changed_case->substr(0, 6), "T_01jd");
  EXPECT_EQ(ids.changed_case->size(), right.size());
}

TEST(ProbeIdsTest, PerRunOnesKeepStackAndPhase) {
  const ProbeIds ids = Make(ExternalIdFormat::kPerRun, kPerRun);
  for (const std::string& value : {ids.wrong, *ids.changed_case, *ids.with_suffix})
    EXPECT_TRUE(value.ends_with("@vpc@read")) << value;
  EXPECT_EQ(*ids.with_suffix, "acmex@int_01JD3EB0000000000000000ABCx@vpc@read");
  EXPECT_EQ(*ids.changed_case, "ACME@INT_01jd3eb0000000000000000abc@vpc@read");
}

TEST(ProbeIdsTest, WhatMakesNoSenseIsSkipped) {
  const ProbeIds digits = Make(ExternalIdFormat::kCustom, "123-456");
  EXPECT_TRUE(digits.Skips(ProbeKind::kChangedCase));
  EXPECT_FALSE(digits.Skips(ProbeKind::kWithoutExternalId));
  EXPECT_EQ(digits.ValueFor(ProbeKind::kWithoutExternalId), std::nullopt);
  EXPECT_TRUE(Make(ExternalIdFormat::kCustom, std::string(1224, 'a')).Skips(ProbeKind::kWithSuffix));
}

RC_GTEST_PROP(ProbeIdsTest, NoProbePassesForTheRightOneOrAPatternOfItsTenant, (std::uint64_t seed)) {
  for (const std::string handle : {"a", "z9", "acme"}) {
    const std::string right = handle + kPerRun.substr(4);
    const ProbeIds ids = Make(ExternalIdFormat::kPerRun, right, seed);
    for (const std::string& value : {ids.wrong, *ids.changed_case, *ids.with_suffix}) {
      RC_ASSERT(policy::IsExternalIdText(value));
      RC_ASSERT(!policy::MatchGlob(handle + "@*", value));
      RC_ASSERT(!policy::MatchGlob(handle + "@int_01JD3EB0000000000000000ABC@*", value));
    }
  }
}

RC_GTEST_PROP(ProbeIdsTest, EveryProbeIsAnExternalIdOtherThanTheRightOne, (std::uint64_t seed)) {
  for (const std::string right :
       {"ab", "12", "a:", "Custom-Value/7", "t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:k3v7x2m7q4r6t5w3z6y4b2d4fa"}) {
    const ProbeIds ids = Make(ExternalIdFormat::kCustom, right, seed);
    RC_ASSERT(policy::IsExternalIdText(ids.wrong));
    RC_ASSERT(ids.wrong != right);
    RC_ASSERT(!ids.changed_case || *ids.changed_case != right);
  }
}

TEST(CombineTest, EitherCallCounts) {
  EXPECT_EQ(CombineCalls(Observed::kDenied, Observed::kAllowed), Observed::kAllowed);
  EXPECT_EQ(CombineCalls(Observed::kUnknown, Observed::kAllowed), Observed::kAllowed);
  EXPECT_EQ(CombineCalls(Observed::kUnknown, Observed::kDenied), Observed::kUnknown);
  EXPECT_EQ(CombineCalls(Observed::kDenied, Observed::kDenied), Observed::kDenied);
}

TEST(CombineTest, SetsAreAsBadAsTheirWorst) {
  const auto set = [](Observed positive, Observed negative) {
    std::array<ProbeOutcome, 5> probes;
    for (std::size_t i = 0; i < probes.size(); ++i)
      probes[i] = {.kind = kProbeKinds[i], .observed = i == 0 ? positive : negative};
    return probes;
  };
  std::array sets = {set(Observed::kAllowed, Observed::kDenied), set(Observed::kDenied, Observed::kAllowed)};
  sets[1][0].detail = "the write phase";
  const auto combined = CombineSets(sets);
  EXPECT_EQ(combined[0].observed, Observed::kDenied);
  EXPECT_EQ(combined[0].detail, "the write phase");
  EXPECT_EQ(combined[1].observed, Observed::kAllowed);
  const std::array calm = {set(Observed::kAllowed, Observed::kDenied), set(Observed::kAllowed, Observed::kSkipped)};
  EXPECT_TRUE(IsAsExpected(CombineSets(calm)[0]));
  EXPECT_EQ(CombineSets(calm)[1].observed, Observed::kDenied);
}

}  // namespace
}  // namespace crossrole::integration
