// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "keyring/key.h"
#include "keyring/master_key.h"
#include "model/ids.h"
#include "store/keyring.h"
#include "store/store.h"

namespace crossrole::keyring {

/// Whose secret it is: a tenant's, or (none) the installation's.
using Owner = std::optional<model::TenantId>;

/// What the keyring works with. Everything outlives it.
struct KeyringPorts {
  store::Store& store;
  const base::Clock& clock;
  base::Random& random;
  MasterKeySource& source;
  /// Called before a kept secret is given to whoever asked for it by name; its error is his. Not for `Rotate` and `CheckAll`,
  /// which give nothing out.
  std::function<base::Status(const Owner&, std::string_view name)> on_read = nullptr;
};

/// What a change of keys did.
struct RotationReport {
  std::string former;         // fingerprint of the master key before
  std::string current;        // and now
  std::uint64_t keys = 0;     // data keys made anew
  std::uint64_t secrets = 0;  // sealed anew
};

/// Keeps secrets in the database so that a stolen database gives none away. Each tenant's are sealed under a data key of
/// its own, that key under the master key, which lies elsewhere. Tenant, name and version of the key are part of what is
/// sealed: a row that was moved does not open. Thread-safe; another process may rotate the keys meanwhile.
///
/// Errors of all: kFailedPrecondition with reason `keyring.…`; those of the store and of the source of the master key.
class Keyring {
 public:
  /// Opens the keyring; at the first start, makes it. `keyring.key_missing`, `keyring.wrong_key` or
  /// `keyring.other_source` when this is not the master key that the secrets are under.
  static base::Result<std::unique_ptr<Keyring>> Open(const KeyringPorts& ports);

  /// Keeps a secret, in the place of one of that name. Names are `<noun>/<id>/<what>`. Errors: kNotFound (no such tenant).
  base::Status Put(const Owner& owner, std::string_view name, const base::Secret& secret);
  /// The secret of that name, if there is one.
  base::Result<std::optional<base::Secret>> Get(const Owner& owner, std::string_view name);
  /// The same; one of `size` random bytes is made and kept when there is none.
  base::Result<base::Secret> GetOrMake(const Owner& owner, std::string_view name, std::size_t size);
  /// Forgets a secret.
  base::Status Remove(const Owner& owner, std::string_view name);

  /// Takes another master key from `next`, makes all data keys anew and seals every secret anew. What was interrupted is
  /// valid and can be done again. Errors: `keyring.same_key` when the new master key is the one in use; kConflict when
  /// somebody else changed it meanwhile.
  base::Result<RotationReport> Rotate(MasterKeySource& next);
  /// Opens every secret and forgets it again: how many there are, or the first that does not open.
  base::Result<std::uint64_t> CheckAll();
  /// The fingerprint of the master key in use.
  std::string fingerprint() const;

 private:
  struct Master {
    store::MasterKeyRecord record;
    Key wrap;  // derived from the master key, which is not kept
  };
  using MasterPointer = std::shared_ptr<const Master>;
  using KeyPointer = std::shared_ptr<const Key>;
  struct DataKey {
    std::int64_t version = 0;
    KeyPointer key{};
  };
  struct Known {
    MasterPointer master{};
    std::map<std::pair<std::string, std::int64_t>, KeyPointer> keys{};
    std::map<std::string, std::int64_t> newest{};
  };

  explicit Keyring(const KeyringPorts& ports) : ports_(ports) {}
  base::Status Begin();
  base::Result<MasterPointer> CurrentMaster();
  void Hold(MasterPointer master);
  base::Result<KeyPointer> Unwrap(const store::DataKeyRecord& record);
  base::Result<DataKey> NewestKey(const Owner& owner);
  base::Result<DataKey> MakeKey(const Owner& owner, std::int64_t version);
  base::Result<KeyPointer> KeyOf(const Owner& owner, std::int64_t version);
  void Forget(const Owner& owner);
  base::Status Store(const Owner& owner, const store::SealedSecret& secret);
  base::Result<std::vector<store::SealedSecret>> List(const Owner& owner);
  base::Result<base::Secret> OpenSecret(const Owner& owner, const store::SealedSecret& secret);
  base::Result<std::vector<std::pair<Owner, std::int64_t>>> Owners();
  base::Status ReplaceMaster(const MasterPointer& former, const MasterPointer& next);
  base::Result<std::uint64_t> Reseal(const Owner& owner, std::int64_t below);

  const KeyringPorts ports_;
  base::Guarded<Known> known_{};
};

}  // namespace crossrole::keyring
