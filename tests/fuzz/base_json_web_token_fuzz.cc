// SPDX-License-Identifier: Apache-2.0
// Signed JSON web tokens: there is one text for each token, nothing unsigned is read, and no key signs what it did not.
#include "base/json_web_token.h"

#include "base/crypto.h"
#include "input.h"

using crossrole::base::Base64UrlEncode;
using crossrole::fuzz::Require;

namespace {

void Check(std::string_view text) {
  static const std::vector<crossrole::base::PublishedKey> keys = [] {
    const auto key = crossrole::base::SigningKey::Make(crossrole::base::SignatureAlgorithm::kEs256);
    return std::vector<crossrole::base::PublishedKey>{{"k", "", *crossrole::base::PublicKey::From(key.Public())}};
  }();
  const auto token = crossrole::base::ReadJsonWebToken(text);
  if (!token) return;
  Require(!token->signature.empty());
  Require(token->signed_part + "." + Base64UrlEncode(token->signature) == text);
  Require(!crossrole::base::IsSignedBy(*token, keys));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = crossrole::fuzz::TextOf(data, size);
  Check(text);
  // The same as header and as claims of a token whose rest is right.
  Check(Base64UrlEncode(text) + ".e30.AAAA");
  Check(Base64UrlEncode(R"({"alg":"ES256","kid":"k"})") + "." + Base64UrlEncode(text) + ".AAAA");
  static_cast<void>(crossrole::base::ReadKeySet(text));
  return 0;
}
