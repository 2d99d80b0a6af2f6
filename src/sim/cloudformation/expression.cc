// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudformation/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace json = boost::json;

// Nothing stands for AWS::NoValue.
using Computed = std::optional<json::value>;

std::unexpected<base::Error> Broken(std::string_view function, std::string_view why) {
  return Invalid(fmt::format("Template error: {} {}", function, why));
}

// The one member of an object that is a function; nullptr for other values.
const json::key_value_pair* FunctionIn(const json::value& value) {
  if (!value.is_object() || value.get_object().size() != 1) return nullptr;
  const json::key_value_pair& member = *value.get_object().begin();
  const std::string_view key = member.key();
  return key == "Ref" || key == "Condition" || key.starts_with("Fn::") ? &member : nullptr;
}

// Calls `literal(text)` and `variable(name)` for the parts of a Fn::Sub text.
template <typename Literal, typename Variable>
base::Status EachPart(std::string_view text, Literal literal, Variable variable) {
  while (!text.empty()) {
    const std::size_t begin = text.find("${");
    literal(text.substr(0, begin));
    if (begin == std::string_view::npos) return {};
    const std::size_t end = text.find('}', begin);
    if (end == std::string_view::npos) return Broken("Fn::Sub", "has an expression without end");
    const std::string_view name = base::Trim(text.substr(begin + 2, end - begin - 2));
    if (name.starts_with('!')) {
      literal("${" + std::string(name.substr(1)) + "}");
    } else {
      TRY(variable(name));
    }
    text.remove_prefix(end + 1);
  }
  return {};
}

class Computer {
 public:
  explicit Computer(const Scope& scope) : scope_(scope) {}

  base::Result<Computed> Value(const json::value& value) const {
    if (const auto* function = FunctionIn(value)) return Function(function->key(), function->value());
    if (value.is_array()) {
      json::array list;
      for (const json::value& item : value.get_array()) {
        TRY_ASSIGN(Computed computed, Value(item));
        if (computed) list.push_back(*std::move(computed));
      }
      return list;
    }
    if (value.is_object()) {
      json::object object;
      for (const auto& member : value.get_object()) {
        TRY_ASSIGN(Computed computed, Value(member.value()));
        if (computed) object.emplace(member.key(), *std::move(computed));
      }
      return object;
    }
    return value;
  }

  base::Result<bool> Truth(const json::value& value) const {
    if (const auto* function = FunctionIn(value)) {
      const std::string_view name = function->key();
      if (name == "Condition") return Named(function->value());
      if (name == "Fn::Equals") return Equals(function->value());
      if (name == "Fn::Not") return Not(function->value());
      if (name == "Fn::And" || name == "Fn::Or") return Several(name, function->value());
      if (name == "Fn::Contains") return Contains(function->value());
    }
    TRY_ASSIGN(const std::string text, Text(value, "condition"));
    if (text == "true") return true;
    if (text == "false") return false;
    return Broken("a condition", "is neither true nor false");
  }

 private:
  base::Result<Computed> Function(std::string_view name, const json::value& argument) const {
    if (name == "Ref") return Reference(argument);
    if (name == "Fn::GetAtt") return Attribute(argument);
    if (name == "Fn::Sub") return Sub(argument);
    if (name == "Fn::Join") return Join(argument);
    if (name == "Fn::If") return If(argument);
    if (name == "Fn::Select") return Select(argument);
    if (name == "Fn::Split") return Split(argument);
    if (name == "Fn::FindInMap") return FindInMap(argument);
    if (name == "Fn::Base64") {
      TRY_ASSIGN(const std::string text, Text(argument, name));
      return json::value(base::Base64Encode(text));
    }
    return Broken(name, "is not supported by this simulation");
  }

  base::Result<json::value> Required(const json::value& value, std::string_view function) const {
    TRY_ASSIGN(Computed computed, Value(value));
    if (!computed) return Broken(function, "cannot use AWS::NoValue");
    return *std::move(computed);
  }

  base::Result<std::string> Text(const json::value& value, std::string_view function) const {
    TRY_ASSIGN(const json::value computed, Required(value, function));
    auto text = TextOfScalar(computed);
    if (!text) return Broken(function, "needs a string");
    return *std::move(text);
  }

  // The arguments of a function that takes `count` of them.
  static base::Result<const json::array*> Arguments(const json::value& argument, std::string_view function, std::size_t count) {
    if (!argument.is_array() || argument.get_array().size() != count) {
      return Broken(function, fmt::format("needs a list of {} values", count));
    }
    return &argument.get_array();
  }

  base::Result<Computed> ByName(std::string_view name) const {
    const std::string key(name);
    if (name == "AWS::NoValue") return std::nullopt;
    if (const auto it = scope_.pseudo.find(key); it != scope_.pseudo.end()) return json::value(it->second);
    if (const auto it = scope_.parameters.find(key); it != scope_.parameters.end()) return Parameter(key, it->second);
    if (scope_.reference) {
      if (auto id = scope_.reference(name)) return json::value(*std::move(id));
    }
    return Broken("Ref", fmt::format("names {}, which is not there", name));
  }

  json::value Parameter(const std::string& name, const std::string& value) const {
    const auto declared = std::ranges::find(scope_.template_->parameters, name, &ParameterDeclaration::name);
    const bool is_list = declared != scope_.template_->parameters.end() &&
                         (declared->type == "CommaDelimitedList" || declared->type.starts_with("List<"));
    if (!is_list) return json::value(value);
    json::array list;
    if (value.empty()) return list;
    for (const std::string_view item : base::Split(value, ',')) list.emplace_back(json::string(base::Trim(item)));
    return list;
  }

  base::Result<Computed> Reference(const json::value& argument) const {
    const auto name = TextOfScalar(argument);
    if (!name) return Broken("Ref", "needs a name");
    return ByName(*name);
  }

  base::Result<std::string> AttributeOf(std::string_view logical_id, std::string_view attribute) const {
    if (scope_.attribute) {
      if (auto value = scope_.attribute(logical_id, attribute)) return *std::move(value);
    }
    return Invalid(fmt::format("Template error: resource {} does not support attribute type {} in Fn::GetAtt", logical_id, attribute));
  }

  base::Result<Computed> Attribute(const json::value& argument) const {
    std::string logical_id;
    std::string attribute;
    if (const auto text = TextOfScalar(argument)) {
      logical_id = text->substr(0, text->find('.'));
      attribute = text->find('.') == std::string::npos ? "" : text->substr(text->find('.') + 1);
    } else {
      TRY_ASSIGN(const json::array* parts, Arguments(argument, "Fn::GetAtt", 2));
      TRY_ASSIGN(logical_id, Text((*parts)[0], "Fn::GetAtt"));
      TRY_ASSIGN(attribute, Text((*parts)[1], "Fn::GetAtt"));
    }
    TRY_ASSIGN(const std::string value, AttributeOf(logical_id, attribute));
    return json::value(value);
  }

  base::Result<Computed> Sub(const json::value& argument) const {
    const json::object* own = nullptr;
    std::string text;
    if (argument.is_array() && argument.get_array().size() == 2 && argument.get_array()[1].is_object()) {
      text = TextOfScalar(argument.get_array()[0]).value_or("");
      own = &argument.get_array()[1].get_object();
    } else if (const auto only = TextOfScalar(argument)) {
      text = *only;
    } else {
      return Broken("Fn::Sub", "needs a string, or a string and a map");
    }
    std::string result;
    TRY(EachPart(text, [&](std::string_view literal) { result += literal; },
                 [&](std::string_view name) -> base::Status {
                   if (const json::value* value = own == nullptr ? nullptr : own->if_contains(name)) {
                     TRY_ASSIGN(const std::string part, Text(*value, "Fn::Sub"));
                     result += part;
                     return {};
                   }
                   const std::size_t dot = name.find('.');
                   if (dot != std::string_view::npos) {
                     TRY_ASSIGN(const std::string part, AttributeOf(name.substr(0, dot), name.substr(dot + 1)));
                     result += part;
                     return {};
                   }
                   TRY_ASSIGN(const Computed value, ByName(name));
                   const auto part = value ? TextOfScalar(*value) : std::nullopt;
                   if (!part) return Broken("Fn::Sub", fmt::format("cannot put {} into a string", name));
                   result += *part;
                   return {};
                 }));
    return json::value(result);
  }

  base::Result<Computed> Join(const json::value& argument) const {
    TRY_ASSIGN(const json::array* arguments, Arguments(argument, "Fn::Join", 2));
    TRY_ASSIGN(const std::string separator, Text((*arguments)[0], "Fn::Join"));
    TRY_ASSIGN(const json::value list, Required((*arguments)[1], "Fn::Join"));
    if (!list.is_array()) return Broken("Fn::Join", "needs a list");
    std::vector<std::string> parts;
    for (const json::value& item : list.get_array()) {
      auto text = TextOfScalar(item);
      if (!text) return Broken("Fn::Join", "needs a list of strings");
      parts.push_back(*std::move(text));
    }
    return json::value(base::Join(parts, separator));
  }

  base::Result<Computed> If(const json::value& argument) const {
    TRY_ASSIGN(const json::array* arguments, Arguments(argument, "Fn::If", 3));
    TRY_ASSIGN(const bool holds, Named((*arguments)[0]));
    return Value((*arguments)[holds ? 1 : 2]);
  }

  base::Result<Computed> Select(const json::value& argument) const {
    TRY_ASSIGN(const json::array* arguments, Arguments(argument, "Fn::Select", 2));
    TRY_ASSIGN(const std::string text, Text((*arguments)[0], "Fn::Select"));
    TRY_ASSIGN(const json::value list, Required((*arguments)[1], "Fn::Select"));
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (error != std::errc() || !list.is_array() || index >= list.get_array().size()) {
      return Broken("Fn::Select", "cannot select that index");
    }
    return list.get_array()[index];
  }

  base::Result<Computed> Split(const json::value& argument) const {
    TRY_ASSIGN(const json::array* arguments, Arguments(argument, "Fn::Split", 2));
    TRY_ASSIGN(const std::string separator, Text((*arguments)[0], "Fn::Split"));
    TRY_ASSIGN(const std::string text, Text((*arguments)[1], "Fn::Split"));
    if (separator.empty()) return Broken("Fn::Split", "needs a separator");
    json::array list;
    std::size_t begin = 0;
    for (std::size_t at = text.find(separator); at != std::string::npos; at = text.find(separator, begin)) {
      list.emplace_back(text.substr(begin, at - begin));
      begin = at + separator.size();
    }
    list.emplace_back(text.substr(begin));
    return list;
  }

  base::Result<Computed> FindInMap(const json::value& argument) const {
    TRY_ASSIGN(const json::array* arguments, Arguments(argument, "Fn::FindInMap", 3));
    const json::value* at = nullptr;
    const json::object* object = &scope_.template_->Section("Mappings");
    for (const json::value& key : *arguments) {
      TRY_ASSIGN(const std::string name, Text(key, "Fn::FindInMap"));
      at = object == nullptr ? nullptr : object->if_contains(name);
      if (at == nullptr) return Broken("Fn::FindInMap", fmt::format("finds no {}", name));
      object = at->if_object();
    }
    return *at;
  }

  base::Result<bool> Named(const json::value& argument) const {
    const std::string name = TextOfScalar(argument).value_or("");
    const auto it = scope_.conditions.find(name);
    if (it == scope_.conditions.end()) return Broken("a condition", fmt::format("named {} is not there", name));
    return it->second;
  }

  base::Result<bool> Equals(const json::value& argument) const {
    TRY_ASSIGN(const json::array* arguments, Arguments(argument, "Fn::Equals", 2));
    TRY_ASSIGN(const json::value left, Required((*arguments)[0], "Fn::Equals"));
    TRY_ASSIGN(const json::value right, Required((*arguments)[1], "Fn::Equals"));
    const auto a = TextOfScalar(left);
    const auto b = TextOfScalar(right);
    return a && b ? *a == *b : left == right;
  }

  base::Result<bool> Not(const json::value& argument) const {
    TRY_ASSIGN(const json::array* arguments, Arguments(argument, "Fn::Not", 1));
    TRY_ASSIGN(const bool holds, Truth((*arguments)[0]));
    return !holds;
  }

  base::Result<bool> Several(std::string_view name, const json::value& argument) const {
    if (!argument.is_array()) return Broken(name, "needs a list of conditions");
    const bool is_and = name == "Fn::And";
    bool result = is_and;
    for (const json::value& item : argument.get_array()) {
      TRY_ASSIGN(const bool holds, Truth(item));
      result = is_and ? result && holds : result || holds;
    }
    return result;
  }

  base::Result<bool> Contains(const json::value& argument) const {
    TRY_ASSIGN(const json::array* arguments, Arguments(argument, "Fn::Contains", 2));
    TRY_ASSIGN(const json::value list, Required((*arguments)[0], "Fn::Contains"));
    TRY_ASSIGN(const std::string wanted, Text((*arguments)[1], "Fn::Contains"));
    if (!list.is_array()) return Broken("Fn::Contains", "needs a list");
    return std::ranges::any_of(list.get_array(), [&](const json::value& item) { return TextOfScalar(item) == wanted; });
  }

  const Scope& scope_;
};

base::Status CheckAssertion(const Computer& computer, std::string_view rule, const json::value& assertion) {
  const json::object* object = assertion.if_object();
  const json::value* condition = object == nullptr ? nullptr : object->if_contains("Assert");
  if (condition == nullptr) return Broken("a rule", "needs Assert");
  TRY_ASSIGN(const bool holds, computer.Truth(*condition));
  if (holds) return {};
  const json::value* description = object->if_contains("AssertDescription");
  const std::string why = description == nullptr ? "the assertion is false" : TextOfScalar(*description).value_or("");
  return Invalid(fmt::format("Rule {} failed to satisfy its assertion: {}", rule, why));
}

// `Name` or `Name.Attribute`.
Reference Dotted(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return {.name = std::string(text)};
  return {.name = std::string(text.substr(0, dot)), .attribute = std::string(text.substr(dot + 1))};
}

void Collect(const json::value& value, std::vector<Reference>& references) {
  const auto* function = FunctionIn(value);
  if (function != nullptr && function->key() == "Ref") {
    if (auto name = TextOfScalar(function->value())) references.push_back({.name = *std::move(name)});
    return;
  }
  if (function != nullptr && function->key() == "Fn::GetAtt") {
    const json::value& argument = function->value();
    if (const auto text = TextOfScalar(argument)) references.push_back(Dotted(*text));
    if (!argument.is_array() || argument.get_array().size() != 2) return;
    const auto name = TextOfScalar(argument.get_array()[0]);
    // The name of an attribute may be an expression.
    if (name) references.push_back({.name = *name, .attribute = TextOfScalar(argument.get_array()[1]).value_or("")});
    Collect(argument.get_array()[1], references);
    return;
  }
  if (function != nullptr && function->key() == "Fn::Sub") {
    const json::value& argument = function->value();
    const bool with_map = argument.is_array() && argument.get_array().size() == 2;
    const json::object* own = with_map ? argument.get_array()[1].if_object() : nullptr;
    if (own != nullptr) Collect(*own, references);
    const std::string text = TextOfScalar(with_map ? argument.get_array()[0] : argument).value_or("");
    const base::Status ignored = EachPart(text, [](std::string_view) {}, [&](std::string_view name) -> base::Status {
      if (own == nullptr || !own->contains(name)) references.push_back(Dotted(name));
      return {};
    });
    static_cast<void>(ignored);
    return;
  }
  if (value.is_array()) {
    for (const json::value& item : value.get_array()) Collect(item, references);
  } else if (value.is_object()) {
    for (const auto& member : value.get_object()) Collect(member.value(), references);
  }
}

}  // namespace

base::Status ComputeConditions(Scope& scope) {
  // A condition may use others; without an order of their own they are tried until all are known.
  const json::object& conditions = scope.template_->Section("Conditions");
  for (std::size_t round = 0; scope.conditions.size() < conditions.size(); ++round) {
    base::Status last{};
    for (const auto& member : conditions) {
      if (scope.conditions.contains(member.key())) continue;
      const base::Result<bool> holds = Computer(scope).Truth(member.value());
      if (holds) {
        scope.conditions.emplace(member.key(), *holds);
      } else {
        last = base::Fail(holds.error());
      }
    }
    if (!last && round > conditions.size()) return last;
  }
  return {};
}

base::Status CheckRules(const Scope& scope) {
  const Computer computer(scope);
  for (const auto& rule : scope.template_->Section("Rules")) {
    const json::object* object = rule.value().if_object();
    if (object == nullptr) return Broken("a rule", "is not an object");
    if (const json::value* condition = object->if_contains("RuleCondition")) {
      TRY_ASSIGN(const bool applies, computer.Truth(*condition));
      if (!applies) continue;
    }
    const json::value* assertions = object->if_contains("Assertions");
    if (assertions == nullptr || !assertions->is_array()) return Broken("a rule", "needs Assertions");
    for (const json::value& assertion : assertions->get_array()) TRY(CheckAssertion(computer, rule.key(), assertion));
  }
  return {};
}

base::Result<json::value> Compute(const Scope& scope, const json::value& expression) {
  TRY_ASSIGN(Computed computed, Computer(scope).Value(expression));
  return computed ? *std::move(computed) : json::value(nullptr);
}

std::vector<Reference> ReferencesIn(const json::value& expression) {
  std::vector<Reference> references;
  Collect(expression, references);
  return references;
}

}  // namespace crossrole::sim::cloudformation
