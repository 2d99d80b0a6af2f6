// SPDX-License-Identifier: Apache-2.0
#include "store/people/role_bindings.h"

#include "store/internal/columns.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;

Result<RoleBinding> BindingFrom(const Row& row) {
  TRY_ASSIGN(auto id, row.Parsed<model::RoleBindingId>(0));
  TRY_ASSIGN(auto tenant, row.Parsed<model::TenantId>(1));
  TRY_ASSIGN(auto space, row.Parsed<model::SpaceId>(4));
  return RoleBinding{.id = std::move(id),
                     .tenant = std::move(tenant),
                     .principal = row.Text(2),
                     .role = row.Text(3),
                     .space = std::move(space),
                     .version = row.Int(5),
                     .created_at = row.Time(6),
                     .updated_at = row.Time(7)};
}

}  // namespace

Status InsertRoleBinding(WriteTransaction& tx, const RoleBinding& binding) {
  CHECK(binding.tenant == tx.tenant());
  TRY_ASSIGN(const auto added, tx.Execute(R"sql(
    INSERT INTO role_bindings (tenant_id, id, principal, role, space, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, 1, $6, $6) ON CONFLICT (tenant_id, principal, role, space) DO NOTHING)sql",
                                          {binding.id, binding.principal, binding.role, binding.space, binding.created_at}));
  if (added > 0) return {};
  return Fail(base::Error{.code = base::Code::kConflict,
                          .message = "this role is already given there",
                          .reason = "role_binding.exists"});
}

Result<std::optional<RoleBinding>> FindRoleBinding(ReadTransaction& tx, const model::RoleBindingId& id) {
  return tx.One(R"sql(
    SELECT id, tenant_id, principal, role, space, version, created_at, updated_at
    FROM role_bindings WHERE tenant_id = $1 AND id = $2)sql",
                {id}, BindingFrom);
}

Result<std::vector<RoleBinding>> ListRoleBindings(ReadTransaction& tx, const RoleBindingFilter& filter, const Page& page) {
  return tx.All(R"sql(
    SELECT id, tenant_id, principal, role, space, version, created_at, updated_at
    FROM role_bindings
    WHERE tenant_id = $1 AND id > $2 AND ($4 = '' OR principal = $4) AND ($5 = '' OR role = $5) AND ($6 = '' OR space = $6)
    ORDER BY id LIMIT $3)sql",
                {page.after, page.limit, filter.principal, filter.role, filter.space}, BindingFrom);
}

Status DeleteRoleBinding(WriteTransaction& tx, const model::RoleBindingId& id) {
  TRY_ASSIGN(const auto deleted, tx.Execute(R"sql(DELETE FROM role_bindings WHERE tenant_id = $1 AND id = $2)sql", {id}));
  if (deleted == 0) return Fail(NoSuch("role binding", id.text()));
  return {};
}

Result<std::int64_t> DeleteRoleBindingsOf(WriteTransaction& tx, std::string_view principal) {
  return tx.Execute(R"sql(DELETE FROM role_bindings WHERE tenant_id = $1 AND principal = $2)sql", {principal});
}

Result<std::int64_t> DeleteRoleBindingsIn(WriteTransaction& tx, const model::SpaceId& space) {
  return tx.Execute(R"sql(DELETE FROM role_bindings WHERE tenant_id = $1 AND space = $2)sql", {space});
}

}  // namespace crossrole::store
