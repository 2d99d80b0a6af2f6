// SPDX-License-Identifier: Apache-2.0
#include "policy/evaluate.h"

#include <algorithm>

#include "base/text.h"
#include "policy/condition.h"
#include "policy/internal/glob.h"
#include "policy/internal/variables.h"
#include "policy/match.h"

namespace crossrole::policy {
namespace {

enum class ResourceMatch { kNo, kYes, kUnresolved };

// Variables stand behind the fifth colon only; before it `${` is text.
ResourceMatch MatchResource(const std::string& pattern, const Request& request, Version version) {
  if (version == Version::k2008 || !internal::HasVariable(pattern)) {
    return MatchArn(pattern, request.resource) ? ResourceMatch::kYes : ResourceMatch::kNo;
  }
  const auto wanted = internal::SplitArn(pattern);
  const auto given = internal::SplitArn(request.resource);
  if (!wanted.has_value() || !given.has_value()) return ResourceMatch::kNo;
  for (std::size_t i = 0; i < 5; ++i) {
    if (!MatchGlob(wanted->at(i), given->at(i))) return ResourceMatch::kNo;
  }
  const auto expanded = internal::Expand(wanted->at(5), request.context, internal::Stars::kAreWildcards);
  if (!expanded.has_value()) return ResourceMatch::kUnresolved;
  return internal::Glob(*expanded, given->at(5), internal::kExpanded) ? ResourceMatch::kYes : ResourceMatch::kNo;
}

bool ResourceApplies(const PatternElement& element, const Request& request, Version version) {
  if (element.form == Form::kAbsent) return true;  // a trust policy: its own role
  bool unresolved = false;
  for (const std::string& pattern : element.patterns) {
    const ResourceMatch match = MatchResource(pattern, request, version);
    if (match == ResourceMatch::kYes) return element.form == Form::kIs;
    unresolved = unresolved || match == ResourceMatch::kUnresolved;
  }
  return element.form == Form::kIsNot && !unresolved;
}

bool ActionApplies(const PatternElement& element, const std::string& action) {
  const auto covers = [&](const std::string& pattern) { return MatchAction(pattern, action); };
  if (element.form == Form::kIs) return std::ranges::any_of(element.patterns, covers);
  return element.form == Form::kIsNot && std::ranges::none_of(element.patterns, covers);
}

bool HasPrincipals(Layer layer) {
  return layer == Layer::kResource || layer == Layer::kResourceControl || layer == Layer::kVpcEndpoint;
}

// What the documents of one layer, or of one of its levels, say.
struct Verdict {
  bool present = false;
  bool denies = false;
  bool allows = false;
  PrincipalMatch strongest = PrincipalMatch::kNone;  // of the statements that allow
};

class Evaluation {
 public:
  Evaluation(const Request& request, const PolicySets& policies, const EvaluateOptions& options)
      : request_(request), policies_(policies), options_(options) {}

  Decision Decide();

 private:
  PrincipalMatch PrincipalApplies(const PrincipalElement& element, Layer layer) const;
  void Read(Layer layer, std::string_view level, const PolicyRef& policy, Verdict& verdict);
  Verdict ReadAll(Layer layer, const std::vector<PolicyRef>& policies);
  Verdict ReadLevels(Layer layer, const std::vector<PolicyLevel>& levels);
  Verdict ReadOne(Layer layer, const std::optional<PolicyRef>& policy);
  Verdict ReadIdentity();
  bool IsSameAccount() const;
  bool CrossesPartitions() const;

  void Deny(Layer layer) { Note(blocking_, layer); }
  void Need(Layer layer, bool granted) {
    if (granted) {
      Note(granting_, layer);
    } else {
      Deny(layer);
      blocked_ = true;
    }
  }
  void Note(std::vector<Layer>& list, Layer layer) const {
    if (options_.detail == Detail::kExplained) list.push_back(layer);
  }
  Decision Finish(Answer answer) {
    return {.answer = answer,
            .layers = answer == Answer::kAllowed ? std::move(granting_) : std::move(blocking_),
            .statements = std::move(statements_)};
  }
  void DecideByResource(const Verdict& resource);
  void DecideByPrincipal(const Verdict& resource, const Verdict& identity, const Verdict& boundary, const Verdict& session);

  const Request& request_;
  const PolicySets& policies_;
  const EvaluateOptions& options_;
  bool blocked_ = false;
  std::vector<Layer> blocking_;
  std::vector<Layer> granting_;
  std::vector<StatementMatch> statements_;
};

PrincipalMatch Evaluation::PrincipalApplies(const PrincipalElement& element, Layer layer) const {
  if (!HasPrincipals(layer)) return PrincipalMatch::kDirect;
  if (element.form == Form::kIs) return Match(element, request_.principal);
  if (element.form == Form::kAbsent) return PrincipalMatch::kNone;
  const Boundary boundary = policies_.boundary.has_value() ? Boundary::kPresent : Boundary::kNone;
  return IsSpared(element, request_.principal, boundary) ? PrincipalMatch::kNone : PrincipalMatch::kEveryone;
}

void Evaluation::Read(Layer layer, std::string_view level, const PolicyRef& policy, Verdict& verdict) {
  const Document& document = *policy.document;
  for (std::size_t i = 0; i < document.statements.size(); ++i) {
    const Statement& statement = document.statements[i];
    if (!ActionApplies(statement.action, request_.action)) continue;
    const PrincipalMatch principal = PrincipalApplies(statement.principal, layer);
    if (principal == PrincipalMatch::kNone) continue;
    if (!ResourceApplies(statement.resource, request_, document.version)) continue;
    if (!HoldAll(statement.conditions, request_.context, document.version, options_.undocumented)) continue;
    if (statement.effect == Effect::kDeny) {
      verdict.denies = true;
    } else {
      verdict.allows = true;
      verdict.strongest = std::max(verdict.strongest, principal);
    }
    if (options_.detail == Detail::kAnswerOnly) continue;
    statements_.push_back({.layer = layer,
                           .policy = std::string(policy.name),
                           .level = std::string(level),
                           .index = i,
                           .sid = statement.sid,
                           .effect = statement.effect,
                           .principal = HasPrincipals(layer) ? principal : PrincipalMatch::kNone});
  }
}

Verdict Evaluation::ReadAll(Layer layer, const std::vector<PolicyRef>& policies) {
  Verdict verdict{.present = !policies.empty()};
  for (const PolicyRef& policy : policies) Read(layer, "", policy, verdict);
  if (verdict.denies) Deny(layer);
  return verdict;
}

Verdict Evaluation::ReadOne(Layer layer, const std::optional<PolicyRef>& policy) {
  Verdict verdict{.present = policy.has_value()};
  if (policy.has_value()) Read(layer, "", *policy, verdict);
  if (verdict.denies) Deny(layer);
  return verdict;
}

// A hierarchy allows only what every one of its levels allows.
Verdict Evaluation::ReadLevels(Layer layer, const std::vector<PolicyLevel>& levels) {
  Verdict all{.present = !levels.empty(), .allows = true};
  for (const PolicyLevel& level : levels) {
    Verdict one;
    for (const PolicyRef& policy : level.policies) Read(layer, level.name, policy, one);
    all.denies = all.denies || one.denies;
    all.allows = all.allows && one.allows;
  }
  if (all.denies) Deny(layer);
  return all;
}

// Root users have all permissions of their account without any policy.
Verdict Evaluation::ReadIdentity() {
  Verdict verdict = ReadAll(Layer::kIdentity, policies_.identity);
  if (policies_.identity_side == IdentitySide::kTakenAsAllowing || request_.principal.kind == CallerKind::kRootUser) {
    verdict.allows = true;
  }
  return verdict;
}

std::string_view AccountOf(const Request& request) {
  if (!request.resource_account.empty()) return request.resource_account;
  const auto parts = internal::SplitArn(request.resource);
  return parts.has_value() && !parts->at(4).empty() ? parts->at(4) : std::string_view(request.principal.account);
}

bool Evaluation::IsSameAccount() const { return AccountOf(request_) == request_.principal.account; }

bool Evaluation::CrossesPartitions() const {
  if (request_.principal.account.empty()) return false;
  if (!request_.partition.empty()) return request_.partition != request_.principal.partition;
  const auto parts = internal::SplitArn(request_.resource);
  return parts.has_value() && parts->at(1) != request_.principal.partition;
}

// Anonymous callers, services and federated callers have no policies of their own.
void Evaluation::DecideByResource(const Verdict& resource) { Need(Layer::kResource, resource.allows); }

void Evaluation::DecideByPrincipal(const Verdict& resource, const Verdict& identity, const Verdict& boundary,
                                   const Verdict& session) {
  const bool boundary_allows = !boundary.present || boundary.allows;
  const bool session_allows = !session.present || session.allows;
  // A GetFederationToken session without session policies has only what resource policies grant it.
  const bool identity_reaches_session =
      session_allows && (session.present || request_.principal.kind != CallerKind::kFederatedUser);
  const bool same_account = IsSameAccount();
  if (same_account) {
    const bool direct = resource.strongest >= PrincipalMatch::kDirect;
    const bool by_issuer =
        resource.strongest == PrincipalMatch::kRole || resource.strongest == PrincipalMatch::kUserOfFederatedUser;
    if (direct || (by_issuer && boundary_allows && session_allows)) {
      Note(granting_, Layer::kResource);
      return;
    }
  }
  const bool needs_resource = !same_account || NeedsExplicitGrant(request_.action, request_.resource);
  if (needs_resource) Need(Layer::kResource, resource.strongest != PrincipalMatch::kNone);
  Need(Layer::kIdentity, identity.allows);
  if (boundary.present) Need(Layer::kBoundary, boundary.allows);
  if (session.present || !identity_reaches_session) Need(Layer::kSession, identity_reaches_session);
}

Decision Evaluation::Decide() {
  if (IsAlwaysAllowed(request_.action)) return {.answer = Answer::kAllowed};
  const CallerKind kind = request_.principal.kind;
  const bool has_own_policies =
      kind != CallerKind::kAnonymous && kind != CallerKind::kService && kind != CallerKind::kFederated;
  const bool service_linked = IsServiceLinkedRole(request_.principal);
  const std::vector<PolicyLevel> none;
  const Verdict rcp = ReadLevels(Layer::kResourceControl, service_linked ? none : policies_.rcp);
  const Verdict scp = ReadLevels(Layer::kServiceControl, service_linked || !has_own_policies ? none : policies_.scp);
  const Verdict vpc_endpoint = ReadOne(Layer::kVpcEndpoint, policies_.vpc_endpoint);
  const Verdict resource = ReadAll(Layer::kResource, policies_.resource);
  const Verdict identity = has_own_policies ? ReadIdentity() : Verdict{};
  const Verdict boundary = has_own_policies ? ReadOne(Layer::kBoundary, policies_.boundary) : Verdict{};
  const Verdict session = has_own_policies ? ReadAll(Layer::kSession, policies_.session) : Verdict{};
  if (rcp.denies || scp.denies || vpc_endpoint.denies || resource.denies || identity.denies || boundary.denies || session.denies) {
    return Finish(Answer::kExplicitlyDenied);
  }
  if (CrossesPartitions()) {
    Deny(Layer::kPartition);
    return Finish(Answer::kImplicitlyDenied);
  }
  if (rcp.present) Need(Layer::kResourceControl, rcp.allows);
  if (scp.present) Need(Layer::kServiceControl, scp.allows);
  if (vpc_endpoint.present) Need(Layer::kVpcEndpoint, vpc_endpoint.allows);
  if (has_own_policies) {
    DecideByPrincipal(resource, identity, boundary, session);
  } else {
    DecideByResource(resource);
  }
  return Finish(blocked_ ? Answer::kImplicitlyDenied : Answer::kAllowed);
}

}  // namespace

Decision Evaluate(const Request& request, const PolicySets& policies, const EvaluateOptions& options) {
  return Evaluation(request, policies, options).Decide();
}

std::string_view NameOf(Answer answer) {
  switch (answer) {
    case Answer::kAllowed:
      return "allowed";
    case Answer::kImplicitlyDenied:
      return "implicitly_denied";
    case Answer::kExplicitlyDenied:
      return "explicitly_denied";
  }
  return "";
}

std::string_view NameOf(Layer layer) {
  switch (layer) {
    case Layer::kResourceControl:
      return "rcp";
    case Layer::kServiceControl:
      return "scp";
    case Layer::kVpcEndpoint:
      return "vpc_endpoint";
    case Layer::kResource:
      return "resource";
    case Layer::kIdentity:
      return "identity";
    case Layer::kBoundary:
      return "boundary";
    case Layer::kSession:
      return "session";
    case Layer::kPartition:
      return "partition";
    case Layer::kCaller:
      return "caller";
  }
  return "";
}

bool NeedsExplicitGrant(std::string_view action, std::string_view resource) {
  if (MatchAction("sts:*", action)) return MatchArn("arn:*:iam::*:role/*", resource);
  return MatchAction("kms:*", action) && MatchArn("arn:*:kms:*:*:key/*", resource);
}

bool IsAlwaysAllowed(std::string_view action) { return base::EqualsIgnoreCase(action, "sts:GetCallerIdentity"); }

}  // namespace crossrole::policy
