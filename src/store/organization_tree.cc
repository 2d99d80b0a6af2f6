// SPDX-License-Identifier: Apache-2.0
#include "store/organization_tree.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/internal/columns.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;

Result<std::optional<model::FolderId>> OptionalFolder(const Row& row, int column) {
  if (row.IsNull(column)) return std::optional<model::FolderId>();
  TRY_ASSIGN(auto id, row.Parsed<model::FolderId>(column));
  return std::optional(std::move(id));
}

Result<Folder> FolderFrom(const Row& row) {
  TRY_ASSIGN(auto id, row.Parsed<model::FolderId>(0));
  TRY_ASSIGN(auto integration, row.Parsed<model::IntegrationId>(1));
  TRY_ASSIGN(auto parent, OptionalFolder(row, 3));
  TRY_ASSIGN(auto handle, row.Parsed<model::Handle>(5));
  TRY_ASSIGN(auto regions, ParseList(row.TextView(11)));
  return Folder{.id = std::move(id),
                .integration = std::move(integration),
                .ou_id = row.Text(2),
                .parent = std::move(parent),
                .name = row.Text(4),
                .handle = std::move(handle),
                .handle_mode = row.Text(6),
                .settings = row.Text(7),
                .regions = std::move(regions),
                .version = row.Int(8),
                .created_at = row.Time(9),
                .updated_at = row.Time(10)};
}

Result<DiscoveredConnection> DiscoveredFrom(const Row& row) {
  TRY_ASSIGN(auto id, row.Parsed<model::ConnectionId>(0));
  TRY_ASSIGN(auto account, row.Parsed<model::AccountId>(1));
  TRY_ASSIGN(auto folder, OptionalFolder(row, 2));
  TRY_ASSIGN(auto handle, row.Parsed<model::Handle>(4));
  return DiscoveredConnection{.id = std::move(id),
                              .account_id = std::move(account),
                              .folder = std::move(folder),
                              .name = row.Text(3),
                              .handle = std::move(handle),
                              .handle_mode = row.Text(5),
                              .account_state = row.Text(6),
                              .version = row.Int(7)};
}

Result<RemovedNode> RemovedFrom(const Row& row) {
  TRY_ASSIGN(auto handle, row.Parsed<model::Handle>(4));
  TRY_ASSIGN(auto regions, ParseList(row.TextView(7)));
  return RemovedNode{.aws_id = row.Text(0),
                     .id = row.Text(1),
                     .parent_aws_id = row.Text(2),
                     .name = row.Text(3),
                     .handle = std::move(handle),
                     .handle_mode = row.Text(5),
                     .account_state = row.Text(6),
                     .regions = std::move(regions),
                     .settings = row.Text(8),
                     .settings_source = row.Text(9)};
}

Result<model::Handle> HandleFrom(const Row& row) { return row.Parsed<model::Handle>(0); }

Status CheckFolderHandle(ReadTransaction& tx, const Folder& folder) {
  TRY_ASSIGN(const auto other, tx.One(R"sql(SELECT id FROM folders WHERE tenant_id = $1 AND handle = $2)sql", {folder.handle.text()},
                                      [](const Row& row) -> Result<std::string> { return row.Text(0); }));
  if (other && *other != folder.id.text()) return Fail(HandleTaken(folder.handle.text()));
  return {};
}

// What a change that met no row of that version means.
template <typename Id>
Status StaleOrMissing(Result<bool> exists, std::string_view noun, const Id& id) {
  TRY_ASSIGN(const bool found, std::move(exists));
  return Fail(found ? StaleVersion() : NoSuch(noun, id.text()));
}

template <typename T>
Result<bool> Exists(Result<std::optional<T>> found) {
  TRY_ASSIGN(const auto value, std::move(found));
  return value.has_value();
}

}  // namespace

Result<std::optional<ImportedOrganization>> FindImportedOrganization(ReadTransaction& tx, const model::IntegrationId& integration) {
  return tx.One(R"sql(
    SELECT organization_id, management_account, handle_prefix, removals_waiting, error_code, error_message, changed_at
    FROM organizations WHERE tenant_id = $1 AND integration_id = $2)sql",
                {integration}, [&](const Row& row) -> Result<ImportedOrganization> {
                  return ImportedOrganization{.integration = integration,
                                              .organization_id = row.Text(0),
                                              .management_account = row.Text(1),
                                              .handle_prefix = row.Text(2),
                                              .removals_waiting = row.Int(3),
                                              .error_code = row.Text(4),
                                              .error_message = row.Text(5),
                                              .changed_at = row.Time(6)};
                });
}

Status PutImportedOrganization(WriteTransaction& tx, const ImportedOrganization& organization) {
  TRY(tx.Execute(R"sql(
    INSERT INTO organizations (tenant_id, integration_id, organization_id, management_account, handle_prefix, removals_waiting,
                               error_code, error_message, changed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (tenant_id, integration_id) DO UPDATE SET organization_id = $3, management_account = $4, handle_prefix = $5,
      removals_waiting = $6, error_code = $7, error_message = $8, changed_at = $9)sql",
                 {organization.integration, organization.organization_id, organization.management_account, organization.handle_prefix,
                  organization.removals_waiting, organization.error_code, organization.error_message, organization.changed_at}));
  return {};
}

std::string_view NameOf(MemberVia via) { return via == MemberVia::kDirect ? "direct" : "discovery_role"; }

Result<MemberVia> ParseMemberVia(std::string_view name) {
  for (const MemberVia via : {MemberVia::kDirect, MemberVia::kDiscoveryRole}) {
    if (NameOf(via) == name) return via;
  }
  return Fail(base::Error{.code = base::Code::kInvalidArgument,
                          .message = fmt::format("`{}` is no way into accounts", base::Shortened(name, 80)),
                          .field = "member.via",
                          .fix = "use direct or discovery_role"});
}

Result<std::optional<MemberAccess>> FindMemberAccess(ReadTransaction& tx, const model::IntegrationId& integration) {
  return tx.One(R"sql(
    SELECT role_path, role_name, via, external_id FROM member_access WHERE tenant_id = $1 AND integration_id = $2)sql",
                {integration}, [&](const Row& row) -> Result<MemberAccess> {
                  TRY_ASSIGN(const MemberVia via, Row::Checked(ParseMemberVia(row.TextView(2)), 2));
                  return MemberAccess{.integration = integration,
                                      .role_path = row.Text(0),
                                      .role_name = row.Text(1),
                                      .via = via,
                                      .external_id = row.Text(3)};
                });
}

Status PutMemberAccess(WriteTransaction& tx, const MemberAccess& access) {
  TRY(tx.Execute(R"sql(
    INSERT INTO member_access (tenant_id, integration_id, role_path, role_name, via, external_id)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant_id, integration_id) DO UPDATE SET role_path = $3, role_name = $4, via = $5, external_id = $6)sql",
                 {access.integration, access.role_path, access.role_name, NameOf(access.via), access.external_id}));
  return {};
}

Status InsertFolder(WriteTransaction& tx, const Folder& folder) {
  TRY(CheckFolderHandle(tx, folder));
  TRY(tx.Execute(R"sql(
    INSERT INTO folders (tenant_id, id, integration_id, ou_id, parent_id, name, handle, handle_mode, settings, version, created_at, updated_at,
                         regions)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10, $11))sql",
                 {folder.id, folder.integration, folder.ou_id, folder.parent, folder.name, folder.handle.text(), folder.handle_mode,
                  folder.settings, folder.created_at, PrintList(folder.regions)}));
  return {};
}

Result<std::int64_t> UpdateFolder(WriteTransaction& tx, const Folder& folder) {
  TRY(CheckFolderHandle(tx, folder));
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE folders SET parent_id = $4, name = $5, handle = $6, handle_mode = $7, settings = $8, updated_at = $9, regions = $10,
      version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND version = $3)sql",
                                            {folder.id, folder.version, folder.parent, folder.name, folder.handle.text(),
                                             folder.handle_mode, folder.settings, folder.updated_at,
                                             PrintList(folder.regions)}));
  if (changed == 1) return folder.version + 1;
  TRY(StaleOrMissing(Exists(FindFolder(tx, folder.id)), "folder", folder.id));
  return folder.version;
}

Result<std::optional<Folder>> FindFolder(ReadTransaction& tx, const model::FolderId& id) {
  return tx.One(R"sql(
    SELECT id, integration_id, ou_id, parent_id, name, handle, handle_mode, settings, version, created_at, updated_at, regions
    FROM folders WHERE tenant_id = $1 AND id = $2)sql",
                {id}, FolderFrom);
}

Result<std::optional<Folder>> FindFolderByHandle(ReadTransaction& tx, const model::Handle& handle) {
  return tx.One(R"sql(
    SELECT id, integration_id, ou_id, parent_id, name, handle, handle_mode, settings, version, created_at, updated_at, regions
    FROM folders WHERE tenant_id = $1 AND handle = $2)sql",
                {handle.text()}, FolderFrom);
}

Result<std::optional<Folder>> FindFolderOfOu(ReadTransaction& tx, const model::IntegrationId& integration, std::string_view ou_id) {
  return tx.One(R"sql(
    SELECT id, integration_id, ou_id, parent_id, name, handle, handle_mode, settings, version, created_at, updated_at, regions
    FROM folders WHERE tenant_id = $1 AND integration_id = $2 AND ou_id = $3)sql",
                {integration, ou_id}, FolderFrom);
}

Result<std::vector<Folder>> ListFolders(ReadTransaction& tx, const model::IntegrationId& integration) {
  return tx.All(R"sql(
    SELECT id, integration_id, ou_id, parent_id, name, handle, handle_mode, settings, version, created_at, updated_at, regions
    FROM folders WHERE tenant_id = $1 AND integration_id = $2 ORDER BY ou_id)sql",
                {integration}, FolderFrom);
}

Result<std::vector<DiscoveredConnection>> ListDiscovered(ReadTransaction& tx, const model::IntegrationId& integration) {
  return tx.All(R"sql(
    SELECT id, account_id, folder_id, name, handle, handle_mode, account_state, version
    FROM connections WHERE tenant_id = $1 AND integration_id = $2 ORDER BY account_id)sql",
                {integration}, DiscoveredFrom);
}

Status InsertDiscovered(WriteTransaction& tx, const Connection& connection, const model::FolderId& folder) {
  TRY(InsertConnection(tx, connection));
  TRY(tx.Execute(R"sql(UPDATE connections SET folder_id = $3 WHERE tenant_id = $1 AND id = $2)sql", {connection.id, folder}));
  return {};
}

Status UpdateDiscovered(WriteTransaction& tx, const DiscoveredConnection& connection, base::Time now) {
  TRY_ASSIGN(const auto other, FindConnectionByHandle(tx, connection.handle));
  if (other && other->id != connection.id) return Fail(HandleTaken(connection.handle.text()));
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE connections SET folder_id = $4, name = $5, handle = $6, handle_mode = $7, account_state = $8,
      state = CASE WHEN CAST($8 AS TEXT) <> 'active' THEN 'suspended' WHEN state = 'suspended' THEN 'unverified' ELSE state END,
      updated_at = $9, version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND version = $3)sql",
                                            {connection.id, connection.version, connection.folder, connection.name,
                                             connection.handle.text(), connection.handle_mode, connection.account_state, now}));
  if (changed == 1) return {};
  return StaleOrMissing(Exists(FindConnection(tx, connection.id)), "connection", connection.id);
}

Status UnverifyDiscovered(WriteTransaction& tx, const model::IntegrationId& integration, base::Time now) {
  TRY(tx.Execute(R"sql(
    UPDATE connections SET state = 'unverified', updated_at = $3, version = version + 1
    WHERE tenant_id = $1 AND integration_id = $2 AND state IN ('active', 'error') AND folder_id IS NOT NULL)sql",
                 {integration, now}));
  return {};
}

bool IsFolderNode(const RemovedNode& node) { return model::IsIdText(model::FolderKind::kPrefix, node.id); }

Result<std::vector<RemovedNode>> ListRemoved(ReadTransaction& tx, const model::IntegrationId& integration) {
  return tx.All(R"sql(
    SELECT aws_id, id, parent_aws_id, name, handle, handle_mode, account_state, regions, settings, settings_source
    FROM removed_nodes WHERE tenant_id = $1 AND integration_id = $2 ORDER BY aws_id)sql",
                {integration}, RemovedFrom);
}

Result<std::optional<RemovedNode>> FindRemoved(ReadTransaction& tx, const model::IntegrationId& integration, std::string_view aws_id) {
  return tx.One(R"sql(
    SELECT aws_id, id, parent_aws_id, name, handle, handle_mode, account_state, regions, settings, settings_source
    FROM removed_nodes WHERE tenant_id = $1 AND integration_id = $2 AND aws_id = $3)sql",
                {integration, aws_id}, RemovedFrom);
}

Status RemoveDiscovered(WriteTransaction& tx, const DiscoveredConnection& connection, base::Time now) {
  TRY(tx.Execute(R"sql(
    INSERT INTO removed_nodes (tenant_id, integration_id, aws_id, id, parent_aws_id, name, handle, handle_mode, account_state, regions,
                               settings, settings_source, removed_at)
    SELECT $1, c.integration_id, c.account_id, c.id,
           COALESCE((SELECT f.ou_id FROM folders f WHERE f.tenant_id = $1 AND f.id = c.folder_id), ''),
           c.name, c.handle, c.handle_mode, c.account_state, c.regions, c.settings, c.settings_source, $4
    FROM connections c WHERE c.tenant_id = $1 AND c.id = $2 AND c.version = $3)sql",
                 {connection.id, connection.version, now}));
  TRY_ASSIGN(const auto deleted, tx.Execute(R"sql(DELETE FROM connections WHERE tenant_id = $1 AND id = $2 AND version = $3)sql",
                                            {connection.id, connection.version}));
  if (deleted == 1) return {};
  return StaleOrMissing(Exists(FindConnection(tx, connection.id)), "connection", connection.id);
}

Status RemoveFolder(WriteTransaction& tx, const Folder& folder, base::Time now) {
  TRY(tx.Execute(R"sql(
    INSERT INTO removed_nodes (tenant_id, integration_id, aws_id, id, parent_aws_id, name, handle, handle_mode, account_state, regions,
                               settings, settings_source, removed_at)
    SELECT $1, c.integration_id, c.ou_id, c.id,
           COALESCE((SELECT f.ou_id FROM folders f WHERE f.tenant_id = $1 AND f.id = c.parent_id), ''),
           c.name, c.handle, c.handle_mode, 'active', c.regions, c.settings, 'self', $4
    FROM folders c WHERE c.tenant_id = $1 AND c.id = $2 AND c.version = $3)sql",
                 {folder.id, folder.version, now}));
  TRY_ASSIGN(const auto deleted, tx.Execute(R"sql(DELETE FROM folders WHERE tenant_id = $1 AND id = $2 AND version = $3)sql",
                                            {folder.id, folder.version}));
  if (deleted == 1) return {};
  return StaleOrMissing(Exists(FindFolder(tx, folder.id)), "folder", folder.id);
}

Status ForgetRemoved(WriteTransaction& tx, const model::IntegrationId& integration, const std::string& aws_id) {
  TRY(tx.Execute(R"sql(DELETE FROM removed_nodes WHERE tenant_id = $1 AND integration_id = $2 AND aws_id = $3)sql", {integration, aws_id}));
  return {};
}

Result<ForeignHandles> ListForeignHandles(ReadTransaction& tx, const model::IntegrationId& integration) {
  ForeignHandles handles;
  TRY_ASSIGN(handles.folders, tx.All(R"sql(SELECT handle FROM folders WHERE tenant_id = $1 AND integration_id <> $2)sql", {integration}, HandleFrom));
  TRY_ASSIGN(handles.connections,
             tx.All(R"sql(SELECT handle FROM connections WHERE tenant_id = $1 AND integration_id <> $2)sql", {integration}, HandleFrom));
  return handles;
}

}  // namespace crossrole::store
