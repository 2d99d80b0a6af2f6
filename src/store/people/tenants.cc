// SPDX-License-Identifier: Apache-2.0
#include "store/people/tenants.h"

#include "store/internal/columns.h"
#include "store/store.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;

std::string_view NameOf(TenantState state) { return state == TenantState::kActive ? "active" : "disabled"; }

Result<Tenant> TenantFrom(const Row& row) {
  TRY_ASSIGN(auto id, row.Parsed<model::TenantId>(0));
  TRY_ASSIGN(auto handle, row.Parsed<model::Handle>(1));
  TRY_ASSIGN(auto root_space, row.Parsed<model::SpaceId>(2));
  return Tenant{.id = std::move(id),
                .handle = std::move(handle),
                .root_space = std::move(root_space),
                .name = row.Text(3),
                .state = row.TextView(4) == "active" ? TenantState::kActive : TenantState::kDisabled,
                .settings = row.Text(5),
                .version = row.Int(6),
                .created_at = row.Time(7),
                .updated_at = row.Time(8)};
}

}  // namespace

Status InsertTenant(WriteTransaction& tx, const Tenant& tenant) {
  TRY_ASSIGN(const auto reserved, tx.Execute(R"sql(
    INSERT INTO tenant_handles (handle, tenant_id) VALUES ($1, $2) ON CONFLICT (handle) DO NOTHING)sql",
                                             {tenant.handle.text(), tenant.id}));
  if (reserved == 0) return Fail(HandleTaken(tenant.handle.text()));
  TRY(tx.Execute(R"sql(
    INSERT INTO tenants (tenant_id, handle, root_space, name, state, settings, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7))sql",
                 {tenant.id, tenant.handle.text(), tenant.root_space, tenant.name, NameOf(tenant.state), tenant.settings,
                  tenant.created_at}));
  return {};
}

Result<std::optional<Tenant>> FindTenant(ReadTransaction& tx, const model::TenantId& id) {
  return tx.One(R"sql(
    SELECT tenant_id, handle, root_space, name, state, settings, version, created_at, updated_at
    FROM tenants WHERE tenant_id = $1)sql",
                {id}, TenantFrom);
}

Result<std::optional<Tenant>> FindTenantByHandle(ReadTransaction& tx, const model::Handle& handle) {
  return tx.One(R"sql(
    SELECT tenant_id, handle, root_space, name, state, settings, version, created_at, updated_at
    FROM tenants WHERE handle = $1)sql",
                {handle.text()}, TenantFrom);
}

Result<std::vector<Tenant>> ListTenants(ReadTransaction& tx, const Page& page) {
  return tx.All(R"sql(
    SELECT tenant_id, handle, root_space, name, state, settings, version, created_at, updated_at
    FROM tenants WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2)sql",
                {page.after, page.limit}, TenantFrom);
}

Status ForEachTenant(Store& store, const std::stop_token& stop, const std::function<Status(const Tenant&)>& visit) {
  for (Page page;;) {
    TRY_ASSIGN(const auto tenants, store.ReadInstallation([&](ReadTransaction& tx) { return ListTenants(tx, page); }));
    for (const Tenant& tenant : tenants) {
      if (stop.stop_requested()) return {};
      TRY(visit(tenant));
    }
    if (tenants.size() < page.limit) return {};
    page.after = tenants.back().id.text();
  }
}

Result<Tenant> OwnTenant(ReadTransaction& tx) {
  TRY_ASSIGN(auto tenant, tx.One(R"sql(
    SELECT tenant_id, handle, root_space, name, state, settings, version, created_at, updated_at
    FROM tenants WHERE tenant_id = $1)sql",
                                 {}, TenantFrom));
  if (!tenant) return Fail(NoSuch("tenant", tx.tenant().text()));
  return *std::move(tenant);
}

Result<std::int64_t> UpdateOwnTenant(WriteTransaction& tx, const Tenant& tenant) {
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE tenants SET name = $2, state = $3, settings = $4, updated_at = $5, version = version + 1
    WHERE tenant_id = $1 AND version = $6)sql",
                                            {tenant.name, NameOf(tenant.state), tenant.settings, tenant.updated_at, tenant.version}));
  if (changed == 0) return Fail(StaleVersion());
  return tenant.version + 1;
}

Status DeleteOwnTenant(WriteTransaction& tx, base::Time now) {
  TRY(tx.Execute(R"sql(UPDATE tenant_handles SET retired_at = $2 WHERE tenant_id = $1)sql", {now}));
  TRY(tx.Execute(R"sql(UPDATE external_ids SET state = 'retired' WHERE tenant_id = $1)sql", {}));
  TRY_ASSIGN(const auto deleted, tx.Execute(R"sql(DELETE FROM tenants WHERE tenant_id = $1)sql", {}));
  if (deleted == 0) return Fail(NoSuch("tenant", tx.tenant().text()));
  return {};
}

}  // namespace crossrole::store
