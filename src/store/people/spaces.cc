// SPDX-License-Identifier: Apache-2.0
#include "store/people/spaces.h"

#include <fmt/format.h>

#include "store/internal/columns.h"
#include "store/people/tenants.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;

Result<Space> SpaceFrom(const Row& row) {
  TRY_ASSIGN(auto id, row.Parsed<model::SpaceId>(0));
  TRY_ASSIGN(auto tenant, row.Parsed<model::TenantId>(1));
  TRY_ASSIGN(auto parent, row.Parsed<model::SpaceId>(2));
  return Space{.id = std::move(id),
               .tenant = std::move(tenant),
               .parent = std::move(parent),
               .inherit = row.Flag(3),
               .name = row.Text(4),
               .version = row.Int(5),
               .created_at = row.Time(6),
               .updated_at = row.Time(7)};
}

Space RootOf(const Tenant& tenant) {
  return {.id = tenant.root_space,
          .tenant = tenant.id,
          .inherit = false,
          .name = std::string(kRootSpaceName),
          .created_at = tenant.created_at,
          .updated_at = tenant.created_at};
}

base::Error NameTaken(std::string_view name) {
  return {.code = base::Code::kConflict,
          .message = fmt::format("the name `{}` is in use in that space", name),
          .reason = "name.used",
          .field = "name",
          .fix = "choose another name"};
}

// Asked before writing: another key that clashes is another conflict.
Result<bool> IsNameTaken(ReadTransaction& tx, const Space& space) {
  TRY_ASSIGN(const auto other, tx.One(R"sql(
    SELECT id FROM spaces WHERE tenant_id = $1 AND parent = $2 AND name = $3 AND id <> $4)sql",
                                      {space.parent, space.name, space.id},
                                      [](const Row& row) { return row.Parsed<model::SpaceId>(0); }));
  return other.has_value();
}

}  // namespace

Status InsertSpace(WriteTransaction& tx, const Space& space) {
  CHECK(space.tenant == tx.tenant() && space.parent.has_value());
  TRY_ASSIGN(const bool taken, IsNameTaken(tx, space));
  if (taken) return Fail(NameTaken(space.name));
  TRY(tx.Execute(R"sql(
    INSERT INTO spaces (tenant_id, id, parent, inherit, name, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, 1, $6, $6))sql",
                 {space.id, space.parent, space.inherit, space.name, space.created_at}));
  return {};
}

Result<std::int64_t> UpdateSpace(WriteTransaction& tx, const Space& space) {
  CHECK(space.parent.has_value());
  TRY_ASSIGN(const bool taken, IsNameTaken(tx, space));
  if (taken) return Fail(NameTaken(space.name));
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE spaces SET parent = $3, inherit = $4, name = $5, updated_at = $6, version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND version = $7)sql",
                                            {space.id, space.parent, space.inherit, space.name, space.updated_at, space.version}));
  if (changed == 0) return Fail(StaleVersion());
  return space.version + 1;
}

Result<std::optional<Space>> FindSpace(ReadTransaction& tx, const model::SpaceId& id) {
  TRY_ASSIGN(auto found, tx.One(R"sql(
    SELECT id, tenant_id, parent, inherit, name, version, created_at, updated_at
    FROM spaces WHERE tenant_id = $1 AND id = $2)sql",
                                {id}, SpaceFrom));
  if (found) return found;
  TRY_ASSIGN(const Tenant tenant, OwnTenant(tx));
  return tenant.root_space == id ? std::optional(RootOf(tenant)) : std::nullopt;
}

Result<std::vector<Space>> ListSpaces(ReadTransaction& tx) {
  TRY_ASSIGN(const Tenant tenant, OwnTenant(tx));
  std::vector<Space> spaces{RootOf(tenant)};
  TRY_ASSIGN(auto below, tx.All(R"sql(
    SELECT id, tenant_id, parent, inherit, name, version, created_at, updated_at
    FROM spaces WHERE tenant_id = $1 ORDER BY id)sql",
                                {}, SpaceFrom));
  spaces.insert(spaces.end(), std::make_move_iterator(below.begin()), std::make_move_iterator(below.end()));
  return spaces;
}

Status DeleteSpace(WriteTransaction& tx, const model::SpaceId& id) {
  TRY_ASSIGN(const auto deleted, tx.Execute(R"sql(DELETE FROM spaces WHERE tenant_id = $1 AND id = $2)sql", {id}));
  if (deleted == 0) return Fail(NoSuch("space", id.text()));
  return {};
}

}  // namespace crossrole::store
