// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

// Public-key signatures as JSON Web Tokens use them. Source: RFC 7518.

namespace crossrole::base {

/// The algorithms of tokens that AWS takes or makes.
enum class SignatureAlgorithm : std::uint8_t { kRs256, kRs384, kRs512, kEs256, kEs384, kEs512 };
/// The algorithm that a token's header calls `name` ("RS256"), or nothing.
std::optional<SignatureAlgorithm> SignatureAlgorithmByName(std::string_view name);
/// "RS256" …
std::string_view NameOf(SignatureAlgorithm algorithm);

/// What a key is made of, as a JSON Web Key tells it; every member as bytes, big-endian.
struct PublicKeyParts {
  std::string modulus{};   // RSA: n
  std::string exponent{};  // RSA: e
  std::string curve{};     // EC: "P-256", "P-384" or "P-521"
  std::string x{};
  std::string y{};
};

/// A key that checks signatures. Thread-safe.
class PublicKey {
 public:
  /// Errors: kInvalidArgument for parts that are no key, or an RSA key of less than 2048 bits.
  static Result<PublicKey> From(const PublicKeyParts& parts);
  /// Whether `signature` (for EC: r and s, one behind the other) is that of `data`.
  bool Verifies(SignatureAlgorithm algorithm, std::string_view data, std::string_view signature) const;

 private:
  struct Key;
  explicit PublicKey(std::shared_ptr<const Key> key) : key_(std::move(key)) {}
  std::shared_ptr<const Key> key_;
};

/// A key pair that signs. Thread-safe.
class SigningKey {
 public:
  /// A new pair for `algorithm`: RSA with 2048 bits, or of the algorithm's curve.
  static SigningKey Make(SignatureAlgorithm algorithm);
  /// What it signs with.
  SignatureAlgorithm algorithm() const { return algorithm_; }
  /// The signature of `data`.
  std::string Sign(std::string_view data) const;
  /// The public half.
  PublicKeyParts Public() const;

 private:
  struct Key;
  SigningKey(SignatureAlgorithm algorithm, std::shared_ptr<const Key> key) : algorithm_(algorithm), key_(std::move(key)) {}
  SignatureAlgorithm algorithm_;
  std::shared_ptr<const Key> key_;
};

}  // namespace crossrole::base
