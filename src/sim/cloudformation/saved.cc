// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudformation/saved.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "sim/cloudformation/saved_parts.h"
#include "sim/internal/snapshot_parts.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace json = boost::json;
using saved::Broken;
using saved::Moment;
using saved::Text;

// Stacks that are being reviewed, and deleted ones that never came further, have no template.
bool MayLackTemplate(const Stack& stack) {
  const bool untouched = stack.resources.empty() && (!stack.work || stack.work->change == Change::kDelete);
  return untouched && (stack.status == "REVIEW_IN_PROGRESS" || stack.status == "DELETE_IN_PROGRESS" || stack.status == "DELETE_COMPLETE");
}

json::object SaveEvent(const StackEvent& event) {
  return {{"id", event.id},
          {"logical", event.logical_id},
          {"physical", event.physical_id},
          {"type", event.type},
          {"status", event.status},
          {"reason", event.reason},
          {"properties", event.properties},
          {"at", base::ToMicros(event.at)}};
}

StackEvent LoadEvent(const json::object& object) {
  return {.id = Text(object, "id"),
          .logical_id = Text(object, "logical"),
          .physical_id = Text(object, "physical"),
          .type = Text(object, "type"),
          .status = Text(object, "status"),
          .reason = Text(object, "reason"),
          .properties = Text(object, "properties"),
          .at = Moment(object, "at")};
}

json::object SaveStack(const Stack& stack, SavedTemplates& templates) {
  json::array events;
  for (const StackEvent& event : stack.events) events.push_back(SaveEvent(event));
  json::array outputs;
  for (const StackOutput& output : stack.outputs) {
    outputs.push_back(json::object{{"key", output.key}, {"value", output.value}, {"description", output.description}});
  }
  json::array change_sets;
  for (const ChangeSet& change_set : stack.change_sets) change_sets.push_back(SaveChangeSet(change_set, templates));
  json::object object{{"id", stack.id},
                      {"name", stack.name},
                      {"region", stack.region},
                      {"uuid", stack.uuid},
                      {"definition", SaveDefinition(stack.definition, templates)},
                      {"status", stack.status},
                      {"reason", stack.reason},
                      {"created", base::ToMicros(stack.created)},
                      {"on_failure", static_cast<int>(stack.on_failure)},
                      {"protected", stack.termination_protection},
                      {"role", stack.role_arn},
                      {"change_set", stack.change_set_id},
                      {"resources", SaveResources(stack.resources)},
                      {"events", std::move(events)},
                      {"outputs", std::move(outputs)},
                      {"change_sets", std::move(change_sets)}};
  saved::SetMoment(object, "updated", stack.updated);
  saved::SetMoment(object, "deleted", stack.deleted);
  if (stack.work) object["work"] = SaveWork(*stack.work, templates);
  return object;
}

// What others rely on.
base::Status CheckStack(const Stack& stack) {
  // Stack sets tell by the last event how far they have come.
  if (stack.events.empty()) return Broken("the stack has no events");
  const bool under_way = stack.status.ends_with("_IN_PROGRESS") && stack.status != "REVIEW_IN_PROGRESS";
  if (under_way != stack.work.has_value()) return Broken(fmt::format("`{}` is not what the stack is doing", stack.status));
  if (!stack.definition.template_ && !MayLackTemplate(stack)) return Broken("the stack has no template");
  std::set<std::string_view> names;
  for (const StackResource& resource : stack.resources) {
    if (!names.insert(resource.logical_id).second) return Twice(resource.logical_id);
  }
  names.clear();
  for (const ChangeSet& change_set : stack.change_sets) {
    if (!names.insert(change_set.name).second) return Twice(change_set.name);
  }
  if (stack.status == "DELETE_COMPLETE" && !stack.change_sets.empty()) return Broken("a deleted stack has change sets");
  return {};
}

base::Result<std::unique_ptr<Stack>> LoadStack(const World& world, const SavedTemplates& templates, const json::object& object) {
  auto stack = std::make_unique<Stack>();
  stack->id = Text(object, "id");
  stack->name = Text(object, "name");
  stack->region = Text(object, "region");
  stack->uuid = Text(object, "uuid");
  TRY_ASSIGN(stack->definition, LoadDefinition(saved::Object(object, "definition"), templates));
  stack->status = Text(object, "status");
  stack->reason = Text(object, "reason");
  stack->created = Moment(object, "created");
  stack->updated = saved::OptionalMoment(object, "updated");
  stack->deleted = saved::OptionalMoment(object, "deleted");
  stack->on_failure = saved::Choice(object, "on_failure", OnFailure::kDoNothing);
  stack->termination_protection = saved::Flag(object, "protected");
  stack->role_arn = Text(object, "role");
  stack->change_set_id = Text(object, "change_set");
  TRY_ASSIGN(stack->resources, LoadResources(object, "resources"));
  TRY(saved::Each(object, "events", [&](const json::object& each) -> base::Status {
    stack->events.push_back(LoadEvent(each));
    return {};
  }));
  TRY(saved::Each(object, "outputs", [&](const json::object& each) -> base::Status {
    stack->outputs.push_back({.key = Text(each, "key"), .value = Text(each, "value"), .description = Text(each, "description")});
    return {};
  }));
  TRY(saved::Each(object, "change_sets", [&](const json::object& each) -> base::Status {
    TRY_ASSIGN(stack->change_sets.emplace_back(), LoadChangeSet(world, templates, each));
    return {};
  }));
  if (object.contains("work")) {
    TRY_ASSIGN(stack->work, LoadWork(world, *stack, templates, saved::Object(object, "work")));
  }
  TRY(CheckStack(*stack));
  return stack;
}

// Names by region, of which there may be one only.
using Names = std::set<std::pair<std::string, std::string>>;

base::Status LoadSets(const World& world, Account& account, const SavedTemplates& templates, const json::object& object) {
  auto table = std::make_shared<StackSetTable>();
  Names living;
  std::set<std::string> ids;
  TRY(saved::Each(object, "sets", [&](const json::object& each) -> base::Status {
    TRY_ASSIGN(auto set, LoadStackSet(world, account, templates, each));
    if (!ids.insert(set->id).second) return Twice(set->id);
    if (!set->deleted && !living.emplace(set->region, set->name).second) return Twice(set->name);
    table->sets.push_back(std::move(set));
    return {};
  }));
  if (!table->sets.empty()) account.stacks->sets = std::move(table);
  return {};
}

}  // namespace

base::Result<SavedTemplates> SavedTemplates::Load(std::vector<std::string> bodies) {
  SavedTemplates templates;
  for (std::string& body : bodies) {
    auto read = ReadTemplate(std::move(body));
    if (!read) return Broken(fmt::format("templates[{}]: {}", templates.templates_.size(), read.error().message));
    templates.NumberOf(std::make_shared<const Template>(*std::move(read)));
  }
  if (templates.templates_.size() != bodies.size()) return Broken("`templates` holds one twice");
  return templates;
}

std::vector<std::string> SavedTemplates::Bodies() const {
  std::vector<std::string> bodies;
  for (const auto& each : templates_) bodies.push_back(each->body);
  return bodies;
}

json::value SavedTemplates::NumberOf(const std::shared_ptr<const Template>& template_) {
  if (!template_) return nullptr;
  const auto [it, is_new] = numbers_.emplace(template_->body, templates_.size());
  if (is_new) templates_.push_back(template_);
  return it->second;
}

std::shared_ptr<const Template> SavedTemplates::Find(const json::object& object, std::string_view name) const {
  if (saved::Member(object, name).is_null()) return nullptr;
  const std::size_t number = saved::Count(object, name, templates_.size());
  if (number == templates_.size()) throw std::invalid_argument(fmt::format("`{}` names the template {}, which is not there", name, number));
  return templates_[number];
}

std::unexpected<base::Error> Twice(std::string_view id) { return Broken(fmt::format("`{}` is there twice", id)); }
std::unexpected<base::Error> Unknown(std::string_view id) { return Broken(fmt::format("`{}` is not there", id)); }

bool HasAny(const StackTable* table) {
  return table != nullptr && (!table->stacks.empty() || (table->sets && !table->sets->sets.empty()));
}

json::object SaveStacks(const StackTable& table, SavedTemplates& templates) {
  json::array stacks;
  for (const auto& stack : table.stacks) stacks.push_back(SaveStack(*stack, templates));
  json::array sets;
  if (table.sets) {
    for (const auto& set : table.sets->sets) sets.push_back(SaveStackSet(*set, templates));
  }
  return {{"stacks", std::move(stacks)}, {"sets", std::move(sets)}};
}

base::Status LoadStacks(World& world, Account& account, const SavedTemplates& templates, const json::object& object) {
  account.stacks = std::make_shared<StackTable>();
  StackTable& table = *account.stacks;
  Names living;
  std::set<std::string> ids;
  TRY(saved::Each(object, "stacks", [&](const json::object& each) -> base::Status {
    TRY_ASSIGN(auto stack, LoadStack(world, templates, each));
    if (!ids.insert(stack->id).second) return Twice(stack->id);
    if (stack->status != "DELETE_COMPLETE" && !living.emplace(stack->region, stack->name).second) return Twice(stack->name);
    table.stacks.push_back(std::move(stack));
    return {};
  }));
  TRY(LoadSets(world, account, templates, object));
  const bool busy = std::ranges::any_of(table.stacks, [](const auto& stack) { return stack->InProgress(); });
  if (busy || HasStackSetWork(table)) world.accounts_with_work().insert(&account);
  return {};
}

base::Status CheckInstances(const World& world) {
  const auto check = [&](const StackInstance& instance) -> base::Status {
    if (instance.stack_id.empty()) return {};
    const Account* target = world.FindAccount(instance.account);
    const bool found = target != nullptr && target->stacks && target->stacks->Find(instance.region, instance.stack_id) != nullptr;
    return found ? base::Status() : Unknown(instance.stack_id);
  };
  for (const auto& account : world.accounts()) {
    if (!account->stacks || !account->stacks->sets) continue;
    for (const auto& set : account->stacks->sets->sets) {
      for (const auto& [key, instance] : set->instances) TRY(check(instance));
    }
  }
  return {};
}

}  // namespace crossrole::sim::cloudformation
