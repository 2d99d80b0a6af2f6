// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "sim/cloudformation/saved_parts.h"
#include "sim/internal/snapshot_parts.h"
#include "sim/stack_resources/kind.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace json = boost::json;
using saved::Broken;
using saved::Moment;
using saved::Text;

json::object SaveResource(const StackResource& resource) {
  return {{"logical", resource.logical_id},
          {"type", resource.type},
          {"physical", resource.physical_id},
          {"status", resource.status},
          {"reason", resource.reason},
          {"deletion", resource.deletion_policy},
          {"replace", resource.replace_policy},
          {"at", base::ToMicros(resource.at)},
          {"properties", resource.properties},
          {"attributes", saved::MapToJson(resource.attributes)}};
}

base::Result<StackResource> LoadResource(const json::object& object) {
  StackResource resource{.logical_id = Text(object, "logical"),
                         .type = Text(object, "type"),
                         .physical_id = Text(object, "physical"),
                         .status = Text(object, "status"),
                         .reason = Text(object, "reason"),
                         .deletion_policy = Text(object, "deletion"),
                         .at = Moment(object, "at"),
                         .properties = saved::Object(object, "properties")};
  // Former states have none.
  if (object.contains("replace")) resource.replace_policy = Text(object, "replace");
  for (auto& [name, value] : saved::TextMap(object, "attributes")) resource.attributes.emplace(name, value);
  if (stack_resources::FindKind(resource.type) == nullptr) return Broken(fmt::format("`{}` is no type of a resource", resource.type));
  return resource;
}

json::object SavePlanned(const PlannedChange& change) {
  return {{"action", change.action},
          {"logical", change.logical_id},
          {"physical", change.physical_id},
          {"type", change.type},
          {"replaces", change.replaces}};
}

// A step for a resource that is not there could not be carried out.
base::Status CheckStep(Stack& stack, const Step& step) {
  const Template* template_ = stack.definition.template_.get();
  const bool found = step.verb == Verb::kApply ? template_ != nullptr && template_->FindResource(step.logical_id) != nullptr
                                               : stack.FindResource(step.logical_id) != nullptr;
  return found ? base::Status() : Unknown(step.logical_id);
}

}  // namespace

json::object SaveDefinition(const Definition& definition, SavedTemplates& templates) {
  return {{"template", templates.NumberOf(definition.template_)},
          {"parameters", saved::MapToJson(definition.parameters)},
          {"tags", saved::TagsToJson(definition.tags)},
          {"capabilities", saved::TextsToJson(definition.capabilities)}};
}

base::Result<Definition> LoadDefinition(const json::object& object, const SavedTemplates& templates) {
  Definition definition{.template_ = templates.Find(object, "template"),
                        .parameters = saved::TextMap(object, "parameters"),
                        .tags = saved::TagsOf(object),
                        .capabilities = saved::Texts(object, "capabilities")};
  // Expressions rely on values for all that the template declares.
  if (!definition.template_) return definition;
  TRY_ASSIGN(definition.parameters, ResolveParameters(*definition.template_, definition.parameters));
  return definition;
}

json::array SaveResources(const std::vector<StackResource>& resources) {
  json::array list;
  for (const StackResource& resource : resources) list.push_back(SaveResource(resource));
  return list;
}

base::Result<std::vector<StackResource>> LoadResources(const json::object& object, std::string_view name) {
  std::vector<StackResource> resources;
  TRY(saved::Each(object, name, [&](const json::object& each) -> base::Status {
    TRY_ASSIGN(resources.emplace_back(), LoadResource(each));
    return {};
  }));
  return resources;
}

json::object SaveCaller(const Caller& caller) {
  json::object object{{"account", caller.account->id},
                      {"kind", static_cast<int>(caller.principal.kind)},
                      {"arn", caller.principal.arn},
                      {"session_arn", caller.principal.session_arn},
                      {"id", caller.principal.unique_id},
                      {"access_key", caller.access_key_id},
                      {"address", caller.source_address},
                      {"agent", caller.user_agent},
                      {"via", caller.via}};
  if (caller.session) object["session"] = SessionToJson(*caller.session);
  return object;
}

base::Result<std::shared_ptr<const Caller>> LoadCaller(const World& world, const json::object& object) {
  Account& account = saved::AccountOf(world, object, "account");
  Caller caller{.principal = {.kind = saved::Choice(object, "kind", policy::CallerKind::kFederatedUser),
                              .partition = std::string(account.partition_name()),
                              .account = account.id,
                              .arn = Text(object, "arn"),
                              .session_arn = Text(object, "session_arn"),
                              .unique_id = Text(object, "id")},
                .account = &account,
                .access_key_id = Text(object, "access_key"),
                .source_address = Text(object, "address"),
                .user_agent = Text(object, "agent"),
                .via = Text(object, "via")};
  if (object.contains("session")) {
    const json::object& session = saved::Object(object, "session");
    for (const std::string_view name : {"issued", "expires"}) Moment(session, name);
    saved::Choice(session, "kind", SessionKind::kRoot);
    caller.session = SessionFromJson(session);
  }
  const policy::CallerKind kind = caller.principal.kind;
  if (kind == policy::CallerKind::kAnonymous) return Broken("nobody makes the resources");
  const bool has_name = kind == policy::CallerKind::kRole || kind == policy::CallerKind::kFederatedUser;
  if (has_name && !caller.session) return Broken("whoever makes the resources has no session");
  return std::make_shared<const Caller>(std::move(caller));
}

json::object SaveWork(const Work& work, SavedTemplates& templates) {
  json::array steps;
  for (const Step& step : work.steps) {
    steps.push_back(json::object{{"verb", static_cast<int>(step.verb)}, {"logical", step.logical_id}});
  }
  return {{"change", static_cast<int>(work.change)},
          {"steps", std::move(steps)},
          {"due", base::ToMicros(work.due)},
          {"caller", SaveCaller(*work.caller)},
          {"before", SaveDefinition(work.before, templates)},
          {"replaced", SaveResources(work.replaced)},
          {"originals", SaveResources(work.originals)}};
}

base::Result<Work> LoadWork(const World& world, Stack& stack, const SavedTemplates& templates, const json::object& object) {
  Work work{.change = saved::Choice(object, "change", Change::kUpdateRollbackCleanup), .due = Moment(object, "due")};
  TRY(saved::Each(object, "steps", [&](const json::object& each) -> base::Status {
    work.steps.push_back({.verb = saved::Choice(each, "verb", Verb::kSettle), .logical_id = Text(each, "logical")});
    return CheckStep(stack, work.steps.back());
  }));
  TRY_ASSIGN(work.caller, LoadCaller(world, saved::Object(object, "caller")));
  TRY_ASSIGN(work.before, LoadDefinition(saved::Object(object, "before"), templates));
  TRY_ASSIGN(work.replaced, LoadResources(object, "replaced"));
  TRY_ASSIGN(work.originals, LoadResources(object, "originals"));
  if (work.change == Change::kUpdate && !work.before.template_) return Broken("an update has nothing to go back to");
  return work;
}

json::object SaveChangeSet(const ChangeSet& change_set, SavedTemplates& templates) {
  json::array changes;
  for (const PlannedChange& change : change_set.changes) changes.push_back(SavePlanned(change));
  return {{"id", change_set.id},
          {"name", change_set.name},
          {"description", change_set.description},
          {"status", change_set.status},
          {"reason", change_set.reason},
          {"execution", change_set.execution_status},
          {"definition", SaveDefinition(change_set.definition, templates)},
          {"changes", std::move(changes)},
          {"on_failure", static_cast<int>(change_set.on_failure)},
          {"caller", SaveCaller(*change_set.caller)},
          {"created", base::ToMicros(change_set.created)}};
}

base::Result<ChangeSet> LoadChangeSet(const World& world, const SavedTemplates& templates, const json::object& object) {
  ChangeSet change_set{.id = Text(object, "id"),
                       .name = Text(object, "name"),
                       .description = Text(object, "description"),
                       .status = Text(object, "status"),
                       .reason = Text(object, "reason"),
                       .execution_status = Text(object, "execution"),
                       .on_failure = saved::Choice(object, "on_failure", OnFailure::kDoNothing),
                       .created = Moment(object, "created")};
  TRY_ASSIGN(change_set.definition, LoadDefinition(saved::Object(object, "definition"), templates));
  if (!change_set.definition.template_) return Broken("the change set has no template");
  TRY(saved::Each(object, "changes", [&](const json::object& each) -> base::Status {
    change_set.changes.push_back({.action = Text(each, "action"),
                                  .logical_id = Text(each, "logical"),
                                  .physical_id = Text(each, "physical"),
                                  .type = Text(each, "type"),
                                  .replaces = saved::Flag(each, "replaces")});
    return {};
  }));
  TRY_ASSIGN(change_set.caller, LoadCaller(world, saved::Object(object, "caller")));
  return change_set;
}

}  // namespace crossrole::sim::cloudformation
