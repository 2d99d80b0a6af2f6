-- SPDX-License-Identifier: Apache-2.0
-- How to get into the accounts of an organization. One row for an integration of kind organization, from its creation on.
CREATE TABLE member_access (
  tenant_id      TEXT   NOT NULL,
  integration_id TEXT   NOT NULL,
  role_path      TEXT   NOT NULL,
  role_name      TEXT   NOT NULL,
  via            TEXT   NOT NULL,
  external_id    TEXT   NOT NULL,
  PRIMARY KEY (tenant_id, integration_id),
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
