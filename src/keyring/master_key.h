// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "keyring/key.h"

// Where the master key comes from. It wraps the data keys and nothing else, and never lies beside them in the database.

namespace crossrole::keyring {

/// A master key, and what its source has to remember to get at it again: a JSON object without secrets.
struct MadeKey {
  Key key;
  std::string parameters = "{}";
};

/// One way to a master key. Its errors carry reason `keyring.key_missing` when there is no key, and `keyring.wrong_key`
/// when there is one, but another.
class MasterKeySource {
 public:
  virtual ~MasterKeySource() = default;
  /// Its name in `keyring.source`.
  virtual std::string_view name() const = 0;
  /// The key of the first start: one that is there already, else a new one.
  virtual base::Result<MadeKey> MakeFirst() = 0;
  /// The key of a change, durable before it returns; the one in use can still be had then.
  virtual base::Result<MadeKey> MakeNext() = 0;
  /// The key with that fingerprint, which was made with these parameters.
  virtual base::Result<Key> Unlock(std::string_view fingerprint, std::string_view parameters) = 0;
  /// The change is done: only that key counts any more.
  virtual base::Status Settle(std::string_view fingerprint) {
    static_cast<void>(fingerprint);
    return {};
  }
};

/// A file with one key a line (one, save during a change), readable by its owner only; made when it is missing.
std::unique_ptr<MasterKeySource> FromFile(std::string path, base::Random& random);
/// A text that the environment gave; `variable` names it in messages.
std::unique_ptr<MasterKeySource> FromText(base::Secret text, std::string variable);
/// A passphrase of at least 12 characters; `where` names its place in messages.
std::unique_ptr<MasterKeySource> FromPassphrase(base::Secret passphrase, std::string where, base::Random& random);

/// The failure of a key that is not there.
base::Error KeyMissing(std::string_view what, std::string_view fix);
/// The failure of a key that is another one.
base::Error WrongKey(std::string_view where, std::string_view wanted);

}  // namespace crossrole::keyring
