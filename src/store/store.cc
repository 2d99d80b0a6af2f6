// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <fmt/format.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <vector>

#include "store/internal/database.h"
#include "store/internal/migrate.h"
#include "store/internal/writer.h"
#include "store/people/personal_data.h"

namespace crossrole::store {
namespace {

using base::Code;
using base::Deadline;
using base::Error;
using base::Fail;

void LogAndAbort(const Error& error) {
  base::Log().Write(base::Level::kError, "store.fatal", {{"message", error.message}});
  std::abort();
}

Error TooLate() {
  return {.code = Code::kUnavailable, .message = "the database did not answer in time", .reason = "storage.deadline"};
}

/// Connections for reading, made when they are first needed.
class Readers {
 public:
  Readers(DatabaseOptions options, std::size_t limit) : options_(std::move(options)), limit_(limit) {}

  base::Result<std::unique_ptr<Database>> Take(Deadline deadline) {
    std::unique_lock lock(mutex_);
    const auto available = [&] { return !idle_.empty() || opened_ < limit_; };
    if (!returned_.wait_until(lock, deadline.at(), available)) return Fail(TooLate());
    if (!idle_.empty()) {
      std::unique_ptr<Database> reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
    ++opened_;
    lock.unlock();
    auto opened = Database::Open(options_);
    if (!opened) Lost();
    return opened;
  }
  void Return(std::unique_ptr<Database> reader) {
    {
      std::lock_guard lock(mutex_);
      idle_.push_back(std::move(reader));
    }
    returned_.notify_one();
  }

 private:
  void Lost() {
    {
      std::lock_guard lock(mutex_);
      --opened_;
    }
    returned_.notify_one();
  }

  const DatabaseOptions options_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Database>> idle_;
  std::size_t opened_ = 0;
};

base::Status Attempt(Database& database, Scope scope, const model::TenantId* tenant,
                     const std::function<base::Status(ReadTransaction&)>& fn, Deadline deadline) {
  TRY(database.Run("BEGIN"));
  database.SetDeadline(deadline);
  ReadTransaction transaction(database, scope, tenant);
  base::Status status;
  try {
    status = fn(transaction);
  } catch (const std::exception& exception) {
    status = Fail(Code::kInternal, fmt::format("a read ended with an exception: {}", exception.what()));
  }
  database.SetDeadline({});
  database.Rollback();
  return status;
}

/// Says which file it is about.
Error Naming(const std::string& path, Error error) {
  return error.message.contains(path) ? std::move(error) : base::WithContext(std::move(error), fmt::format("`{}`", path));
}

/// A folder for a database that dies with the store.
base::Result<std::string> MakeScratchFolder() {
  std::string folder = "/tmp/crossrole-scratch-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return Fail(Code::kUnavailable, "no folder for a scratch database can be made");
  return folder;
}

}  // namespace

struct Store::Parts {
  StoreOptions options;
  std::string scratch{};  // removed at the end
  PersonalDataPlace personal_data{nullptr};
  std::atomic<std::uint64_t> steps{0};
  std::unique_ptr<Readers> readers{};
  std::unique_ptr<Writer> writer{};

  ~Parts() {
    readers.reset();
    writer.reset();
    std::error_code ignored;
    if (!scratch.empty()) std::filesystem::remove_all(scratch, ignored);
  }
};

base::Result<std::unique_ptr<Store>> Store::Open(StoreOptions options) {
  auto parts = std::make_unique<Parts>(std::move(options));
  StoreOptions& settled = parts->options;
  if (!settled.on_fatal) settled.on_fatal = LogAndAbort;
  if (settled.path.empty()) {
    TRY_ASSIGN(parts->scratch, MakeScratchFolder());
    settled.path = parts->scratch + "/store.db";
  }
  const Syncing syncing = parts->scratch.empty() ? Syncing::kFull : Syncing::kOff;
  auto database = Database::Open({.path = settled.path, .access = Access::kWrite, .syncing = syncing, .vfs = settled.vfs,
                                  .personal_data = &parts->personal_data, .steps = &parts->steps});
  if (!database) return Fail(Naming(settled.path, std::move(database).error()));
  const auto migrated = settled.schema == Schema::kMigrate ? Migrate(**database, KnownMigrations(), settled.path)
                                                           : RequireNewestSchema(**database, KnownMigrations(), settled.path);
  if (!migrated) {
    return Fail(Naming(settled.path, migrated.error()));
  }
  parts->writer = std::make_unique<Writer>(*std::move(database), settled);
  parts->readers = std::make_unique<Readers>(DatabaseOptions{.path = settled.path, .access = Access::kRead, .vfs = settled.vfs,
                                                             .personal_data = &parts->personal_data, .steps = &parts->steps},
                                             settled.readers);
  return std::unique_ptr<Store>(new Store(std::move(parts)));
}

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Store::~Store() = default;

base::Status Store::RunRead(Scope scope, const model::TenantId* tenant, const ReadFn& fn, std::optional<Deadline> deadline) {
  const Deadline until = deadline.value_or(Deadline::After(parts_->options.deadline));
  TRY_ASSIGN(auto reader, parts_->readers->Take(until));
  base::Status status = Attempt(*reader, scope, tenant, fn, until);
  parts_->readers->Return(std::move(reader));
  return status;
}

base::Status Store::RunWrite(Scope scope, const model::TenantId* tenant, const WriteFn& fn, std::optional<Deadline> deadline) {
  return parts_->writer->Run(scope, tenant, fn, deadline.value_or(Deadline::After(parts_->options.deadline)));
}

base::Status Store::BulkWrite(const model::TenantId& tenant, std::size_t count,
                              const std::function<base::Status(WriteTransaction&, std::size_t)>& fn) {
  for (std::size_t begin = 0, end = 0; begin < count; begin = end) {
    TRY(Write(tenant, [&](WriteTransaction& tx) -> base::Status {
      const auto until = std::chrono::steady_clock::now() + parts_->options.slice;
      end = begin;
      do {
        TRY(fn(tx, end++));
      } while (end < count && std::chrono::steady_clock::now() < until);
      return {};
    }));
  }
  return {};
}

base::Status Store::CopyTo(const std::string& path) {
  // A connection of its own: copying only reads, and the writer must not wait for it.
  TRY_ASSIGN(auto database, Database::Open({.path = parts_->options.path, .access = Access::kWrite, .vfs = parts_->options.vfs}));
  return CopyDatabase(*database, path);
}

base::Result<std::string> Store::CheckIntegrity() {
  TRY_ASSIGN(auto database, Database::Open({.path = parts_->options.path, .access = Access::kRead, .vfs = parts_->options.vfs}));
  TRY_ASSIGN(const auto found, database->Scalar("PRAGMA integrity_check(1)"));
  return found.value_or("no answer") == "ok" ? std::string() : found.value_or("no answer");
}

void Store::UsePersonalData(const PersonalData& personal_data) {
  parts_->personal_data.store(&personal_data, std::memory_order_release);
}

base::Status Store::EmptyLog() {
  TRY_ASSIGN(auto database, Database::Open({.path = parts_->options.path, .access = Access::kWrite, .vfs = parts_->options.vfs}));
  return database->EmptyLog();
}

std::uint64_t Store::Changes() const { return parts_->writer->Changes(); }
StoreStatistics Store::Statistics() const {
  StoreStatistics statistics = parts_->writer->Statistics();
  statistics.steps = parts_->steps.load(std::memory_order_relaxed);
  return statistics;
}

}  // namespace crossrole::store
