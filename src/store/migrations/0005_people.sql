-- SPDX-License-Identifier: Apache-2.0
-- Who may do what. The root space of a tenant has no row: it is named by the tenant itself and inherits from nothing.
CREATE TABLE spaces (
  tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id         TEXT   NOT NULL,
  parent     TEXT   NOT NULL,
  inherit    BIGINT NOT NULL,
  name       TEXT   NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, parent, name)
);

-- Roles that a tenant made; the built-in ones are in the program. Permissions are names, in a JSON list.
CREATE TABLE roles (
  tenant_id   TEXT   NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id          TEXT   NOT NULL,
  name        TEXT   NOT NULL,
  permissions TEXT   NOT NULL,
  version     BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

-- principal is an operator or a token; role is the name of a built-in role or the id of one of the tenant's.
CREATE TABLE role_bindings (
  tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id         TEXT   NOT NULL,
  principal  TEXT   NOT NULL,
  role       TEXT   NOT NULL,
  space      TEXT   NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, principal, role, space)
);
CREATE INDEX role_bindings_by_space ON role_bindings (tenant_id, space);

-- What narrows a token. One without a row: the root space, every integration, nobody's own.
CREATE TABLE token_scopes (
  tenant_id    TEXT NOT NULL,
  token_id     TEXT NOT NULL,
  space        TEXT,
  integration_ids TEXT,
  operator_id  TEXT,
  maker        TEXT NOT NULL,
  PRIMARY KEY (tenant_id, token_id),
  FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX token_scopes_by_operator ON token_scopes (tenant_id, operator_id) WHERE operator_id IS NOT NULL;
