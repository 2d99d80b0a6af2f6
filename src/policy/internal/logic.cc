// SPDX-License-Identifier: Apache-2.0
#include "policy/internal/logic.h"

#include <algorithm>
#include <iterator>

namespace crossrole::policy::internal {
namespace {

using Kind = Residual::Kind;

bool AreOpposite(const Residual& a, const Residual& b) {
  return (a.kind == Kind::kNot && a.parts.front() == b) || (b.kind == Kind::kNot && b.parts.front() == a);
}

// `neutral` changes nothing, its opposite decides; parts of the same kind are taken in.
Residual Join(Kind kind, std::vector<Residual> parts) {
  const Kind neutral = kind == Kind::kAll ? Kind::kTrue : Kind::kFalse;
  std::vector<Residual> kept;
  const auto add = [&](Residual part) {
    if (part.kind != neutral && std::ranges::find(kept, part) == kept.end()) kept.push_back(std::move(part));
  };
  for (Residual& part : parts) {
    if (part.kind == kind) {
      for (Residual& inner : part.parts) add(std::move(inner));
    } else {
      add(std::move(part));
    }
  }
  const auto decides = [&](const Residual& part) {
    return part.is_constant() || std::ranges::any_of(kept, [&](const Residual& other) { return AreOpposite(part, other); });
  };
  if (std::ranges::any_of(kept, decides)) return Constant(kind == Kind::kAny);
  if (kept.empty()) return Constant(kind == Kind::kAll);
  if (kept.size() == 1) return std::move(kept.front());
  return {.kind = kind, .parts = std::move(kept)};
}

}  // namespace

Residual Constant(bool value) { return {.kind = value ? Kind::kTrue : Kind::kFalse}; }

Residual All(std::vector<Residual> parts) { return Join(Kind::kAll, std::move(parts)); }

Residual Any(std::vector<Residual> parts) { return Join(Kind::kAny, std::move(parts)); }

Residual Not(Residual part) {
  if (part.is_constant()) return Constant(part.kind == Kind::kFalse);
  if (part.kind == Kind::kNot) {
    Residual inner = std::move(part.parts.front());
    return inner;
  }
  Residual negation{.kind = Kind::kNot};
  negation.parts.push_back(std::move(part));
  return negation;
}

}  // namespace crossrole::policy::internal
