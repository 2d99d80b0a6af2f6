// SPDX-License-Identifier: Apache-2.0
#include "base/json_web_token.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace crossrole::base {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostKeys = 100;

std::unexpected<Error> Malformed() {
  return Fail(Error{.code = Code::kInvalidArgument, .message = "not a signed JSON web token", .reason = "token.malformed"});
}

// Two texts for the same bytes would be two tokens with one signature.
Result<std::string> ReadBytes(std::string_view part) {
  auto bytes = Base64UrlDecode(part);
  if (!bytes || Base64UrlEncode(*bytes) != part) return Malformed();
  return bytes;
}

Result<json::object> ReadPart(std::string_view part) {
  TRY_ASSIGN(const std::string bytes, ReadBytes(part));
  auto value = ParseJson(bytes);
  if (!value || !value->is_object()) return Malformed();
  return std::move(value->get_object());
}

std::optional<std::int64_t> SecondsIn(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::string BytesIn(const json::object& object, std::string_view name) {
  return Base64UrlDecode(TextIn(object, name)).value_or("");
}

}  // namespace

std::string TextIn(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::vector<std::string> TextsIn(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return texts;
  if (value->is_string()) texts.emplace_back(value->get_string());
  if (!value->is_array()) return texts;
  for (const json::value& item : value->get_array()) {
    if (item.is_string()) texts.emplace_back(item.get_string());
  }
  return texts;
}

Result<JsonWebToken> ReadJsonWebToken(std::string_view text) {
  if (text.size() > kJsonWebTokenBytes) return Malformed();
  const std::vector<std::string_view> parts = Split(text, '.');
  if (parts.size() != 3) return Malformed();
  TRY_ASSIGN(const json::object header, ReadPart(parts[0]));
  TRY_ASSIGN(json::object claims, ReadPart(parts[1]));
  const auto algorithm = SignatureAlgorithmByName(TextIn(header, "alg"));
  if (!algorithm) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = "the algorithm of the token's signature is not supported",
                      .reason = "token.algorithm"});
  }
  TRY_ASSIGN(std::string signature, ReadBytes(parts[2]));
  if (header.contains("crit") || signature.empty()) return Malformed();
  JsonWebToken token{.key_id = TextIn(header, "kid"),
                     .type = TextIn(header, "typ"),
                     .algorithm = *algorithm,
                     .signed_part = std::string(text.substr(0, parts[0].size() + 1 + parts[1].size())),
                     .signature = std::move(signature),
                     .issuer = TextIn(claims, "iss"),
                     .subject = TextIn(claims, "sub"),
                     .audiences = TextsIn(claims, "aud"),
                     .authorized_party = TextIn(claims, "azp"),
                     .expires = SecondsIn(claims, "exp"),
                     .not_before = SecondsIn(claims, "nbf"),
                     .issued = SecondsIn(claims, "iat")};
  token.claims = std::move(claims);
  return token;
}

Result<std::vector<PublishedKey>> ReadKeySet(std::string_view text) {
  const auto value = ParseJson(text);
  const json::value* list = value && value->is_object() ? value->get_object().if_contains("keys") : nullptr;
  if (list == nullptr || !list->is_array()) return Fail(Code::kInvalidArgument, "not a set of keys");
  std::vector<PublishedKey> keys;
  for (const json::value& item : list->get_array()) {
    if (!item.is_object() || keys.size() == kMostKeys) continue;
    const json::object& object = item.get_object();
    const std::string use = TextIn(object, "use");
    if (!use.empty() && use != "sig") continue;
    auto key = PublicKey::From({.modulus = BytesIn(object, "n"),
                                .exponent = BytesIn(object, "e"),
                                .curve = TextIn(object, "crv"),
                                .x = BytesIn(object, "x"),
                                .y = BytesIn(object, "y")});
    if (key) keys.push_back({TextIn(object, "kid"), TextIn(object, "alg"), *std::move(key)});
  }
  return keys;
}

bool IsSignedBy(const JsonWebToken& token, const std::vector<PublishedKey>& keys) {
  return std::ranges::any_of(keys, [&](const PublishedKey& key) {
    if (!token.key_id.empty() && key.id != token.key_id) return false;
    if (!key.algorithm.empty() && key.algorithm != NameOf(token.algorithm)) return false;
    return key.key.Verifies(token.algorithm, token.signed_part, token.signature);
  });
}

}  // namespace crossrole::base
