// SPDX-License-Identifier: Apache-2.0
#include "policy/question.h"

#include <algorithm>
#include <boost/json/value.hpp>
#include <memory>
#include <set>

#include "base/json.h"
#include "policy/parse.h"
#include "policy/residual.h"

namespace crossrole::policy_tests {
namespace {

namespace json = boost::json;
using policy::DocumentKind;

std::string TextOf(const json::value& value) {
  if (const auto* text = value.if_string()) return {text->data(), text->size()};
  return base::PrintJson(value);
}

std::string Member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? "" : TextOf(*value);
}

std::vector<std::string> TextsOf(const json::value& value) {
  std::vector<std::string> texts;
  if (const auto* array = value.if_array()) {
    for (const json::value& item : *array) texts.push_back(TextOf(item));
  } else {
    texts.push_back(TextOf(value));
  }
  return texts;
}

policy::ContextMap ReadContext(const json::object& question) {
  policy::ContextMap context;
  const json::value* given = question.if_contains("context");
  if (given == nullptr) return context;
  for (const auto& [key, value] : given->as_object()) context.SetList({key.data(), key.size()}, TextsOf(value));
  return context;
}

base::Result<policy::Principal> ReadCaller(const json::object& question) {
  if (question.contains("provider")) {
    return policy::Principal{.kind = policy::CallerKind::kFederated, .arn = Member(question, "provider")};
  }
  TRY_ASSIGN(policy::Principal caller, policy::ReadPrincipal(Member(question, "principal"), Member(question, "unique_id")));
  if (question.contains("role")) caller.arn = Member(question, "role");
  if (question.contains("user")) caller.arn = Member(question, "user");
  return caller;
}

policy::AssumeRoleCall ReadCall(const json::object& json, const policy::Request& request) {
  policy::AssumeRoleCall call{.caller = request.principal,
                              .role_arn = request.resource,
                              .action = request.action,
                              .session_name = Member(json, "session_name"),
                              .context = request.context};
  if (json.contains("external_id")) call.external_id = Member(json, "external_id");
  if (json.contains("source_identity")) call.source_identity = Member(json, "source_identity");
  if (const json::value* tags = json.if_contains("tags")) {
    for (const auto& [key, value] : tags->as_object()) call.tags[std::string(key)] = TextOf(value);
  }
  if (const json::value* keys = json.if_contains("transitive_tag_keys")) call.transitive_tag_keys = TextsOf(*keys);
  return call;
}

policy::Undocumented ReadChoices(const json::object& choices) {
  policy::Undocumented out;
  if (Member(choices, "external_id") == "every_action") out.external_id = policy::ExternalIdVisibility::kEveryAction;
  if (Member(choices, "several_values") == "any") out.several_values = policy::SeveralValues::kAnyMatches;
  if (Member(choices, "any_value_if_exists") == "false") out.any_value_if_exists = policy::AnyValueIfExists::kFalse;
  if (Member(choices, "unresolved") == "holds") out.unresolved = policy::UnresolvedUnderNegation::kConditionHolds;
  if (Member(choices, "uncomparable") == "holds") out.uncomparable = policy::UncomparableUnderNegation::kConditionHolds;
  if (Member(choices, "root") == "as_others") out.root_assumes_roles = policy::RootAssumesRoles::kAsOthers;
  return out;
}

}  // namespace

base::Result<policy::PolicyRef> Question::ReadOne(const json::value& json, DocumentKind kind) {
  // As IAM gets it: text.
  TRY_ASSIGN(policy::Document document, policy::Parse(TextOf(json), kind));
  const policy::Document& kept = documents_.emplace_back(std::move(document));
  if (input_ == Input::kWritten) return policy::PolicyRef{.name = "policy", .document = &kept};
  return policy::PolicyRef{.name = "policy", .compiled = &compiled_.emplace_back(kept)};
}

base::Status Question::ReadList(const json::object& json, std::string_view name, DocumentKind kind, List& out) {
  const json::value* list = json.if_contains(name);
  if (list == nullptr) return {};
  for (const json::value& item : list->as_array()) {
    TRY_ASSIGN(policy::PolicyRef policy, ReadOne(item, kind));
    out.push_back(policy);
  }
  return {};
}

base::Status Question::ReadLevels(const json::object& json, std::string_view name, DocumentKind kind,
                                  std::vector<policy::PolicyLevel>& out) {
  const json::value* levels = json.if_contains(name);
  if (levels == nullptr) return {};
  for (const json::value& level : levels->as_array()) {
    policy::PolicyLevel& one = out.emplace_back();
    for (const json::value& item : level.as_array()) {
      TRY_ASSIGN(policy::PolicyRef policy, ReadOne(item, kind));
      one.policies.push_back(policy);
    }
  }
  return {};
}

base::Status Question::ReadPolicies(const json::object& json) {
  TRY(ReadList(json, "identity", DocumentKind::kIdentity, policies.identity));
  TRY(ReadList(json, "resource_policies", DocumentKind::kResource, policies.resource));
  TRY(ReadList(json, "trust", DocumentKind::kTrust, policies.resource));
  TRY(ReadList(json, "session", DocumentKind::kSession, policies.session));
  TRY(ReadLevels(json, "scp", DocumentKind::kServiceControl, policies.scp));
  TRY(ReadLevels(json, "rcp", DocumentKind::kResourceControl, policies.rcp));
  if (const json::value* boundary = json.if_contains("boundary")) {
    TRY_ASSIGN(policies.boundary, ReadOne(*boundary, DocumentKind::kBoundary));
  }
  if (const json::value* endpoint = json.if_contains("vpc_endpoint")) {
    TRY_ASSIGN(policies.vpc_endpoint, ReadOne(*endpoint, DocumentKind::kResource));
  }
  return {};
}

base::Result<std::unique_ptr<Question>> Question::Read(const json::object& json, Input input) {
  std::unique_ptr<Question> question(new Question(input));
  policy::Request& request = question->request;
  TRY_ASSIGN(request.principal, ReadCaller(json));
  request.action = Member(json, "action");
  if (json.contains("resource")) request.resource = Member(json, "resource");
  request.resource_account = Member(json, "resource_account");
  request.context = ReadContext(json);
  if (const json::value* call = json.if_contains("call")) question->call = ReadCall(call->as_object(), request);
  if (!json.contains("context_is_complete")) policy::AddPrincipalKeys(request.context, request.principal);
  if (const json::value* choices = json.if_contains("choices")) question->options.undocumented = ReadChoices(choices->as_object());
  TRY(question->ReadPolicies(json));
  return question;
}

Outcome AskEngine(const json::object& json, Input input) {
  const auto read = Question::Read(json, input);
  if (!read.has_value()) return {.answer = "refused", .layers = {}, .refusal = read.error().message};
  const Question& question = **read;
  std::vector<policy::Decision> decisions;
  policy::Answer answer = policy::Answer::kAllowed;
  if (question.call.has_value()) {
    policy::TrustDecision whole = policy::EvaluateAssumeRole(*question.call, question.policies, question.options);
    answer = whole.answer;
    for (auto& [action, decision] : whole.parts) decisions.push_back(std::move(decision));
  } else {
    decisions.push_back(policy::Evaluate(question.request, question.policies, question.options));
    answer = decisions.front().answer;
  }
  std::set<std::string> layers;
  for (const policy::Decision& decision : decisions) {
    if (decision.answer != answer) continue;
    for (const policy::Layer layer : decision.layers) layers.emplace(policy::NameOf(layer));
  }
  return {.answer = std::string(policy::NameOf(answer)), .layers = {layers.begin(), layers.end()}, .refusal = {}};
}

std::string AskEngineWithout(const json::object& json, const std::function<bool(std::string_view)>& is_hidden) {
  const auto read = Question::Read(json, Input::kCompiled);
  if (!read.has_value()) return "refused";
  const Question& question = **read;
  policy::PartialQuestion partial{.request = question.request};
  for (const auto& [key, values] : question.request.context.entries()) {
    if (is_hidden(key)) partial.request.context.Erase(key);
  }
  const policy::Undocumented& choices = question.options.undocumented;
  const policy::PartialDecision decision = policy::EvaluatePartially(partial, question.policies, choices);
  const bool allowed = policy::Holds(decision.allowed_if, question.request.context, choices);
  const bool denied = policy::Holds(decision.denied_if, question.request.context, choices);
  if (allowed && denied) return "both allowed and denied";
  std::string answer(policy::NameOf(allowed ? policy::Answer::kAllowed
                                    : denied ? policy::Answer::kExplicitlyDenied
                                             : policy::Answer::kImplicitlyDenied));
  const bool same = !decision.answer.has_value() || policy::NameOf(*decision.answer) == answer;
  return same ? answer : answer + ", though its answer is " + std::string(policy::NameOf(*decision.answer));
}

}  // namespace crossrole::policy_tests
