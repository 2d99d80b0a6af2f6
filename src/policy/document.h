// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crossrole::policy {

/// Which rules a document is read by. Source: IAM User Guide, "IAM JSON policy elements reference".
enum class DocumentKind : std::uint8_t {
  kIdentity,         ///< Resource required, Principal refused
  kTrust,            ///< Principal required, Resource and NotPrincipal refused, only `sts:` actions
  kSession,          ///< as kIdentity
  kBoundary,         ///< as kIdentity
  kResource,         ///< Principal or (with Deny) NotPrincipal required
  kServiceControl,   ///< as kIdentity (SCP)
  kResourceControl,  ///< Principal `*` required (RCP)
};

/// The `Version` of a document; an absent one means 2008-10-17, where policy variables are literal text.
enum class Version : std::uint8_t { k2008, k2012 };
/// What a statement does when it matches.
enum class Effect : std::uint8_t { kAllow, kDeny };
/// Whether an element is there, and in which form: `Action` (kIs) or `NotAction` (kIsNot).
enum class Form : std::uint8_t { kAbsent, kIs, kIsNot };

/// `Action`/`NotAction` or `Resource`/`NotResource` with its patterns as written.
struct PatternElement {
  Form form = Form::kAbsent;
  std::vector<std::string> patterns;
  bool operator==(const PatternElement&) const = default;
};

/// The key under which a principal stands.
enum class PrincipalType : std::uint8_t { kAws, kFederated, kService, kCanonicalUser };

/// One principal of a statement. `"*"` is read as `{"AWS": "*"}`, which is the same to AWS.
struct PrincipalValue {
  PrincipalType type = PrincipalType::kAws;
  std::string text;
  bool operator==(const PrincipalValue&) const = default;
};

/// `Principal`/`NotPrincipal` with its values in order.
struct PrincipalElement {
  Form form = Form::kAbsent;
  std::vector<PrincipalValue> values;
  bool operator==(const PrincipalElement&) const = default;
};

/// What a condition compares. Source: IAM User Guide, "condition operators".
enum class Operator : std::uint8_t {
  kStringEquals,
  kStringNotEquals,
  kStringEqualsIgnoreCase,
  kStringNotEqualsIgnoreCase,
  kStringLike,
  kStringNotLike,
  kNumericEquals,
  kNumericNotEquals,
  kNumericLessThan,
  kNumericLessThanEquals,
  kNumericGreaterThan,
  kNumericGreaterThanEquals,
  kDateEquals,
  kDateNotEquals,
  kDateLessThan,
  kDateLessThanEquals,
  kDateGreaterThan,
  kDateGreaterThanEquals,
  kBool,
  kBinaryEquals,
  kIpAddress,
  kNotIpAddress,
  kArnEquals,
  kArnNotEquals,
  kArnLike,
  kArnNotLike,
  kNull,
};

/// `ForAllValues:` and `ForAnyValue:`.
enum class SetOperator : std::uint8_t { kNone, kForAllValues, kForAnyValue };
/// What an absent key means: the operator's own rule, or (`…IfExists`) true.
enum class WhenAbsent : std::uint8_t { kOperatorDecides, kMatches };

/// One operator on one key; all conditions of a statement must hold.
struct Condition {
  Operator op = Operator::kStringEquals;
  SetOperator set = SetOperator::kNone;
  WhenAbsent when_absent = WhenAbsent::kOperatorDecides;
  std::string key;                  // as written; compared without regard to case
  std::vector<std::string> values;  // numbers and booleans as their text
  bool operator==(const Condition&) const = default;
};

/// One statement.
struct Statement {
  std::string sid;  // "" when absent
  Effect effect = Effect::kDeny;
  PrincipalElement principal;
  PatternElement action;
  PatternElement resource;
  std::vector<Condition> conditions;
  bool operator==(const Statement&) const = default;
};

/// A parsed policy document; `==` compares what was written, `Equivalent` (print.h) what it means.
struct Document {
  Version version = Version::k2008;
  std::optional<std::string> id;
  std::vector<Statement> statements;
  bool operator==(const Document&) const = default;
};

/// The operator's name without prefix and suffix, e.g. "StringEquals".
std::string_view NameOf(Operator op);
/// The whole name as written in a document, e.g. "ForAnyValue:StringLikeIfExists".
std::string NameOf(const Condition& condition);
/// Whether the operator is true when no value matches (`StringNotEquals`, `NotIpAddress` …).
bool IsNegated(Operator op);
/// "AWS", "Federated", "Service" or "CanonicalUser".
std::string_view NameOf(PrincipalType type);
/// Reads a whole operator name into `op`, `set` and `when_absent` of `condition`; false when there is no such operator.
bool ReadOperator(std::string_view name, Condition& condition);

/// Characters of `text` as IAM counts them against its limits: white space between JSON tokens is free, white
/// space inside strings counts. Source: IAM User Guide, "IAM and AWS STS quotas" (strings: our choice).
std::size_t CountedSize(std::string_view text);

/// AWS's limit on one document of the kind, in characters as `SizeOf` counts them: for an identity policy and a boundary that
/// of a managed policy. Nothing for resource policies, whose limits are their services'. Defaults; some can be raised.
std::optional<std::size_t> SizeLimit(DocumentKind kind);

/// The size of a document as its limit is meant: session policies, SCPs and RCPs with all their white space, IAM's own
/// documents as `CountedSize`. Source: IAM and Organizations quotas.
std::size_t SizeOf(std::string_view text, DocumentKind kind);

/// Limits on documents, in characters. Source: IAM, Organizations and Identity Center quotas.
inline constexpr std::size_t kManagedPolicySize = 6144;
inline constexpr std::size_t kUserInlineSize = 2048;    // all inline policies of one user together
inline constexpr std::size_t kGroupInlineSize = 5120;   // … of one group
inline constexpr std::size_t kRoleInlineSize = 10240;   // … of one role
inline constexpr std::size_t kTrustPolicySize = 2048;   // default; AWS raises it on request
inline constexpr std::size_t kSessionPolicySize = 2048; // white space counts
inline constexpr std::size_t kServiceControlPolicySize = 10240;
inline constexpr std::size_t kResourceControlPolicySize = 5120;
inline constexpr std::size_t kPermissionSetInlineSize = 32768;
/// Limits on counts.
inline constexpr std::size_t kManagedPoliciesPerPrincipal = 10;  // default
inline constexpr std::size_t kManagedPolicyVersions = 5;
inline constexpr std::size_t kSessionPolicyArns = 10;
inline constexpr std::size_t kServiceControlPoliciesPerTarget = 10;
inline constexpr std::size_t kResourceControlPoliciesPerTarget = 5;  // with RCPFullAWSAccess

}  // namespace crossrole::policy
