-- SPDX-License-Identifier: Apache-2.0
-- Names and addresses of people are sealed from now on: email_key is then a keyed hash. SQL has no key: the server seals
-- the rows that are there at its next start.
ALTER TABLE operators ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0;
