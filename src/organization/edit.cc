// SPDX-License-Identifier: Apache-2.0
#include "organization/edit.h"

#include <fmt/format.h>

#include <boost/json/value.hpp>
#include <utility>

#include "audit/log.h"
#include "base/json.h"
#include "integration/create.h"
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

base::Result<store::Connection> Edited(const integration::Ports& ports, const model::Actor& actor, store::Connection connection,
                                       const NodeEdit& edit) {
  if (edit.if_match && *edit.if_match != connection.version) return Fail(Stale("connection"));
  TRY_ASSIGN(model::Integration integration, integration::Find(ports, actor, connection.integration.text()));
  if (integration.kind == model::IntegrationKindOf::kAccount) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = "the connection of an account follows its integration",
                      .reason = "connection.managed",
                      .fix = fmt::format("change the integration `{}`", integration.handle.text())});
  }
  TRY(EditHandle(edit, connection));
  if (edit.regions) {
    integration.regions = *edit.regions;
    TRY(integration::CheckSessionSettings(integration));
    connection.regions = *edit.regions;
  }
  if (edit.settings) {
    TRY_ASSIGN(connection.settings, CheckSettingsText(*edit.settings, integration.partition));
    connection.settings_source = connection.settings == "{}" ? "inherited" : "self";
  }
  connection.updated_at = ports.clock.Now();
  return connection;
}

base::Result<store::Folder> Edited(const integration::Ports& ports, const model::Actor& actor, store::Folder folder, const NodeEdit& edit) {
  if (edit.if_match && *edit.if_match != folder.version) return Fail(Stale("folder"));
  TRY(EditHandle(edit, folder));
  if (edit.settings) {
    TRY_ASSIGN(const model::Integration integration, integration::Find(ports, actor, folder.integration.text()));
    TRY_ASSIGN(folder.settings, CheckSettingsText(*edit.settings, integration.partition));
  }
  folder.updated_at = ports.clock.Now();
  return folder;
}

template <typename Node>
integration::Consequences Between(const Node& before, const Node& after) {
  if (before.handle == after.handle) return {};
  return {.renamed = {before.handle.text() + " -> " + after.handle.text()}};
}

template <typename Node>
std::string DetailsOf(const Node& before, const Node& after, const NodeEdit& edit) {
  std::string changes;
  const auto add = [&](bool is_changed, std::string_view name) {
    if (is_changed) changes += fmt::format(R"({}"{}")", changes.empty() ? "" : ",", name);
  };
  add(before.handle != after.handle, "handle_changed");
  add(edit.settings.has_value() && before.settings != after.settings, "settings_changed");
  add(edit.regions.has_value(), "regions_changed");
  return fmt::format(R"({{"integration":"{}","handle":"{}","before":"{}","changes":[{}]}})", after.integration.text(), after.handle.text(),
                     before.handle.text(), changes);
}

}  // namespace

base::Result<store::Connection> UpdateConnection(const integration::Ports& ports, const model::Actor& actor, const store::Connection& before,
                                                 const NodeEdit& edit) {
  TRY_ASSIGN(store::Connection after, Edited(ports, actor, before, edit));
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, "connection.update", before.id.text()),
                             [&](audit::EffectReport& report) -> base::Result<store::Connection> {
                               report.details = DetailsOf(before, after, edit);
                               TRY_ASSIGN(after.version, ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) {
                                 return store::UpdateConnection(tx, after);
                               }));
                               return after;
                             });
}

base::Result<integration::Consequences> PreviewConnection(const integration::Ports& ports, const model::Actor& actor,
                                                          const store::Connection& before, const NodeEdit& edit) {
  TRY_ASSIGN(const store::Connection after, Edited(ports, actor, before, edit));
  return Between(before, after);
}

base::Result<store::Folder> UpdateFolder(const integration::Ports& ports, const model::Actor& actor, const store::Folder& before,
                                         const NodeEdit& edit) {
  TRY_ASSIGN(store::Folder after, Edited(ports, actor, before, edit));
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, "folder.update", before.id.text()),
                             [&](audit::EffectReport& report) -> base::Result<store::Folder> {
                               report.details = DetailsOf(before, after, edit);
                               TRY_ASSIGN(after.version, ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) {
                                 return store::UpdateFolder(tx, after);
                               }));
                               return after;
                             });
}

base::Result<integration::Consequences> PreviewFolder(const integration::Ports& ports, const model::Actor& actor,
                                                      const store::Folder& before, const NodeEdit& edit) {
  TRY_ASSIGN(const store::Folder after, Edited(ports, actor, before, edit));
  return Between(before, after);
}

}  // namespace crossrole::organization
