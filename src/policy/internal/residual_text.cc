// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "policy/explain.h"
#include "policy/internal/logic.h"
#include "policy/parse.h"
#include "policy/print.h"
#include "policy/residual.h"

namespace crossrole::policy {
namespace {

namespace json = boost::json;
using Kind = Residual::Kind;

constexpr int kMaximumDepth = 32;

std::string_view View(const json::string& text) { return {text.data(), text.size()}; }

std::string_view NameOf(Version version) { return version == Version::k2012 ? "2012-10-17" : "2008-10-17"; }

// A document is what conditions are printed and read in.
Document Around(const Residual& leaf) {
  Statement statement{.effect = Effect::kAllow};
  statement.action = {.form = Form::kIs, .patterns = {"*"}};
  statement.resource = {.form = Form::kIs, .patterns = {"*"}};
  if (leaf.kind == Kind::kCondition) statement.conditions.push_back(leaf.condition);
  if (leaf.kind == Kind::kResource) statement.resource = leaf.patterns;
  return {.version = leaf.version, .statements = {std::move(statement)}};
}

json::value StatementOf(const Residual& leaf) { return ToJson(Around(leaf)).at("Statement").at(0); }

json::array PartsToJson(const Residual& residual) {
  json::array parts;
  for (const Residual& part : residual.parts) parts.push_back(ToJson(part));
  return parts;
}

base::Error NoResidual(std::string_view what) {
  return {.code = base::Code::kInvalidArgument, .message = fmt::format("the condition that remains is not readable: {}", what)};
}

// Reads a leaf by reading a document that holds it.
base::Result<Residual> ReadLeaf(const json::object& object, Kind kind) {
  json::object statement = {{"Effect", "Allow"}, {"Action", "*"}, {"Resource", "*"}};
  Residual leaf{.kind = kind};
  if (kind == Kind::kCondition) {
    statement["Condition"] = object.at("condition");
  } else {
    const json::value* like = object.if_contains("like");
    const json::value* not_like = object.if_contains("not_like");
    if ((like == nullptr) == (not_like == nullptr)) return base::Fail(NoResidual("`like` or `not_like` is missing"));
    statement.erase("Resource");
    statement[like != nullptr ? "Resource" : "NotResource"] = like != nullptr ? *like : *not_like;
    const auto* resource = object.at("resource").if_string();
    if (resource == nullptr) return base::Fail(NoResidual("`resource` is not a string"));
    leaf.resource = View(*resource);
  }
  json::object document = {{"Statement", std::move(statement)}};
  if (const json::value* version = object.if_contains("version")) document["Version"] = *version;
  TRY_ASSIGN(Document read, FromJson(document, DocumentKind::kIdentity));
  leaf.version = read.version;
  Statement& one = read.statements.front();
  if (kind == Kind::kResource) {
    leaf.patterns = std::move(one.resource);
  } else if (one.conditions.size() == 1) {
    leaf.condition = std::move(one.conditions.front());
  } else {
    return base::Fail(NoResidual("`condition` is not one operator on one key"));
  }
  return leaf;
}

base::Result<Residual> Read(const json::value& value, int depth);

base::Result<Residual> ReadParts(const json::value& value, Kind kind, int depth) {
  const auto* array = value.if_array();
  if (array == nullptr) return base::Fail(NoResidual("`all` and `any` are arrays"));
  Residual residual{.kind = kind};
  for (const json::value& item : *array) {
    TRY_ASSIGN(Residual part, Read(item, depth + 1));
    residual.parts.push_back(std::move(part));
  }
  return residual;
}

base::Result<Residual> Read(const json::value& value, int depth) {
  if (depth > kMaximumDepth) return base::Fail(NoResidual("it is nested too deeply"));
  if (value.is_bool()) return internal::Constant(value.get_bool());
  const auto* object = value.if_object();
  if (object == nullptr) return base::Fail(NoResidual("an object, `true` or `false` is expected"));
  if (const json::value* all = object->if_contains("all")) return ReadParts(*all, Kind::kAll, depth);
  if (const json::value* any = object->if_contains("any")) return ReadParts(*any, Kind::kAny, depth);
  if (const json::value* part = object->if_contains("not")) {
    Residual residual{.kind = Kind::kNot};
    TRY_ASSIGN(Residual inner, Read(*part, depth + 1));
    residual.parts.push_back(std::move(inner));
    return residual;
  }
  if (object->contains("condition")) return ReadLeaf(*object, Kind::kCondition);
  if (object->contains("resource")) return ReadLeaf(*object, Kind::kResource);
  return base::Fail(NoResidual("it has none of `all`, `any`, `not`, `condition`, `resource`"));
}

std::string DescribeParts(const Residual& residual, std::string_view word) {
  std::vector<std::string> texts;
  for (const Residual& part : residual.parts) {
    const bool several = part.kind == Kind::kAll || part.kind == Kind::kAny;
    texts.push_back(several ? "(" + Describe(part) + ")" : Describe(part));
  }
  return base::Join(texts, word);
}

std::string_view Sentence(const std::optional<Answer>& answer) {
  if (!answer.has_value()) return "depends";
  switch (*answer) {
    case Answer::kAllowed:
      return "allowed, whatever else is true";
    case Answer::kImplicitlyDenied:
      return "denied, whatever else is true, because nothing allows it";
    case Answer::kExplicitlyDenied:
      return "denied by a Deny statement, whatever else is true";
  }
  return "";
}

std::string_view VerdictOf(Effect effect) { return effect == Effect::kAllow ? "allows" : "denies"; }

json::object PossibleToJson(const PossibleMatch& possible) {
  json::object object = ToJson(Decision{.statements = {possible.match}}).at("statements").at(0).as_object();
  object["if"] = ToJson(possible.if_);
  return object;
}

}  // namespace

std::string Describe(const Residual& residual) {
  switch (residual.kind) {
    case Kind::kTrue:
      return "always";
    case Kind::kFalse:
      return "never";
    case Kind::kCondition:
      return Describe(residual.condition);
    case Kind::kResource: {
      const bool positive = residual.patterns.form == Form::kIs;
      return fmt::format("`{}` is {} `{}`", residual.resource, positive ? "like" : "not like",
                         base::Join(residual.patterns.patterns, "`, `"));
    }
    case Kind::kAll:
      return DescribeParts(residual, " and ");
    case Kind::kAny:
      return DescribeParts(residual, " or ");
    case Kind::kNot:
      return "not (" + Describe(residual.parts.front()) + ")";
  }
  return "";
}

json::value ToJson(const Residual& residual) {
  switch (residual.kind) {
    case Kind::kTrue:
      return true;
    case Kind::kFalse:
      return false;
    case Kind::kCondition:
      return {{"condition", StatementOf(residual).at("Condition")}, {"version", NameOf(residual.version)}};
    case Kind::kResource: {
      const bool positive = residual.patterns.form == Form::kIs;
      return {{"resource", residual.resource},
              {positive ? "like" : "not_like", StatementOf(residual).at(positive ? "Resource" : "NotResource")},
              {"version", NameOf(residual.version)}};
    }
    case Kind::kAll:
      return {{"all", PartsToJson(residual)}};
    case Kind::kAny:
      return {{"any", PartsToJson(residual)}};
    case Kind::kNot:
      return {{"not", ToJson(residual.parts.front())}};
  }
  return nullptr;
}

base::Result<Residual> ReadResidual(const json::value& value) { return Read(value, 0); }

std::string_view NameOf(const std::optional<Answer>& answer) { return answer.has_value() ? NameOf(*answer) : "depends"; }

std::string Describe(const PartialDecision& decision) {
  std::string text(Sentence(decision.answer));
  if (!decision.answer.has_value()) {
    text += fmt::format(" on {}", base::Join(decision.keys, ", "));
    text += fmt::format("\n  allowed if: {}", Describe(decision.allowed_if));
    text += fmt::format("\n  denied by a Deny statement if: {}", Describe(decision.denied_if));
  }
  for (const PossibleMatch& possible : decision.statements) {
    const StatementMatch& match = possible.match;
    text += fmt::format("\n  {} statement {}{} of {}{} {}", NameOf(match.layer), match.index,
                        match.sid.empty() ? "" : " (" + match.sid + ")", match.policy,
                        match.level.empty() ? "" : " at " + match.level, VerdictOf(match.effect));
    if (!possible.if_.is_constant()) text += " if " + Describe(possible.if_);
  }
  return text;
}

json::value ToJson(const PartialDecision& decision) {
  json::object object;
  object["answer"] = NameOf(decision.answer);
  json::array keys;
  for (const std::string& key : decision.keys) keys.emplace_back(json::string(key));
  object["keys"] = std::move(keys);
  object["allowed_if"] = ToJson(decision.allowed_if);
  object["denied_if"] = ToJson(decision.denied_if);
  json::array layers;
  for (const LayerCondition& layer : decision.layers) {
    json::object one = {{"layer", NameOf(layer.layer)}};
    if (!layer.level.empty()) one["level"] = layer.level;
    one["allows_if"] = ToJson(layer.allows_if);
    one["denies_if"] = ToJson(layer.denies_if);
    layers.push_back(std::move(one));
  }
  object["layers"] = std::move(layers);
  json::array statements;
  for (const PossibleMatch& possible : decision.statements) statements.push_back(PossibleToJson(possible));
  object["statements"] = std::move(statements);
  return object;
}

}  // namespace crossrole::policy
