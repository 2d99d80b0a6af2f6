// SPDX-License-Identifier: Apache-2.0
#include "organization/settings.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>

namespace crossrole::organization {
namespace {

base::Result<std::string> Check(const std::string& text) { return CheckSettings(boost::json::parse(text), model::Partition::kAws); }

TEST(SettingsTest, WhatOtherProgramsKnowIsTaken) {
  EXPECT_EQ(*Check(R"({"default_region":"eu-west-1","max_error_retry_attempts":9,"ignore_error_codes":["AccessDenied*"]})"),
            R"({"default_region":"eu-west-1","max_error_retry_attempts":9,"ignore_error_codes":["AccessDenied*"]})");
  EXPECT_EQ(*Check("{}"), "{}");
}

TEST(SettingsTest, WhatIsWrongIsNamed) {
  EXPECT_EQ(Check("[]").error().field, "settings");
  EXPECT_EQ(Check(R"({"default_region":"mars-1"})").error().field, "settings.default_region");
  EXPECT_EQ(Check(R"({"max_error_retry_attempts":0})").error().field, "settings.max_error_retry_attempts");
  EXPECT_EQ(Check(R"({"min_error_retry_delay_ms":"5"})").error().field, "settings.min_error_retry_delay_ms");
  EXPECT_EQ(Check(R"({"ignore_error_codes":["a\"b"]})").error().field, "settings.ignore_error_codes");
  EXPECT_TRUE(Check(R"({"default_regio":"eu-west-1"})").error().fix.contains("default_region"));
}

TEST(SettingsTest, SessionsAreUsedInARegionThatCounts) {
  const auto region = [](const std::vector<std::string>& regions, std::string_view settings = "{}") {
    return RegionFor({.partition = model::Partition::kAws, .home = "us-east-1", .regions = regions, .settings = settings});
  };
  EXPECT_EQ(region({"*"}), "us-east-1");
  EXPECT_EQ(region({"eu-west-1", "us-*"}), "us-east-1");
  EXPECT_EQ(region({"us-east-1"}), "us-east-1");
  EXPECT_EQ(region({"eu-west-3", "eu-west-1"}), "eu-west-3");
  EXPECT_EQ(region({"ca-*"}), "ca-central-1");
  EXPECT_EQ(region({"us-east-2"}), "us-east-2");
  // What is said outright wins.
  EXPECT_EQ(region({"eu-*"}, R"({"default_region":"ap-south-1"})"), "ap-south-1");
  EXPECT_EQ(region({"eu-west-1"}, R"({"max_error_retry_attempts":3})"), "eu-west-1");
}

}  // namespace
}  // namespace crossrole::organization
