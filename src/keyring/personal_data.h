// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "keyring/key.h"
#include "store/people/personal_data.h"
#include "store/store.h"

namespace crossrole::keyring {

/// Under which name the key of `PersonalData` is kept, among the installation's secrets.
inline constexpr std::string_view kPersonalDataKey = "people/key";

/// Seals names and addresses of people under a key that the keyring keeps; `crossrole rekey` seals that key anew, not the rows.
/// Tenant, row and column are part of what is sealed.
class PersonalData final : public store::PersonalData {
 public:
  /// `key` is `kKeySize` long; `random` outlives the object.
  PersonalData(const base::Secret& key, base::Random& random);

  std::string Seal(const store::PersonalField& field, std::string_view text) const override;
  base::Result<std::string> Open(const store::PersonalField& field, std::string_view sealed) const override;
  std::string Mark(const model::TenantId& tenant, std::string_view text) const override;

 private:
  const Key seal_;
  const Key mark_;
  base::Random& random_;
};

/// Seals what the database holds from before, tenant by tenant, and lets nothing of it stay in the write-ahead log. The store
/// knows what to seal with already.
base::Status SealPersonalData(store::Store& store);

}  // namespace crossrole::keyring
