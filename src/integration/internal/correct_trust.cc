// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/correct_trust.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "model/arn.h"
#include "policy/parse.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

using policy::Relation;

// Whether an Allow statement names, among others, us, everyone, a stranger or nobody at all.
bool NamesWhatGoes(const policy::Statement& statement, const policy::Principal& caller, std::string_view role_arn) {
  // Asked as if it let assume, so that statements for session actions are looked at in the same way.
  policy::Statement asked = statement;
  asked.action = {.form = policy::Form::kIs, .patterns = {"sts:AssumeRole"}};
  const policy::Document alone{.version = policy::Version::k2012, .statements = {asked}};
  return std::ranges::any_of(policy::TrustedPrincipals(alone, caller, role_arn),
                             [](const policy::TrustedPrincipal& one) {
                               return one.relation != Relation::kRolesAccount && one.relation != Relation::kService &&
                                      one.relation != Relation::kFederated;
                             });
}

bool LetsUsIn(const policy::Document& document, const policy::Principal& caller, const TrustExpectation& expected) {
  if (expected.external_ids.empty()) return true;
  return policy::EvaluateTrust(
             document, {.caller = caller, .role_arn = expected.role_arn, .external_id = expected.external_ids.front()})
      .allowed();
}

std::string AccountOf(std::string_view principal_arn) {
  const auto arn = model::Arn::Parse(principal_arn);
  return arn ? arn->account : "";
}

}  // namespace

std::string CorrectTrust(const policy::Document& document, const TrustExpectation& expected) {
  const auto caller = policy::ReadPrincipal(expected.principal_arn);
  auto own = policy::Parse(expected.corrected_policy, policy::DocumentKind::kTrust);
  if (!caller || !own) return expected.corrected_policy;
  policy::Document with_denials = *own;
  policy::Document without = *own;
  for (const policy::Statement& statement : document.statements) {
    if (statement.effect == policy::Effect::kDeny) {
      with_denials.statements.push_back(statement);
    } else if (!NamesWhatGoes(statement, *caller, expected.role_arn)) {
      with_denials.statements.push_back(statement);
      without.statements.push_back(statement);
    }
  }
  // Variables in a document of 2008 are literal text and would come to life.
  if (document.version == policy::Version::k2008) return policy::Print(*own);
  return policy::Print(LetsUsIn(with_denials, *caller, expected) ? with_denials : without);
}

std::vector<std::string> DanglingPrincipals(const policy::Document& document, std::string_view principal_arn) {
  std::set<std::string> dangling;
  for (const policy::Statement& statement : document.statements) {
    if (statement.effect != policy::Effect::kAllow) continue;
    for (const policy::PrincipalValue& value : statement.principal.values) {
      const bool unique_id = value.type == policy::PrincipalType::kAws && policy::IsUniqueId(value.text);
      if (unique_id && value.text != principal_arn) dangling.insert(value.text);
    }
  }
  return {dangling.begin(), dangling.end()};
}

WildcardReach WhoPassesWildcard(const policy::Document& document, const policy::TrustedPrincipal& principal,
                                const TrustExpectation& expected) {
  WildcardReach reach = WildcardReach::kOthers;
  const auto narrow = [&](const policy::Condition& condition, bool negated) {
    if (policy::IsNegated(condition.op) != negated) return;
    const bool by_arn = base::EqualsIgnoreCase(condition.key, "aws:PrincipalArn");
    const bool by_account = base::EqualsIgnoreCase(condition.key, "aws:PrincipalAccount");
    const auto all_are = [&](const auto& is_ours) { return !condition.values.empty() && std::ranges::all_of(condition.values, is_ours); };
    const auto is_us = [&](const std::string& arn) { return arn == expected.principal_arn || (!arn.empty() && arn == expected.other_principal_arn); };
    const auto is_our_account = [&](const std::string& account) { return account == AccountOf(expected.principal_arn); };
    if (by_arn && all_are(is_us)) reach = WildcardReach::kUs;
    if (by_account && all_are(is_our_account) && reach == WildcardReach::kOthers)
      reach = WildcardReach::kOurAccount;
  };
  for (std::size_t i = 0; i < document.statements.size(); ++i) {
    const policy::Statement& statement = document.statements[i];
    const bool denies = statement.effect == policy::Effect::kDeny;
    if (!denies && i != principal.statement) continue;
    for (const policy::Condition& condition : statement.conditions) narrow(condition, denies);
  }
  return reach;
}

}  // namespace crossrole::integration
