// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <set>

#include "model/arn.h"
#include "policy/parse.h"
#include "sim/iam/operations.h"
#include "sim/iam/entities.h"
#include "sim/internal/statement_positions.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

// A policy under simulation as answers name it.
struct Source {
  std::string id;    // "role_Name_Policy", a managed policy's name, "PolicyInputList.1"
  std::string type;  // as in the model
  std::shared_ptr<const policy::Document> document;
  std::string text;
};

// Everything one simulation evaluates with.
struct Simulation {
  policy::Principal principal;
  std::vector<Source> identity{};
  std::vector<Source> boundary{};
  std::vector<Source> resource{};
  std::string resource_owner{};
  policy::ContextMap context{};
};

Source FromText(std::string id, std::string type, const PolicyText& text) {
  return {std::move(id), std::move(type), text.document, text.text};
}

template <typename T>
void AddInline(const T& entity, std::vector<Source>& into) {
  const std::string word(WordOf<T>());
  for (const auto& [name, policy] : entity.inline_policies) {
    into.push_back(FromText(word + "_" + entity.name + "_" + name, word, policy));
  }
}

void AddManaged(const Call& call, const std::string& arn, std::vector<Source>& into) {
  const auto policy = call.world.FindPolicy(call.account(), arn);
  if (!policy) return;
  const bool is_aws = arn.find(":iam::aws:") != std::string::npos;
  into.push_back(FromText(policy->name, is_aws ? "aws-managed" : "user-managed", policy->Default().policy));
}

template <typename T>
void AddEntity(const Call& call, const T& entity, Simulation& simulation) {
  AddInline(entity, simulation.identity);
  for (const std::string& arn : entity.attached) AddManaged(call, arn, simulation.identity);
  if constexpr (requires { entity.boundary; }) {
    if (!entity.boundary.empty()) AddManaged(call, entity.boundary, simulation.boundary);
  }
  simulation.principal.arn = entity.arn;
  simulation.principal.unique_id = entity.id;
}

std::unexpected<base::Error> NoSuch(std::string_view word, std::string_view name) {
  return Refuse("NoSuchEntity", fmt::format("The {} with name {} cannot be found.", word, name));
}

base::Status AddPrincipal(const Call& call, const std::string& arn_text, Simulation& simulation) {
  const auto arn = model::Arn::Parse(arn_text);
  if (!arn || arn->service != "iam" || arn->account != call.account().id) {
    return Refuse("InvalidInput", fmt::format("Invalid Entity Arn: {} does not clearly define entity type and name.", arn_text));
  }
  const std::string name = arn->resource.substr(arn->resource.rfind('/') + 1);
  simulation.principal.partition = arn->partition;
  simulation.principal.account = arn->account;
  if (arn->resource.starts_with("role/")) {
    const auto role = call.account().roles.Find(name);
    if (!role || role->arn != arn_text) return NoSuch("role", name);
    simulation.principal.kind = policy::CallerKind::kRole;
    AddEntity(call, *role, simulation);
    return {};
  }
  simulation.principal.kind = policy::CallerKind::kUser;
  if (arn->resource.starts_with("group/")) {
    const auto group = call.account().groups.Find(name);
    if (!group || group->arn != arn_text) return NoSuch("group", name);
    AddEntity(call, *group, simulation);
    return {};
  }
  const auto user = call.account().users.Find(name);
  if (!user || user->arn != arn_text) return NoSuch("user", name);
  AddEntity(call, *user, simulation);
  for (const std::string& group_name : user->groups) {
    const auto group = call.account().groups.Find(group_name);
    if (!group) continue;
    AddInline(*group, simulation.identity);
    for (const std::string& policy : group->attached) AddManaged(call, policy, simulation.identity);
  }
  return {};
}

base::Status AddInputs(const std::vector<std::string>& texts, std::string_view list, std::vector<Source>& into) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto text = StorePolicy(texts[i], policy::DocumentKind::kIdentity);
    if (!text) return Refuse("InvalidInput", fmt::format("Invalid policy in {}: {}", list, text.error().message));
    into.push_back(FromText(fmt::format("{}.{}", list, i + 1), "none", *text));
  }
  return {};
}

// What both operations take alike.
template <typename Input>
base::Status AddCommon(const Call& call, const Input& input, Simulation& simulation) {
  TRY(AddInputs(input.policy_input_list, "PolicyInputList", simulation.identity));
  if (!input.permissions_boundary_policy_input_list.empty()) {
    simulation.boundary.clear();
    TRY(AddInputs(input.permissions_boundary_policy_input_list, "PermissionsBoundaryPolicyInputList", simulation.boundary));
  }
  if (input.caller_arn) {
    const auto caller = policy::ReadPrincipal(*input.caller_arn);
    if (!caller || caller->kind != policy::CallerKind::kUser) return Refuse("InvalidInput", "CallerArn must be the ARN of an IAM user.");
    simulation.principal = *caller;
  }
  simulation.resource_owner = simulation.principal.account.empty() ? call.account().id : simulation.principal.account;
  if (input.resource_policy) {
    const auto text = StorePolicy(*input.resource_policy, policy::DocumentKind::kResource);
    if (!text) return Refuse("InvalidInput", "Invalid resource policy: " + text.error().message);
    simulation.resource.push_back(FromText("ResourcePolicy", "resource", *text));
    if (input.resource_owner) {
      const auto owner = model::Arn::Parse(*input.resource_owner);
      simulation.resource_owner = owner ? owner->account : *input.resource_owner;
    }
  }
  for (const api::ContextEntry& entry : input.context_entries) {
    if (entry.context_key_name) simulation.context.SetList(*entry.context_key_name, entry.context_key_values);
  }
  return {};
}

std::vector<policy::PolicyRef> RefsOf(const std::vector<Source>& sources) {
  std::vector<policy::PolicyRef> refs;
  for (const Source& source : sources) refs.push_back({source.id, source.document.get()});
  return refs;
}

// The simulator looks at identity policies only; where AWS wants a grant of the resource as well, it takes one that
// delegates to the account.
std::shared_ptr<const policy::Document> Delegation(const Simulation& simulation) {
  auto document = std::make_shared<policy::Document>();
  document->version = policy::Version::k2012;
  policy::Statement& statement = document->statements.emplace_back();
  statement.effect = policy::Effect::kAllow;
  statement.principal = {policy::Form::kIs, {{policy::PrincipalType::kAws, simulation.principal.account}}};
  statement.action = {policy::Form::kIs, {"*"}};
  return document;
}

std::string_view DecisionName(policy::Answer answer) {
  if (answer == policy::Answer::kAllowed) return "allowed";
  return answer == policy::Answer::kExplicitlyDenied ? "explicitDeny" : "implicitDeny";
}

void AddMatches(const Simulation& simulation, const policy::Decision& decision, std::vector<api::Statement>& into) {
  for (const policy::StatementMatch& match : decision.statements) {
    for (const auto* sources : {&simulation.identity, &simulation.boundary, &simulation.resource}) {
      const auto source = std::ranges::find(*sources, match.policy, &Source::id);
      if (source == sources->end()) continue;
      api::Statement statement{.source_policy_id = source->id, .source_policy_type = source->type};
      if (const auto span = FindStatement(source->text, match.index)) {
        statement.start_position = api::Position{.line = span->start.line, .column = span->start.column};
        statement.end_position = api::Position{.line = span->end.line, .column = span->end.column};
      }
      into.push_back(std::move(statement));
      break;
    }
  }
}

// Condition keys that the policies ask about and the request does not have.
std::vector<std::string> MissingKeys(const Simulation& simulation, const policy::ContextMap& context) {
  std::set<std::string> missing;
  for (const auto* sources : {&simulation.identity, &simulation.boundary, &simulation.resource}) {
    for (const Source& source : *sources) {
      for (const policy::Statement& statement : source.document->statements) {
        for (const policy::Condition& condition : statement.conditions) {
          if (context.Find(condition.key) == nullptr) missing.insert(condition.key);
        }
      }
    }
  }
  return {missing.begin(), missing.end()};
}

api::EvaluationResult EvaluateOne(const Call& call, const Simulation& simulation, const std::string& action,
                                  const std::string& resource) {
  policy::Request request{.principal = simulation.principal,
                          .action = action,
                          .resource = resource,
                          .resource_account = simulation.resource_owner,
                          .context = simulation.context};
  policy::AddPrincipalKeys(request.context, simulation.principal);
  policy::PolicySets sets{.identity = RefsOf(simulation.identity), .resource = RefsOf(simulation.resource)};
  // The simulator takes several boundaries of its input as one.
  policy::Document boundary;
  if (!simulation.boundary.empty()) {
    for (const Source& source : simulation.boundary) {
      boundary.version = source.document->version;
      boundary.statements.insert(boundary.statements.end(), source.document->statements.begin(),
                                 source.document->statements.end());
    }
    sets.boundary = policy::PolicyRef{simulation.boundary.front().id, &boundary};
  }
  const auto delegation = Delegation(simulation);
  if (sets.resource.empty() && policy::NeedsExplicitGrant(action, resource)) {
    sets.resource.push_back({"", delegation.get()});
  }
  const policy::Decision decision = policy::Evaluate(request, sets, call.evaluation);
  api::EvaluationResult result{.eval_action_name = action,
                               .eval_resource_name = resource,
                               .eval_decision = std::string(DecisionName(decision.answer)),
                               .missing_context_values = MissingKeys(simulation, request.context)};
  AddMatches(simulation, decision, result.matched_statements);
  if (sets.boundary) {
    const policy::PolicySets alone{.identity = {*sets.boundary}};
    result.permissions_boundary_decision_detail = api::PermissionsBoundaryDecisionDetail{
        .allowed_by_permissions_boundary = policy::Evaluate(request, alone, call.evaluation).allowed()};
  }
  return result;
}

template <typename Input>
base::Result<api::SimulatePolicyResponse> Simulate(const Call& call, const Input& input, const Simulation& simulation) {
  std::vector<std::string> resources = input.resource_arns;
  if (resources.empty()) resources.emplace_back("*");
  std::vector<api::EvaluationResult> results;
  for (const std::string& action : input.action_names) {
    if (action.find(':') == std::string::npos || action.find('*') != std::string::npos) {
      return Refuse("InvalidInput", fmt::format("Invalid Action: {}", action));
    }
    for (const std::string& resource : resources) results.push_back(EvaluateOne(call, simulation, action, resource));
  }
  // Answers keep the order of the request, so that paging is by position.
  TRY_ASSIGN(const std::size_t first, ReadPosition(input.marker, results.size()));
  const std::size_t end = std::min(results.size(), first + static_cast<std::size_t>(input.max_items.value_or(100)));
  api::SimulatePolicyResponse output{.is_truncated = end < results.size()};
  if (end < results.size()) output.marker = base::Base64Encode(std::to_string(end));
  for (std::size_t i = first; i < end; ++i) output.evaluation_results.push_back(std::move(results[i]));
  return output;
}

base::Result<api::SimulatePrincipalPolicyOutput> SimulatePrincipalPolicy(Call& call,
                                                                         const api::SimulatePrincipalPolicyInput& input) {
  Simulation simulation;
  TRY(AddPrincipal(call, input.policy_source_arn, simulation));
  TRY(AddCommon(call, input, simulation));
  return Simulate(call, input, simulation);
}

base::Result<api::SimulateCustomPolicyOutput> SimulateCustomPolicy(Call& call, const api::SimulateCustomPolicyInput& input) {
  Simulation simulation{.principal = {.kind = policy::CallerKind::kUser,
                                      .partition = std::string(call.account().partition_name()),
                                      .account = call.account().id}};
  TRY(AddCommon(call, input, simulation));
  return Simulate(call, input, simulation);
}

}  // namespace

void AddSimulateOperations(OperationTable& table) {
  table.Add<api::SimulatePrincipalPolicy>(
      [](const Call&, const api::SimulatePrincipalPolicyInput& input) { return Ask{.resource = input.policy_source_arn}; },
      SimulatePrincipalPolicy);
  table.Add<api::SimulateCustomPolicy>(OnAnything{}, SimulateCustomPolicy);
}

}  // namespace crossrole::sim::iam
