// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/ids.h"
#include "store/sql.h"

namespace crossrole::store {

class Database;
class PersonalData;

/// What a transaction may touch. A statement that goes beyond it aborts the program when it is prepared.
enum class Scope : std::uint8_t {
  kTenant,        // rows of one tenant (`tenant_id = $1` for every tenant's table), and the installation's tables
  kInstallation,  // the installation's tables only
  kAllTenants,    // reads everything
};

/// A consistent view of the database. Used only inside the function it was passed to.
class ReadTransaction {
 public:
  ReadTransaction(Database& database, Scope scope, const model::TenantId* tenant)
      : database_(database), scope_(scope), tenant_(tenant) {}
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

  /// The tenant whose transaction this is; a broken invariant in a transaction of no tenant.
  const model::TenantId& tenant() const;

  /// What seals and opens names and addresses; null where the store was given none.
  const PersonalData* personal_data() const;

  /// Calls `visit` for each row until it fails. Errors: those of `visit`; kUnavailable (deadline, storage).
  base::Status Each(Sql sql, std::initializer_list<Value> arguments,
                    const std::function<base::Status(const Row&)>& visit);

  /// All rows as `from_row` (`Result<T>(const Row&)`) reads them.
  template <typename FromRow>
  auto All(Sql sql, std::initializer_list<Value> arguments, FromRow&& from_row)
      -> base::Result<std::vector<typename std::invoke_result_t<FromRow&, const Row&>::value_type>> {
    std::vector<typename std::invoke_result_t<FromRow&, const Row&>::value_type> rows;
    TRY(Each(sql, arguments, [&](const Row& row) -> base::Status {
      TRY_ASSIGN(auto value, from_row(row));
      rows.push_back(std::move(value));
      return {};
    }));
    return rows;
  }

  /// The first row, or nothing.
  template <typename FromRow>
  auto One(Sql sql, std::initializer_list<Value> arguments, FromRow&& from_row)
      -> base::Result<std::optional<typename std::invoke_result_t<FromRow&, const Row&>::value_type>> {
    std::optional<typename std::invoke_result_t<FromRow&, const Row&>::value_type> first;
    TRY(Each(sql, arguments, [&](const Row& row) -> base::Status {
      if (first) return {};
      TRY_ASSIGN(first, from_row(row));
      return {};
    }));
    return first;
  }

 protected:
  Database& database_;
  Scope scope_;
  const model::TenantId* tenant_;
};

/// A transaction that changes rows: all of it, or nothing.
class WriteTransaction : public ReadTransaction {
 public:
  using ReadTransaction::ReadTransaction;

  /// Runs a statement and returns how many rows it changed.
  /// Errors: kConflict (a unique or foreign key), kUnavailable (deadline, storage is full).
  base::Result<std::int64_t> Execute(Sql sql, std::initializer_list<Value> arguments);
  /// Runs `action` on the writer's thread after the commit, never after a roll-back. It must be quick.
  void OnCommit(std::function<void()> action) { on_commit_.push_back(std::move(action)); }
  /// The actions so far; for the writer.
  std::vector<std::function<void()>> TakeCommitActions() { return std::exchange(on_commit_, {}); }

 private:
  std::vector<std::function<void()>> on_commit_;
};

}  // namespace crossrole::store
