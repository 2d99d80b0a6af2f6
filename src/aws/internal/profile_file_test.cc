// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/profile_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "aws/settings.h"

namespace crossrole::aws::internal {
namespace {

Sections Parsed(std::string_view text) {
  auto sections = ParseIni(text);
  EXPECT_TRUE(sections.has_value()) << (sections.has_value() ? "" : sections.error().message);
  return sections.has_value() ? *std::move(sections) : Sections{};
}

TEST(IniTest, ReadsWhatBotocoreReads) {
  const Sections sections = Parsed(
      "\xef\xbb\xbf# comment\r\n[default]\r\naws_access_key_id = AKIA=1\r\n; comment\r\nAWS_SECRET_ACCESS_KEY: a b # part of it\r\n\r\n"
      "[profile x]\nregion=eu-west-1\ns3 =\n  max_queue = 5\n  # no\n  addressing_style=path\nlong = one\n  two\nempty =\n[ other ] tail\na=1\n");
  EXPECT_EQ(sections.at("default").Get("aws_access_key_id"), "AKIA=1");
  EXPECT_EQ(sections.at("default").Get("aws_secret_access_key"), "a b # part of it");
  EXPECT_EQ(sections.at("profile x").blocks.at("s3").at("max_queue"), "5");
  EXPECT_EQ(sections.at("profile x").blocks.at("s3").at("addressing_style"), "path");
  EXPECT_EQ(sections.at("profile x").Get("long"), "one\ntwo");
  EXPECT_TRUE(sections.at("profile x").Has("empty"));
  EXPECT_EQ(sections.at("profile x").Get("region"), "eu-west-1");
  EXPECT_EQ(sections.at(" other ").Get("a"), "1");
}

TEST(IniTest, RefusesWhatBotocoreRefusesAndNamesTheLine) {
  for (const auto& [text, line] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"a = 1\n", "line 1"},
           {"[a]\nb\n", "line 2"},
           {"[a]\n= 1\n", "line 2"},
           {"[a]\nb=1\nb=2\n", "line 3"},
           {"[a]\n[a]\n", "line 2"},
           {"[a]\ns3 =\n  no-value\n", "line 4"},
           {"[]\n", "line 1"},
           {"[a\n", "line 1"}}) {
    const auto sections = ParseIni(text);
    ASSERT_FALSE(sections.has_value()) << text;
    EXPECT_TRUE(sections.error().message.starts_with(line)) << text << sections.error().message;
  }
}

TEST(SplitCommandTest, SplitsAsAShellDoesWithoutExpandingAnything) {
  const auto split = [](std::string_view text) { return SplitCommand(text).value_or(std::vector<std::string>{"error"}); };
  using Words = std::vector<std::string>;
  EXPECT_EQ(split("a  b\tc"), (Words{"a", "b", "c"}));
  EXPECT_EQ(split(R"("/opt/my tool" --x='a "b"' c\ d "e\"f\\g\h" '' $HOME `x` #y)"),
            (Words{"/opt/my tool", "--x=a \"b\"", "c d", "e\"f\\g\\h", "", "$HOME", "`x`", "#y"}));
  EXPECT_EQ(split(""), Words{});
  EXPECT_EQ(split("'open"), Words{"error"});
  EXPECT_EQ(split("end\\"), Words{"error"});
}

class SettingsTest : public testing::Test {
 protected:
  SettingsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "crossrole-settings-XXXXXX").string();
    home_ = mkdtemp(name.data());
    std::filesystem::create_directory(home_ / ".aws");
    environment_["HOME"] = home_.string();
  }
  ~SettingsTest() override { std::filesystem::remove_all(home_); }
  void Write(const std::string& name, const std::string& text) { std::ofstream(home_ / ".aws" / name) << text; }
  Settings Read(std::string_view profile = "") {
    auto settings = ReadSettings(environment_, profile);
    EXPECT_TRUE(settings.has_value()) << (settings.has_value() ? "" : settings.error().message);
    return settings.value_or(Settings{});
  }

  std::filesystem::path home_;
  Environment environment_;
};

TEST_F(SettingsTest, AreEmptyWhereNothingIsSaid) {
  const Settings settings = Read();
  EXPECT_EQ(settings.profile, "default");
  EXPECT_EQ(settings.region, "");
  EXPECT_EQ(settings.fips, Fips::kNo);
  EXPECT_TRUE(settings.endpoints.for_all.empty() && settings.endpoints.by_variable.empty());
}

TEST_F(SettingsTest, VariablesGoBeforeTheProfile) {
  Write("config", "[profile dev]\nregion = eu-west-1\nca_bundle = /a.pem\nuse_fips_endpoint = true\nuse_dualstack_endpoint = TRUE\n");
  environment_["AWS_PROFILE"] = "dev";
  Settings settings = Read();
  EXPECT_EQ(settings.profile, "dev");
  EXPECT_EQ(settings.region, "eu-west-1");
  EXPECT_EQ(settings.ca_file, "/a.pem");
  EXPECT_EQ(settings.fips, Fips::kYes);
  EXPECT_EQ(settings.dual_stack, DualStack::kYes);
  environment_.insert({{"AWS_DEFAULT_REGION", "us-east-2"}, {"AWS_CA_BUNDLE", "/b.pem"}, {"AWS_USE_FIPS_ENDPOINT", "false"}, {"HTTPS_PROXY", "http://p:1"}, {"no_proxy", "x"}});
  settings = Read();
  EXPECT_EQ(settings.region, "us-east-2");
  EXPECT_EQ(settings.ca_file, "/b.pem");
  EXPECT_EQ(settings.fips, Fips::kNo);
  EXPECT_EQ(settings.proxies.https, "http://p:1");
  EXPECT_EQ(settings.proxies.no_proxy, "x");
  environment_["AWS_REGION"] = "ap-south-1";
  EXPECT_EQ(Read().region, "ap-south-1");
}

TEST_F(SettingsTest, EndpointsComeInTheSdksOrder) {
  Write("config",
        "[default]\nendpoint_url = http://profile:1\nservices = mine\n[services mine]\nsts =\n  endpoint_url = http://profile-sts:1\niam =\n  endpoint_url = http://profile-iam:1\n");
  Settings settings = Read();
  EXPECT_EQ(settings.endpoints.for_all, "http://profile:1");
  EXPECT_EQ(settings.endpoints.by_variable.at("AWS_ENDPOINT_URL_STS"), "http://profile-sts:1");
  environment_["AWS_ENDPOINT_URL_STS"] = "http://variable-sts:1";
  settings = Read();
  EXPECT_EQ(settings.endpoints.by_variable.at("AWS_ENDPOINT_URL_STS"), "http://variable-sts:1");
  EXPECT_EQ(settings.endpoints.by_variable.at("AWS_ENDPOINT_URL_IAM"), "http://profile-iam:1");
  environment_["AWS_ENDPOINT_URL"] = "http://variable:1";
  settings = Read();
  EXPECT_EQ(settings.endpoints.for_all, "http://variable:1");
  EXPECT_FALSE(settings.endpoints.by_variable.contains("AWS_ENDPOINT_URL_IAM"));
  environment_["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_TRUE(Read().endpoints.for_all.empty());
}

TEST_F(SettingsTest, MistakesAreNamed) {
  EXPECT_EQ(ReadSettings(environment_, "nobody").error().code, base::Code::kNotFound);
  environment_["AWS_USE_FIPS_ENDPOINT"] = "maybe";
  EXPECT_TRUE(ReadSettings(environment_, "").error().message.contains("AWS_USE_FIPS_ENDPOINT"));
  environment_ = {{"HOME", home_.string()}, {"AWS_ENDPOINT_URL", "localhost:4566"}};
  EXPECT_TRUE(ReadSettings(environment_, "").error().message.contains("AWS_ENDPOINT_URL"));
  environment_ = {{"HOME", home_.string()}};
  Write("credentials", "nonsense");
  EXPECT_TRUE(ReadSettings(environment_, "").error().message.contains(".aws/credentials`: line 1"));
}

TEST_F(SettingsTest, TheCredentialsFileKnowsProfilesToo) {
  Write("credentials", "[both]\nregion = from-credentials\n[only]\naws_access_key_id = a\n");
  Write("config", "[profile both]\nregion = from-config\noutput = json\n[only]\nregion = not-a-profile\n[profile \"two words\"]\nregion = eu-west-3\n");
  const auto config = LoadSharedConfig(environment_);
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->profiles.at("both").Get("region"), "from-credentials");
  EXPECT_EQ(config->profiles.at("both").Get("output"), "json");
  EXPECT_EQ(config->profiles.at("only").Get("region"), "");
  EXPECT_EQ(config->profiles.at("two words").Get("region"), "eu-west-3");
}

}  // namespace
}  // namespace crossrole::aws::internal
