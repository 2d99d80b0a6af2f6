// SPDX-License-Identifier: Apache-2.0
#include "sim/organizations/saved.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <utility>

#include "sim/identity_center/saved.h"
#include "sim/internal/snapshot_parts.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim::organizations {
namespace {

namespace json = boost::json;
using saved::Broken;
using saved::Moment;
using saved::TagsOf;
using saved::TagsToJson;
using saved::Text;
using saved::Texts;
using saved::TextsToJson;

constexpr std::array<std::string_view, 4> kHandshakeStates = {"REQUESTED", "ACCEPTED", "DECLINED", "CANCELED"};

std::unexpected<base::Error> Twice(std::string_view id) { return Broken(fmt::format("`{}` is there twice", id)); }
std::unexpected<base::Error> Unknown(std::string_view id) { return Broken(fmt::format("`{}` is not there", id)); }

json::object TimesToJson(const std::map<std::string, base::Time>& times) {
  json::object object;
  for (const auto& [name, time] : times) object[name] = base::ToMicros(time);
  return object;
}

std::map<std::string, base::Time> TimesOf(const json::object& object) {
  std::map<std::string, base::Time> times;
  for (const auto& member : object) times.emplace(member.key(), Moment(object, member.key()));
  return times;
}

// ---- invitations, and accounts being made

json::object HandshakeToJson(const Handshake& handshake) {
  return {{"id", handshake.id},
          {"account", handshake.account_id},
          {"notes", handshake.notes},
          {"state", handshake.state},
          {"requested", base::ToMicros(handshake.requested)},
          {"expires", base::ToMicros(handshake.expires)}};
}

base::Status ReadHandshake(const World& world, const json::object& object, Organization& organization) {
  Handshake handshake{.id = Text(object, "id"),
                      .account_id = saved::AccountOf(world, object, "account").id,
                      .notes = Text(object, "notes"),
                      .state = Text(object, "state"),
                      .requested = Moment(object, "requested"),
                      .expires = Moment(object, "expires")};
  if (std::ranges::find(kHandshakeStates, handshake.state) == kHandshakeStates.end()) {
    return Broken(fmt::format("`{}` is no state of an invitation", handshake.state));
  }
  // Whoever answers names the invitation alone.
  for (const auto& each : world.organizations()) {
    if (each->handshakes.contains(handshake.id)) return Twice(handshake.id);
  }
  organization.handshakes.emplace(handshake.id, std::move(handshake));
  return {};
}

json::object CreationToJson(const CreateStatus& creation) {
  return {{"id", creation.id},
          {"name", creation.account_name},
          {"account", creation.account_id},
          {"state", creation.state},
          {"failure", creation.failure},
          {"requested", base::ToMicros(creation.requested)},
          {"completed", base::ToMicros(creation.completed)}};
}

base::Status ReadCreation(const World& world, const json::object& object, Organization& organization) {
  CreateStatus creation{.id = Text(object, "id"),
                        .account_name = Text(object, "name"),
                        .account_id = Text(object, "account"),
                        .state = Text(object, "state"),
                        .failure = Text(object, "failure"),
                        .requested = Moment(object, "requested"),
                        .completed = Moment(object, "completed")};
  const bool succeeds = creation.state == "SUCCEEDED";
  if (!succeeds && creation.state != "FAILED") return Broken(fmt::format("`{}` is no outcome of making an account", creation.state));
  if (succeeds != creation.failure.empty()) return Broken("only what fails has a reason for it");
  if (succeeds && world.FindAccount(creation.account_id) == nullptr) return Unknown(creation.account_id);
  if (!organization.creations.emplace(creation.id, creation).second) return Twice(creation.id);
  return {};
}

// ---- what there is

base::Status ReadTypes(const json::object& object, Organization& organization) {
  for (const json::value& type : saved::List(object, "types")) {
    const bool known = type.is_int64() && type.get_int64() >= 0 && type.get_int64() <= static_cast<int>(PolicyType::kResourceControl);
    if (!known) return Broken("`types` holds what is no type of policies");
    organization.enabled_types.insert(static_cast<PolicyType>(type.get_int64()));
  }
  return {};
}

base::Status ReadPolicy(const json::object& object, Organization& organization) {
  OrganizationPolicy policy{.id = Text(object, "id"),
                            .name = Text(object, "name"),
                            .description = Text(object, "description"),
                            .type = saved::Choice(object, "type", PolicyType::kResourceControl),
                            .aws_managed = saved::Flag(object, "aws")};
  const bool is_scp = policy.type == PolicyType::kServiceControl;
  TRY_ASSIGN(policy.content, StorePolicy(Text(object, "text"), is_scp ? policy::DocumentKind::kServiceControl
                                                                      : policy::DocumentKind::kResourceControl));
  const auto same = [&](const auto& each) { return each.second.type == policy.type && each.second.name == policy.name; };
  if (organization.policies.contains(policy.id) || std::ranges::any_of(organization.policies, same)) return Twice(policy.name);
  organization.policies.emplace(policy.id, std::move(policy));
  return {};
}

base::Status ReadAttachments(const json::object& attached, Organization& organization) {
  for (const auto& member : attached) {
    const std::string target(member.key());
    if (!organization.units.contains(target) && !organization.members.contains(target)) return Unknown(target);
    std::vector<std::string> ids = Texts(attached, target);
    for (const std::string& id : ids) {
      if (!organization.policies.contains(id)) return Unknown(id);
      if (std::ranges::count(ids, id) > 1) return Twice(id);
    }
    organization.attached.emplace(target, std::move(ids));
  }
  return {};
}

// Parents come before their children: the list is in the order of a walk from the root.
base::Status ReadUnit(const json::object& object, Organization& organization) {
  Unit unit{.id = Text(object, "id"), .name = Text(object, "name"), .parent = Text(object, "parent")};
  if (unit.parent.empty() != (unit.id == organization.root)) return Broken(fmt::format("`{}` has no parent, or the root has one", unit.id));
  if (organization.units.contains(unit.id)) return Twice(unit.id);
  if (!unit.parent.empty()) {
    const auto parent = organization.units.find(unit.parent);
    if (parent == organization.units.end()) return Unknown(unit.parent);
    if (organization.LineOf(unit.parent).size() > kDeepest) return Broken(fmt::format("`{}` is too deep below the root", unit.id));
    const auto same = [&](const std::string& id) { return organization.units.find(id)->second.name == unit.name; };
    if (std::ranges::any_of(parent->second.units, same)) return Twice(unit.name);
    parent->second.units.push_back(unit.id);
  }
  organization.units.emplace(unit.id, std::move(unit));
  return {};
}

base::Status ReadMember(const World& world, const json::object& object, Organization& organization) {
  Account& account = saved::AccountOf(world, object, "id");
  const auto parent = organization.units.find(Text(object, "parent"));
  if (parent == organization.units.end()) return Unknown(Text(object, "parent"));
  if (account.organization != nullptr) return Broken(fmt::format("the account `{}` is a member twice", account.id));
  organization.members.emplace(account.id, Member{.account = &account,
                                                  .parent = parent->first,
                                                  .how = saved::Choice(object, "how", Joined::kInvited),
                                                  .since = Moment(object, "since")});
  parent->second.accounts.push_back(account.id);
  account.organization = &organization;
  return {};
}

base::Status ReadDelegations(const json::object& delegated, Organization& organization) {
  for (const auto& member : delegated) {
    const std::string id(member.key());
    if (!organization.members.contains(id) || id == organization.management->id) return Unknown(id);
    organization.delegated[id] = TimesOf(saved::Object(delegated, id));
    if (organization.delegated[id].empty()) return Broken(fmt::format("`{}` administers nothing", id));
  }
  return {};
}

void WriteUnits(const Organization& organization, const Unit& unit, json::array& units, json::array& members) {
  units.push_back(json::object{{"id", unit.id}, {"name", unit.name}, {"parent", unit.parent}});
  for (const std::string& id : unit.accounts) {
    const Member& member = organization.members.find(id)->second;
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
  json::array handshakes;
  for (const auto& [id, handshake] : organization.handshakes) handshakes.push_back(HandshakeToJson(handshake));
  json::array creations;
  for (const auto& [id, creation] : organization.creations) creations.push_back(CreationToJson(creation));
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
          {"tags", std::move(tags)},
          {"handshakes", std::move(handshakes)},
          {"creations", std::move(creations)}};
}

base::Status LoadOrganization(World& world, const json::object& object) {
  auto made = std::make_unique<Organization>();
  Organization& organization = *made;
  organization.id = Text(object, "id");
  organization.root = Text(object, "root");
  organization.management = &saved::AccountOf(world, object, "management");
  for (const auto& other : world.organizations()) {
    if (other->id == organization.id) return Twice(organization.id);
  }
  world.organizations().push_back(std::move(made));
  TRY(ReadTypes(object, organization));
  TRY(saved::Each(object, "units", [&](const json::object& each) { return ReadUnit(each, organization); }));
  TRY(saved::Each(object, "members", [&](const json::object& each) { return ReadMember(world, each, organization); }));
  if (organization.management->organization != &organization) return Broken("the management account is no member");
  TRY(saved::Each(object, "policies", [&](const json::object& each) { return ReadPolicy(each, organization); }));
  TRY(ReadAttachments(saved::Object(object, "attached"), organization));
  const json::object& tags = saved::Object(object, "tags");
  for (const auto& member : tags) organization.tags[member.key()] = TagsOf(saved::Object(tags, member.key()));
  TRY(ReadDelegations(saved::Object(object, "delegated"), organization));
  organization.trusted_services = TimesOf(saved::Object(object, "services"));
  for (const std::string& feature : Texts(object, "features")) organization.root_features.insert(feature);
  TRY(saved::Each(object, "handshakes", [&](const json::object& each) { return ReadHandshake(world, each, organization); }));
  TRY(saved::Each(object, "creations", [&](const json::object& each) { return ReadCreation(world, each, organization); }));
  // States of before Identity Center have none.
  const json::value* center = object.if_contains("identity_center");
  if (center == nullptr || center->is_null()) return {};
  return identity_center::LoadInstance(organization, saved::Object(object, "identity_center"));
}

}  // namespace crossrole::sim::organizations
