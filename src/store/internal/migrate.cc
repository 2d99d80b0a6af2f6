// SPDX-License-Identifier: Apache-2.0
#include "store/internal/migrate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/clock.h"
#include "store/migrations.h"

namespace crossrole::store {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::string_view kHistory =
    "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
    "applied_at BIGINT NOT NULL)";

int NumberOf(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

base::Status SyncPath(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return Fail(Code::kUnavailable, fmt::format("`{}` cannot be opened: {}", path, std::strerror(errno)));
  const int synced = ::fsync(descriptor);
  ::close(descriptor);
  if (synced != 0) return Fail(Code::kUnavailable, fmt::format("`{}` cannot be synced: {}", path, std::strerror(errno)));
  return {};
}

base::Status Apply(Database& database, const Migration& migration) {
  TRY(database.Script("BEGIN IMMEDIATE"));
  // Another process may have been faster.
  TRY_ASSIGN(const int version, SchemaVersion(database));
  if (version >= migration.version) return database.Script("ROLLBACK");
  TRY(database.Script(migration.text));
  TRY(database.Run("INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)",
                   {migration.version, migration.name, base::SystemClock().Now()}));
  TRY_ASSIGN(const auto dangling, database.Scalar("SELECT \"table\" FROM pragma_foreign_key_check"));
  if (dangling) return Fail(Code::kInternal, fmt::format("rows of `{}` would refer to nothing", *dangling));
  return database.Script("COMMIT");
}

// The first free name, so that the copy of an earlier attempt is never lost.
std::string CopyName(const std::string& path, int version) {
  std::string name = fmt::format("{}.v{}", path, version);
  for (int n = 2; std::filesystem::exists(name); ++n) name = fmt::format("{}.v{}.{}", path, version, n);
  return name;
}

int NewestOf(const std::vector<Migration>& migrations) { return migrations.empty() ? 0 : migrations.back().version; }

Error NewerSchema(const std::string& path, int version, int newest) {
  return {.code = Code::kFailedPrecondition,
          .message = fmt::format("the database `{}` was made by a newer program (its schema is {}, this program knows {})", path, version,
                                 newest),
          .reason = "storage.newer_schema",
          .fix = fmt::format("run the newer program, or restore the copy `{}.v{}` that was made before the upgrade", path, newest)};
}

}  // namespace

std::vector<Migration> KnownMigrations() {
  std::vector<Migration> migrations;
  for (const base::EmbeddedFile& file : Migrations()) {
    const std::string_view stem = file.name.substr(0, file.name.rfind('.'));
    migrations.push_back({.version = NumberOf(stem), .name = std::string(stem), .text = std::string(file.text)});
    CHECK(migrations.back().version == static_cast<int>(migrations.size()));
  }
  return migrations;
}

base::Result<int> SchemaVersion(Database& database) {
  TRY_ASSIGN(const auto history, database.Scalar("SELECT name FROM sqlite_schema WHERE name = 'schema_migrations'"));
  if (!history) return 0;
  TRY_ASSIGN(const auto version, database.Scalar("SELECT MAX(version) FROM schema_migrations"));
  return version ? NumberOf(*version) : 0;
}

base::Status RequireNewestSchema(Database& database, const std::vector<Migration>& migrations, const std::string& path) {
  TRY_ASSIGN(const int version, SchemaVersion(database));
  const int newest = NewestOf(migrations);
  if (version > newest) return Fail(NewerSchema(path, version, newest));
  if (version == newest) return {};
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = fmt::format("the database `{}` was made by an older program (its schema is {}, this program's {})", path,
                                           version, newest),
                    .reason = "storage.older_schema",
                    .fix = "start the server of this version first, which brings the database up to date"});
}

base::Status Migrate(Database& database, const std::vector<Migration>& migrations, const std::string& path) {
  TRY_ASSIGN(const int version, SchemaVersion(database));
  const int newest = NewestOf(migrations);
  if (version > newest) return Fail(NewerSchema(path, version, newest));
  if (version == newest) return {};
  TRY(database.Script(kHistory));
  if (version > 0) TRY(CopyDatabase(database, CopyName(path, version)));
  // Steps may rebuild tables that others refer to; the check comes before each commit.
  TRY(database.Script("PRAGMA foreign_keys=OFF"));
  for (const Migration& migration : migrations) {
    if (migration.version <= version) continue;
    if (auto applied = Apply(database, migration); !applied) {
      database.Rollback();
      return Fail(base::WithContext(applied.error(), fmt::format("migration {}", migration.name)));
    }
  }
  TRY(database.Script("PRAGMA foreign_keys=ON"));
  return database.LoadTables();
}

base::Status CopyDatabase(Database& database, const std::string& path) {
  // VACUUM INTO takes an empty file, which is how the copy gets its mode.
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    const Code code = errno == EEXIST ? Code::kConflict : Code::kUnavailable;
    return Fail(code, fmt::format("the copy `{}` cannot be made: {}", path, std::strerror(errno)));
  }
  ::close(descriptor);
  auto copied = database.Run("VACUUM INTO $1", {path});
  base::Status status = copied ? SyncPath(path, O_RDWR) : base::Status(std::unexpected(copied.error()));
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (status) status = SyncPath(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  if (!status) {
    ::unlink(path.c_str());
    return Fail(base::WithContext(status.error(), "copying the database"));
  }
  return {};
}

}  // namespace crossrole::store
