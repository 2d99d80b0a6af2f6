// SPDX-License-Identifier: Apache-2.0
#include "sim/identity_center/user_attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::identity_center {
namespace {

namespace api = aws::identitystore;
namespace json = boost::json;

template <typename Item>
using TextMember = std::pair<std::string_view, std::optional<std::string> Item::*>;

constexpr auto TextsOf(const api::Email*) { return std::to_array<TextMember<api::Email>>({{"value", &api::Email::value}, {"type", &api::Email::type}}); }
constexpr auto TextsOf(const api::PhoneNumber*) {
  return std::to_array<TextMember<api::PhoneNumber>>({{"value", &api::PhoneNumber::value}, {"type", &api::PhoneNumber::type}});
}
constexpr auto TextsOf(const api::Role*) { return std::to_array<TextMember<api::Role>>({{"value", &api::Role::value}, {"type", &api::Role::type}}); }
constexpr auto TextsOf(const api::Photo*) { return std::to_array<TextMember<api::Photo>>({{"type", &api::Photo::type}, {"display", &api::Photo::display}}); }
constexpr auto TextsOf(const api::Address*) {
  return std::to_array<TextMember<api::Address>>({{"streetAddress", &api::Address::street_address},
                                                  {"locality", &api::Address::locality},
                                                  {"region", &api::Address::region},
                                                  {"postalCode", &api::Address::postal_code},
                                                  {"country", &api::Address::country},
                                                  {"formatted", &api::Address::formatted},
                                                  {"type", &api::Address::type}});
}

std::unexpected<base::Error> Wrong(std::string sentence) { return Refuse("ValidationException", std::move(sentence)); }

template <typename Item>
base::Result<Item> ReadItem(const json::value& value) {
  if (!value.is_object()) return Wrong("A value of a list is no object.");
  const json::object& object = value.get_object();
  Item item;
  for (const auto& [name, member] : TextsOf(static_cast<const Item*>(nullptr))) {
    if (const json::value* text = object.if_contains(name)) TRY(ReadText(*text, item.*member));
  }
  if constexpr (std::is_same_v<Item, api::Photo>) {
    const json::value* url = object.if_contains("value");
    if (url == nullptr || !url->is_string()) return Wrong("A photo has no value.");
    item.value = std::string(url->get_string());
  }
  const json::value* primary = object.if_contains("primary");
  if (primary != nullptr && primary->is_bool()) item.primary = primary->get_bool();
  return item;
}

template <typename Item>
base::Status ReadItems(const json::value& value, std::size_t most, std::vector<Item>& items) {
  const json::value list = value.is_array() ? value : value.is_null() ? json::value(json::array()) : json::value(json::array{value});
  if (list.get_array().size() > most) return Wrong(most == 1 ? "Lists of a user hold one value only." : fmt::format("The list holds more than {} values.", most));
  std::vector<Item> read;
  for (const json::value& each : list.get_array()) {
    TRY_ASSIGN(read.emplace_back(), ReadItem<Item>(each));
  }
  items = std::move(read);
  return {};
}

template <typename Item>
json::array ShowItems(const std::vector<Item>& items) {
  json::array list;
  for (const Item& item : items) {
    json::object shown;
    if constexpr (std::is_same_v<Item, api::Photo>) shown["value"] = item.value;
    for (const auto& [name, member] : TextsOf(&item)) {
      if (item.*member) shown[name] = *(item.*member);
    }
    if (item.primary) shown["primary"] = *item.primary;
    list.push_back(std::move(shown));
  }
  return list;
}

constexpr std::array<std::string_view, 5> kLists = {"emails", "phoneNumbers", "addresses", "photos", "roles"};

// Calls `visit` with the list that `path` names.
template <typename User, typename Visit>
auto WithList(User& user, std::string_view path, Visit visit) {
  if (path == "emails") return visit(user.emails);
  if (path == "phoneNumbers") return visit(user.phone_numbers);
  if (path == "addresses") return visit(user.addresses);
  if (path == "photos") return visit(user.photos);
  return visit(user.roles);
}

constexpr std::array<std::string_view, 5> kEnterpriseTexts = {"employeeNumber", "costCenter", "organization", "division", "department"};
constexpr std::array<std::string_view, 3> kManagerTexts = {"value", "displayName", "$ref"};

bool IsOneOf(const auto& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

base::Status SetText(json::object& object, std::string_view name, const json::value& value) {
  std::optional<std::string> text;
  TRY(ReadText(value, text));
  if (text) object[name] = *text;
  else object.erase(name);
  return {};
}

// A manager is somebody's ID, alone or in an object.
base::Status SetManager(json::object& attributes, const json::value& value) {
  json::object manager;
  if (value.is_object()) {
    for (const auto& [name, each] : value.get_object()) {
      if (!IsOneOf(kManagerTexts, name)) return Wrong(fmt::format("The attribute manager.{} is not supported.", std::string_view(name)));
      TRY(SetText(manager, name, each));
    }
  } else {
    TRY(SetText(manager, "value", value));
  }
  if (manager.empty()) attributes.erase("manager");
  else attributes["manager"] = std::move(manager);
  return {};
}

base::Status SetAttribute(json::object& attributes, std::string_view path, const json::value& value) {
  constexpr std::string_view kManager = "manager.";
  if (IsOneOf(kEnterpriseTexts, path)) return SetText(attributes, path, value);
  if (path == "manager") return SetManager(attributes, value);
  if (!path.starts_with(kManager) || !IsOneOf(kManagerTexts, path.substr(kManager.size()))) {
    return Wrong(fmt::format("The attribute {} of the enterprise extension is not supported.", path));
  }
  const json::value* before = attributes.if_contains("manager");
  json::object manager = before == nullptr ? json::object() : before->get_object();
  TRY(SetText(manager, path.substr(kManager.size()), value));
  return SetManager(attributes, manager);
}

}  // namespace

std::optional<std::string>* TextAttribute(api::User& user, std::string_view path) {
  if (!user.name) user.name.emplace();
  api::Name& name = *user.name;
  const auto attributes = std::to_array<std::pair<std::string_view, std::optional<std::string>*>>({{"userName", &user.user_name},
                                                                                                   {"displayName", &user.display_name},
                                                                                                   {"nickName", &user.nick_name},
                                                                                                   {"profileUrl", &user.profile_url},
                                                                                                   {"userType", &user.user_type},
                                                                                                   {"title", &user.title},
                                                                                                   {"preferredLanguage", &user.preferred_language},
                                                                                                   {"locale", &user.locale},
                                                                                                   {"timezone", &user.timezone},
                                                                                                   {"website", &user.website},
                                                                                                   {"birthdate", &user.birthdate},
                                                                                                   {"name.formatted", &name.formatted},
                                                                                                   {"name.familyName", &name.family_name},
                                                                                                   {"name.givenName", &name.given_name},
                                                                                                   {"name.middleName", &name.middle_name},
                                                                                                   {"name.honorificPrefix", &name.honorific_prefix},
                                                                                                   {"name.honorificSuffix", &name.honorific_suffix}});
  const auto it = std::ranges::find_if(attributes, [&](const auto& each) { return base::EqualsIgnoreCase(each.first, path); });
  return it == attributes.end() ? nullptr : it->second;
}

base::Status ReadText(const json::value& value, std::optional<std::string>& text) {
  if (value.is_null()) text.reset();
  else if (value.is_string()) text = std::string(value.get_string());
  else return Wrong("Request is unparsable, syntactically incorrect, or violates schema.");
  return {};
}

bool IsListAttribute(std::string_view path) { return IsOneOf(kLists, path); }

base::Status ReadListAttribute(api::User& user, std::string_view path, const json::value& value, std::size_t most) {
  return WithList(user, path, [&](auto& items) { return ReadItems(value, most, items); });
}

json::array ShowListAttribute(const api::User& user, std::string_view path) {
  return WithList(user, path, [](const auto& items) { return ShowItems(items); });
}

base::Status SetEnterprise(api::User& user, std::string_view path, const json::value& value) {
  json::object attributes = EnterpriseOf(user);
  if (!path.empty()) {
    TRY(SetAttribute(attributes, path, value));
  } else if (value.is_object()) {
    for (const auto& [name, each] : value.get_object()) TRY(SetAttribute(attributes, name, each));
  } else if (value.is_null()) {
    attributes.clear();
  } else {
    return Wrong("The enterprise extension is no object.");
  }
  if (attributes.empty()) user.extensions.erase(std::string(kEnterprise));
  else user.extensions.insert_or_assign(std::string(kEnterprise), base::PrintJson(attributes));
  return {};
}

json::object EnterpriseOf(const api::User& user) {
  const auto it = user.extensions.find(std::string(kEnterprise));
  const auto document = it == user.extensions.end() ? base::Result<json::value>(json::object()) : base::ParseJson(it->second);
  return document && document->is_object() ? document->get_object() : json::object();
}

bool HasNames(const api::User& user) {
  const auto filled = [](const std::optional<std::string>& text) { return text && !text->empty(); };
  return filled(user.user_name) && filled(user.display_name) && user.name && filled(user.name->given_name) && filled(user.name->family_name);
}

}  // namespace crossrole::sim::identity_center
