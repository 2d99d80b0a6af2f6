// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace crossrole::policy {

/// For which actions of one AssumeRole call the key `sts:ExternalId` exists.
enum class ExternalIdVisibility : std::uint8_t { kAssumeRoleOnly, kEveryAction };
/// A request with several values for a key that stands under an operator without `ForAllValues:` or `ForAnyValue:`.
enum class SeveralValues : std::uint8_t { kNeverMatch, kAnyMatches };
/// `ForAnyValue:…IfExists` on an absent key: `IfExists` says true, `ForAnyValue` says false.
enum class AnyValueIfExists : std::uint8_t { kTrue, kFalse };
/// A policy variable without default whose key is absent, under a negated operator.
enum class UnresolvedUnderNegation : std::uint8_t { kConditionFails, kConditionHolds };
/// A request value that is not of the operator's type (no ARN, number, date, address), under a negated operator.
enum class UncomparableUnderNegation : std::uint8_t { kConditionFails, kConditionHolds };
/// Whether root users may call AssumeRole.
enum class RootAssumesRoles : std::uint8_t { kNever, kAsOthers };

/// What AWS leaves undocumented, with our choices as defaults. Each is asked in one named function only, and listed
/// in docs/reference/policy-evaluation.md.
struct Undocumented {
  ExternalIdVisibility external_id = ExternalIdVisibility::kAssumeRoleOnly;
  SeveralValues several_values = SeveralValues::kNeverMatch;
  AnyValueIfExists any_value_if_exists = AnyValueIfExists::kTrue;
  UnresolvedUnderNegation unresolved = UnresolvedUnderNegation::kConditionFails;
  UncomparableUnderNegation uncomparable = UncomparableUnderNegation::kConditionFails;
  RootAssumesRoles root_assumes_roles = RootAssumesRoles::kNever;
};

/// Whether `sts:ExternalId` is in the context when `action` is authorised as part of AssumeRole.
bool IsExternalIdVisible(std::string_view action, ExternalIdVisibility visibility);

}  // namespace crossrole::policy
