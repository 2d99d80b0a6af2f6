-- SPDX-License-Identifier: Apache-2.0
-- Secrets at rest. Nothing here can be read without the master key, which is not here.
-- One row, two during a change of the master key. The id is a fingerprint; parameters say how the source gets at the key.
CREATE TABLE master_keys (
  id         TEXT   NOT NULL PRIMARY KEY,
  source     TEXT   NOT NULL,
  parameters TEXT   NOT NULL,
  created_at BIGINT NOT NULL
);

-- Keys under the master key: owner is a tenant's id, or `installation`, whose tenant_id is NULL. A deleted tenant takes
-- its keys along: what was sealed under them, in copies too, is gone.
CREATE TABLE data_keys (
  owner      TEXT   NOT NULL,
  version    BIGINT NOT NULL,
  tenant_id  TEXT   REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  master_id  TEXT   NOT NULL REFERENCES master_keys (id),
  wrapped    TEXT   NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (owner, version),
  UNIQUE (tenant_id, version)
);
CREATE INDEX data_keys_by_master ON data_keys (master_id);

-- The foreign key is what keeps a rotation and a new secret apart: no secret without its key.
CREATE TABLE sealed_secrets (
  tenant_id   TEXT   NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  name        TEXT   NOT NULL,
  key_version BIGINT NOT NULL,
  sealed      TEXT   NOT NULL,
  updated_at  BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, name),
  FOREIGN KEY (tenant_id, key_version) REFERENCES data_keys (tenant_id, version)
);
CREATE INDEX sealed_secrets_by_key ON sealed_secrets (tenant_id, key_version);

CREATE TABLE installation_secrets (
  name        TEXT   NOT NULL PRIMARY KEY,
  owner       TEXT   NOT NULL,
  key_version BIGINT NOT NULL,
  sealed      TEXT   NOT NULL,
  updated_at  BIGINT NOT NULL,
  FOREIGN KEY (owner, key_version) REFERENCES data_keys (owner, version)
);
CREATE INDEX installation_secrets_by_key ON installation_secrets (owner, key_version);
