-- SPDX-License-Identifier: Apache-2.0
-- What was imported of AWS organizations. One row for an integration of kind organization, from its first listing on.
CREATE TABLE organizations (
  tenant_id          TEXT   NOT NULL,
  integration_id     TEXT   NOT NULL,
  organization_id    TEXT   NOT NULL,
  management_account TEXT   NOT NULL,
  handle_prefix      TEXT   NOT NULL,
  removals_waiting   BIGINT NOT NULL,
  error_code         TEXT   NOT NULL,
  error_message      TEXT   NOT NULL,
  changed_at         BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, integration_id),
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

-- The root and the OUs. parent_id is NULL for the root.
CREATE TABLE folders (
  tenant_id      TEXT   NOT NULL,
  id             TEXT   NOT NULL,
  integration_id TEXT   NOT NULL,
  ou_id          TEXT   NOT NULL,
  parent_id      TEXT,
  name           TEXT   NOT NULL,
  handle         TEXT   NOT NULL,
  handle_mode    TEXT   NOT NULL,
  settings       TEXT   NOT NULL,
  version        BIGINT NOT NULL,
  created_at     BIGINT NOT NULL,
  updated_at     BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, handle),
  UNIQUE (tenant_id, integration_id, ou_id),
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX folders_by_parent ON folders (tenant_id, parent_id);

-- NULL for the connection of an integration of kind account.
ALTER TABLE connections ADD COLUMN folder_id TEXT;
CREATE INDEX connections_by_folder ON connections (tenant_id, folder_id);

-- Folders and connections that are no longer there; who comes back is as before. aws_id is an account or an OU, id a con_… or fld_….
CREATE TABLE removed_nodes (
  tenant_id       TEXT   NOT NULL,
  integration_id  TEXT   NOT NULL,
  aws_id          TEXT   NOT NULL,
  id              TEXT   NOT NULL,
  parent_aws_id   TEXT   NOT NULL,
  name            TEXT   NOT NULL,
  handle          TEXT   NOT NULL,
  handle_mode     TEXT   NOT NULL,
  account_state   TEXT   NOT NULL,
  regions         TEXT   NOT NULL,
  settings        TEXT   NOT NULL,
  settings_source TEXT   NOT NULL,
  removed_at      BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, integration_id, aws_id),
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
