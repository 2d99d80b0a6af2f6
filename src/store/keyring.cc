// SPDX-License-Identifier: Apache-2.0
#include "store/keyring.h"

#include "store/internal/columns.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;

constexpr std::string_view kInstallationOwner = "installation";

std::string OwnerOf(const std::optional<model::TenantId>& tenant) {
  return tenant ? tenant->text() : std::string(kInstallationOwner);
}

Result<DataKeyRecord> DataKeyFrom(const Row& row) {
  DataKeyRecord record{.version = row.Int(1), .master_id = row.Text(2), .wrapped = row.Text(3), .created_at = row.Time(4)};
  if (!row.IsNull(0)) {
    TRY_ASSIGN(record.tenant, row.Parsed<model::TenantId>(0));
  }
  return record;
}

Result<SealedSecret> SecretFrom(const Row& row) {
  return SealedSecret{.name = row.Text(0), .key_version = row.Int(1), .sealed = row.Text(2), .updated_at = row.Time(3)};
}

}  // namespace

Result<std::optional<MasterKeyRecord>> FindMasterKey(ReadTransaction& tx) {
  return tx.One(R"sql(SELECT id, source, parameters, created_at FROM master_keys)sql", {},
                [](const Row& row) -> Result<MasterKeyRecord> {
                  return MasterKeyRecord{.id = row.Text(0), .source = row.Text(1), .parameters = row.Text(2), .created_at = row.Time(3)};
                });
}

Status InsertMasterKey(WriteTransaction& tx, const MasterKeyRecord& record) {
  TRY(tx.Execute(R"sql(INSERT INTO master_keys (id, source, parameters, created_at) VALUES ($1, $2, $3, $4))sql",
                 {record.id, record.source, record.parameters, record.created_at}));
  return {};
}

Status DeleteMasterKey(WriteTransaction& tx, std::string_view id) {
  TRY_ASSIGN(const auto deleted, tx.Execute(R"sql(DELETE FROM master_keys WHERE id = $1)sql", {id}));
  if (deleted == 0) return Fail(NoSuch("master key", id));
  return {};
}

Status InsertDataKey(WriteTransaction& tx, const DataKeyRecord& record) {
  TRY(tx.Execute(R"sql(
    INSERT INTO data_keys (owner, version, tenant_id, master_id, wrapped, created_at) VALUES ($1, $2, $3, $4, $5, $6))sql",
                 {OwnerOf(record.tenant), record.version, record.tenant, record.master_id, record.wrapped, record.created_at}));
  return {};
}

Result<std::vector<DataKeyRecord>> ListDataKeys(ReadTransaction& tx, const std::optional<model::TenantId>& tenant) {
  return tx.All(R"sql(
    SELECT tenant_id, version, master_id, wrapped, created_at FROM data_keys WHERE owner = $1 ORDER BY version DESC)sql",
                {OwnerOf(tenant)}, DataKeyFrom);
}

Result<std::vector<DataKeyRecord>> ListAllDataKeys(ReadTransaction& tx) {
  return tx.All(R"sql(
    SELECT tenant_id, version, master_id, wrapped, created_at FROM data_keys ORDER BY owner, version DESC)sql",
                {}, DataKeyFrom);
}

Status RewrapDataKey(WriteTransaction& tx, const DataKeyRecord& record) {
  const std::string owner = OwnerOf(record.tenant);
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE data_keys SET master_id = $3, wrapped = $4 WHERE owner = $1 AND version = $2)sql",
                                            {owner, record.version, record.master_id, record.wrapped}));
  if (changed == 0) return Fail(NoSuch("data key", owner));
  return {};
}

Status DeleteDataKeysBelow(WriteTransaction& tx, const std::optional<model::TenantId>& tenant, std::int64_t version) {
  TRY(tx.Execute(R"sql(DELETE FROM data_keys WHERE owner = $1 AND version < $2)sql", {OwnerOf(tenant), version}));
  return {};
}

Status PutSealedSecret(WriteTransaction& tx, const SealedSecret& secret) {
  TRY(tx.Execute(R"sql(
    INSERT INTO sealed_secrets (tenant_id, name, key_version, sealed, updated_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant_id, name) DO UPDATE
    SET key_version = excluded.key_version, sealed = excluded.sealed, updated_at = excluded.updated_at)sql",
                 {secret.name, secret.key_version, secret.sealed, secret.updated_at}));
  return {};
}

Result<std::optional<SealedSecret>> FindSealedSecret(ReadTransaction& tx, std::string_view name) {
  return tx.One(R"sql(
    SELECT name, key_version, sealed, updated_at FROM sealed_secrets WHERE tenant_id = $1 AND name = $2)sql",
                {name}, SecretFrom);
}

Result<std::vector<SealedSecret>> ListSealedSecrets(ReadTransaction& tx) {
  return tx.All(R"sql(
    SELECT name, key_version, sealed, updated_at FROM sealed_secrets WHERE tenant_id = $1 ORDER BY name)sql",
                {}, SecretFrom);
}

Status DeleteSealedSecret(WriteTransaction& tx, std::string_view name) {
  TRY(tx.Execute(R"sql(DELETE FROM sealed_secrets WHERE tenant_id = $1 AND name = $2)sql", {name}));
  return {};
}

Status PutInstallationSecret(WriteTransaction& tx, const SealedSecret& secret) {
  TRY(tx.Execute(R"sql(
    INSERT INTO installation_secrets (name, owner, key_version, sealed, updated_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (name) DO UPDATE
    SET key_version = excluded.key_version, sealed = excluded.sealed, updated_at = excluded.updated_at)sql",
                 {secret.name, kInstallationOwner, secret.key_version, secret.sealed, secret.updated_at}));
  return {};
}

Result<std::optional<SealedSecret>> FindInstallationSecret(ReadTransaction& tx, std::string_view name) {
  return tx.One(R"sql(SELECT name, key_version, sealed, updated_at FROM installation_secrets WHERE name = $1)sql", {name}, SecretFrom);
}

Result<std::vector<SealedSecret>> ListInstallationSecrets(ReadTransaction& tx) {
  return tx.All(R"sql(SELECT name, key_version, sealed, updated_at FROM installation_secrets ORDER BY name)sql", {}, SecretFrom);
}

Status DeleteInstallationSecret(WriteTransaction& tx, std::string_view name) {
  TRY(tx.Execute(R"sql(DELETE FROM installation_secrets WHERE name = $1)sql", {name}));
  return {};
}

}  // namespace crossrole::store
