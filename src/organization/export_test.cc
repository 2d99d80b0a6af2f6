// SPDX-License-Identifier: Apache-2.0
#include "organization/export.h"

#include <gtest/gtest.h>

namespace crossrole::organization {
namespace {

ExportedConnection Sample(std::string handle, std::string account) {
  return {.handle = std::move(handle),
          .account_id = account,
          .role_arn = "arn:aws:iam::" + account + ":role/R",
          .region = "eu-west-1",
          .regions = {"eu-*", "us-east-1"}};
}

TEST(ExportTest, TheOrderOfTheInputDoesNotMatter) {
  for (const ExportFormat format : {ExportFormat::kAwsConfig, ExportFormat::kSteampipe, ExportFormat::kTerraform, ExportFormat::kJson}) {
    EXPECT_EQ(PrintExport(format, {Sample("b", "222222222222"), Sample("a", "111111111111")}),
              PrintExport(format, {Sample("a", "111111111111"), Sample("b", "222222222222")}));
  }
}

TEST(ExportTest, AnotherConnectionLeavesTheLinesOfTheOthers) {
  const std::string one = PrintExport(ExportFormat::kTerraform, {Sample("a", "111111111111")});
  const std::string two = PrintExport(ExportFormat::kTerraform, {Sample("a", "111111111111"), Sample("b", "222222222222")});
  EXPECT_TRUE(two.starts_with(one));
}

TEST(ExportTest, ProfilesGetCredentialsFromOurProcess) {
  EXPECT_TRUE(PrintExport(ExportFormat::kAwsConfig, {Sample("a", "111111111111")})
                  .contains("[profile a]\ncredential_process = crossrole credentials process --connection a\nregion = eu-west-1\n"));
}

TEST(ExportTest, SteampipeHasAnAggregatorUnlessThereIsNothing) {
  EXPECT_TRUE(PrintExport(ExportFormat::kSteampipe, {Sample("a", "111111111111"), Sample("b", "222222222222")})
                  .contains("connections = [\"aws_a\", \"aws_b\"]"));
  EXPECT_FALSE(PrintExport(ExportFormat::kSteampipe, {}).contains("aggregator"));
}

TEST(ExportTest, AnAccountCalledAllIsNotTakenForAllOfThem) {
  const std::string text = PrintExport(ExportFormat::kSteampipe, {Sample("all", "111111111111"), Sample("b", "222222222222")});
  EXPECT_TRUE(text.contains("connection \"aws_all\" {\n  plugin  = \"aws\"\n  profile = \"all\"")) << text;
  EXPECT_TRUE(text.contains("connection \"aws_all_\" {\n  plugin      = \"aws\"\n  type        = \"aggregator\"")) << text;
}

TEST(ExportTest, AnAccountCalledDefaultDoesNotBecomeTheProfileOfEverybody) {
  const std::vector<ExportedConnection> connections = {Sample("default", "111111111111")};
  EXPECT_TRUE(PrintExport(ExportFormat::kAwsConfig, connections)
                  .contains("[profile default_]\ncredential_process = crossrole credentials process --connection default\n"));
  EXPECT_TRUE(PrintExport(ExportFormat::kTerraform, connections).contains("= \"default_\"\n"));
  EXPECT_TRUE(PrintExport(ExportFormat::kSteampipe, connections).contains("profile = \"default_\"\n"));
}

TEST(ExportTest, UnknownFormatsAreRefused) {
  EXPECT_EQ(ParseExportFormat("csv").error().field, "format");
  EXPECT_EQ(ParseExportFormat("").error().message, "`format` is missing");
  EXPECT_EQ(*ParseExportFormat("steampipe"), ExportFormat::kSteampipe);
}

}  // namespace
}  // namespace crossrole::organization
