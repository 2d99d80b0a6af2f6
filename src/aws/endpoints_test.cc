// SPDX-License-Identifier: Apache-2.0
#include "aws/endpoints.h"

#include <gtest/gtest.h>

namespace crossrole::aws {
namespace {

using model::Partition;

TEST(EndpointsTest, StsIsAlwaysRegional) {
  const auto endpoint = ResolveEndpoint("sts", {.region = "us-east-1"});
  ASSERT_TRUE(endpoint.has_value());
  EXPECT_EQ(endpoint->url, "https://sts.us-east-1.amazonaws.com");
  EXPECT_EQ(endpoint->signing_region, "us-east-1");
  EXPECT_FALSE(ResolveEndpoint("sts", {}).has_value());
}

TEST(EndpointsTest, AGlobalServiceNeedsNoRegionAndSignsForItsOwn) {
  EXPECT_EQ(ResolveEndpoint("iam", {})->url, "https://iam.amazonaws.com");
  EXPECT_EQ(ResolveEndpoint("iam", {.region = "eu-west-1"})->signing_region, "us-east-1");
  EXPECT_EQ(ResolveEndpoint("iam", {.partition = Partition::kAwsCn, .region = "cn-northwest-1"})->signing_region,
            "cn-north-1");
  EXPECT_EQ(ResolveEndpoint("organizations", {.partition = Partition::kAwsUsGov})->url,
            "https://organizations.us-gov-west-1.amazonaws.com");
}

TEST(EndpointsTest, OnlyRegionsOfThePartitionGetIntoAHostName) {
  for (const std::string_view region : {"x.example.com/", "eu-west-99", "us-gov-west-1", "EU-WEST-1", "aws-global"}) {
    for (const std::string_view service : ServicesWithEndpoints()) {
      const auto endpoint = ResolveEndpoint(service, {.region = region});
      ASSERT_FALSE(endpoint.has_value()) << service << region;
      EXPECT_EQ(endpoint.error().code, base::Code::kInvalidArgument);
      EXPECT_FALSE(ResolveEndpoint(service, {.region = region}, {.for_all = "http://127.0.0.1:1"}).has_value());
    }
  }
}

TEST(EndpointsTest, FipsAndDualStackHaveNamesOfTheirOwn) {
  EXPECT_EQ(ResolveEndpoint("sts", {.region = "us-west-2", .fips = Fips::kYes})->url,
            "https://sts-fips.us-west-2.amazonaws.com");
  EXPECT_EQ(ResolveEndpoint("sts", {.region = "us-west-2", .dual_stack = DualStack::kYes})->url,
            "https://sts.us-west-2.api.aws");
  EXPECT_EQ(
      ResolveEndpoint("sts", {.partition = Partition::kAwsUsGov, .region = "us-gov-west-1", .fips = Fips::kYes})->url,
      "https://sts.us-gov-west-1.amazonaws.com");
  EXPECT_FALSE(
      ResolveEndpoint("sts", {.partition = Partition::kAwsCn, .region = "cn-north-1", .fips = Fips::kYes}).has_value());
}

TEST(EndpointsTest, TheOverrideOfAServiceWinsOverTheOneForAll) {
  const EndpointOverrides overrides = {.for_all = "http://127.0.0.1:4566",
                                       .by_variable = {{"AWS_ENDPOINT_URL_SSO_ADMIN", "http://127.0.0.1:1"}}};
  EXPECT_EQ(EndpointVariable("sso-admin"), "AWS_ENDPOINT_URL_SSO_ADMIN");
  const auto own = ResolveEndpoint("sso-admin", {.region = "eu-west-1"}, overrides);
  EXPECT_EQ(own->url, "http://127.0.0.1:1");
  EXPECT_TRUE(own->overridden);
  EXPECT_EQ(own->signing_name, "sso");
  EXPECT_EQ(ResolveEndpoint("iam", {.region = "eu-west-1"}, overrides)->url, "http://127.0.0.1:4566");
  EXPECT_FALSE(ResolveEndpoint("iam", {.fips = Fips::kYes}, overrides).has_value());
}

TEST(EndpointsTest, APartitionThatIsNotSupportedHasNoEndpoints) {
  EXPECT_FALSE(ResolveEndpoint("sts", {.partition = Partition::kAwsIso, .region = "us-iso-east-1"}).has_value());
  EXPECT_FALSE(ResolveEndpoint("s4", {.region = "eu-west-1"}).has_value());
}

}  // namespace
}  // namespace crossrole::aws
