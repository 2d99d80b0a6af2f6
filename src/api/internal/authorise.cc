// SPDX-License-Identifier: Apache-2.0
#include "api/internal/authorise.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "api/internal/about.h"
#include "api/internal/find_connection.h"
#include "api/internal/sharing.h"
#include "base/json.h"
#include "base/text.h"
#include "integration/find.h"
#include "store/integrations.h"
#include "store/jobs.h"
#include "store/people/role_bindings.h"
#include "store/people/tokens.h"

namespace crossrole::api {
namespace {

using base::Error;
using tenancy::Permission;
using tenancy::Target;

// What a permission is asked on, and what an answer to strangers is made of.
struct Question {
  Target target;
  std::optional<Permission> read{};  // without it the object is hidden; nothing: there is nothing to hide
  Error missing{};                   // the answer for an object that is not there
  std::vector<Target> also{};        // where sharing it counts, too
  bool is_own = false;               // what is one's own may be had without a permission for others'
};
// A folder or connection on which a permission is asked.
struct SharedNode {
  std::string id;
  std::optional<model::FolderId> folder;  // that it is in
  Permission permission;
};
// Nothing: there is no such object; `missing` says what to answer.
struct Sought {
  std::optional<Question> question{};
  Error missing{};
};

Sought Found(Target target, Permission read, Error missing) {
  return {.question = Question{.target = std::move(target), .read = read, .missing = std::move(missing)}};
}

Sought On(Target target) { return {.question = Question{.target = std::move(target)}}; }

Error NoSuch(std::string_view noun, std::string_view id) {
  return {.code = base::Code::kNotFound, .message = fmt::format("there is no {} `{}`", noun, base::Shortened(id, 80))};
}

Error NoSuchSpaceInBody(std::string_view member, std::string_view id) {
  return {.code = base::Code::kInvalidArgument,
          .message = fmt::format("there is no space `{}`", base::Shortened(id, 80)),
          .field = std::string(member)};
}

Error NotPermitted(Permission permission) {
  return {.code = base::Code::kPermissionDenied, .message = fmt::format("this needs the permission `{}`", tenancy::NameOf(permission))};
}

// A member of the body as text. What is no text, or no JSON at all, is the handler's to refuse.
std::optional<std::string> BodyText(const Call& call, std::string_view member) {
  // Cheap for bodies without it; a name may also be written with escapes.
  if (call.request.body.find(member) == std::string::npos && call.request.body.find('\\') == std::string::npos) return std::nullopt;
  const auto body = base::ParseJson(call.request.body);
  if (!body || !body->is_object()) return std::nullopt;
  const boost::json::value* value = body->get_object().if_contains({member.data(), member.size()});
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

Sought InBody(const Call& call, std::string_view member) {
  const auto text = BodyText(call, member);
  if (!text) return On({.space = call.caller->spaces->root()});
  const auto id = model::SpaceId::Parse(*text);
  Error missing = NoSuchSpaceInBody(member, *text);
  if (!id || !call.caller->spaces->Has(*id)) return {.missing = std::move(missing)};
  return Found({.space = *id}, Permission::kSpaceRead, std::move(missing));
}

// From here on the path names what was judged by its id: a handle might name something else by the time the handler looks.
void Pin(Call& call, const std::string& id) { call.params.Set("id", id); }

base::Result<Sought> OnIntegration(const Services& services, Call& call) {
  const std::string id = call.params.Get("id");
  const auto found = integration::FindKnown(services.integrations, services.sessions.known, call.actor, id);
  if (!found && found.error().code != base::Code::kNotFound) return std::unexpected(found.error());
  if (!found) return Sought{.missing = found.error()};
  const model::Integration& integration = (*found)->integration;
  Pin(call, integration.id.text());
  return Found({.space = integration.space, .integration = integration.id}, Permission::kIntegrationRead,
               integration::NoSuchIntegration(id));
}

// What a folder or connection is shared with; asked only when the integration's own space does not suffice.
base::Result<Sought> WithShares(const Services& services, const Call& call, const model::Integration& integration, const SharedNode& node,
                                Sought sought) {
  Question& question = *sought.question;
  if (!IsShareable(node.permission) && !IsShareable(*question.read)) return sought;
  if (call.caller->May(node.permission, question.target)) return sought;
  TRY_ASSIGN(const Sharing sharing, services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) {
    return Sharing::Read(tx, integration.id);
  }));
  question.also = sharing.TargetsOf(*call.caller, integration, node.id, node.folder);
  return sought;
}

base::Result<Sought> OnConnection(const Services& services, const Route& route, Call& call) {
  auto connection = FindConnection(services, call);
  if (!connection && connection.error().code != base::Code::kNotFound) return std::unexpected(connection.error());
  if (!connection) return Sought{.missing = connection.error()};
  TRY_ASSIGN(const auto integration, integration::FindKnown(services.integrations, services.sessions.known, call.actor,
                                                            connection->integration.text()));
  call.connection = std::make_shared<const store::Connection>(*std::move(connection));
  Sought sought = Found({.space = integration->integration.space, .integration = integration->integration.id},
                        Permission::kConnectionRead, NoSuch("connection", call.params.Get("id")));
  Pin(call, call.connection->id.text());
  if (!call.connection->folder) return sought;
  const SharedNode node{.id = call.connection->id.text(), .folder = call.connection->folder, .permission = route.permission};
  return WithShares(services, call, integration->integration, node, std::move(sought));
}

base::Result<Sought> OnFolder(const Services& services, const Route& route, Call& call) {
  const auto folder = FindFolder(services, call);
  if (!folder && folder.error().code != base::Code::kNotFound) return std::unexpected(folder.error());
  if (!folder) return Sought{.missing = folder.error()};
  TRY_ASSIGN(const auto integration,
             integration::FindKnown(services.integrations, services.sessions.known, call.actor, folder->integration.text()));
  Sought sought = Found({.space = integration->integration.space, .integration = integration->integration.id},
                        Permission::kConnectionRead, NoSuch("folder", call.params.Get("id")));
  Pin(call, folder->id.text());
  const SharedNode node{.id = folder->id.text(), .folder = folder->parent, .permission = route.permission};
  return WithShares(services, call, integration->integration, node, std::move(sought));
}

base::Result<Sought> OnJob(const Services& services, const Call& call) {
  const std::string& text = call.params.Get("id");
  Error missing = NoSuch("job", text);
  const auto id = model::JobId::Parse(text);
  if (!id) return Sought{.missing = std::move(missing)};
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<Sought> {
    TRY_ASSIGN(const auto job, store::FindJob(tx, *id));
    if (!job) return Sought{.missing = missing};
    Target target{.space = call.caller->spaces->root()};
    if (const auto about = IntegrationOf(*job)) {
      TRY_ASSIGN(const auto integration, store::FindIntegration(tx, *about));
      if (integration) target = {.space = integration->space, .integration = integration->id};
    }
    Sought sought = Found(std::move(target), Permission::kJobRead, missing);
    sought.question->is_own = job->actor == call.actor.id;
    return sought;
  });
}

Sought OnSpace(const Call& call) {
  const std::string& text = call.params.Get("id");
  const auto id = model::SpaceId::Parse(text);
  if (!id || !call.caller->spaces->Has(*id)) return {.missing = NoSuch("space", text)};
  return Found({.space = *id}, Permission::kSpaceRead, NoSuch("space", text));
}

base::Result<Sought> OnRoleBinding(const Services& services, const Call& call) {
  const std::string& text = call.params.Get("id");
  const auto id = model::RoleBindingId::Parse(text);
  if (!id) return Sought{.missing = NoSuch("role binding", text)};
  TRY_ASSIGN(const auto binding, services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) {
    return store::FindRoleBinding(tx, *id);
  }));
  if (!binding) return Sought{.missing = NoSuch("role binding", text)};
  return Found({.space = binding->space}, Permission::kRoleBindingRead, NoSuch("role binding", text));
}

base::Result<Sought> OnToken(const Services& services, const Call& call) {
  const std::string& text = call.params.Get("id");
  const auto id = model::TokenId::Parse(text);
  if (!id) return Sought{.missing = NoSuch("token", text)};
  TRY_ASSIGN(const auto token, services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) {
    return store::FindToken(tx, *id);
  }));
  // Who administers the installation is nothing that a tenant may look at or touch.
  const bool hidden = token && token->power == store::TokenPower::kAdministrator && !call.actor.installation_admin;
  if (!token || hidden) return Sought{.missing = NoSuch("token", text)};
  Sought sought = Found({.space = token->space.value_or(call.caller->spaces->root())}, Permission::kTokenRead, NoSuch("token", text));
  sought.question->is_own = token->operator_id && token->operator_id == call.caller->operator_id &&
                            !call.caller->authority->integrations;
  return sought;
}

base::Result<Sought> Seek(const Services& services, const Route& route, Call& call) {
  switch (route.asked) {
    case Asked::kNobody:
    case Asked::kCaller:
    case Asked::kInstallation: return On({});
    case Asked::kList:
    case Asked::kTenant: return On({.space = call.caller->spaces->root()});
    case Asked::kBodySpace: return InBody(call, "space");
    case Asked::kBodyParent: return InBody(call, "parent");
    case Asked::kIntegration: return OnIntegration(services, call);
    case Asked::kConnection: return OnConnection(services, route, call);
    case Asked::kFolder: return OnFolder(services, route, call);
    case Asked::kJob: return OnJob(services, call);
    case Asked::kSpace: return OnSpace(call);
    case Asked::kRoleBinding: return OnRoleBinding(services, call);
    case Asked::kToken: return OnToken(services, call);
  }
  return On({});
}

bool MayOn(const tenancy::Caller& caller, Permission permission, const Question& question) {
  if (caller.May(permission, question.target)) return true;
  return IsShareable(permission) && std::ranges::any_of(question.also, [&](const Target& target) { return caller.May(permission, target); });
}

Authorisation Judge(const tenancy::Caller& caller, Permission permission, Sought sought) {
  if (!sought.question) return {.refusal = Refusal::kNotFound, .error = std::move(sought.missing)};
  const Question& question = *sought.question;
  if (question.is_own || MayOn(caller, permission, question)) return {};
  if (question.read && !MayOn(caller, *question.read, question)) return {.refusal = Refusal::kHidden, .error = question.missing};
  return {.refusal = Refusal::kNotPermitted, .error = NotPermitted(permission)};
}

// Where a PATCH would move the object; that needs the permission there, too.
std::string_view MovingMember(const Route& route) {
  if (route.method != "PATCH") return "";
  return route.asked == Asked::kIntegration ? "space" : route.asked == Asked::kSpace ? "parent" : "";
}

}  // namespace

base::Result<Authorisation> Authorise(const Services& services, const Route& route, Call& call) {
  const tenancy::Caller& caller = *call.caller;
  // Whoever has it nowhere learns nothing about objects: the answer is the same for all of them.
  const bool may_be_own = route.asked == Asked::kJob || route.asked == Asked::kToken;
  if (!may_be_own && !caller.MaySomewhere(route.permission)) {
    return Authorisation{.refusal = Refusal::kNotPermitted, .error = NotPermitted(route.permission)};
  }
  if (route.asked == Asked::kList) return Authorisation{};
  TRY_ASSIGN(Sought sought, Seek(services, route, call));
  Authorisation authorisation = Judge(caller, route.permission, std::move(sought));
  const std::string_view moving = MovingMember(route);
  if (authorisation.refusal != Refusal::kNone || moving.empty() || !BodyText(call, moving)) return authorisation;
  return Judge(caller, route.permission, InBody(call, moving));
}

}  // namespace crossrole::api
