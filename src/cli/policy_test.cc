// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <fstream>
#include <string>

#include "base/json.h"
#include "fakes/command_line.h"

namespace crossrole::cli {
namespace {

using fakes::RunCli;

const std::string kServer = "arn:aws:iam::999999999999:role/crossrole/broker";
const std::string kAllowAll = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

class PolicyCommandTest : public testing::Test {
 protected:
  std::string File(const std::string& name, const std::string& text) {
    const std::string path = folder_.Path(name);
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::string Trust(const std::string& condition) {
    return File("trust.json", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" + kServer +
                                  R"("},"Action":"sts:AssumeRole","Condition":)" + condition +
                                  R"(},{"Effect":"Allow","Principal":{"AWS":")" + kServer +
                                  R"("},"Action":["sts:TagSession","sts:SetSourceIdentity"]}]})");
  }
  static boost::json::value Json(const std::string& text) {
    auto value = base::ParseJson(text);
    EXPECT_TRUE(value.has_value()) << text;
    return value.has_value() ? *std::move(value) : boost::json::value();
  }

  fakes::ScratchFolder folder_;
};

TEST_F(PolicyCommandTest, LintSaysInWordsWhatIsOpenAndEndsWithOne) {
  const std::string open = Trust(R"({"StringEqualsIfExists":{"sts:ExternalId":"some-id"}})");
  const auto text = RunCli({"policy", "lint", open, "--output", "table"});
  EXPECT_EQ(text.code, 1);
  EXPECT_NE(text.out.find("role `crossrole/broker` of account 999999999999 may call `sts:AssumeRole`"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("error: trust.external_id_if_exists (statement 0)"), std::string::npos) << text.out;
  const auto json = RunCli({"policy", "lint", open, "--output", "json"});
  EXPECT_FALSE(Json(json.out).at("ok").as_bool());
  const std::string closed = Trust(R"({"StringEquals":{"sts:ExternalId":"some-id"}})");
  const auto good = RunCli({"policy", "lint", closed, "--principal-arn", kServer, "--external-id", "some-id", "--output", "json"});
  EXPECT_EQ(good.code, 0) << good.out;
  EXPECT_EQ(Json(good.out).at("findings").as_array().size(), 0U) << good.out;
  EXPECT_EQ(RunCli({"policy", "lint", closed, "--principal-arn", kServer, "--external-id", "another-id"}).code, 1);
}

TEST_F(PolicyCommandTest, LintReportsWhatAwsWouldRefuse) {
  const auto ran = RunCli({"policy", "lint", File("bad.json", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]})"), "--output", "json"});
  EXPECT_EQ(ran.code, 1);
  const auto report = Json(ran.out);
  EXPECT_FALSE(report.at("ok").as_bool());
  EXPECT_EQ(report.at("findings").at(0).at("code").as_string(), "lint.malformed");
}

TEST_F(PolicyCommandTest, LintReadsEveryKind) {
  const std::string all = File("all.json", kAllowAll);
  EXPECT_NE(RunCli({"policy", "lint", all, "--kind", "identity", "--output", "table"}).out.find("lint.allow_everything"), std::string::npos);
  EXPECT_EQ(RunCli({"policy", "lint", all, "--kind", "scp"}).code, 0);
  EXPECT_EQ(RunCli({"policy", "lint", all, "--kind", "rcp"}).code, 1);
  EXPECT_EQ(RunCli({"policy", "lint", all, "--kind", "else"}).code, 2);
  EXPECT_EQ(RunCli({"policy", "lint", all, "--kind", "scp", "--external-id", "x1"}).code, 2);
}

TEST_F(PolicyCommandTest, EvaluateDecidesACallAcrossAccountsFromFiles) {
  const std::string trust = Trust(R"({"StringEquals":{"sts:ExternalId":"some-id"}})");
  const std::string all = File("all.json", kAllowAll);
  const std::string deny = File("deny.json", R"({"Version":"2012-10-17","Statement":[{"Sid":"Keep","Effect":"Deny","Action":"sts:*","Resource":"*"}]})");
  const std::string request = File("request.json", R"({"principal":")" + kServer +
                                                       R"(","action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/x","external_id":"some-id","tags":{"a":"b"}})");
  const auto good = RunCli({"policy", "evaluate", request, "--trust", trust, "--identity", all, "--scp", all, "--scp", all + "," + all, "--output", "json"});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_EQ(Json(good.out).at("answer").as_string(), "allowed");
  EXPECT_EQ(Json(good.out).at("actions").as_array().size(), 2U);
  const auto denied = RunCli({"policy", "evaluate", request, "--trust", trust, "--identity", all, "--scp", all, "--scp", all + "," + deny, "--output", "json"});
  EXPECT_EQ(denied.code, 0) << denied.err;
  const auto answer = Json(denied.out);
  EXPECT_EQ(answer.at("answer").as_string(), "explicitly_denied");
  EXPECT_EQ(answer.at("actions").at(0).at("layers").at(0).as_string(), "scp");
  const std::string words = RunCli({"policy", "evaluate", request, "--trust", trust, "--output", "table"}).out;
  EXPECT_NE(words.find("sts:AssumeRole: denied, because nothing allows it (missing or denying: identity)"), std::string::npos) << words;
}

TEST_F(PolicyCommandTest, EvaluateSaysWhatAnAnswerDependsOn) {
  const std::string trust = Trust(R"({"StringEquals":{"sts:ExternalId":"some-id"}})");
  const std::string all = File("all.json", kAllowAll);
  const std::string request = File("request.json", R"({"principal":")" + kServer + R"(","action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/x"})");
  const auto json = RunCli({"policy", "evaluate", request, "--trust", trust, "--identity", all, "--missing-keys", "unknown", "--output", "json"});
  EXPECT_EQ(json.code, 0) << json.err;
  const auto answer = Json(json.out);
  EXPECT_EQ(answer.at("answer").as_string(), "depends");
  EXPECT_EQ(answer.at("actions").at(0).at("keys").at(0).as_string(), "sts:externalid");
  EXPECT_EQ(answer.at("actions").at(0).at("allowed_if").at("condition").at("StringEquals").at("sts:ExternalId").as_string(), "some-id");
  const auto table = RunCli({"policy", "evaluate", request, "--trust", trust, "--identity", all, "--missing-keys", "unknown", "--output", "table"});
  EXPECT_NE(table.out.find("allowed if: sts:ExternalId is exactly `some-id`"), std::string::npos) << table.out;
  const auto absent = RunCli({"policy", "evaluate", request, "--trust", trust, "--identity", all, "--output", "json"});
  EXPECT_EQ(Json(absent.out).at("answer").as_string(), "implicitly_denied");
  EXPECT_EQ(RunCli({"policy", "evaluate", request, "--missing-keys", "maybe"}).code, 2);
}

TEST_F(PolicyCommandTest, EvaluateRefusesWhatItCannotRead) {
  const std::string request = File("request.json", R"({"principal":"*","action":"s3:GetObject"})");
  const std::string bad = File("bad.json", "{");
  const auto ran = RunCli({"policy", "evaluate", request, "--identity", bad, "--output", "table"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.err.find("bad.json"), std::string::npos) << ran.err;
  EXPECT_EQ(RunCli({"policy", "evaluate", folder_.Path("missing")}).code, 2);
  EXPECT_EQ(RunCli({"policy", "evaluate"}).code, 2);
}

}  // namespace
}  // namespace crossrole::cli
