// SPDX-License-Identifier: Apache-2.0
#include "organization/stored_tree.h"

#include <map>
#include <optional>
#include <utility>

#include "model/arn.h"
#include "store/organization/member_roles.h"

namespace crossrole::organization {
namespace {

using base::Result;
using base::Status;
using store::WriteTransaction;

Result<KnownNode> NodeOf(const store::RemovedNode& row) {
  TRY_ASSIGN(const HandleMode mode, ParseHandleMode(row.handle_mode));
  TRY_ASSIGN(const AccountState state, ParseAccountState(row.account_state));
  return KnownNode{.key = row.aws_id,
                   .parent = row.parent_aws_id,
                   .name = row.name,
                   .state = state,
                   .handle = row.handle,
                   .mode = mode,
                   .presence = Presence::kRemoved};
}

// The rows as nodes; `ous` are the OUs by folder.
Status AddFolders(StoredTree& tree, std::vector<store::Folder> rows, std::map<model::FolderId, std::string>& ous) {
  for (const store::Folder& row : rows) ous.emplace(row.id, row.ou_id);
  for (store::Folder& row : rows) {
    TRY_ASSIGN(const HandleMode mode, ParseHandleMode(row.handle_mode));
    tree.known.folders.push_back({.key = row.ou_id,
                                  .parent = row.parent ? ous[*row.parent] : "",
                                  .name = row.name,
                                  .handle = row.handle,
                                  .mode = mode});
    tree.folders.emplace_back(std::move(row));
  }
  return {};
}

Status AddConnections(StoredTree& tree, std::vector<store::DiscoveredConnection> rows, std::map<model::FolderId, std::string>& ous) {
  for (store::DiscoveredConnection& row : rows) {
    TRY_ASSIGN(const HandleMode mode, ParseHandleMode(row.handle_mode));
    TRY_ASSIGN(const AccountState state, ParseAccountState(row.account_state));
    tree.known.connections.push_back({.key = row.account_id.text(),
                                      .parent = row.folder ? ous[*row.folder] : "",
                                      .name = row.name,
                                      .state = state,
                                      .handle = row.handle,
                                      .mode = mode});
    tree.connections.emplace_back(std::move(row));
  }
  return {};
}

Status AddRemoved(StoredTree& tree, std::vector<store::RemovedNode> rows) {
  for (store::RemovedNode& row : rows) {
    TRY_ASSIGN(KnownNode node, NodeOf(row));
    if (store::IsFolderNode(row)) {
      tree.known.folders.push_back(std::move(node));
      tree.folders.emplace_back(std::move(row));
    } else {
      tree.known.connections.push_back(std::move(node));
      tree.connections.emplace_back(std::move(row));
    }
  }
  return {};
}

// Makes steps of one plan; remembers the folders that earlier steps make.
class StepMaker {
 public:
  StepMaker(const StoredTree& stored, const StepContext& context) : stored_(stored), context_(context) {
    for (const auto& row : stored.folders) {
      if (const auto* folder = std::get_if<store::Folder>(&row)) ids_.emplace(folder->ou_id, folder->id);
    }
  }

  Status AddFolderStep(const PlannedNode& planned) {
    const auto* row = planned.known ? &stored_.folders[*planned.known] : nullptr;
    const auto* present = row == nullptr ? nullptr : std::get_if<store::Folder>(row);
    if (present != nullptr) {
      store::Folder folder = *present;
      Describe(planned, folder);
      steps_.push_back([folder = std::move(folder)](WriteTransaction& tx) -> Status {
        TRY(store::UpdateFolder(tx, folder));
        return {};
      });
      return {};
    }
    const auto* removed = row == nullptr ? nullptr : std::get_if<store::RemovedNode>(row);
    TRY_ASSIGN(model::FolderId id, IdFor<model::FolderId>(removed));
    store::Folder folder{.id = std::move(id),
                         .integration = stored_.organization.integration,
                         .ou_id = planned.after.key,
                         .name = planned.after.name,
                         .handle = planned.after.handle,
                         .settings = removed == nullptr ? "{}" : removed->settings,
                         .regions = removed == nullptr ? std::vector<std::string>() : removed->regions,
                         .created_at = context_.now};
    Describe(planned, folder);
    ids_.insert_or_assign(folder.ou_id, folder.id);
    steps_.push_back([folder = std::move(folder)](WriteTransaction& tx) -> Status {
      TRY(store::ForgetRemoved(tx, folder.integration, folder.ou_id));
      return store::InsertFolder(tx, folder);
    });
    return {};
  }

  Status AddConnectionStep(const PlannedNode& planned) {
    const auto* row = planned.known ? &stored_.connections[*planned.known] : nullptr;
    const auto* present = row == nullptr ? nullptr : std::get_if<store::DiscoveredConnection>(row);
    if (present == nullptr) return AddNewConnection(planned, row == nullptr ? nullptr : std::get_if<store::RemovedNode>(row));
    store::DiscoveredConnection connection = *present;
    const bool is_taken_over = !connection.folder.has_value();
    if (planned.changes.Has(Change::kRemoved)) {
      steps_.push_back([connection = std::move(connection), now = context_.now](WriteTransaction& tx) {
        return store::RemoveDiscovered(tx, connection, now);
      });
      return {};
    }
    connection.folder = FolderAt(planned.after.parent);
    connection.name = planned.after.name;
    connection.handle = planned.after.handle;
    connection.handle_mode = NameOf(planned.after.mode);
    connection.account_state = NameOf(planned.after.state);
    if (is_taken_over) return AddTakeOver(std::move(connection));
    steps_.push_back([connection = std::move(connection), now = context_.now](WriteTransaction& tx) {
      return store::UpdateDiscovered(tx, connection, now);
    });
    return {};
  }

  // A connection from when its integration was an account's: id and handle stay, the role is that of members from now on.
  Status AddTakeOver(store::DiscoveredConnection connection) {
    const MemberRole& member = context_.member;
    TRY_ASSIGN(const model::RoleArn role, model::RoleArn::Make(member.partition, connection.account_id, member.path, member.name));
    steps_.push_back([connection = std::move(connection), role = role.text(), external_id = member.external_id, now = context_.now](WriteTransaction& tx) -> Status {
      TRY(store::UpdateDiscovered(tx, connection, now));
      return store::TakeOverConnection(tx, connection.id, role, external_id, now);
    });
    return {};
  }

  void AddFolderRemoval(const PlannedNode& planned) {
    const auto* folder = std::get_if<store::Folder>(&stored_.folders[*planned.known]);
    CHECK(folder != nullptr);
    steps_.push_back([folder = *folder, now = context_.now](WriteTransaction& tx) { return store::RemoveFolder(tx, folder, now); });
  }

  Steps Take() { return std::move(steps_); }

 private:
  template <typename Id>
  Result<Id> IdFor(const store::RemovedNode* removed) {
    if (removed == nullptr) return Id::Make(context_.now, context_.random);
    return Id::Parse(removed->id);
  }

  std::optional<model::FolderId> FolderAt(const std::string& ou) const {
    const auto found = ids_.find(ou);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }

  void Describe(const PlannedNode& planned, store::Folder& folder) const {
    folder.parent = FolderAt(planned.after.parent);
    folder.name = planned.after.name;
    folder.handle = planned.after.handle;
    folder.handle_mode = NameOf(planned.after.mode);
    folder.updated_at = context_.now;
  }

  Status AddNewConnection(const PlannedNode& planned, const store::RemovedNode* removed) {
    const MemberRole& member = context_.member;
    TRY_ASSIGN(model::AccountId account, model::AccountId::Parse(planned.after.key));
    TRY_ASSIGN(const model::RoleArn role, model::RoleArn::Make(member.partition, account, member.path, member.name));
    TRY_ASSIGN(model::ConnectionId id, IdFor<model::ConnectionId>(removed));
    const bool is_active = planned.after.state == AccountState::kActive;
    store::Connection connection{.id = std::move(id),
                                 .tenant = context_.tenant,
                                 .integration = stored_.organization.integration,
                                 .account_id = std::move(account),
                                 .handle = planned.after.handle,
                                 .name = planned.after.name,
                                 .handle_mode = std::string(NameOf(planned.after.mode)),
                                 .account_state = std::string(NameOf(planned.after.state)),
                                 .state = is_active ? store::ConnectionState::kUnverified : store::ConnectionState::kSuspended,
                                 .role_arn = role.text(),
                                 .external_id = member.external_id,
                                 .regions = {},
                                 .settings_source = "inherited",
                                 .created_at = context_.now,
                                 .updated_at = context_.now};
    if (removed != nullptr) {
      connection.regions = removed->regions;
      connection.settings = removed->settings;
      connection.settings_source = removed->settings_source;
    }
    const std::optional<model::FolderId> folder = FolderAt(planned.after.parent);
    CHECK(folder.has_value());
    steps_.push_back([connection = std::move(connection), folder = *folder](WriteTransaction& tx) -> Status {
      TRY(store::ForgetRemoved(tx, connection.integration, connection.account_id.text()));
      return store::InsertDiscovered(tx, connection, folder);
    });
    return {};
  }

  const StoredTree& stored_;
  const StepContext& context_;
  std::map<std::string, model::FolderId, std::less<>> ids_{};  // of folders, by OU
  Steps steps_{};
};

}  // namespace

Result<StoredTree> LoadTree(store::Store& store, const model::TenantId& tenant, const model::IntegrationId& integration) {
  return store.Read(tenant, [&](store::ReadTransaction& tx) -> Result<StoredTree> {
    StoredTree tree{.organization = {.integration = integration}};
    TRY_ASSIGN(auto row, store::FindImportedOrganization(tx, integration));
    if (row) tree.organization = *std::move(row);
    tree.known.organization = tree.organization.organization_id;
    std::map<model::FolderId, std::string> ous;
    TRY_ASSIGN(auto folders, store::ListFolders(tx, integration));
    TRY(AddFolders(tree, std::move(folders), ous));
    TRY_ASSIGN(auto connections, store::ListDiscovered(tx, integration));
    TRY(AddConnections(tree, std::move(connections), ous));
    TRY_ASSIGN(auto removed, store::ListRemoved(tx, integration));
    TRY(AddRemoved(tree, std::move(removed)));
    TRY_ASSIGN(store::ForeignHandles foreign, store::ListForeignHandles(tx, integration));
    tree.known.foreign_folder_handles = std::move(foreign.folders);
    tree.known.foreign_connection_handles = std::move(foreign.connections);
    return tree;
  });
}

Result<Steps> StepsFor(const StoredTree& stored, const Plan& plan, const StepContext& context) {
  StepMaker maker(stored, context);
  for (const PlannedNode& node : plan.folders) TRY(maker.AddFolderStep(node));
  for (const PlannedNode& node : plan.connections) TRY(maker.AddConnectionStep(node));
  for (const PlannedNode& node : plan.removed_folders) maker.AddFolderRemoval(node);
  return maker.Take();
}

}  // namespace crossrole::organization
