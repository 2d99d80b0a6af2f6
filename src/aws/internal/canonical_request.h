// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crypto.h"

namespace crossrole::aws::internal {

/// A header as views into a message, name in any case.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

/// What a signature covers, as views. Signer and verifier both make one.
struct CanonicalParts {
  std::string_view method;
  std::string_view path;                  // percent-encoded, as on the wire
  std::string_view query;                 // percent-encoded, as on the wire
  std::span<const HeaderView> headers;    // exactly the signed ones, in their order on the wire
  std::string_view payload_hash;          // lower-case hexadecimal, or UNSIGNED-PAYLOAD
  std::string_view service;               // s3 neither normalises nor encodes the path again
  std::string_view skipped_parameter{};   // a query parameter that does not count (X-Amz-Signature)
};

/// The canonical request and the list of signed headers. Source: AWS "Create a signed AWS API request".
struct CanonicalRequest {
  std::string text;
  std::string signed_headers;
};

/// Builds the canonical form.
CanonicalRequest Canonicalise(const CanonicalParts& parts);
/// The canonical query: parameters decoded and encoded anew, sorted by name, then by value.
std::string CanonicalQuery(std::string_view query, std::string_view skipped_parameter);
/// The string to sign.
std::string StringToSign(std::string_view amz_date, std::string_view scope, std::string_view canonical_request);
/// `<date>/<region>/<service>/aws4_request`.
std::string ScopeText(std::string_view date, std::string_view region, std::string_view service);
/// The key that signs for one day, region and service.
base::Digest SigningKey(std::string_view secret, std::string_view date, std::string_view region, std::string_view service);

}  // namespace crossrole::aws::internal
