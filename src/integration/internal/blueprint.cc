// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/blueprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "base/crypto.h"
#include "base/json.h"
#include "integration/capabilities.h"
#include "integration/internal/names.h"
#include "integration/internal/role_specification.h"
#include "policy/analyse.h"
#include "policy/parse.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;

std::unexpected<Error> Refuse(std::string_view field, std::string message, std::string fix) {
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = std::move(message),
                    .field = std::string(field),
                    .fix = std::move(fix)});
}

base::Result<AcceptedExternalIds> PerRunValues(const model::Integration& integration, const model::Handle& tenant,
                                               const TrustScope& scope) {
  const std::string own = fmt::format("{}@{}@", tenant.text(), integration.id.text());
  if (scope.reach == TrustReach::kAnyStack) {
    return AcceptedExternalIds{.values = {own + "*"}, .match = ExternalIdMatch::kPattern};
  }
  if (scope.stacks.empty()) return Refuse("stack", "no stack is named", "name one or more stacks by their slugs");
  const std::set<std::string> stacks(scope.stacks.begin(), scope.stacks.end());
  AcceptedExternalIds accepted;
  for (const std::string& stack : stacks) {
    TRY_ASSIGN(const auto read, model::ExternalId::PerRun(tenant, integration.id, stack, model::Phase::kRead));
    TRY_ASSIGN(const auto write, model::ExternalId::PerRun(tenant, integration.id, stack, model::Phase::kWrite));
    if (scope.reach == TrustReach::kExact) {
      accepted.values.insert(accepted.values.end(), {read.text(), write.text()});
    } else {
      accepted.match = ExternalIdMatch::kPattern;
      accepted.values.push_back(fmt::format("{}{}@*", own, stack));
    }
  }
  return accepted;
}

std::size_t SizeOf(const policy::Document& document) { return policy::CountedSize(policy::Print(document)); }

std::size_t ActionsIn(const policy::Document& document) {
  std::size_t actions = 0;
  for (const policy::Statement& statement : document.statements) actions += statement.action.patterns.size();
  return actions;
}

// Statements stay whole and in order; each goes into the last chunk if it fits.
void AppendChunks(const std::vector<policy::Statement>& statements, policy::Version version,
                  std::vector<policy::Document>& chunks) {
  bool open = false;
  for (const policy::Statement& statement : statements) {
    if (open) {
      policy::Document wider = chunks.back();
      wider.statements.push_back(statement);
      if (SizeOf(wider) <= policy::kManagedPolicySize && ActionsIn(wider) <= kActionsPerPolicy) {
        chunks.back() = std::move(wider);
        continue;
      }
    }
    chunks.push_back({.version = version, .statements = {statement}});
    open = true;
  }
}

// What the version of a blueprint is made of: all that ends up in the customer's account.
std::string HashedText(const Blueprint& plan) {
  json::object all{{"integration", plan.integration.text()},
                   {"partition", model::FactsOf(plan.partition).name},
                   {"account", plan.account ? plan.account->text() : ""},
                   {"principal", plan.principal_arn},
                   {"role", plan.role_name},
                   {"path", plan.path},
                   {"description", plan.description},
                   {"trust", policy::ToJson(plan.trust)},
                   {"managed", json::value_from(plan.managed_policy_arns)},
                   {"boundary", plan.permissions_boundary_arn},
                   {"tags", json::value_from(plan.tags)},
                   {"session", plan.longest_session.count()},
                   {"stack", plan.stack_name}};
  json::array policies;
  for (const NamedPolicy& named : plan.policies) {
    policies.push_back(json::object{{"name", named.name}, {"document", policy::ToJson(named.document)}});
  }
  all["policies"] = std::move(policies);
  return base::PrintJson(all);
}

base::Status CheckLimits(const Blueprint& plan) {
  const std::size_t size = SizeOf(plan.trust);
  if (size > policy::kTrustPolicySize) {
    return Refuse("stack",
                  fmt::format("the trust policy has {} characters, IAM takes {}", size, policy::kTrustPolicySize),
                  "name fewer stacks, or use scope=any");
  }
  return {};
}

base::Status CheckNumber(const model::Integration& integration, std::size_t own) {
  const std::size_t named = integration.role.managed_policy_arns.size();
  if (own + named <= kPoliciesPerRole) return {};
  return Refuse(named == 0 ? "policy_document" : "managed_policy_arns",
                fmt::format("the role would have {} managed policies, {} of them for its capabilities and policy document; IAM takes {} at most",
                            own + named, own, kPoliciesPerRole),
                "name fewer policies, choose fewer capabilities, or shorten the policy document");
}

std::vector<std::string> WarningsFor(const Blueprint& plan) {
  const std::size_t attached = plan.policies.size() + plan.managed_policy_arns.size();
  if (attached <= policy::kManagedPoliciesPerPrincipal) return {};
  return {fmt::format("the role has {} managed policies, and AWS lets a role have {} until the account's quota \"Managed policies per "
                      "role\" is raised, to {} at most",
                      attached, policy::kManagedPoliciesPerPrincipal, kPoliciesPerRole)};
}

}  // namespace

base::Result<AcceptedExternalIds> AcceptedExternalIdsOf(const model::Integration& integration,
                                                        const model::Handle& tenant, const TrustScope& scope) {
  if (integration.external_id_format == model::ExternalIdFormat::kPerRun) {
    return PerRunValues(integration, tenant, scope);
  }
  if (scope.reach != TrustReach::kAnyStack || !scope.stacks.empty()) {
    return Refuse("stack",
                  fmt::format("the external ID of format {} does not name a stack",
                              model::NameOf(integration.external_id_format)),
                  "leave out stack and scope");
  }
  AcceptedExternalIds accepted;
  for (const auto state : {model::ExternalIdState::kCurrent, model::ExternalIdState::kPrevious}) {
    for (const model::IssuedExternalId& issued : integration.external_ids) {
      if (issued.state == state) accepted.values.push_back(issued.value.text());
    }
  }
  if (accepted.values.empty()) return Fail(Code::kFailedPrecondition, "the integration has no external ID");
  return accepted;
}

policy::Document TrustDocument(const model::Integration& integration, const AcceptedExternalIds& external_ids,
                               const std::string& next_principal_arn) {
  policy::TrustDesign design{.principal_arns = {integration.principal_arn}, .session_actions = {}};
  if (!next_principal_arn.empty() && next_principal_arn != integration.principal_arn) design.principal_arns.push_back(next_principal_arn);
  const bool pattern = external_ids.match == ExternalIdMatch::kPattern;
  (pattern ? design.external_patterns : design.external_ids) = external_ids.values;
  if (integration.session_tags) design.session_actions.emplace_back("sts:TagSession");
  if (integration.source_identity) design.session_actions.emplace_back("sts:SetSourceIdentity");
  return policy::BuildTrust(design);
}

std::string EscapePolicyText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '$' || c == '*' || c == '?') {
      out += fmt::format("${{{}}}", c);
    } else {
      out += c;
    }
  }
  return out;
}

std::string OwnRoleResource(const model::Integration& integration) {
  const auto role = integration.ExpectedRoleArn();
  const std::string name = role ? role->path() + role->name() : integration.role.role_path + integration.role.role_name;
  return fmt::format("arn:{}:iam::{}:role{}", model::FactsOf(integration.partition).name,
                     role ? role->account().text() : "*", EscapePolicyText(name));
}

base::Result<std::vector<NamedPolicy>> PoliciesFor(const model::Integration& integration) {
  TRY(CheckCapabilities(integration.capabilities));
  const PackPlace place{.partition = integration.partition,
                        .account = integration.account_id ? integration.account_id->text() : "*",
                        .own_role_arn = OwnRoleResource(integration)};
  std::vector<policy::Statement> statements;
  for (const Pack& pack : Packs()) {
    const auto chosen = std::ranges::find(integration.capabilities, pack.name, &model::CapabilityChoice::name);
    if (chosen == integration.capabilities.end()) continue;
    for (policy::Statement& statement : StatementsOf(*chosen, place)) statements.push_back(std::move(statement));
  }
  std::vector<policy::Document> chunks;
  AppendChunks(statements, policy::Version::k2012, chunks);
  if (!integration.role.policy_document.empty()) {
    TRY_ASSIGN(const policy::Document own,
               policy::Parse(integration.role.policy_document, policy::DocumentKind::kIdentity));
    AppendChunks(own.statements, own.version, chunks);
  }
  const std::string fallback = FreePolicyName(integration.preset, integration.role.policy_name, integration.id);
  std::vector<NamedPolicy> policies;
  for (policy::Document& chunk : chunks) {
    const std::string number = policies.empty() ? "" : fmt::format("-{}", policies.size() + 1);
    policies.push_back({.name = integration.role.policy_name + number,
                        .document = std::move(chunk),
                        .fallback_name = fallback.empty() ? "" : fallback + number});
    if (!model::IsPolicyName(policies.back().name)) {
      return Refuse("policy_name", fmt::format("`{}` is too long to be numbered", integration.role.policy_name),
                    "use at most 125 characters");
    }
  }
  return policies;
}

base::Status CheckPolicies(const model::Integration& integration) {
  TRY_ASSIGN(const std::vector<NamedPolicy> own, PoliciesFor(integration));
  return CheckNumber(integration, own.size());
}

base::Result<Blueprint> MakeBlueprint(const model::Integration& integration, const model::Handle& tenant,
                                      const TrustScope& scope) {
  TRY(CheckRoleSpecification(integration.role, integration.partition, integration.account_id));
  TRY_ASSIGN(AcceptedExternalIds accepted, AcceptedExternalIdsOf(integration, tenant, scope));
  TRY_ASSIGN(std::vector<NamedPolicy> policies, PoliciesFor(integration));
  TRY(CheckNumber(integration, policies.size()));
  const auto role = integration.ExpectedRoleArn();
  Blueprint plan{.integration = integration.id,
                 .handle = integration.handle,
                 .partition = integration.partition,
                 .account = role ? role->account() : integration.account_id,
                 .region = integration.region,
                 .principal_arn = integration.principal_arn,
                 .external_ids = std::move(accepted),
                 .role_name = role ? role->name() : integration.role.role_name,
                 .path = role ? role->path() : integration.role.role_path,
                 .description = integration.role.description,
                 .trust = {},
                 .policies = std::move(policies),
                 .managed_policy_arns = integration.role.managed_policy_arns,
                 .permissions_boundary_arn = integration.role.permissions_boundary_arn,
                 .tags = integration.role.tags,
                 .longest_session = std::max(std::chrono::seconds(3600), integration.duration),
                 .own_role_resource = OwnRoleResource(integration),
                 .stack_name = StackName(integration.handle, integration.id),
                 .version = {}};
  plan.trust = TrustDocument(integration, plan.external_ids, scope.next_principal_arn);
  plan.tags[std::string(kIntegrationTag)] = integration.id.text();
  TRY(CheckLimits(plan));
  const base::Digest digest = base::Sha256(HashedText(plan));
  plan.version = fmt::format("{}.{}", kArtefactDate, base::HexEncode(base::AsText(digest)).substr(0, 12));
  plan.tags[std::string(kTemplateTag)] = plan.version;
  plan.warnings = WarningsFor(plan);
  return plan;
}

base::Result<Blueprint> MakeBlueprintWithoutPath(model::Integration integration, const model::Handle& tenant,
                                                 const TrustScope& scope) {
  if (!integration.role_arn) integration.role.role_path = "/";
  return MakeBlueprint(integration, tenant, scope);
}

}  // namespace crossrole::integration
