// SPDX-License-Identifier: Apache-2.0
#include "policy/internal/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "policy/match.h"
#include "policy/parse.h"

namespace crossrole::policy::internal {
namespace {

struct KindRules {
  bool principal = false;          // Principal is required; else it is refused
  bool resource = true;            // Resource or NotResource is required; else both are refused
  bool not_principal = false;      // NotPrincipal may stand instead, with Deny
  bool trust_actions_only = false;
  bool strict_sid = true;
};

KindRules RulesOf(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::kTrust:
      return {.principal = true, .resource = false, .trust_actions_only = true};
    case DocumentKind::kResource:
      return {.principal = true, .not_principal = true, .strict_sid = false};
    case DocumentKind::kResourceControl:
      return {.principal = true};
    case DocumentKind::kIdentity:
    case DocumentKind::kSession:
    case DocumentKind::kBoundary:
    case DocumentKind::kServiceControl:
      break;
  }
  return {};
}

constexpr std::array<std::string_view, 7> kTrustActions = {
    "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession",
    "sts:SetSourceIdentity", "sts:SetContext", "sts:AssumeRoot"};

bool IsAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

base::Status CheckAction(const std::string& action, const std::string& where, const KindRules& rules) {
  const std::size_t colon = action.find(':');
  if (colon == std::string::npos && action != "*") {
    return Malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", where,
                     fmt::format("`{}` names no service", action));
  }
  if (colon != std::string::npos) {
    const std::string_view vendor = std::string_view(action).substr(0, colon);
    if (action.find(':', colon + 1) != std::string::npos) {
      return Malformed("Actions/Condition can contain only one colon.", where, fmt::format("`{}` has two", action));
    }
    const bool known_shape = !vendor.empty() && std::ranges::all_of(vendor, [](char c) {
      return IsAlphanumeric(c) || c == '-' || c == '.';
    });
    if (vendor != "*" && !known_shape) {
      return Malformed(fmt::format("Vendor {} is not valid", vendor), where,
                       fmt::format("`{}` has no wildcard-free service name", action));
    }
    if (colon + 1 == action.size()) {
      return Malformed("The policy failed legacy parsing", where, fmt::format("`{}` names no action", action));
    }
  }
  if (rules.trust_actions_only) {
    const bool is_sts = base::EqualsIgnoreCase(std::string_view(action).substr(0, std::min<std::size_t>(colon, action.size())), "sts");
    const bool known = std::ranges::any_of(kTrustActions, [&](std::string_view one) { return MatchAction(action, one); });
    if (!is_sts || !known) {
      return Malformed("AssumeRole policy may only specify STS AssumeRole actions.", where,
                       fmt::format("`{}` is not an action of a trust policy", action));
    }
  }
  return {};
}

base::Status CheckActions(const Statement& statement, const std::string& where, const KindRules& rules) {
  if (statement.action.form == Form::kAbsent || statement.action.patterns.empty()) {
    return Malformed("Policy statement must contain actions.", where, "`Action` or `NotAction` is missing or empty");
  }
  const std::string place = where + (statement.action.form == Form::kIs ? ".Action" : ".NotAction");
  for (const std::string& action : statement.action.patterns) TRY(CheckAction(action, place, rules));
  return {};
}

base::Status CheckResource(const std::string& resource, const std::string& where) {
  if (resource == "*") return {};
  const std::vector<std::string_view> parts = base::Split(resource, ':');
  if (parts.size() == 1 || parts.front() != "arn") {
    return Malformed(fmt::format("Resource {} must be in ARN format or \"*\".", resource), where,
                     fmt::format("`{}` is not an ARN", resource));
  }
  if (parts.size() < 6) {
    return Malformed("The policy failed legacy parsing", where,
                     fmt::format("`{}` has fewer than the six parts of an ARN", resource));
  }
  if (parts[2].find_first_of("*?") != std::string_view::npos || parts[2].empty()) {
    return Malformed("Resource vendor must be fully qualified and cannot contain regexes.", where,
                     fmt::format("`{}` has no wildcard-free service", resource));
  }
  return {};
}

base::Status CheckResources(const Statement& statement, const std::string& where, const KindRules& rules) {
  const PatternElement& element = statement.resource;
  if (!rules.resource) {
    if (element.form == Form::kAbsent) return {};
    return Malformed("Has prohibited field Resource", where + ".Resource",
                     "a trust policy applies to its own role and names no resource");
  }
  if (element.form == Form::kAbsent || element.patterns.empty()) {
    return Malformed("Policy statement must contain resources.", where, "`Resource` or `NotResource` is missing or empty");
  }
  const std::string place = where + (element.form == Form::kIs ? ".Resource" : ".NotResource");
  for (const std::string& resource : element.patterns) TRY(CheckResource(resource, place));
  return {};
}

bool IsPrincipalAcceptable(const PrincipalValue& value) {
  switch (value.type) {
    case PrincipalType::kAws:
      return IsAwsPrincipalText(value.text);
    case PrincipalType::kService:
      return value.text == "*" || (value.text.find('.') != std::string::npos && value.text.find('*') == std::string::npos);
    case PrincipalType::kFederated:
      return !value.text.empty() && (value.text == "*" || value.text.find('*') == std::string::npos);
    case PrincipalType::kCanonicalUser:
      return value.text.size() == 64;
  }
  return false;
}

base::Status CheckPrincipals(const Statement& statement, const std::string& where, const KindRules& rules) {
  const PrincipalElement& element = statement.principal;
  const std::string name = element.form == Form::kIsNot ? "NotPrincipal" : "Principal";
  if (!rules.principal) {
    if (element.form == Form::kAbsent) return {};
    return Malformed("Policy document should not specify a principal.", where + "." + name,
                     "the policy applies to whoever it is attached to");
  }
  if (element.form == Form::kIsNot && !rules.not_principal) {
    return Malformed("Has prohibited field NotPrincipal", where + ".NotPrincipal", "name the principals instead");
  }
  if (element.form == Form::kIsNot && statement.effect == Effect::kAllow) {
    return Malformed("Allow with NotPrincipal is not allowed.", where + ".NotPrincipal",
                     "`NotPrincipal` stands only with `Deny`");
  }
  if (element.form == Form::kAbsent || element.values.empty()) {
    return Malformed("Missing required field Principal", where, "`Principal` is missing or empty");
  }
  for (const PrincipalValue& value : element.values) {
    if (!IsPrincipalAcceptable(value)) {
      return Malformed(fmt::format("Invalid principal in policy: \"{}\":\"{}\"", NameInMessages(NameOf(value.type)), value.text),
                       fmt::format("{}.{}.{}", where, name, NameOf(value.type)),
                       fmt::format("`{}` is not a principal of this kind", value.text));
    }
  }
  return {};
}

base::Status CheckConditionKeys(const Statement& statement, const std::string& where) {
  for (const Condition& condition : statement.conditions) {
    if (condition.key.find(':') == std::string::npos) {
      return Malformed("Conditions must be prefaced by a vendor, e.g., aws, sdb, ec2, etc.", where + ".Condition",
                       fmt::format("the condition key `{}` has no prefix", condition.key));
    }
  }
  return {};
}

base::Status CheckSid(const Statement& statement, const std::string& where, const KindRules& rules,
                      std::set<std::string>& seen) {
  if (statement.sid.empty()) return {};
  if (rules.strict_sid && !std::ranges::all_of(statement.sid, IsAlphanumeric)) {
    return Malformed(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
        where + ".Sid", fmt::format("`{}` holds other characters than letters and digits", statement.sid));
  }
  if (!seen.insert(statement.sid).second) {
    return Malformed("Statement IDs (SID) in a single policy must be unique.", where + ".Sid",
                     fmt::format("`{}` occurs twice", statement.sid));
  }
  return {};
}

base::Status CheckResourceControl(const Statement& statement, const std::string& where) {
  const bool everyone = statement.principal.values.size() == 1 && statement.principal.values.front().text == "*";
  if (everyone && statement.principal.values.front().type == PrincipalType::kAws) return {};
  return Malformed("The Principal element contains an invalid value.", where + ".Principal", "an RCP applies to `*`");
}

}  // namespace

std::unexpected<base::Error> Malformed(std::string_view aws_message, std::string where, std::string cause) {
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = std::string(aws_message),
                                .reason = "policy.malformed",
                                .field = std::move(where),
                                .fix = std::move(cause),
                                .aws_code = "MalformedPolicyDocument"});
}

base::Status CheckCharacters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
    // U+0080–U+00FF are two bytes that begin with C2 or C3.
    const bool beyond = byte > 0xC3 || byte == 0xC0 || byte == 0xC1;
    if (!control && !beyond) continue;
    return base::Fail(base::Error{
        .code = base::Code::kInvalidArgument,
        .message = "The specified value for policyDocument is invalid. It must contain only printable ASCII characters.",
        .reason = "policy.characters",
        .fix = fmt::format("byte {} is outside U+0009, U+000A, U+000D, U+0020–U+00FF", i),
        .aws_code = "ValidationError"});
  }
  return {};
}

base::Status CheckRules(const Document& document, DocumentKind kind) {
  const KindRules rules = RulesOf(kind);
  std::set<std::string> sids;
  for (std::size_t i = 0; i < document.statements.size(); ++i) {
    const Statement& statement = document.statements[i];
    const std::string where = fmt::format("Statement[{}]", i);
    TRY(CheckSid(statement, where, rules, sids));
    TRY(CheckPrincipals(statement, where, rules));
    TRY(CheckActions(statement, where, rules));
    TRY(CheckResources(statement, where, rules));
    TRY(CheckConditionKeys(statement, where));
    if (kind == DocumentKind::kResourceControl) TRY(CheckResourceControl(statement, where));
  }
  return {};
}

}  // namespace crossrole::policy::internal

namespace crossrole::policy {
namespace {

constexpr bool IsUpperOrDigit(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool IsAccountId(std::string_view text) {
  return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string NameInMessages(std::string_view type) {
  std::string name(type);
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return name;
}

bool IsUniqueId(std::string_view text) {
  return text.size() >= 16 && text.size() <= 128 && (text.starts_with("AIDA") || text.starts_with("AROA")) &&
         std::ranges::all_of(text, IsUpperOrDigit);
}

bool IsAwsPrincipalText(std::string_view text) {
  if (text == "*" || IsAccountId(text) || IsUniqueId(text)) return true;
  const std::vector<std::string_view> parts = base::Split(text, ':');
  if (parts.size() != 6 || parts[0] != "arn" || parts[1].empty() || !parts[3].empty() || !IsAccountId(parts[4])) return false;
  if (text.find_first_of("*?") != std::string_view::npos) return false;
  const std::string_view name = parts[5];
  const auto named = [&](std::string_view prefix) { return name.starts_with(prefix) && name.size() > prefix.size(); };
  if (parts[2] == "iam") return name == "root" || named("user/") || named("role/");
  return parts[2] == "sts" && (named("assumed-role/") || named("federated-user/"));
}

}  // namespace crossrole::policy
