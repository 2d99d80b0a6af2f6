// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/transaction.h"

// What the keyring keeps: wrapped keys and sealed secrets, as text. Nothing of it is readable without the master key.

namespace crossrole::store {

/// What is known about the master key; not the key.
struct MasterKeyRecord {
  std::string id;          // a fingerprint of the key
  std::string source;      // "file", "environment", "passphrase", "kms" or "pkcs11"
  std::string parameters;  // JSON object: what the source needs to get at the key
  base::Time created_at{};
};

/// The master key that data keys are wrapped under now, if there ever was one; in an installation transaction.
base::Result<std::optional<MasterKeyRecord>> FindMasterKey(ReadTransaction& tx);
/// Adds the record of a master key; in an installation transaction.
base::Status InsertMasterKey(WriteTransaction& tx, const MasterKeyRecord& record);
/// Forgets a master key that wraps nothing any more; in an installation transaction. Errors: kConflict, kNotFound.
base::Status DeleteMasterKey(WriteTransaction& tx, std::string_view id);

/// A key of one tenant, or of the installation, wrapped under the master key.
struct DataKeyRecord {
  std::optional<model::TenantId> tenant{};  // none: the installation's own
  std::int64_t version = 1;
  std::string master_id;
  std::string wrapped;
  base::Time created_at{};
};

/// Adds a data key; in an installation transaction. Errors: kConflict when that version is there, when the tenant is not,
/// or when the master key is another one by now.
base::Status InsertDataKey(WriteTransaction& tx, const DataKeyRecord& record);
/// The data keys of one owner (none: the installation), newest first; in an installation transaction.
base::Result<std::vector<DataKeyRecord>> ListDataKeys(ReadTransaction& tx, const std::optional<model::TenantId>& tenant);
/// All data keys; in an installation transaction.
base::Result<std::vector<DataKeyRecord>> ListAllDataKeys(ReadTransaction& tx);
/// Stores the wrapping of a data key under another master key; in an installation transaction. Errors: kNotFound.
base::Status RewrapDataKey(WriteTransaction& tx, const DataKeyRecord& record);
/// Deletes the versions of an owner's data key below `version`; in an installation transaction. Errors: kConflict while
/// a secret is sealed under one of them.
base::Status DeleteDataKeysBelow(WriteTransaction& tx, const std::optional<model::TenantId>& tenant, std::int64_t version);

/// A secret under a data key.
struct SealedSecret {
  std::string name;  // "<noun>/<id>/<what>", unique for its owner
  std::int64_t key_version = 1;
  std::string sealed;
  base::Time updated_at{};
};

/// Stores a secret of the transaction's tenant, in the place of one of the same name. Errors: kConflict when the data key
/// is gone.
base::Status PutSealedSecret(WriteTransaction& tx, const SealedSecret& secret);
/// A secret of the transaction's tenant.
base::Result<std::optional<SealedSecret>> FindSealedSecret(ReadTransaction& tx, std::string_view name);
/// All secrets of the transaction's tenant, by name.
base::Result<std::vector<SealedSecret>> ListSealedSecrets(ReadTransaction& tx);
/// Deletes a secret of the transaction's tenant; one that is not there is no error.
base::Status DeleteSealedSecret(WriteTransaction& tx, std::string_view name);

/// Stores a secret of the installation, in the place of one of the same name; in an installation transaction.
/// Errors: kConflict when the data key is gone.
base::Status PutInstallationSecret(WriteTransaction& tx, const SealedSecret& secret);
/// A secret of the installation; in an installation transaction.
base::Result<std::optional<SealedSecret>> FindInstallationSecret(ReadTransaction& tx, std::string_view name);
/// All secrets of the installation, by name; in an installation transaction.
base::Result<std::vector<SealedSecret>> ListInstallationSecrets(ReadTransaction& tx);
/// Deletes a secret of the installation; one that is not there is no error. In an installation transaction.
base::Status DeleteInstallationSecret(WriteTransaction& tx, std::string_view name);

}  // namespace crossrole::store
