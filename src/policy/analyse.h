// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/document.h"
#include "policy/trust.h"

namespace crossrole::policy {

/// What a trust document is asked: does it let `caller` in with the right external ID, and only so.
struct TrustQuestion {
  Principal caller;                             // whom customers trust
  std::string role_arn;                         // the role that carries the document
  std::vector<std::string> expected_ids;        // external IDs that must work; probes are made from the first
  std::vector<std::string> offered_patterns{};  // `StringLike` patterns handed out; what they cover is no other value
  std::string wrong_id{};                       // same shape, another tenant's id and a random rest; "" skips that probe
  std::map<std::string, std::string> tags{};    // as the call will be made
  std::optional<std::string> source_identity{};
  std::string session_name{};
  ContextMap context{};                         // other keys whose values are known
  Undocumented undocumented{};
};

/// The five questions about one external ID. Source: contract 4.1.1.
enum class ProbeKind : std::uint8_t { kWithExternalId, kWithoutExternalId, kWrongExternalId, kChangedCase, kWithSuffix };

/// What the document says to one probe. Conditions on keys that are not known count as fulfilled.
struct ProbeAnswer {
  ProbeKind kind = ProbeKind::kWithExternalId;
  std::optional<std::string> external_id{};
  bool full_call = false;     // the call as it will be made succeeds
  bool weakest_call = false;  // the call without tags and source identity succeeds
  bool allowed = false;       // positive probe: `full_call`; negative ones: either
  bool certain = false;       // allowed even if every condition on an unknown key goes against it
  std::vector<std::size_t> statements{};  // Allow statements that let sts:AssumeRole through, when allowed
};

/// Why a statement accepts a call without external ID.
enum class OpenBecause : std::uint8_t { kNoCondition, kIfExists, kForAllValues, kNegated, kNullTest };

/// An Allow statement that lets the caller in without external ID.
struct OpenStatement {
  std::size_t index = 0;
  OpenBecause because = OpenBecause::kNoCondition;
  bool certain = false;  // whatever the keys are that nobody knows
};

/// An external ID that is accepted and is not one of ours.
struct AcceptedValue {
  std::string value;    // a witness: this very value is accepted
  std::string pattern;  // the pattern it was made from; "" when no pattern is behind it
  std::vector<std::size_t> statements{};
  bool certain = false;  // whatever the keys are that nobody knows
};

/// A condition on sts:ExternalId.
struct ExternalIdCondition {
  std::size_t statement = 0;
  Effect effect = Effect::kAllow;
  Condition condition;
};

/// How a trusted principal relates to the caller and the role.
enum class Relation : std::uint8_t {
  kCaller,          ///< the caller itself
  kCallersAccount,  ///< the caller's account as a whole
  kCallersFellow,   ///< another principal of the caller's account
  kRolesAccount,    ///< the role's own account or a principal in it
  kStranger,        ///< another account or a principal in it
  kEveryone,        ///< `*`
  kDangling,        ///< a unique ID that is not the caller's: its user or role is gone
  kService,         ///< an AWS service
  kFederated,       ///< an identity provider
};

/// What keeps `*` from meaning everyone.
enum class WildcardLimit : std::uint8_t { kNone, kOrganization, kAccount, kPrincipal, kOther };

/// How a statement for an OIDC provider checks `…:sub`.
enum class SubjectCheck : std::uint8_t { kNotOidc, kMissing, kAnyValue, kPattern, kExact };

/// A principal that an Allow statement lets assume the role.
struct TrustedPrincipal {
  std::size_t statement = 0;
  PrincipalValue value;
  Relation relation = Relation::kStranger;
  WildcardLimit limit = WildcardLimit::kNone;            // for kEveryone
  SubjectCheck subject = SubjectCheck::kNotOidc;         // for kFederated
  std::vector<std::string> subject_patterns{};           // for kFederated: the values asked of `…:sub`
};

/// Everything that can be said about a trust document without calling AWS.
struct TrustAnalysis {
  std::vector<ProbeAnswer> probes{};  // without those that make no sense (no letters, no `wrong_id`)
  std::vector<std::string> missing_actions{};  // of the full call with the first expected ID
  std::vector<OpenStatement> open_statements{};
  std::vector<AcceptedValue> any_values{};    // accepted through patterns, or because any value is
  std::vector<AcceptedValue> other_values{};  // written out in the document
  bool ignores_case = false;                  // the expected ID is accepted with its letters' case swapped
  std::vector<ExternalIdCondition> external_id_conditions{};
  std::vector<TrustedPrincipal> principals{};
  std::vector<std::string> unknown_keys{};    // condition keys that decide too, and whose values are not known

  /// The answer to one kind of probe, or nullptr when it was skipped.
  const ProbeAnswer* Find(ProbeKind kind) const;
};

/// Judges `trust` by evaluating it, never by looking for words in it. Source: reference 1.6 items 9 and 10.
TrustAnalysis AnalyseTrust(const Document& trust, const TrustQuestion& question);

/// `text` with the case of every ASCII letter swapped.
std::string SwapCase(std::string_view text);

/// Whether STS would take `text` as an external ID (2–1224 of `[\w+=,.@:\/-]`).
bool IsExternalIdText(std::string_view text);

/// Principals that Allow statements of `trust` let assume the role, as seen by `caller`.
std::vector<TrustedPrincipal> TrustedPrincipals(const Document& trust, const Principal& caller, std::string_view role_arn);

/// What a trust policy of ours is made from.
struct TrustDesign {
  std::vector<std::string> principal_arns;        // at least one
  std::vector<std::string> external_ids{};       // exact values (`StringEquals`)
  std::vector<std::string> external_patterns{};  // patterns; with any, all are compared by `StringLike`
  std::vector<std::string> session_actions = {"sts:TagSession", "sts:SetSourceIdentity"};
};

/// The two-statement document: AssumeRole with the condition, the session actions without. Source: contract 4.2.
Document BuildTrust(const TrustDesign& design);

}  // namespace crossrole::policy
