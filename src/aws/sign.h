// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "aws/http_message.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/secret.h"

namespace crossrole::aws {

/// What a signature is good for.
struct SigningScope {
  std::string region;
  std::string service;  // the signing name, e.g. "sts", "iam", "sso"
};

/// Remembers derived signing keys, so that a request costs one HMAC instead of five. Entries are found by a hash of
/// the secret, never by the secret. Thread-safe; bounded.
class SigningKeyCache {
 public:
  explicit SigningKeyCache(std::size_t limit = 1024) : limit_(limit) {}
  /// The key for `date` (`YYYYMMDD`) and `scope`, derived unless known.
  base::Digest Get(const base::Secret& secret, std::string_view date, const SigningScope& scope);
  /// Entries held now.
  std::size_t size() const;

 private:
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::map<base::Digest, base::Secret> keys_;
};

/// Signs `request` with Signature Version 4: sets `X-Amz-Date`, `X-Amz-Security-Token` where there is a token,
/// `X-Amz-Content-Sha256` for s3, and `Authorization`. All headers are signed but those that proxies and the transport
/// may touch. A request signed before is signed anew. Source: AWS "Create a signed AWS API request".
void SignRequest(HttpRequest& request, const Credentials& credentials, const SigningScope& scope, base::Time now,
                 SigningKeyCache& keys);
/// The same without a cache.
void SignRequest(HttpRequest& request, const Credentials& credentials, const SigningScope& scope, base::Time now);

}  // namespace crossrole::aws
