// SPDX-License-Identifier: Apache-2.0
#include "integration/credentials_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <filesystem>

#include "base/json.h"
#include "golden/golden_file.h"
#include "integration/internal/keys/key_file.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;

const std::string kId = "AKIAIOSFODNN7EXAMPLE";
const std::string kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const std::string kToken = "IQoJb3JpZ2luX2VjEXAMPLE//////////token==";

base::Error Refusal(std::string bytes, const std::optional<std::string>& user = std::nullopt) {
  auto pair = ReadCredentialsFile(std::move(bytes), user);
  EXPECT_FALSE(pair.has_value());
  return pair ? base::Error{} : pair.error();
}

void ExpectKey(const std::string& bytes, const std::string& user = "") {
  const auto pair = ReadCredentialsFile(bytes);
  ASSERT_TRUE(pair.has_value()) << pair.error().message << "\n" << bytes;
  EXPECT_EQ(pair->access_key_id, kId) << bytes;
  EXPECT_EQ(pair->secret.Reveal(), kSecret) << bytes;
  EXPECT_EQ(pair->user, user) << bytes;
  EXPECT_TRUE(pair->warnings.empty()) << bytes;
}

std::string Utf16(std::string_view text, bool big, bool mark) {
  std::string out = !mark ? "" : big ? "\xfe\xff" : "\xff\xfe";
  for (const char c : text) out += big ? std::string{'\0', c} : std::string{c, '\0'};
  return out;
}

TEST(CredentialsFileTest, FilesOfTheBookAreReadAsItSays) {
  const std::filesystem::path folder = CROSSROLE_SOURCE_DIR "/tests/golden/credentials-csv";
  const json::value book = *base::ParseJson(golden::ReadAll(folder / "expected.json"));
  for (const auto& [name, expected] : book.get_object()) {
    const std::string bytes = golden::ReadAll(folder / std::string_view(name));
    ASSERT_FALSE(bytes.empty()) << name;
    const std::string_view want = expected.get_string();
    if (want == "ok") {
      EXPECT_TRUE(ReadCredentialsFile(bytes).has_value()) << name;
    } else if (want.starts_with("error: no keys")) {
      EXPECT_EQ(Refusal(bytes).reason, "csv.no_keys") << name;
    } else if (want.starts_with("error: root key")) {
      EXPECT_EQ(Refusal(bytes).reason, "csv.root_key") << name;
    } else if (want.starts_with("error: choose one")) {
      EXPECT_EQ(Refusal(bytes).reason, "csv.several_users") << name;
    } else {
      const auto pair = ReadCredentialsFile(bytes);
      ASSERT_TRUE(pair.has_value()) << name;
      EXPECT_EQ(pair->warnings.size(), 2U) << name;
    }
  }
}

TEST(CredentialsFileTest, EveryHeaderOfTheConsoleIsRead) {
  ExpectKey("User Name,Access Key Id,Secret Access Key\n\"aj\"," + kId + "," + kSecret + "\n\n", "aj");
  ExpectKey("User name,Password,Access key ID,Secret access key,Console login link\naj,," + kId + "," + kSecret +
                ",https://123456789012.signin.aws.amazon.com/console\n",
            "aj");
  ExpectKey("User name,Access key ID,Secret access key\naj," + kId + "," + kSecret, "aj");
  ExpectKey("Access key ID,Secret access key\n" + kId + "," + kSecret + "\n");
  ExpectKey("access_key_id,SECRET-ACCESS-KEY\n" + kId + "," + kSecret + "\n");
}

TEST(CredentialsFileTest, WhatSpreadsheetsMakeOfItIsRead) {
  const std::string comma = "User name,Access key ID,Secret access key\r\naj," + kId + "," + kSecret + "\r\n";
  std::string semicolon = comma;
  std::string tab = comma;
  std::string mac;
  std::ranges::replace(semicolon, ',', ';');
  std::ranges::replace(tab, ',', '\t');
  for (const char c : comma) {
    if (c != '\n') mac += c;
  }
  for (const std::string& text : {comma, semicolon, tab, mac}) {
    ExpectKey(text, "aj");
    ExpectKey("\xef\xbb\xbf" + text, "aj");
    for (const bool big : {false, true}) {
      ExpectKey(Utf16(text, big, true), "aj");
      ExpectKey(Utf16(text, big, false), "aj");
    }
  }
}

TEST(CredentialsFileTest, QuotesAreUndone) {
  ExpectKey(
      "\"User name\",\"Access key ID\",\"Secret access key\"\n\"a \"\"b\"\", c\",\"" + kId + "\",\"" + kSecret + "\"\n",
      "a \"b\", c");
  EXPECT_EQ(Refusal("Access key ID,Secret access key\n\"" + kId + "," + kSecret).reason, "csv.unreadable");
  EXPECT_EQ(Refusal("Access key ID,Secret access key\n\"" + kId + "\"x," + kSecret).reason, "csv.unreadable");
}

TEST(CredentialsFileTest, WithoutHeaderTheShapeOfTheValuesDecides) {
  ExpectKey(kId + "," + kSecret + "\n");
  ExpectKey("user," + kId + "," + kSecret + "\n", "user");
  ExpectKey("aj,," + kId + "," + kSecret + ",https://x\n", "aj");
}

TEST(CredentialsFileTest, FilesOfTheCommandLineAreRead) {
  ExpectKey(
      "# mine\n[default]\naws_access_key_id = " + kId + "\naws_secret_access_key=" + kSecret + "\nregion = eu-west-1\n",
      "default");
  ExpectKey("[profile dev]\r\naws_access_key_id=" + kId + "\r\naws_secret_access_key=" + kSecret + "\r\n", "dev");
  ExpectKey("export AWS_ACCESS_KEY_ID=" + kId + "\nexport AWS_SECRET_ACCESS_KEY=\"" + kSecret + "\"\n");
  ExpectKey("$Env:AWS_ACCESS_KEY_ID=\"" + kId + "\"\n$Env:AWS_SECRET_ACCESS_KEY=\"" + kSecret + "\"\n");
  ExpectKey("SET AWS_ACCESS_KEY_ID=" + kId + "\r\nSET AWS_SECRET_ACCESS_KEY=" + kSecret + "\r\n");
}

TEST(CredentialsFileTest, JsonOfTheCommandLineIsRead) {
  ExpectKey(R"({"AccessKey":{"UserName":"aj","Status":"Active","CreateDate":"2026-01-02","SecretAccessKey":")" +
                kSecret + R"(","AccessKeyId":")" + kId + R"("}})",
            "aj");
  ExpectKey(R"( {"access_key_id":")" + kId + R"(","secret_access_key":")" + kSecret + R"("} )");
  ExpectKey(R"([{"Version":1,"x":[true,null,-1e3,{}],"AccessKeyId":")" + kId +
            R"(","SecretAccessKey":"wJalrXUtnFEMI\/K7MDENG\u002fbPxRfiCYEXAMPLEKEY"}])");
  for (const char* broken :
       {"{", "{\"AccessKeyId\"}", "{\"a\":1} x", "{\"a\":\"\\u12\"}", "{\"a\":\"\\ud800\"}", "[{]"}) {
    EXPECT_EQ(Refusal(broken).reason, "csv.unreadable") << broken;
  }
  EXPECT_EQ(Refusal("{}").reason, "csv.no_keys");
  EXPECT_EQ(Refusal("{\"a\":" + std::string(60, '[')).reason, "csv.unreadable");
}

TEST(CredentialsFileTest, TemporaryKeysNeedTheirToken) {
  const std::string head =
      R"({"Credentials":{"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":")" + kSecret + "\"";
  const auto pair =
      ReadCredentialsFile(head + R"(,"SessionToken":")" + kToken + R"(","Expiration":"2026-01-02T03:04:05Z"}})");
  ASSERT_TRUE(pair.has_value());
  EXPECT_EQ(pair->session_token.Reveal(), kToken);
  EXPECT_EQ(Refusal(head + "}}").reason, "key.session_token_missing");
  EXPECT_EQ(Refusal("Access key ID,Secret access key\nASIAIOSFODNN7EXAMPLE," + kSecret).reason,
            "key.session_token_missing");
}

TEST(CredentialsFileTest, AmongSeveralUsersOneIsChosen) {
  const std::string file = "User name,Access key ID,Secret access key\na," + kId + "," + kSecret +
                           "\nb,AKIAI44QH8DHBEXAMPLE,je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\nc,,\n";
  const base::Error error = Refusal(file);
  EXPECT_EQ(error.reason, "csv.several_users");
  EXPECT_EQ(error.details.at("users"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(ReadCredentialsFile(file, "b")->access_key_id, "AKIAI44QH8DHBEXAMPLE");
  EXPECT_EQ(ReadCredentialsFile(file, "AKIAI44QH8DHBEXAMPLE")->user, "b");
  EXPECT_EQ(Refusal(file, "z").reason, "csv.several_users");
}

TEST(CredentialsFileTest, TheSameKeyTwiceIsOneKey) {
  ExpectKey("User name,Access key ID,Secret access key\na," + kId + "," + kSecret + "\na," + kId + "," + kSecret + "\n",
            "a");
}

TEST(CredentialsFileTest, FilesWithoutKeysSayWhatTheyAre) {
  const base::Error console = Refusal(
      "User name,Password,Console sign-in URL\naj,hunter2hunter2,https://123456789012.signin.aws.amazon.com/console\n");
  EXPECT_EQ(console.reason, "csv.no_keys");
  EXPECT_TRUE(console.message.contains("password")) << console.message;
  EXPECT_FALSE((console.message + console.fix).contains("hunter2"));
  EXPECT_EQ(
      Refusal("User name,Password,Access key ID,Secret access key,Console login link\naj,hunter2hunter2,,,https://x\n")
          .reason,
      "csv.no_keys");
  for (const char* text : {"", "\n\n", "hello", "a,b\n1,2\n", "[default]\nregion = eu-west-1\n"})
    EXPECT_EQ(Refusal(text).reason, "csv.no_keys") << text;
}

TEST(CredentialsFileTest, RootKeysOfTheOldKindAreRefused) {
  EXPECT_EQ(Refusal("AWSAccessKeyId=" + kId + "\r\nAWSSecretKey=" + kSecret + "\r\n").reason, "csv.root_key");
}

TEST(CredentialsFileTest, HalfAKeyIsUnreadable) {
  EXPECT_EQ(Refusal("Access key ID,Secret access key\n" + kId + ",\n").reason, "csv.unreadable");
  EXPECT_EQ(Refusal("[a]\naws_secret_access_key = " + kSecret + "\n").reason, "csv.unreadable");
  EXPECT_EQ(Refusal("Access key ID,Secret access key\nno key at all," + kSecret).reason, "csv.unreadable");
  EXPECT_EQ(Refusal(std::string("\x7f"
                                "ELF\0\0\0\x01\x02",
                                9))
                .reason,
            "csv.unreadable");
}

TEST(CredentialsFileTest, LimitsAreKept) {
  EXPECT_EQ(Refusal(std::string(kCredentialsFileBytes + 1, 'a')).reason, "csv.too_large");
  EXPECT_EQ(Refusal(std::string(10 << 20, ',')).reason, "csv.too_large");
  std::string rows = "User name,Access key ID,Secret access key\n";
  for (int i = 0; i < 100; ++i) rows += "u" + std::to_string(i) + "," + kId + "," + kSecret + "\n";
  EXPECT_TRUE(ReadCredentialsFile(rows).has_value());
  EXPECT_EQ(Refusal(rows + "more," + kId + "," + kSecret).reason, "csv.too_large");
  EXPECT_EQ(Refusal(std::string(65, ',')).reason, "csv.unreadable");
}

TEST(CredentialsFileTest, UnusualLengthsAreAWarning) {
  const auto pair = ReadCredentialsFile(
      "User Name,Access Key Id,Secret Access Key\n\"aj\",AKIAICABC123A,1ababABCD+TP1Abcabca+TTabcABC\n");
  ASSERT_TRUE(pair.has_value());
  ASSERT_EQ(pair->warnings.size(), 2U);
  EXPECT_EQ(pair->warnings[0], "the access key ID has 13 characters, AWS issues 20");
  EXPECT_EQ(pair->warnings[1], "the secret access key has 29 characters, AWS issues 40");
}

TEST(CredentialsFileTest, ASecretInTheColumnOfNamesIsNotRepeated) {
  const base::Error error = Refusal("User name,Access key ID,Secret access key\n" + kSecret + "," + kId + "," +
                                    kSecret + "\n" + kSecret + ",AKIAI44QH8DHBEXAMPLE," + kSecret + "\n");
  EXPECT_EQ(error.reason, "csv.several_users");
  EXPECT_EQ(error.details.at("users"), (std::vector<std::string>{kId, "AKIAI44QH8DHBEXAMPLE"}));
  EXPECT_FALSE((error.message + error.fix).contains(kSecret));
}

// Files put together from what real ones are made of: whatever comes, there is an answer, and no answer has the secret.
RC_GTEST_PROP(CredentialsFileTest, AnythingIsAnsweredWithoutTheSecret, ()) {
  const auto piece = rc::gen::oneOf(
      rc::gen::element<std::string>(std::string(kId), std::string(kSecret), "ASIAIOSFODNN7EXAMPLE", "Access key ID",
                                    "Secret access key", "User name", "Password", ",", ";", "\t", "\"", "\"\"", "\n",
                                    "\r\n", "=", "[", "]", "{", "}", ":", "\\u00", "\\", "aws_access_key_id",
                                    "AWSSecretKey", "export ", "#", std::string("\0", 1), "\xff\xfe", "\xef\xbb\xbf",
                                    "é", "\xc3"),
      rc::gen::map(rc::gen::inRange(0, 256), [](int c) { return std::string(1, static_cast<char>(c)); }));
  const auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
  std::string bytes;
  for (const std::string& one : pieces) bytes += one;
  const auto pair = ReadCredentialsFile(bytes);
  if (!pair) {
    RC_ASSERT(pair.error().code == base::Code::kInvalidArgument);
    RC_ASSERT(!pair.error().reason.empty());
    RC_ASSERT(!(pair.error().message + pair.error().fix).contains(kSecret));
  } else {
    for (const std::string& warning : pair->warnings) RC_ASSERT(!warning.contains(pair->secret.Reveal()));
  }
}

RC_GTEST_PROP(KeyFileTest, NamesAreReadByTheirLettersAlone, ()) {
  const std::string noise = *rc::gen::container<std::string>(rc::gen::element(' ', '_', '-', '.'));
  RC_PRE(noise.size() < 20);
  RC_ASSERT(ReadKeyPart("Access" + noise + "KEY ID") == KeyPart::kAccessKeyId);
}

}  // namespace
}  // namespace crossrole::integration
