-- SPDX-License-Identifier: Apache-2.0
-- Integrations and what belongs to them. What is searched for has a column; the rest is one JSON object.
CREATE TABLE integrations (
  tenant_id          TEXT   NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id                 TEXT   NOT NULL,
  handle             TEXT   NOT NULL,
  name               TEXT   NOT NULL,
  space              TEXT   NOT NULL,
  kind               TEXT   NOT NULL,
  state              TEXT   NOT NULL,
  state_reason       TEXT   NOT NULL,
  partition_name     TEXT   NOT NULL,
  account_id         TEXT,
  role_arn           TEXT,
  external_id_format TEXT   NOT NULL,
  next_check_at      BIGINT,
  details            TEXT   NOT NULL,
  version            BIGINT NOT NULL,
  created_at         BIGINT NOT NULL,
  updated_at         BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, handle)
);

CREATE TABLE integration_labels (
  tenant_id      TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  label          TEXT NOT NULL,
  position       BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, integration_id, label),
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX integration_labels_by_label ON integration_labels (tenant_id, label);

-- Outlives integration and tenant: a value is never issued again. unique_value is the value itself, or
-- the tenant and the value for custom ones, which others may have too.
CREATE TABLE external_ids (
  tenant_id      TEXT   NOT NULL,
  value          TEXT   NOT NULL,
  unique_value   TEXT   NOT NULL UNIQUE,
  integration_id TEXT   NOT NULL,
  state          TEXT   NOT NULL,
  verified       BIGINT NOT NULL,
  issued_at      BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, value)
);
CREATE INDEX external_ids_by_integration ON external_ids (tenant_id, integration_id);

-- A role belongs to one tenant of the installation at a time.
CREATE TABLE role_claims (
  tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  role_arn   TEXT   NOT NULL UNIQUE,
  claimed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, role_arn)
);

CREATE TABLE role_claim_holders (
  tenant_id      TEXT NOT NULL,
  role_arn       TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, role_arn, integration_id),
  FOREIGN KEY (tenant_id, role_arn) REFERENCES role_claims (tenant_id, role_arn) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX role_claim_holders_by_integration ON role_claim_holders (tenant_id, integration_id);

CREATE TABLE connections (
  tenant_id       TEXT   NOT NULL,
  id              TEXT   NOT NULL,
  integration_id  TEXT   NOT NULL,
  account_id      TEXT   NOT NULL,
  handle          TEXT   NOT NULL,
  name            TEXT   NOT NULL,
  handle_mode     TEXT   NOT NULL,
  account_state   TEXT   NOT NULL,
  state           TEXT   NOT NULL,
  role_arn        TEXT   NOT NULL,
  external_id     TEXT   NOT NULL,
  regions         TEXT   NOT NULL,
  settings        TEXT   NOT NULL,
  settings_source TEXT   NOT NULL,
  last_success_at BIGINT,
  error_at        BIGINT,
  error_code      TEXT,
  error_message   TEXT,
  version         BIGINT NOT NULL,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, handle),
  UNIQUE (tenant_id, integration_id, account_id),
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX connections_by_account ON connections (tenant_id, account_id);

CREATE TABLE verifications (
  tenant_id      TEXT   NOT NULL,
  integration_id TEXT   NOT NULL,
  checked_at     BIGINT NOT NULL,
  ok             BIGINT NOT NULL,
  result         TEXT   NOT NULL,
  PRIMARY KEY (tenant_id, integration_id),
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE integration_logs (
  tenant_id      TEXT   NOT NULL,
  integration_id TEXT   NOT NULL,
  seq            BIGINT NOT NULL,
  at             BIGINT NOT NULL,
  level          TEXT   NOT NULL,
  event          TEXT   NOT NULL,
  message        TEXT   NOT NULL,
  details        TEXT   NOT NULL,
  PRIMARY KEY (tenant_id, integration_id, seq),
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
