-- SPDX-License-Identifier: Apache-2.0
-- When the organization of an integration was listed completely last. A row of its own: an import that changes nothing writes this only.
CREATE TABLE listings (
  tenant_id      TEXT   NOT NULL,
  integration_id TEXT   NOT NULL,
  completed_at   BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, integration_id),
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
