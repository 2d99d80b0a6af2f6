// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <optional>
#include <utility>

#include "aws/cloudformation.h"
#include "base/json.h"
#include "sim/internal/refuse.h"
#include "sim/stack_resources/properties.h"
#include "sim/stack_resources/rows.h"

namespace crossrole::sim::stack_resources {

namespace json = boost::json;
namespace sets = aws::cloudformation;

namespace {

// What is kept beside the attributes that a template may ask for.
constexpr std::string_view kOperation = "Operation";  // that is waited for
constexpr std::string_view kGroups = "Groups";        // of instances, those that there are, as JSON
constexpr std::string_view kCallAs = "CallAs";

std::optional<bool> BoolIn(const json::object& properties, std::string_view name) {
  const auto text = TextIn(properties, name);
  return text ? std::optional(*text == "true") : std::nullopt;
}

json::array ListIn(const json::object& properties, std::string_view name) {
  const json::value* list = properties.if_contains(name);
  return list != nullptr && list->is_array() ? list->get_array() : json::array();
}

std::vector<sets::Parameter> ParametersIn(const json::object& properties, std::string_view name) {
  std::vector<sets::Parameter> parameters;
  for (const json::value& item : ListIn(properties, name)) {
    if (!item.is_object()) continue;
    parameters.push_back({.parameter_key = TextIn(item.get_object(), "ParameterKey"), .parameter_value = TextIn(item.get_object(), "ParameterValue")});
  }
  return parameters;
}

std::vector<sets::Tag> TagsOf(const Target& target) {
  std::vector<sets::Tag> tags;
  for (const aws::iam::Tag& tag : TagsFor(target)) tags.push_back({.key = tag.key, .value = tag.value});
  return tags;
}

std::optional<sets::AutoDeployment> DeploymentIn(const json::object& properties) {
  const json::object* wanted = ObjectIn(properties, "AutoDeployment");
  if (wanted == nullptr) return std::nullopt;
  return sets::AutoDeployment{.enabled = BoolIn(*wanted, "Enabled"),
                              .retain_stacks_on_account_removal = BoolIn(*wanted, "RetainStacksOnAccountRemoval")};
}

std::optional<sets::ManagedExecution> ExecutionIn(const json::object& properties) {
  const json::object* wanted = ObjectIn(properties, "ManagedExecution");
  return wanted == nullptr ? std::nullopt : std::optional(sets::ManagedExecution{.active = BoolIn(*wanted, "Active")});
}

std::optional<sets::StackSetOperationPreferences> PreferencesIn(const json::object& properties) {
  const json::object* wanted = ObjectIn(properties, "OperationPreferences");
  if (wanted == nullptr) return std::nullopt;
  return sets::StackSetOperationPreferences{.region_concurrency_type = TextIn(*wanted, "RegionConcurrencyType"),
                                            .region_order = TextsIn(*wanted, "RegionOrder"),
                                            .failure_tolerance_count = NumberIn(*wanted, "FailureToleranceCount"),
                                            .failure_tolerance_percentage = NumberIn(*wanted, "FailureTolerancePercentage"),
                                            .max_concurrent_count = NumberIn(*wanted, "MaxConcurrentCount"),
                                            .max_concurrent_percentage = NumberIn(*wanted, "MaxConcurrentPercentage"),
                                            .concurrency_mode = TextIn(*wanted, "ConcurrencyMode")};
}

std::optional<sets::DeploymentTargets> TargetsIn(const json::object& group) {
  const json::object* wanted = ObjectIn(group, "DeploymentTargets");
  if (wanted == nullptr) return std::nullopt;
  return sets::DeploymentTargets{.accounts = TextsIn(*wanted, "Accounts"),
                                 .accounts_url = TextIn(*wanted, "AccountsUrl"),
                                 .organizational_unit_ids = TextsIn(*wanted, "OrganizationalUnitIds"),
                                 .account_filter_type = TextIn(*wanted, "AccountFilterType")};
}

std::string Kept(const Physical& set, std::string_view name) {
  const auto it = set.attributes.find(name);
  return it == set.attributes.end() ? "" : it->second;
}

std::optional<std::string> CallAsOf(const Physical& set) {
  const std::string kept = Kept(set, kCallAs);
  return kept.empty() ? std::nullopt : std::optional(kept);
}

json::array GroupsOf(const Physical& set) {
  const auto kept = base::ParseJson(Kept(set, kGroups));
  return kept && kept->is_array() ? kept->get_array() : json::array();
}

// Whether somebody else works on the set, after whom this goes on.
bool IsBusy(const base::Error& error) { return error.aws_code == "OperationInProgressException"; }

// Notes an operation that has begun; whoever finds another under way tries again.
template <typename Output>
base::Status Note(Physical& set, const base::Result<Output>& begun, const json::array& groups) {
  if (!begun && IsBusy(begun.error())) return {};
  if (!begun) return base::Fail(begun.error());
  set.attributes[std::string(kOperation)] = begun->operation_id;
  set.attributes[std::string(kGroups)] = base::PrintJson(groups);
  return {};
}

base::Status Deploy(Call& call, Physical& set, const json::object& wanted, const json::value& group) {
  const json::object& properties = group.as_object();
  json::array groups = GroupsOf(set);
  groups.push_back(group);
  return Note(set,
              Do<sets::CreateStackInstances>(call, {.stack_set_name = set.id,
                                                    .deployment_targets = TargetsIn(properties),
                                                    .regions = TextsIn(properties, "Regions"),
                                                    .parameter_overrides = ParametersIn(properties, "ParameterOverrides"),
                                                    .operation_preferences = PreferencesIn(wanted),
                                                    .call_as = CallAsOf(set)}),
              groups);
}

base::Status Withdraw(Call& call, Physical& set, const json::value& group) {
  const json::object& properties = group.as_object();
  json::array groups = GroupsOf(set);
  groups.erase(std::find(groups.begin(), groups.end(), group));
  return Note(set,
              Do<sets::DeleteStackInstances>(call, {.stack_set_name = set.id,
                                                    .deployment_targets = TargetsIn(properties),
                                                    .regions = TextsIn(properties, "Regions"),
                                                    .retain_stacks = false,
                                                    .call_as = CallAsOf(set)}),
              groups);
}

// Whether the operation that is waited for has ended. Errors: it has failed.
base::Result<bool> HasEnded(Call& call, Physical& set) {
  const std::string id = Kept(set, kOperation);
  if (id.empty()) return true;
  TRY_ASSIGN(const auto answer, Do<sets::DescribeStackSetOperation>(call, {.stack_set_name = set.id, .operation_id = id, .call_as = CallAsOf(set)}));
  const std::string status = answer.stack_set_operation ? answer.stack_set_operation->status.value_or("") : "";
  if (status == "QUEUED" || status == "RUNNING" || status == "STOPPING") return false;
  set.attributes.erase(std::string(kOperation));
  if (status != "SUCCEEDED") return Invalid(fmt::format("Operation {} on StackSet {} is in status {}", id, set.id, status));
  return true;
}

bool HasGroup(const json::array& groups, const json::value& group) { return std::find(groups.begin(), groups.end(), group) != groups.end(); }

}  // namespace

base::Status CreateStackSet(const Target& target, Physical& made) {
  const json::object& properties = target.properties;
  TRY_ASSIGN(const sets::CreateStackSetOutput answer,
             Do<sets::CreateStackSet>(target.call, {.stack_set_name = TextIn(properties, "StackSetName").value_or(""),
                                                    .description = TextIn(properties, "Description"),
                                                    .template_body = TextIn(properties, "TemplateBody"),
                                                    .template_url = TextIn(properties, "TemplateURL"),
                                                    .parameters = ParametersIn(properties, "Parameters"),
                                                    .capabilities = TextsIn(properties, "Capabilities"),
                                                    .tags = TagsOf(target),
                                                    .administration_role_arn = TextIn(properties, "AdministrationRoleARN"),
                                                    .execution_role_name = TextIn(properties, "ExecutionRoleName"),
                                                    .permission_model = TextIn(properties, "PermissionModel"),
                                                    .auto_deployment = DeploymentIn(properties),
                                                    .call_as = TextIn(properties, "CallAs"),
                                                    .managed_execution = ExecutionIn(properties)}));
  made.id = answer.stack_set_id;
  made.attributes = {{"StackSetId", made.id}};
  if (const auto call_as = TextIn(properties, "CallAs")) made.attributes[std::string(kCallAs)] = *call_as;
  return {};
}

base::Status UpdateStackSet(const Target& target, Physical& set) {
  const json::object& properties = target.properties;
  set.attributes.erase(std::string(kOperation));
  TRY_ASSIGN(const sets::UpdateStackSetOutput answer,
             Do<sets::UpdateStackSet>(target.call, {.stack_set_name = set.id,
                                                    .description = TextIn(properties, "Description"),
                                                    .template_body = TextIn(properties, "TemplateBody"),
                                                    .template_url = TextIn(properties, "TemplateURL"),
                                                    .parameters = ParametersIn(properties, "Parameters"),
                                                    .capabilities = TextsIn(properties, "Capabilities"),
                                                    .tags = TagsOf(target),
                                                    .operation_preferences = PreferencesIn(properties),
                                                    .administration_role_arn = TextIn(properties, "AdministrationRoleARN"),
                                                    .execution_role_name = TextIn(properties, "ExecutionRoleName"),
                                                    .auto_deployment = DeploymentIn(properties),
                                                    .call_as = CallAsOf(set),
                                                    .managed_execution = ExecutionIn(properties)}));
  set.attributes[std::string(kOperation)] = answer.operation_id;
  return {};
}

base::Status RemoveStackSet(Call&, Physical& set) {
  set.attributes.erase(std::string(kOperation));
  return {};
}

base::Result<bool> SettleStackSet(Call& call, Physical& set, const json::object* wanted) {
  TRY_ASSIGN(const bool has_ended, HasEnded(call, set));
  if (!has_ended) return false;
  const json::array groups = wanted == nullptr ? json::array() : ListIn(*wanted, "StackInstancesGroup");
  const json::array there = GroupsOf(set);
  // A group that has changed is taken away and made anew.
  for (const json::value& group : there) {
    if (HasGroup(groups, group)) continue;
    TRY(Withdraw(call, set, group));
    return false;
  }
  for (const json::value& group : groups) {
    if (HasGroup(there, group) || !group.is_object()) continue;
    TRY(Deploy(call, set, *wanted, group));
    return false;
  }
  if (wanted != nullptr) return true;
  const auto gone = Do<sets::DeleteStackSet>(call, {.stack_set_name = set.id, .call_as = CallAsOf(set)});
  if (!gone && IsBusy(gone.error())) return false;
  if (!gone) return base::Fail(gone.error());
  return true;
}

}  // namespace crossrole::sim::stack_resources
