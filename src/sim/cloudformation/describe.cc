// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/cloudformation/stack.h"
#include "sim/internal/optional_text.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace api = aws::cloudformation;

api::Stack ShowStack(const Call& call, const Stack& stack) {
  api::Stack shown{.stack_id = stack.id,
                   .stack_name = stack.name,
                   .change_set_id = UnlessEmpty(stack.change_set_id),
                   .parameters = ShowParameters(stack.definition),
                   .creation_time = call.Shown(stack.created),
                   .stack_status = stack.status,
                   .stack_status_reason = UnlessEmpty(stack.reason),
                   .disable_rollback = stack.on_failure == OnFailure::kDoNothing,
                   .capabilities = stack.definition.capabilities,
                   .role_arn = UnlessEmpty(stack.role_arn),
                   .enable_termination_protection = stack.termination_protection,
                   .drift_information = api::StackDriftInformation{.stack_drift_status = "NOT_CHECKED"}};
  if (stack.definition.template_) shown.description = UnlessEmpty(stack.definition.template_->Description());
  if (stack.deleted) shown.deletion_time = call.Shown(*stack.deleted);
  if (stack.updated) shown.last_updated_time = call.Shown(*stack.updated);
  for (const StackOutput& output : stack.outputs) {
    shown.outputs.push_back(
        {.output_key = output.key, .output_value = output.value, .description = UnlessEmpty(output.description)});
  }
  for (const Tag& tag : stack.definition.tags) shown.tags.push_back({.key = tag.key, .value = tag.value});
  return shown;
}

base::Result<api::DescribeStacksOutput> DescribeStacks(Call& call, const api::DescribeStacksInput& input) {
  api::DescribeStacksOutput output;
  if (input.stack_name) {
    TRY_ASSIGN(const Stack* const stack, FindStack(call, *input.stack_name));
    output.stacks.push_back(ShowStack(call, *stack));
    return output;
  }
  for (const auto& stack : StacksOf(call).stacks) {
    if (stack->region == call.region && stack->status != "DELETE_COMPLETE") output.stacks.push_back(ShowStack(call, *stack));
  }
  return output;
}

base::Result<api::DescribeStackEventsOutput> DescribeStackEvents(Call& call, const api::DescribeStackEventsInput& input) {
  TRY_ASSIGN(const Stack* const stack, FindStack(call, input.stack_name));
  api::DescribeStackEventsOutput output;
  for (auto it = stack->events.rbegin(); it != stack->events.rend(); ++it) {
    output.stack_events.push_back({.stack_id = stack->id,
                                   .event_id = it->id,
                                   .stack_name = stack->name,
                                   .logical_resource_id = it->logical_id,
                                   .physical_resource_id = it->physical_id,
                                   .resource_type = it->type,
                                   .timestamp = call.Shown(it->at),
                                   .resource_status = it->status,
                                   .resource_status_reason = UnlessEmpty(it->reason),
                                   .resource_properties = UnlessEmpty(it->properties)});
  }
  return output;
}

// By the stack, or by the physical id of one of its resources.
base::Result<const Stack*> StackByResource(const Call& call, const api::DescribeStackResourcesInput& input) {
  if (input.stack_name) return FindStack(call, *input.stack_name);
  if (!input.physical_resource_id) return Invalid("Either stackName or physicalResourceId must be specified.");
  for (const auto& stack : StacksOf(call).stacks) {
    const bool has = std::ranges::find(stack->resources, *input.physical_resource_id, &StackResource::physical_id) != stack->resources.end();
    if (has && stack->region == call.region && stack->status != "DELETE_COMPLETE") return stack.get();
  }
  return Invalid(fmt::format("Stack for {} does not exist", *input.physical_resource_id));
}

base::Result<api::DescribeStackResourcesOutput> DescribeStackResources(Call& call, const api::DescribeStackResourcesInput& input) {
  TRY_ASSIGN(const Stack* const stack, StackByResource(call, input));
  api::DescribeStackResourcesOutput output;
  for (const StackResource& resource : stack->resources) {
    if (input.logical_resource_id && resource.logical_id != *input.logical_resource_id) continue;
    output.stack_resources.push_back({.stack_name = stack->name,
                                      .stack_id = stack->id,
                                      .logical_resource_id = resource.logical_id,
                                      .physical_resource_id = UnlessEmpty(resource.physical_id),
                                      .resource_type = resource.type,
                                      .timestamp = call.Shown(resource.at),
                                      .resource_status = resource.status,
                                      .resource_status_reason = UnlessEmpty(resource.reason)});
  }
  return output;
}

base::Result<api::ListStackResourcesOutput> ListStackResources(Call& call, const api::ListStackResourcesInput& input) {
  TRY_ASSIGN(const Stack* const stack, FindStack(call, input.stack_name));
  api::ListStackResourcesOutput output;
  for (const StackResource& resource : stack->resources) {
    output.stack_resource_summaries.push_back({.logical_resource_id = resource.logical_id,
                                               .physical_resource_id = UnlessEmpty(resource.physical_id),
                                               .resource_type = resource.type,
                                               .last_updated_timestamp = call.Shown(resource.at),
                                               .resource_status = resource.status,
                                               .resource_status_reason = UnlessEmpty(resource.reason)});
  }
  return output;
}

base::Result<api::DescribeStackResourceOutput> DescribeStackResource(Call& call, const api::DescribeStackResourceInput& input) {
  TRY_ASSIGN(Stack* const stack, FindStack(call, input.stack_name));
  const StackResource* const resource = stack->FindResource(input.logical_resource_id);
  if (resource == nullptr) {
    return Invalid(fmt::format("Resource {} does not exist for stack {}", input.logical_resource_id, input.stack_name));
  }
  api::StackResourceDetail detail{.stack_name = stack->name,
                                  .stack_id = stack->id,
                                  .logical_resource_id = resource->logical_id,
                                  .physical_resource_id = UnlessEmpty(resource->physical_id),
                                  .resource_type = resource->type,
                                  .last_updated_timestamp = call.Shown(resource->at),
                                  .resource_status = resource->status,
                                  .resource_status_reason = UnlessEmpty(resource->reason)};
  return api::DescribeStackResourceOutput{.stack_resource_detail = std::move(detail)};
}

base::Result<api::GetTemplateOutput> GetTemplate(Call& call, const api::GetTemplateInput& input) {
  if (!input.stack_name) return Invalid("StackName is required");
  TRY_ASSIGN(const Stack* const stack, FindStack(call, *input.stack_name));
  std::shared_ptr<const Template> found = stack->definition.template_;
  if (input.change_set_name) {
    const auto it = std::ranges::find_if(stack->change_sets, [&](const ChangeSet& each) {
      return each.name == *input.change_set_name || each.id == *input.change_set_name;
    });
    if (it == stack->change_sets.end()) {
      return Refuse("ChangeSetNotFound", fmt::format("ChangeSet [{}] does not exist", *input.change_set_name));
    }
    found = it->definition.template_;
  }
  if (!found) return Invalid(fmt::format("Template for stack {} does not exist", *input.stack_name));
  return api::GetTemplateOutput{.template_body = found->body, .stages_available = {"Original", "Processed"}};
}

base::Result<api::ListStacksOutput> ListStacks(Call& call, const api::ListStacksInput& input) {
  api::ListStacksOutput output;
  const auto& filter = input.stack_status_filter;
  for (auto it = StacksOf(call).stacks.rbegin(); it != StacksOf(call).stacks.rend(); ++it) {
    const Stack& stack = **it;
    if (stack.region != call.region) continue;
    if (!filter.empty() && std::ranges::find(filter, stack.status) == filter.end()) continue;
    api::StackSummary summary{.stack_id = stack.id,
                              .stack_name = stack.name,
                              .creation_time = call.Shown(stack.created),
                              .stack_status = stack.status,
                              .stack_status_reason = UnlessEmpty(stack.reason),
                              .drift_information = api::StackDriftInformationSummary{.stack_drift_status = "NOT_CHECKED"}};
    if (stack.definition.template_) summary.template_description = UnlessEmpty(stack.definition.template_->Description());
    if (stack.updated) summary.last_updated_time = call.Shown(*stack.updated);
    if (stack.deleted) summary.deletion_time = call.Shown(*stack.deleted);
    output.stack_summaries.push_back(std::move(summary));
  }
  return output;
}

base::Result<Template> ReadBody(const std::optional<std::string>& body, const std::optional<std::string>& url) {
  if (url) return Invalid("TemplateURL must reference a valid S3 object to which you have access.");
  if (!body) return Invalid("Either Template URL or Template Body must be specified.");
  return ReadTemplate(*body);
}

base::Result<api::ValidateTemplateOutput> ValidateTemplate(Call&, const api::ValidateTemplateInput& input) {
  TRY_ASSIGN(const Template read, ReadBody(input.template_body, input.template_url));
  api::ValidateTemplateOutput output{.description = UnlessEmpty(read.Description()),
                                     .capabilities = read.Capabilities(),
                                     .capabilities_reason = UnlessEmpty(read.CapabilitiesReason())};
  for (const ParameterDeclaration& parameter : read.parameters) {
    output.parameters.push_back({.parameter_key = parameter.name,
                                 .default_value = parameter.default_value,
                                 .no_echo = parameter.no_echo,
                                 .description = UnlessEmpty(parameter.description)});
  }
  return output;
}

api::ParameterDeclaration ShowDeclaration(const ParameterDeclaration& parameter) {
  return {.parameter_key = parameter.name,
          .default_value = parameter.default_value,
          .parameter_type = parameter.type,
          .no_echo = parameter.no_echo,
          .description = UnlessEmpty(parameter.description),
          .parameter_constraints = api::ParameterConstraints{.allowed_values = parameter.allowed_values}};
}

base::Result<api::GetTemplateSummaryOutput> GetTemplateSummary(Call& call, const api::GetTemplateSummaryInput& input) {
  std::shared_ptr<const Template> read;
  if (input.stack_name) {
    TRY_ASSIGN(const Stack* const stack, FindStack(call, *input.stack_name));
    read = stack->definition.template_;
  } else {
    TRY_ASSIGN(Template body, ReadBody(input.template_body, input.template_url));
    read = std::make_shared<const Template>(std::move(body));
  }
  if (!read) return Invalid(fmt::format("Template for stack {} does not exist", *input.stack_name));
  api::GetTemplateSummaryOutput output{.description = UnlessEmpty(read->Description()),
                                       .capabilities = read->Capabilities(),
                                       .capabilities_reason = UnlessEmpty(read->CapabilitiesReason()),
                                       .resource_types = read->ResourceTypes(),
                                       .version = "2010-09-09"};
  for (const ParameterDeclaration& parameter : read->parameters) output.parameters.push_back(ShowDeclaration(parameter));
  return output;
}

}  // namespace

std::vector<api::Parameter> ShowParameters(const Definition& definition) {
  std::vector<api::Parameter> shown;
  if (!definition.template_) return shown;
  for (const ParameterDeclaration& declared : definition.template_->parameters) {
    const auto it = definition.parameters.find(declared.name);
    if (it == definition.parameters.end()) continue;
    shown.push_back({.parameter_key = declared.name,
                     .parameter_value = declared.no_echo ? std::string(kHidden) : it->second});
  }
  return shown;
}

void AddDescribeOperations(OperationTable& table) {
  const auto on_stack = [](const Call& call, const auto& input) { return OnStack(call, input.stack_name); };
  const auto on_optional_stack = [](const Call& call, const auto& input) {
    return input.stack_name ? OnStack(call, *input.stack_name) : Ask{};
  };
  const auto anything = [](const Call&, const auto&) { return Ask{}; };
  table.Add<api::DescribeStacks>(on_optional_stack, DescribeStacks);
  table.Add<api::DescribeStackEvents>(on_stack, DescribeStackEvents);
  table.Add<api::DescribeStackResources>(on_optional_stack, DescribeStackResources);
  table.Add<api::DescribeStackResource>(on_stack, DescribeStackResource);
  table.Add<api::ListStackResources>(on_stack, ListStackResources);
  table.Add<api::GetTemplate>(on_optional_stack, GetTemplate);
  table.Add<api::GetTemplateSummary>(on_optional_stack, GetTemplateSummary);
  table.Add<api::ListStacks>(anything, ListStacks);
  table.Add<api::ValidateTemplate>(anything, ValidateTemplate);
}

}  // namespace crossrole::sim::cloudformation
