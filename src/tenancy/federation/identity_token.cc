// SPDX-License-Identifier: Apache-2.0
#include "tenancy/federation/identity_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/text.h"

namespace crossrole::tenancy {
namespace {

namespace json = boost::json;

std::unexpected<base::Error> Refused(std::string_view claim) {
  return base::Fail({.code = base::Code::kUnauthenticated,
                     .message = fmt::format("the token was refused: {}", claim),
                     .reason = fmt::format("token.{}", claim)});
}

bool Says(const json::value& value, std::string_view wanted) {
  if (value.is_string()) return std::string_view(value.get_string()) == wanted;
  if (value.is_bool() || value.is_int64() || value.is_uint64()) return base::PrintJson(value) == wanted;
  return false;
}

}  // namespace

base::Status JudgeToken(const base::JsonWebToken& token, const TokenExpectation& expected) {
  if (std::ranges::find(expected.algorithms, token.algorithm) == expected.algorithms.end()) return Refused("algorithm");
  if (!token.type.empty() && !base::EqualsIgnoreCase(token.type, "JWT")) return Refused("type");
  if (token.issuer != expected.issuer) return Refused("issuer");
  if (std::ranges::find(token.audiences, expected.audience) == token.audiences.end()) return Refused("audience");
  if (!token.authorized_party.empty() && expected.nonce && token.authorized_party != expected.audience) return Refused("authorized_party");
  if (token.audiences.size() > 1 && expected.nonce && token.authorized_party.empty()) return Refused("authorized_party");
  if (token.subject.empty()) return Refused("subject");
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(expected.now.time_since_epoch()).count();
  const std::int64_t leeway = expected.leeway.count();
  if (!token.expires || *token.expires <= now - leeway) return Refused("expired");
  if (!token.issued || *token.issued > now + leeway) return Refused("issued");
  if (token.not_before && *token.not_before > now + leeway) return Refused("not_before");
  if (token.claims.contains("nbf") && !token.not_before) return Refused("not_before");
  if (expected.nonce && base::TextIn(token.claims, "nonce") != *expected.nonce) return Refused("nonce");
  return {};
}

bool HasClaims(const base::JsonWebToken& token, const std::map<std::string, std::string>& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& claim) {
    const json::value* value = token.claims.if_contains(claim.first);
    if (value == nullptr) return false;
    if (!value->is_array()) return Says(*value, claim.second);
    return std::ranges::any_of(value->get_array(), [&](const json::value& item) { return Says(item, claim.second); });
  });
}

}  // namespace crossrole::tenancy
