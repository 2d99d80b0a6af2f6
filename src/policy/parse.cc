// SPDX-License-Identifier: Apache-2.0
#include "policy/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "policy/internal/rules.h"

namespace crossrole::policy {
namespace {

namespace json = boost::json;
using internal::Malformed;

constexpr std::string_view kSyntax = "Syntax errors in policy.";

std::string_view View(json::string_view text) { return {text.data(), text.size()}; }

// AWS counts these as text; documents written by hand have `false` and `900` without quotes.
base::Result<std::string> ScalarText(const json::value& value, const std::string& where) {
  if (const auto* text = value.if_string()) {
    if (!base::IsUtf8(View(*text))) return Malformed(kSyntax, where, "the text is not UTF-8");
    return std::string(View(*text));
  }
  if (value.is_bool()) return std::string(value.get_bool() ? "true" : "false");
  if (value.is_int64()) return fmt::format("{}", value.get_int64());
  if (value.is_uint64()) return fmt::format("{}", value.get_uint64());
  if (value.is_double()) return fmt::format("{}", value.get_double());
  return Malformed(kSyntax, where, "a string is expected here");
}

enum class Scalars { kStringsOnly, kAny };

base::Result<std::vector<std::string>> ReadList(const json::value& value, const std::string& where, Scalars scalars) {
  std::vector<std::string> list;
  const auto add = [&](const json::value& item) -> base::Status {
    if (scalars == Scalars::kStringsOnly && !item.is_string()) {
      return Malformed(kSyntax, where, "a string or an array of strings is expected here");
    }
    TRY_ASSIGN(std::string text, ScalarText(item, where));
    list.push_back(std::move(text));
    return {};
  };
  if (const auto* array = value.if_array()) {
    list.reserve(array->size());
    for (const json::value& item : *array) TRY(add(item));
  } else {
    TRY(add(value));
  }
  return list;
}

base::Result<PrincipalElement> ReadPrincipals(const json::value& value, const std::string& where) {
  PrincipalElement element;
  if (const auto* text = value.if_string()) {
    if (View(*text) != "*") {
      return Malformed(fmt::format("Invalid principal in policy: \"{}\"", View(*text)), where,
                       "a principal is `*` or an object with `AWS`, `Service`, `Federated` or `CanonicalUser`");
    }
    element.values.push_back({.type = PrincipalType::kAws, .text = "*"});
    return element;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return Malformed(kSyntax, where, "a principal is `*` or an object");
  constexpr std::array kTypes = {PrincipalType::kAws, PrincipalType::kFederated, PrincipalType::kService,
                                 PrincipalType::kCanonicalUser};
  for (const auto& member : *object) {
    const bool known = std::ranges::any_of(kTypes, [&](PrincipalType type) { return NameOf(type) == View(member.key()); });
    if (!known) return Malformed(kSyntax, where, fmt::format("`{}` is not a kind of principal", View(member.key())));
  }
  for (const PrincipalType type : kTypes) {
    const json::value* list = object->if_contains(NameOf(type));
    if (list == nullptr) continue;
    const std::string place = fmt::format("{}.{}", where, NameOf(type));
    TRY_ASSIGN(const std::vector<std::string> texts, ReadList(*list, place, Scalars::kStringsOnly));
    for (const std::string& text : texts) element.values.push_back({.type = type, .text = text});
  }
  return element;
}

base::Result<std::vector<Condition>> ReadConditions(const json::value& value, const std::string& where) {
  std::vector<Condition> conditions;
  const auto* operators = value.if_object();
  if (operators == nullptr) return Malformed(kSyntax, where, "conditions are an object of operators");
  for (const auto& [name, block] : *operators) {
    const std::string place = fmt::format("{}.{}", where, View(name));
    Condition condition;
    if (!ReadOperator(View(name), condition)) {
      return Malformed(kSyntax, place, fmt::format("`{}` is not a condition operator", View(name)));
    }
    const auto* keys = block.if_object();
    if (keys == nullptr) return Malformed(kSyntax, place, "an operator takes an object of condition keys");
    for (const auto& [key, values] : *keys) {
      condition.key = View(key);
      TRY_ASSIGN(condition.values, ReadList(values, fmt::format("{}.{}", place, View(key)), Scalars::kAny));
      conditions.push_back(condition);
    }
  }
  return conditions;
}

base::Status SetOnce(Form& form, Form wanted, const std::string& where) {
  if (form != Form::kAbsent) return Malformed(kSyntax, where, "an element and its `Not…` form exclude each other");
  form = wanted;
  return {};
}

// Reads one member of a statement.
base::Status ReadElement(std::string_view name, const json::value& value, const std::string& where, Statement& out) {
  if (name == "Sid" || name == "Effect") {
    const auto* text = value.if_string();
    if (text == nullptr) return Malformed(kSyntax, where, "a string is expected here");
    if (name == "Sid") {
      out.sid = View(*text);
      return {};
    }
    if (View(*text) != "Allow" && View(*text) != "Deny") {
      return Malformed(kSyntax, where, "`Effect` is `Allow` or `Deny`");
    }
    out.effect = View(*text) == "Allow" ? Effect::kAllow : Effect::kDeny;
    return {};
  }
  const Form form = name.starts_with("Not") ? Form::kIsNot : Form::kIs;
  if (name == "Principal" || name == "NotPrincipal") {
    TRY(SetOnce(out.principal.form, form, where));
    TRY_ASSIGN(PrincipalElement element, ReadPrincipals(value, where));
    out.principal.values = std::move(element.values);
  } else if (name == "Action" || name == "NotAction") {
    TRY(SetOnce(out.action.form, form, where));
    TRY_ASSIGN(out.action.patterns, ReadList(value, where, Scalars::kStringsOnly));
  } else if (name == "Resource" || name == "NotResource") {
    TRY(SetOnce(out.resource.form, form, where));
    TRY_ASSIGN(out.resource.patterns, ReadList(value, where, Scalars::kStringsOnly));
  } else if (name == "Condition") {
    TRY_ASSIGN(out.conditions, ReadConditions(value, where));
  } else {
    return Malformed(kSyntax, where, fmt::format("`{}` is not an element of a statement", name));
  }
  return {};
}

base::Result<Statement> ReadStatement(const json::value& value, const std::string& where) {
  const auto* object = value.if_object();
  if (object == nullptr) return Malformed(kSyntax, where, "a statement is an object");
  Statement statement;
  for (const auto& member : *object) {
    TRY(ReadElement(View(member.key()), member.value(), fmt::format("{}.{}", where, View(member.key())), statement));
  }
  if (!object->contains("Effect")) return Malformed(kSyntax, where, "`Effect` is missing");
  return statement;
}

base::Result<Document> ReadDocument(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return Malformed(kSyntax, "", "a policy is an object");
  Document document;
  for (const auto& member : *object) {
    const std::string_view name = View(member.key());
    const auto* text = member.value().if_string();
    if (name == "Version") {
      if (text == nullptr || (View(*text) != "2012-10-17" && View(*text) != "2008-10-17")) {
        return Malformed(kSyntax, "Version", "`Version` is `2012-10-17` or `2008-10-17`");
      }
      document.version = View(*text) == "2012-10-17" ? Version::k2012 : Version::k2008;
    } else if (name == "Id") {
      if (text == nullptr) return Malformed(kSyntax, "Id", "`Id` is a string");
      document.id = std::string(View(*text));
    } else if (name == "Statement") {
      if (const auto* array = member.value().if_array()) {
        for (const json::value& item : *array) {
          const std::string where = fmt::format("Statement[{}]", document.statements.size());
          TRY_ASSIGN(Statement statement, ReadStatement(item, where));
          document.statements.push_back(std::move(statement));
        }
      } else {
        TRY_ASSIGN(Statement statement, ReadStatement(member.value(), "Statement"));
        document.statements.push_back(std::move(statement));
      }
    } else {
      return Malformed(kSyntax, std::string(name), fmt::format("`{}` is not an element of a policy", name));
    }
  }
  if (document.statements.empty()) return Malformed(kSyntax, "Statement", "a policy needs at least one statement");
  return document;
}

}  // namespace

base::Result<Document> Parse(std::string_view text, DocumentKind kind) {
  if (text.size() > kMaximumTextSize) {
    return base::Fail(base::Error{.code = base::Code::kTooLarge,
                                  .message = fmt::format("the policy is longer than {} bytes", kMaximumTextSize),
                                  .aws_code = "LimitExceeded"});
  }
  TRY(internal::CheckCharacters(text));
  const auto value = base::ParseJson(text, {.bytes = kMaximumTextSize, .depth = 16});
  if (!value.has_value()) return Malformed("This policy contains invalid Json", value.error().field, value.error().message);
  return FromJson(*value, kind);
}

base::Result<Document> FromJson(const json::value& value, DocumentKind kind) {
  TRY_ASSIGN(Document document, ReadDocument(value));
  TRY(internal::CheckRules(document, kind));
  return document;
}

}  // namespace crossrole::policy
