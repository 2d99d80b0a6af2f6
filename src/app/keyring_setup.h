// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "app/configuration.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/random.h"
#include "base/result.h"
#include "keyring/keyring.h"
#include "store/store.h"

namespace crossrole::app {

/// What the source of the master key is made from.
struct MasterKeyRequest {
  const Configuration& configuration;
  const base::Environment& environment;
  std::string data;  // the data directory
  const base::Clock& clock;
  base::Random& random;
};

/// The source of the master key that `keyring.source` names; with a connection to AWS of its own for KMS.
/// Errors: kInvalidArgument (a key of its section is missing or wrong), kUnavailable (a file cannot be read).
base::Result<std::shared_ptr<keyring::MasterKeySource>> ConfiguredMasterKey(const MasterKeyRequest& request);

/// Which master key something is under.
struct NamedMasterKey {
  std::string fingerprint;
  std::string source;
  std::string parameters;
};
/// That master key, from the source that is configured. Errors: as `ConfiguredMasterKey`; kFailedPrecondition with reason
/// `keyring.other_source`, `keyring.key_missing` or `keyring.wrong_key`.
base::Result<keyring::Key> UnlockMasterKey(const MasterKeyRequest& request, const NamedMasterKey& named);

/// Where the master key's file is, with `keyring.source = "file"`.
std::string MasterKeyFile(const Configuration& configuration, const std::string& data);

}  // namespace crossrole::app
