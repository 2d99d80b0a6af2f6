// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <boost/json/value.hpp>
#include <deque>
#include <utility>

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

  base::Result<std::optional<PolicyRef>> ReadOne(const std::vector<NamedText>& texts, DocumentKind kind, std::string_view what) {
    if (texts.size() > 1) return base::Fail(base::Code::kInvalidArgument, std::string(what));
    TRY_ASSIGN(const std::vector<PolicyRef> policies, Read(texts, kind));
    return policies.empty() ? std::nullopt : std::optional(policies.front());
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
  std::vector<std::string> absent{};
  std::string principal = "*";
  std::string role_arn{};
};

base::Result<std::vector<std::string>> ReadNames(const json::value& value, std::string_view field) {
  std::vector<std::string> names;
  const auto* array = value.if_array();
  if (array == nullptr) return base::Fail(base::Code::kInvalidArgument, fmt::format("`{}` of the request is not an array", field));
  for (const json::value& item : *array) {
    TRY_ASSIGN(std::string text, TextOf(item, field));
    names.push_back(std::move(text));
  }
  return names;
}

base::Status ReadText(std::string_view name, std::string text, Question& out) {
  const std::array<std::pair<std::string_view, std::string*>, 8> fields = {{{"principal", &out.principal},
                                                                           {"role_arn", &out.role_arn},
                                                                           {"unique_id", &out.request.principal.unique_id},
                                                                           {"canonical_user", &out.request.principal.canonical_user},
                                                                           {"action", &out.request.action},
                                                                           {"resource", &out.request.resource},
                                                                           {"resource_account", &out.request.resource_account},
                                                                           {"session_name", &out.call.session_name}}};
  for (const auto& [field, place] : fields) {
    if (name != field) continue;
    *place = std::move(text);
    return {};
  }
  if (name == "external_id") {
    out.call.external_id = std::move(text);
  } else if (name == "source_identity") {
    out.call.source_identity = std::move(text);
  } else {
    return base::Fail(base::Code::kInvalidArgument, fmt::format("`{}` is not a field of a request", name));
  }
  return {};
}

base::Status ReadMember(std::string_view name, const json::value& value, Question& out) {
  if (name == "context") {
    TRY_ASSIGN(out.request.context, ReadContext(value));
    return {};
  }
  if (name == "absent") {
    TRY_ASSIGN(out.absent, ReadNames(value, name));
    return {};
  }
  if (name == "transitive_tag_keys") {
    TRY_ASSIGN(out.call.transitive_tag_keys, ReadNames(value, name));
    return {};
  }
  if (name == "tags") {
    TRY_ASSIGN(const ContextMap tags, ReadContext(value));
    for (const auto& [key, values] : tags.entries()) out.call.tags[key] = values.empty() ? "" : values.front();
    return {};
  }
  TRY_ASSIGN(std::string text, TextOf(value, name));
  return ReadText(name, std::move(text), out);
}

// The path of a role is in its own ARN only; that of a session does not have it.
base::Status ReadCaller(Question& question) {
  Principal& principal = question.request.principal;
  std::string canonical_user = std::move(principal.canonical_user);
  TRY_ASSIGN(principal, ReadPrincipal(question.principal, std::move(principal.unique_id)));
  principal.canonical_user = std::move(canonical_user);
  if (question.role_arn.empty()) return {};
  if (principal.kind != CallerKind::kRole || RoleNameOf(question.role_arn) != RoleNameOf(question.principal)) {
    return base::Fail(base::Code::kInvalidArgument,
                      fmt::format("`{}` is not the role of `{}`", question.role_arn, question.principal));
  }
  principal.arn = question.role_arn;
  return {};
}

base::Result<Question> ReadQuestion(std::string_view text) {
  TRY_ASSIGN(const json::value value, base::ParseJson(text));
  const auto* object = value.if_object();
  if (object == nullptr) return base::Fail(base::Code::kInvalidArgument, "the request is not a JSON object");
  Question question;
  for (const auto& member : *object) TRY(ReadMember(View(member.key()), member.value(), question));
  if (question.request.action.empty()) return base::Fail(base::Code::kInvalidArgument, "the request names no `action`");
  TRY(ReadCaller(question));
  question.call.caller = question.request.principal;
  question.call.role_arn = question.request.resource;
  question.call.action = question.request.action;
  question.call.context = question.request.context;
  AddPrincipalKeys(question.request.context, question.request.principal);
  return question;
}

// Keys that no request of this principal has, besides those that the file says are absent.
std::vector<std::string> AbsentKeys(const Question& question) {
  std::vector<std::string> absent = question.absent;
  const CallerKind kind = question.request.principal.kind;
  if (kind != CallerKind::kUser) absent.emplace_back("aws:username");
  if (kind != CallerKind::kService) {
    absent.emplace_back("aws:PrincipalServiceName");
    absent.emplace_back("aws:PrincipalServiceNamesList");
  }
  if (kind == CallerKind::kService || kind == CallerKind::kAnonymous || kind == CallerKind::kFederated) {
    absent.emplace_back("aws:PrincipalAccount");
    absent.emplace_back("aws:PrincipalArn");
  }
  return absent;
}

base::Result<PolicySets> ReadPolicies(const EvaluationTexts& texts, Documents& documents) {
  PolicySets policies;
  TRY_ASSIGN(policies.identity, documents.Read(texts.identity, DocumentKind::kIdentity));
  TRY_ASSIGN(policies.resource, documents.Read(texts.resource, DocumentKind::kResource));
  TRY_ASSIGN(const std::vector<PolicyRef> trust, documents.Read(texts.trust, DocumentKind::kTrust));
  policies.resource.insert(policies.resource.end(), trust.begin(), trust.end());
  TRY_ASSIGN(policies.boundary, documents.ReadOne(texts.boundary, DocumentKind::kBoundary, "a principal has at most one permissions boundary"));
  TRY_ASSIGN(policies.vpc_endpoint, documents.ReadOne(texts.vpc_endpoint, DocumentKind::kResource, "a request passes at most one VPC endpoint"));
  TRY_ASSIGN(policies.session, documents.Read(texts.session, DocumentKind::kSession));
  TRY_ASSIGN(policies.scp, documents.ReadLevels(texts.scp, DocumentKind::kServiceControl));
  TRY_ASSIGN(policies.rcp, documents.ReadLevels(texts.rcp, DocumentKind::kResourceControl));
  return policies;
}

}  // namespace

base::Result<std::vector<EvaluatedAction>> EvaluateTexts(const EvaluationTexts& texts) {
  auto question = ReadQuestion(texts.request);
  if (!question.has_value()) return base::Fail(base::WithContext(std::move(question).error(), "request"));
  Documents documents;
  TRY_ASSIGN(const PolicySets policies, ReadPolicies(texts, documents));
  const bool assumes = !texts.trust.empty() && base::Lower(question->request.action).starts_with("sts:assumerole");
  const bool partial = texts.missing_keys == MissingKeys::kUnknown;
  std::vector<EvaluatedAction> answers;
  if (!assumes) {
    answers.push_back({.action = question->request.action, .decision = Evaluate(question->request, policies)});
    if (partial) {
      answers.front().partial = EvaluatePartially({.request = question->request, .absent = AbsentKeys(*question)}, policies);
    }
    return answers;
  }
  for (auto& [action, decision] : EvaluateAssumeRole(question->call, policies).parts) {
    answers.push_back({.action = action, .decision = std::move(decision)});
  }
  if (!partial) return answers;
  auto parts = EvaluateAssumeRolePartially(question->call, AbsentKeys(*question), policies);
  for (std::size_t i = 0; i < answers.size(); ++i) answers[i].partial = std::move(parts[i].second);
  return answers;
}

}  // namespace crossrole::policy
