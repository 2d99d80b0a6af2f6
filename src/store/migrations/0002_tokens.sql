-- SPDX-License-Identifier: Apache-2.0
-- Bearer tokens, and which tenant a token belongs to: authentication knows only the token.
CREATE TABLE tokens (
  tenant_id    TEXT   NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id           TEXT   NOT NULL,
  name         TEXT   NOT NULL,
  power        TEXT   NOT NULL,
  role         TEXT   NOT NULL,
  hash         TEXT   NOT NULL,
  expires_at   BIGINT,
  last_used_at BIGINT,
  revoked_at   BIGINT,
  version      BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE token_tenants (
  token_id  TEXT NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE
);
CREATE INDEX token_tenants_by_tenant ON token_tenants (tenant_id);

CREATE TABLE idempotency_keys (
  tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  token      TEXT   NOT NULL,
  route      TEXT   NOT NULL,
  key        TEXT   NOT NULL,
  body_hash  TEXT   NOT NULL,
  status     BIGINT,
  body       TEXT,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, token, route, key)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (tenant_id, expires_at);
