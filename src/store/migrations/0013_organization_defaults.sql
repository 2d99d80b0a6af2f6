-- SPDX-License-Identifier: Apache-2.0
-- What counts in an organization where neither a connection nor a folder above it says otherwise. It is there before the first
-- listing, and whatever becomes of the root. A row of an integration of kind organization, once somebody has set something.
CREATE TABLE organization_defaults (
  tenant_id      TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  settings       TEXT NOT NULL,
  PRIMARY KEY (tenant_id, integration_id),
  FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

-- Regions are inherited like settings: [] stands for those of the next folder above that has some, in the end for those of the
-- integration. Until now every connection was made with ["*"], and no folder had any.
ALTER TABLE folders ADD COLUMN regions TEXT NOT NULL DEFAULT '[]';
UPDATE connections SET regions = '[]' WHERE folder_id IS NOT NULL AND regions = '["*"]';
UPDATE removed_nodes SET regions = '[]' WHERE regions = '["*"]';
