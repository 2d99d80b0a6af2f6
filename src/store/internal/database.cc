// SPDX-License-Identifier: Apache-2.0
#include "store/internal/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace crossrole::store {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr int kProgressSteps = 2000;
constexpr int kWalFramesBeforeCheckpoint = 1000;
// Longer statements than ours are mistakes.
constexpr std::string_view kPragmas =
    "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
    "PRAGMA mmap_size=0; PRAGMA busy_timeout=5000; PRAGMA secure_delete=FAST;";

int Primary(int code) { return code & 0xff; }

Error ErrorOf(int code, std::string_view text) {
  switch (Primary(code)) {
    case SQLITE_FULL:
      return {.code = Code::kUnavailable, .message = "storage is full", .reason = "storage.full",
              .fix = "free space on the disk that holds the data directory"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {.code = Code::kUnavailable, .message = "the database is busy", .reason = "storage.busy"};
    case SQLITE_INTERRUPT:
      return {.code = Code::kUnavailable, .message = "the database did not answer in time", .reason = "storage.deadline"};
    case SQLITE_CONSTRAINT:
      return {.code = Code::kConflict,
              .message = fmt::format("the change does not fit what is stored: {}", text),
              .reason = code == SQLITE_CONSTRAINT_FOREIGNKEY ? "storage.foreign_key" : "storage.unique"};
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return {.code = Code::kUnavailable, .message = fmt::format("the database cannot be opened: {}", text),
              .reason = "storage.unreachable"};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {.code = Code::kFailedPrecondition, .message = fmt::format("the database file is damaged: {}", text),
              .reason = "storage.corrupt", .fix = "restore it from a backup"};
    default:
      return {.code = Code::kInternal, .message = fmt::format("the database failed: {}", text), .reason = "storage.failed"};
  }
}

// SQLite would make the file readable for everybody that the umask allows.
base::Status MakePrivateFile(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Fail(Error{.code = Code::kUnavailable,
                      .message = fmt::format("the database `{}` cannot be opened: {}", path, std::strerror(errno)),
                      .reason = "storage.unreachable"});
  }
  ::close(descriptor);
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  const bool writes = options.access == Access::kWrite;
  if (writes) TRY(MakePrivateFile(options.path));
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(options.path.c_str(), &handle, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
  std::unique_ptr<Database> database(new Database(handle));
  database->personal_data_ = options.personal_data;
  database->steps_ = options.steps;
  if (code != SQLITE_OK) return Fail(ErrorOf(code, handle == nullptr ? "out of memory" : sqlite3_errmsg(handle)));
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  TRY(database->Script(kPragmas));
  if (writes) {
    TRY_ASSIGN(const auto mode, database->Scalar("PRAGMA journal_mode=WAL"));
    if (mode != "wal") return Fail(Code::kUnavailable, "the file system of the data directory cannot hold a write-ahead log");
    TRY(database->Script("PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=67108864;"));
    TRY(database->Script(options.syncing == Syncing::kFull ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF"));
    sqlite3_wal_hook(handle, &Database::OnWal, database.get());
  } else {
    TRY(database->Script("PRAGMA query_only=ON"));
  }
  sqlite3_progress_handler(handle, kProgressSteps, &Database::OnProgress, database.get());
  TRY(database->LoadTables());
  return database;
}

Database::~Database() {
  for (const auto& [text, statements] : idle_) {
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  }
  sqlite3_close_v2(handle_);
}

base::Status Database::EmptyLog() { return Script("PRAGMA wal_checkpoint(TRUNCATE)"); }

base::Status Database::LoadTables() {
  TableMap tables;
  TRY_ASSIGN(Statement statement, PrepareText("SELECT m.name, (SELECT COUNT(*) FROM pragma_table_info(m.name) c WHERE "
                                              "c.name = 'tenant_id') FROM sqlite_schema m WHERE m.type = 'table'"));
  for (;;) {
    TRY_ASSIGN(const bool more, statement.Step());
    if (!more) break;
    const Row row = statement.row();
    (row.Flag(1) ? tables.tenant : tables.installation).insert(row.Text(0));
  }
  tables_ = std::move(tables);
  return {};
}

base::Result<Database::Statement> Database::Prepare(Sql sql, Scope scope) {
  // Once per connection, scope and statement, not once per use.
  if (checked_[static_cast<std::size_t>(scope)].insert(sql.text()).second) {
    const std::string fault = ScopeFault(sql.text(), scope, tables_);
    if (!fault.empty()) {
      fmt::print(stderr, "crossrole: a statement {}: {}\n", fault, sql.text());
      std::abort();
    }
  }
  return PrepareText(sql.text());
}

base::Result<Database::Statement> Database::PrepareText(std::string_view text) {
  std::vector<sqlite3_stmt*>& cached = idle_[text];
  if (!cached.empty()) {
    sqlite3_stmt* handle = cached.back();
    cached.pop_back();
    return Statement(*this, text, handle);
  }
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_, text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT,
                                      &handle, nullptr);
  if (code != SQLITE_OK) return Fail(LastError());
  return Statement(*this, text, handle);
}

base::Error Database::LastError() const { return ErrorOf(sqlite3_extended_errcode(handle_), sqlite3_errmsg(handle_)); }

base::Status Database::Script(std::string_view text) {
  const std::string terminated(text);
  if (sqlite3_exec(handle_, terminated.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return Fail(LastError());
  return {};
}

base::Result<std::int64_t> Database::Run(std::string_view text, std::initializer_list<Value> arguments) {
  TRY_ASSIGN(Statement statement, PrepareText(text));
  TRY(statement.Bind(nullptr, arguments));
  TRY(statement.Step());
  return Changed();
}

base::Result<std::optional<std::string>> Database::Scalar(std::string_view text, std::initializer_list<Value> arguments) {
  TRY_ASSIGN(Statement statement, PrepareText(text));
  TRY(statement.Bind(nullptr, arguments));
  TRY_ASSIGN(const bool found, statement.Step());
  return found ? statement.row().OptionalText(0) : std::nullopt;
}

CommitOutcome Database::Commit(base::Error& error) {
  const auto committed = Run("COMMIT");
  if (committed) return CommitOutcome::kDone;
  error = committed.error();
  const int code = Primary(sqlite3_extended_errcode(handle_));
  const bool refused = code == SQLITE_FULL || code == SQLITE_BUSY || code == SQLITE_CONSTRAINT || code == SQLITE_INTERRUPT;
  return refused ? CommitOutcome::kRefused : CommitOutcome::kFatal;
}

void Database::Rollback() {
  // Fails only when there is no transaction left, which is what is wanted.
  if (InTransaction()) static_cast<void>(Run("ROLLBACK"));
}

bool Database::InTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }

std::int64_t Database::Changed() const { return sqlite3_changes64(handle_); }

bool Database::CheckpointIfDue() {
  if (wal_frames_ < kWalFramesBeforeCheckpoint) return true;
  wal_frames_ = 0;
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  return Primary(code) != SQLITE_IOERR;
}

int Database::OnProgress(void* self) {
  const auto& deadline = static_cast<Database*>(self)->deadline_;
  return deadline && deadline->Passed() ? 1 : 0;
}

int Database::OnWal(void* self, sqlite3*, const char*, int frames) {
  static_cast<Database*>(self)->wal_frames_ = frames;
  return SQLITE_OK;
}

Database::Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), text_(other.text_), handle_(std::exchange(other.handle_, nullptr)) {}

Database::Statement::~Statement() {
  if (handle_ == nullptr) return;
  sqlite3_reset(handle_);
  const int steps = sqlite3_stmt_status(handle_, SQLITE_STMTSTATUS_VM_STEP, 1);
  if (database_->steps_ != nullptr) database_->steps_->fetch_add(static_cast<std::uint64_t>(steps), std::memory_order_relaxed);
  sqlite3_clear_bindings(handle_);
  database_->idle_[text_].push_back(handle_);
}

base::Status Database::Statement::Bind(const model::TenantId* tenant, std::initializer_list<Value> arguments) {
  const std::size_t given = arguments.size() + (tenant == nullptr ? 0 : 1);
  const int count = sqlite3_bind_parameter_count(handle_);
  std::size_t highest = 0;
  for (int i = 1; i <= count; ++i) {
    // `$12` is a name to SQLite, numbered by first appearance; what counts here is the number in it.
    const char* name = sqlite3_bind_parameter_name(handle_, i);
    CHECK(name != nullptr && name[0] == '$');
    const std::size_t number = std::strtoul(name + 1, nullptr, 10);
    CHECK(number >= 1 && number <= given);
    highest = std::max(highest, number);
    const bool is_tenant = tenant != nullptr && number == 1;
    const Value value = is_tenant ? Value(*tenant) : *(arguments.begin() + (number - (tenant == nullptr ? 1 : 2)));
    int code = SQLITE_OK;
    if (const auto* text = std::get_if<std::string_view>(&value.get())) {
      code = sqlite3_bind_text64(handle_, i, text->data() == nullptr ? "" : text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value.get())) {
      code = sqlite3_bind_int64(handle_, i, *integer);
    } else {
      code = sqlite3_bind_null(handle_, i);
    }
    if (code != SQLITE_OK) return Fail(database_->LastError());
  }
  // A function for the installation that is called in a tenant's transaction would bind everything one place off.
  CHECK(highest == given || (highest == 0 && arguments.size() == 0));
  return {};
}

base::Result<bool> Database::Statement::Step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return Fail(database_->LastError());
}

bool Row::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Row::Int(int column) const { return sqlite3_column_int64(statement_, column); }
std::string Row::Text(int column) const { return std::string(TextView(column)); }
base::Time Row::Time(int column) const { return base::FromMicros(Int(column)); }

std::string_view Row::TextView(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text == nullptr ? std::string_view() : std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::optional<std::string> Row::OptionalText(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Text(column));
}

std::optional<base::Time> Row::OptionalTime(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Time(column));
}

}  // namespace crossrole::store
