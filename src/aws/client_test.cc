// SPDX-License-Identifier: Apache-2.0
#include "aws/client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <latch>

#include "aws/iam.h"
#include "aws/sts.h"
#include "aws/verify_signature.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

namespace crossrole::aws {
namespace {

using base::Code;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

static_assert(IsCallable<sts::GetCallerIdentity>);
static_assert(!IsCallable<sts::AssumeRole>, "only aws/assume_role.h sends AssumeRole");

constexpr const char* kIdentity =
    R"(<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>)"
    R"(<Arn>arn:aws:iam::111122223333:user/x</Arn><UserId>AIDA</UserId><Account>111122223333</Account>)"
    R"(</GetCallerIdentityResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>)";

std::string ErrorXml(const std::string& code) {
  return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>no</Message></Error><RequestId>r-2</RequestId></ErrorResponse>";
}

class ClientTest : public testing::Test {
 protected:
  ClientConfig Config() {
    return {.region = "eu-west-1",
            .credentials = std::make_shared<StaticCredentials>(
                Credentials{.access_key_id = "AKIATEST", .secret_access_key = base::Secret("secret"), .session_token = base::Secret("token")}),
            .transport = transport_,
            .clock = clock_,
            .random = random_,
            .user_agent = "crossrole/1.2.3",
            .observe = [this](const ClientEvent& event) { events_.push_back(event); }};
  }
  CallOptions Options() { return {.deadline = base::Deadline(clock_.SteadyNow() + minutes(5)), .request_id = "req_1"}; }
  base::Result<sts::GetCallerIdentityOutput> Identity(const Client& client) { return client.Call<sts::GetCallerIdentity>({}, Options()); }
  std::string CodeOf(const aws::HttpRequest& request, base::Time now) {
    ReceivedRequest received{.method = request.method, .path = request.path, .query = request.query, .body = request.body};
    for (const Header& header : request.headers) received.headers.push_back({header.name, header.value});
    const std::string host = HostHeader(request);
    received.headers.push_back({"host", host});
    const auto verified = VerifySignature(
        received, {.find_secret = [](std::string_view, std::string_view) { return std::optional(base::Secret("secret")); }, .now = now});
    return verified.has_value() ? "" : verified.error().aws_code;
  }

  fakes::FakeClock clock_;
  fakes::FakeTransport transport_{&clock_};
  base::SeededRandom random_{7};
  std::vector<ClientEvent> events_;
};

TEST_F(ClientTest, ACallIsOneSignedRequestToTheRegionalEndpoint) {
  transport_.Push(200, kIdentity);
  const auto identity = Identity(Client(Config()));
  ASSERT_TRUE(identity.has_value()) << identity.error().message;
  EXPECT_EQ(identity->account, "111122223333");
  const auto requests = transport_.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(UrlOf(requests[0]), "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_EQ(requests[0].plaintext, Plaintext::kRefused);
  EXPECT_EQ(requests[0].repeat, Repeat::kIdempotent);
  EXPECT_TRUE(requests[0].body.contains("Action=GetCallerIdentity"));
  EXPECT_EQ(FindHeader(requests[0].headers, "User-Agent"), "crossrole/1.2.3 req/req_1");
  EXPECT_EQ(CodeOf(requests[0], clock_.Now()), "");
}

TEST_F(ClientTest, TheUserAgentCarriesTheTraceButNoForeignCharacters) {
  transport_.Push(200, kIdentity);
  CallOptions options = Options();
  options.request_id = "req_1\r\nX: y";
  options.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  ASSERT_TRUE(Client(Config()).Call<sts::GetCallerIdentity>({}, options).has_value());
  EXPECT_EQ(FindHeader(transport_.requests()[0].headers, "User-Agent"), "crossrole/1.2.3 req/req_1Xy trace/0af7651916cd43dd8448eb211c80319c");
}

TEST_F(ClientTest, AnUnknownRegionNeverReachesAHostName) {
  ClientConfig config = Config();
  config.region = "x.example.com/";
  const auto identity = Identity(Client(std::move(config)));
  ASSERT_FALSE(identity.has_value());
  EXPECT_EQ(identity.error().code, Code::kInvalidArgument);
  EXPECT_TRUE(transport_.requests().empty());
}

TEST_F(ClientTest, AnOverrideMayBePlainHttp) {
  transport_.Push(200, kIdentity);
  ClientConfig config = Config();
  config.endpoints.for_all = "http://127.0.0.1:4566";
  ASSERT_TRUE(Identity(Client(std::move(config))).has_value());
  EXPECT_EQ(UrlOf(transport_.requests()[0]), "http://127.0.0.1:4566/");
  EXPECT_EQ(transport_.requests()[0].plaintext, Plaintext::kAllowed);
}

TEST_F(ClientTest, RefusalsKeepAwssCodeAndRequestIdAndAreNotRepeated) {
  transport_.Push(403, ErrorXml("AccessDenied"));
  const auto identity = Identity(Client(Config()));
  ASSERT_FALSE(identity.has_value());
  EXPECT_EQ(identity.error().code, Code::kAwsRefused);
  EXPECT_EQ(identity.error().aws_code, "AccessDenied");
  EXPECT_EQ(identity.error().details.at("aws_request_id"), std::vector<std::string>{"r-2"});
  EXPECT_TRUE(identity.error().message.starts_with("sts:GetCallerIdentity: ")) << identity.error().message;
  EXPECT_EQ(transport_.requests().size(), 1U);
}

TEST_F(ClientTest, ThrottlingServerErrorsAndLostAnswersAreRepeatedWithAFreshSignature) {
  transport_.Push(400, ErrorXml("Throttling"));
  transport_.Push(500, "");
  transport_.Push(base::Fail(UnreachableError("reset", Sent::kMaybe)));
  transport_.Push(200, kIdentity);
  ASSERT_TRUE(Identity(Client(Config())).has_value());
  EXPECT_EQ(transport_.requests().size(), 4U);
  EXPECT_EQ(transport_.delays().size(), 3U);
  for (const auto& request : transport_.requests()) EXPECT_EQ(CodeOf(request, clock_.Now()), "");
}

TEST_F(ClientTest, AttemptsEndAndTheLastErrorIsTold) {
  transport_.SetHandler([](const auto&) { return HttpResponse{.status = 503, .body = ErrorXml("ServiceUnavailable")}; });
  const auto identity = Identity(Client(Config()));
  ASSERT_FALSE(identity.has_value());
  EXPECT_EQ(identity.error().code, Code::kUnavailable);
  EXPECT_EQ(identity.error().aws_code, "ServiceUnavailable");
  EXPECT_EQ(transport_.requests().size(), 5U);
  CallOptions once = Options();
  once.max_attempts = 1;
  EXPECT_FALSE(Client(Config()).Call<sts::GetCallerIdentity>({}, once).has_value());
  EXPECT_EQ(transport_.requests().size(), 6U);
}

TEST_F(ClientTest, TheDeadlineEndsRetries) {
  transport_.SetHandler([](const auto&) { return HttpResponse{.status = 400, .body = ErrorXml("Throttling")}; });
  CallOptions options = Options();
  options.deadline = base::Deadline(clock_.SteadyNow() + milliseconds(700));
  options.max_attempts = 1000;
  const auto identity = Client(Config()).Call<sts::GetCallerIdentity>({}, options);
  ASSERT_FALSE(identity.has_value());
  EXPECT_EQ(identity.error().code, Code::kThrottled);
  EXPECT_LT(clock_.SteadyNow(), options.deadline.at());
}

TEST_F(ClientTest, WhatIsNotIdempotentIsNotRepeatedAfterALostAnswer) {
  transport_.Push(base::Fail(UnreachableError("reset", Sent::kMaybe)));
  const Client client(Config());
  const iam::CreateRoleInput input{.role_name = "r", .assume_role_policy_document = "{}"};
  EXPECT_FALSE(client.Call<iam::CreateRole>(input, Options()).has_value());
  transport_.Push(500, "");
  EXPECT_FALSE(client.Call<iam::CreateRole>(input, Options()).has_value());
  EXPECT_EQ(transport_.requests().size(), 2U);
  for (const auto& request : transport_.requests()) EXPECT_EQ(request.repeat, Repeat::kOnce);
  transport_.Push(base::Fail(UnreachableError("refused", Sent::kNothing)));
  transport_.Push(400, ErrorXml("Throttling"));
  transport_.Push(409, ErrorXml("EntityAlreadyExists"));
  EXPECT_EQ(client.Call<iam::CreateRole>(input, Options()).error().aws_code, "EntityAlreadyExists");
  EXPECT_EQ(transport_.requests().size(), 5U);
}

TEST_F(ClientTest, AClockThatIsOffIsCorrectedOnceAndReported) {
  const base::Time theirs = clock_.Now();
  clock_.SetWall(theirs - minutes(10));
  transport_.SetHandler([&](const aws::HttpRequest& request) -> fakes::FakeTransport::Answer {
    if (const std::string code = CodeOf(request, theirs); !code.empty()) {
      return HttpResponse{.status = 403, .headers = {{"Date", "Fri, 02 Jan 2026 03:04:05 GMT"}}, .body = ErrorXml(code)};
    }
    return HttpResponse{.status = 200, .body = kIdentity};
  });
  const Client client(Config());
  ASSERT_TRUE(Identity(client).has_value());
  EXPECT_EQ(transport_.requests().size(), 2U);
  EXPECT_TRUE(transport_.delays().empty());
  EXPECT_EQ(client.AwsNow(), theirs);
  const auto reported = std::ranges::find(events_, ClientEvent::Kind::kClockSkew, &ClientEvent::kind);
  ASSERT_NE(reported, events_.end());
  EXPECT_EQ(reported->delay, minutes(10));
  ASSERT_TRUE(Identity(client).has_value());
  EXPECT_EQ(transport_.requests().size(), 3U) << "the next call knows the offset";
}

TEST_F(ClientTest, AWrongSecretIsNotTakenForAWrongClock) {
  transport_.SetHandler([](const auto&) {
    return HttpResponse{.status = 403, .headers = {{"Date", "Fri, 02 Jan 2026 03:04:05 GMT"}}, .body = ErrorXml("SignatureDoesNotMatch")};
  });
  EXPECT_EQ(Identity(Client(Config())).error().aws_code, "SignatureDoesNotMatch");
  EXPECT_EQ(transport_.requests().size(), 1U);
  clock_.SetWall(clock_.Now() + minutes(30));
  EXPECT_EQ(Identity(Client(Config())).error().aws_code, "SignatureDoesNotMatch");
  EXPECT_EQ(transport_.requests().size(), 3U) << "corrected once, then final";
}

TEST_F(ClientTest, AnAnswerWithoutARequiredFieldNamesIt) {
  transport_.Push(200, R"(<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>)",
                  {{"x-amzn-RequestId", "r-9"}});
  const auto identity = Identity(Client(Config()));
  ASSERT_FALSE(identity.has_value());
  EXPECT_EQ(identity.error().reason, "aws.bad_answer");
  EXPECT_TRUE(identity.error().message.contains("Account")) << identity.error().message;
  EXPECT_EQ(identity.error().details.at("aws_request_id"), std::vector<std::string>{"r-9"});
}

TEST_F(ClientTest, WithoutCredentialsNothingIsSent) {
  ClientConfig config = Config();
  config.credentials = nullptr;
  EXPECT_EQ(Identity(Client(config)).error().reason, "aws.credentials");
  EXPECT_TRUE(transport_.requests().empty());
  transport_.Push(403, ErrorXml("AccessDenied"));
  const auto web = Client(config).Call<sts::AssumeRoleWithWebIdentity>({.role_arn = "r", .role_session_name = "s", .web_identity_token = base::Secret("t")}, Options());
  EXPECT_EQ(web.error().aws_code, "AccessDenied");
  EXPECT_EQ(FindHeader(transport_.requests()[0].headers, "Authorization"), "") << "this operation is not signed";
}

TEST_F(ClientTest, ExpiredCredentialsAreFetchedAnewForTheNextCall) {
  int fetched = 0;
  base::SystemRandom random;
  ClientConfig config = Config();
  config.credentials = std::make_shared<RefreshingCredentials>(
      [&](base::Deadline) -> base::Result<Credentials> {
        return Credentials{.access_key_id = "AKIA" + std::to_string(++fetched), .secret_access_key = base::Secret("s")};
      },
      clock_, random);
  const Client client(config);
  transport_.Push(403, ErrorXml("ExpiredToken"));
  EXPECT_EQ(Identity(client).error().aws_code, "ExpiredToken");
  transport_.Push(200, kIdentity);
  EXPECT_TRUE(Identity(client).has_value());
  EXPECT_EQ(fetched, 2);
}

TEST_F(ClientTest, EveryAttemptTakesFromTheBudget) {
  Budgets budgets(clock_, {.rate_scale = 1.0 / 150, .drive = Budgets::Drive::kCaller});  // burst 1, 4 a second
  ClientConfig config = Config();
  config.budgets = &budgets;
  config.budget_identity = "111122223333";
  const Client client(config);
  transport_.SetHandler([](const auto&) { return HttpResponse{.status = 200, .body = kIdentity}; });
  int answered = 0;
  for (int i = 0; i < 3; ++i) {
    client.Submit<sts::GetCallerIdentity>({}, Options(), [&](const auto& identity) { answered += identity.has_value() ? 1 : 0; });
  }
  EXPECT_EQ(answered, 1);
  clock_.Advance(milliseconds(260));
  budgets.Poll();
  EXPECT_EQ(answered, 2);
  clock_.Advance(milliseconds(260));
  budgets.Poll();
  EXPECT_EQ(answered, 3);
}

TEST_F(ClientTest, PagesFollowTheTokenOnly) {
  const auto page = [](const std::string& content, const std::string& marker) {
    return "<ListRolesResponse><ListRolesResult><Roles>" + content + "</Roles><IsTruncated>true</IsTruncated>" +
           (marker.empty() ? "" : "<Marker>" + marker + "</Marker>") + "</ListRolesResult></ListRolesResponse>";
  };
  const std::string role =
      "<member><Path>/</Path><RoleName>r</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::111122223333:role/r</Arn>"
      "<CreateDate>2026-01-01T00:00:00Z</CreateDate></member>";
  transport_.Push(200, page(role, "one"));
  transport_.Push(200, page("", "two"));
  transport_.Push(200, page(role, ""));
  std::size_t roles = 0;
  const auto status = ForEachPage<iam::ListRoles>(Client(Config()), {}, Options(), std::pair(&iam::ListRolesInput::marker, &iam::ListRolesOutput::marker),
                                                  [&](const iam::ListRolesOutput& output) -> base::Status {
                                                    roles += output.roles.size();
                                                    return {};
                                                  });
  ASSERT_TRUE(status.has_value()) << status.error().message;
  EXPECT_EQ(roles, 2U);
  EXPECT_TRUE(transport_.requests()[2].body.contains("Marker=two"));

  transport_.SetHandler([&](const auto&) { return HttpResponse{.status = 200, .body = page("", "same")}; });
  const auto endless = ForEachPage<iam::ListRoles>(Client(Config()), {}, Options(), std::pair(&iam::ListRolesInput::marker, &iam::ListRolesOutput::marker),
                                                   [](const auto&) -> base::Status { return {}; });
  EXPECT_EQ(endless.error().reason, "aws.bad_answer");
}

TEST_F(ClientTest, CallsSurviveTheirClient) {
  std::function<void()> later;
  base::Result<sts::GetCallerIdentityOutput> got = base::Fail(Code::kInternal, "never");
  class Held final : public Transport {
   public:
    void Submit(HttpRequest, base::Deadline, Callback done) override { held = std::move(done); }
    void RunAfter(std::chrono::microseconds, std::function<void()> task) override { task(); }
    Callback held;
  } transport;
  {
    const Client client({.region = "eu-west-1",
                         .credentials = std::make_shared<StaticCredentials>(Credentials{.access_key_id = "A", .secret_access_key = base::Secret("s")}),
                         .transport = transport, .clock = clock_, .random = random_});
    client.Submit<sts::GetCallerIdentity>({}, Options(), [&](auto identity) { got = std::move(identity); });
  }
  transport.held(HttpResponse{.status = 200, .body = kIdentity});
  EXPECT_TRUE(got.has_value());
}

}  // namespace
}  // namespace crossrole::aws
