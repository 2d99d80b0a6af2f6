// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "model/arn.h"
#include "policy/trust.h"
#include "sim/cloudformation/operations.h"
#include "sim/cloudformation/resources.h"
#include "sim/cloudformation/stack.h"
#include "sim/cloudformation/stack_set.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace api = aws::cloudformation;
namespace json = boost::json;

constexpr std::string_view kService = "cloudformation.amazonaws.com";

base::Result<std::shared_ptr<const Template>> TemplateOf(const Definition& before, const DefinitionInput& input) {
  if (input.use_previous) {
    if (!before.template_) return Invalid("There is no previous template to use");
    return before.template_;
  }
  if (input.url) return Invalid("TemplateURL must reference a valid S3 object to which you have access.");
  if (!input.body) return Invalid("Either Template URL or Template Body must be specified.");
  TRY_ASSIGN(Template read, ReadTemplate(*input.body));
  return std::make_shared<const Template>(std::move(read));
}

base::Status CheckCapabilities(const Template& template_, const std::vector<std::string>& given) {
  const auto has = [&](std::string_view name) { return std::ranges::find(given, name) != given.end(); };
  for (const std::string& needed : template_.Capabilities()) {
    if (has(needed) || (needed == "CAPABILITY_IAM" && has("CAPABILITY_NAMED_IAM"))) continue;
    return Refuse("InsufficientCapabilitiesException", fmt::format("Requires capabilities : [{}]", needed));
  }
  return {};
}

OnFailure ReadOnFailure(const std::optional<std::string>& on_failure, const std::optional<bool>& disable_rollback) {
  if (on_failure == "DELETE") return OnFailure::kDelete;
  if (on_failure == "DO_NOTHING" || disable_rollback.value_or(false)) return OnFailure::kDoNothing;
  return OnFailure::kRollback;
}

base::Result<api::CreateStackOutput> CreateStack(Call& call, const api::CreateStackInput& input) {
  if (call.account().stacks && StacksOf(call).Find(call.region, input.stack_name) != nullptr) {
    return Refuse("AlreadyExistsException", fmt::format("Stack [{}] already exists", input.stack_name));
  }
  auto stack = MakeStack(call, input.stack_name);
  TRY_ASSIGN(Definition definition, ReadDefinition(call, *stack, {.body = input.template_body,
                                                                  .url = input.template_url,
                                                                  .parameters = input.parameters,
                                                                  .capabilities = input.capabilities,
                                                                  .tags = ReadTags(input.tags)}));
  TRY_ASSIGN(auto worker, WorkerFor(call, input.role_arn.value_or("")));
  stack->on_failure = ReadOnFailure(input.on_failure, input.disable_rollback);
  stack->termination_protection = input.enable_termination_protection.value_or(false);
  stack->role_arn = input.role_arn.value_or("");
  Call as_worker = call;
  as_worker.caller = std::move(worker);
  BeginCreate(as_worker, *stack, std::move(definition));
  const std::string id = stack->id;
  StacksOf(call).stacks.push_back(std::move(stack));
  return api::CreateStackOutput{.stack_id = id};
}

base::Result<api::UpdateStackOutput> UpdateStack(Call& call, const api::UpdateStackInput& input) {
  TRY_ASSIGN(Stack* const stack, FindStack(call, input.stack_name));
  TRY(CheckCanChange(*stack, "updated"));
  const Tags tags = input.tags ? ReadTags(*input.tags) : stack->definition.tags;
  TRY_ASSIGN(Definition definition, ReadDefinition(call, *stack, {.body = input.template_body,
                                                                  .url = input.template_url,
                                                                  .use_previous = input.use_previous_template.value_or(false),
                                                                  .parameters = input.parameters,
                                                                  .capabilities = input.capabilities,
                                                                  .tags = tags}));
  TRY_ASSIGN(const std::vector<PlannedChange> changes, PlanChanges(call.account(), *stack, definition));
  if (changes.empty()) return Invalid("No updates are to be performed.");
  const std::string role_arn = input.role_arn.value_or(stack->role_arn);
  TRY_ASSIGN(auto worker, WorkerFor(call, role_arn));
  stack->role_arn = role_arn;
  Call as_worker = call;
  as_worker.caller = std::move(worker);
  BeginUpdate(as_worker, *stack, std::move(definition));
  return api::UpdateStackOutput{.stack_id = stack->id};
}

base::Result<api::DeleteStackOutput> DeleteStack(Call& call, const api::DeleteStackInput& input) {
  Stack* const stack = StacksOf(call).Find(call.region, input.stack_name);
  if (stack == nullptr || stack->status == "DELETE_COMPLETE") return api::DeleteStackOutput{};
  if (stack->termination_protection) {
    return Invalid(fmt::format("Stack [{}] cannot be deleted while TerminationProtection is enabled", stack->name));
  }
  if (stack->work && stack->work->change == Change::kDelete) return api::DeleteStackOutput{};
  const std::string role_arn = input.role_arn.value_or(stack->role_arn);
  TRY_ASSIGN(auto worker, WorkerFor(call, role_arn));
  for (const std::string& kept : input.retain_resources) {
    if (StackResource* resource = stack->FindResource(kept)) resource->deletion_policy = "Retain";
  }
  Call as_worker = call;
  as_worker.caller = std::move(worker);
  BeginDelete(as_worker, *stack);
  return api::DeleteStackOutput{};
}

}  // namespace

StackResource* Stack::FindResource(std::string_view logical_id) {
  const auto it = std::ranges::find(resources, logical_id, &StackResource::logical_id);
  return it == resources.end() ? nullptr : &*it;
}

Stack* StackTable::Find(std::string_view region, std::string_view name_or_id) {
  for (const auto& stack : stacks) {
    if (stack->region != region) continue;
    if (stack->id == name_or_id) return stack.get();
    if (stack->name == name_or_id && stack->status != "DELETE_COMPLETE") return stack.get();
  }
  return nullptr;
}

StackTable& StacksOf(const Call& call) {
  auto& table = call.account().stacks;
  if (!table) table = std::make_shared<StackTable>();
  return *table;
}

base::Result<Scope> ScopeOf(const Account& account, Stack& stack, const Definition& definition) {
  const model::PartitionFacts& facts = model::FactsOf(account.partition);
  Scope scope{.template_ = definition.template_.get(),
              .parameters = definition.parameters,
              .pseudo = {{"AWS::AccountId", account.id},
                         {"AWS::Partition", std::string(facts.name)},
                         {"AWS::Region", stack.region},
                         {"AWS::StackName", stack.name},
                         {"AWS::StackId", stack.id},
                         {"AWS::URLSuffix", std::string(facts.dns_suffix)},
                         {"AWS::NotificationARNs", ""}}};
  const auto living = [&stack](std::string_view logical_id) -> StackResource* {
    StackResource* resource = stack.FindResource(logical_id);
    return resource == nullptr || resource->physical_id.empty() ? nullptr : resource;
  };
  scope.reference = [living](std::string_view logical_id) -> std::optional<std::string> {
    const StackResource* resource = living(logical_id);
    return resource == nullptr ? std::nullopt : std::optional(resource->physical_id);
  };
  scope.attribute = [living](std::string_view logical_id, std::string_view name) -> std::optional<std::string> {
    const StackResource* resource = living(logical_id);
    if (resource == nullptr) return std::nullopt;
    const auto it = resource->attributes.find(name);
    return it == resource->attributes.end() ? std::nullopt : std::optional(it->second);
  };
  TRY(ComputeConditions(scope));
  return scope;
}

base::Result<std::vector<PlannedChange>> PlanChanges(const Account& account, Stack& stack, const Definition& definition) {
  TRY_ASSIGN(const Scope scope, ScopeOf(account, stack, definition));
  std::vector<PlannedChange> changes;
  std::set<std::string> wanted;
  const bool same_tags = std::ranges::equal(stack.definition.tags, definition.tags, [](const Tag& a, const Tag& b) {
    return a.key == b.key && a.value == b.value;
  });
  for (const ResourceDeclaration& declared : definition.template_->resources) {
    if (!declared.condition.empty() && !scope.conditions.at(declared.condition)) continue;
    wanted.insert(declared.logical_id);
    const StackResource* existing = stack.FindResource(declared.logical_id);
    if (existing == nullptr || existing->physical_id.empty() || !existing->is_there()) {
      changes.push_back({.action = "Add", .logical_id = declared.logical_id, .physical_id = "", .type = declared.type});
      continue;
    }
    if (existing->type != declared.type) {
      return Invalid(fmt::format("Update of resource type is not permitted. The new template modifies resource type of the following "
                                 "resources: [{}]",
                                 declared.logical_id));
    }
    const base::Result<json::value> computed = Compute(scope, declared.properties);
    if (computed && computed->as_object() == existing->properties && same_tags) continue;
    changes.push_back({.action = "Modify",
                       .logical_id = declared.logical_id,
                       .physical_id = existing->physical_id,
                       .type = declared.type,
                       .replaces = computed && NeedsReplacement(*existing, computed->as_object())});
  }
  for (const StackResource& resource : stack.resources) {
    if (wanted.contains(resource.logical_id) || !resource.is_there()) continue;
    changes.push_back({.action = "Remove", .logical_id = resource.logical_id, .physical_id = resource.physical_id, .type = resource.type});
  }
  return changes;
}

base::Result<Stack*> FindStack(const Call& call, const std::string& name_or_id) {
  Stack* const stack = StacksOf(call).Find(call.region, name_or_id);
  if (stack == nullptr) return Invalid(fmt::format("Stack with id {} does not exist", name_or_id));
  return stack;
}

base::Status CheckCanChange(const Stack& stack, std::string_view what) {
  const bool settled = stack.status == "CREATE_COMPLETE" || stack.status == "UPDATE_COMPLETE" ||
                       stack.status == "UPDATE_ROLLBACK_COMPLETE";
  if (settled && !stack.InProgress()) return {};
  return Invalid(fmt::format("Stack:{} is in {} state and can not be {}.", stack.id, stack.status, what));
}

base::Result<Parameters> ReadParameters(const Parameters& before, const std::vector<api::Parameter>& list) {
  Parameters given;
  for (const api::Parameter& parameter : list) {
    const std::string key = parameter.parameter_key.value_or("");
    if (!parameter.use_previous_value.value_or(false)) {
      given[key] = parameter.parameter_value.value_or("");
      continue;
    }
    const auto kept = before.find(key);
    if (kept == before.end()) {
      return Invalid(fmt::format("Invalid input for parameter key {}. Cannot specify usePreviousValue as true for a parameter "
                                 "key not in the previous template",
                                 key));
    }
    given[key] = kept->second;
  }
  return given;
}

base::Result<Definition> ReadAnywhere(const Definition& before, const DefinitionInput& input) {
  Definition definition{.tags = input.tags, .capabilities = input.capabilities};
  TRY_ASSIGN(definition.template_, TemplateOf(before, input));
  TRY_ASSIGN(const Parameters given, ReadParameters(before.parameters, input.parameters));
  TRY_ASSIGN(definition.parameters, ResolveParameters(*definition.template_, given));
  TRY(CheckCapabilities(*definition.template_, input.capabilities));
  return definition;
}

base::Status CheckIn(const Account& account, Stack& stack, const Definition& definition) {
  const auto scope = ScopeOf(account, stack, definition);
  const base::Status checked = scope ? CheckRules(*scope) : base::Status(base::Fail(scope.error()));
  if (!checked) return base::Fail(WithoutHidden({&definition}, checked.error()));
  return {};
}

base::Result<Definition> ReadDefinition(const Call& call, Stack& stack, const DefinitionInput& input) {
  TRY_ASSIGN(Definition definition, ReadAnywhere(stack.definition, input));
  TRY(CheckIn(call.account(), stack, definition));
  return definition;
}

bool TrustsCloudFormation(const Call& call, const Role& role) {
  const policy::AssumeRoleCall assume{.caller = {.kind = policy::CallerKind::kService, .arn = std::string(kService)}, .role_arn = role.arn};
  return policy::EvaluateTrust(*role.trust.document, assume, call.evaluation).allowed();
}

std::shared_ptr<const Caller> WorkerAs(const Call& call, Account& account, const Role& role, std::string_view session_name) {
  Caller worker{.principal = {.kind = policy::CallerKind::kRole,
                              .partition = std::string(account.partition_name()),
                              .account = account.id,
                              .arn = role.arn,
                              .session_arn = fmt::format("arn:{}:sts::{}:assumed-role/{}/{}", account.partition_name(), account.id,
                                                         role.name, session_name),
                              .unique_id = role.id},
                .account = &account};
  worker.session = Session{.account_id = account.id, .principal_id = role.id, .name = std::string(session_name), .issued = call.now()};
  return std::make_shared<const Caller>(std::move(worker));
}

base::Result<std::shared_ptr<const Caller>> WorkerFor(const Call& call, const std::string& role_arn) {
  if (role_arn.empty()) return call.caller;
  Ask pass{.resource = role_arn, .action = "iam:PassRole"};
  pass.context.Set("iam:PassedToService", std::string(kService));
  TRY(Authorize(call, pass));
  const auto arn = model::RoleArn::Parse(role_arn);
  const auto role = arn ? call.account().roles.FindAsOf(arn->name(), call.spread.seen()) : nullptr;
  if (!role || role->arn != role_arn || !TrustsCloudFormation(call, *role)) {
    return Invalid(fmt::format("Role {} is invalid or cannot be assumed", role_arn));
  }
  return WorkerAs(call, call.account(), *role, "AWSCloudFormation");
}

std::unique_ptr<Stack> MakeStack(const Call& call, const std::string& name) {
  auto stack = std::make_unique<Stack>();
  stack->name = name;
  stack->region = call.region;
  stack->uuid = MakeUuid(call.random);
  stack->id = fmt::format("arn:{}:cloudformation:{}:{}:stack/{}/{}", call.account().partition_name(), call.region,
                          call.account().id, name, stack->uuid);
  stack->created = call.now();
  return stack;
}

Tags ReadTags(const std::vector<api::Tag>& tags) {
  Tags read;
  for (const api::Tag& tag : tags) read.push_back({tag.key, tag.value});
  return read;
}

Ask OnStack(const Call& call, const std::string& name_or_id) {
  if (name_or_id.starts_with("arn:")) return {.resource = name_or_id};
  const Stack* const stack = StacksOf(call).Find(call.region, name_or_id);
  if (stack != nullptr) return {.resource = stack->id};
  return {.resource = fmt::format("arn:{}:cloudformation:{}:{}:stack/{}/*", call.account().partition_name(), call.region,
                                  call.account().id, name_or_id)};
}

void AddChangeOperations(OperationTable& table) {
  const auto on_stack = [](const Call& call, const auto& input) { return OnStack(call, input.stack_name); };
  table.Add<api::CreateStack>(on_stack, CreateStack);
  table.Add<api::UpdateStack>(on_stack, UpdateStack);
  table.Add<api::DeleteStack>(on_stack, DeleteStack);
}

void AddOperations(OperationTable& table) {
  AddChangeOperations(table);
  AddChangeSetOperations(table);
  AddDescribeOperations(table);
  AddStackSetOperations(table);
  AddStackInstanceOperations(table);
  AddStackSetHistoryOperations(table);
}

}  // namespace crossrole::sim::cloudformation
