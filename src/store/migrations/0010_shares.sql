-- SPDX-License-Identifier: Apache-2.0
-- Which spaces may use folders and connections besides that of their integration. node_id is a fld_… or con_…; space_id a s_…, or 'all'
-- for every space below the integration's, those to come too. Rows outlive a node that is removed: it may come back.
CREATE TABLE shares (
  tenant_id      TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  node_id        TEXT NOT NULL,
  space_id       TEXT NOT NULL,
  PRIMARY KEY (tenant_id, integration_id, node_id, space_id),
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
