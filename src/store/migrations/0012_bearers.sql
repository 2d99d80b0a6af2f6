-- SPDX-License-Identifier: Apache-2.0
-- Whom a token identifies, where that is a worker or a run and not the token itself.
CREATE TABLE token_bearers (
  tenant_id TEXT NOT NULL,
  token_id  TEXT NOT NULL,
  bearer    TEXT NOT NULL,
  PRIMARY KEY (tenant_id, token_id),
  FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX token_bearers_by_bearer ON token_bearers (tenant_id, bearer);
