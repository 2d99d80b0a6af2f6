// SPDX-License-Identifier: Apache-2.0
#include "policy/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "policy/internal/glob.h"

namespace crossrole::policy {
namespace {

namespace json = boost::json;

std::string Quoted(const std::vector<std::string>& values) {
  std::vector<std::string> quoted;
  for (const std::string& value : values) quoted.push_back("`" + value + "`");
  return quoted.empty() ? "nothing" : base::Join(quoted, ", ");
}

std::string DescribeAws(const std::string& text) {
  if (text == "*") return "everyone";
  const auto parts = internal::SplitArn(text);
  if (!parts.has_value()) {
    return text.size() == 12 ? fmt::format("every principal of account {}", text)
                             : fmt::format("`{}`, a unique ID that no longer has a name", text);
  }
  const std::string_view name = parts->at(5);
  if (name == "root") return fmt::format("every principal of account {}", parts->at(4));
  const std::size_t slash = name.find('/');
  std::string_view kind = name.substr(0, slash);
  if (kind == "assumed-role") kind = "session";
  return fmt::format("{} `{}` of account {}", kind, slash == std::string_view::npos ? "" : name.substr(slash + 1), parts->at(4));
}

std::string Describe(const PrincipalValue& value) {
  switch (value.type) {
    case PrincipalType::kAws:
      return DescribeAws(value.text);
    case PrincipalType::kFederated:
      return fmt::format("identities of `{}`", value.text);
    case PrincipalType::kService:
      return fmt::format("the service `{}`", value.text);
    case PrincipalType::kCanonicalUser:
      return fmt::format("the S3 user `{}`", value.text);
  }
  return "";
}

std::string DescribePrincipals(const PrincipalElement& element) {
  if (element.form == Form::kAbsent) return "whoever has this policy";
  std::vector<std::string> texts;
  for (const PrincipalValue& value : element.values) texts.push_back(Describe(value));
  const std::string list = base::Join(texts, ", ");
  return element.form == Form::kIsNot ? "everyone but " + list : list;
}

std::string DescribePatterns(const PatternElement& element, std::string_view everything) {
  const bool all = element.patterns.size() == 1 && element.patterns.front() == "*";
  if (element.form == Form::kIs) return all ? std::string(everything) : Quoted(element.patterns);
  return fmt::format("{} but {}", everything, Quoted(element.patterns));
}

// How an operator reads between a key and its values.
std::string_view VerbOf(Operator op) {
  switch (op) {
    case Operator::kStringEquals:
    case Operator::kBinaryEquals:
      return "is exactly";
    case Operator::kStringNotEquals:
      return "is not";
    case Operator::kStringEqualsIgnoreCase:
      return "is, in any case,";
    case Operator::kStringNotEqualsIgnoreCase:
      return "is not, in any case,";
    case Operator::kStringLike:
    case Operator::kArnEquals:
    case Operator::kArnLike:
      return "is like";
    case Operator::kStringNotLike:
    case Operator::kArnNotEquals:
    case Operator::kArnNotLike:
      return "is not like";
    case Operator::kNumericEquals:
    case Operator::kDateEquals:
    case Operator::kBool:
      return "is";
    case Operator::kNumericNotEquals:
    case Operator::kDateNotEquals:
      return "is not";
    case Operator::kNumericLessThan:
    case Operator::kDateLessThan:
      return "is before";
    case Operator::kNumericLessThanEquals:
    case Operator::kDateLessThanEquals:
      return "is at most";
    case Operator::kNumericGreaterThan:
    case Operator::kDateGreaterThan:
      return "is after";
    case Operator::kNumericGreaterThanEquals:
    case Operator::kDateGreaterThanEquals:
      return "is at least";
    case Operator::kIpAddress:
      return "is in";
    case Operator::kNotIpAddress:
      return "is not in";
    case Operator::kNull:
      return "is";
  }
  return "";
}

json::object StatementToJson(const StatementMatch& match) {
  json::object object;
  object["layer"] = NameOf(match.layer);
  object["policy"] = match.policy;
  if (!match.level.empty()) object["level"] = match.level;
  object["index"] = match.index;
  if (!match.sid.empty()) object["sid"] = match.sid;
  object["effect"] = match.effect == Effect::kAllow ? "Allow" : "Deny";
  return object;
}

std::string_view Sentence(Answer answer) {
  switch (answer) {
    case Answer::kAllowed:
      return "allowed";
    case Answer::kImplicitlyDenied:
      return "denied, because nothing allows it";
    case Answer::kExplicitlyDenied:
      return "denied by a Deny statement";
  }
  return "";
}

}  // namespace

std::string Describe(const Condition& condition) {
  if (condition.op == Operator::kNull) {
    const bool absent = std::ranges::any_of(condition.values, [](const std::string& v) { return base::Lower(v) == "true"; });
    return fmt::format("{} is {}", condition.key, absent ? "absent" : "present, whatever it is");
  }
  std::string clause;
  if (condition.set == SetOperator::kForAllValues) clause = "every value of ";
  if (condition.set == SetOperator::kForAnyValue) clause = "some value of ";
  clause += fmt::format("{} {} {}", condition.key, VerbOf(condition.op), Quoted(condition.values));
  const bool passes_absent = condition.when_absent == WhenAbsent::kMatches || condition.set == SetOperator::kForAllValues ||
                             (IsNegated(condition.op) && condition.set == SetOperator::kNone);
  return passes_absent ? clause + " or absent" : clause;
}

std::string Describe(const Statement& statement) {
  std::string text = fmt::format("{} {} {}", DescribePrincipals(statement.principal),
                                 statement.effect == Effect::kAllow ? "may call" : "may never call",
                                 DescribePatterns(statement.action, "every action"));
  if (statement.resource.form != Form::kAbsent) text += " on " + DescribePatterns(statement.resource, "everything");
  std::vector<std::string> clauses;
  for (const Condition& condition : statement.conditions) clauses.push_back(Describe(condition));
  return clauses.empty() ? text : text + ", if " + base::Join(clauses, " and ");
}

std::string Describe(const Decision& decision) {
  std::string text(Sentence(decision.answer));
  std::vector<std::string> layers;
  for (const Layer layer : decision.layers) layers.emplace_back(NameOf(layer));
  if (!layers.empty()) text += fmt::format(" ({}: {})", decision.allowed() ? "by" : "missing or denying", base::Join(layers, ", "));
  for (const StatementMatch& match : decision.statements) {
    text += fmt::format("\n  {} {} statement {}{}{}{}", NameOf(match.layer), match.effect == Effect::kAllow ? "allows:" : "denies:",
                        match.index, match.sid.empty() ? "" : " (" + match.sid + ")",
                        match.policy.empty() ? "" : " of " + match.policy, match.level.empty() ? "" : " at " + match.level);
  }
  return text;
}

json::value ToJson(const Decision& decision) {
  json::object object;
  object["answer"] = NameOf(decision.answer);
  json::array layers;
  for (const Layer layer : decision.layers) layers.emplace_back(NameOf(layer));
  object["layers"] = std::move(layers);
  json::array statements;
  for (const StatementMatch& match : decision.statements) statements.emplace_back(StatementToJson(match));
  object["statements"] = std::move(statements);
  return object;
}

std::optional<Answer> WorstOf(const std::vector<EvaluatedAction>& actions) {
  std::optional<Answer> worst = actions.empty() ? Answer::kImplicitlyDenied : Answer::kAllowed;
  for (const EvaluatedAction& one : actions) {
    const std::optional<Answer> answer = one.partial.has_value() ? one.partial->answer : one.decision.answer;
    // One action that is refused for certain refuses the call, whatever becomes of the others.
    if (answer == Answer::kExplicitlyDenied) return answer;
    if (answer == Answer::kImplicitlyDenied || !answer.has_value()) {
      if (worst == Answer::kAllowed || answer.has_value()) worst = answer;
    }
  }
  return worst;
}

std::string Describe(const std::vector<EvaluatedAction>& actions) {
  std::string text;
  for (const EvaluatedAction& one : actions) {
    text += fmt::format("{}: {}\n", one.action, one.partial.has_value() ? Describe(*one.partial) : Describe(one.decision));
  }
  return text;
}

json::value ToJson(const std::vector<EvaluatedAction>& actions) {
  json::array list;
  for (const EvaluatedAction& one : actions) {
    json::object object = {{"action", one.action}};
    const json::value answer = one.partial.has_value() ? ToJson(*one.partial) : ToJson(one.decision);
    for (const auto& member : answer.as_object()) object[member.key()] = member.value();
    list.emplace_back(std::move(object));
  }
  return {{"answer", NameOf(WorstOf(actions))}, {"actions", std::move(list)}};
}

}  // namespace crossrole::policy
