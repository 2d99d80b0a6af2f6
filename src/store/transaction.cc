// SPDX-License-Identifier: Apache-2.0
#include "store/transaction.h"

#include "store/internal/database.h"

namespace crossrole::store {

const model::TenantId& ReadTransaction::tenant() const {
  CHECK(tenant_ != nullptr);
  return *tenant_;
}

const PersonalData* ReadTransaction::personal_data() const { return database_.personal_data(); }

base::Status ReadTransaction::Each(Sql sql, std::initializer_list<Value> arguments,
                                   const std::function<base::Status(const Row&)>& visit) {
  TRY_ASSIGN(auto statement, database_.Prepare(sql, scope_));
  TRY(statement.Bind(tenant_, arguments));
  for (;;) {
    TRY_ASSIGN(const bool more, statement.Step());
    if (!more) return {};
    TRY(visit(statement.row()));
  }
}

base::Result<std::int64_t> WriteTransaction::Execute(Sql sql, std::initializer_list<Value> arguments) {
  TRY_ASSIGN(auto statement, database_.Prepare(sql, scope_));
  TRY(statement.Bind(tenant_, arguments));
  TRY(statement.Step());
  return database_.Changed();
}

}  // namespace crossrole::store
