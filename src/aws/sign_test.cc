// SPDX-License-Identifier: Apache-2.0
#include "aws/sign.h"

#include <gtest/gtest.h>

#include "aws/internal/canonical_request.h"

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

}  // namespace
}  // namespace crossrole::aws
