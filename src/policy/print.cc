// SPDX-License-Identifier: Apache-2.0
#include "policy/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "policy/internal/canonical.h"
#include "policy/parse.h"

namespace crossrole::policy {
namespace {

namespace json = boost::json;

enum class Shape { kNormal, kCanonical };

json::value ListOf(const std::vector<std::string>& values, Shape shape) {
  if (shape == Shape::kNormal && values.size() == 1) return json::string(values.front());
  json::array array;
  for (const std::string& value : values) array.emplace_back(json::string(value));
  return array;
}

json::value PrincipalsToJson(const PrincipalElement& element, Shape shape) {
  json::object object;
  for (const PrincipalType type : {PrincipalType::kAws, PrincipalType::kFederated, PrincipalType::kService,
                                   PrincipalType::kCanonicalUser}) {
    std::vector<std::string> texts;
    for (const PrincipalValue& value : element.values) {
      if (value.type == type) texts.push_back(value.text);
    }
    if (!texts.empty()) object[NameOf(type)] = ListOf(texts, shape);
  }
  return object;
}

json::value ConditionsToJson(const std::vector<Condition>& conditions, Shape shape) {
  json::object object;
  for (const Condition& condition : conditions) {
    json::value& block = object[NameOf(condition)];
    if (!block.is_object()) block = json::object();
    block.get_object()[condition.key] = ListOf(condition.values, shape);
  }
  return object;
}

std::string NameIn(Form form, std::string_view name) { return (form == Form::kIsNot ? "Not" : "") + std::string(name); }

json::object StatementToJson(const Statement& statement, Shape shape) {
  json::object object;
  if (!statement.sid.empty()) object["Sid"] = statement.sid;
  object["Effect"] = statement.effect == Effect::kAllow ? "Allow" : "Deny";
  if (statement.principal.form != Form::kAbsent) {
    object[NameIn(statement.principal.form, "Principal")] = PrincipalsToJson(statement.principal, shape);
  }
  if (statement.action.form != Form::kAbsent) {
    object[NameIn(statement.action.form, "Action")] = ListOf(statement.action.patterns, shape);
  }
  if (statement.resource.form != Form::kAbsent) {
    object[NameIn(statement.resource.form, "Resource")] = ListOf(statement.resource.patterns, shape);
  }
  if (!statement.conditions.empty()) object["Condition"] = ConditionsToJson(statement.conditions, shape);
  return object;
}

// AWS takes U+0020–U+00FF as they are and nothing beyond; JSON can spell the rest.
std::string EscapeBeyondLatin1(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead <= 0xC3 || i + length > text.size()) {
      out += text[i++];
      continue;
    }
    std::uint32_t code = lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) code = (code << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    if (code > 0xFFFF) {
      code -= 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (code >> 10U), 0xDC00 + (code & 0x3FFU));
    } else {
      out += fmt::format("\\u{:04x}", code);
    }
    i += length;
  }
  return out;
}

void SortUnique(std::vector<std::string>& values) {
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
}

// `arn:aws:iam::111122223333:root` and `111122223333` name the same account.
std::string WithoutRoot(const std::string& principal) {
  if (!principal.ends_with(":root") || !IsAwsPrincipalText(principal)) return principal;
  return std::string(base::Split(principal, ':')[4]);
}

Operator CanonicalOperator(Operator op) {
  if (op == Operator::kArnEquals) return Operator::kArnLike;
  if (op == Operator::kArnNotEquals) return Operator::kArnNotLike;
  return op;
}

void CanonicaliseConditions(std::vector<Condition>& conditions) {
  const auto canonical = [](Condition condition) {
    condition.op = CanonicalOperator(condition.op);
    condition.key = base::Lower(condition.key);
    return condition;
  };
  const auto address = [](const Condition& condition) { return std::make_pair(NameOf(condition), condition.key); };
  std::map<std::pair<std::string, std::string>, int> uses;
  for (const Condition& condition : conditions) ++uses[address(canonical(condition))];
  for (Condition& condition : conditions) {
    SortUnique(condition.values);
    // Conditions that become namesakes stay as written: one JSON object cannot hold both under one name.
    if (Condition changed = canonical(condition); uses[address(changed)] == 1) condition = std::move(changed);
  }
  std::ranges::sort(conditions, [&](const Condition& a, const Condition& b) { return address(a) < address(b); });
}

Statement Canonical(Statement statement) {
  std::ranges::for_each(statement.action.patterns, [](std::string& action) { action = base::Lower(action); });
  SortUnique(statement.action.patterns);
  SortUnique(statement.resource.patterns);
  for (PrincipalValue& value : statement.principal.values) {
    if (value.type == PrincipalType::kAws) value.text = WithoutRoot(value.text);
  }
  auto& principals = statement.principal.values;
  const auto place = [](const PrincipalValue& value) { return std::make_pair(value.type, value.text); };
  std::ranges::sort(principals, [&](const auto& a, const auto& b) { return place(a) < place(b); });
  principals.erase(std::ranges::unique(principals).begin(), principals.end());
  CanonicaliseConditions(statement.conditions);
  return statement;
}

json::value WithSortedKeys(const json::value& value) {
  if (const auto* object = value.if_object()) {
    std::vector<std::string> keys;
    for (const auto& member : *object) keys.emplace_back(member.key());
    std::ranges::sort(keys);
    json::object sorted;
    for (const std::string& key : keys) sorted[key] = WithSortedKeys(object->at(key));
    return sorted;
  }
  return value;
}

std::string_view NameOf(Version version) { return version == Version::k2012 ? "2012-10-17" : "2008-10-17"; }

}  // namespace

namespace internal {

CanonicalForm CanonicalFormOf(const Document& document) {
  std::map<std::string, std::pair<Statement, std::vector<std::uint32_t>>> by_text;
  for (std::size_t i = 0; i < document.statements.size(); ++i) {
    Statement statement = Canonical(document.statements[i]);
    std::string text = base::PrintJson(WithSortedKeys(StatementToJson(statement, Shape::kCanonical)));
    auto& [kept, places] = by_text[std::move(text)];
    kept = std::move(statement);
    places.push_back(static_cast<std::uint32_t>(i));
  }
  CanonicalForm form{.document = {.version = document.version, .id = document.id}};
  std::string statements;
  for (auto& [text, entry] : by_text) {
    if (!statements.empty()) statements += ",";
    statements += text;
    form.document.statements.push_back(std::move(entry.first));
    form.places.push_back(std::move(entry.second));
  }
  std::string text = "{";
  if (document.id.has_value()) text += "\"Id\":" + base::JsonQuote(*document.id) + ",";
  text += fmt::format(R"("Statement":[{}],"Version":"{}"}})", statements, NameOf(document.version));
  form.text = EscapeBeyondLatin1(text);
  return form;
}

}  // namespace internal

json::value ToJson(const Document& document) {
  json::object object;
  object["Version"] = NameOf(document.version);
  if (document.id.has_value()) object["Id"] = *document.id;
  json::array statements;
  for (const Statement& statement : document.statements) statements.push_back(StatementToJson(statement, Shape::kNormal));
  object["Statement"] = std::move(statements);
  return object;
}

std::string Print(const Document& document) { return EscapeBeyondLatin1(base::PrintJson(ToJson(document))); }

std::string PrintPretty(const Document& document) { return EscapeBeyondLatin1(base::PrintJsonPretty(ToJson(document))); }

std::string PrintCanonical(const Document& document) { return internal::CanonicalFormOf(document).text; }

bool Equivalent(const Document& a, const Document& b) { return PrintCanonical(a) == PrintCanonical(b); }

}  // namespace crossrole::policy
