// SPDX-License-Identifier: Apache-2.0
#include "base/json_web_token.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace crossrole::base {
namespace {

std::string Token(const SigningKey& key, std::string_view header, std::string_view claims) {
  std::string text = Base64UrlEncode(header) + "." + Base64UrlEncode(claims);
  return text + "." + Base64UrlEncode(key.Sign(text));
}

std::string ReasonOf(std::string_view text) {
  const auto read = ReadJsonWebToken(text);
  return read ? "" : read.error().reason;
}

TEST(JsonWebTokenTest, SaysWhatIsInItAndWhoSignedIt) {
  const SigningKey key = SigningKey::Make(SignatureAlgorithm::kEs256);
  const std::string text = Token(key, R"({"alg":"ES256","kid":"k1","typ":"JWT"})",
                                 R"({"iss":"https://i","sub":"s","aud":["a","b"],"exp":3,"nbf":1,"iat":2,"azp":"a","x":{"y":1}})");
  const auto token = ReadJsonWebToken(text);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->issuer, "https://i");
  EXPECT_EQ(token->audiences, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(token->expires, 3);
  EXPECT_TRUE(token->claims.contains("x"));
  const PublicKey published = *PublicKey::From(key.Public());
  EXPECT_TRUE(IsSignedBy(*token, {{"k1", "", published}}));
  EXPECT_TRUE(IsSignedBy(*token, {{"k1", "ES256", published}}));
  EXPECT_FALSE(IsSignedBy(*token, {{"k2", "", published}})) << "a key of another name";
  EXPECT_FALSE(IsSignedBy(*token, {{"k1", "ES384", published}})) << "a key for another algorithm";
  EXPECT_FALSE(IsSignedBy(*token, {}));
}

TEST(JsonWebTokenTest, WhatIsNotSignedByAKeyPairIsRefused) {
  const SigningKey key = SigningKey::Make(SignatureAlgorithm::kEs256);
  for (const char* algorithm : {"none", "None", "NONE", "HS256", "PS256", "", "ES256K"}) {
    EXPECT_EQ(ReasonOf(Token(key, R"({"alg":")" + std::string(algorithm) + R"("})", "{}")), "token.algorithm") << algorithm;
  }
  const std::string head = Base64UrlEncode(R"({"alg":"ES256"})") + "." + Base64UrlEncode("{}");
  EXPECT_EQ(ReasonOf(head + "."), "token.malformed");
  EXPECT_EQ(ReasonOf(head), "token.malformed");
}

TEST(JsonWebTokenTest, DuplicateKeysOtherFormsAndLongTextsAreRefused) {
  const SigningKey key = SigningKey::Make(SignatureAlgorithm::kEs256);
  const std::string_view header = R"({"alg":"ES256"})";
  EXPECT_EQ(ReasonOf(Token(key, header, R"({"sub":"a","sub":"b"})")), "token.malformed");
  EXPECT_EQ(ReasonOf(Token(key, R"({"alg":"ES256","alg":"none"})", "{}")), "token.malformed");
  EXPECT_EQ(ReasonOf(Token(key, R"({"alg":"ES256","crit":["exp"]})", "{}")), "token.malformed");
  EXPECT_EQ(ReasonOf(Token(key, header, "[]")), "token.malformed");
  EXPECT_EQ(ReasonOf(Token(key, header, R"({"a":")" + std::string(20'000, 'x') + R"("})")), "token.malformed");
  const std::string good = Token(key, header, "{}");
  EXPECT_EQ(ReasonOf(good), "");
  EXPECT_EQ(ReasonOf(good + "="), "token.malformed");
  EXPECT_EQ(ReasonOf(good + ".x"), "token.malformed");
  EXPECT_EQ(ReasonOf(" " + good), "token.malformed");
  EXPECT_EQ(ReasonOf(""), "token.malformed");
  // The last character of the signature has bits that mean nothing: another one there would be the same signature.
  std::string twin = good;
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  twin.back() = kAlphabet[kAlphabet.find(twin.back()) ^ 1U];
  EXPECT_EQ(ReasonOf(twin), "token.malformed");
}

TEST(JsonWebTokenTest, KeySetsAreReadAndForeignKeysLeftOut) {
  const PublicKeyParts parts = SigningKey::Make(SignatureAlgorithm::kEs256).Public();
  const std::string point = R"("kty":"EC","crv":"P-256","x":")" + Base64UrlEncode(parts.x) + R"(","y":")" + Base64UrlEncode(parts.y) + '"';
  const auto keys = ReadKeySet(R"({"keys":[{"kid":"a",)" + point + R"(},{"kid":"b","use":"enc",)" + point +
                               R"(},{"kid":"c","kty":"oct","k":"c2VjcmV0"},{"kid":"d","kty":"OKP"},7]})");
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().id, "a");
  EXPECT_FALSE(ReadKeySet("{}"));
  EXPECT_FALSE(ReadKeySet("no JSON"));
}

}  // namespace
}  // namespace crossrole::base
