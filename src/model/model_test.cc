// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/random.h"
#include "model/arn.h"
#include "model/external_id.h"
#include "model/handle.h"
#include "model/ids.h"
#include "model/partition.h"

namespace crossrole::model {
namespace {

TEST(IdTest, OnlyAPrefixAndAUlidAreAnId) {
  base::SystemRandom random;
  const auto id = IntegrationId::Make(base::SystemClock().Now(), random);
  EXPECT_EQ(*IntegrationId::Parse(id.text()), id);
  for (const char* text : {"", "int_", "t_01JD3E9ZK4M7Q2V8R5T6W9XYAB", "int_01jd3e9zk4m7q2v8r5t6w9xyab",
                           "int_81JD3E9ZK4M7Q2V8R5T6W9XYAB", "int_01JD3E9ZK4M7Q2V8R5T6W9XYAI"}) {
    EXPECT_FALSE(IntegrationId::Parse(text).has_value()) << text;
  }
}

TEST(RoleArnTest, PathAndNameAreSplitAtTheLastSlash) {
  const auto arn = RoleArn::Parse("arn:aws:iam::111122223333:role/a/b/Name");
  ASSERT_TRUE(arn.has_value());
  EXPECT_EQ(arn->path(), "/a/b/");
  EXPECT_EQ(arn->name(), "Name");
  EXPECT_EQ(arn->account().text(), "111122223333");
  EXPECT_EQ(arn->text(), "arn:aws:iam::111122223333:role/a/b/Name");
}

TEST(RoleArnTest, WhatComesWithCopyingIsTrimmed) {
  EXPECT_EQ(RoleArn::ParsePasted(" \"arn:aws:iam::111122223333:role/N\"\r\n")->name(), "N");
}

TEST(RoleArnTest, RefusesEverythingThatIsNotARole) {
  for (const char* text :
       {"", "arn:aws:iam::111122223333:user/x", "arn:aws:iam::111122223333:root",
        "arn:aws:sts::111122223333:assumed-role/N/s", "arn:aws:iam::11112222333:role/N",
        "arn:aws:iam:us-east-1:111122223333:role/N", "arn:aws:iam::111122223333:role/", "arn:mars:iam::111122223333:role/N",
        "arn:aws:iam::111122223333:role/a b", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:role//N",
        "arn:aws:iam::111122223333:role/N\n"}) {
    const auto refused = RoleArn::Parse(text);
    ASSERT_FALSE(refused.has_value()) << text;
    EXPECT_EQ(refused.error().reason, "role_arn.not_a_role") << text;
    EXPECT_EQ(refused.error().field, "role_arn") << text;
  }
}

TEST(HandleTest, FollowsTheContract) {
  for (const char* text : {"a", "prod", "a_b", "a1_2"}) EXPECT_TRUE(Handle::Parse(text).has_value()) << text;
  EXPECT_TRUE(Handle::Parse("a" + std::string(38, 'b')).has_value());
  EXPECT_FALSE(Handle::Parse("a" + std::string(39, 'b')).has_value());
  for (const char* text : {"", "A", "1a", "_a", "a_", "a__b", "a-b", "\xd0\xb0"}) {
    EXPECT_FALSE(Handle::Parse(text).has_value()) << text;
  }
}

TEST(NameTest, RefusesControlAndBidirectionalCharacters) {
  EXPECT_TRUE(CheckName("Production ✓", "name").has_value());
  EXPECT_FALSE(CheckName("", "name").has_value());
  EXPECT_FALSE(CheckName("a\nb", "name").has_value());
  EXPECT_FALSE(CheckName("a\xe2\x80\xae" "b", "name").has_value());
  EXPECT_FALSE(CheckName("\xff", "name").has_value());
}

TEST(ExternalIdTest, GeneratedValuesCarryTheTenantAnd130RandomBits) {
  base::SystemRandom random;
  const auto tenant = TenantId::Make(base::SystemClock().Now(), random);
  const auto one = ExternalId::Generate(tenant, random);
  EXPECT_TRUE(one.text().starts_with(tenant.text() + ":"));
  EXPECT_EQ(one.text().size(), tenant.text().size() + 27);
  EXPECT_NE(one, ExternalId::Generate(tenant, random));
  EXPECT_TRUE(LooksIssued(one.text()));
  EXPECT_FALSE(LooksIssued("my-own-value"));
}

TEST(ExternalIdTest, BoundsAreThoseOfSts) {
  EXPECT_TRUE(ExternalId::Parse(std::string(1224, 'a')).has_value());
  EXPECT_FALSE(ExternalId::Parse(std::string(1225, 'a')).has_value());
  EXPECT_FALSE(ExternalId::Parse("a").has_value());
  EXPECT_FALSE(ExternalId::Parse("a*").has_value());
}

TEST(PartitionTest, ARegionIsOnlyWhatTheTableKnows) {
  EXPECT_TRUE(IsRegion(Partition::kAws, "us-east-1"));
  EXPECT_FALSE(IsRegion(Partition::kAws, "us-gov-west-1"));
  EXPECT_FALSE(IsRegion(Partition::kAws, "x.example.com/"));
  EXPECT_EQ(PartitionOfRegion("cn-north-1"), Partition::kAwsCn);
  for (int p = 0; p < 8; ++p) {
    EXPECT_TRUE(IsRegion(static_cast<Partition>(p), FactsOf(static_cast<Partition>(p)).default_region)) << p;
  }
}

}  // namespace
}  // namespace crossrole::model
