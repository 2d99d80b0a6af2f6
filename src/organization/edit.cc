// SPDX-License-Identifier: Apache-2.0
#include "organization/edit.h"

#include <fmt/format.h>

#include <boost/json/value.hpp>
#include <utility>

#include "audit/log.h"
#include "base/json.h"
#include "integration/create.h"
#include "integration/describe.h"
#include "integration/find.h"
#include "organization/settings.h"

namespace crossrole::organization {
namespace {

using base::Code;
using base::Error;
using base::Fail;

Error Stale(std::string_view noun) {
  return {.code = Code::kConflict,
          .message = fmt::format("the {} was changed meanwhile", noun),
          .field = "If-Match",
          .fix = "read it again, and repeat the change if it still makes sense",
          .stale = true};
}

// Gives a node another handle; true when it is one.
template <typename Node>
base::Result<bool> EditHandle(const NodeEdit& edit, Node& node) {
  if (!edit.handle) return false;
  TRY_ASSIGN(model::Handle handle, model::Handle::Parse(*edit.handle));
  if (handle == node.handle) return false;
  node.handle = std::move(handle);
  node.handle_mode = "static";
  return true;
}

// Regions of a node, checked as those of its integration are; none are inherited.
base::Status EditRegions(const NodeEdit& edit, model::Integration integration, std::vector<std::string>& regions) {
  if (!edit.regions) return {};
  if (!edit.regions->empty()) {
    integration.regions = *edit.regions;
    TRY(integration::CheckSessionSettings(integration));
  }
  regions = *edit.regions;
  return {};
}

base::Result<store::Connection> Edited(const model::Integration& integration, store::Connection connection, const NodeEdit& edit, base::Time now) {
  if (edit.if_match && *edit.if_match != connection.version) return Fail(Stale("connection"));
  if (!connection.folder) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = "the connection of an account follows its integration",
                      .reason = "connection.managed",
                      .fix = fmt::format("change the integration `{}`, or give roles in its space", integration.handle.text())});
  }
  TRY(EditHandle(edit, connection));
  TRY(EditRegions(edit, integration, connection.regions));
  if (edit.settings) {
    TRY_ASSIGN(connection.settings, CheckSettingsText(*edit.settings, integration.partition));
    connection.settings_source = connection.settings == "{}" ? "inherited" : "self";
  }
  connection.updated_at = now;
  return connection;
}

base::Result<store::Folder> Edited(const model::Integration& integration, store::Folder folder, const NodeEdit& edit, base::Time now) {
  if (edit.if_match && *edit.if_match != folder.version) return Fail(Stale("folder"));
  TRY(EditHandle(edit, folder));
  TRY(EditRegions(edit, integration, folder.regions));
  if (edit.settings) {
    TRY_ASSIGN(folder.settings, CheckSettingsText(*edit.settings, integration.partition));
  }
  folder.updated_at = now;
  return folder;
}

template <typename Node>
integration::Consequences Between(const Node& before, const Node& after) {
  if (before.handle == after.handle) return {};
  return {.renamed = {before.handle.text() + " -> " + after.handle.text()}};
}

// Whether there is nothing to write, nor to tell.
template <typename Node>
bool IsSame(const Node& before, const Node& after) {
  return before.handle == after.handle && before.settings == after.settings && before.regions == after.regions;
}

template <typename Node>
std::string DetailsOf(const Node& before, const Node& after, const NodeEdit& edit) {
  std::string changes;
  const auto add = [&](bool is_changed, std::string_view name) {
    if (is_changed) changes += fmt::format(R"({}"{}")", changes.empty() ? "" : ",", name);
  };
  add(before.handle != after.handle, "handle_changed");
  add(before.settings != after.settings, "settings_changed");
  add(before.regions != after.regions, "regions_changed");
  add(edit.share.has_value(), "permissions_changed");
  const std::string spaces = edit.share ? R"(,"spaces":)" + base::PrintJson(integration::ToJson(*edit.share).at("spaces")) : "";
  return fmt::format(R"({{"integration":"{}","handle":"{}","before":"{}","changes":[{}]{}}})", after.integration.text(), after.handle.text(),
                     before.handle.text(), changes, spaces);
}

// How a kind of nodes is found and stored.
template <typename Node>
struct NodeStore {
  std::string_view noun;
  audit::Action action;
  base::Result<std::optional<Node>> (*find)(store::ReadTransaction&, const decltype(Node::id)&);
  base::Result<std::int64_t> (*update)(store::WriteTransaction&, const Node&);
};
constexpr NodeStore<store::Connection> kConnectionRows{"connection", "connection.update", &store::FindConnection, &store::UpdateConnection};
constexpr NodeStore<store::Folder> kFolderRows{"folder", "folder.update", &store::FindFolder, &store::UpdateFolder};

// Edits the node as it is when it is written: verifications and imports change it, too, and whoever names no version means no conflict.
template <typename Node>
base::Result<Node> UpdateNode(const integration::Ports& ports, const model::Actor& actor, const Node& before, const NodeEdit& edit,
                          const NodeStore<Node>& nodes) {
  TRY_ASSIGN(const model::Integration integration, integration::Find(ports, actor, before.integration.text()));
  const base::Time now = ports.clock.Now();
  TRY_ASSIGN(const Node wanted, Edited(integration, before, edit, now));
  if (!edit.share && IsSame(before, wanted)) return before;
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, nodes.action, before.id.text()), [&](audit::EffectReport& report) -> base::Result<Node> {
    Node after = before;
    TRY(ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) -> base::Status {
      TRY_ASSIGN(const auto current, nodes.find(tx, before.id));
      if (!current) return Fail(Code::kNotFound, fmt::format("there is no {} `{}` any more", nodes.noun, before.id.text()));
      TRY_ASSIGN(after, Edited(integration, *current, edit, now));
      report.details = DetailsOf(*current, after, edit);
      if (edit.share) TRY(store::PutShare(tx, after.integration, after.id.text(), *edit.share));
      TRY_ASSIGN(after.version, nodes.update(tx, after));
      return {};
    }));
    return after;
  });
}

template <typename Node>
base::Result<integration::Consequences> PreviewNode(const integration::Ports& ports, const model::Actor& actor, const Node& before,
                                                const NodeEdit& edit) {
  TRY_ASSIGN(const model::Integration integration, integration::Find(ports, actor, before.integration.text()));
  TRY_ASSIGN(const Node after, Edited(integration, before, edit, ports.clock.Now()));
  return Between(before, after);
}

}  // namespace

base::Result<store::Connection> UpdateConnection(const integration::Ports& ports, const model::Actor& actor, const store::Connection& before,
                                                 const NodeEdit& edit) {
  return UpdateNode(ports, actor, before, edit, kConnectionRows);
}

base::Result<integration::Consequences> PreviewConnection(const integration::Ports& ports, const model::Actor& actor,
                                                          const store::Connection& before, const NodeEdit& edit) {
  return PreviewNode(ports, actor, before, edit);
}

base::Result<store::Folder> UpdateFolder(const integration::Ports& ports, const model::Actor& actor, const store::Folder& before,
                                         const NodeEdit& edit) {
  return UpdateNode(ports, actor, before, edit, kFolderRows);
}

base::Result<integration::Consequences> PreviewFolder(const integration::Ports& ports, const model::Actor& actor,
                                                      const store::Folder& before, const NodeEdit& edit) {
  return PreviewNode(ports, actor, before, edit);
}

}  // namespace crossrole::organization
