// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <chrono>

#include "api/body.h"
#include "api/internal/filtered_list.h"
#include "api/handlers.h"
#include "api/internal/sharing.h"
#include "api/services.h"
#include "base/json.h"
#include "integration/change.h"
#include "integration/create.h"
#include "integration/describe.h"
#include "integration/find.h"
#include "integration/remove.h"
#include "integration/rotate.h"
#include "integration/switch.h"
#include "integration/update.h"
#include "organization/handles.h"
#include "organization/member_role.h"
#include "organization/prefix.h"
#include "organization/settings.h"
#include "store/integration_logs.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

std::optional<std::chrono::seconds> Seconds(std::optional<std::int64_t> count) {
  return count ? std::optional(std::chrono::seconds(*count)) : std::nullopt;
}

// A capability is a name, or an object with its parameters.
std::optional<std::vector<model::CapabilityChoice>> ReadCapabilities(Body& body) {
  const json::value* value = body.Any("capabilities");
  if (value == nullptr) return std::nullopt;
  const auto refuse = [&] { body.Refuse("capabilities", "`capabilities` must be a list of names or of {name, parameters}"); };
  std::vector<model::CapabilityChoice> choices;
  if (!value->is_array()) {
    refuse();
    return std::nullopt;
  }
  for (const json::value& item : value->get_array()) {
    if (item.is_string()) {
      choices.push_back({.name = std::string(item.get_string())});
      continue;
    }
    auto choice = Body::Parse(base::PrintJson(item));
    if (!choice) {
      refuse();
      return std::nullopt;
    }
    choices.push_back({.name = choice->Text("name").value_or(""),
                       .parameters = choice->TextMap("parameters").value_or(std::map<std::string, std::string>())});
    if (const auto finished = choice->Finish(); !finished) body.Refuse("capabilities", finished.error().message);
  }
  return choices;
}

std::optional<std::string> ReadDocument(Body& body, std::string_view name) {
  const json::value* value = body.Any(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_object() && value->get_object().empty()) return std::nullopt;
  if (!value->is_object()) body.Refuse(name, "`" + std::string(name) + "` must be a policy document");
  return base::PrintJson(*value);
}

integration::ExternalIdWish ReadExternalId(Body& body) {
  auto inner = body.Object("external_id");
  if (!inner) return {};
  integration::ExternalIdWish wish{.format = inner->Text("format"), .suffix = inner->Text("suffix"), .value = inner->Text("value")};
  if (const auto finished = inner->Finish(); !finished) {
    body.Refuse("external_id", finished.error().message, finished.error().fix);
  }
  return wish;
}

integration::MemberWish ReadMember(Body& body) {
  auto inner = body.Object("member");
  if (!inner) return {};
  integration::MemberWish wish{.role_name = inner->Text("role_name"), .role_path = inner->Text("role_path"), .via = inner->Text("via")};
  if (const auto finished = inner->Finish(); !finished) body.Refuse("member", finished.error().message, finished.error().fix);
  return wish;
}

// Settings and shares of an organization as a whole; what is left out stays, or is the default.
struct Defaults {
  std::optional<std::string> settings{};
  std::optional<SpacesWish> spaces{};
};

Defaults ReadDefaults(Body& body) {
  Defaults defaults{.settings = ReadSettings(body)};
  if (auto inner = body.Object("permissions")) {
    defaults.spaces = ReadSpaces(*inner);
    if (const auto finished = inner->Finish(); !finished) body.Refuse("permissions", finished.error().message, finished.error().fix);
  }
  return defaults;
}

base::Status CheckDefaults(const Call& call, const Defaults& defaults, integration::CreateRequest& request) {
  if (defaults.settings) {
    model::Partition partition = model::Partition::kAws;
    if (request.partition) {
      TRY_ASSIGN(partition, model::ParsePartition(*request.partition));
    }
    TRY_ASSIGN(request.settings, organization::CheckSettingsText(*defaults.settings, partition));
  }
  if (defaults.spaces) {
    const auto space = model::SpaceId::Parse(request.space.value_or(""));
    TRY_ASSIGN(request.share, ShareWithin(*call.caller, space ? *space : call.caller->spaces->root(), *defaults.spaces, "permissions.spaces"));
  }
  return {};
}

base::Result<integration::CreateRequest> ReadCreate(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  integration::CreateRequest request{.handle = body.Text("handle").value_or(""),
                                     .name = body.Text("name"),
                                     .space = body.Text("space"),
                                     .owners = body.Texts("owners"),
                                     .labels = body.Texts("labels"),
                                     .autoattach = body.Boolean("autoattach").value_or(false),
                                     .kind = body.Text("kind").value_or(""),
                                     .partition = body.Text("partition"),
                                     .preset = body.Text("preset"),
                                     .account_id = body.Text("account_id"),
                                     .role_arn = body.Text("role_arn"),
                                     .role_name = body.Text("role_name"),
                                     .role_path = body.Text("role_path"),
                                     .policy_name = body.Text("policy_name"),
                                     .role_description = body.Text("role_description"),
                                     .role_tags = body.TextMap("role_tags"),
                                     .permissions_boundary_arn = body.Text("permissions_boundary_arn"),
                                     .managed_policy_arns = body.Texts("managed_policy_arns"),
                                     .policy_document = ReadDocument(body, "policy_document"),
                                     .external_id = ReadExternalId(body),
                                     .capabilities = ReadCapabilities(body),
                                     .duration = Seconds(body.Integer("duration_seconds")),
                                     .region = body.Text("region"),
                                     .regions = body.Texts("regions"),
                                     .assume_on_worker = body.Boolean("assume_on_worker").value_or(false),
                                     .session_tags = body.Boolean("session_tags").value_or(true),
                                     .source_identity = body.Boolean("source_identity").value_or(true),
                                     .handle_prefix = body.Text("handle_prefix").value_or(""),
                                     .member = ReadMember(body)};
  // Members that only organizations have are known, so that the answer names the kind and not the member.
  for (const std::string_view name : {"handle_prefix", "settings", "permissions", "identity_center", "member"}) {
    if (body.Has(name) && request.kind != "organization") {
      body.Refuse(name, "`" + std::string(name) + "` belongs to integrations of kind `organization`");
    }
  }
  if (body.Any("identity_center") != nullptr) {
    body.Refuse("identity_center", "`identity_center` cannot be set yet in this version", "leave it out");
  }
  const Defaults defaults = ReadDefaults(body);
  TRY(body.Finish());
  TRY(organization::CheckHandlePrefix(request.handle_prefix));
  TRY(CheckDefaults(call, defaults, request));
  return request;
}

// A change of an integration, and of what organizations have besides.
struct Update {
  integration::UpdateRequest request{};
  std::optional<organization::PrefixEdit> prefix{};
  std::optional<integration::MemberWish> member{};
};

// What is given is checked against the integration as it is, and where the change would move it.
base::Status CheckDefaults(const Services& services, const Call& call, const Defaults& defaults, integration::UpdateRequest& request) {
  if (!defaults.settings && !defaults.spaces) return {};
  TRY_ASSIGN(const model::Integration before, integration::Find(services.integrations, call.actor, call.params.Get("id")));
  if (defaults.settings) {
    TRY_ASSIGN(request.settings, organization::CheckSettingsText(*defaults.settings, before.partition));
  }
  if (defaults.spaces) {
    const auto space = model::SpaceId::Parse(request.space.value_or(""));
    TRY_ASSIGN(request.share, ShareWithin(*call.caller, space ? *space : before.space, *defaults.spaces, "permissions.spaces"));
  }
  return {};
}

// An account's integration that becomes an organization's gets prefix and member role like a new one; of an organization's they change.
base::Status ReadKind(const Services& services, const Call& call, std::string_view name, Update& update) {
  TRY_ASSIGN(update.request.kind, model::ParseIntegrationKind(name));
  TRY_ASSIGN(const model::Integration before, integration::Find(services.integrations, call.actor, call.params.Get("id")));
  if (before.kind == *update.request.kind || before.kind == model::IntegrationKindOf::kOrganization) return {};
  integration::OrganizationWish wish;
  if (update.prefix) wish.handle_prefix = update.prefix->prefix;
  if (update.member) wish.member = *update.member;
  TRY(organization::CheckHandlePrefix(wish.handle_prefix));
  update.prefix.reset();
  update.member.reset();
  update.request.organization = std::move(wish);
  return {};
}

base::Result<Update> ReadUpdate(const Services& services, const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  Update update;
  integration::UpdateRequest& request = update.request;
  request = {.handle = body.Text("handle"),
             .name = body.Text("name"),
             .space = body.Text("space"),
             .owners = body.Texts("owners"),
             .labels = body.Texts("labels"),
             .capabilities = ReadCapabilities(body),
             .managed_policy_arns = body.Texts("managed_policy_arns"),
             .duration = Seconds(body.Integer("duration_seconds")),
             .region = body.Text("region"),
             .regions = body.Texts("regions"),
             .session_tags = body.Boolean("session_tags"),
             .source_identity = body.Boolean("source_identity"),
             .autoattach = body.Boolean("autoattach")};
  if (auto prefix = body.Text("handle_prefix")) update.prefix = organization::PrefixEdit{.prefix = *std::move(prefix)};
  if (const auto* member = body.Any("member"); member != nullptr && !member->is_null()) update.member = ReadMember(body);
  const auto kind = body.Text("kind");
  const Defaults defaults = ReadDefaults(body);
  TRY(body.Finish());
  if (kind) TRY(ReadKind(services, call, *kind, update));
  TRY(CheckDefaults(services, call, defaults, request));
  TRY_ASSIGN(request.if_match, call.IfMatch());
  TRY_ASSIGN(const bool rename_static, call.Flag("rename_static"));
  if (update.prefix && rename_static) update.prefix->rename_static = organization::RenameStatic::kYes;
  return update;
}

base::Result<integration::Consequences> Preview(const Services& services, const Call& call, const Update& update) {
  const std::string& id = call.params.Get("id");
  TRY_ASSIGN(auto consequences, integration::PreviewUpdate(services.integrations, call.actor, id, update.request));
  if (!update.prefix && !update.member) return consequences;
  TRY_ASSIGN(const auto integration, integration::Find(services.integrations, call.actor, id));
  if (update.prefix) {
    TRY_ASSIGN(const auto renamed, organization::PreviewPrefix(services.integrations, integration, *update.prefix));
    consequences.renamed.insert(consequences.renamed.end(), renamed.begin(), renamed.end());
  }
  if (update.member) {
    TRY_ASSIGN(const auto member, organization::PreviewMemberRole(services.integrations, integration, *update.member));
    consequences.invalidated.insert(consequences.invalidated.end(), member.invalidated.begin(), member.invalidated.end());
  }
  return consequences;
}

base::Result<model::Integration> Apply(const Services& services, const Call& call, const Update& update) {
  const std::string& id = call.params.Get("id");
  if (update.prefix || update.member) {
    // What is refused of them is refused before anything is changed.
    TRY_ASSIGN(const auto before, integration::Find(services.integrations, call.actor, id));
    if (update.prefix) TRY(organization::PreviewPrefix(services.integrations, before, *update.prefix));
    if (update.member) TRY(organization::PreviewMemberRole(services.integrations, before, *update.member));
  }
  TRY_ASSIGN(auto changed, integration::Update(services.integrations, call.actor, id, update.request));
  if (update.prefix) TRY(organization::ApplyPrefix(services.integrations, call.actor, changed, *update.prefix));
  if (update.member) TRY(organization::ApplyMemberRole(services.integrations, call.actor, changed, *update.member));
  return changed;
}

base::Result<json::value> Described(const Services& services, const model::Actor& actor,
                                    const base::Result<model::Integration>& integration) {
  if (!integration) return std::unexpected(integration.error());
  return services.integrations.store.Read(actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<json::value> {
    TRY_ASSIGN(const store::Tenant tenant, store::OwnTenant(tx));
    return integration::Describe(tx, *integration, tenant);
  });
}

// The same for an answer to whoever named owners: without mail, they have to be told by that person.
base::Result<json::value> DescribedToOwnerMaker(const Services& services, const model::Actor& actor,
                                                const std::optional<std::vector<std::string>>& owners,
                                                const base::Result<model::Integration>& integration) {
  TRY_ASSIGN(json::value described, Described(services, actor, integration));
  const auto is_other_person = [&](const std::string& owner) { return owner.starts_with("op_") && owner != actor.id; };
  const std::string link = services.link_to_hand_on(integration->id);
  if (owners && std::ranges::any_of(*owners, is_other_person) && !link.empty()) {
    described.as_object()["notice"] = "no mail is sent by this installation: give the owners this link: " + link;
  }
  return described;
}

base::Result<store::IntegrationFilter> ReadFilter(const Call& call) {
  store::IntegrationFilter filter;
  TRY_ASSIGN(filter.kind, call.Parsed("kind", model::ParseIntegrationKind));
  TRY_ASSIGN(filter.state, call.Parsed("state", model::ParseIntegrationState));
  TRY_ASSIGN(filter.space, call.Parsed("space", model::SpaceId::Parse));
  if (const auto label = call.request.Query("label")) filter.label = std::string(*label);
  return filter;
}

base::Result<json::value> ListedIntegrations(const Services& services, const Call& call) {
  TRY_ASSIGN(const store::IntegrationFilter filter, ReadFilter(call));
  const auto list = [&](store::ReadTransaction& tx, const store::Page& page) { return store::ListIntegrations(tx, filter, page); };
  std::optional<store::Tenant> tenant;
  const auto print = [&](store::ReadTransaction& tx, const model::Integration& integration) -> base::Result<json::value> {
    const tenancy::Target target{.space = integration.space, .integration = integration.id};
    if (!call.caller->May(tenancy::Permission::kIntegrationRead, target)) return json::value(nullptr);
    if (!tenant) {
      TRY_ASSIGN(tenant, store::OwnTenant(tx));
    }
    return integration::Describe(tx, integration, *tenant);
  };
  return FilteredList(services, call, list, print);
}

base::Result<json::value> LogLines(const Services& services, const Call& call) {
  TRY_ASSIGN(const Page page, services.pages.Read(call.request, call.actor.tenant));
  std::int64_t after = 0;
  std::from_chars(page.after.data(), page.after.data() + page.after.size(), after);
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<json::value> {
    TRY_ASSIGN(const model::Integration integration, integration::Load(tx, call.params.Get("id")));
    TRY_ASSIGN(const auto lines, store::ListIntegrationLog(tx, integration.id, after, page.limit));
    json::array items;
    for (const store::IntegrationLogLine& line : lines) {
      auto details = base::ParseJson(line.details);
      items.push_back(json::object{{"seq", line.seq},
                                   {"at", base::FormatRfc3339(line.at)},
                                   {"level", line.level},
                                   {"event", line.event},
                                   {"message", line.message},
                                   {"details", details ? *std::move(details) : json::value(nullptr)}});
    }
    // A token even at the end: asking again with it follows what is still to come.
    const std::string last = lines.empty() ? page.after : std::to_string(lines.back().seq);
    json::value next = nullptr;
    if (!last.empty()) next = services.pages.Next(call.request, call.actor.tenant, last);
    return json::object{{"items", std::move(items)}, {"next_page_token", std::move(next)}};
  });
}

using Switch = base::Result<model::Integration> (*)(const integration::Ports&, const model::Actor&, std::string_view,
                                                    std::optional<std::int64_t>);

// Disabling, enabling, rotating and retiring differ only in the use case. Sessions of the old power go at once.
void RunSwitch(Services& services, const Call& call, const Reply& reply, Switch use_case) {
  const auto if_match = call.IfMatch();
  if (!if_match) return reply.Fail(if_match.error());
  const auto changed = use_case(services.integrations, call.actor, call.params.Get("id"), *if_match);
  if (changed) services.sessions.cache.Drop(changed->id.text());
  reply.Of(200, Described(services, call.actor, changed));
}

}  // namespace

void CreateIntegration(Services& services, Call call, Reply reply) {
  const auto request = ReadCreate(call);
  if (!request) return reply.Fail(request.error());
  reply.Of(201, DescribedToOwnerMaker(services, call.actor, request->owners, integration::Create(services.integrations, call.actor, *request)));
}

void ListIntegrations(Services& services, Call call, Reply reply) { reply.Of(200, ListedIntegrations(services, call)); }

void ShowIntegration(Services& services, Call call, Reply reply) {
  reply.Of(200, Described(services, call.actor,
                          integration::Find(services.integrations, call.actor, call.params.Get("id"))));
}

void UpdateIntegration(Services& services, Call call, Reply reply) {
  const auto update = ReadUpdate(services, call);
  if (!update) return reply.Fail(update.error());
  const auto dry_run = call.Flag("dry_run");
  if (!dry_run) return reply.Fail(dry_run.error());
  if (*dry_run) {
    const auto preview = Preview(services, call, *update);
    return preview ? reply.Json(200, integration::ToJson(*preview)) : reply.Fail(preview.error());
  }
  const auto changed = Apply(services, call, *update);
  if (changed) services.sessions.cache.Drop(changed->id.text());
  reply.Of(200, DescribedToOwnerMaker(services, call.actor, update->request.owners, changed));
}

void DeleteIntegration(Services& services, Call call, Reply reply) {
  const auto if_match = call.IfMatch();
  if (!if_match) return reply.Fail(if_match.error());
  const auto dry_run = call.Flag("dry_run");
  if (!dry_run) return reply.Fail(dry_run.error());
  const auto force = call.Flag("force");
  if (!force) return reply.Fail(force.error());
  const std::string& id = call.params.Get("id");
  const auto found = integration::Find(services.integrations, call.actor, id);
  if (!found) return reply.Fail(found.error());
  if (const auto current = integration::CheckVersion(*found, *if_match); !current) return reply.Fail(current.error());
  if (*dry_run) {
    const auto consequences = integration::Dependents(services.integrations, call.actor, id);
    return consequences ? reply.Json(200, integration::ToJson(*consequences)) : reply.Fail(consequences.error());
  }
  const auto removed = integration::Remove(services.integrations, call.actor, id,
                                           {.confirm = call.Query("confirm"), .if_match = *if_match});
  if (!removed) return reply.Fail(removed.error());
  services.sessions.cache.Drop(found->id.text());
  json::value body = integration::ToJson(removed->consequences);
  body.as_object()["sessions_live_until"] = base::FormatRfc3339(removed->sessions_live_until);
  reply.Json(200, body);
}

void DisableIntegration(Services& services, Call call, Reply reply) {
  RunSwitch(services, call, reply, &integration::Disable);
}

void EnableIntegration(Services& services, Call call, Reply reply) {
  RunSwitch(services, call, reply, &integration::Enable);
}

void RotateExternalId(Services& services, Call call, Reply reply) {
  RunSwitch(services, call, reply, &integration::RotateExternalId);
}

void RetireExternalId(Services& services, Call call, Reply reply) {
  RunSwitch(services, call, reply, &integration::RetireExternalId);
}

void ShowDependents(Services& services, Call call, Reply reply) {
  const auto consequences = integration::Dependents(services.integrations, call.actor, call.params.Get("id"));
  if (!consequences) return reply.Fail(consequences.error());
  reply.Json(200, integration::ToJson(*consequences));
}

void ListLogs(Services& services, Call call, Reply reply) { reply.Of(200, LogLines(services, call)); }

}  // namespace crossrole::api
