// SPDX-License-Identifier: Apache-2.0
// Commands against a server that answers from a table.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json/value.hpp>
#include <fstream>

#include "base/json.h"
#include "fakes/command_line.h"

namespace crossrole::cli {
namespace {

using base::Code;
using fakes::FakeServer;
using fakes::RunCli;

constexpr const char* kSelf = R"({"id":"tok_1","role":"owner","tenant":{"id":"t_1","handle":"default"}})";
constexpr const char* kIntegration = R"({"id":"int_1","handle":"prod","kind":"account","state":"pending","account_id":"111122223333"})";

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() { environment_ = {{"HOME", folder_.Path("home")}, {"CROSSROLE_SERVER", server_.url()}, {"CROSSROLE_TOKEN", "crs_x"}}; }

  std::string File(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.Path(name)) << text;
    return folder_.Path(name);
  }

  fakes::ScratchFolder folder_;
  FakeServer server_;
  base::Environment environment_;
};

TEST_F(ApiTest, LoginKeepsTheProfileForItsOwnerOnly) {
  server_.On("GET /v1/whoami", 200, kSelf);
  const base::Environment home = {{"HOME", folder_.Path("home")}};
  const auto ran = RunCli({"login", "--server", server_.url(), "--token-file", File("token", " crs_secret\n")}, home);
  ASSERT_EQ(ran.code, 0) << ran.err;
  struct stat facts{};
  ASSERT_EQ(::stat(folder_.Path("home/.config/crossrole/default.json").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_EQ(ran.out.find("crs_secret"), std::string::npos);
  EXPECT_EQ(ran.err.find("crs_secret"), std::string::npos);
  ASSERT_EQ(RunCli({"whoami"}, home).code, 0);
  EXPECT_EQ(server_.requests().back().headers.Find("Authorization"), "Bearer crs_secret");
  EXPECT_EQ(RunCli({"logout"}, home).code, 0);
  EXPECT_EQ(RunCli({"whoami", "--server", server_.url()}, home).code, 4);
}

TEST_F(ApiTest, ARefusedTokenLeavesNoProfile) {
  server_.Fail("GET /v1/whoami", {.code = Code::kUnauthenticated, .message = "the token is not valid"});
  const base::Environment home = {{"HOME", folder_.Path("home")}};
  EXPECT_EQ(RunCli({"login", "--server", server_.url(), "--token-file", File("token", "crs_wrong")}, home).code, 4);
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("home/.config/crossrole/default.json")));
}

TEST_F(ApiTest, LoginGivesAPasswordForATokenThatLogoutEnds) {
  server_.On("POST /v1/auth/sign-in", 200, R"({"token":"crs_of_ann"})");
  server_.On("GET /v1/whoami", 200, kSelf);
  server_.On("POST /v1/auth/sign-out", 200, R"({"ended":1})");
  const base::Environment home = {{"HOME", folder_.Path("home")}, {"CROSSROLE_TOKEN", "crs_of_another"}};
  const auto ran = RunCli({"login", "--server", server_.url(), "--email", "ann@example.com", "--tenant", "acme", "--password-file",
                           File("password", "correct horse battery\n")}, home);
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto asked = server_.requests();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_FALSE(asked[0].headers.Has("Authorization"));
  EXPECT_EQ(asked[0].body, R"({"email":"ann@example.com","password":"correct horse battery","way":"token","tenant":"acme"})");
  EXPECT_EQ(asked[1].headers.Find("Authorization"), "Bearer crs_of_ann");
  EXPECT_EQ((ran.out + ran.err).find("crs_of_ann"), std::string::npos);
  EXPECT_EQ((ran.out + ran.err).find("correct horse"), std::string::npos);
  ASSERT_EQ(RunCli({"logout"}, home).code, 0);
  EXPECT_EQ(server_.requests().back().path, "/v1/auth/sign-out");
  EXPECT_EQ(server_.requests().back().headers.Find("Authorization"), "Bearer crs_of_ann");
}

TEST_F(ApiTest, LogoutLeavesATokenThatWasGivenAlone) {
  server_.On("GET /v1/whoami", 200, kSelf);
  const base::Environment home = {{"HOME", folder_.Path("home")}};
  ASSERT_EQ(RunCli({"login", "--server", server_.url(), "--token-file", File("token", "crs_secret")}, home).code, 0);
  ASSERT_EQ(RunCli({"logout"}, home).code, 0);
  EXPECT_EQ(server_.requests().back().path, "/v1/whoami");
}

TEST_F(ApiTest, LogoutRemovesTheProfileThoughTheServerIsGone) {
  const base::Environment home = {{"HOME", folder_.Path("home")}};
  std::filesystem::create_directories(folder_.Path("home/.config/crossrole"));
  const std::string path = File("home/.config/crossrole/default.json", R"({"server":"http://127.0.0.1:1","token":"crs_x","signed_in":true})");
  ::chmod(path.c_str(), 0600);
  const auto ran = RunCli({"logout"}, home);
  EXPECT_EQ(ran.code, 0);
  EXPECT_NE(ran.err.find("counts until it expires"), std::string::npos) << ran.err;
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ApiTest, AWrongPasswordLeavesNoProfile) {
  server_.Fail("POST /v1/auth/sign-in", {.code = Code::kUnauthenticated, .message = "the address or the password is wrong"});
  const base::Environment home = {{"HOME", folder_.Path("home")}};
  EXPECT_EQ(RunCli({"login", "--server", server_.url(), "--email", "ann@example.com", "--password-file", File("password", "wrong")}, home).code, 4);
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("home/.config/crossrole/default.json")));
}

TEST_F(ApiTest, LoginTakesATokenOrAPasswordNotBoth) {
  const std::string file = File("secret", "x");
  const std::vector<std::vector<std::string>> wrong = {
      {"--email", "a@example.com", "--token-file", file}, {"--email", "a@example.com", "--password-file", file, "--password-stdin"},
      {"--password-file", file}, {"--tenant", "acme", "--token-file", file}};
  for (const auto& flags : wrong) {
    std::vector<std::string> words = {"login", "--server", server_.url()};
    words.insert(words.end(), flags.begin(), flags.end());
    EXPECT_EQ(RunCli(words, {{"HOME", folder_.Path("home")}}).code, 2) << flags.front();
  }
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(ApiTest, AProfileThatOthersCanReadIsRefused) {
  std::filesystem::create_directories(folder_.Path("home/.config/crossrole"));
  const std::string path = File("home/.config/crossrole/default.json", R"({"server":"http://127.0.0.1:1","token":"crs_x"})");
  ::chmod(path.c_str(), 0644);
  const auto ran = RunCli({"whoami", "--output", "table"}, {{"HOME", folder_.Path("home")}});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.err.find("chmod 600"), std::string::npos);
}

TEST_F(ApiTest, AProfilesTokenGoesToItsOwnServerOnly) {
  server_.On("GET /v1/whoami", 200, kSelf);
  const base::Environment home = {{"HOME", folder_.Path("home")}};
  ASSERT_EQ(RunCli({"login", "--server", server_.url(), "--token-file", File("token", "crs_secret")}, home).code, 0);
  FakeServer other;
  other.On("GET /v1/whoami", 200, kSelf);
  EXPECT_EQ(RunCli({"whoami", "--server", other.url()}, home).code, 4);
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(ApiTest, ExitCodesFollowTheCodeOfTheProblem) {
  const std::vector<std::pair<Code, int>> expected = {
      {Code::kInvalidArgument, 2}, {Code::kUnauthenticated, 4}, {Code::kPermissionDenied, 4}, {Code::kNotFound, 3},
      {Code::kFailedPrecondition, 1}, {Code::kConflict, 1}, {Code::kTooLarge, 1}, {Code::kAwsRefused, 5},
      {Code::kThrottled, 6}, {Code::kInternal, 1}, {Code::kUnavailable, 6}};
  for (const auto& [code, exit_code] : expected) {
    server_.Fail("GET /v1/integrations/prod", {.code = code, .message = "no", .fix = "do this"});
    const auto json = RunCli({"integration", "show", "prod"}, environment_);
    EXPECT_EQ(json.code, exit_code) << base::FactsOf(code).name;
    EXPECT_EQ(json.out, "");
    EXPECT_NE(json.err.find("\"code\":\"" + std::string(base::FactsOf(code).name) + "\""), std::string::npos);
    EXPECT_NE(json.err.find("\"request_id\":\"req_1\""), std::string::npos);
    const auto table = RunCli({"integration", "show", "prod", "--output", "table"}, environment_);
    EXPECT_EQ(table.code, exit_code);
    EXPECT_TRUE(table.err.starts_with("crossrole: no\n  do this\n")) << table.err;
  }
}

TEST_F(ApiTest, AServerThatIsNotThereIsUnavailable) {
  environment_["CROSSROLE_SERVER"] = "http://127.0.0.1:1";
  EXPECT_EQ(RunCli({"whoami"}, environment_).code, 6);
}

TEST_F(ApiTest, FlagsBecomeTheMembersOfARequest) {
  server_.On("POST /v1/integrations", 201, kIntegration);
  const auto ran = RunCli({"integration", "create", "prod", "--account-id", "111122223333", "--role-tags", "team=a=b",
                        "--external-id-format", "account", "--capabilities", "inventory", "--capabilities",
                        "terraform_state:bucket=b,key_prefix=p", "--duration-seconds", "900", "--session-tags=false",
                        "--policy-document", File("policy.json", R"({"Version":"2012-10-17","Statement":[]})")},
                       environment_);
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto sent = base::ParseJson(server_.requests().back().body).value();
  EXPECT_EQ(base::PrintJson(sent),
            R"({"handle":"prod","kind":"account","account_id":"111122223333","role_tags":{"team":"a=b"},)"
            R"("policy_document":{"Version":"2012-10-17","Statement":[]},"capabilities":["inventory",)"
            R"({"name":"terraform_state","parameters":{"bucket":"b","key_prefix":"p"}}],"duration_seconds":900,)"
            R"("session_tags":false,"external_id":{"format":"account"}})");
}

TEST_F(ApiTest, ListsFollowAllPages) {
  server_.On("GET /v1/integrations", [](const http::Request& request) {
    return http::JsonResponse(200, request.Query("page_token")
                                       ? R"({"items":[{"handle":"b"}],"next_page_token":null})"
                                       : R"({"items":[{"handle":"a","state":"active"}],"next_page_token":"n&x"})");
  });
  const auto table = RunCli({"integration", "list", "--state", "active", "--output", "table"}, environment_);
  EXPECT_EQ(table.out, "HANDLE  ACCOUNT  STATE   ROLE  ID\na       -        active  -     -\nb       -        -       -     -\n");
  EXPECT_EQ(server_.requests().back().Query("page_token"), "n&x");
  EXPECT_EQ(server_.requests().back().Query("state"), "active");
  const auto json = base::ParseJson(RunCli({"integration", "list"}, environment_).out);
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(base::PrintJson(*json), R"({"items":[{"handle":"a","state":"active"},{"handle":"b"}],"next_page_token":null})");
}

TEST_F(ApiTest, DeletingAsksForTheHandle) {
  EXPECT_EQ(RunCli({"integration", "delete", "prod"}, environment_).code, 2);
  EXPECT_TRUE(server_.requests().empty());
  server_.On("DELETE /v1/integrations/prod", 200, R"({"removed":["int_1"]})");
  EXPECT_EQ(RunCli({"integration", "delete", "prod", "--confirm", "prod", "--force"}, environment_).code, 0);
  EXPECT_EQ(server_.requests().back().Query("confirm"), "prod");
  EXPECT_EQ(server_.requests().back().Query("force"), "true");
  EXPECT_EQ(RunCli({"integration", "delete", "prod", "--dry-run"}, environment_).code, 0);
  EXPECT_EQ(server_.requests().back().Query("dry_run"), "true");
}

TEST_F(ApiTest, AnArtefactIsPrintedAsItIs) {
  server_.On("GET /v1/integrations/prod/setup/cli", [](const http::Request&) { return http::TextResponse(200, "#!/bin/sh\necho\n"); });
  for (const char* output : {"json", "table"}) {
    EXPECT_EQ(RunCli({"integration", "setup", "prod", "cli", "--output", output}, environment_).out, "#!/bin/sh\necho\n");
  }
}

TEST_F(ApiTest, WhatToMindWithAnArtefactIsSaidBesideIt) {
  server_.On("GET /v1/integrations/prod/setup/cli", [](const http::Request&) {
    http::Response response = http::TextResponse(200, "#!/bin/sh\n");
    response.headers.Add("Crossrole-Warning", "mind this");
    response.headers.Add("Crossrole-Warning", "and that");
    return response;
  });
  const auto ran = RunCli({"integration", "setup", "prod", "cli"}, environment_);
  EXPECT_EQ(ran.out, "#!/bin/sh\n");
  EXPECT_EQ(ran.err, "warning: mind this\nwarning: and that\n");
}

TEST_F(ApiTest, AFailedVerificationIsOne) {
  server_.On("POST /v1/integrations/prod/verify", 200,
             R"({"ok":false,"state":"failed","probes":[{"name":"with_external_id","expected":"allowed","observed":"denied","ok":false}],)"
             R"("findings":[{"code":"trust.not_assumable","severity":"error","message":"cannot"}],"capabilities":[]})");
  const auto ran = RunCli({"integration", "verify", "prod", "--output", "table"}, environment_);
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.out.find("trust.not_assumable"), std::string::npos);
}

TEST_F(ApiTest, ConnectWaitFollowsUntilActive) {
  int asked = 0;
  server_.On("PUT /v1/integrations/prod/role", 200, kIntegration);
  server_.On("GET /v1/integrations/prod", [&asked](const http::Request&) {
    return http::JsonResponse(200, ++asked < 3 ? R"({"handle":"prod","state":"verifying"})" : R"({"handle":"prod","state":"active"})");
  });
  EXPECT_EQ(RunCli({"integration", "connect", "prod", "arn:aws:iam::111122223333:role/R", "--wait"}, environment_).code, 0);
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(RunCli({"integration", "connect", "prod"}, environment_).code, 2);
}

TEST_F(ApiTest, QuickstartSendsTheFileAndFollowsTheJob) {
  server_.On("POST /v1/integrations/prod/quickstart", 202, R"({"job":"job_1"})");
  server_.On("GET /v1/jobs/job_1", 200, R"({"id":"job_1","state":"succeeded","progress":{"done":4,"total":4},"result":{"created":["role"]}})");
  const auto ran = RunCli({"integration", "quickstart", "prod", File("keys.csv", "Access key ID,Secret access key\nA,b\n")}, environment_);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(server_.requests().front().headers.Find("Content-Type"), "text/csv");
  server_.On("GET /v1/jobs/job_1", 200,
             R"({"id":"job_1","state":"failed","progress":{"done":0,"total":4},"error":{"title":"x","status":424,"detail":"denied",)"
             R"("code":"aws_refused","reason":"key.denied","missing_actions":["iam:CreateRole"]}})");
  const auto denied = RunCli({"integration", "quickstart", "prod", folder_.Path("keys.csv"), "--output", "table"}, environment_);
  EXPECT_EQ(denied.code, 5);
  EXPECT_NE(denied.err.find("iam:CreateRole"), std::string::npos);
}

TEST_F(ApiTest, PoliciesAreJudgedWithoutAServer) {
  const std::string open = File("open.json", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]})");
  EXPECT_EQ(RunCli({"policy", "lint", open}).code, 1);
  EXPECT_EQ(RunCli({"policy", "lint", folder_.Path("missing")}).code, 2);
  EXPECT_EQ(RunCli({"policy", "required", "self_check"}).code, 0);
  EXPECT_EQ(RunCli({"policy", "required", "nonsense"}).code, 3);
}

}  // namespace
}  // namespace crossrole::cli
