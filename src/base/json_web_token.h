// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/signing_key.h"

// Signed JSON Web Tokens and the keys that check them. Reading believes nothing. Source: RFC 7515, 7517, 7519.

namespace crossrole::base {

/// The longest token that is read.
inline constexpr std::size_t kJsonWebTokenBytes = 20'000;

/// What a token says, whether or not it is true. Claims of another type than they must have count as absent.
struct JsonWebToken {
  std::string key_id{};                // `kid`; "" without
  std::string type{};                  // `typ` of the header; "" without
  SignatureAlgorithm algorithm = SignatureAlgorithm::kRs256;
  std::string signed_part{};           // header and claims as sent
  std::string signature{};             // bytes
  boost::json::object claims{};        // all of them

  std::string issuer{};
  std::string subject{};
  std::vector<std::string> audiences{};
  std::string authorized_party{};            // `azp`
  std::optional<std::int64_t> expires{};     // seconds
  std::optional<std::int64_t> not_before{};  // seconds
  std::optional<std::int64_t> issued{};      // seconds
};

/// Reads a token: three parts, each canonical base 64, strict JSON (no key twice), an algorithm that signs with a key
/// pair, no critical extension. Errors: kInvalidArgument with reason `token.malformed` or `token.algorithm`.
Result<JsonWebToken> ReadJsonWebToken(std::string_view text);

/// A text member of an object; "" when it is missing or no text.
std::string TextIn(const boost::json::object& object, std::string_view name);
/// A member that is a text or a list of texts; what is no text is left out.
std::vector<std::string> TextsIn(const boost::json::object& object, std::string_view name);

/// A key that an issuer publishes.
struct PublishedKey {
  std::string id;         // `kid`; "" without
  std::string algorithm;  // "RS256" …, "" when it does not say
  PublicKey key;
};

/// Reads a JSON Web Key Set; keys of unknown kinds, and those that are not for signatures, are left out.
/// Errors: kInvalidArgument.
Result<std::vector<PublishedKey>> ReadKeySet(std::string_view text);

/// Whether one of `keys` has signed `token`. A key of another name than the token's does not count.
bool IsSignedBy(const JsonWebToken& token, const std::vector<PublishedKey>& keys);

}  // namespace crossrole::base
