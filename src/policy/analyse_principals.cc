// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "policy/analyse.h"
#include "policy/internal/glob.h"
#include "policy/internal/lean.h"
#include "policy/match.h"
#include "policy/parse.h"
#include "policy/print.h"

namespace crossrole::policy {
namespace {

using internal::kAssumeRole;
using internal::Lean;

constexpr std::string_view kWithWebIdentity = "sts:AssumeRoleWithWebIdentity";
constexpr std::string_view kWithSaml = "sts:AssumeRoleWithSAML";
constexpr std::string_view kOrgId = "aws:PrincipalOrgID";
constexpr std::string_view kOrgPaths = "aws:PrincipalOrgPaths";
constexpr std::string_view kAccount = "aws:PrincipalAccount";
constexpr std::string_view kArn = "aws:PrincipalArn";
constexpr std::string_view kUserId = "aws:userid";

bool Covers(const PatternElement& element, std::string_view action) {
  const bool listed =
      std::ranges::any_of(element.patterns, [&](const std::string& pattern) { return MatchAction(pattern, action); });
  return element.form == Form::kIs ? listed : element.form == Form::kIsNot && !listed;
}

bool LetsAssume(const Statement& statement) {
  return statement.effect == Effect::kAllow && statement.principal.form == Form::kIs &&
         (Covers(statement.action, kAssumeRole) || Covers(statement.action, kWithWebIdentity) ||
          Covers(statement.action, kWithSaml));
}

std::string_view AccountOf(std::string_view principal) {
  const auto parts = internal::SplitArn(principal);
  return parts.has_value() ? parts->at(4) : principal;
}

Relation RelationOf(const PrincipalValue& value, const Principal& caller, std::string_view role_arn) {
  if (value.type == PrincipalType::kService) return Relation::kService;
  if (value.type == PrincipalType::kFederated) return Relation::kFederated;
  if (value.text == "*") return Relation::kEveryone;
  switch (Match(value, caller)) {
    case PrincipalMatch::kAccount:
      return caller.kind == CallerKind::kRootUser ? Relation::kCaller : Relation::kCallersAccount;
    case PrincipalMatch::kNone:
      break;
    default:
      return Relation::kCaller;
  }
  if (IsUniqueId(value.text)) return Relation::kDangling;
  const std::string_view account = AccountOf(value.text);
  if (account == caller.account) return Relation::kCallersFellow;
  return account == AccountOf(role_arn) ? Relation::kRolesAccount : Relation::kStranger;
}

// Somebody in no account, organisation or role that the document could mean.
struct Stranger {
  std::string account;
  std::string arn;
  std::string organization{};
  std::string path{};
};

// Whether the key tells callers apart. A pattern for aws:userid that leaves the unique ID open tells nobody apart.
internal::IsKnown IdentityKeys(const Document& trust) {
  bool user_id = true;
  for (const Statement& statement : trust.statements) {
    for (const Condition& condition : statement.conditions) {
      if (!base::EqualsIgnoreCase(condition.key, kUserId)) continue;
      for (const std::string& value : condition.values) {
        user_id = user_id && !internal::HasWildcard(std::string_view(value).substr(0, value.find(':')));
      }
    }
  }
  return [user_id](std::string_view key) {
    constexpr std::array<std::string_view, 7> kKeys = {
        kOrgId, kOrgPaths, kAccount, kArn, "aws:PrincipalType", "aws:PrincipalIsAWSService", "aws:username"};
    const bool listed = std::ranges::any_of(kKeys, [&](std::string_view one) { return base::EqualsIgnoreCase(one, key); });
    return listed || (user_id && base::EqualsIgnoreCase(key, kUserId));
  };
}

std::string UnmentionedAccount(const Document& trust) {
  const std::string text = Print(trust);
  for (std::uint64_t number = 100200300400;; number += 7919) {
    if (std::string account = fmt::format("{}", number); text.find(account) == std::string::npos) return account;
  }
}

// Every way in which a value with wildcards could be met from outside: the wildcard is somebody else.
void AddStrangersLike(const Condition& condition, const std::string& account, std::vector<Stranger>& out) {
  const std::string role = fmt::format("arn:aws:iam::{}:role/stranger", account);
  for (const std::string& value : condition.values) {
    if (!internal::HasWildcard(value)) continue;
    for (const std::string& text : internal::Witnesses(value)) {
      if (base::EqualsIgnoreCase(condition.key, kOrgId)) {
        out.push_back({.account = account, .arn = role, .organization = text, .path = text + "/r-zzzz/"});
      } else if (base::EqualsIgnoreCase(condition.key, kOrgPaths) &&
                 internal::HasWildcard(std::string_view(value).substr(0, value.find('/')))) {
        out.push_back({.account = account, .arn = role, .organization = text.substr(0, text.find('/')), .path = text});
      } else if (base::EqualsIgnoreCase(condition.key, kAccount)) {
        out.push_back({.account = account, .arn = role});
      }
    }
    const auto parts = internal::SplitArn(value);
    if (!base::EqualsIgnoreCase(condition.key, kArn)) continue;
    if (!parts.has_value() || !internal::HasWildcard(parts->at(4)) || !MatchGlob(parts->at(4), account)) continue;
    for (const std::string& name : internal::Witnesses(parts->at(5))) {
      out.push_back({.account = account, .arn = fmt::format("arn:aws:iam::{}:{}", account, name)});
      out.push_back({.account = account, .arn = fmt::format("arn:aws:iam::{}:{}", account, name),
                     .organization = "o-zzstranger", .path = "o-zzstranger/r-zzzz/ou-zzzz-zzzzzzzz/"});
    }
  }
}

std::vector<Stranger> StrangersTo(const Document& trust) {
  const std::string account = UnmentionedAccount(trust);
  const std::string role = fmt::format("arn:aws:iam::{}:role/stranger", account);
  std::vector<Stranger> strangers = {
      {.account = account, .arn = role},
      {.account = account, .arn = role, .organization = "o-zzstranger", .path = "o-zzstranger/r-zzzz/ou-zzzz-zzzzzzzz/"}};
  for (const Statement& statement : trust.statements) {
    for (const Condition& condition : statement.conditions) AddStrangersLike(condition, account, strangers);
  }
  return strangers;
}

AssumeRoleCall CallBy(const Stranger& stranger, std::string_view role_arn) {
  AssumeRoleCall call{.caller = {.kind = CallerKind::kRole,
                                 .account = stranger.account,
                                 .arn = stranger.arn,
                                 .session_arn = fmt::format("arn:aws:sts::{}:assumed-role/stranger/stranger", stranger.account),
                                 .unique_id = "AROASTRANGERSTRANGER"},
                      .role_arn = std::string(role_arn)};
  if (const auto parts = internal::SplitArn(role_arn)) call.caller.partition = parts->at(1);
  if (!stranger.organization.empty()) call.context.Set(kOrgId, stranger.organization);
  if (!stranger.path.empty()) call.context.SetList(kOrgPaths, {stranger.path});
  return call;
}

WildcardLimit LimitOf(const Document& trust, std::size_t index, std::string_view role_arn) {
  const Document only = internal::TakeUnknown(internal::OnlyAllowing(trust, index), Lean::kTowardsAllow, IdentityKeys(trust));
  for (const Stranger& stranger : StrangersTo(trust)) {
    if (EvaluateTrust(only, CallBy(stranger, role_arn)).allowed()) return WildcardLimit::kNone;
  }
  const auto uses = [&](std::string_view key) {
    for (std::size_t i = 0; i < trust.statements.size(); ++i) {
      if (i != index && trust.statements[i].effect == Effect::kAllow) continue;
      const auto& conditions = trust.statements[i].conditions;
      if (std::ranges::any_of(conditions, [&](const Condition& one) { return base::EqualsIgnoreCase(one.key, key); })) return true;
    }
    return false;
  };
  if (uses(kArn) || uses(kUserId)) return WildcardLimit::kPrincipal;
  if (uses(kAccount)) return WildcardLimit::kAccount;
  return uses(kOrgId) || uses(kOrgPaths) ? WildcardLimit::kOrganization : WildcardLimit::kOther;
}

std::string HostOf(const std::string& provider) {
  constexpr std::string_view kOidc = "oidc-provider/";
  const auto parts = internal::SplitArn(provider);
  if (!parts.has_value()) return provider;
  return parts->at(5).starts_with(kOidc) ? std::string(parts->at(5).substr(kOidc.size())) : "";
}

void CheckSubject(const Document& trust, std::string_view role_arn, TrustedPrincipal& principal) {
  const Statement& statement = trust.statements[principal.statement];
  const std::string host = HostOf(principal.value.text);
  if (host.empty() || !Covers(statement.action, kWithWebIdentity)) return;
  const std::string key = host + ":sub";
  bool has_pattern = false;
  for (const Condition& condition : statement.conditions) {
    if (!base::EqualsIgnoreCase(condition.key, key)) continue;
    for (const std::string& value : condition.values) {
      principal.subject_patterns.push_back(value);
      has_pattern = has_pattern || (condition.op == Operator::kStringLike && internal::HasWildcard(value));
    }
  }
  const auto is_subject = [&](std::string_view one) { return base::EqualsIgnoreCase(one, key); };
  const Document only = internal::TakeUnknown(internal::OnlyAllowing(trust, principal.statement), Lean::kTowardsAllow, is_subject);
  AssumeRoleCall call{.caller = {.kind = CallerKind::kFederated, .arn = principal.value.text},
                      .role_arn = std::string(role_arn),
                      .action = std::string(kWithWebIdentity)};
  bool open = false;
  for (const char* subject : {"stranger", "repo:stranger/stranger:ref:refs/heads/main", "00:stranger:0"}) {
    call.context.Set(key, subject);
    open = open || EvaluateTrust(only, call).allowed();
  }
  principal.subject = open          ? (principal.subject_patterns.empty() ? SubjectCheck::kMissing : SubjectCheck::kAnyValue)
                      : has_pattern ? SubjectCheck::kPattern
                                    : SubjectCheck::kExact;
}

}  // namespace

std::vector<TrustedPrincipal> TrustedPrincipals(const Document& trust, const Principal& caller, std::string_view role_arn) {
  std::vector<TrustedPrincipal> principals;
  for (std::size_t i = 0; i < trust.statements.size(); ++i) {
    if (!LetsAssume(trust.statements[i])) continue;
    for (const PrincipalValue& value : trust.statements[i].principal.values) {
      TrustedPrincipal principal{.statement = i, .value = value, .relation = RelationOf(value, caller, role_arn)};
      if (principal.relation == Relation::kEveryone) principal.limit = LimitOf(trust, i, role_arn);
      if (principal.relation == Relation::kFederated) CheckSubject(trust, role_arn, principal);
      principals.push_back(std::move(principal));
    }
  }
  return principals;
}

}  // namespace crossrole::policy
