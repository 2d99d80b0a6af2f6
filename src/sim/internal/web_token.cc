// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/web_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kTokenSize = 20'000;

std::unexpected<base::Error> BadToken(std::string_view why) {
  return Refuse("InvalidIdentityToken", fmt::format("The ID Token provided is not a valid JWT. {}", why));
}

base::Result<json::object> ReadPart(std::string_view part) {
  const auto bytes = base::Base64UrlDecode(part);
  if (!bytes) return BadToken("(You may see this error if you sent an Access Token)");
  const auto value = base::ParseJson(*bytes);
  if (!value || !value->is_object()) return BadToken("(You may see this error if you sent an Access Token)");
  return value->get_object();
}

std::string TextAt(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::vector<std::string> TextsAt(const json::object& object, std::string_view name) {
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

std::optional<std::int64_t> SecondsAt(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

void ReadTags(const json::object& claims, WebToken& token) {
  token.source_identity = TextAt(claims, "https://aws.amazon.com/source_identity");
  const json::value* value = claims.if_contains("https://aws.amazon.com/tags");
  if (value == nullptr || !value->is_object()) return;
  const json::object& tags = value->get_object();
  token.transitive_tags = TextsAt(tags, "transitive_tag_keys");
  const json::value* principal = tags.if_contains("principal_tags");
  if (principal == nullptr || !principal->is_object()) return;
  for (const auto& member : principal->get_object()) {
    const std::vector<std::string> values = TextsAt(principal->get_object(), member.key());
    if (!values.empty()) token.tags.emplace(member.key(), values.front());
  }
}

std::string BytesAt(const json::object& object, std::string_view name) {
  return base::Base64UrlDecode(TextAt(object, name)).value_or("");
}

bool IsLoopback(std::string_view host) { return host == "127.0.0.1" || host == "localhost" || host == "[::1]"; }

std::unexpected<base::Error> NoAnswer(std::string_view issuer) {
  return Refuse("IDPCommunicationError", fmt::format("Unable to retrieve keys from identity provider {}", issuer));
}

using OnText = std::function<void(base::Result<std::string>)>;

void Fetch(aws::Transport& transport, const std::string& url, const std::string& issuer, OnText done) {
  auto request = aws::RequestTo(url);
  if (!request || (request->scheme != "https" && !IsLoopback(request->host))) return done(NoAnswer(issuer));
  request->method = "GET";
  request->repeat = aws::Repeat::kIdempotent;
  if (IsLoopback(request->host)) request->route = aws::Route::kDirect;
  transport.Submit(*std::move(request), base::Deadline::After(kPatience),
                   [issuer, done = std::move(done)](base::Result<aws::HttpResponse> answer) {
                     if (!answer || answer->status != 200) return done(NoAnswer(issuer));
                     done(std::move(answer->body));
                   });
}

}  // namespace

base::Result<WebToken> ReadWebToken(std::string_view text) {
  const std::vector<std::string_view> parts = base::Split(text, '.');
  if (parts.size() != 3 || text.size() > kTokenSize) return BadToken("(You may see this error if you sent an Access Token)");
  TRY_ASSIGN(const json::object header, ReadPart(parts[0]));
  TRY_ASSIGN(const json::object claims, ReadPart(parts[1]));
  const auto algorithm = base::SignatureAlgorithmByName(TextAt(header, "alg"));
  const auto signature = base::Base64UrlDecode(parts[2]);
  if (!algorithm || !signature) return BadToken("The algorithm of the signature is not supported");
  WebToken token{.key_id = TextAt(header, "kid"),
                 .algorithm = *algorithm,
                 .signed_part = std::string(text.substr(0, parts[0].size() + 1 + parts[1].size())),
                 .signature = *signature,
                 .issuer = TextAt(claims, "iss"),
                 .subject = TextAt(claims, "sub"),
                 .audiences = TextsAt(claims, "aud"),
                 .authorized_party = TextAt(claims, "azp"),
                 .methods = TextsAt(claims, "amr"),
                 .expires = SecondsAt(claims, "exp"),
                 .not_before = SecondsAt(claims, "nbf"),
                 .issued = SecondsAt(claims, "iat")};
  for (const auto& [name, present] : {std::pair("iss", !token.issuer.empty()), std::pair("sub", !token.subject.empty()),
                                      std::pair("aud", !token.audiences.empty()), std::pair("exp", token.expires.has_value()),
                                      std::pair("iat", token.issued.has_value())}) {
    if (!present) return Refuse("InvalidIdentityToken", fmt::format("Missing a required claim: {}", name));
  }
  ReadTags(claims, token);
  return token;
}

base::Result<std::vector<PublishedKey>> ReadKeySet(std::string_view text) {
  const auto value = base::ParseJson(text);
  const json::value* list = value && value->is_object() ? value->get_object().if_contains("keys") : nullptr;
  if (list == nullptr || !list->is_array()) return Refuse("IDPCommunicationError", "The identity provider's keys cannot be read");
  std::vector<PublishedKey> keys;
  for (const json::value& item : list->get_array()) {
    if (!item.is_object()) continue;
    const json::object& object = item.get_object();
    const std::string use = TextAt(object, "use");
    if (!use.empty() && use != "sig") continue;
    auto key = base::PublicKey::From({.modulus = BytesAt(object, "n"),
                                      .exponent = BytesAt(object, "e"),
                                      .curve = TextAt(object, "crv"),
                                      .x = BytesAt(object, "x"),
                                      .y = BytesAt(object, "y")});
    if (key) keys.push_back({TextAt(object, "kid"), TextAt(object, "alg"), *std::move(key)});
  }
  return keys;
}

void FetchIssuerKeys(aws::Transport& transport, const std::string& issuer, std::function<void(IssuerKeys)> done) {
  std::string base = issuer;
  while (base.ends_with('/')) base.pop_back();
  Fetch(transport, base + "/.well-known/openid-configuration", issuer,
        [&transport, issuer, done = std::move(done)](base::Result<std::string> text) {
          if (!text) return done(base::Fail(text.error()));
          const auto value = base::ParseJson(*text);
          if (!value || !value->is_object()) return done(NoAnswer(issuer));
          if (TextAt(value->get_object(), "issuer") != issuer) {
            return done(Refuse("InvalidIdentityToken", "The issuer in the token does not match the issuer of the discovery document"));
          }
          Fetch(transport, TextAt(value->get_object(), "jwks_uri"), issuer, [done](base::Result<std::string> keys) {
            done(keys ? ReadKeySet(*keys) : IssuerKeys(base::Fail(keys.error())));
          });
        });
}

base::Status CheckSignature(const WebToken& token, const std::vector<PublishedKey>& keys) {
  const bool good = std::ranges::any_of(keys, [&](const PublishedKey& key) {
    if (!token.key_id.empty() && key.id != token.key_id) return false;
    if (!key.algorithm.empty() && key.algorithm != base::NameOf(token.algorithm)) return false;
    return key.key.Verifies(token.algorithm, token.signed_part, token.signature);
  });
  if (good) return {};
  return Refuse("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider, please reference "
                                        "AssumeRoleWithWebIdentity documentation for requirements");
}

bool IsIssuerUrl(std::string_view url) {
  const auto request = aws::RequestTo(url);
  if (!request || !request->query.empty() || url.find('#') != std::string_view::npos) return false;
  return IsLoopback(request->host) || (request->scheme == "https" && request->port == 0);
}

}  // namespace crossrole::sim
