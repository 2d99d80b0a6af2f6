// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace crossrole::aws {

/// A request as a server received it, as views that outlive the call.
struct ReceivedRequest {
  /// One header line.
  struct Header {
    std::string_view name;
    std::string_view value;
  };
  std::string_view method;
  std::string_view path;   // percent-encoded, as on the wire
  std::string_view query;  // percent-encoded, without the `?`
  std::vector<Header> headers;
  std::string_view body;
};

/// Who signed a request, once the signature has been found good. Whether the session token belongs to the access key
/// and is still valid is for the caller to decide.
struct VerifiedSignature {
  std::string access_key_id;
  std::string region;
  std::string service;
  std::string session_token{};  // "" when there is none
};

/// How signatures are judged.
struct VerifyRules {
  /// The secret of an access key (with the session token it came with), or nothing when there is no such key.
  std::function<std::optional<base::Secret>(std::string_view access_key_id, std::string_view session_token)> find_secret;
  base::Time now;
  std::chrono::minutes tolerance{5};                         // how far the signer's clock may be off
  std::function<bool(std::string_view)> is_region = nullptr;   // empty: any
  std::function<bool(std::string_view)> is_service = nullptr;  // empty: any
};

/// Checks the Signature Version 4 of `request`, from its `Authorization` header or its presigned query.
/// Errors: kUnauthenticated with AWS's own code and words: `MissingAuthenticationToken`, `IncompleteSignature`,
/// `InvalidClientTokenId`, `SignatureDoesNotMatch` (also for a wrong scope and for a clock that is off),
/// `XAmzContentSHA256Mismatch`. Source: AWS "Troubleshoot Signature Version 4 signing".
base::Result<VerifiedSignature> VerifySignature(const ReceivedRequest& request, const VerifyRules& rules);

/// What `request` claims about itself, unchecked: enough to choose the service that answers, even with an error.
std::optional<VerifiedSignature> ClaimedScope(const ReceivedRequest& request);

/// The HTTP status that goes with the code of a failed signature.
int StatusOfSignatureError(std::string_view aws_code);

}  // namespace crossrole::aws
