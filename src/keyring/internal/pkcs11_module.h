// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace crossrole::keyring {

/// One session with a token of a PKCS#11 module, logged in. Its errors have reason `keyring.pkcs11`.
class TokenSession {
 public:
  /// Where the token is.
  struct Options {
    std::string module;  // path of the shared library
    std::string token;   // label of the token
  };
  /// Loads the module, finds the token, logs in. Errors: kFailedPrecondition, kUnavailable.
  static base::Result<std::unique_ptr<TokenSession>> Open(const Options& options, const base::Secret& pin);
  ~TokenSession();
  TokenSession(const TokenSession&) = delete;
  TokenSession& operator=(const TokenSession&) = delete;

  /// The AES key with that label; 0 when there is none. Errors: kFailedPrecondition when there are several.
  base::Result<unsigned long> FindKey(const std::string& label);
  /// Makes an AES key of 256 bits in the token, which never leaves it.
  base::Result<unsigned long> MakeKey(const std::string& label);
  /// AES-GCM with a nonce of 12 bytes: ciphertext and tag.
  base::Result<std::string> Encrypt(unsigned long key, std::string_view nonce, std::string_view context, std::string_view text);
  /// The inverse. Errors: kFailedPrecondition.
  base::Result<base::Secret> Decrypt(unsigned long key, std::string_view nonce, std::string_view context, std::string_view sealed);

 private:
  struct Module;
  explicit TokenSession(std::unique_ptr<Module> module);
  std::unique_ptr<Module> module_;
};

}  // namespace crossrole::keyring
