// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/web_token.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <utility>

#include "base/json.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kPatience{5};

std::unexpected<base::Error> BadToken(std::string_view why) {
  return Refuse("InvalidIdentityToken", fmt::format("The ID Token provided is not a valid JWT. {}", why));
}

using base::TextIn;
using base::TextsIn;

void ReadTags(const json::object& claims, WebToken& token) {
  token.source_identity = TextIn(claims, "https://aws.amazon.com/source_identity");
  const json::value* value = claims.if_contains("https://aws.amazon.com/tags");
  if (value == nullptr || !value->is_object()) return;
  const json::object& tags = value->get_object();
  token.transitive_tags = TextsIn(tags, "transitive_tag_keys");
  const json::value* principal = tags.if_contains("principal_tags");
  if (principal == nullptr || !principal->is_object()) return;
  for (const auto& member : principal->get_object()) {
    const std::vector<std::string> values = TextsIn(principal->get_object(), member.key());
    if (!values.empty()) token.tags.emplace(member.key(), values.front());
  }
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
  auto read = base::ReadJsonWebToken(text);
  if (!read) {
    return BadToken(read.error().reason == "token.algorithm" ? "The algorithm of the signature is not supported"
                                                             : "(You may see this error if you sent an Access Token)");
  }
  WebToken token{*std::move(read)};
  for (const auto& [name, present] : {std::pair("iss", !token.issuer.empty()), std::pair("sub", !token.subject.empty()),
                                      std::pair("aud", !token.audiences.empty()), std::pair("exp", token.expires.has_value()),
                                      std::pair("iat", token.issued.has_value())}) {
    if (!present) return Refuse("InvalidIdentityToken", fmt::format("Missing a required claim: {}", name));
  }
  ReadTags(token.claims, token);
  return token;
}

base::Result<std::vector<PublishedKey>> ReadKeySet(std::string_view text) {
  auto keys = base::ReadKeySet(text);
  if (!keys) return Refuse("IDPCommunicationError", "The identity provider's keys cannot be read");
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
          if (TextIn(value->get_object(), "issuer") != issuer) {
            return done(Refuse("InvalidIdentityToken", "The issuer in the token does not match the issuer of the discovery document"));
          }
          Fetch(transport, TextIn(value->get_object(), "jwks_uri"), issuer, [done](base::Result<std::string> keys) {
            done(keys ? ReadKeySet(*keys) : IssuerKeys(base::Fail(keys.error())));
          });
        });
}

base::Status CheckSignature(const WebToken& token, const std::vector<PublishedKey>& keys) {
  if (base::IsSignedBy(token, keys)) return {};
  return Refuse("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider, please reference "
                                        "AssumeRoleWithWebIdentity documentation for requirements");
}

bool IsIssuerUrl(std::string_view url) {
  const auto request = aws::RequestTo(url);
  if (!request || !request->query.empty() || url.find('#') != std::string_view::npos) return false;
  return IsLoopback(request->host) || (request->scheme == "https" && request->port == 0);
}

}  // namespace crossrole::sim
