// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/all_tenants.h"
#include "store/transaction.h"

namespace crossrole::store {

/// Whether every writing function is run twice, its first run rolled back: finds functions that may not run again.
enum class Rerun : bool { kWhenNeeded, kAlways };

/// Whether opening brings the database up to the newest schema. `kAsItIs` refuses another one: for commands that open
/// the database of a running server.
enum class Schema : std::uint8_t { kMigrate, kAsItIs };

/// How a store is opened.
struct StoreOptions {
  std::string path{};                        // the database file; "" is a scratch file that dies with the store
  std::size_t readers = 4;                   // connections for reading
  std::size_t queue_limit = 1024;            // writes that may wait; more are refused with kUnavailable
  std::size_t batch_limit = 64;              // writes that may share one commit
  std::chrono::milliseconds deadline{5000};  // of a transaction without one of its own, waiting included
  std::chrono::milliseconds slice{20};       // after which a commit closes and a bulk write lets others pass
  Rerun rerun = Rerun::kWhenNeeded;          // tests set kAlways
  Schema schema = Schema::kMigrate;
  std::string vfs{};                         // SQLite's file layer; tests pass a faulty one
  std::function<void(const base::Error&)> on_fatal{};  // a commit met an I/O error; default: log and abort
};

/// Counters of a store since it was opened.
struct StoreStatistics {
  std::uint64_t writes = 0;   // writing functions that were committed
  std::uint64_t commits = 0;  // commits, each one fsync when it changed something
  std::uint64_t queued = 0;   // writes that wait now
  std::uint64_t steps = 0;    // of SQLite's virtual machine: the same for the same work, however fast the machine is
};

/// The database. Thread-safe. Reads run beside each other and beside the one writer; writes that wait together
/// share a commit, each in a savepoint of its own. A function given to `Read` or `Write` returns `Result<T>`, may
/// run again, does no I/O and never opens a transaction itself. The SQL is what SQLite and PostgreSQL share.
class Store {
 public:
  /// Opens the file, makes it if it is missing, and migrates it (after copying it to `<path>.v<version>`).
  /// Errors: kFailedPrecondition (made by a newer program, not a database), kUnavailable.
  static base::Result<std::unique_ptr<Store>> Open(StoreOptions options);
  /// Finishes queued writes and closes.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Reads the rows of one tenant. Errors: those of `fn`; kUnavailable (deadline).
  template <typename Fn>
  auto Read(const model::TenantId& tenant, Fn&& fn, std::optional<base::Deadline> deadline = {})
      -> std::invoke_result_t<Fn&, ReadTransaction&> {
    return Collect<ReadTransaction>(fn, [&](const ReadFn& run) { return RunRead(Scope::kTenant, &tenant, run, deadline); });
  }
  /// Changes rows of one tenant; returns once the commit is durable.
  /// Errors: those of `fn` (nothing is changed then); kUnavailable (deadline, queue or storage is full).
  template <typename Fn>
  auto Write(const model::TenantId& tenant, Fn&& fn, std::optional<base::Deadline> deadline = {})
      -> std::invoke_result_t<Fn&, WriteTransaction&> {
    return Collect<WriteTransaction>(fn, [&](const WriteFn& run) { return RunWrite(Scope::kTenant, &tenant, run, deadline); });
  }
  /// Reads the installation's own tables (tenants, whose token is this, settings).
  template <typename Fn>
  auto ReadInstallation(Fn&& fn, std::optional<base::Deadline> deadline = {})
      -> std::invoke_result_t<Fn&, ReadTransaction&> {
    return Collect<ReadTransaction>(fn, [&](const ReadFn& run) { return RunRead(Scope::kInstallation, nullptr, run, deadline); });
  }
  /// Changes the installation's own tables.
  template <typename Fn>
  auto WriteInstallation(Fn&& fn, std::optional<base::Deadline> deadline = {})
      -> std::invoke_result_t<Fn&, WriteTransaction&> {
    return Collect<WriteTransaction>(fn, [&](const WriteFn& run) { return RunWrite(Scope::kInstallation, nullptr, run, deadline); });
  }
  /// Reads across tenants.
  template <typename Fn>
  auto ReadAll(AllTenants, Fn&& fn, std::optional<base::Deadline> deadline = {})
      -> std::invoke_result_t<Fn&, ReadTransaction&> {
    return Collect<ReadTransaction>(fn, [&](const ReadFn& run) { return RunRead(Scope::kAllTenants, nullptr, run, deadline); });
  }

  /// Calls `fn` for each index below `count`, in commits of at most `StoreOptions::slice`, so that others get
  /// their turn in between. What was committed before an error stays. Errors: the first one of `fn`.
  base::Status BulkWrite(const model::TenantId& tenant, std::size_t count,
                         const std::function<base::Status(WriteTransaction&, std::size_t index)>& fn);

  /// Writes a consistent copy to `path`, which must not exist; mode 0600, synced. Errors: kUnavailable.
  base::Status CopyTo(const std::string& path);
  /// Reads the whole database and compares it with itself: "" when it is sound, else the first thing that is not.
  base::Result<std::string> CheckIntegrity();
  /// Seals and opens names and addresses of people with `personal_data`, which outlives the store, from now on. Without it they
  /// are written as they are, and what is sealed is not read.
  void UsePersonalData(const PersonalData& personal_data);
  /// Empties the write-ahead log into the database. Errors: kUnavailable.
  base::Status EmptyLog();
  /// A number that grows with every commit, before whoever asked for it hears of it: what was read after asking for the
  /// number is still what a read would find, as long as the number is the same. Costs no read. See `Remembered`.
  std::uint64_t Changes() const;
  /// What happened so far.
  StoreStatistics Statistics() const;

 private:
  struct Parts;
  using ReadFn = std::function<base::Status(ReadTransaction&)>;
  using WriteFn = std::function<base::Status(WriteTransaction&)>;

  explicit Store(std::unique_ptr<Parts> parts);
  base::Status RunRead(Scope scope, const model::TenantId* tenant, const ReadFn& fn,
                       std::optional<base::Deadline> deadline);
  base::Status RunWrite(Scope scope, const model::TenantId* tenant, const WriteFn& fn,
                        std::optional<base::Deadline> deadline);

  /// Carries the value of `fn` past the engine, which knows only success and failure.
  template <typename Transaction, typename Fn, typename Run>
  static auto Collect(Fn& fn, const Run& run) -> std::invoke_result_t<Fn&, Transaction&> {
    using Outcome = std::invoke_result_t<Fn&, Transaction&>;
    std::optional<Outcome> outcome;
    const std::function<base::Status(Transaction&)> body = [&](Transaction& transaction) -> base::Status {
      outcome.emplace(fn(transaction));
      if (!outcome->has_value()) return std::unexpected<base::Error>(outcome->error());
      return {};
    };
    TRY(run(body));
    return *std::move(outcome);
  }

  std::unique_ptr<Parts> parts_;
};

}  // namespace crossrole::store
