// SPDX-License-Identifier: Apache-2.0
#include "base/signing_key.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace crossrole::base {
namespace {

std::string Decode(std::string_view text) {
  auto bytes = Base64UrlDecode(text);
  EXPECT_TRUE(bytes.has_value());
  return bytes.value_or("");
}

TEST(SigningKeyTest, WhatAKeySignsItsPublicHalfVerifies) {
  for (const auto algorithm : {SignatureAlgorithm::kRs256, SignatureAlgorithm::kRs512, SignatureAlgorithm::kEs256,
                               SignatureAlgorithm::kEs384, SignatureAlgorithm::kEs512}) {
    const SigningKey key = SigningKey::Make(algorithm);
    const auto verifier = PublicKey::From(key.Public());
    ASSERT_TRUE(verifier) << NameOf(algorithm);
    std::string signature = key.Sign("data");
    EXPECT_TRUE(verifier->Verifies(algorithm, "data", signature)) << NameOf(algorithm);
    EXPECT_FALSE(verifier->Verifies(algorithm, "date", signature)) << NameOf(algorithm);
    EXPECT_FALSE(verifier->Verifies(algorithm, "data", signature.substr(1))) << NameOf(algorithm);
    signature.back() = static_cast<char>(signature.back() ^ 1);
    EXPECT_FALSE(verifier->Verifies(algorithm, "data", signature)) << NameOf(algorithm);
    EXPECT_FALSE(verifier->Verifies(algorithm, "data", "")) << NameOf(algorithm);
    const auto other = PublicKey::From(SigningKey::Make(algorithm).Public());
    EXPECT_FALSE(other->Verifies(algorithm, "data", key.Sign("data"))) << NameOf(algorithm);
  }
}

TEST(SigningKeyTest, AKeyServesItsOwnAlgorithmsOnly) {
  const SigningKey key = SigningKey::Make(SignatureAlgorithm::kRs256);
  const auto verifier = PublicKey::From(key.Public());
  ASSERT_TRUE(verifier);
  EXPECT_FALSE(verifier->Verifies(SignatureAlgorithm::kRs512, "data", key.Sign("data")));
  EXPECT_FALSE(verifier->Verifies(SignatureAlgorithm::kEs256, "data", key.Sign("data")));
  EXPECT_FALSE(SignatureAlgorithmByName("HS256"));
  EXPECT_FALSE(SignatureAlgorithmByName("none"));
}

// Source: RFC 7515, appendix A.3.
TEST(SigningKeyTest, VerifiesTheSignatureOfTheStandard) {
  const auto key = PublicKey::From({.curve = "P-256",
                                    .x = Decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                    .y = Decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")});
  ASSERT_TRUE(key);
  const std::string_view signed_part =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  EXPECT_TRUE(key->Verifies(SignatureAlgorithm::kEs256, signed_part,
                            Decode("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")));
}

TEST(SigningKeyTest, RefusesWhatIsNoKey) {
  EXPECT_FALSE(PublicKey::From({}));
  EXPECT_FALSE(PublicKey::From({.modulus = std::string(128, '\xff'), .exponent = "\x03"}));
  EXPECT_FALSE(PublicKey::From({.curve = "P-256", .x = std::string(32, '\1'), .y = std::string(32, '\1')}));
  EXPECT_FALSE(PublicKey::From({.curve = "secp256k1", .x = std::string(32, '\1'), .y = std::string(32, '\1')}));
}

}  // namespace
}  // namespace crossrole::base
