// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/account_id.h"
#include "model/handle.h"
#include "model/ids.h"
#include "store/connections.h"
#include "store/transaction.h"

// What was imported of AWS organizations: folders, the connections in them, and who is no longer there.

namespace crossrole::store {

/// What is known of the organization of an integration.
struct ImportedOrganization {
  model::IntegrationId integration;
  std::string organization_id{};      // o-…; "" before the first listing
  std::string management_account{};
  std::string handle_prefix{};
  std::int64_t removals_waiting = 0;  // a sync waits for a person to confirm so many
  std::string error_code{};           // why the last listing was not complete; "" when it was
  std::string error_message{};
  base::Time changed_at{};
  bool operator==(const ImportedOrganization&) const = default;
};

/// The row of an integration.
base::Result<std::optional<ImportedOrganization>> FindImportedOrganization(ReadTransaction& tx, const model::IntegrationId& integration);
/// Adds or replaces it.
base::Status PutImportedOrganization(WriteTransaction& tx, const ImportedOrganization& organization);

/// Whose principal a member role lets in: ours, or the discovery role. Source: contract 4.3.
enum class MemberVia : std::uint8_t { kDirect, kDiscoveryRole };
/// The name as in the API.
std::string_view NameOf(MemberVia via);
/// The inverse. Errors: kInvalidArgument.
base::Result<MemberVia> ParseMemberVia(std::string_view name);

/// How to get into every account of the organization of an integration.
struct MemberAccess {
  model::IntegrationId integration;
  std::string role_path = "/";
  std::string role_name;
  MemberVia via = MemberVia::kDirect;
  std::string external_id{};  // another one than the integration's
  bool operator==(const MemberAccess&) const = default;
};

/// The row of an integration.
base::Result<std::optional<MemberAccess>> FindMemberAccess(ReadTransaction& tx, const model::IntegrationId& integration);
/// Adds or replaces it.
base::Status PutMemberAccess(WriteTransaction& tx, const MemberAccess& access);

/// The root of an organization, or an OU.
struct Folder {
  model::FolderId id;
  model::IntegrationId integration;
  std::string ou_id;
  std::optional<model::FolderId> parent{};
  std::string name;
  model::Handle handle;
  std::string handle_mode = "dynamic";
  std::string settings = "{}";          // JSON object; empty: those of the folder above count, in the end those of the integration
  std::vector<std::string> regions{};   // with wildcards; empty: the same
  std::int64_t version = 1;
  base::Time created_at{};
  base::Time updated_at{};
};

/// Adds a folder. Errors: kConflict with field `handle`, or when the integration has this OU.
base::Status InsertFolder(WriteTransaction& tx, const Folder& folder);
/// Stores parent, name, handle, mode, settings and regions if `folder.version` is still current. Errors: kConflict (`stale`, or field
/// `handle`), kNotFound.
base::Result<std::int64_t> UpdateFolder(WriteTransaction& tx, const Folder& folder);
/// A folder of the transaction's tenant.
base::Result<std::optional<Folder>> FindFolder(ReadTransaction& tx, const model::FolderId& id);
/// The same by handle.
base::Result<std::optional<Folder>> FindFolderByHandle(ReadTransaction& tx, const model::Handle& handle);
/// The folder of an OU.
base::Result<std::optional<Folder>> FindFolderOfOu(ReadTransaction& tx, const model::IntegrationId& integration, std::string_view ou_id);
/// All folders of an integration, by OU.
base::Result<std::vector<Folder>> ListFolders(ReadTransaction& tx, const model::IntegrationId& integration);

/// A discovered connection, as far as a listing can change it.
struct DiscoveredConnection {
  model::ConnectionId id;
  model::AccountId account_id;
  std::optional<model::FolderId> folder{};
  std::string name;
  model::Handle handle;
  std::string handle_mode = "dynamic";
  std::string account_state = "active";
  std::int64_t version = 1;
};

/// All connections of an integration, by account.
base::Result<std::vector<DiscoveredConnection>> ListDiscovered(ReadTransaction& tx, const model::IntegrationId& integration);
/// Adds a connection in a folder. Errors: those of InsertConnection.
base::Status InsertDiscovered(WriteTransaction& tx, const Connection& connection, const model::FolderId& folder);
/// Stores what a listing can change if `connection.version` is still current. An account that is not active makes the connection
/// suspended; one that is active again has to be verified. Errors: kConflict (`stale`, or field `handle`), kNotFound.
base::Status UpdateDiscovered(WriteTransaction& tx, const DiscoveredConnection& connection, base::Time now);

/// Takes back what was proven of all discovered connections of an integration but suspended ones: they are unverified.
base::Status UnverifyDiscovered(WriteTransaction& tx, const model::IntegrationId& integration, base::Time now);

/// A folder or connection that is no longer there.
struct RemovedNode {
  std::string aws_id;         // the account, or the OU
  std::string id;             // con_… or fld_…
  std::string parent_aws_id;  // the OU it was in
  std::string name;
  model::Handle handle;
  std::string handle_mode{};
  std::string account_state{};
  std::vector<std::string> regions{};
  std::string settings = "{}";
  std::string settings_source = "self";
};

/// Whether an id of a removed node is that of a folder; else it is a connection's.
bool IsFolderNode(const RemovedNode& node);
/// All that an integration remembers, by AWS id.
base::Result<std::vector<RemovedNode>> ListRemoved(ReadTransaction& tx, const model::IntegrationId& integration);
/// What is remembered of an account or OU.
base::Result<std::optional<RemovedNode>> FindRemoved(ReadTransaction& tx, const model::IntegrationId& integration, std::string_view aws_id);
/// Takes a connection away and remembers it, if it has that version. Errors: kConflict (`stale`), kNotFound.
base::Status RemoveDiscovered(WriteTransaction& tx, const DiscoveredConnection& connection, base::Time now);
/// The same for a folder.
base::Status RemoveFolder(WriteTransaction& tx, const Folder& folder, base::Time now);
/// Forgets what has come back.
base::Status ForgetRemoved(WriteTransaction& tx, const model::IntegrationId& integration, const std::string& aws_id);

/// Handles that other integrations of the tenant have.
struct ForeignHandles {
  std::vector<model::Handle> folders{};
  std::vector<model::Handle> connections{};
};
/// Those besides an integration's own.
base::Result<ForeignHandles> ListForeignHandles(ReadTransaction& tx, const model::IntegrationId& integration);

}  // namespace crossrole::store
