// SPDX-License-Identifier: Apache-2.0
#include "aws/sign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "aws/internal/canonical_request.h"
#include "base/text.h"

namespace crossrole::aws {
namespace {

// Hop-by-hop, or rewritten on the way. Source: botocore's SIGNED_HEADERS_BLACKLIST.
constexpr std::array<std::string_view, 12> kUnsigned = {
    "authorization", "connection", "expect",            "keep-alive", "proxy-authenticate", "proxy-authorization",
    "te",            "trailer",    "transfer-encoding", "upgrade",    "user-agent",         "x-amzn-trace-id"};

bool IsSigned(std::string_view name) {
  return std::ranges::none_of(kUnsigned, [name](std::string_view other) { return base::EqualsIgnoreCase(name, other); });
}

}  // namespace

base::Digest SigningKeyCache::Get(const base::Secret& secret, std::string_view date, const SigningScope& scope) {
  std::string text = fmt::format("{}\n{}\n{}\n", date, scope.region, scope.service);
  text += secret.Reveal();
  const base::Digest name = base::Sha256(text);
  base::Wipe(text);
  {
    std::lock_guard lock(mutex_);
    if (const auto found = keys_.find(name); found != keys_.end()) {
      base::Digest key;
      std::ranges::copy(found->second.Reveal(), key.begin());
      return key;
    }
  }
  const base::Digest key = internal::SigningKey(secret.Reveal(), date, scope.region, scope.service);
  std::lock_guard lock(mutex_);
  // Keys live for a day and most belong to sessions of an hour: starting over is cheaper than tracking their age.
  if (keys_.size() >= limit_) keys_.clear();
  keys_.emplace(name, base::Secret(std::string(base::AsText(key))));
  return key;
}

std::size_t SigningKeyCache::size() const {
  std::lock_guard lock(mutex_);
  return keys_.size();
}

void SignRequest(HttpRequest& request, const Credentials& credentials, const SigningScope& scope, base::Time now,
                 SigningKeyCache& keys) {
  const std::string amz_date = base::FormatAmzDate(now);
  const std::string payload_hash = base::HexEncode(base::AsText(base::Sha256(request.body)));
  RemoveHeader(request.headers, "Authorization");
  RemoveHeader(request.headers, "Date");
  SetHeader(request.headers, "X-Amz-Date", amz_date);
  RemoveHeader(request.headers, "X-Amz-Security-Token");
  if (!credentials.session_token.empty()) {
    SetHeader(request.headers, "X-Amz-Security-Token", credentials.session_token.Reveal());
  }
  if (scope.service == "s3") SetHeader(request.headers, "X-Amz-Content-Sha256", payload_hash);

  const std::string host = HostHeader(request);
  std::vector<internal::HeaderView> headers;
  bool has_host = false;
  for (const Header& header : request.headers) {
    if (IsSigned(header.name)) headers.push_back({header.name, header.value});
    has_host = has_host || base::EqualsIgnoreCase(header.name, "host");
  }
  if (!has_host) headers.push_back({"host", host});
  const auto canonical = internal::Canonicalise({.method = request.method,
                                                 .path = request.path,
                                                 .query = request.query,
                                                 .headers = headers,
                                                 .payload_hash = payload_hash,
                                                 .service = scope.service});
  const std::string_view date = std::string_view(amz_date).substr(0, 8);
  const std::string scope_text = internal::ScopeText(date, scope.region, scope.service);
  const base::Digest key = keys.Get(credentials.secret_access_key, date, scope);
  const base::Digest signature =
      base::HmacSha256(base::AsText(key), internal::StringToSign(amz_date, scope_text, canonical.text));
  SetHeader(request.headers, "Authorization",
            fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}", credentials.access_key_id,
                        scope_text, canonical.signed_headers, base::HexEncode(base::AsText(signature))));
}

void SignRequest(HttpRequest& request, const Credentials& credentials, const SigningScope& scope, base::Time now) {
  SigningKeyCache keys(1);
  SignRequest(request, credentials, scope, now, keys);
}

}  // namespace crossrole::aws
