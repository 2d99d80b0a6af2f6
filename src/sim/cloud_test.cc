// SPDX-License-Identifier: Apache-2.0
#include "sim/cloud.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/text.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using namespace std::chrono_literals;
using aws::Credentials;
using aws::HttpRequest;
using aws::sts::AssumeRole;
using aws::sts::GetCallerIdentity;
using fakes::SimLab;
using fakes::TrustFor;

std::string CodeOf(const base::Result<aws::HttpResponse>& response) {
  return response ? aws::ParseAwsError(*response).aws_code : response.error().reason;
}

TEST(SignatureTest, IsCheckedByTheMachinesClockAndNotTheMovedOne) {
  SimLab lab;
  const HttpRequest old = lab.Sign<GetCallerIdentity>(lab.Admin(0), {}, "us-east-1");
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", R"({"advance_seconds": 86400})").status, 200);
  EXPECT_EQ(lab.Send(old)->status, 200);
  lab.clock().Advance(6min);
  EXPECT_EQ(CodeOf(lab.Send(old)), "SignatureDoesNotMatch");
}

TEST(SignatureTest, WhatIsWrongWithItHasAWsWords) {
  SimLab lab;
  HttpRequest changed = lab.Sign<GetCallerIdentity>(lab.Admin(0), {}, "us-east-1");
  changed.body += "&X=1";
  EXPECT_EQ(CodeOf(lab.Send(changed)), "SignatureDoesNotMatch");
  HttpRequest bare = lab.Sign<GetCallerIdentity>(lab.Admin(0), {}, "us-east-1");
  aws::RemoveHeader(bare.headers, "Authorization");
  const auto missing = lab.Send(bare);
  EXPECT_EQ(CodeOf(missing), "MissingAuthenticationToken");
  EXPECT_EQ(missing->status, 403);
  HttpRequest half = lab.Sign<GetCallerIdentity>(lab.Admin(0), {}, "us-east-1");
  aws::SetHeader(half.headers, "Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260102/us-east-1/sts/aws4_request");
  const auto incomplete = lab.Send(half);
  EXPECT_EQ(CodeOf(incomplete), "IncompleteSignature");
  EXPECT_EQ(incomplete->status, 400);  // IAM API reference, "Common Error Types"
  const Credentials stranger{.access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret_access_key = base::Secret("x")};
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(stranger, {}), "InvalidClientTokenId");
  const Credentials wrong{.access_key_id = lab.Admin(0).access_key_id, .secret_access_key = base::Secret("x")};
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(wrong, {}), "SignatureDoesNotMatch");
}

TEST(SignatureTest, CredentialsEndAtTheirPartition) {
  SimLab lab;
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(lab.Admin(0), {}, "eu-central-1"), "");
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(lab.Admin(0), {}, "cn-north-1"), "InvalidClientTokenId");
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(lab.Admin(0), {}, "mars-1"), "SignatureDoesNotMatch");
  SimLab china({.partition = model::Partition::kAwsCn});
  EXPECT_TRUE(china.Must<GetCallerIdentity>(china.Admin(0), {}, "cn-north-1").arn.starts_with("arn:aws-cn:iam::"));
}

HttpRequest Signed(SimLab& lab, std::string service, std::string body, aws::Headers headers = {}) {
  HttpRequest request{.scheme = "http", .host = "127.0.0.1", .port = 4566, .headers = std::move(headers), .body = std::move(body)};
  aws::SignRequest(request, lab.Admin(0), {.region = "us-east-1", .service = std::move(service)}, lab.clock().Now());
  return request;
}

TEST(OperationTest, UnknownOnesGetAwsOwnError) {
  SimLab lab;
  const auto query = lab.Send(Signed(lab, "iam", "Action=CreateUnicorn&Version=2010-05-08"));
  EXPECT_EQ(query->status, 400);
  EXPECT_EQ(aws::ParseAwsError(*query).aws_code, "InvalidAction");
  EXPECT_EQ(fakes::AwsWords(aws::ParseAwsError(*query)), "Could not find operation CreateUnicorn for version 2010-05-08");
  EXPECT_EQ(CodeOf(lab.Send(Signed(lab, "sts", "Action=GetCallerIdentity&Version=1999-01-01"))), "InvalidAction");
  const aws::Headers target = {{"X-Amz-Target", "AWSOrganizationsV20161128.CreateUnicorn"},
                               {"Content-Type", "application/x-amz-json-1.1"}};
  const auto json = lab.Send(Signed(lab, "organizations", "{}", target));
  EXPECT_EQ(json->status, 400);
  EXPECT_EQ(aws::ParseAwsError(*json).aws_code, "UnknownOperationException");
  EXPECT_EQ(CodeOf(lab.Send(Signed(lab, "s3", ""))), "InvalidAction");
}

TEST(OperationTest, WhatIsNotSimulatedOnPurposeSaysSo) {
  SimLab lab;
  for (const std::string operation : {"DetectStackSetDrift", "DetectStackDrift", "ImportStacksToStackSet"}) {
    const auto answer = lab.Send(Signed(lab, "cloudformation", "Action=" + operation + "&Version=2010-05-15&StackSetName=x"));
    EXPECT_EQ(aws::ParseAwsError(*answer).aws_code, "NotImplemented") << operation;
    EXPECT_TRUE(fakes::AwsWords(aws::ParseAwsError(*answer)).starts_with("The simulation does not ")) << operation;
  }
  EXPECT_EQ(CodeOf(lab.Send(Signed(lab, "iam", "Action=DetectStackSetDrift&Version=2010-05-08"))), "InvalidAction");
}

TEST(OperationTest, JsonServicesRefuseKeysInTheirOwnWords) {
  SimLab lab;
  const aws::Headers target = {{"X-Amz-Target", "AWSOrganizationsV20161128.ListAccounts"},
                               {"Content-Type", "application/x-amz-json-1.1"}};
  HttpRequest request{.scheme = "http", .host = "127.0.0.1", .port = 4566, .headers = target, .body = "{}"};
  const Credentials stranger{.access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret_access_key = base::Secret("x")};
  aws::SignRequest(request, stranger, {.region = "us-east-1", .service = "organizations"}, lab.clock().Now());
  const auto answer = lab.Send(request);
  EXPECT_EQ(answer->status, 400);
  EXPECT_EQ(aws::ParseAwsError(*answer).aws_code, "UnrecognizedClientException");
}

TEST(OperationTest, AGetWithTheSignatureInTheQueryCounts) {
  SimLab lab;
  HttpRequest request{.method = "GET", .scheme = "http", .host = "127.0.0.1", .port = 4566,
                      .query = "Action=GetCallerIdentity&Version=2011-06-15"};
  aws::SignRequest(request, lab.Admin(0), {.region = "us-east-1", .service = "sts"}, lab.clock().Now());
  const auto answer = lab.Send(request);
  EXPECT_EQ(answer->status, 200);
  EXPECT_NE(answer->body.find(lab.AdminArn(0)), std::string::npos);
}

TEST(AccountsTest, NameWhoManagesEachOrganization) {
  SimLab lab({.accounts = 3});
  const auto made = lab.Control("POST", "/_sim/organization", R"({"accounts":3,"seed":9,"profile":"plain"})");
  ASSERT_EQ(made.status, 200);
  std::vector<std::string> managers;
  for (const AccountKeys& account : lab.cloud().Accounts()) {
    if (account.management) managers.push_back(account.account_id);
  }
  ASSERT_EQ(managers.size(), 2U);
  EXPECT_EQ(managers.front(), lab.cloud().Accounts()[1].account_id);
  EXPECT_NE(made.body.find("\"management_account_id\":\"" + managers.back()), std::string::npos);
}

TEST(AccountsTest, AreTheSameForTheSameSeed) {
  SimLab one({.accounts = 4, .seed = 7});
  SimLab two({.accounts = 4, .seed = 7});
  SimLab other({.accounts = 4, .seed = 8});
  EXPECT_EQ(one.Control("GET", "/_sim/accounts").body, two.Control("GET", "/_sim/accounts").body);
  EXPECT_NE(one.Control("GET", "/_sim/accounts").body, other.Control("GET", "/_sim/accounts").body);
  const auto accounts = one.cloud().Accounts();
  ASSERT_EQ(accounts.size(), 4U);
  EXPECT_TRUE(accounts[0].platform);
  EXPECT_FALSE(accounts[0].management);
  EXPECT_TRUE(accounts[1].management);
  for (const AccountKeys& account : accounts) {
    EXPECT_EQ(account.account_id.size(), 12U);
    EXPECT_TRUE(account.access_key_id.starts_with("AKIA"));
    EXPECT_EQ(account.access_key_id.size(), 20U);
    EXPECT_EQ(account.secret_access_key.size(), 40U);
  }
}

TEST(AccountsTest, ASuspendedOneIsOutOfUse) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  EXPECT_EQ(lab.Control("POST", "/_sim/accounts/" + lab.Id(1), R"({"state":"suspended"})").status, 200);
  EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), {.role_arn = role, .role_session_name = "session"}), "AccessDenied");
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(lab.Admin(1), {}), "InvalidClientTokenId");
  EXPECT_EQ(lab.Control("POST", "/_sim/accounts/" + lab.Id(1), R"({"state":"active"})").status, 200);
  EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), {.role_arn = role, .role_session_name = "session"}), "");
  EXPECT_EQ(lab.Control("POST", "/_sim/accounts/" + lab.Id(1), R"({"state":"asleep"})").status, 400);
  EXPECT_EQ(lab.Control("POST", "/_sim/accounts/123412341234", R"({"state":"active"})").status, 404);
}

TEST(ControlTest, RefusesWebPagesUnknownRoutesAndBadBodies) {
  SimLab lab;
  http::Response response;
  http::Request request{.method = "GET", .target = "/_sim/accounts", .path = "/_sim/accounts", .request_id = "req_1"};
  request.headers.Add("Origin", "https://example.com");
  lab.cloud().Handle(request, [&](Answer answer) { response = std::move(answer.response); });
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.body.find("AKIA"), std::string::npos);
  EXPECT_EQ(lab.Control("GET", "/_sim/nothing").status, 404);
  EXPECT_EQ(lab.Control("POST", "/_sim/organization", "{}").status, 400);
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", "{").status, 400);
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", R"({"advance_seconds": -1})").status, 400);
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", "{}").status, 400);
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", R"({"stopped": "yes"})").status, 400);
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", R"({"advance": 5})").status, 400);
  EXPECT_EQ(lab.Control("POST", "/_sim/organization", R"({"accounts": 5, "seeds": 1})").status, 400);
  EXPECT_EQ(lab.Control("POST", "/_sim/faults", R"({"rules":[{"effect":"500","probability":2}]})").status, 400);
  EXPECT_EQ(lab.Control("POST", "/_sim/faults", R"({"rules":[{"effect":"explode"}]})").status, 400);
  EXPECT_EQ(lab.Control("POST", "/_sim/faults", R"({"rules":[{"efect":"500"}]})").status, 400);
}

TEST(CallsTest, AreCountedForTheCallersAccount) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  lab.Must<AssumeRole>(lab.Admin(0), {.role_arn = role, .role_session_name = "session"});
  lab.Refusal<AssumeRole>(lab.Admin(2), {.role_arn = role, .role_session_name = "session"});
  const auto calls = base::ParseJson(lab.Control("GET", "/_sim/calls").body)->as_array();
  ASSERT_EQ(calls.size(), 3U);
  for (const auto& call : calls) {
    const auto& object = call.as_object();
    const bool refused = std::string_view(object.at("account").as_string()) == lab.Id(2);
    EXPECT_EQ(object.at("count").to_number<int>(), 1);
    EXPECT_EQ(object.at("refused").to_number<int>(), refused ? 1 : 0);
    EXPECT_EQ(object.at("throttled").to_number<int>(), 0);
  }
  EXPECT_EQ(lab.Control("DELETE", "/_sim/calls").status, 200);
  EXPECT_EQ(lab.Control("GET", "/_sim/calls").body, "[]");
}

TEST(ResetTest, BringsBackTheFirstDay) {
  SimLab lab;
  lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  const std::string before = lab.Control("GET", "/_sim/accounts").body;
  EXPECT_EQ(lab.Control("POST", "/_sim/reset").status, 200);
  EXPECT_EQ(lab.Control("GET", "/_sim/accounts").body, before);
  EXPECT_EQ(lab.Refusal<aws::iam::GetRole>(lab.Admin(1), {.role_name = "Role"}), "NoSuchEntity");
}

TEST(ClockTest, StandsStillAndGoesOnFromThere) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "visited", TrustFor(lab.AdminArn(0)));
  const Credentials session = lab.Assume(lab.Admin(0), {.role_arn = role, .role_session_name = "ss", .duration_seconds = 900});
  const auto works = [&] { return lab.Refusal<GetCallerIdentity>(session, {}).empty(); };
  ASSERT_EQ(lab.Control("POST", "/_sim/clock", R"({"stopped": true})").status, 200);
  lab.clock().Advance(1h);
  EXPECT_TRUE(works()) << "a stopped clock ends no session";
  ASSERT_EQ(lab.Control("POST", "/_sim/clock", R"({"stopped": false})").status, 200);
  EXPECT_TRUE(works()) << "what passed while it stood did not pass for it";
  lab.clock().Advance(14min);
  EXPECT_TRUE(works());
  lab.clock().Advance(2min);
  EXPECT_FALSE(works());
}

TEST(ClockTest, AStoppedOneIsMovedAndSaved) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "visited", TrustFor(lab.AdminArn(0)));
  const Credentials session = lab.Assume(lab.Admin(0), {.role_arn = role, .role_session_name = "ss", .duration_seconds = 900});
  ASSERT_EQ(lab.Control("POST", "/_sim/clock", R"({"stopped": true})").status, 200);
  ASSERT_TRUE(lab.cloud().Load(lab.cloud().Save()));
  lab.clock().Advance(1h);
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(session, {}), "");
  ASSERT_EQ(lab.Control("POST", "/_sim/clock", R"({"advance_seconds": 900})").status, 200);
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(session, {}), "ExpiredToken");
}

void SetFaults(SimLab& lab, const std::string& rules) {
  ASSERT_EQ(lab.Control("POST", "/_sim/faults", R"({"rules":[)" + rules + "]}").status, 200);
}

TEST(FaultTest, StrikesTheCallsItIsFor) {
  SimLab lab;
  SetFaults(lab, R"({"service":"sts","operation":"GetCallerIdentity","account":")" + lab.Id(0) + R"(","count":2,"effect":"throttle"})");
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(lab.Admin(1), {}), "");
  EXPECT_EQ(lab.Refusal<aws::sts::GetAccessKeyInfo>(lab.Admin(0), {.access_key_id = lab.Admin(0).access_key_id}), "");
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(lab.Admin(0), {}), "Throttling");
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(lab.Admin(0), {}), "Throttling");
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(lab.Admin(0), {}), "");
}

TEST(FaultTest, EachEffectIsWhatItSays) {
  SimLab lab;
  const auto send = [&] { return lab.Send(lab.Sign<GetCallerIdentity>(lab.Admin(0), {}, "us-east-1")); };
  SetFaults(lab, R"({"effect":"500"})");
  EXPECT_EQ(send()->status, 500);
  SetFaults(lab, R"({"effect":"reset"})");
  EXPECT_EQ(CodeOf(send()), "aws.unreachable");
  SetFaults(lab, R"({"effect":"access_denied"})");
  EXPECT_EQ(CodeOf(send()), "AccessDenied");
  SetFaults(lab, R"({"effect":"region_disabled","region":"eu-west-1"})");
  EXPECT_EQ(send()->status, 200);
  SetFaults(lab, R"({"effect":"region_disabled","region":"us-east-1"})");
  const auto disabled = send();
  EXPECT_EQ(disabled->status, 403);
  EXPECT_EQ(CodeOf(disabled), "RegionDisabledException");
  EXPECT_NE(disabled->body.find("account:" + lab.Id(0)), std::string::npos);
  for (const std::string_view effect : {"truncate", "malformed"}) {
    SetFaults(lab, R"({"effect":")" + std::string(effect) + R"("})");
    const auto broken = send();
    ASSERT_EQ(broken->status, 200);
    EXPECT_FALSE(aws::DecodeResponse<GetCallerIdentity>(broken->body)) << effect;
  }
}

TEST(FaultTest, MayBeAboutTheAccountOfTheRole) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  SetFaults(lab, R"({"account":")" + lab.Id(1) + R"(","effect":"region_disabled"})");
  const auto refused = lab.Call<AssumeRole>(lab.Admin(0), {.role_arn = role, .role_session_name = "session"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().aws_code, "RegionDisabledException");
  EXPECT_NE(fakes::AwsWords(refused.error()).find("account:" + lab.Id(1)), std::string::npos);
}

TEST(RateTest, BindsTheCallersAccountAndRegionUntilTimePasses) {
  SimLab lab({.rate_scale = 0.01});
  int answered = 0;
  while (answered < 100 && lab.Refusal<GetCallerIdentity>(lab.Admin(0), {}).empty()) ++answered;
  EXPECT_EQ(answered, 6);
  const auto refused = lab.Call<GetCallerIdentity>(lab.Admin(0), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().aws_code, "Throttling");
  EXPECT_EQ(fakes::AwsWords(refused.error()), "Rate exceeded");
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(lab.Admin(1), {}), "");
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(lab.Admin(0), {}, "eu-west-1"), "");
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", R"({"advance_seconds": 1})").status, 200);
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(lab.Admin(0), {}), "");
  SimLab off({.throttle = Throttle::kOff, .rate_scale = 0.01});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(off.Refusal<GetCallerIdentity>(off.Admin(0), {}), "");
}

// A request to the console's federation endpoint.
http::Response Federation(SimLab& lab, const std::string& form) {
  http::Response response;
  lab.cloud().Handle({.method = "POST", .target = "/federation", .path = "/federation", .body = form, .request_id = "req_1"},
                     [&](Answer answer) { response = std::move(answer.response); });
  return response;
}

std::string SessionForm(const Credentials& credentials, const std::string& more) {
  const boost::json::object session{{"sessionId", credentials.access_key_id},
                                    {"sessionKey", std::string(credentials.secret_access_key.Reveal())},
                                    {"sessionToken", std::string(credentials.session_token.Reveal())}};
  return "Action=getSigninToken&Session=" + base::PercentEncode(base::PrintJson(session)) + more;
}

TEST(FederationTest, ATokenSignsInOnceWithinAQuarterOfAnHour) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  const Credentials session = lab.Assume(lab.Admin(0), {.role_arn = role, .role_session_name = "session"});
  const auto take = [&] {
    const http::Response given = Federation(lab, SessionForm(session, "&SessionDuration=3600"));
    EXPECT_EQ(given.status, 200) << given.body;
    const auto token = base::ParseJson(given.body)->as_object().at("SigninToken").as_string();
    return "Action=login&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2F&SigninToken=" + base::PercentEncode(std::string_view(token));
  };
  const std::string login = take();
  const http::Response first = Federation(lab, login);
  EXPECT_EQ(first.status, 302);
  EXPECT_EQ(first.headers.Find("Location"), "https://console.aws.amazon.com/");
  EXPECT_EQ(Federation(lab, login).status, 400);
  const std::string late = take();
  lab.clock().Advance(16min);
  EXPECT_EQ(Federation(lab, late).status, 400);
}

TEST(FederationTest, RefusesWhatAwsRefuses) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  const std::string next = lab.MakeRole(1, "Next", TrustFor(role));
  const Credentials session = lab.Assume(lab.Admin(0), {.role_arn = role, .role_session_name = "session"});
  const Credentials chained = lab.Assume(session, {.role_arn = next, .role_session_name = "session"});
  EXPECT_EQ(Federation(lab, SessionForm(chained, "&SessionDuration=900")).status, 400);
  EXPECT_EQ(Federation(lab, SessionForm(chained, "")).status, 200);
  EXPECT_EQ(Federation(lab, SessionForm(session, "&SessionDuration=899")).status, 400);
  EXPECT_EQ(Federation(lab, SessionForm(lab.Admin(0), "")).status, 400);
  Credentials wrong = session.Clone();
  wrong.secret_access_key = base::Secret("wrong");
  EXPECT_EQ(Federation(lab, SessionForm(wrong, "")).status, 400);
}

TEST(SaveTest, GoesOnWhereItWas) {
  SimLab before;
  const std::string role = before.MakeRole(1, "Role", TrustFor(before.AdminArn(0)));
  before.Must<aws::iam::PutRolePolicy>(before.Admin(1), {.role_name = "Role", .policy_name = "p", .policy_document = fakes::Allow("iam:GetRole")});
  const Credentials session = before.Assume(before.Admin(0), {.role_arn = role, .role_session_name = "session"});
  const std::string saved = before.cloud().Save();
  SimLab after;
  ASSERT_TRUE(after.cloud().Load(saved));
  EXPECT_EQ(after.cloud().Save(), saved);
  EXPECT_EQ(after.Refusal<aws::iam::GetRole>(session, {.role_name = "Role"}), "");
  EXPECT_EQ(after.Refusal<AssumeRole>(after.Admin(0), {.role_arn = role, .role_session_name = "session"}), "");
}

TEST(SaveTest, WhatCannotBeReadChangesNothing) {
  SimLab lab;
  const std::string saved = lab.cloud().Save();
  for (const std::string_view bad : {"", "{}", "[]", R"({"format":3,"advance":0,"templates":[],"accounts":[],"organizations":[]})",
                                     R"({"format":1,"advance":0,"accounts":[{}],"organizations":[]})",
                                     R"({"format":2,"advance":0,"accounts":[{"id":5}],"organizations":[]})",
                                     R"({"format":3,"advance":0,"templates":[],"accounts":[]})"}) {
    EXPECT_FALSE(lab.cloud().Load(bad)) << bad;
  }
  EXPECT_EQ(lab.cloud().Save(), saved);
}

}  // namespace
}  // namespace crossrole::sim
