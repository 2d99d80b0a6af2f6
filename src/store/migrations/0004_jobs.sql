-- SPDX-License-Identifier: Apache-2.0
-- The durable queue. The payload never holds a secret.
CREATE TABLE jobs (
  tenant_id        TEXT   NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id               TEXT   NOT NULL,
  kind             TEXT   NOT NULL,
  unique_key       TEXT,
  payload          TEXT   NOT NULL,
  transient        BIGINT NOT NULL,
  actor            TEXT   NOT NULL,
  request_id       TEXT   NOT NULL,
  state            TEXT   NOT NULL,
  run_at           BIGINT NOT NULL,
  attempts         BIGINT NOT NULL,
  max_attempts     BIGINT NOT NULL,
  repeat_every     BIGINT NOT NULL,
  lease_owner      TEXT   NOT NULL,
  lease_until      BIGINT,
  cancel_requested BIGINT NOT NULL,
  done             BIGINT NOT NULL,
  total            BIGINT NOT NULL,
  eta              BIGINT,
  result           TEXT   NOT NULL,
  error            TEXT,
  version          BIGINT NOT NULL,
  created_at       BIGINT NOT NULL,
  updated_at       BIGINT NOT NULL,
  started_at       BIGINT,
  finished_at      BIGINT,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX jobs_open ON jobs (tenant_id, kind, unique_key) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_due ON jobs (kind, state, run_at) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_finished ON jobs (tenant_id, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_by_key ON jobs (tenant_id, kind, unique_key, finished_at) WHERE unique_key IS NOT NULL;
