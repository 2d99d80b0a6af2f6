// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "api/body.h"
#include "api/internal/find_connection.h"
#include "api/handlers.h"
#include "api/internal/node_paths.h"
#include "api/internal/sharing.h"
#include "api/services.h"
#include "base/text.h"
#include "integration/describe.h"
#include "integration/find.h"
#include "integration/members/verify_member.h"
#include "integration/verify.h"
#include "model/arn.h"
#include "organization/edit.h"
#include "organization/import.h"
#include "store/organization/listings.h"
#include "store/organization_tree.h"
#include "store/organization/shares.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

constexpr std::chrono::minutes kPreviewLimit{10};
constexpr std::size_t kAllOfThem = 1'000'000;

constexpr auto kShownChanges = std::to_array<organization::Change>(
    {organization::Change::kAdded, organization::Change::kRestored, organization::Change::kRenamed, organization::Change::kMoved,
     organization::Change::kStateChanged, organization::Change::kHandleChanged, organization::Change::kRemoved});

// The tree as an import would leave it, node by node, and what would become of which.
class PreviewJson {
 public:
  explicit PreviewJson(const organization::SyncPreview& preview) : preview_(preview) {
    const organization::Plan& plan = preview.reconciled.plan;
    for (const auto* nodes : {&plan.folders, &plan.connections, &plan.removed_folders}) {
      for (const organization::PlannedNode& node : *nodes) Sort(node);
    }
  }

  json::value Print() {
    const organization::KnownTree& known = preview_.stored.known;
    const organization::Plan& plan = preview_.reconciled.plan;
    const auto& reading = preview_.reading;
    json::value error = nullptr;
    if (reading.error) {
      const std::string& code = reading.error->reason.empty() ? reading.error->aws_code : reading.error->reason;
      error = json::object{{"code", code}, {"message", reading.error->message}};
    }
    const bool waits = preview_.reconciled.verdict == organization::Verdict::kRemovalsWait;
    return json::object{{"organization_id", reading.listing.organization},
                        {"management_account", reading.listing.management_account},
                        {"other_organization", preview_.reconciled.verdict == organization::Verdict::kOtherOrganization},
                        {"complete", preview_.reconciled.complete},
                        {"error", std::move(error)},
                        {"folders", Nodes(known.folders, plan.folders, "ou_id", "parent")},
                        {"connections", Nodes(known.connections, plan.connections, "account_id", "folder")},
                        {"added", std::move(added_)},
                        {"changed", std::move(changed_)},
                        {"removed", std::move(removed_)},
                        {"confirm_removals", waits ? json::value(preview_.reconciled.removals) : json::value(nullptr)}};
  }

 private:
  void Sort(const organization::PlannedNode& node) {
    planned_.emplace(node.after.key, &node);
    if (node.changes.Has(organization::Change::kRemoved)) {
      removed_.emplace_back(node.after.key);
    } else if (node.changes.Has(organization::Change::kAdded) || node.changes.Has(organization::Change::kRestored)) {
      added_.emplace_back(node.after.key);
    } else {
      changed_.emplace_back(node.after.key);
    }
  }

  json::array Nodes(const std::vector<organization::KnownNode>& known, const std::vector<organization::PlannedNode>& planned,
                    std::string_view key, std::string_view parent) const {
    std::map<std::string, const organization::KnownNode*> nodes;  // in the order of AWS's ids
    for (const organization::KnownNode& node : known) {
      if (node.presence == organization::Presence::kPresent) nodes.emplace(node.key, &node);
    }
    for (const organization::PlannedNode& node : planned) nodes.insert_or_assign(node.after.key, &node.after);
    json::array items;
    for (const auto& [id, node] : nodes) {
      const auto plan = planned_.find(id);
      json::array changes;
      for (const organization::Change change : kShownChanges) {
        if (plan != planned_.end() && plan->second->changes.Has(change)) changes.emplace_back(organization::NameOf(change));
      }
      if (plan != planned_.end() && plan->second->changes.Has(organization::Change::kRemoved)) continue;
      json::object item{{key, id},
                        {parent, node->parent.empty() ? json::value(nullptr) : json::value(node->parent)},
                        {"name", node->name},
                        {"handle", node->handle.text()},
                        {"handle_mode", organization::NameOf(node->mode)},
                        {"changes", std::move(changes)}};
      if (key == "account_id") item["account_state"] = organization::NameOf(node->state);
      items.push_back(std::move(item));
    }
    return items;
  }

  const organization::SyncPreview& preview_;
  std::map<std::string, const organization::PlannedNode*> planned_{};
  json::array added_{}, changed_{}, removed_{};
};

base::Result<organization::ImportRequest> ReadSync(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  organization::ImportRequest request{.confirm_removals = body.Integer("confirm_removals"),
                                      .confirm_other_organization = body.Boolean("confirm_other_organization").value_or(false)};
  TRY(body.Finish());
  return request;
}

base::Result<model::AccountId> ReadAccount(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  const std::string account = body.Text("account_id").value_or("");
  TRY(body.Finish());
  auto id = model::AccountId::Parse(account);
  if (id) return *std::move(id);
  base::Error error = id.error();
  error.field = "account_id";
  return base::Fail(std::move(error));
}

base::Result<json::value> Tree(const Services& services, const Call& call) {
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<json::value> {
    TRY_ASSIGN(const model::Integration integration, integration::Load(tx, call.params.Get("id")));
    TRY_ASSIGN(const auto folders, store::ListFolders(tx, integration.id));
    TRY_ASSIGN(const auto connections, store::ListConnections(tx, {.integration = integration.id}, {.limit = kAllOfThem}));
    TRY_ASSIGN(const auto row, store::FindImportedOrganization(tx, integration.id));
    KnownPaths known;
    TRY_ASSIGN(const NodePaths* paths, Known(tx, integration.id, known));
    TRY_ASSIGN(const auto as_of, store::FindListing(tx, integration.id));
    json::array folder_items;
    for (const store::Folder& folder : folders) folder_items.push_back(FolderJson(folder, *paths, *call.caller));
    json::array items;
    const bool may_read = call.caller->May(tenancy::Permission::kConnectionRead, {.space = integration.space, .integration = integration.id});
    for (const store::Connection& connection : connections) {
      if (!may_read) break;
      TRY_ASSIGN(json::value item, ConnectionJson(tx, connection, known, *call.caller));
      items.push_back(std::move(item));
    }
    json::value error = nullptr;
    if (row && !row->error_code.empty()) error = json::object{{"code", row->error_code}, {"message", row->error_message}};
    const bool is_imported = row && !row->organization_id.empty();
    return json::object{{"organization_id", is_imported ? json::value(row->organization_id) : json::value(nullptr)},
                        {"management_account", is_imported ? json::value(row->management_account) : json::value(nullptr)},
                        {"removals_waiting", row ? row->removals_waiting : 0},
                        {"error", std::move(error)},
                        {"folders", std::move(folder_items)},
                        {"connections", std::move(items)},
                        {"as_of", as_of ? json::value(base::FormatRfc3339(*as_of)) : json::value(nullptr)}};
  });
}

base::Result<json::value> Described(const Services& services, const Call& call, const store::Folder& folder) {
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<json::value> {
    TRY_ASSIGN(const NodePaths paths, NodePaths::ReadAbove(tx, folder.integration, folder.id));
    return FolderJson(folder, paths, *call.caller);
  });
}

base::Result<json::value> ChangedFolder(const Services& services, const Call& call, const store::Folder& folder) {
  TRY_ASSIGN(const organization::NodeEdit edit, ReadNodeEdit(call));
  TRY_ASSIGN(const bool dry_run, call.Flag("dry_run"));
  if (dry_run) {
    TRY_ASSIGN(const auto consequences, organization::PreviewFolder(services.integrations, call.actor, folder, edit));
    return integration::ToJson(consequences);
  }
  TRY_ASSIGN(const store::Folder changed, organization::UpdateFolder(services.integrations, call.actor, folder, edit));
  return Described(services, call, changed);
}

base::Result<store::Share> ReadShare(const Services& services, const Call& call, const model::IntegrationId& id) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  const SpacesWish wish = ReadSpaces(body);
  TRY(body.Finish());
  TRY_ASSIGN(const model::Integration integration, integration::Find(services.integrations, call.actor, id.text()));
  return ShareWithin(*call.caller, integration.space, wish, "spaces");
}

// The changes of a kind of nodes.
template <typename Node>
struct NodeChanges {
  base::Result<Node> (*update)(const integration::Ports&, const model::Actor&, const Node&, const organization::NodeEdit&);
  base::Result<integration::Consequences> (*preview)(const integration::Ports&, const model::Actor&, const Node&, const organization::NodeEdit&);
};

// Shares a node with what the body says; `?dry_run=true` only checks.
template <typename Node>
base::Result<json::value> Shared(const Services& services, const Call& call, const Node& node, const NodeChanges<Node>& changes) {
  organization::NodeEdit edit;
  TRY_ASSIGN(edit.if_match, call.IfMatch());
  TRY_ASSIGN(edit.share, ReadShare(services, call, node.integration));
  TRY_ASSIGN(const bool dry_run, call.Flag("dry_run"));
  if (dry_run) {
    TRY_ASSIGN(const auto consequences, changes.preview(services.integrations, call.actor, node, edit));
    return integration::ToJson(consequences);
  }
  TRY(changes.update(services.integrations, call.actor, node, edit));
  return integration::ToJson(*edit.share);
}

}  // namespace

base::Result<store::Folder> FindFolderNamed(store::ReadTransaction& tx, const std::string& id_or_handle) {
  std::optional<store::Folder> found;
  if (const auto id = model::FolderId::Parse(id_or_handle)) {
    TRY_ASSIGN(found, store::FindFolder(tx, *id));
  } else if (const auto handle = model::Handle::Parse(id_or_handle)) {
    TRY_ASSIGN(found, store::FindFolderByHandle(tx, *handle));
  }
  if (found) return *std::move(found);
  return base::Fail(base::Error{.code = base::Code::kNotFound,
                                .message = "there is no folder `" + std::string(base::Shortened(id_or_handle, 80)) + "`"});
}

base::Result<store::Folder> FindFolder(const Services& services, const Call& call) {
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) {
    return FindFolderNamed(tx, call.params.Get("id"));
  });
}

void PreviewOrganization(Services& services, Call call, Reply reply) {
  auto body = Body::Parse(call.request.body);
  if (!body) return reply.Fail(body.error());
  if (const auto finished = body->Finish(); !finished) return reply.Fail(finished.error());
  reply.responder().SetTimeLimit(kPreviewLimit);
  const auto preview = organization::PreviewImport(services.integrations, call.actor, call.params.Get("id"), {});
  if (!preview) return reply.Fail(preview.error());
  reply.Json(200, PreviewJson(*preview).Print());
}

void TestMember(Services& services, Call call, Reply reply) {
  const auto account = ReadAccount(call);
  if (!account) return reply.Fail(account.error());
  reply.responder().SetTimeLimit(std::chrono::seconds(60));
  const auto place = integration::FindMemberPlace(services.integrations, call.actor, call.params.Get("id"));
  if (!place) return reply.Fail(place.error());
  const auto verification = integration::TestMember(services.integrations, *place, *account, {.request_id = call.actor.request_id});
  if (!verification) return reply.Fail(verification.error());
  reply.Json(200, integration::ToJson(*verification));
}

void SyncOrganization(Services& services, Call call, Reply reply) {
  const auto request = ReadSync(call);
  if (!request) return reply.Fail(request.error());
  const auto job = organization::StartImport(services.integrations, call.actor, call.params.Get("id"), *request);
  if (!job) return reply.Fail(job.error());
  reply.Json(202, json::object{{"job", job->text()}});
}

void ShowOrganizationTree(Services& services, Call call, Reply reply) { reply.Of(200, Tree(services, call)); }

void ShowFolder(Services& services, Call call, Reply reply) {
  const auto folder = FindFolder(services, call);
  if (!folder) return reply.Fail(folder.error());
  const auto described = Described(services, call, *folder);
  if (!described) return reply.Fail(described.error());
  reply.Object(200, *described);
}

void UpdateFolder(Services& services, Call call, Reply reply) {
  const auto folder = FindFolder(services, call);
  if (!folder) return reply.Fail(folder.error());
  reply.Of(200, ChangedFolder(services, call, *folder));
}

void ShareFolder(Services& services, Call call, Reply reply) {
  const auto folder = FindFolder(services, call);
  if (!folder) return reply.Fail(folder.error());
  reply.Of(200, Shared<store::Folder>(services, call, *folder, {.update = organization::UpdateFolder, .preview = organization::PreviewFolder}));
}

void ShareConnection(Services& services, Call call, Reply reply) {
  const auto connection = FindConnection(services, call);
  if (!connection) return reply.Fail(connection.error());
  reply.Of(200, Shared<store::Connection>(services, call, *connection,
                                          {.update = organization::UpdateConnection, .preview = organization::PreviewConnection}));
}

}  // namespace crossrole::api
