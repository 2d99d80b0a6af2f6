// SPDX-License-Identifier: Apache-2.0
#include "tenancy/federation/oidc_operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/json_web_token.h"
#include "base/text.h"
#include "model/handle.h"
#include "store/people/role_bindings.h"
#include "store/people/tenants.h"
#include "tenancy/authority.h"
#include "tenancy/role_bindings.h"

namespace crossrole::tenancy {
namespace {

using base::Code;
using base::Error;
using base::Fail;

// A role in a space, as bindings store both.
using Given = std::pair<std::string, model::SpaceId>;

std::unexpected<Error> Denied(std::string_view reason, std::string message, std::string fix) {
  return Fail(Error{.code = Code::kPermissionDenied, .message = std::move(message), .reason = std::string(reason), .fix = std::move(fix)});
}

base::Result<store::Tenant> TenantOf(const OidcPorts& ports, const SignInProvider& provider) {
  TRY_ASSIGN(const model::Handle handle, model::Handle::Parse(provider.tenant));
  TRY_ASSIGN(auto tenant, ports.sign_in.operators.store.ReadInstallation(
                              [&](store::ReadTransaction& tx) { return store::FindTenantByHandle(tx, handle); }));
  if (!tenant || tenant->state != store::TenantState::kActive) return Fail(NotSignedIn());
  return *std::move(tenant);
}

// The server's configuration acts here, not a person; but because somebody signs in, from somewhere.
base::Result<Caller> SystemIn(const OidcPorts& ports, const store::Tenant& tenant, const SignInAttempt& attempt) {
  TRY_ASSIGN(SpaceTree spaces, ports.sign_in.operators.store.Read(tenant.id, LoadSpaces));
  return Caller{.actor = {.tenant = tenant.id,
                          .id = "system",
                          .remote = attempt.remote,
                          .request_id = attempt.request_id,
                          .traceparent = attempt.traceparent},
                .tenant_handle = tenant.handle.text(),
                .authority = std::make_shared<const Authority>(Authority{.installation_admin = true}),
                .spaces = std::make_shared<const SpaceTree>(std::move(spaces))};
}

std::string VerifiedEmail(const SignInProvider& provider, const boost::json::object& claims) {
  const boost::json::value* said = claims.if_contains("email_verified");
  const bool is_verified = said == nullptr ? provider.email_is_verified
                                           : (said->is_bool() && said->get_bool()) || base::TextIn(claims, "email_verified") == "true";
  return is_verified ? base::TextIn(claims, "email") : "";
}

std::string NameFrom(const boost::json::object& claims, const std::string& email) {
  const std::string name = base::TextIn(claims, "name");
  return model::CheckName(name, "name") ? name : email.substr(0, email.find('@')).substr(0, 128);
}

base::Result<store::Operator> Link(const OidcPorts& ports, const Caller& system, store::Operator person, store::ProviderSubject subject) {
  if (!person.password_hash.empty() || person.subject) {
    return Denied("sign_in.address_taken", "another way to sign in is set for this address", "ask an administrator of this installation");
  }
  person.subject = std::move(subject);
  person.updated_at = ports.sign_in.operators.clock.Now();
  return audit::RecordAround(ports.sign_in.operators.audit, audit::RecordOf(system.actor, "operator.update", person.id.text()),
                             [&](audit::EffectReport& report) -> base::Result<store::Operator> {
                               report.details = R"({"changed":["provider"]})";
                               TRY_ASSIGN(const std::int64_t version, ports.sign_in.operators.store.Write(person.tenant, [&](store::WriteTransaction& tx) {
                                 return store::UpdateOperator(tx, person);
                               }));
                               store::Operator linked = person;
                               linked.version = version;
                               return linked;
                             });
}

base::Result<store::Operator> Make(const OidcPorts& ports, const Caller& system, std::string name, std::string email,
                                   store::ProviderSubject subject) {
  TRY(CheckEmail(email));
  const OperatorPorts& operators = ports.sign_in.operators;
  const base::Time now = operators.clock.Now();
  const store::Operator person{.id = model::OperatorId::Make(now, operators.random),
                               .tenant = system.actor.tenant,
                               .name = std::move(name),
                               .email = std::move(email),
                               .subject = std::move(subject),
                               .created_at = now,
                               .updated_at = now};
  return audit::RecordAround(operators.audit, audit::RecordOf(system.actor, "operator.create", person.id.text()),
                             [&](audit::EffectReport&) -> base::Result<store::Operator> {
                               TRY(operators.store.Write(person.tenant, [&](store::WriteTransaction& tx) {
                                 return store::InsertOperator(tx, person);
                               }));
                               return person;
                             });
}

base::Result<store::Operator> FindOrMake(const OidcPorts& ports, const SignInProvider& provider, const Caller& system,
                                         const ProvenIdentity& identity, bool has_role) {
  const store::ProviderSubject subject{provider.name, identity.subject};
  const std::string email = VerifiedEmail(provider, identity.claims);
  struct Known {
    std::optional<store::Operator> by_subject;
    std::optional<store::Operator> by_email;
  };
  TRY_ASSIGN(Known known, ports.sign_in.operators.store.Read(system.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<Known> {
    Known found;
    TRY_ASSIGN(found.by_subject, store::FindOperatorBySubject(tx, subject));
    if (email.empty()) return found;
    TRY_ASSIGN(found.by_email, store::FindOperatorByEmail(tx, email));
    return found;
  }));
  if (known.by_subject) return *std::move(known.by_subject);
  if (known.by_email) return Link(ports, system, *std::move(known.by_email), subject);
  if (!has_role) {
    return Denied("sign_in.no_role", "none of your groups has a role here", "ask an administrator of this installation");
  }
  if (email.empty()) {
    return Denied("sign_in.no_email", "the identity provider does not vouch for your address",
                  "it has to send `email` and `email_verified`");
  }
  return Make(ports, system, NameFrom(identity.claims, email), email, subject);
}

base::Result<std::set<Given>> Resolve(const OidcPorts& ports, const Caller& system, const SignInProvider& provider,
                                      const std::set<std::string>* groups) {
  return ports.sign_in.operators.store.Read(system.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<std::set<Given>> {
    std::set<Given> given;
    for (const auto& [group, wanted] : provider.roles) {
      if (groups != nullptr && !groups->contains(group)) continue;
      // A role that the tenant deleted gives nothing, and must keep nobody out.
      const auto role = FindRoleToGive(tx, wanted.role);
      const model::SpaceId space = wanted.space.value_or(system.spaces->root());
      if (role && system.spaces->Has(space)) given.emplace(role->key, space);
    }
    return given;
  });
}

// What the mapping names is the provider's to give and to take; whatever else an operator has stays.
// Losing the last owner is nothing that a group renamed at the provider shall bring about: he comes in and stays one.
base::Status SyncRoles(const OidcPorts& ports, const Caller& system, const SignInProvider& provider, const store::Operator& person,
                       std::set<Given> wanted) {
  TRY_ASSIGN(const std::set<Given> all, Resolve(ports, system, provider, nullptr));
  const Ports rest{ports.sign_in.operators.store, ports.sign_in.operators.audit, ports.sign_in.operators.clock, ports.sign_in.operators.random};
  TRY_ASSIGN(const auto bindings, rest.store.Read(person.tenant, [&](store::ReadTransaction& tx) {
    return store::ListRoleBindings(tx, {.principal = person.id.text()}, {.limit = 10'000});
  }));
  for (const store::RoleBinding& binding : bindings) {
    const Given given{binding.role, binding.space};
    if (wanted.erase(given) == 0 && all.contains(given)) TRY(UnbindByMapping(rest, system, binding.id, provider.name));
  }
  for (const Given& given : wanted) {
    const auto bound = Bind(rest, system, {.operator_id = person.id.text(), .role = given.first, .space = given.second});
    // Another sign-in of the same person may have been quicker.
    if (!bound && bound.error().code != Code::kConflict) return Fail(bound.error());
  }
  return {};
}

}  // namespace

base::Result<store::Operator> OperatorFor(const OidcPorts& ports, const SignInProvider& provider, const ProvenIdentity& identity) {
  TRY_ASSIGN(const store::Tenant tenant, TenantOf(ports, provider));
  TRY_ASSIGN(const Caller system, SystemIn(ports, tenant, identity.attempt));
  const auto texts = base::TextsIn(identity.claims, provider.groups_claim);
  const std::set<std::string> groups(texts.begin(), texts.end());
  TRY_ASSIGN(std::set<Given> wanted, Resolve(ports, system, provider, &groups));
  TRY_ASSIGN(store::Operator person, FindOrMake(ports, provider, system, identity, !wanted.empty()));
  if (person.disabled) return Fail(NotSignedIn());
  TRY(SyncRoles(ports, system, provider, person, std::move(wanted)));
  return person;
}

}  // namespace crossrole::tenancy
