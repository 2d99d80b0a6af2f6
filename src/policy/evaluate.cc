// SPDX-License-Identifier: Apache-2.0
#include "policy/evaluate.h"

#include <algorithm>

#include "base/text.h"
#include "policy/compile.h"
#include "policy/internal/applies.h"
#include "policy/match.h"

namespace crossrole::policy {
namespace {

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
      : asked_(request), where_(internal::CircumstancesOf(asked_)), policies_(policies), options_(options) {}

  Decision Decide();

 private:
  bool IsSettled(Layer layer, const Statement& statement, const Verdict& verdict) const;
  void AddMatch(const PolicyRef& policy, StatementMatch match);
  void Read(Layer layer, std::string_view level, const PolicyRef& policy, Verdict& verdict);
  Verdict ReadAll(Layer layer, const std::vector<PolicyRef>& policies);
  Verdict ReadLevels(Layer layer, const std::vector<PolicyLevel>& levels);
  Verdict ReadOne(Layer layer, const std::optional<PolicyRef>& policy);
  Verdict ReadIdentity();

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

  const internal::Asked asked_;
  const internal::Circumstances where_;
  const PolicySets& policies_;
  const EvaluateOptions& options_;
  bool blocked_ = false;
  std::vector<Layer> blocking_;
  std::vector<Layer> granting_;
  std::vector<StatementMatch> statements_;
};

// An answer alone needs no second Allow where it does not matter how the caller is named.
bool Evaluation::IsSettled(Layer layer, const Statement& statement, const Verdict& verdict) const {
  return options_.detail == Detail::kAnswerOnly && statement.effect == Effect::kAllow && verdict.allows &&
         !internal::HasPrincipals(layer);
}

void Evaluation::Read(Layer layer, std::string_view level, const PolicyRef& policy, Verdict& verdict) {
  const std::size_t before = statements_.size();
  internal::ForEachStatement(policy, asked_, [&](const internal::StatementView& statement, std::size_t index) {
    if (IsSettled(layer, statement.written, verdict)) return;
    if (!internal::ActionApplies(statement, asked_)) return;
    const Boundary boundary = policies_.boundary.has_value() ? Boundary::kPresent : Boundary::kNone;
    const PrincipalMatch principal =
        internal::PrincipalApplies(statement.written.principal, layer, asked_.request.principal, boundary);
    if (principal == PrincipalMatch::kNone) return;
    if (!internal::ResourceApplies(statement, asked_)) return;
    if (!internal::ConditionsHold(statement, asked_.request.context, options_.undocumented)) return;
    if (statement.written.effect == Effect::kDeny) {
      verdict.denies = true;
    } else {
      verdict.allows = true;
      verdict.strongest = std::max(verdict.strongest, principal);
    }
    if (options_.detail == Detail::kAnswerOnly) return;
    StatementMatch match{.layer = layer,
                         .policy = std::string(policy.name),
                         .level = std::string(level),
                         .index = index,
                         .sid = statement.written.sid,
                         .effect = statement.written.effect,
                         .principal = internal::HasPrincipals(layer) ? principal : PrincipalMatch::kNone};
    AddMatch(policy, std::move(match));
  });
  if (policy.compiled != nullptr) {
    std::sort(statements_.begin() + static_cast<std::ptrdiff_t>(before), statements_.end(),
              [](const StatementMatch& a, const StatementMatch& b) { return a.index < b.index; });
  }
}

// A compiled statement may stand at several places of the document as written.
void Evaluation::AddMatch(const PolicyRef& policy, StatementMatch match) {
  if (policy.compiled == nullptr) {
    statements_.push_back(std::move(match));
    return;
  }
  for (const std::uint32_t place : policy.compiled->WrittenPlaces(match.index)) {
    statements_.push_back(match);
    statements_.back().index = place;
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
  if (policies_.identity_side == IdentitySide::kTakenAsAllowing || asked_.request.principal.kind == CallerKind::kRootUser) {
    verdict.allows = true;
  }
  return verdict;
}

// Anonymous callers, services and federated callers have no policies of their own.
void Evaluation::DecideByResource(const Verdict& resource) { Need(Layer::kResource, resource.allows); }

void Evaluation::DecideByPrincipal(const Verdict& resource, const Verdict& identity, const Verdict& boundary,
                                   const Verdict& session) {
  const bool boundary_allows = !boundary.present || boundary.allows;
  // A GetFederationToken session without session policies has only what resource policies grant to the session itself.
  const bool session_allows = session.present ? session.allows : asked_.request.principal.kind != CallerKind::kFederatedUser;
  if (where_.same_account) {
    const bool direct = resource.strongest >= PrincipalMatch::kDirect;
    const bool by_issuer =
        resource.strongest == PrincipalMatch::kRole || resource.strongest == PrincipalMatch::kUserOfFederatedUser;
    if (direct || (by_issuer && boundary_allows && session_allows)) {
      Note(granting_, Layer::kResource);
      return;
    }
  }
  if (!where_.same_account || where_.needs_explicit_grant) Need(Layer::kResource, resource.strongest != PrincipalMatch::kNone);
  Need(Layer::kIdentity, identity.allows);
  if (boundary.present) Need(Layer::kBoundary, boundary.allows);
  if (session.present || !session_allows) Need(Layer::kSession, session_allows);
}

Decision Evaluation::Decide() {
  if (IsAlwaysAllowed(asked_.request.action)) return {.answer = Answer::kAllowed};
  const bool has_own_policies = where_.has_own_policies;
  const std::vector<PolicyLevel> none;
  const Verdict rcp = ReadLevels(Layer::kResourceControl, where_.limited_by_rcp ? policies_.rcp : none);
  const Verdict scp = ReadLevels(Layer::kServiceControl, where_.limited_by_scp ? policies_.scp : none);
  const Verdict vpc_endpoint = ReadOne(Layer::kVpcEndpoint, policies_.vpc_endpoint);
  const Verdict resource = ReadAll(Layer::kResource, policies_.resource);
  const Verdict identity = has_own_policies ? ReadIdentity() : Verdict{};
  const Verdict boundary = has_own_policies ? ReadOne(Layer::kBoundary, policies_.boundary) : Verdict{};
  const Verdict session = has_own_policies ? ReadAll(Layer::kSession, policies_.session) : Verdict{};
  if (rcp.denies || scp.denies || vpc_endpoint.denies || resource.denies || identity.denies || boundary.denies || session.denies) {
    return Finish(Answer::kExplicitlyDenied);
  }
  if (where_.crosses_partitions) {
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
