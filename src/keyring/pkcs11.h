// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "base/secret.h"
#include "keyring/master_key.h"

namespace crossrole::keyring {

/// Which key of which token.
struct Pkcs11Options {
  std::string module;            // path of the token's PKCS#11 library
  std::string token;             // label of the token
  std::string key = "crossrole"; // label of an AES key of 256 bits; made in the token when it is not there
  base::Secret pin{};            // of the user
};

/// A master key sealed by a key that never leaves a token (HSM, smart card): AES-GCM, in the token.
std::unique_ptr<MasterKeySource> FromPkcs11(Pkcs11Options options, base::Random& random);

}  // namespace crossrole::keyring
