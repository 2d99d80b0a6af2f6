// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <utility>

#include "sim/identity_center/saved.h"
#include "sim/internal/snapshot_parts.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;
using organizations::Joined;
using organizations::Organization;
using organizations::OrganizationPolicy;
using organizations::PolicyType;
using organizations::Unit;
using saved::Moment;
using saved::TagsOf;
using saved::TagsToJson;
using saved::Text;
using saved::Texts;
using saved::TextsToJson;

json::object TimesToJson(const std::map<std::string, base::Time>& times) {
  json::object object;
  for (const auto& [name, time] : times) object[name] = base::ToMicros(time);
  return object;
}

std::map<std::string, base::Time> TimesOf(const json::object& object) {
  std::map<std::string, base::Time> times;
  for (const auto& member : object) times.emplace(member.key(), base::FromMicros(member.value().as_int64()));
  return times;
}

std::unexpected<base::Error> Broken() { return base::Fail(base::Code::kInvalidArgument, "an organization does not hold together"); }

base::Status ReadPolicies(const json::object& object, Organization& organization) {
  for (const json::value& item : object.at("policies").as_array()) {
    const json::object& each = item.as_object();
    OrganizationPolicy policy{.id = Text(each, "id"),
                              .name = Text(each, "name"),
                              .description = Text(each, "description"),
                              .type = static_cast<PolicyType>(each.at("type").to_number<int>()),
                              .aws_managed = each.at("aws").as_bool()};
    const bool is_scp = policy.type == PolicyType::kServiceControl;
    TRY_ASSIGN(policy.content, StorePolicy(each.at("text").as_string(), is_scp ? policy::DocumentKind::kServiceControl
                                                                               : policy::DocumentKind::kResourceControl));
    organization.policies.emplace(policy.id, std::move(policy));
  }
  for (const auto& member : object.at("attached").as_object()) {
    for (const json::value& id : member.value().as_array()) {
      if (!organization.policies.contains(std::string_view(id.as_string()))) return Broken();
      organization.attached[member.key()].emplace_back(id.as_string());
    }
  }
  return {};
}

// Parents come before their children: the list is in the order of a walk from the root.
base::Status ReadUnits(const json::object& object, Organization& organization) {
  for (const json::value& item : object.at("units").as_array()) {
    const json::object& each = item.as_object();
    Unit unit{.id = Text(each, "id"), .name = Text(each, "name"), .parent = Text(each, "parent")};
    if (unit.parent.empty() != (unit.id == organization.root)) return Broken();
    if (!unit.parent.empty()) {
      const auto parent = organization.units.find(unit.parent);
      if (parent == organization.units.end()) return Broken();
      parent->second.units.push_back(unit.id);
    }
    organization.units.emplace(unit.id, std::move(unit));
  }
  return {};
}

base::Status ReadMembers(World& world, const json::object& object, Organization& organization) {
  for (const json::value& item : object.at("members").as_array()) {
    const json::object& each = item.as_object();
    Account* account = world.FindAccount(Text(each, "id"));
    const auto parent = organization.units.find(Text(each, "parent"));
    if (account == nullptr || account->organization != nullptr || parent == organization.units.end()) return Broken();
    organization.members.emplace(account->id, organizations::Member{account, parent->first, static_cast<Joined>(each.at("how").to_number<int>()),
                                                                    Moment(each, "since")});
    parent->second.accounts.push_back(account->id);
    account->organization = &organization;
  }
  return {};
}

void WriteUnits(const Organization& organization, const Unit& unit, json::array& units, json::array& members) {
  units.push_back(json::object{{"id", unit.id}, {"name", unit.name}, {"parent", unit.parent}});
  for (const std::string& id : unit.accounts) {
    const organizations::Member& member = organization.members.find(id)->second;
    members.push_back(json::object{
        {"id", id}, {"parent", unit.id}, {"how", static_cast<int>(member.how)}, {"since", base::ToMicros(member.since)}});
  }
  for (const std::string& id : unit.units) WriteUnits(organization, organization.units.find(id)->second, units, members);
}

}  // namespace

json::object SaveOrganization(const Organization& organization) {
  json::array units;
  json::array members;
  WriteUnits(organization, organization.units.find(organization.root)->second, units, members);
  json::array policies;
  for (const auto& [id, policy] : organization.policies) {
    policies.push_back(json::object{{"id", id},
                                    {"name", policy.name},
                                    {"description", policy.description},
                                    {"type", static_cast<int>(policy.type)},
                                    {"aws", policy.aws_managed},
                                    {"text", policy.content.text}});
  }
  json::object attached;
  for (const auto& [target, ids] : organization.attached) attached[target] = TextsToJson(ids);
  json::object tags;
  for (const auto& [id, list] : organization.tags) tags[id] = json::object{{"tags", TagsToJson(list)}};
  json::object delegated;
  for (const auto& [id, services] : organization.delegated) delegated[id] = TimesToJson(services);
  json::array types;
  for (const PolicyType type : organization.enabled_types) types.emplace_back(static_cast<int>(type));
  json::value center;
  if (organization.identity_center) center = identity_center::SaveInstance(*organization.identity_center);
  return {{"id", organization.id},
          {"identity_center", std::move(center)},
          {"management", organization.management->id},
          {"root", organization.root},
          {"units", std::move(units)},
          {"members", std::move(members)},
          {"policies", std::move(policies)},
          {"attached", std::move(attached)},
          {"types", std::move(types)},
          {"delegated", std::move(delegated)},
          {"services", TimesToJson(organization.trusted_services)},
          {"features", TextsToJson({organization.root_features.begin(), organization.root_features.end()})},
          {"tags", std::move(tags)}};
}

base::Status LoadOrganization(World& world, const json::object& object) {
  auto made = std::make_unique<Organization>();
  Organization& organization = *made;
  organization.id = Text(object, "id");
  organization.root = Text(object, "root");
  organization.management = world.FindAccount(Text(object, "management"));
  if (organization.management == nullptr) return Broken();
  world.organizations().push_back(std::move(made));
  for (const json::value& type : object.at("types").as_array()) organization.enabled_types.insert(static_cast<PolicyType>(type.to_number<int>()));
  TRY(ReadUnits(object, organization));
  TRY(ReadMembers(world, object, organization));
  TRY(ReadPolicies(object, organization));
  for (const auto& member : object.at("tags").as_object()) organization.tags[member.key()] = TagsOf(member.value().as_object());
  for (const auto& member : object.at("delegated").as_object()) {
    if (!organization.members.contains(std::string_view(member.key()))) return Broken();
    organization.delegated[member.key()] = TimesOf(member.value().as_object());
  }
  organization.trusted_services = TimesOf(object.at("services").as_object());
  for (const std::string& feature : Texts(object, "features")) organization.root_features.insert(feature);
  // States of before Identity Center have none.
  const json::value* center = object.if_contains("identity_center");
  if (center != nullptr && center->is_object()) TRY(identity_center::LoadInstance(organization, center->get_object()));
  return organization.management->organization == &organization ? base::Status() : Broken();
}

}  // namespace crossrole::sim
