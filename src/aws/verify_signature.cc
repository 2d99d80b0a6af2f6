// SPDX-License-Identifier: Apache-2.0
#include "aws/verify_signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "aws/internal/canonical_request.h"
#include "base/crypto.h"
#include "base/text.h"

namespace crossrole::aws {
namespace {

using base::Fail;
using base::Result;

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

std::unexpected<base::Error> Refuse(std::string_view aws_code, std::string message) {
  return Fail({.code = base::Code::kUnauthenticated, .message = std::move(message), .aws_code = std::string(aws_code)});
}

std::string_view HeaderOf(const ReceivedRequest& request, std::string_view name) {
  for (const auto& header : request.headers) {
    if (base::EqualsIgnoreCase(header.name, name)) return header.value;
  }
  return {};
}

// What a request says about its signature, in either of the two forms.
struct Claim {
  std::string access_key_id, date, region, service, terminator;
  std::vector<std::string> signed_headers;
  std::string signature;
  std::string amz_date;
  std::string session_token;
  std::optional<std::chrono::seconds> expires;  // presigned only
  bool presigned = false;
};

bool SplitCredential(std::string_view credential, Claim& claim) {
  const auto parts = base::Split(credential, '/');
  if (parts.size() < 5) return false;
  // An access key id may itself contain slashes in no service of AWS; the last four parts are the scope.
  const std::size_t n = parts.size();
  claim.access_key_id = std::string(credential.substr(0, credential.size() - parts[n - 1].size() - parts[n - 2].size() -
                                                             parts[n - 3].size() - parts[n - 4].size() - 4));
  claim.date = parts[n - 4];
  claim.region = parts[n - 3];
  claim.service = parts[n - 2];
  claim.terminator = parts[n - 1];
  return !claim.access_key_id.empty();
}

std::vector<std::string> SplitNames(std::string_view names) {
  std::vector<std::string> split;
  for (const std::string_view name : base::Split(names, ';')) split.push_back(base::Lower(name));
  return split;
}

Result<Claim> ReadAuthorization(const ReceivedRequest& request, std::string_view authorization) {
  if (!authorization.starts_with(kAlgorithm)) {
    return Refuse("IncompleteSignature", fmt::format("Unsupported AWS 'algorithm': '{}', only {} is understood",
                                                     authorization.substr(0, authorization.find(' ')), kAlgorithm));
  }
  std::map<std::string, std::string, std::less<>> parts;
  for (const std::string_view part : base::Split(authorization.substr(kAlgorithm.size()), ',')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    parts[std::string(base::Trim(part.substr(0, equals)))] = std::string(base::Trim(part.substr(equals + 1)));
  }
  std::string lacking;
  for (const std::string_view name : {"Credential", "Signature", "SignedHeaders"}) {
    if (!parts.contains(name)) lacking += fmt::format("Authorization header requires '{}' parameter. ", name);
  }
  Claim claim;
  claim.amz_date = std::string(HeaderOf(request, "x-amz-date"));
  if (claim.amz_date.empty()) {
    if (const auto date = base::ParseHttpDate(HeaderOf(request, "date")); date.has_value()) claim.amz_date = base::FormatAmzDate(*date);
  }
  if (claim.amz_date.empty()) lacking += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  if (lacking.empty() && !SplitCredential(parts["Credential"], claim)) {
    lacking = "Credential must have at least 5 slash-delimited elements ('/'). ";
  }
  if (!lacking.empty()) {
    lacking.pop_back();
    return Refuse("IncompleteSignature", std::move(lacking));
  }
  claim.signed_headers = SplitNames(parts["SignedHeaders"]);
  claim.signature = parts["Signature"];
  claim.session_token = std::string(HeaderOf(request, "x-amz-security-token"));
  return claim;
}

Result<Claim> ReadQuery(const ReceivedRequest& request) {
  std::map<std::string, std::string, std::less<>> parameters;
  for (const std::string_view pair : base::Split(request.query, '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    parameters.emplace(base::PercentDecode(pair.substr(0, equals)), base::PercentDecode(pair.substr(equals + 1)));
  }
  for (const std::string_view name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"}) {
    if (!parameters.contains(name)) {
      return Refuse("IncompleteSignature", fmt::format("AWS query-string parameters must include '{}'. Re-examine the query-string parameters.", name));
    }
  }
  Claim claim;
  claim.presigned = true;
  if (parameters["X-Amz-Algorithm"] != kAlgorithm || !SplitCredential(parameters["X-Amz-Credential"], claim)) {
    return Refuse("IncompleteSignature", "AWS query-string parameters 'X-Amz-Algorithm' and 'X-Amz-Credential' are malformed");
  }
  if (const auto found = parameters.find("X-Amz-Expires"); found != parameters.end()) {
    int seconds = 0;
    const std::string& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > 604800) {
      return Refuse("IncompleteSignature", "X-Amz-Expires must be a number between 0 and 604800 seconds");
    }
    claim.expires = std::chrono::seconds(seconds);
  }
  claim.signed_headers = SplitNames(parameters["X-Amz-SignedHeaders"]);
  claim.signature = parameters["X-Amz-Signature"];
  claim.amz_date = parameters["X-Amz-Date"];
  claim.session_token = parameters["X-Amz-Security-Token"];
  return claim;
}

Result<Claim> ReadClaim(const ReceivedRequest& request) {
  if (const std::string_view authorization = HeaderOf(request, "authorization"); !authorization.empty()) {
    return ReadAuthorization(request, authorization);
  }
  if (request.query.contains("X-Amz-Signature=") || request.query.contains("X-Amz-Algorithm=")) return ReadQuery(request);
  return Refuse("MissingAuthenticationToken", "Request is missing Authentication Token");
}

base::Status CheckScope(const Claim& claim, const VerifyRules& rules) {
  if (claim.terminator != "aws4_request") {
    return Refuse("SignatureDoesNotMatch", fmt::format("Credential should be scoped with a valid terminator: 'aws4_request', not '{}'.", claim.terminator));
  }
  if (rules.is_region && !rules.is_region(claim.region)) {
    return Refuse("SignatureDoesNotMatch", fmt::format("Credential should be scoped to a valid region, not '{}'.", claim.region));
  }
  if (rules.is_service && !rules.is_service(claim.service)) {
    return Refuse("SignatureDoesNotMatch", fmt::format("Credential should be scoped to correct service, not '{}'.", claim.service));
  }
  if (std::ranges::find(claim.signed_headers, "host") == claim.signed_headers.end()) {
    return Refuse("SignatureDoesNotMatch", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  return {};
}

base::Status CheckTime(const Claim& claim, const VerifyRules& rules) {
  const auto signed_at = base::ParseAmzDate(claim.amz_date);
  if (!signed_at.has_value()) {
    return Refuse("IncompleteSignature", fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601", claim.amz_date));
  }
  if (claim.date != claim.amz_date.substr(0, 8)) {
    return Refuse("SignatureDoesNotMatch",
                  fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{}'.",
                              claim.date, claim.amz_date.substr(0, 8), claim.amz_date));
  }
  const std::string now = base::FormatAmzDate(rules.now);
  const auto life = claim.expires ? *claim.expires : std::chrono::seconds(rules.tolerance);
  if (rules.now - *signed_at > life) {
    return Refuse("SignatureDoesNotMatch", fmt::format("Signature expired: {} is now earlier than {} ({} - {} min.)", claim.amz_date,
                                                       base::FormatAmzDate(rules.now - life), now,
                                                       std::chrono::ceil<std::chrono::minutes>(life).count()));
  }
  if (*signed_at - rules.now > rules.tolerance) {
    return Refuse("SignatureDoesNotMatch", fmt::format("Signature not yet current: {} is still later than {} ({} + {} min.)", claim.amz_date,
                                                       base::FormatAmzDate(rules.now + rules.tolerance), now, rules.tolerance.count()));
  }
  return {};
}

Result<std::string> PayloadHash(const ReceivedRequest& request, const Claim& claim) {
  const std::string actual = base::HexEncode(base::AsText(base::Sha256(request.body)));
  const std::string_view declared = HeaderOf(request, "x-amz-content-sha256");
  if (claim.service == "s3" && (declared == kUnsignedPayload || (claim.presigned && declared.empty()))) return std::string(kUnsignedPayload);
  if (!declared.empty() && declared != actual) {
    return Refuse("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  return actual;
}

}  // namespace

Result<VerifiedSignature> VerifySignature(const ReceivedRequest& request, const VerifyRules& rules) {
  TRY_ASSIGN(const Claim claim, ReadClaim(request));
  TRY(CheckScope(claim, rules));
  TRY(CheckTime(claim, rules));
  const auto secret = rules.find_secret(claim.access_key_id, claim.session_token);
  if (!secret) return Refuse("InvalidClientTokenId", "The security token included in the request is invalid.");
  TRY_ASSIGN(const std::string payload_hash, PayloadHash(request, claim));

  std::vector<internal::HeaderView> headers;
  for (const auto& header : request.headers) {
    if (std::ranges::find(claim.signed_headers, base::Lower(header.name)) != claim.signed_headers.end()) {
      headers.push_back({header.name, header.value});
    }
  }
  const auto canonical = internal::Canonicalise({.method = request.method,
                                                 .path = request.path,
                                                 .query = request.query,
                                                 .headers = headers,
                                                 .payload_hash = payload_hash,
                                                 .service = claim.service,
                                                 .skipped_parameter = claim.presigned ? "X-Amz-Signature" : ""});
  const std::string scope = internal::ScopeText(claim.date, claim.region, claim.service);
  const base::Digest key = internal::SigningKey(secret->Reveal(), claim.date, claim.region, claim.service);
  const base::Digest expected =
      base::HmacSha256(base::AsText(key), internal::StringToSign(claim.amz_date, scope, canonical.text));
  if (!base::ConstantTimeEqual(base::HexEncode(base::AsText(expected)), claim.signature)) {
    return Refuse("SignatureDoesNotMatch",
                  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
                  "and signing method. Consult the service documentation for details.");
  }
  return VerifiedSignature{.access_key_id = claim.access_key_id,
                           .region = claim.region,
                           .service = claim.service,
                           .session_token = claim.session_token};
}

std::optional<VerifiedSignature> ClaimedScope(const ReceivedRequest& request) {
  const auto claim = ReadClaim(request);
  if (!claim.has_value()) return std::nullopt;
  return VerifiedSignature{.access_key_id = claim->access_key_id,
                           .region = claim->region,
                           .service = claim->service,
                           .session_token = claim->session_token};
}

int StatusOfSignatureError(std::string_view aws_code) {
  return aws_code == "IncompleteSignature" || aws_code == "XAmzContentSHA256Mismatch" ? 400 : 403;
}

}  // namespace crossrole::aws
