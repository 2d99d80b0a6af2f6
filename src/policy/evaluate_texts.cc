// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/value.hpp>
#include <deque>

#include "base/json.h"
#include "base/text.h"
#include "policy/explain.h"
#include "policy/parse.h"
#include "policy/trust.h"

namespace crossrole::policy {
namespace {

namespace json = boost::json;

std::string_view View(json::string_view text) { return {text.data(), text.size()}; }

// Owns the documents that `PolicySets` borrows; a deque keeps them where they are.
class Documents {
 public:
  base::Result<std::vector<PolicyRef>> Read(const std::vector<NamedText>& texts, DocumentKind kind) {
    std::vector<PolicyRef> policies;
    for (const NamedText& text : texts) {
      auto document = Parse(text.text, kind);
      if (!document.has_value()) return base::Fail(base::WithContext(std::move(document).error(), text.name));
      policies.push_back({.name = text.name, .document = &documents_.emplace_back(*std::move(document))});
    }
    return policies;
  }

  base::Result<std::vector<PolicyLevel>> ReadLevels(const std::vector<std::vector<NamedText>>& texts, DocumentKind kind) {
    std::vector<PolicyLevel> levels;
    for (const auto& level : texts) {
      TRY_ASSIGN(std::vector<PolicyRef> policies, Read(level, kind));
      names_.push_back(fmt::format("level {}", levels.size()));
      levels.push_back({.name = names_.back(), .policies = std::move(policies)});
    }
    return levels;
  }

 private:
  std::deque<Document> documents_;
  std::deque<std::string> names_;
};

base::Result<std::string> TextOf(const json::value& value, std::string_view field) {
  if (const auto* text = value.if_string()) return std::string(View(*text));
  if (value.is_bool()) return std::string(value.get_bool() ? "true" : "false");
  if (value.is_number()) return base::PrintJson(value);
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = fmt::format("`{}` of the request is not a string", field),
                                .field = std::string(field)});
}

base::Result<ContextMap> ReadContext(const json::value& value) {
  ContextMap context;
  const auto* object = value.if_object();
  if (object == nullptr) return base::Fail(base::Code::kInvalidArgument, "`context` of the request is not an object");
  for (const auto& member : *object) {
    ContextMap::Values values;
    if (const auto* array = member.value().if_array()) {
      for (const json::value& item : *array) {
        TRY_ASSIGN(std::string text, TextOf(item, View(member.key())));
        values.push_back(std::move(text));
      }
    } else {
      TRY_ASSIGN(std::string text, TextOf(member.value(), View(member.key())));
      values.push_back(std::move(text));
    }
    context.SetList(View(member.key()), std::move(values));
  }
  return context;
}

// What the request file says, before it is known whether it is an AssumeRole call.
struct Question {
  Request request;
  AssumeRoleCall call;
};

base::Status ReadMember(std::string_view name, const json::value& value, std::string& unique_id, std::string& principal,
                        Question& out) {
  if (name == "context") {
    TRY_ASSIGN(out.request.context, ReadContext(value));
    return {};
  }
  if (name == "tags") {
    TRY_ASSIGN(const ContextMap tags, ReadContext(value));
    for (const auto& [key, values] : tags.entries()) out.call.tags[key] = values.empty() ? "" : values.front();
    return {};
  }
  TRY_ASSIGN(std::string text, TextOf(value, name));
  if (name == "principal") principal = std::move(text);
  else if (name == "unique_id") unique_id = std::move(text);
  else if (name == "action") out.request.action = std::move(text);
  else if (name == "resource") out.request.resource = std::move(text);
  else if (name == "resource_account") out.request.resource_account = std::move(text);
  else if (name == "external_id") out.call.external_id = std::move(text);
  else if (name == "source_identity") out.call.source_identity = std::move(text);
  else if (name == "session_name") out.call.session_name = std::move(text);
  else return base::Fail(base::Code::kInvalidArgument, fmt::format("`{}` is not a field of a request", name));
  return {};
}

base::Result<Question> ReadQuestion(std::string_view text) {
  TRY_ASSIGN(const json::value value, base::ParseJson(text));
  const auto* object = value.if_object();
  if (object == nullptr) return base::Fail(base::Code::kInvalidArgument, "the request is not a JSON object");
  Question question;
  std::string principal = "*";
  std::string unique_id;
  for (const auto& member : *object) TRY(ReadMember(View(member.key()), member.value(), unique_id, principal, question));
  if (question.request.action.empty()) return base::Fail(base::Code::kInvalidArgument, "the request names no `action`");
  TRY_ASSIGN(question.request.principal, ReadPrincipal(principal, std::move(unique_id)));
  question.call.caller = question.request.principal;
  question.call.role_arn = question.request.resource;
  question.call.action = question.request.action;
  question.call.context = question.request.context;
  AddPrincipalKeys(question.request.context, question.request.principal);
  return question;
}

}  // namespace

base::Result<std::vector<EvaluatedAction>> EvaluateTexts(const EvaluationTexts& texts) {
  auto question = ReadQuestion(texts.request);
  if (!question.has_value()) return base::Fail(base::WithContext(std::move(question).error(), "request"));
  Documents documents;
  PolicySets policies;
  TRY_ASSIGN(policies.identity, documents.Read(texts.identity, DocumentKind::kIdentity));
  TRY_ASSIGN(policies.resource, documents.Read(texts.resource, DocumentKind::kResource));
  TRY_ASSIGN(const std::vector<PolicyRef> trust, documents.Read(texts.trust, DocumentKind::kTrust));
  policies.resource.insert(policies.resource.end(), trust.begin(), trust.end());
  TRY_ASSIGN(const std::vector<PolicyRef> boundary, documents.Read(texts.boundary, DocumentKind::kBoundary));
  if (boundary.size() > 1) return base::Fail(base::Code::kInvalidArgument, "a principal has at most one permissions boundary");
  if (!boundary.empty()) policies.boundary = boundary.front();
  TRY_ASSIGN(policies.session, documents.Read(texts.session, DocumentKind::kSession));
  TRY_ASSIGN(policies.scp, documents.ReadLevels(texts.scp, DocumentKind::kServiceControl));
  TRY_ASSIGN(policies.rcp, documents.ReadLevels(texts.rcp, DocumentKind::kResourceControl));
  std::vector<EvaluatedAction> answers;
  if (!trust.empty() && base::Lower(question->request.action).starts_with("sts:assumerole")) {
    for (auto& [action, decision] : EvaluateAssumeRole(question->call, policies).parts) {
      answers.push_back({.action = action, .decision = std::move(decision)});
    }
  } else {
    answers.push_back({.action = question->request.action, .decision = Evaluate(question->request, policies)});
  }
  return answers;
}

}  // namespace crossrole::policy
