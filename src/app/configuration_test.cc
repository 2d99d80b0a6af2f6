// SPDX-License-Identifier: Apache-2.0
#include "app/configuration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "golden/golden_file.h"

namespace crossrole::app {
namespace {

TEST(ConfigurationTest, TheReferencePageIsMadeFromTheTable) {
  golden::Expect("docs/reference/configuration.md", ConfigurationPage());
}

TEST(ConfigurationTest, TheTableIsSortedAndSaysWhatNumbersCount) {
  EXPECT_TRUE(std::ranges::is_sorted(ConfigurationKeys(), {}, &ConfigurationKey::name));
  for (const ConfigurationKey& key : ConfigurationKeys()) {
    EXPECT_FALSE(key.unit.empty()) << key.name;
    EXPECT_TRUE(key.meaning.ends_with('.')) << key.name;
  }
}

TEST(ConfigurationTest, EveryKeyHasItsVariable) {
  EXPECT_EQ(VariableOf("identity.aws-us-gov.principal_arn"), "CROSSROLE_IDENTITY_AWS_US_GOV_PRINCIPAL_ARN");
  for (const ConfigurationKey& key : ConfigurationKeys()) {
    const std::string value = key.default_value.empty() ? "x" : std::string(key.default_value);
    const auto loaded = Configuration::Load({.environment = {{VariableOf(key.name), value}}});
    ASSERT_TRUE(loaded.has_value()) << key.name << ": " << loaded.error().message;
    EXPECT_EQ(loaded->Text(key.name), value);
    EXPECT_TRUE(loaded->Print().contains(std::string(key.name) + " = " + value + " (environment)"));
    const auto printed = base::ParseJson(loaded->PrintJson());
    ASSERT_TRUE(printed.has_value()) << key.name;
    EXPECT_EQ(printed->at("values").at(key.name), boost::json::object({{"value", value}, {"source", "environment"}}));
  }
}

TEST(ConfigurationTest, TheCommandLineWinsOverTheEnvironmentAndThatOverTheFile) {
  Configuration::Sources sources{.file_text = "[server]\nlisten = \"127.0.0.1:1\"\n[aws]\nrate_scale = 0.5\n", .file_name = "f.toml"};
  EXPECT_EQ(Configuration::Load(sources)->Text("server.listen"), "127.0.0.1:1");
  EXPECT_EQ(Configuration::Load(sources)->Number("aws.rate_scale"), 0.5);
  sources.environment["CROSSROLE_SERVER_LISTEN"] = "127.0.0.1:2";
  EXPECT_EQ(Configuration::Load(sources)->Text("server.listen"), "127.0.0.1:2");
  sources.command_line["server.listen"] = "127.0.0.1:3";
  EXPECT_EQ(Configuration::Load(sources)->Text("server.listen"), "127.0.0.1:3");
}

TEST(ConfigurationTest, WhatIsWrongIsNamedWithItsSource) {
  const auto error = [](const std::string& text) {
    const auto loaded = Configuration::Load({.file_text = text, .file_name = "f.toml"});
    return loaded ? base::Error{} : loaded.error();
  };
  EXPECT_EQ(error("[server]\nlissten = \"x\"\n").fix, "did you mean `server.listen`?");
  EXPECT_EQ(error("[aws]\nrate_scale = 0\n").field, "aws.rate_scale");
  EXPECT_EQ(error("[verification]\ninterval_seconds = \"soon\"\n").message,
            "f.toml: `verification.interval_seconds` must be a whole number above 0");
  EXPECT_EQ(error("[mail]\nfrm = \"x\"\n").fix, "did you mean `mail.from`?");
  EXPECT_EQ(error("[audit]\nretention_days = \"a while\"\n").field, "audit.retention_days");
  EXPECT_TRUE(error("[server\n").message.starts_with("f.toml: line 1"));
  EXPECT_EQ(error("[server]\nlisten = [\"x\"]\n").field, "server.listen");
}

TEST(ConfigurationTest, AListHasItsTablesInTheirOrderWithDefaults) {
  const auto loaded = Configuration::Load({.file_text = "[[audit.sink]]\ntype = \"file\"\npath = \"/a\"\n[[audit.sink]]\ntype = \"syslog\"\nfacility = 4\n",
                                           .file_name = "f.toml"});
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const auto& sinks = loaded->Items("audit.sink");
  ASSERT_EQ(sinks.size(), 2U);
  EXPECT_EQ(sinks[0].at("type"), "file");
  EXPECT_EQ(sinks[0].at("path"), "/a");
  EXPECT_EQ(sinks[0].at("deadline_seconds"), "10");
  EXPECT_EQ(sinks[1].at("type"), "syslog");
  EXPECT_EQ(sinks[1].at("facility"), "4");
  EXPECT_TRUE(loaded->Print().contains("audit.sink[1].facility = 4 (file)\n"));
  const auto printed = base::ParseJson(loaded->PrintJson());
  ASSERT_TRUE(printed.has_value());
  EXPECT_EQ(printed->at("lists").at("audit.sink").at(0).at("path"), "/a");
  EXPECT_EQ(printed->at("lists").at("audit.sink").at(1).at("facility"), "4");
  EXPECT_TRUE(printed->at("values").at("server.public_url").at("value").is_null());
  EXPECT_TRUE(Configuration::Load({})->Items("audit.sink").empty());
}

TEST(ConfigurationTest, WhatIsWrongInAListIsNamed) {
  const auto error = [](const std::string& text) {
    const auto loaded = Configuration::Load({.file_text = text, .file_name = "f.toml"});
    return loaded ? base::Error{} : loaded.error();
  };
  EXPECT_EQ(error("[[audit.sink]]\ntyp = \"file\"\n").fix, "did you mean `audit.sink.type`?");
  EXPECT_EQ(error("[[audit.sink]]\ndeadline_seconds = \"soon\"\n").field, "audit.sink.deadline_seconds");
  EXPECT_EQ(error("[audit]\nsink = [\"file\"]\n").field, "audit.sink");
  EXPECT_EQ(error("[audit]\nsink = []\n").field, "audit.sink");
  EXPECT_EQ(error("[[audit.sinks]]\ntype = \"file\"\n").field, "audit.sinks.type");
  // A name in quotes that looks like a place in a list makes no long list.
  EXPECT_EQ(error("\"audit.sink[4000000000].type\" = \"file\"\n").field, "audit.sink.type");
}

TEST(ConfigurationTest, ListsAreInNoEnvironment) {
  EXPECT_FALSE(Configuration::Load({.environment = {{"CROSSROLE_AUDIT_SINK_TYPE", "file"}}}).has_value());
}

// Found by fuzzing: the parser's assertions and undefined behaviour.
TEST(ConfigurationTest, CharactersBeyondAsciiAreForStringsAndComments) {
  const auto loaded = Configuration::Load({.file_text = "# für uns\n[server]\ntls_key = \"/etc/schlüssel.pem\" # ü\n", .file_name = "f.toml"});
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(loaded->Text("server.tls_key"), "/etc/schlüssel.pem");
  const auto escaped = Configuration::Load({.file_text = "[server]\ntls_key = \"\\\\für uns\\tü\"\n", .file_name = "f.toml"});
  ASSERT_TRUE(escaped.has_value()) << escaped.error().message;
  EXPECT_EQ(escaped->Text("server.tls_key"), "\\für uns\tü");
  const auto continued = Configuration::Load({.file_text = "[server]\ntls_key = \"\"\"/etc/\\ \n \xEF\xB3\xBF.pem\"\"\"\n", .file_name = "f.toml"});
  ASSERT_TRUE(continued.has_value()) << continued.error().message;
  EXPECT_EQ(continued->Text("server.tls_key"), "/etc/\xEF\xB3\xBF.pem");
  for (const char* wrong : {"[sérver]\n", "[ail\xEF\xBB\xBD \n", "[ = \"a\"[server]]\n", "x = \"\"\"a\\\"\"\"é\n",
                            "x = \"\"\"\\\xEF\xB3\xBF\"\"\"\n"}) {
    EXPECT_FALSE(Configuration::Load({.file_text = wrong, .file_name = "f.toml"}).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace crossrole::app
