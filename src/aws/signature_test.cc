// SPDX-License-Identifier: Apache-2.0
#include "aws/sign.h"

#include <gtest/gtest.h>

#include "aws/internal/canonical_request.h"
#include "aws/verify_signature.h"
#include "base/crypto.h"
#include "base/text.h"

namespace crossrole::aws {
namespace {

// Source: AWS "Signature Version 4 test suite": its keys, date, region and service.
constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

Credentials SuiteCredentials(std::string token = {}) {
  return {.access_key_id = "AKIDEXAMPLE",
          .secret_access_key = base::Secret(kSecret),
          .session_token = base::Secret(std::move(token))};
}

HttpRequest SuiteRequest(std::string method, std::string path = "/", std::string query = {}) {
  return {.method = std::move(method), .host = "example.amazonaws.com", .path = std::move(path), .query = std::move(query)};
}

std::string SignatureOf(HttpRequest request, std::string token = {}, const std::string& service = "service") {
  SignRequest(request, SuiteCredentials(std::move(token)), {.region = "us-east-1", .service = service},
              *base::ParseAmzDate("20150830T123600Z"));
  const std::string_view authorization = FindHeader(request.headers, "authorization");
  return std::string(authorization.substr(authorization.find("Signature=") + 10));
}

constexpr const char* kVanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

TEST(SignTest, AgreesWithThePublishedSigningKey) {
  EXPECT_EQ(base::HexEncode(base::AsText(internal::SigningKey(kSecret, "20150830", "us-east-1", "iam"))),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

TEST(SignTest, AgreesWithThePublishedExampleOfListUsers) {
  HttpRequest request = SuiteRequest("GET", "/", "Action=ListUsers&Version=2010-05-08");
  request.host = "iam.amazonaws.com";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  EXPECT_EQ(SignatureOf(request, {}, "iam"), "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(SignTest, AgreesWithThePublishedSuite) {
  EXPECT_EQ(SignatureOf(SuiteRequest("GET")), kVanilla);
  EXPECT_EQ(SignatureOf(SuiteRequest("POST")), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  EXPECT_EQ(SignatureOf(SuiteRequest("GET", "/", "Param2=value2&Param1=value1")),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  EXPECT_EQ(SignatureOf(SuiteRequest("GET", "/\xe1\x88\xb4")),
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
  HttpRequest form = SuiteRequest("POST");
  form.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  form.body = "Param1=value1";
  EXPECT_EQ(SignatureOf(form), "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

TEST(SignTest, PathsAreNormalisedExceptForS3) {
  for (const char* path : {"/example/..", "/./", "//", "/a/b/../.."}) EXPECT_EQ(SignatureOf(SuiteRequest("GET", path)), kVanilla) << path;
  EXPECT_EQ(SignatureOf(SuiteRequest("GET", "/a//b/")), SignatureOf(SuiteRequest("GET", "/a/./b/")));
  EXPECT_NE(SignatureOf(SuiteRequest("GET", "/a//b"), {}, "s3"), SignatureOf(SuiteRequest("GET", "/a/b"), {}, "s3"));
}

TEST(SignTest, BlanksInHeadersAreFolded) {
  HttpRequest spaced = SuiteRequest("GET");
  spaced.headers = {{"My-Header", "  a   b\tc  "}};
  HttpRequest plain = SuiteRequest("GET");
  plain.headers = {{"my-header", "a b c"}};
  EXPECT_EQ(SignatureOf(spaced), SignatureOf(plain));
}

TEST(SignTest, RepeatedHeadersAreJoinedInTheirOrder) {
  HttpRequest twice = SuiteRequest("GET");
  twice.headers = {{"X-Many", "2"}, {"Other", "x"}, {"x-many", "1"}};
  HttpRequest once = SuiteRequest("GET");
  once.headers = {{"Other", "x"}, {"X-Many", "2,1"}};
  EXPECT_EQ(SignatureOf(twice), SignatureOf(once));
}

TEST(SignTest, WhatProxiesRewriteIsNotSigned) {
  HttpRequest request = SuiteRequest("GET");
  request.headers = {{"User-Agent", "x"}, {"Connection", "keep-alive"}, {"X-Amzn-Trace-Id", "1"}};
  EXPECT_EQ(SignatureOf(request), kVanilla);
}

TEST(SignTest, ARequestSignedAgainCarriesOneSetOfHeaders) {
  HttpRequest request = SuiteRequest("POST");
  const SigningScope scope{.region = "us-east-1", .service = "service"};
  SignRequest(request, SuiteCredentials("first"), scope, *base::ParseAmzDate("20150830T123600Z"));
  SignRequest(request, SuiteCredentials("second"), scope, *base::ParseAmzDate("20150830T124600Z"));
  HttpRequest fresh = SuiteRequest("POST");
  SignRequest(fresh, SuiteCredentials("second"), scope, *base::ParseAmzDate("20150830T124600Z"));
  EXPECT_EQ(request.headers.size(), fresh.headers.size());
  EXPECT_EQ(FindHeader(request.headers, "Authorization"), FindHeader(fresh.headers, "Authorization"));
  EXPECT_EQ(FindHeader(request.headers, "X-Amz-Security-Token"), "second");
}

TEST(SigningKeyCacheTest, IsBoundedAndGivesWhatDerivationGives) {
  SigningKeyCache cache(4);
  const base::Secret secret{std::string(kSecret)};
  for (int day = 10; day < 30; ++day) {
    const std::string date = "201508" + std::to_string(day);
    const SigningScope scope{.region = "us-east-1", .service = "iam"};
    const auto expected = internal::SigningKey(kSecret, date, "us-east-1", "iam");
    EXPECT_EQ(cache.Get(secret, date, scope), expected);
    EXPECT_EQ(cache.Get(secret, date, scope), expected);
    EXPECT_LE(cache.size(), 4U);
  }
}

TEST(SigningKeyCacheTest, RegionServiceAndSecretEachHaveTheirOwnKey) {
  SigningKeyCache cache;
  const base::Secret secret{std::string(kSecret)};
  const base::Secret other{std::string("other")};
  const auto key = cache.Get(secret, "20150830", {.region = "us-east-1", .service = "iam"});
  EXPECT_NE(key, cache.Get(secret, "20150830", {.region = "us-east-2", .service = "iam"}));
  EXPECT_NE(key, cache.Get(secret, "20150830", {.region = "us-east-1", .service = "sts"}));
  EXPECT_NE(key, cache.Get(other, "20150830", {.region = "us-east-1", .service = "iam"}));
}

TEST(HttpMessageTest, UrlsSurviveARoundTrip) {
  for (const char* url : {"https://sts.us-east-1.amazonaws.com/", "http://127.0.0.1:4566/a/b?x=1&y=2", "http://[fd00:ec2::23]/v1",
                          "https://a.example:8443/"}) {
    const auto request = RequestTo(url);
    ASSERT_TRUE(request.has_value()) << url;
    EXPECT_EQ(UrlOf(*request), url);
  }
  EXPECT_EQ(HostHeader(*RequestTo("https://A.example:443/")), "a.example");
  EXPECT_EQ(RequestTo("http://x")->path, "/");
}

TEST(HttpMessageTest, RefusesWhatIsNotAPlainUrl) {
  for (const char* url : {"", "x", "ftp://x/", "https://", "https://user@x/", "https://x y/", "https://x/#f", "https://x:99999/",
                          "https://x:/", "https://x.example\r\nHost: y/", "file:///etc/passwd"}) {
    EXPECT_FALSE(RequestTo(url).has_value()) << url;
  }
}

using std::chrono::minutes;

const base::Time kNow = base::FromMicros(1'767'323'045'000'000);

ReceivedRequest Received(const HttpRequest& request) {
  ReceivedRequest received{.method = request.method, .path = request.path, .query = request.query, .body = request.body};
  for (const Header& header : request.headers) received.headers.push_back({header.name, header.value});
  return received;
}

HttpRequest Signed(base::Time at = kNow, std::string token = {}) {
  HttpRequest request{.method = "POST", .host = "sts.us-east-1.amazonaws.com", .query = "b=2&a=%20x", .body = "Action=GetCallerIdentity"};
  request.headers = {{"Host", "sts.us-east-1.amazonaws.com"}, {"Content-Type", "application/x-www-form-urlencoded"}};
  SignRequest(request,
              {.access_key_id = "AKIATEST", .secret_access_key = base::Secret("secret"), .session_token = base::Secret(std::move(token))},
              {.region = "us-east-1", .service = "sts"}, at);
  return request;
}

VerifyRules Rules() {
  return {.find_secret = [](std::string_view id, std::string_view) -> std::optional<base::Secret> {
            if (id != "AKIATEST") return std::nullopt;
            return base::Secret("secret");
          },
          .now = kNow};
}

std::string CodeOf(const HttpRequest& request, const VerifyRules& rules = Rules()) {
  const auto verified = VerifySignature(Received(request), rules);
  return verified.has_value() ? "" : verified.error().aws_code;
}

TEST(VerifySignatureTest, AcceptsWhatWeSign) {
  const HttpRequest request = Signed(kNow, "token");
  const auto verified = VerifySignature(Received(request), Rules());
  ASSERT_TRUE(verified.has_value()) << verified.error().message;
  EXPECT_EQ(verified->access_key_id, "AKIATEST");
  EXPECT_EQ(verified->region, "us-east-1");
  EXPECT_EQ(verified->service, "sts");
  EXPECT_EQ(verified->session_token, "token");
}

TEST(VerifySignatureTest, AnyChangeIsNoticed) {
  const auto changed = [](auto&& change) {
    HttpRequest request = Signed(kNow, "token");
    change(request);
    return CodeOf(request);
  };
  EXPECT_EQ(changed([](HttpRequest& r) { r.method = "PUT"; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](HttpRequest& r) { r.path = "/x"; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](HttpRequest& r) { r.query += "&c=3"; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](HttpRequest& r) { r.body += "&DurationSeconds=900"; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](HttpRequest& r) { SetHeader(r.headers, "Host", "iam.amazonaws.com"); }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](HttpRequest& r) { SetHeader(r.headers, "X-Amz-Security-Token", "other"); }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](HttpRequest& r) { RemoveHeader(r.headers, "X-Amz-Security-Token"); }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](HttpRequest& r) { r.headers.push_back({"User-Agent", "added on the way"}); }), "");
}

TEST(VerifySignatureTest, MissingAndMalformedAreToldApart) {
  HttpRequest request = Signed();
  RemoveHeader(request.headers, "Authorization");
  EXPECT_EQ(CodeOf(request), "MissingAuthenticationToken");
  for (const char* authorization :
       {"AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request", "Basic x", "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=/d/r/s/aws4_request, SignedHeaders=host, Signature=0"}) {
    SetHeader(request.headers, "Authorization", authorization);
    EXPECT_EQ(CodeOf(request), "IncompleteSignature") << authorization;
  }
  HttpRequest undated = Signed();
  RemoveHeader(undated.headers, "X-Amz-Date");
  EXPECT_EQ(CodeOf(undated), "IncompleteSignature");
  // Source: IAM API reference, "Common Error Types".
  EXPECT_EQ(StatusOfSignatureError("IncompleteSignature"), 400);
  EXPECT_EQ(StatusOfSignatureError("MissingAuthenticationToken"), 403);
}

TEST(VerifySignatureTest, AnUnknownKeyIsAnInvalidToken) {
  VerifyRules rules = Rules();
  rules.find_secret = [](std::string_view, std::string_view) { return std::optional<base::Secret>(); };
  EXPECT_EQ(CodeOf(Signed(), rules), "InvalidClientTokenId");
}

TEST(VerifySignatureTest, ClocksMayBeFiveMinutesOff) {
  EXPECT_EQ(CodeOf(Signed(kNow - minutes(5))), "");
  EXPECT_EQ(CodeOf(Signed(kNow + minutes(5))), "");
  const HttpRequest old_one = Signed(kNow - minutes(6));
  const auto old = VerifySignature(Received(old_one), Rules());
  ASSERT_FALSE(old.has_value());
  EXPECT_EQ(old.error().aws_code, "SignatureDoesNotMatch");
  EXPECT_EQ(old.error().message, "Signature expired: 20260102T025805Z is now earlier than 20260102T025905Z (20260102T030405Z - 5 min.)");
  const HttpRequest future_one = Signed(kNow + minutes(6));
  const auto future = VerifySignature(Received(future_one), Rules());
  ASSERT_FALSE(future.has_value());
  EXPECT_EQ(future.error().message, "Signature not yet current: 20260102T031005Z is still later than 20260102T030905Z (20260102T030405Z + 5 min.)");
}

TEST(VerifySignatureTest, TheScopeMustBeRight) {
  VerifyRules rules = Rules();
  rules.is_region = [](std::string_view region) { return region == "eu-west-1"; };
  EXPECT_EQ(CodeOf(Signed(), rules), "SignatureDoesNotMatch");
  rules = Rules();
  rules.is_service = [](std::string_view service) { return service == "iam"; };
  EXPECT_EQ(CodeOf(Signed(), rules), "SignatureDoesNotMatch");
  HttpRequest request = Signed();
  std::string authorization(FindHeader(request.headers, "Authorization"));
  authorization.replace(authorization.find("aws4_request"), 12, "aws5_request");
  SetHeader(request.headers, "Authorization", authorization);
  EXPECT_EQ(CodeOf(request), "SignatureDoesNotMatch");
}

TEST(VerifySignatureTest, TheDayOfTheScopeMustBeTheDayOfTheRequest) {
  HttpRequest request = Signed();
  SetHeader(request.headers, "X-Amz-Date", "20260103T030405Z");
  VerifyRules rules = Rules();
  rules.now = kNow + std::chrono::hours(24);
  const auto verified = VerifySignature(Received(request), rules);
  ASSERT_FALSE(verified.has_value());
  EXPECT_TRUE(verified.error().message.starts_with("Date in Credential scope does not match")) << verified.error().message;
}

TEST(VerifySignatureTest, TheHostMustBeSigned) {
  HttpRequest request = Signed();
  std::string authorization(FindHeader(request.headers, "Authorization"));
  authorization.replace(authorization.find("host;"), 5, "");
  SetHeader(request.headers, "Authorization", authorization);
  EXPECT_EQ(CodeOf(request), "SignatureDoesNotMatch");
}

TEST(VerifySignatureTest, ADeclaredBodyHashMustBeTheBodys) {
  HttpRequest request = Signed();
  request.headers.push_back({"X-Amz-Content-Sha256", std::string(64, '0')});
  EXPECT_EQ(CodeOf(request), "XAmzContentSHA256Mismatch");
  SetHeader(request.headers, "X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
  EXPECT_EQ(CodeOf(request), "XAmzContentSHA256Mismatch");
}

// Written out from the description, not with the signer's code.
HttpRequest Presigned(base::Time at, int expires) {
  const std::string date = base::FormatAmzDate(at);
  HttpRequest request{.method = "GET", .host = "sts.us-east-1.amazonaws.com", .path = "/"};
  request.headers = {{"Host", "sts.us-east-1.amazonaws.com"}};
  request.query = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" +
                  base::PercentEncode("AKIATEST/" + date.substr(0, 8) + "/us-east-1/sts/aws4_request") + "&X-Amz-Date=" + date +
                  "&X-Amz-Expires=" + std::to_string(expires) + "&X-Amz-SignedHeaders=host";
  const std::string canonical = "GET\n/\n" + request.query + "\nhost:sts.us-east-1.amazonaws.com\n\nhost\n" +
                                base::HexEncode(base::AsText(base::Sha256("")));
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + date + "\n" + date.substr(0, 8) + "/us-east-1/sts/aws4_request\n" +
                              base::HexEncode(base::AsText(base::Sha256(canonical)));
  const auto key = internal::SigningKey("secret", date.substr(0, 8), "us-east-1", "sts");
  request.query += "&X-Amz-Signature=" + base::HexEncode(base::AsText(base::HmacSha256(base::AsText(key), to_sign)));
  return request;
}

TEST(VerifySignatureTest, PresignedRequestsAreGoodUntilTheyExpire) {
  EXPECT_EQ(CodeOf(Presigned(kNow, 900)), "");
  EXPECT_EQ(CodeOf(Presigned(kNow - minutes(14), 900)), "");
  EXPECT_EQ(CodeOf(Presigned(kNow - minutes(16), 900)), "SignatureDoesNotMatch");
  EXPECT_EQ(CodeOf(Presigned(kNow, 700000)), "IncompleteSignature");
  HttpRequest changed = Presigned(kNow, 900);
  changed.query.replace(changed.query.find("GetCallerIdentity"), 17, "GetAccessKeyInfo_");
  EXPECT_EQ(CodeOf(changed), "SignatureDoesNotMatch");
  HttpRequest unsigned_query = Presigned(kNow, 900);
  unsigned_query.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256";
  EXPECT_EQ(CodeOf(unsigned_query), "IncompleteSignature");
}

TEST(VerifySignatureTest, TheClaimedScopeIsReadableBeforeTheSignatureIsChecked) {
  const HttpRequest request = Signed();
  const auto claim = ClaimedScope(Received(request));
  ASSERT_TRUE(claim.has_value());
  EXPECT_EQ(claim->service, "sts");
  EXPECT_FALSE(ClaimedScope({.method = "GET", .path = "/", .query = ""}).has_value());
}

}  // namespace
}  // namespace crossrole::aws
