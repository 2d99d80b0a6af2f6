// SPDX-License-Identifier: Apache-2.0
#include "sim/stack_resources/properties.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cstdlib>
#include <utility>

#include "base/json.h"
#include "base/random.h"
#include "sim/cloudformation/template.h"

namespace crossrole::sim::stack_resources {

namespace json = boost::json;
namespace api = aws::iam;
using cloudformation::TextOfScalar;

namespace {

std::vector<api::Tag> MergedTags(const Tags& of_stack, const json::object& properties) {
  std::vector<api::Tag> tags;
  const auto add = [&](const std::string& key, const std::string& value) {
    std::erase_if(tags, [&](const api::Tag& tag) { return tag.key == key; });
    tags.push_back({.key = key, .value = value});
  };
  for (const Tag& tag : of_stack) add(tag.key, tag.value);
  const json::value* list = properties.if_contains("Tags");
  if (list == nullptr || !list->is_array()) return tags;
  for (const json::value& item : list->get_array()) {
    if (item.is_object()) add(TextIn(item.get_object(), "Key").value_or(""), TextIn(item.get_object(), "Value").value_or(""));
  }
  return tags;
}

// A list of what is applied, which begins empty.
json::array& ListOf(Physical& physical, std::string_view name) {
  json::value& list = physical.properties[name];
  return list.is_array() ? list.get_array() : list.emplace_array();
}

template <typename Predicate>
void DropIf(json::array& list, Predicate predicate) {
  list.erase(std::remove_if(list.begin(), list.end(), predicate), list.end());
}

}  // namespace

std::optional<std::string> TextIn(const json::object& properties, std::string_view name) {
  const json::value* value = properties.if_contains(name);
  return value == nullptr ? std::nullopt : TextOfScalar(*value);
}

std::optional<std::int32_t> NumberIn(const json::object& properties, std::string_view name) {
  const auto text = TextIn(properties, name);
  return text ? std::optional(static_cast<std::int32_t>(std::strtol(text->c_str(), nullptr, 10))) : std::nullopt;
}

Texts TextsIn(const json::object& properties, std::string_view name) {
  Texts texts;
  const json::value* value = properties.if_contains(name);
  if (value == nullptr || !value->is_array()) return texts;
  for (const json::value& item : value->get_array()) texts.push_back(TextOfScalar(item).value_or(""));
  return texts;
}

std::string DocumentIn(const json::object& properties, std::string_view name) {
  const json::value* value = properties.if_contains(name);
  if (value == nullptr) return "";
  return value->is_string() ? std::string(value->get_string()) : base::PrintJson(*value);
}

const json::object* ObjectIn(const json::object& properties, std::string_view name) {
  const json::value* value = properties.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

bool Differ(const json::object& a, const json::object& b, std::string_view name) {
  const json::value* one = a.if_contains(name);
  const json::value* other = b.if_contains(name);
  return one == nullptr || other == nullptr ? one != other : *one != *other;
}

Texts Without(Texts texts, const Texts& others) {
  std::erase_if(texts, [&](const std::string& text) { return std::ranges::find(others, text) != others.end(); });
  return texts;
}

std::vector<InlinePolicy> InlineIn(const json::object& properties) {
  std::vector<InlinePolicy> policies;
  const json::value* list = properties.if_contains("Policies");
  if (list == nullptr || !list->is_array()) return policies;
  for (const json::value& item : list->get_array()) {
    if (!item.is_object()) continue;
    policies.push_back({.name = TextIn(item.get_object(), "PolicyName").value_or(""),
                        .document = DocumentIn(item.get_object(), "PolicyDocument")});
  }
  return policies;
}

void Apply(Physical& physical, const json::object& properties, std::string_view name) {
  if (const json::value* value = properties.if_contains(name)) {
    physical.properties[name] = *value;
  } else {
    physical.properties.erase(name);
  }
}

void AddText(Physical& physical, std::string_view list, const std::string& text) {
  DropText(physical, list, text);
  ListOf(physical, list).emplace_back(text);
}

void DropText(Physical& physical, std::string_view list, const std::string& text) {
  DropIf(ListOf(physical, list), [&](const json::value& item) { return TextOfScalar(item) == text; });
}

void AddInline(Physical& physical, const InlinePolicy& policy) {
  DropInline(physical, policy.name);
  ListOf(physical, "Policies").push_back(json::object{{"PolicyName", policy.name}, {"PolicyDocument", policy.document}});
}

void DropInline(Physical& physical, const std::string& name) {
  DropIf(ListOf(physical, "Policies"), [&](const json::value& item) {
    return item.is_object() && TextIn(item.get_object(), "PolicyName") == name;
  });
}

std::vector<api::Tag> TagsFor(const Target& target) { return MergedTags(target.stack_tags, target.properties); }

TagChange ChangeOfTags(const Target& target, const Physical& physical) {
  const std::vector<api::Tag> before = MergedTags(target.stack_tags_before, physical.properties);
  const std::vector<api::Tag> after = TagsFor(target);
  TagChange change;
  for (const api::Tag& tag : after) {
    const auto same = [&](const api::Tag& other) { return other.key == tag.key && other.value == tag.value; };
    if (std::ranges::none_of(before, same)) change.set.push_back(tag);
  }
  for (const api::Tag& tag : before) {
    if (std::ranges::find(after, tag.key, &api::Tag::key) == after.end()) change.dropped.push_back(tag.key);
  }
  return change;
}

std::string GeneratedName(const Target& target, std::size_t limit) {
  const std::string random = base::RandomText(target.call.random, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 12);
  const std::size_t each = (limit - random.size() - 2) / 2;
  return target.stack.substr(0, each) + "-" + target.logical_id.substr(0, each) + "-" + random;
}

std::string NameFor(const Target& target, std::string_view property, std::size_t limit) {
  auto given = TextIn(target.properties, property);
  return given ? *std::move(given) : GeneratedName(target, limit);
}

}  // namespace crossrole::sim::stack_resources
