// SPDX-License-Identifier: Apache-2.0
#include "tenancy/permissions.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "api/handlers.h"
#include "api/services.h"
#include "base/text.h"
#include "integration/find.h"
#include "store/connections.h"
#include "store/integrations.h"
#include "store/people/operators.h"
#include "store/people/tokens.h"
#include "tenancy/authority.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;
using base::Error;
using base::Fail;
using tenancy::Permission;
using tenancy::Target;

// Of whom the question is.
struct Principal {
  std::string id;
  tenancy::Authority authority;
  bool comes_in = true;  // whether it could sign in or be used at all now
};

Error NoSuch(std::string_view noun, std::string_view id) {
  return {.code = base::Code::kNotFound, .message = fmt::format("there is no {} `{}`", noun, base::Shortened(id, 80))};
}

base::Result<Permission> ReadAction(const Call& call) {
  const std::string name = call.Query("action");
  const auto permission = tenancy::PermissionByName(name);
  if (permission && *permission != Permission::kPublic) return *permission;
  std::vector<std::string_view> known;
  for (std::size_t i = 1; i < tenancy::kPermissionCount; ++i) known.push_back(tenancy::NameOf(static_cast<Permission>(i)));
  const std::string nearest = base::NearestName(name, known);
  return Fail(Error{.code = base::Code::kInvalidArgument,
                    .message = name.empty() ? std::string("no action is given") : fmt::format("`{}` is not an action", base::Shortened(name, 80)),
                    .field = "action",
                    .fix = name.empty()      ? "name a permission of ours, such as `integration.read`"
                           : nearest.empty() ? std::string()
                                             : fmt::format("did you mean `{}`?", nearest)});
}

base::Result<Principal> OfOperator(store::ReadTransaction& tx, const model::OperatorId& id) {
  TRY_ASSIGN(const auto person, store::FindOperator(tx, id));
  if (!person) return Fail(NoSuch("operator", id.text()));
  TRY_ASSIGN(tenancy::Authority authority, tenancy::LoadAuthority(tx, id.text()));
  return Principal{.id = id.text(), .authority = std::move(authority), .comes_in = !person->disabled};
}

base::Result<Principal> OfToken(store::ReadTransaction& tx, const model::TokenId& id, bool sees_administrators, base::Time now) {
  TRY_ASSIGN(const auto token, store::FindToken(tx, id));
  if (!token || (token->power == store::TokenPower::kAdministrator && !sees_administrators)) return Fail(NoSuch("token", id.text()));
  TRY_ASSIGN(tenancy::Authority authority, tenancy::LoadAuthorityOf(tx, *token));
  bool comes_in = !token->revoked_at && (!token->expires_at || now < *token->expires_at);
  if (token->operator_id) {
    TRY_ASSIGN(const auto person, store::FindOperator(tx, *token->operator_id));
    comes_in = comes_in && person && !person->disabled;
  }
  return Principal{.id = id.text(), .authority = std::move(authority), .comes_in = comes_in};
}

// Whom the query names, or the caller. About others asks only who may.
base::Result<Principal> ReadPrincipal(const Services& services, const Call& call) {
  TRY_ASSIGN(const auto person, call.Parsed("operator", model::OperatorId::Parse));
  TRY_ASSIGN(const auto token, call.Parsed("token", model::TokenId::Parse));
  if (person && token) {
    return Fail(Error{.code = base::Code::kInvalidArgument, .message = "say `operator` or `token`, not both", .field = "token"});
  }
  const bool self = (!person && !token) || (person && person->text() == call.actor.id) || (token && token->text() == call.actor.id);
  if (self) return Principal{.id = call.actor.id, .authority = *call.caller->authority};
  if (!call.caller->MayIn(call.caller->spaces->root(), Permission::kPermissionExplain)) {
    return Fail(base::Code::kPermissionDenied,
                fmt::format("to ask about others needs the permission `{}`", tenancy::NameOf(Permission::kPermissionExplain)));
  }
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<Principal> {
    if (person) return OfOperator(tx, *person);
    return OfToken(tx, *token, call.actor.installation_admin, services.integrations.clock.Now());
  });
}

base::Result<Target> OfIntegration(store::ReadTransaction& tx, const Call& call, const model::IntegrationId& id, Permission read) {
  TRY_ASSIGN(const auto found, store::FindIntegration(tx, id));
  if (!found) return Fail(NoSuch("target", call.Query("target")));
  Target target{.space = found->space, .integration = found->id};
  if (!call.caller->May(read, target)) return Fail(NoSuch("target", call.Query("target")));
  return target;
}

// What the query names, or the whole tenant. What the caller may not see is not there.
base::Result<Target> ReadTarget(const Services& services, const Call& call) {
  const std::string text = call.Query("target");
  if (text.empty() && !call.request.Query("target")) return Target{.space = call.caller->spaces->root()};
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<Target> {
    if (const auto space = model::SpaceId::Parse(text)) {
      const bool seen = call.caller->spaces->Has(*space) && call.caller->MayIn(*space, Permission::kSpaceRead);
      if (!seen) return Fail(NoSuch("target", text));
      return Target{.space = *space};
    }
    if (const auto id = model::IntegrationId::Parse(text)) return OfIntegration(tx, call, *id, Permission::kIntegrationRead);
    if (const auto id = model::ConnectionId::Parse(text)) {
      TRY_ASSIGN(const auto connection, store::FindConnection(tx, *id));
      if (!connection) return Fail(NoSuch("target", text));
      return OfIntegration(tx, call, connection->integration, Permission::kConnectionRead);
    }
    return Fail(Error{.code = base::Code::kInvalidArgument,
                      .message = fmt::format("`{}` is not an id of a space, an integration or a connection", base::Shortened(text, 80)),
                      .field = "target"});
  });
}

std::string SentenceFor(const Principal& principal, Permission permission, const tenancy::Decision& decision) {
  const std::string_view action = tenancy::NameOf(permission);
  if (!principal.comes_in) return fmt::format("`{}` is disabled or void and may nothing", principal.id);
  switch (decision.verdict) {
    case tenancy::Verdict::kAllowed: return fmt::format("a role of `{}` allows `{}` there", principal.id, action);
    case tenancy::Verdict::kEverybodys: return fmt::format("`{}` is everybody's who is known", action);
    case tenancy::Verdict::kAdministrator: return fmt::format("`{}` is the administrator of the installation", principal.id);
    case tenancy::Verdict::kNoGrant: return fmt::format("no role of `{}` allows `{}` there", principal.id, action);
    case tenancy::Verdict::kOtherIntegration: return fmt::format("`{}` is for certain integrations only, and this is none of them", principal.id);
    case tenancy::Verdict::kInstallationOnly: return fmt::format("`{}` is for the administrator of the installation only", action);
  }
  return "";
}

base::Result<json::value> Explained(const Services& services, const Call& call) {
  TRY_ASSIGN(const Permission permission, ReadAction(call));
  TRY_ASSIGN(const Principal principal, ReadPrincipal(services, call));
  TRY_ASSIGN(Target target, ReadTarget(services, call));
  if (permission == Permission::kInstallationManage) target = {};
  const tenancy::Decision decision = tenancy::Explain(principal.authority, *call.caller->spaces, permission, target);
  json::array grants;
  for (std::size_t i = 0; i < decision.grants.size(); ++i) {
    const tenancy::Grant& grant = principal.authority.grants[i];
    grants.push_back(json::object{{"role", grant.role},
                                  {"space", grant.space.text()},
                                  {"source", grant.source},
                                  {"verdict", tenancy::NameOf(decision.grants[i])}});
  }
  return json::object{{"allowed", principal.comes_in && decision.allowed()},
                      {"verdict", principal.comes_in ? tenancy::NameOf(decision.verdict) : "void"},
                      {"explanation", SentenceFor(principal, permission, decision)},
                      {"principal", principal.id},
                      {"action", tenancy::NameOf(permission)},
                      {"space", target.space ? json::value(target.space->text()) : json::value(nullptr)},
                      {"grants", std::move(grants)}};
}

}  // namespace

void ExplainPermission(Services& services, Call call, Reply reply) { reply.Of(200, Explained(services, call)); }

}  // namespace crossrole::api
