// SPDX-License-Identifier: Apache-2.0
#include "policy/principal.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/internal/glob.h"
#include "policy/parse.h"

namespace crossrole::policy {
namespace {

constexpr std::string_view kAssumedRole = "assumed-role/";

bool IsAccountId(std::string_view text) {
  return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// S3 turns canonical user IDs into ARNs of accounts where it can; what is left stands for the same account.
PrincipalMatch MatchCanonicalUser(const std::string& text, const Principal& caller) {
  return !caller.canonical_user.empty() && text == caller.canonical_user ? PrincipalMatch::kAccount : PrincipalMatch::kNone;
}

bool IsOfAnAccount(const Principal& caller) {
  switch (caller.kind) {
    case CallerKind::kRootUser:
    case CallerKind::kUser:
    case CallerKind::kRole:
    case CallerKind::kFederatedUser:
      return true;
    case CallerKind::kAnonymous:
    case CallerKind::kService:
    case CallerKind::kFederated:
      break;
  }
  return false;
}

std::string_view LastSegment(std::string_view text) { return text.substr(text.rfind('/') + 1); }

PrincipalMatch MatchOfUser(const Principal& caller) {
  if (caller.kind == CallerKind::kUser) return PrincipalMatch::kDirect;
  return caller.kind == CallerKind::kFederatedUser ? PrincipalMatch::kUserOfFederatedUser : PrincipalMatch::kNone;
}

PrincipalMatch MatchIam(std::string_view text, std::string_view name, const Principal& caller) {
  if (name.starts_with("user/")) return text == caller.arn ? MatchOfUser(caller) : PrincipalMatch::kNone;
  if (!name.starts_with("role/") || caller.kind != CallerKind::kRole) return PrincipalMatch::kNone;
  // A session's ARN has no path, so that only the name is known of some callers.
  const bool same = caller.arn.empty() ? RoleNameOf(text) == RoleNameOf(caller.session_arn) : text == caller.arn;
  return same ? PrincipalMatch::kRole : PrincipalMatch::kNone;
}

PrincipalMatch MatchAws(const std::string& text, const Principal& caller) {
  if (text == "*") return PrincipalMatch::kEveryone;
  if (!IsOfAnAccount(caller)) return PrincipalMatch::kNone;
  if (IsAccountId(text)) return text == caller.account ? PrincipalMatch::kAccount : PrincipalMatch::kNone;
  if (IsUniqueId(text)) {
    if (text != caller.unique_id) return PrincipalMatch::kNone;
    return caller.kind == CallerKind::kRole ? PrincipalMatch::kRole : MatchOfUser(caller);
  }
  const auto parts = internal::SplitArn(text);
  if (!parts.has_value() || parts->at(4) != caller.account) return PrincipalMatch::kNone;
  if (parts->at(2) == "iam" && parts->at(5) == "root") return PrincipalMatch::kAccount;  // the same as its number alone
  if (parts->at(1) != caller.partition) return PrincipalMatch::kNone;
  if (parts->at(2) == "sts") return text == caller.session_arn ? PrincipalMatch::kDirect : PrincipalMatch::kNone;
  if (parts->at(2) != "iam") return PrincipalMatch::kNone;
  return MatchIam(text, parts->at(5), caller);
}

std::string_view PrincipalTypeOf(CallerKind kind) {
  switch (kind) {
    case CallerKind::kRootUser:
      return "Account";
    case CallerKind::kUser:
      return "User";
    case CallerKind::kRole:
      return "AssumedRole";
    case CallerKind::kFederatedUser:
      return "FederatedUser";
    case CallerKind::kService:
      return "Service";
    case CallerKind::kAnonymous:
    case CallerKind::kFederated:
      break;
  }
  return "Anonymous";
}

std::string UserIdOf(const Principal& caller) {
  switch (caller.kind) {
    case CallerKind::kRootUser:
      return caller.account;
    case CallerKind::kUser:
      return caller.unique_id;
    case CallerKind::kRole:
      if (caller.unique_id.empty() || caller.session_arn.empty()) return "";
      return fmt::format("{}:{}", caller.unique_id, LastSegment(caller.session_arn));
    case CallerKind::kFederatedUser:
      return fmt::format("{}:{}", caller.account, LastSegment(caller.session_arn));
    case CallerKind::kAnonymous:
      return "anonymous";
    case CallerKind::kService:
    case CallerKind::kFederated:
      break;
  }
  return "";
}

}  // namespace

base::Result<Principal> ReadPrincipal(std::string_view text, std::string unique_id) {
  Principal principal{.unique_id = std::move(unique_id)};
  if (text == "*") return principal;
  const auto parts = internal::SplitArn(text);
  if (!parts.has_value() && text.find('.') != std::string_view::npos && text.find(':') == std::string_view::npos) {
    principal.kind = CallerKind::kService;
    principal.arn = text;
    return principal;
  }
  if (parts.has_value() && IsAwsPrincipalText(text)) {
    const std::string_view name = parts->at(5);
    principal.partition = parts->at(1);
    principal.account = parts->at(4);
    if (parts->at(2) == "sts") {
      principal.kind = name.starts_with(kAssumedRole) ? CallerKind::kRole : CallerKind::kFederatedUser;
      principal.session_arn = text;
      return principal;
    }
    principal.kind = name == "root"               ? CallerKind::kRootUser
                     : name.starts_with("user/") ? CallerKind::kUser
                                                  : CallerKind::kRole;
    principal.arn = text;
    return principal;
  }
  return base::Fail(base::Code::kInvalidArgument, fmt::format("`{}` is not the ARN of a root user, user, role or session", text));
}

PrincipalMatch Match(const PrincipalValue& value, const Principal& caller) {
  if (value.text == "*" && value.type == PrincipalType::kAws) return PrincipalMatch::kEveryone;
  switch (value.type) {
    case PrincipalType::kAws:
      return MatchAws(value.text, caller);
    case PrincipalType::kFederated:
      if (caller.kind != CallerKind::kFederated) return PrincipalMatch::kNone;
      return value.text == "*" || value.text == caller.arn ? PrincipalMatch::kDirect : PrincipalMatch::kNone;
    case PrincipalType::kService:
      if (caller.kind != CallerKind::kService) return PrincipalMatch::kNone;
      return value.text == "*" || value.text == caller.arn ? PrincipalMatch::kDirect : PrincipalMatch::kNone;
    case PrincipalType::kCanonicalUser:
      return IsOfAnAccount(caller) ? MatchCanonicalUser(value.text, caller) : PrincipalMatch::kNone;
  }
  return PrincipalMatch::kNone;
}

PrincipalMatch Match(const PrincipalElement& element, const Principal& caller) {
  PrincipalMatch strongest = PrincipalMatch::kNone;
  for (const PrincipalValue& value : element.values) strongest = std::max(strongest, Match(value, caller));
  return strongest;
}

bool IsSpared(const PrincipalElement& element, const Principal& caller, Boundary boundary) {
  if (boundary == Boundary::kPresent) return false;
  bool account = false;
  bool issuer = false;  // the role of a session, the user of a federated user
  bool self = false;
  for (const PrincipalValue& value : element.values) {
    switch (Match(value, caller)) {
      case PrincipalMatch::kEveryone:
        return true;
      case PrincipalMatch::kDirect:
        self = true;
        break;
      case PrincipalMatch::kRole:
      case PrincipalMatch::kUserOfFederatedUser:
        issuer = true;
        break;
      case PrincipalMatch::kAccount:
        account = true;
        break;
      case PrincipalMatch::kNone:
        break;
    }
  }
  if (caller.kind == CallerKind::kRootUser) return account;
  if (!IsOfAnAccount(caller)) return self;
  const bool is_session = caller.kind == CallerKind::kRole || caller.kind == CallerKind::kFederatedUser;
  return account && self && (issuer || !is_session);
}

bool IsServiceLinkedRole(const Principal& caller) {
  return caller.kind == CallerKind::kRole && caller.arn.find(":role/aws-service-role/") != std::string::npos;
}

std::string_view RoleNameOf(std::string_view arn) {
  const auto parts = internal::SplitArn(arn);
  if (!parts.has_value()) return "";
  std::string_view name = parts->at(5);
  if (name.starts_with("role/")) return LastSegment(name);
  if (!name.starts_with(kAssumedRole)) return "";
  name.remove_prefix(kAssumedRole.size());
  return name.substr(0, name.find('/'));
}

void AddPrincipalKeys(ContextMap& context, const Principal& caller) {
  const auto add = [&](std::string_view key, std::string value) {
    if (!value.empty() && context.Find(key) == nullptr) context.Set(key, std::move(value));
  };
  add("aws:PrincipalType", std::string(PrincipalTypeOf(caller.kind)));
  add("aws:userid", UserIdOf(caller));
  if (caller.kind == CallerKind::kService) {
    add("aws:PrincipalServiceName", caller.arn);
    add("aws:PrincipalServiceNamesList", caller.arn);
    add("aws:PrincipalIsAWSService", "true");
  }
  if (!IsOfAnAccount(caller)) return;
  add("aws:PrincipalIsAWSService", "false");
  add("aws:PrincipalAccount", caller.account);
  add("aws:PrincipalArn", caller.kind == CallerKind::kFederatedUser ? caller.session_arn : caller.arn);
  if (caller.kind == CallerKind::kUser) add("aws:username", std::string(LastSegment(caller.arn)));
}

}  // namespace crossrole::policy
