// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/rates.h"

#include <gtest/gtest.h>


namespace crossrole::sim {
namespace {

using namespace std::chrono_literals;

TEST(RatesTest, ABucketIsOneAccountsInOneRegion) {
  const base::Time now{};
  Buckets buckets(1);
  const Rate rate = RateOf("organizations", "DescribeOrganizationalUnit");
  EXPECT_TRUE(buckets.Take(rate, "1", "us-east-1", now));
  EXPECT_TRUE(buckets.Take(rate, "1", "us-east-1", now));
  EXPECT_FALSE(buckets.Take(rate, "1", "us-east-1", now));
  EXPECT_TRUE(buckets.Take(rate, "2", "us-east-1", now));
  EXPECT_TRUE(buckets.Take(rate, "1", "eu-west-1", now));
  EXPECT_FALSE(buckets.Take(rate, "1", "us-east-1", now + 400ms));
  EXPECT_TRUE(buckets.Take(rate, "1", "us-east-1", now + 500ms));
}

TEST(RatesTest, OperationsOfStsShareOnePoolButForFederation) {
  EXPECT_EQ(RateOf("sts", "AssumeRole").pool, RateOf("sts", "GetCallerIdentity").pool);
  EXPECT_NE(RateOf("sts", "AssumeRole").pool, RateOf("sts", "AssumeRoleWithWebIdentity").pool);
}

TEST(ConcurrencyLimitsTest, BindsWhatAwsPublishes) {
  struct Row {
    LongWork work;
    std::size_t most;
  };
  for (const Row& row : {Row{LongWork::kAccountCreation, 5}, Row{LongWork::kAssignmentChange, 15}, Row{LongWork::kProvisioning, 3},
                         Row{LongWork::kStackInstanceChange, 10'000}}) {
    EXPECT_EQ(MostAtOnce(row.work), row.most);
    const Concurrency published(1);
    EXPECT_TRUE(published.Admits(row.work, row.most - 1));
    EXPECT_FALSE(published.Admits(row.work, row.most));
    EXPECT_TRUE(Concurrency(2).Admits(row.work, 2 * row.most - 1));
    EXPECT_FALSE(Concurrency(2).Admits(row.work, 2 * row.most));
    EXPECT_TRUE(Concurrency().Admits(row.work, 1'000'000));
  }
}

TEST(ConcurrencyLimitsTest, OneAlwaysMayHoweverSmallTheScale) {
  const Concurrency tiny(0.001);
  EXPECT_TRUE(tiny.Admits(LongWork::kProvisioning, 0));
  EXPECT_FALSE(tiny.Admits(LongWork::kProvisioning, 1));
}

}  // namespace
}  // namespace crossrole::sim
