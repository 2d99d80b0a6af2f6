-- SPDX-License-Identifier: Apache-2.0
-- People, and how they come in. email_key is the address in lower case; subject is who somebody is at an identity
-- provider, the name of the provider before it.
CREATE TABLE operators (
  tenant_id       TEXT   NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id              TEXT   NOT NULL,
  name            TEXT   NOT NULL,
  email           TEXT   NOT NULL,
  email_key       TEXT   NOT NULL,
  disabled        BIGINT NOT NULL,
  password_hash   TEXT   NOT NULL,
  provider        TEXT,
  subject         TEXT,
  last_sign_in_at BIGINT,
  version         BIGINT NOT NULL,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, email_key),
  UNIQUE (tenant_id, provider, subject)
);

-- Sessions of browsers, known by the hash of their secret only.
CREATE TABLE browser_sessions (
  tenant_id    TEXT   NOT NULL,
  id           TEXT   NOT NULL,
  operator_id  TEXT   NOT NULL,
  hash         TEXT   NOT NULL,
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, operator_id) REFERENCES operators (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX browser_sessions_by_operator ON browser_sessions (tenant_id, operator_id);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (tenant_id, expires_at);
