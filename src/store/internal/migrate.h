// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/internal/database.h"

namespace crossrole::store {

/// One step of the schema; steps only go forward.
struct Migration {
  int version = 0;
  std::string name;  // e.g. "0003_integrations"
  std::string text;
};

/// The steps that this program knows, in order, numbered from 1 without gaps.
std::vector<Migration> KnownMigrations();
/// The version of a database: 0 when it is new.
base::Result<int> SchemaVersion(Database& database);
/// Brings a database up to the last of `migrations`, each step in a transaction of its own. One that holds something
/// is first copied to `<path>.v<version>`.
/// Errors: kFailedPrecondition with reason `storage.newer_schema`; kUnavailable.
base::Status Migrate(Database& database, const std::vector<Migration>& migrations, const std::string& path);
/// Errors: kFailedPrecondition with reason `storage.newer_schema` or `storage.older_schema` when the database is not at
/// the last of `migrations`.
base::Status RequireNewestSchema(Database& database, const std::vector<Migration>& migrations, const std::string& path);
/// Writes a consistent copy of a database: mode 0600, synced. Errors: kConflict when `path` exists; kUnavailable.
base::Status CopyDatabase(Database& database, const std::string& path);

}  // namespace crossrole::store
