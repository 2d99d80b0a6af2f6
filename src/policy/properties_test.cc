// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "policy/analyse.h"
#include "policy/compile.h"
#include "policy/evaluate.h"
#include "policy/match.h"
#include "policy/parse.h"
#include "policy/print.h"
#include "policy/residual.h"

namespace crossrole::policy {
namespace {

std::string OneOf(std::initializer_list<const char*> texts) {
  return *rc::gen::elementOf(std::vector<std::string>(texts.begin(), texts.end()));
}

int Below(int bound) { return *rc::gen::inRange(0, bound); }

std::vector<std::string> Some(std::initializer_list<const char*> texts) {
  std::vector<std::string> list;
  for (int i = 1 + Below(3); i > 0; --i) list.push_back(OneOf(texts));
  return list;
}

Condition RandomCondition() {
  Condition condition{.op = static_cast<Operator>(Below(static_cast<int>(Operator::kNull) + 1)),
                      .key = OneOf({"k:a", "K:a", "k:b", "aws:PrincipalAccount"}),
                      .values = Some({"a", "A", "b", "a*", "?", "${k:b}", "${k:c, 'a'}", "true", "false", "7", "7.0", "2026-01-02", "10.0.0.0/8",
                                      "arn:aws:iam::111122223333:role/*", "YQ=="})};
  if (condition.op == Operator::kNull) return condition;
  condition.set = static_cast<SetOperator>(Below(3));
  condition.when_absent = static_cast<WhenAbsent>(Below(2));
  return condition;
}

PatternElement RandomPatterns(std::initializer_list<const char*> texts) {
  return {.form = Below(4) == 0 ? Form::kIsNot : Form::kIs, .patterns = Some(texts)};
}

Statement RandomStatement(DocumentKind kind) {
  Statement statement{.effect = static_cast<Effect>(Below(2))};
  statement.action = RandomPatterns({"*", "s3:*", "S3:Get*", "s3:GetObject", "s3:?etObject", "iam:*Role"});
  statement.resource = RandomPatterns({"*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${k:a}", "arn:*:s3:::*", "arn:aws:iam::*:role/x"});
  if (kind == DocumentKind::kResource) {
    statement.principal.form = statement.effect == Effect::kDeny && Below(4) == 0 ? Form::kIsNot : Form::kIs;
    for (const std::string& text : Some({"*", "111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/u",
                                         "arn:aws:iam::444455556666:role/p/r", "AIDAUUUUUUUUUUUUUUUUU"})) {
      statement.principal.values.push_back({.type = PrincipalType::kAws, .text = text});
    }
    if (Below(3) == 0) statement.principal.values.push_back({.type = PrincipalType::kService, .text = "s.amazonaws.com"});
  }
  for (int i = Below(3); i > 0; --i) statement.conditions.push_back(RandomCondition());
  return statement;
}

// What `Parse` makes of a random document: in normal form.
Document RandomDocument(DocumentKind kind) {
  Document document{.version = static_cast<Version>(Below(2))};
  for (int i = 1 + Below(3); i > 0; --i) {
    document.statements.push_back(RandomStatement(kind));
    if (Below(2) == 0) document.statements.back().sid = "S" + std::to_string(i);
  }
  const auto parsed = Parse(Print(document), kind);
  RC_ASSERT(parsed.has_value());
  return *parsed;
}

Principal RandomPrincipal() {
  switch (Below(5)) {
    case 0:
      return {};
    case 1:
      return {.kind = CallerKind::kService, .arn = "s.amazonaws.com"};
    case 2:
      return {.kind = CallerKind::kRole,
              .account = "444455556666",
              .arn = "arn:aws:iam::444455556666:role/p/r",
              .session_arn = "arn:aws:sts::444455556666:assumed-role/r/s"};
    case 3:
      return {.kind = CallerKind::kRootUser, .account = "111122223333", .arn = "arn:aws:iam::111122223333:root"};
    default:
      return {.kind = CallerKind::kUser, .account = "111122223333", .arn = "arn:aws:iam::111122223333:user/u", .unique_id = "AIDAUUUUUUUUUUUUUUUUU"};
  }
}

Request RandomRequest() {
  Request request{.principal = RandomPrincipal(),
                  .action = OneOf({"s3:GetObject", "s3:PutObject", "iam:GetRole"}),
                  .resource = OneOf({"*", "arn:aws:s3:::b/x", "arn:aws:s3:::b/a", "arn:aws:s3:::c", "arn:aws:iam::111122223333:role/x"}),
                  .resource_account = OneOf({"111122223333", "444455556666"})};
  AddPrincipalKeys(request.context, request.principal);
  for (const char* key : {"k:a", "k:b"}) {
    const int count = Below(3);
    ContextMap::Values values;
    for (int i = 0; i < count; ++i) {
      values.push_back(OneOf({"a", "A", "b", "", "true", "7", "2026-01-02T00:00:00Z", "10.1.2.3", "arn:aws:iam::111122223333:role/x", "YQ"}));
    }
    request.context.SetList(key, values);
  }
  return request;
}

RC_GTEST_PROP(PolicyProperty, ParseUndoesPrint, ()) {
  const DocumentKind kind = Below(2) == 0 ? DocumentKind::kIdentity : DocumentKind::kResource;
  const Document document = RandomDocument(kind);
  RC_ASSERT(*Parse(Print(document), kind) == document);
  RC_ASSERT(*Parse(PrintPretty(document), kind) == document);
}

RC_GTEST_PROP(PolicyProperty, TheCanonicalFormIsItsOwnCanonicalForm, ()) {
  const Document document = RandomDocument(DocumentKind::kResource);
  const std::string canonical = PrintCanonical(document);
  RC_ASSERT(PrintCanonical(*Parse(canonical, DocumentKind::kResource)) == canonical);
}

RC_GTEST_PROP(PolicyProperty, TheCanonicalFormAnswersTheSame, ()) {
  const Document document = RandomDocument(DocumentKind::kResource);
  const Document canonical = *Parse(PrintCanonical(document), DocumentKind::kResource);
  const Request request = RandomRequest();
  const auto decide = [&](const Document& one) { return Evaluate(request, {.resource = {{.document = &one}}}).answer; };
  RC_ASSERT(decide(document) == decide(canonical));
}

struct RandomSets {
  Document identity = RandomDocument(DocumentKind::kIdentity);
  Document resource = RandomDocument(DocumentKind::kResource);
  Document boundary = RandomDocument(DocumentKind::kBoundary);
  Document scp = RandomDocument(DocumentKind::kServiceControl);
  int present = Below(16);

  PolicySets Sets() const {
    PolicySets sets;
    if ((present & 1) != 0) sets.identity = {{.document = &identity}};
    if ((present & 2) != 0) sets.resource = {{.document = &resource}};
    if ((present & 4) != 0) sets.boundary = {.document = &boundary};
    if ((present & 8) != 0) sets.scp = {{.policies = {{.document = &scp}}}};
    return sets;
  }
};

RC_GTEST_PROP(PolicyProperty, OneMoreDenyNeverAllows, ()) {
  const RandomSets random;
  const Request request = RandomRequest();
  Document more = RandomDocument(DocumentKind::kIdentity);
  for (Statement& statement : more.statements) statement.effect = Effect::kDeny;
  PolicySets sets = random.Sets();
  const Answer before = Evaluate(request, sets).answer;
  sets.identity.push_back({.document = &more});
  RC_ASSERT(Evaluate(request, sets).answer >= before);
}

RC_GTEST_PROP(PolicyProperty, OneMoreAllowNeverDenies, ()) {
  const RandomSets random;
  const Request request = RandomRequest();
  Document more = RandomDocument(DocumentKind::kIdentity);
  for (Statement& statement : more.statements) statement.effect = Effect::kAllow;
  PolicySets sets = random.Sets();
  const Answer before = Evaluate(request, sets).answer;
  sets.identity.push_back({.document = &more});
  RC_ASSERT(Evaluate(request, sets).answer <= before);
}

RC_GTEST_PROP(PolicyProperty, AnExplicitDenyNamesADenyAndAnAllowanceNone, ()) {
  const RandomSets random;
  const Request request = RandomRequest();
  const Decision decision = Evaluate(request, random.Sets());
  bool denies = false;
  for (const StatementMatch& match : decision.statements) denies = denies || match.effect == Effect::kDeny;
  RC_ASSERT(denies == (decision.answer == Answer::kExplicitlyDenied));
  RC_ASSERT(!decision.layers.empty());
  RC_ASSERT(Evaluate(request, random.Sets(), {.detail = Detail::kAnswerOnly}).answer == decision.answer);
}

// The same sets with every document compiled.
struct CompiledSets {
  explicit CompiledSets(const RandomSets& random)
      : identity(random.identity), resource(random.resource), boundary(random.boundary), scp(random.scp), sets(random.Sets()) {
    if (!sets.identity.empty()) sets.identity.front().compiled = &identity;
    if (!sets.resource.empty()) sets.resource.front().compiled = &resource;
    if (sets.boundary.has_value()) sets.boundary->compiled = &boundary;
    if (!sets.scp.empty()) sets.scp.front().policies.front().compiled = &scp;
  }
  Compiled identity;
  Compiled resource;
  Compiled boundary;
  Compiled scp;
  PolicySets sets;
};

RC_GTEST_PROP(PolicyProperty, CompiledPoliciesAnswerAndExplainAsWritten, ()) {
  const RandomSets random;
  const CompiledSets compiled(random);
  const Request request = RandomRequest();
  const Decision a = Evaluate(request, random.Sets());
  const Decision b = Evaluate(request, compiled.sets);
  RC_ASSERT(a.answer == b.answer);
  RC_ASSERT(a.layers == b.layers);
  RC_ASSERT(a.statements == b.statements);
  RC_ASSERT(Evaluate(request, compiled.sets, {.detail = Detail::kAnswerOnly}).answer == a.answer);
}

RC_GTEST_PROP(PolicyProperty, WhatRemainsSaysWhatTheWholeRequestIsAnswered, ()) {
  const RandomSets random;
  const CompiledSets compiled(random);
  const PolicySets sets = Below(2) == 0 ? random.Sets() : compiled.sets;
  const Request whole = RandomRequest();
  PartialQuestion question{.request = whole};
  for (const char* key : {"k:a", "k:b", "aws:PrincipalAccount"}) {
    const bool known = Below(3) == 0;
    if (!known) question.request.context.Erase(key);
    if (known && whole.context.Find(key) == nullptr) question.absent.emplace_back(key);
  }
  const PartialDecision partial = EvaluatePartially(question, sets);
  const Answer answer = Evaluate(whole, sets).answer;
  RC_ASSERT(Holds(partial.allowed_if, whole.context) == (answer == Answer::kAllowed));
  RC_ASSERT(Holds(partial.denied_if, whole.context) == (answer == Answer::kExplicitlyDenied));
  if (partial.answer.has_value()) RC_ASSERT(*partial.answer == answer);
  RC_ASSERT(partial.keys.empty() == (partial.allowed_if.is_constant() && partial.denied_if.is_constant()));
  const auto read = ReadResidual(ToJson(partial.allowed_if));
  RC_ASSERT(read.has_value());
  RC_ASSERT(Holds(*read, whole.context) == (answer == Answer::kAllowed));
}

// The definition, character by character; exponential, but right at sight.
bool NaiveGlob(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') return NaiveGlob(pattern.substr(1), text) || (!text.empty() && NaiveGlob(pattern, text.substr(1)));
  if (text.empty() || (pattern.front() != '?' && pattern.front() != text.front())) return false;
  return NaiveGlob(pattern.substr(1), text.substr(1));
}

RC_GTEST_PROP(PolicyProperty, GlobsFollowTheirDefinition, ()) {
  const auto draw = [](std::string_view letters, int longest) {
    std::string text;
    for (int i = Below(longest); i > 0; --i) text += letters[static_cast<std::size_t>(Below(static_cast<int>(letters.size())))];
    return text;
  };
  const std::string pattern = draw("ab*?", 9);
  const std::string text = draw("aabb*", 12);
  RC_ASSERT(MatchGlob(pattern, text) == NaiveGlob(pattern, text));
}

RC_GTEST_PROP(PolicyProperty, DamagedTextIsReadOrRefusedButNeverBreaks, ()) {
  std::string text = Print(RandomDocument(DocumentKind::kResource));
  for (int i = 1 + Below(4); i > 0; --i) {
    const auto at = static_cast<std::size_t>(Below(static_cast<int>(text.size())));
    switch (Below(3)) {
      case 0:
        text[at] = static_cast<char>(*rc::gen::inRange(0, 256));
        break;
      case 1:
        text.erase(at, 1 + static_cast<std::size_t>(Below(9)));
        break;
      default:
        text.insert(at, OneOf({"\"", "{", "[", ",", ":", "\\u0000", "null", "*"}));
    }
    if (text.empty()) text = "x";
  }
  for (const DocumentKind kind : {DocumentKind::kIdentity, DocumentKind::kTrust, DocumentKind::kResource}) {
    const auto parsed = Parse(text, kind);
    if (parsed.has_value()) RC_ASSERT(*Parse(Print(*parsed), kind) == *parsed);
  }
}

RC_GTEST_PROP(PolicyProperty, WhatTheJudgeCallsAcceptedIsAccepted, ()) {
  Document trust{.version = Version::k2012};
  for (int i = 1 + Below(3); i > 0; --i) {
    Statement statement{.effect = static_cast<Effect>(Below(4) == 0 ? 1 : 0)};
    statement.principal = {.form = Form::kIs, .values = {{.text = OneOf({"*", "999999999999", "arn:aws:iam::999999999999:role/b"})}}};
    statement.action = {.form = Form::kIs, .patterns = {OneOf({"sts:AssumeRole", "sts:*", "sts:TagSession"})}};
    if (Below(5) != 0) {
      Condition condition = RandomCondition();
      condition.key = "sts:ExternalId";
      condition.values = Some({"right-id", "RIGHT-ID", "right-*", "other", "*", "right-i?", "true"});
      statement.conditions.push_back(condition);
    }
    trust.statements.push_back(statement);
  }
  const TrustQuestion question{.caller = *ReadPrincipal("arn:aws:iam::999999999999:role/b"),
                               .role_arn = "arn:aws:iam::111122223333:role/r",
                               .expected_ids = {"right-id"},
                               .wrong_id = "wrong-id"};
  const TrustAnalysis analysis = AnalyseTrust(trust, question);
  const auto allowed = [&](std::optional<std::string> id) {
    return EvaluateTrust(trust, {.caller = question.caller, .role_arn = question.role_arn, .external_id = std::move(id)}).allowed();
  };
  RC_ASSERT(analysis.open_statements.empty() == !allowed(std::nullopt));
  for (const AcceptedValue& accepted : analysis.any_values) RC_ASSERT(allowed(accepted.value));
  for (const AcceptedValue& accepted : analysis.other_values) RC_ASSERT(allowed(accepted.value));
  if (analysis.any_values.empty() && analysis.other_values.empty()) RC_ASSERT(!allowed("wrong-id") && !allowed("right-idx") && !allowed("other"));
}

}  // namespace
}  // namespace crossrole::policy
