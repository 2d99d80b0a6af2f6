// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "aws/client.h"
#include "keyring/master_key.h"

namespace crossrole::keyring {

/// A master key that AWS KMS made and sealed under the key with that ARN (or the ARN of its alias), with an encryption
/// context: `client` needs `kms:GenerateDataKey` once, and `kms:Decrypt` at each start.
std::unique_ptr<MasterKeySource> FromKms(aws::ClientConfig client, std::string key_arn);

}  // namespace crossrole::keyring
