// SPDX-License-Identifier: Apache-2.0
#include "organization/estimate.h"

#include <gtest/gtest.h>

namespace crossrole::organization {
namespace {

using std::chrono::milliseconds;

TEST(EstimateTest, CallsAreCountedByPagesOfTwenty) {
  const CallCounts calls = CallsFor({.accounts = 10'000, .folders = 2'000}, AccountPaths::kGiven);
  EXPECT_EQ(calls, (CallCounts{{"DescribeOrganization", 1}, {"ListRoots", 1}, {"ListAccounts", 500}, {"ListOrganizationalUnitsForParent", 2'000}}));
  EXPECT_EQ(CallsFor({.accounts = 10'000, .folders = 2'000}, AccountPaths::kMissing).at("ListAccountsForParent"), 2'000U);
  EXPECT_EQ(CallsFor({.accounts = 21, .folders = 1}, AccountPaths::kMissing).at("ListAccountsForParent"), 2U);
  EXPECT_EQ(CallsFor({.accounts = 1, .folders = 1}, AccountPaths::kGiven).at("ListAccounts"), 1U);
}

TEST(EstimateTest, TheSlowestOperationCounts) {
  EXPECT_EQ(TimeFor({{"ListAccounts", 500}}, 1), milliseconds(62'500));
  EXPECT_EQ(TimeFor({{"ListAccounts", 500}, {"ListOrganizationalUnitsForParent", 2'000}}, 1), milliseconds(400'000));
  EXPECT_EQ(TimeFor({{"ListAccounts", 500}, {"ListOrganizationalUnitsForParent", 2'000}}, 20), milliseconds(20'000));
  EXPECT_EQ(TimeFor({}, 1), milliseconds(0));
}

}  // namespace
}  // namespace crossrole::organization
