// SPDX-License-Identifier: Apache-2.0
#include "policy/condition.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/crypto.h"
#include "policy/internal/glob.h"
#include "policy/internal/values.h"
#include "policy/internal/variables.h"

namespace crossrole::policy {
namespace {

using internal::Case;
using internal::Stars;

enum class Compared { kDiffers, kMatches, kUnresolved };

Compared FromBool(bool matches) { return matches ? Compared::kMatches : Compared::kDiffers; }

// What kind of values an operator compares.
enum class Family { kString, kNumber, kDate, kBool, kBinary, kAddress, kArn };

Family FamilyOf(Operator op) {
  if (op <= Operator::kStringNotLike) return Family::kString;
  if (op <= Operator::kNumericGreaterThanEquals) return Family::kNumber;
  if (op <= Operator::kDateGreaterThanEquals) return Family::kDate;
  if (op == Operator::kBool) return Family::kBool;
  if (op == Operator::kBinaryEquals) return Family::kBinary;
  return op <= Operator::kNotIpAddress ? Family::kAddress : Family::kArn;
}

bool IsComparable(Family family, const std::string& value) {
  switch (family) {
    case Family::kString:
      return true;
    case Family::kNumber:
      return internal::ReadDecimal(value).has_value();
    case Family::kDate:
      return internal::ReadDate(value).has_value();
    case Family::kBool:
      return internal::ReadBool(value).has_value();
    case Family::kBinary:
      return base::Base64Decode(value).has_value();
    case Family::kAddress:
      return internal::ReadNetwork(value).has_value();
    case Family::kArn:
      return internal::SplitArn(value).has_value();
  }
  return false;
}

bool UsesOrder(Operator op, std::strong_ordering order) {
  switch (op) {
    case Operator::kNumericLessThan:
    case Operator::kDateLessThan:
      return order < 0;
    case Operator::kNumericLessThanEquals:
    case Operator::kDateLessThanEquals:
      return order <= 0;
    case Operator::kNumericGreaterThan:
    case Operator::kDateGreaterThan:
      return order > 0;
    case Operator::kNumericGreaterThanEquals:
    case Operator::kDateGreaterThanEquals:
      return order >= 0;
    default:
      return order == 0;
  }
}

char LowerOf(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Documents hold no character beyond U+00FF, so that ASCII and À–Þ (C3 80–C3 9E, but not ×) are all there is.
bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto lower = [](std::string_view text, std::size_t i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool in_latin1 = i > 0 && static_cast<unsigned char>(text[i - 1]) == 0xC3;
    if (in_latin1 && byte >= 0x80 && byte <= 0x9E && byte != 0x97) return static_cast<char>(byte + 0x20);
    return LowerOf(text[i]);
  };
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a, i) != lower(b, i)) return false;
  }
  return true;
}

// Compares one value of the request with one of the policy.
class Comparison {
 public:
  Comparison(Operator op, const ContextMap& context, Version version) : op_(op), context_(context), version_(version) {}

  Compared Compare(const std::string& wanted, const std::string& given) const {
    switch (FamilyOf(op_)) {
      case Family::kString:
        return CompareText(wanted, given);
      case Family::kNumber:
        return CompareRead(internal::ReadDecimal(wanted), internal::ReadDecimal(given));
      case Family::kDate:
        return CompareRead(internal::ReadDate(wanted), internal::ReadDate(given));
      case Family::kBool:
        return CompareBool(wanted, given);
      case Family::kBinary:
        return CompareBinary(wanted, given);
      case Family::kAddress:
        return CompareAddress(wanted, given);
      case Family::kArn:
        return CompareArn(wanted, given);
    }
    return Compared::kDiffers;
  }

 private:
  bool HasVariable(const std::string& text) const { return version_ == Version::k2012 && internal::HasVariable(text); }

  Compared CompareText(const std::string& wanted, const std::string& given) const {
    const bool like = op_ == Operator::kStringLike || op_ == Operator::kStringNotLike;
    if (!HasVariable(wanted)) return FromBool(TextMatches(wanted, given, internal::kWritten));
    const auto expanded = internal::Expand(wanted, context_, like ? Stars::kAreWildcards : Stars::kAreText);
    if (!expanded.has_value()) return Compared::kUnresolved;
    return FromBool(TextMatches(*expanded, given, internal::kExpanded));
  }

  bool TextMatches(std::string_view wanted, std::string_view given, internal::Wildcards wildcards) const {
    switch (op_) {
      case Operator::kStringLike:
      case Operator::kStringNotLike:
        return internal::Glob(wanted, given, wildcards);
      case Operator::kStringEqualsIgnoreCase:
      case Operator::kStringNotEqualsIgnoreCase:
        return EqualsIgnoringCase(wanted, given);
      default:
        return wanted == given;
    }
  }

  template <typename T>
  Compared CompareRead(const std::optional<T>& wanted, const std::optional<T>& given) const {
    if (!wanted.has_value() || !given.has_value()) return Compared::kDiffers;
    return FromBool(UsesOrder(op_, *given <=> *wanted));
  }

  Compared CompareBool(const std::string& wanted, const std::string& given) const {
    std::optional<std::string> expanded;
    if (HasVariable(wanted)) {
      expanded = internal::Expand(wanted, context_, Stars::kAreText);
      if (!expanded.has_value()) return Compared::kUnresolved;
    }
    const auto truth = internal::ReadBool(expanded.has_value() ? *expanded : wanted);
    return FromBool(truth.has_value() && truth == internal::ReadBool(given));
  }

  static Compared CompareBinary(const std::string& wanted, const std::string& given) {
    const auto a = base::Base64Decode(wanted);
    const auto b = base::Base64Decode(given);
    return FromBool(a.has_value() && b.has_value() && *a == *b);
  }

  static Compared CompareAddress(const std::string& wanted, const std::string& given) {
    const auto network = internal::ReadNetwork(wanted);
    const auto address = internal::ReadNetwork(given);
    return FromBool(network.has_value() && address.has_value() && internal::Contains(*network, *address));
  }

  Compared CompareArn(const std::string& wanted, const std::string& given) const {
    if (!HasVariable(wanted)) return FromBool(internal::GlobArn(wanted, given, internal::kWritten));
    const auto expanded = internal::Expand(wanted, context_, Stars::kAreWildcards);
    if (!expanded.has_value()) return Compared::kUnresolved;
    return FromBool(internal::GlobArn(*expanded, given, internal::kExpanded));
  }

  Operator op_;
  const ContextMap& context_;
  Version version_;
};

bool UnresolvedHolds(UnresolvedUnderNegation choice) { return choice == UnresolvedUnderNegation::kConditionHolds; }

bool UncomparableHolds(UncomparableUnderNegation choice) { return choice == UncomparableUnderNegation::kConditionHolds; }

bool AbsentHoldsForAnyValue(AnyValueIfExists choice) { return choice == AnyValueIfExists::kTrue; }

// One value of the request against all values of the policy: any for a positive operator, none for a negated one.
bool HoldsFor(const std::string& given, const Condition& condition, const Comparison& comparison, const Undocumented& choices) {
  const bool negated = IsNegated(condition.op);
  if (negated && !IsComparable(FamilyOf(condition.op), given)) return UncomparableHolds(choices.uncomparable);
  bool unresolved = false;
  for (const std::string& wanted : condition.values) {
    const Compared compared = comparison.Compare(wanted, given);
    if (compared == Compared::kMatches) return !negated;
    unresolved = unresolved || compared == Compared::kUnresolved;
  }
  if (!negated) return false;
  return !unresolved || UnresolvedHolds(choices.unresolved);
}

bool SeveralValuesHold(const ContextMap::Values& given, const Condition& condition, const Comparison& comparison,
                       const Undocumented& choices) {
  if (choices.several_values == SeveralValues::kNeverMatch) return false;
  return std::ranges::any_of(given, [&](const std::string& value) { return HoldsFor(value, condition, comparison, choices); });
}

bool HoldsNull(const Condition& condition, bool absent) {
  return std::ranges::any_of(condition.values, [&](const std::string& value) { return internal::ReadBool(value) == absent; });
}

bool IsNullSet(const ContextMap::Values* given) {
  return given == nullptr || std::ranges::all_of(*given, [](const std::string& value) { return value.empty(); });
}

}  // namespace

bool IsExternalIdVisible(std::string_view action, ExternalIdVisibility visibility) {
  return visibility == ExternalIdVisibility::kEveryAction || action == "sts:AssumeRole";
}

bool Holds(const Condition& condition, const ContextMap& context, Version version, const Undocumented& choices) {
  const ContextMap::Values* given = context.Find(condition.key);
  if (condition.op == Operator::kNull) return HoldsNull(condition, given == nullptr);
  const Comparison comparison(condition.op, context, version);
  const auto holds_for = [&](const std::string& value) { return HoldsFor(value, condition, comparison, choices); };
  switch (condition.set) {
    case SetOperator::kForAllValues:
      return IsNullSet(given) || std::ranges::all_of(*given, holds_for);
    case SetOperator::kForAnyValue:
      if (given == nullptr && condition.when_absent == WhenAbsent::kMatches) {
        return AbsentHoldsForAnyValue(choices.any_value_if_exists);
      }
      return !IsNullSet(given) && std::ranges::any_of(*given, holds_for);
    case SetOperator::kNone:
      break;
  }
  if (given == nullptr) return condition.when_absent == WhenAbsent::kMatches || IsNegated(condition.op);
  if (given->size() > 1) return SeveralValuesHold(*given, condition, comparison, choices);
  return holds_for(given->front());
}

bool HoldAll(const std::vector<Condition>& conditions, const ContextMap& context, Version version, const Undocumented& choices) {
  return std::ranges::all_of(conditions, [&](const Condition& one) { return Holds(one, context, version, choices); });
}

}  // namespace crossrole::policy
