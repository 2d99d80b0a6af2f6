// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/internal/scope.h"
#include "store/sql.h"
#include "store/transaction.h"

struct sqlite3;
struct sqlite3_stmt;

namespace crossrole::store {

/// Whether a connection writes.
enum class Access : std::uint8_t { kWrite, kRead };
/// Whether a commit waits for the disk.
enum class Syncing : std::uint8_t { kFull, kOff };

/// What seals names and addresses, for all connections of a store; set once, after they may have been opened.
using PersonalDataPlace = std::atomic<const PersonalData*>;

/// How a connection is opened.
struct DatabaseOptions {
  std::string path;
  Access access = Access::kRead;
  Syncing syncing = Syncing::kFull;
  std::string vfs{};
  const PersonalDataPlace* personal_data = nullptr;  // outlives the connection
  std::atomic<std::uint64_t>* steps = nullptr;       // counts what statements cost; outlives the connection
};

/// What a commit came to.
enum class CommitOutcome : std::uint8_t { kDone, kRefused, kFatal };

/// One connection to SQLite, used by one thread at a time.
class Database {
 public:
  /// A prepared statement, borrowed from the connection's cache for one use.
  class Statement {
   public:
    Statement(Database& database, std::string_view text, sqlite3_stmt* handle)
        : database_(&database), text_(text), handle_(handle) {}
    Statement(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    /// Binds `tenant` (if any) to `$1` and the arguments behind it.
    base::Status Bind(const model::TenantId* tenant, std::initializer_list<Value> arguments);
    /// True when there is a row.
    base::Result<bool> Step();
    /// The row of the last `Step`.
    Row row() const { return Row(handle_); }

   private:
    Database* database_;
    std::string_view text_;
    sqlite3_stmt* handle_;
  };

  /// Errors: kUnavailable, kFailedPrecondition (not a database).
  static base::Result<std::unique_ptr<Database>> Open(const DatabaseOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// A statement ready to be bound. A statement that goes beyond `scope` aborts the program.
  base::Result<Statement> Prepare(Sql sql, Scope scope);
  /// Runs the engine's own statements, several at once.
  base::Status Script(std::string_view text);
  /// Runs one of the engine's own statements with text arguments; for migrations and copies.
  base::Result<std::int64_t> Run(std::string_view text, std::initializer_list<Value> arguments = {});
  /// The first column of the first row of one of the engine's own queries, if there is a row.
  base::Result<std::optional<std::string>> Scalar(std::string_view text, std::initializer_list<Value> arguments = {});
  /// Commits. `error` is set unless kDone.
  CommitOutcome Commit(base::Error& error);
  /// Rolls back if a transaction is open.
  void Rollback();
  /// Whether a transaction is open: SQLite rolls back by itself on some errors.
  bool InTransaction() const;
  /// Rows changed by the last statement.
  std::int64_t Changed() const;
  /// Statements fail with kUnavailable once `deadline` has passed.
  void SetDeadline(std::optional<base::Deadline> deadline) { deadline_ = deadline; }
  /// Moves the write-ahead log into the database when it has grown; false when that met an I/O error.
  [[nodiscard]] bool CheckpointIfDue();
  /// Reads which tables there are; after migrations.
  base::Status LoadTables();
  /// What seals names and addresses, or null.
  const PersonalData* personal_data() const { return personal_data_ == nullptr ? nullptr : personal_data_->load(std::memory_order_acquire); }
  /// Empties the write-ahead log into the database, so that nothing older is left in it.
  base::Status EmptyLog();
  /// Which tables there are.
  const TableMap& tables() const { return tables_; }

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  base::Result<Statement> PrepareText(std::string_view text);
  base::Error LastError() const;
  static int OnProgress(void* self);
  static int OnWal(void* self, sqlite3*, const char*, int frames);

  sqlite3* handle_;
  const PersonalDataPlace* personal_data_ = nullptr;
  std::atomic<std::uint64_t>* steps_ = nullptr;
  std::optional<base::Deadline> deadline_;
  int wal_frames_ = 0;
  TableMap tables_;
  std::array<std::unordered_set<std::string_view>, 3> checked_;  // statements that passed, by scope
  // By text, which is static: a statement in use is out of the cache, so that nested uses get another one.
  std::unordered_map<std::string_view, std::vector<sqlite3_stmt*>> idle_;
};

}  // namespace crossrole::store
