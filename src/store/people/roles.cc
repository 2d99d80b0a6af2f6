// SPDX-License-Identifier: Apache-2.0
#include "store/people/roles.h"

#include <fmt/format.h>

#include "store/internal/columns.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;

Result<Role> RoleFrom(const Row& row) {
  TRY_ASSIGN(auto id, row.Parsed<model::RoleId>(0));
  TRY_ASSIGN(auto tenant, row.Parsed<model::TenantId>(1));
  TRY_ASSIGN(auto permissions, ParseList(row.TextView(3)));
  return Role{.id = std::move(id),
              .tenant = std::move(tenant),
              .name = row.Text(2),
              .permissions = std::move(permissions),
              .version = row.Int(4),
              .created_at = row.Time(5),
              .updated_at = row.Time(6)};
}

Status CheckNameIsFree(ReadTransaction& tx, const Role& role) {
  TRY_ASSIGN(const auto other, FindRoleByName(tx, role.name));
  if (!other || other->id == role.id) return {};
  return Fail(base::Error{.code = base::Code::kConflict,
                          .message = fmt::format("the name `{}` is in use", role.name),
                          .reason = "name.used",
                          .field = "name",
                          .fix = "choose another name"});
}

}  // namespace

Status InsertRole(WriteTransaction& tx, const Role& role) {
  CHECK(role.tenant == tx.tenant());
  TRY(CheckNameIsFree(tx, role));
  const std::string permissions = PrintList(role.permissions);
  TRY(tx.Execute(R"sql(
    INSERT INTO roles (tenant_id, id, name, permissions, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, 1, $5, $5))sql",
                 {role.id, role.name, permissions, role.created_at}));
  return {};
}

Result<std::int64_t> UpdateRole(WriteTransaction& tx, const Role& role) {
  TRY(CheckNameIsFree(tx, role));
  const std::string permissions = PrintList(role.permissions);
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE roles SET name = $3, permissions = $4, updated_at = $5, version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND version = $6)sql",
                                            {role.id, role.name, permissions, role.updated_at, role.version}));
  if (changed == 0) return Fail(StaleVersion());
  return role.version + 1;
}

Result<std::optional<Role>> FindRole(ReadTransaction& tx, const model::RoleId& id) {
  return tx.One(R"sql(
    SELECT id, tenant_id, name, permissions, version, created_at, updated_at
    FROM roles WHERE tenant_id = $1 AND id = $2)sql",
                {id}, RoleFrom);
}

Result<std::optional<Role>> FindRoleByName(ReadTransaction& tx, std::string_view name) {
  return tx.One(R"sql(
    SELECT id, tenant_id, name, permissions, version, created_at, updated_at
    FROM roles WHERE tenant_id = $1 AND name = $2)sql",
                {name}, RoleFrom);
}

Result<std::vector<Role>> ListRoles(ReadTransaction& tx, const Page& page) {
  return tx.All(R"sql(
    SELECT id, tenant_id, name, permissions, version, created_at, updated_at
    FROM roles WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3)sql",
                {page.after, page.limit}, RoleFrom);
}

Status DeleteRole(WriteTransaction& tx, const model::RoleId& id) {
  TRY_ASSIGN(const auto deleted, tx.Execute(R"sql(DELETE FROM roles WHERE tenant_id = $1 AND id = $2)sql", {id}));
  if (deleted == 0) return Fail(NoSuch("role", id.text()));
  return {};
}

}  // namespace crossrole::store
