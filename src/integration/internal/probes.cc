// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/probes.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "model/ids.h"

namespace crossrole::integration {
namespace {

using policy::ProbeKind;

constexpr std::array<std::string_view, 5> kObserved = {"allowed", "denied", "unknown", "skipped", "not_checked"};
constexpr std::array<std::string_view, 5> kKinds = {"with_external_id", "without_external_id", "wrong_external_id",
                                                    "changed_case", "with_suffix"};
constexpr std::size_t kLongestExternalId = 1224;

// `text` with every letter and digit drawn anew from its own kind, so that its shape stays.
std::string Redraw(std::string_view text, base::Random& random) {
  constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') {
      c = kLower[random.Below(26)];
    } else if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(kLower[random.Below(26)] - 0x20);
    } else if (c >= '0' && c <= '9') {
      c = static_cast<char>('0' + random.Below(10));
    }
  }
  return out;
}

// An id of the same prefix with another ULID; of text that is none, the same shape.
std::string RedrawId(std::string_view text, base::Random& random) {
  const std::size_t underscore = text.find('_');
  if (underscore == std::string_view::npos || !model::IsIdText(text.substr(0, underscore), text))
    return Redraw(text, random);
  // The first character of a ULID is at most 7.
  return std::string(text.substr(0, underscore + 1)) + base::RandomText(random, "01234567", 1) +
         base::RandomText(random, base::kCrockford, 25);
}

std::string DrawWrong(model::ExternalIdFormat format, std::string_view right, base::Random& random) {
  if (format == model::ExternalIdFormat::kPerRun) {
    const auto parts = base::Split(right, '@');
    // A handle of one letter comes out the same now and then, and patterns bound to the handle may pass.
    std::string wrong = Redraw(parts[0], random);
    while (wrong == parts[0])
      wrong = RandomText(random, "abcdefghijklmnopqrstuvwxyz", std::max<std::size_t>(1, parts[0].size()));
    for (std::size_t i = 1; i < parts.size(); ++i) {
      wrong += "@" + (i == 1 ? RedrawId(parts[i], random) : std::string(parts[i]));
    }
    return wrong;
  }
  const std::size_t colon = right.find(':');
  if (format == model::ExternalIdFormat::kCustom || colon == std::string_view::npos) return Redraw(right, random);
  return RedrawId(right.substr(0, colon), random) + ":" + Redraw(right.substr(colon + 1), random);
}

// Applies `change` to what stands for tenant and integration: all of it, or the first two parts of a per_run value.
template <typename Change>
std::string ChangeIdentity(model::ExternalIdFormat format, std::string_view right, Change change) {
  if (format != model::ExternalIdFormat::kPerRun) return change(right);
  const auto parts = base::Split(right, '@');
  std::vector<std::string> changed;
  for (std::size_t i = 0; i < parts.size(); ++i) changed.push_back(i < 2 ? change(parts[i]) : std::string(parts[i]));
  return base::Join(changed, "@");
}

Observed CombineNegative(Observed a, Observed b) {
  for (const Observed wins : {Observed::kAllowed, Observed::kUnknown, Observed::kNotChecked, Observed::kDenied}) {
    if (a == wins || b == wins) return wins;
  }
  return Observed::kSkipped;
}

Observed CombinePositive(Observed a, Observed b) {
  for (const Observed wins : {Observed::kDenied, Observed::kUnknown, Observed::kNotChecked, Observed::kSkipped}) {
    if (a == wins || b == wins) return wins;
  }
  return Observed::kAllowed;
}

}  // namespace

std::string_view NameOf(Observed observed) { return kObserved.at(static_cast<std::size_t>(observed)); }

std::string_view NameOf(ProbeKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

std::optional<std::string> ProbeIds::ValueFor(ProbeKind kind) const {
  switch (kind) {
    case ProbeKind::kWithExternalId:
      return right;
    case ProbeKind::kWithoutExternalId:
      return std::nullopt;
    case ProbeKind::kWrongExternalId:
      return wrong;
    case ProbeKind::kChangedCase:
      return changed_case;
    case ProbeKind::kWithSuffix:
      return with_suffix;
  }
  return std::nullopt;
}

bool ProbeIds::Skips(ProbeKind kind) const {
  return (kind == ProbeKind::kChangedCase && !changed_case) || (kind == ProbeKind::kWithSuffix && !with_suffix);
}

ProbeIds MakeProbeIds(model::ExternalIdFormat format, std::string_view right, base::Random& random) {
  ProbeIds ids{.right = std::string(right), .wrong = DrawWrong(format, right, random)};
  // One in 10^40 for issued values; a custom one may be two characters long.
  while (ids.wrong == right)
    ids.wrong = RandomText(random, "abcdefghijklmnopqrstuvwxyz", std::max<std::size_t>(2, right.size()));
  ids.changed_case = ChangeIdentity(format, right, policy::SwapCase);
  if (ids.changed_case == right) ids.changed_case.reset();
  ids.with_suffix = ChangeIdentity(format, right, [](std::string_view text) { return std::string(text) + "x"; });
  if (ids.with_suffix->size() > kLongestExternalId) ids.with_suffix.reset();
  return ids;
}

Observed CombineCalls(Observed full, Observed weakest) { return CombineNegative(full, weakest); }

std::array<ProbeOutcome, 5> CombineSets(std::span<const std::array<ProbeOutcome, 5>> sets) {
  CHECK(!sets.empty());
  std::array<ProbeOutcome, 5> combined = sets.front();
  for (const auto& set : sets.subspan(1)) {
    for (std::size_t i = 0; i < combined.size(); ++i) {
      const bool positive = combined[i].kind == ProbeKind::kWithExternalId;
      const Observed both = positive ? CombinePositive(combined[i].observed, set[i].observed)
                                     : CombineNegative(combined[i].observed, set[i].observed);
      // The words go with the answer that decides.
      if (both != combined[i].observed) combined[i] = set[i];
    }
  }
  return combined;
}

bool IsAsExpected(const ProbeOutcome& outcome) {
  if (outcome.kind == ProbeKind::kWithExternalId) return outcome.observed == Observed::kAllowed;
  return outcome.observed == Observed::kDenied || outcome.observed == Observed::kSkipped ||
         outcome.observed == Observed::kNotChecked;
}

}  // namespace crossrole::integration
