// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/random.h"
#include "model/external_id.h"
#include "policy/analyse.h"

namespace crossrole::integration {

/// What came of a probe. kUnknown: AWS gave no answer to the question (throttling, 5xx, time-out, clock).
enum class Observed : std::uint8_t { kAllowed, kDenied, kUnknown, kSkipped, kNotChecked };

/// "allowed", "denied", "unknown", "skipped" or "not_checked".
std::string_view NameOf(Observed observed);
/// "with_external_id", "without_external_id" …
std::string_view NameOf(policy::ProbeKind kind);
/// The five probes in the order of the contract.
inline constexpr std::array<policy::ProbeKind, 5> kProbeKinds = {
    policy::ProbeKind::kWithExternalId, policy::ProbeKind::kWithoutExternalId, policy::ProbeKind::kWrongExternalId,
    policy::ProbeKind::kChangedCase, policy::ProbeKind::kWithSuffix};

/// The external IDs that the probes of one value send; none where a probe makes no sense.
struct ProbeIds {
  std::string right;
  std::string wrong;
  std::optional<std::string> changed_case{};  // none: there are no letters
  std::optional<std::string> with_suffix{};   // none: STS takes nothing longer
  /// What the probe of `kind` sends; without_external_id sends none and is never skipped.
  std::optional<std::string> ValueFor(policy::ProbeKind kind) const;
  /// Whether the probe of `kind` is skipped.
  bool Skips(policy::ProbeKind kind) const;
};

/// Makes the probes of the value `right`, which is of `format`. wrong: the same shape with another tenant's id or
/// handle and a random rest; changed_case: every letter swapped; with_suffix: `x` appended. Of format per_run only the
/// tenant handle and the integration id are changed, so that the patterns offered refuse all of them.
ProbeIds MakeProbeIds(model::ExternalIdFormat format, std::string_view right, base::Random& random);

/// One probe with its answer. A negative probe runs as the full call and as the weakest one; either success counts.
struct ProbeOutcome {
  policy::ProbeKind kind = policy::ProbeKind::kWithExternalId;
  Observed observed = Observed::kUnknown;
  std::string aws_code{};  // AWS's own code when it refused or failed, e.g. "AccessDenied"
  std::string detail{};    // a sentence for people, never a secret; "" for none
};

/// What a negative probe amounts to: allowed if either call was; else unknown if either was; else denied.
Observed CombineCalls(Observed full, Observed weakest);
/// One set of five out of several (per_run: phases and stacks): positive allowed only if all are, negative allowed if
/// any is; unknown before denied for negative ones, denied before unknown for the positive one.
std::array<ProbeOutcome, 5> CombineSets(std::span<const std::array<ProbeOutcome, 5>> sets);

/// Whether the outcome is what the contract expects of this probe: the positive one allowed, the others denied, skipped
/// or (where negative probes are switched off) not checked.
bool IsAsExpected(const ProbeOutcome& outcome);

}  // namespace crossrole::integration
