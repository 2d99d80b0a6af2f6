-- SPDX-License-Identifier: Apache-2.0
-- The installation's own tables: tenants, names that are never issued again, settings.
CREATE TABLE tenants (
  tenant_id  TEXT   NOT NULL PRIMARY KEY,
  handle     TEXT   NOT NULL UNIQUE,
  root_space TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  state      TEXT   NOT NULL,
  settings   TEXT   NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- Outlives the tenant: a handle is never issued again.
CREATE TABLE tenant_handles (
  handle     TEXT   NOT NULL PRIMARY KEY,
  tenant_id  TEXT   NOT NULL,
  retired_at BIGINT
);

CREATE TABLE settings (
  name       TEXT   NOT NULL PRIMARY KEY,
  value      TEXT   NOT NULL,
  updated_at BIGINT NOT NULL
);
