// SPDX-License-Identifier: Apache-2.0
#include "organization/prefix.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "audit/log.h"
#include "base/json.h"
#include "organization/stored_tree.h"

namespace crossrole::organization {
namespace {

// What a new prefix does to a tree.
struct Renames {
  StoredTree stored;
  PrefixChange folders{};
  PrefixChange connections{};
};

base::Result<Renames> Compare(const integration::Ports& ports, const model::Integration& integration, const PrefixEdit& edit) {
  TRY(CheckHandlePrefix(edit.prefix));
  if (integration.kind != model::IntegrationKindOf::kOrganization) {
    return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                  .message = "`handle_prefix` belongs to integrations of kind `organization`",
                                  .field = "handle_prefix"});
  }
  TRY_ASSIGN(StoredTree stored, LoadTree(ports.store, integration.tenant, integration.id));
  Renames renames{.stored = std::move(stored)};
  const KnownTree& known = renames.stored.known;
  const PrefixPair pair{.before = renames.stored.organization.handle_prefix, .after = edit.prefix};
  renames.folders = ChangePrefix(known.folders, known.foreign_folder_handles, pair, kFolderFallback, edit.rename_static);
  renames.connections = ChangePrefix(known.connections, known.foreign_connection_handles, pair, kAccountFallback, edit.rename_static);
  return renames;
}

base::Status Write(store::WriteTransaction& tx, const Renames& renames, const PrefixEdit& edit, base::Time now) {
  store::ImportedOrganization row = renames.stored.organization;
  TRY_ASSIGN(const auto current, store::FindImportedOrganization(tx, row.integration));
  if (current) row = *current;
  row.handle_prefix = edit.prefix;
  TRY(store::PutImportedOrganization(tx, row));
  for (const HandleRename& rename : renames.folders.renamed) {
    store::Folder folder = std::get<store::Folder>(renames.stored.folders[rename.known]);
    folder.handle = rename.after;
    folder.updated_at = now;
    TRY(store::UpdateFolder(tx, folder));
  }
  for (const HandleRename& rename : renames.connections.renamed) {
    store::DiscoveredConnection connection = std::get<store::DiscoveredConnection>(renames.stored.connections[rename.known]);
    connection.handle = rename.after;
    TRY(store::UpdateDiscovered(tx, connection, now));
  }
  return {};
}

}  // namespace

base::Result<std::vector<std::string>> PreviewPrefix(const integration::Ports& ports, const model::Integration& integration,
                                                     const PrefixEdit& edit) {
  TRY_ASSIGN(const Renames renames, Compare(ports, integration, edit));
  std::vector<std::string> lines;
  const auto add = [&](const std::vector<KnownNode>& nodes, const PrefixChange& change) {
    for (const HandleRename& rename : change.renamed) lines.push_back(nodes[rename.known].handle.text() + " -> " + rename.after.text());
  };
  add(renames.stored.known.folders, renames.folders);
  add(renames.stored.known.connections, renames.connections);
  return lines;
}

base::Status ApplyPrefix(const integration::Ports& ports, const model::Actor& actor, const model::Integration& integration, const PrefixEdit& edit) {
  TRY_ASSIGN(const Renames renames, Compare(ports, integration, edit));
  if (edit.prefix == renames.stored.organization.handle_prefix && renames.folders.renamed.empty() && renames.connections.renamed.empty()) {
    return {};
  }
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, "integration.update", integration.id.text()),
                             [&](audit::EffectReport& report) -> base::Status {
                               report.details = fmt::format(R"({{"handle_prefix":{},"folders_renamed":{},"connections_renamed":{}}})",
                                                            base::JsonQuote(edit.prefix), renames.folders.renamed.size(),
                                                            renames.connections.renamed.size());
                               return ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) {
                                 return Write(tx, renames, edit, ports.clock.Now());
                               });
                             });
}

}  // namespace crossrole::organization
