// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudformation/resources.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "sim/stack_resources/kind.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace json = boost::json;
using stack_resources::Kind;
using stack_resources::Physical;
using stack_resources::Target;

const Kind& KindOf(const StackResource& resource) {
  const Kind* const kind = stack_resources::FindKind(resource.type);
  CHECK(kind != nullptr);
  return *kind;
}

Target TargetOf(Call& call, const Stack& stack, const StackResource& resource, const json::object& properties) {
  const bool had_others = stack.work && stack.work->before.template_ != nullptr;
  return {.call = call,
          .stack = stack.name,
          .logical_id = resource.logical_id,
          .properties = properties,
          .stack_tags = stack.definition.tags,
          .stack_tags_before = had_others ? stack.work->before.tags : stack.definition.tags};
}

Physical PhysicalOf(const StackResource& resource) {
  return {.id = resource.physical_id, .properties = resource.properties, .attributes = resource.attributes};
}

// The call in the region where the resource is.
Call In(const Call& call, const Kind& kind, const Stack& stack) {
  Call own = call;
  if (kind.regional) own.region = stack.region;
  return own;
}

// Keeps what became of a resource, whether or not all of it could be done.
base::Status Keep(StackResource& resource, Physical physical, const json::object& wanted, base::Status done) {
  resource.physical_id = std::move(physical.id);
  resource.attributes = std::move(physical.attributes);
  resource.properties = done ? wanted : std::move(physical.properties);
  return done;
}

}  // namespace

base::Status CreateResource(Call& call, const Stack& stack, StackResource& resource, const json::object& properties) {
  const Kind& kind = KindOf(resource);
  TRY(stack_resources::CheckProperties(kind, resource.logical_id, properties));
  Physical made;
  Call own = In(call, kind, stack);
  base::Status done = kind.create(TargetOf(own, stack, resource, properties), made);
  return Keep(resource, std::move(made), properties, std::move(done));
}

base::Status UpdateResource(Call& call, const Stack& stack, StackResource& resource, const json::object& properties) {
  const Kind& kind = KindOf(resource);
  TRY(stack_resources::CheckProperties(kind, resource.logical_id, properties));
  Physical physical = PhysicalOf(resource);
  Call own = In(call, kind, stack);
  base::Status done = kind.update(TargetOf(own, stack, resource, properties), physical);
  return Keep(resource, std::move(physical), properties, std::move(done));
}

base::Status RemoveResource(Call& call, const Stack& stack, StackResource& resource) {
  if (resource.physical_id.empty()) return {};
  const Kind& kind = KindOf(resource);
  Physical physical = PhysicalOf(resource);
  Call own = In(call, kind, stack);
  base::Status done = kind.remove(own, physical);
  if (kind.settle != nullptr) resource.attributes = std::move(physical.attributes);
  return done;
}

base::Result<bool> SettleResource(Call& call, const Stack& stack, StackResource& resource, bool is_removed) {
  const Kind& kind = KindOf(resource);
  if (kind.settle == nullptr || resource.physical_id.empty()) return true;
  Physical physical = PhysicalOf(resource);
  Call own = In(call, kind, stack);
  base::Result<bool> settled = kind.settle(own, physical, is_removed ? nullptr : &resource.properties);
  resource.attributes = std::move(physical.attributes);
  return settled;
}

bool NeedsReplacement(const StackResource& resource, const json::object& properties) {
  const auto differs = [&](std::string_view name) {
    const json::value* before = resource.properties.if_contains(name);
    const json::value* after = properties.if_contains(name);
    return before == nullptr || after == nullptr ? before != after : *before != *after;
  };
  return std::ranges::any_of(base::Split(KindOf(resource).replacing, ' '), differs);
}

bool HasCustomName(const StackResource& resource, const json::object& properties) {
  const std::string_view name = KindOf(resource).name;
  const json::value* const given = name.empty() ? nullptr : properties.if_contains(name);
  const json::value* const before = name.empty() ? nullptr : resource.properties.if_contains(name);
  return given != nullptr && before != nullptr && *given == *before;
}

}  // namespace crossrole::sim::cloudformation
