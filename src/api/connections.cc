// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "api/body.h"
#include "api/internal/filtered_list.h"
#include "api/internal/find_connection.h"
#include "api/handlers.h"
#include "api/internal/node_paths.h"
#include "api/internal/sharing.h"
#include "base/text.h"
#include "integration/find.h"
#include "integration/members/verify_member.h"
#include "integration/update.h"
#include "integration/verify.h"
#include "organization/edit.h"
#include "organization/export.h"
#include "store/integrations.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kAllOfThem = 1'000'000;

base::Error NoSuchConnection(std::string_view id) {
  return {.code = base::Code::kNotFound, .message = "there is no connection `" + std::string(base::Shortened(id, 80)) + "`"};
}

base::Error NoSuchFolder(std::string_view id) {
  return {.code = base::Code::kNotFound, .message = "there is no folder `" + std::string(base::Shortened(id, 80)) + "`"};
}

// A name in the query. Errors: kInvalidArgument for what can be neither an id nor a handle.
template <typename Id>
base::Result<std::optional<std::string>> NameIn(const Call& call, std::string_view parameter) {
  const auto text = call.request.Query(parameter);
  if (!text) return std::optional<std::string>();
  if (Id::Parse(*text) || model::Handle::Parse(*text)) return std::optional(std::string(*text));
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = "`" + std::string(base::Shortened(*text, 80)) + "` is neither an id nor a handle",
                                .field = std::string(parameter)});
}

// Its id; nothing for a handle that nobody has, as for an id that nobody has.
base::Result<std::optional<model::IntegrationId>> IntegrationNamed(store::ReadTransaction& tx, const std::string& name) {
  if (auto id = model::IntegrationId::Parse(name)) return *std::move(id);
  TRY_ASSIGN(const model::Handle handle, model::Handle::Parse(name));
  TRY_ASSIGN(const auto found, store::FindIntegrationByHandle(tx, handle));
  return found ? std::optional(found->id) : std::nullopt;
}

base::Result<json::value> Listed(const Services& services, const Call& call) {
  store::ConnectionFilter filter;
  TRY_ASSIGN(const auto integration, NameIn<model::IntegrationId>(call, "integration"));
  TRY_ASSIGN(filter.account_id, call.Parsed("account_id", model::AccountId::Parse));
  TRY_ASSIGN(filter.folder, call.Parsed("folder", model::FolderId::Parse));
  TRY_ASSIGN(filter.state, call.Parsed("state", store::ParseConnectionState));
  const auto list = [&](store::ReadTransaction& tx, const store::Page& page) -> base::Result<std::vector<store::Connection>> {
    store::ConnectionFilter narrowed = filter;
    if (integration) {
      TRY_ASSIGN(narrowed.integration, IntegrationNamed(tx, *integration));
      if (!narrowed.integration) return std::vector<store::Connection>();
    }
    return store::ListConnections(tx, narrowed, page);
  };
  VisibleConnections visible(*call.caller);
  KnownPaths paths;
  const auto print = [&](store::ReadTransaction& tx, const store::Connection& connection) -> base::Result<json::value> {
    TRY_ASSIGN(const bool is_visible, visible.Has(tx, connection));
    if (!is_visible) return json::value(nullptr);
    return ConnectionJson(tx, connection, paths, *call.caller);
  };
  return FilteredList(services, call, list, print);
}

base::Result<json::value> Described(const Services& services, const Call& call, const store::Connection& connection) {
  return services.integrations.store.Read(connection.tenant, [&](store::ReadTransaction& tx) -> base::Result<json::value> {
    KnownPaths paths;
    if (connection.folder) {
      TRY_ASSIGN(NodePaths above, NodePaths::ReadAbove(tx, connection.integration, *connection.folder));
      paths.emplace(connection.integration, std::move(above));
    }
    return ConnectionJson(tx, connection, paths, *call.caller);
  });
}

base::Result<json::value> Changed(const Services& services, const Call& call, const store::Connection& connection) {
  TRY_ASSIGN(const organization::NodeEdit edit, ReadNodeEdit(call));
  TRY_ASSIGN(const bool dry_run, call.Flag("dry_run"));
  if (dry_run) {
    TRY_ASSIGN(const auto consequences, organization::PreviewConnection(services.integrations, call.actor, connection, edit));
    return integration::ToJson(consequences);
  }
  TRY_ASSIGN(const store::Connection changed, organization::UpdateConnection(services.integrations, call.actor, connection, edit));
  return Described(services, call, changed);
}

// What an export is narrowed to: an integration, a folder with all that is in it, or one connection.
struct ExportScope {
  std::optional<model::IntegrationId> integration{};
  std::optional<model::FolderId> folder{};
  std::optional<model::ConnectionId> connection{};
  bool is_visible = true;               // the caller may know that it is there, even where nothing of it is exported
  std::optional<base::Error> missing{};  // the answer when not
};

base::Result<ExportScope> OfIntegration(store::ReadTransaction& tx, VisibleConnections& visible, const std::string& name) {
  TRY_ASSIGN(const model::Integration integration, integration::Load(tx, name));
  TRY_ASSIGN(const bool is_visible, visible.Has(tx, integration.id));
  return ExportScope{.integration = integration.id, .is_visible = is_visible, .missing = integration::NoSuchIntegration(name)};
}

base::Result<ExportScope> OfFolder(store::ReadTransaction& tx, VisibleConnections& visible, const std::string& name) {
  TRY_ASSIGN(const store::Folder folder, FindFolderNamed(tx, name));
  TRY_ASSIGN(const bool is_visible, visible.Has(tx, folder));
  return ExportScope{.integration = folder.integration, .folder = folder.id, .is_visible = is_visible, .missing = NoSuchFolder(name)};
}

base::Result<ExportScope> OfConnection(store::ReadTransaction& tx, VisibleConnections& visible, const std::string& name) {
  TRY_ASSIGN(const store::Connection connection, FindConnectionNamed(tx, name));
  TRY_ASSIGN(const bool is_visible, visible.Has(tx, connection));
  return ExportScope{.integration = connection.integration,
                     .connection = connection.id,
                     .is_visible = is_visible,
                     .missing = NoSuchConnection(name)};
}

// What the query names, by id or handle. Errors: kInvalidArgument, also for several; kNotFound.
base::Result<ExportScope> ScopeOf(store::ReadTransaction& tx, const Call& call, VisibleConnections& visible) {
  TRY_ASSIGN(const auto integration, NameIn<model::IntegrationId>(call, "integration"));
  TRY_ASSIGN(const auto folder, NameIn<model::FolderId>(call, "folder"));
  TRY_ASSIGN(const auto connection, NameIn<model::ConnectionId>(call, "connection"));
  if ((integration ? 1 : 0) + (folder ? 1 : 0) + (connection ? 1 : 0) > 1) {
    return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                  .message = "name one of `integration`, `folder` and `connection`",
                                  .field = connection ? "connection" : "folder"});
  }
  if (integration) return OfIntegration(tx, visible, *integration);
  if (folder) return OfFolder(tx, visible, *folder);
  if (connection) return OfConnection(tx, visible, *connection);
  return ExportScope{};
}

base::Result<bool> IsIn(store::ReadTransaction& tx, const ExportScope& scope, const store::Connection& connection, KnownPaths& paths) {
  if (scope.connection) return connection.id == *scope.connection;
  if (!scope.folder) return true;
  if (!connection.folder) return false;
  TRY_ASSIGN(const NodePaths* known, Known(tx, connection.integration, paths));
  return known->IsWithin(*connection.folder, *scope.folder);
}

// What the caller may see and use: suspended accounts are left out.
base::Result<std::vector<organization::ExportedConnection>> Exported(const Services& services, const Call& call) {
  std::vector<organization::ExportedConnection> exported;
  TRY(services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Status {
    exported.clear();
    VisibleConnections visible(*call.caller);
    TRY_ASSIGN(const ExportScope scope, ScopeOf(tx, call, visible));
    TRY_ASSIGN(const auto connections, store::ListConnections(tx, {.integration = scope.integration}, {.limit = kAllOfThem}));
    KnownPaths paths;
    for (const store::Connection& connection : connections) {
      TRY_ASSIGN(const bool is_visible, visible.Has(tx, connection));
      TRY_ASSIGN(const bool is_in, IsIn(tx, scope, connection, paths));
      if (!is_visible || !is_in || connection.state == store::ConnectionState::kSuspended) continue;
      TRY_ASSIGN(const NodePaths* known, Known(tx, connection.integration, paths));
      exported.push_back({.handle = connection.handle.text(),
                          .account_id = connection.account_id.text(),
                          .role_arn = connection.role_arn,
                          .region = RegionOf(connection, *known),
                          .regions = RegionsOf(connection, *known).list,
                          .settings = SettingsOf(connection, *known).text});
    }
    // Nobody learns from an empty document that there is something.
    if (!scope.is_visible && exported.empty()) return base::Fail(*scope.missing);
    return {};
  }));
  return exported;
}

// A connection with a folder is an organization's; any other is its integration's one account.
base::Result<integration::Verification> Tested(const Services& services, const Call& call, const store::Connection& connection) {
  if (!connection.folder) return services.verifier.Verify(call.actor, connection.integration.text(), {});
  TRY_ASSIGN(const auto place, integration::FindMemberPlace(services.integrations, call.actor, connection.integration.text()));
  TRY_ASSIGN(auto verification, integration::VerifyConnection(services.integrations, call.actor, place, connection,
                                                              {.request_id = call.actor.request_id}));
  const bool is_decided = verification.probes.front().observed != integration::Observed::kUnknown;
  if (!verification.ok && is_decided) services.sessions.cache.Drop(connection.integration.text());
  return verification;
}

}  // namespace

base::Result<store::Connection> FindConnectionNamed(store::ReadTransaction& tx, const std::string& id_or_handle) {
  std::optional<store::Connection> found;
  if (const auto id = model::ConnectionId::Parse(id_or_handle)) {
    TRY_ASSIGN(found, store::FindConnection(tx, *id));
  } else if (const auto handle = model::Handle::Parse(id_or_handle)) {
    TRY_ASSIGN(found, store::FindConnectionByHandle(tx, *handle));
  }
  if (!found) return base::Fail(NoSuchConnection(id_or_handle));
  return *std::move(found);
}

base::Result<store::Connection> FindConnection(const Services& services, const Call& call) {
  if (call.connection != nullptr) return *call.connection;
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) {
    return FindConnectionNamed(tx, call.params.Get("id"));
  });
}

void ListConnections(Services& services, Call call, Reply reply) { reply.Of(200, Listed(services, call)); }

void ShowConnection(Services& services, Call call, Reply reply) {
  const auto connection = FindConnection(services, call);
  if (!connection) return reply.Fail(connection.error());
  const auto described = Described(services, call, *connection);
  if (!described) return reply.Fail(described.error());
  reply.Object(200, *described);
}

void UpdateConnection(Services& services, Call call, Reply reply) {
  const auto connection = FindConnection(services, call);
  if (!connection) return reply.Fail(connection.error());
  reply.Of(200, Changed(services, call, *connection));
}

void ExportConnections(Services& services, Call call, Reply reply) {
  const auto format = organization::ParseExportFormat(call.Query("format"));
  if (!format) return reply.Fail(format.error());
  auto exported = Exported(services, call);
  if (!exported) return reply.Fail(exported.error());
  const bool is_json = *format == organization::ExportFormat::kJson;
  reply.Text(200, is_json ? "application/json" : "text/plain; charset=utf-8", organization::PrintExport(*format, *std::move(exported)));
}

void TestConnection(Services& services, Call call, Reply reply) {
  const auto connection = FindConnection(services, call);
  if (!connection) return reply.Fail(connection.error());
  auto body = Body::Parse(call.request.body);
  if (!body) return reply.Fail(body.error());
  if (const auto finished = body->Finish(); !finished) return reply.Fail(finished.error());
  reply.responder().SetTimeLimit(std::chrono::seconds(60));
  const auto verification = Tested(services, call, *connection);
  if (!verification) return reply.Fail(verification.error());
  reply.Json(200, integration::ToJson(*verification));
}

}  // namespace crossrole::api
