// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "sim/internal/account_extras.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"
#include "sim/internal/simulation.h"
#include "sim/organizations/organization.h"
#include "sim/sts/sessions.h"

// Tokens that AWS signs for its principals, to be shown elsewhere. Source: IAM User Guide, "Federating AWS identities to
// external services".

namespace crossrole::sim {
namespace {

namespace json = boost::json;

std::string KeyId(base::SignatureAlgorithm algorithm) { return algorithm == base::SignatureAlgorithm::kRs256 ? "RSA_0" : "EC384_0"; }

json::object KeyOf(World& world, base::SignatureAlgorithm algorithm) {
  const base::PublicKeyParts parts = world.OutboundKey(algorithm).Public();
  json::object key{{"kid", KeyId(algorithm)}, {"use", "sig"}, {"alg", base::NameOf(algorithm)}};
  if (parts.curve.empty()) {
    key["kty"] = "RSA";
    key["n"] = base::Base64UrlEncode(parts.modulus);
    key["e"] = base::Base64UrlEncode(parts.exponent);
  } else {
    key["kty"] = "EC";
    key["crv"] = parts.curve;
    key["x"] = base::Base64UrlEncode(parts.x);
    key["y"] = base::Base64UrlEncode(parts.y);
  }
  return key;
}

}  // namespace

http::Response AnswerOutboundIssuer(World& world, const http::Request& request) {
  std::string issuer;
  std::string rest;
  for (const auto& account : world.accounts()) {
    const std::string& candidate = ExtrasOf(std::as_const(*account)).outbound_issuer;
    if (candidate.empty()) continue;
    const std::string path = candidate.substr(candidate.find("/outbound/"));
    if (!request.path.starts_with(path + "/")) continue;
    issuer = candidate;
    rest = request.path.substr(path.size());
  }
  if (rest == "/.well-known/openid-configuration") {
    return http::JsonResponse(
        200, base::PrintJson(json::object{{"issuer", issuer},
                                          {"jwks_uri", issuer + "/.well-known/jwks.json"},
                                          {"response_types_supported", json::array{"id_token"}},
                                          {"subject_types_supported", json::array{"public"}},
                                          {"id_token_signing_alg_values_supported", json::array{"RS256", "ES384"}}}));
  }
  if (rest == "/.well-known/jwks.json") {
    return http::JsonResponse(200, base::PrintJson(json::object{{"keys", json::array{KeyOf(world, base::SignatureAlgorithm::kRs256),
                                                                                      KeyOf(world, base::SignatureAlgorithm::kEs384)}}}));
  }
  return http::TextResponse(404, "no such issuer\n");
}

namespace sts {

base::Result<aws::sts::GetWebIdentityTokenOutput> GetWebIdentityToken(Call& call, const aws::sts::GetWebIdentityTokenInput& input) {
  const AccountExtras& extras = ExtrasOf(std::as_const(call.account()));
  if (!extras.outbound) {
    return Refuse("OutboundWebIdentityFederationDisabledException",
                  "Outbound web identity federation is not enabled for this account");
  }
  if (call.caller->principal.kind == policy::CallerKind::kRootUser) {
    return Refuse("AccessDenied", "Root users cannot call GetWebIdentityToken");
  }
  const auto algorithm = base::SignatureAlgorithmByName(input.signing_algorithm);
  if (!algorithm || (input.signing_algorithm != "RS256" && input.signing_algorithm != "ES384")) {
    return Invalid("The signing algorithm must be RS256 or ES384");
  }
  const std::chrono::seconds duration(input.duration_seconds.value_or(300));
  const base::Time expires = call.now() + duration;
  if (call.caller->session && expires > call.caller->session->expires) {
    return Refuse("SessionDurationEscalationException", "The token would outlive the session that asks for it");
  }
  const auto seconds = [&](base::Time time) {
    return std::chrono::duration_cast<std::chrono::seconds>(call.Shown(time).time_since_epoch()).count();
  };
  json::object facts{{"aws_account", call.account().id}, {"source_region", call.region}, {"principal_id", call.caller->arn()}};
  if (call.account().organization != nullptr) facts["org_id"] = call.account().organization->id;
  json::object tags;
  for (const aws::sts::Tag& tag : input.tags) tags[tag.key] = tag.value;
  if (!tags.empty()) facts["request_tags"] = std::move(tags);
  json::value audience;
  if (input.audience.size() == 1) {
    audience = json::string(input.audience.front());
  } else {
    json::array& list = audience.emplace_array();
    for (const std::string& each : input.audience) list.emplace_back(each);
  }
  const json::object claims{{"iss", extras.outbound_issuer},
                            {"aud", std::move(audience)},
                            {"sub", call.caller->principal.arn},
                            {"iat", seconds(call.now())},
                            {"exp", seconds(expires)},
                            {"jti", MakeUuid(call.random)},
                            {"https://sts.amazonaws.com/", std::move(facts)}};
  const json::object header{{"alg", input.signing_algorithm}, {"kid", KeyId(*algorithm)}, {"typ", "JWT"}};
  std::string token = base::Base64UrlEncode(base::PrintJson(header)) + "." + base::Base64UrlEncode(base::PrintJson(claims));
  token += "." + base::Base64UrlEncode(call.world.OutboundKey(*algorithm).Sign(token));
  return aws::sts::GetWebIdentityTokenOutput{.web_identity_token = base::Secret(std::move(token)), .expiration = call.Shown(expires)};
}

}  // namespace sts
}  // namespace crossrole::sim
