// SPDX-License-Identifier: Apache-2.0
#include "policy/condition.h"

#include <algorithm>
#include <array>
#include <string>
#include <variant>

#include "policy/internal/applies.h"
#include "policy/internal/glob.h"
#include "policy/internal/prepared.h"
#include "policy/internal/variables.h"

namespace crossrole::policy {
namespace {

using internal::ArnParts;
using internal::Case;
using internal::Family;
using internal::PreparedValue;
using internal::Reading;
using internal::Stars;

enum class Compared { kDiffers, kMatches, kUnresolved };

Compared FromBool(bool matches) { return matches ? Compared::kMatches : Compared::kDiffers; }

// A value of the request, read as the operator's family reads it.
struct Given {
  std::string_view text;
  Reading reading;
};

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

bool GlobParts(const ArnParts& wanted, const ArnParts& given, internal::Wildcards wildcards) {
  // What tells ARNs apart most often comes first.
  constexpr std::array<std::size_t, 6> kOrder = {5, 4, 2, 3, 1, 0};
  return std::ranges::all_of(kOrder, [&](std::size_t i) { return internal::Glob(wanted.at(i), given.at(i), wildcards); });
}

// Compares one value of the request with one of the policy.
class Comparison {
 public:
  Comparison(Operator op, const ContextMap& context) : op_(op), family_(internal::FamilyOf(op)), context_(context) {}

  Family family() const { return family_; }

  Compared Compare(const PreparedValue& wanted, const Given& given) const {
    switch (family_) {
      case Family::kString:
        return CompareText(wanted, given.text);
      case Family::kNumber:
        return CompareRead<internal::Decimal>(wanted, given);
      case Family::kDate:
        return CompareRead<std::int64_t>(wanted, given);
      case Family::kBool:
        return CompareBool(wanted, given);
      case Family::kBinary:
        return CompareRead<std::string>(wanted, given);
      case Family::kAddress:
        return CompareAddress(wanted, given);
      case Family::kArn:
        return CompareArn(wanted, given);
    }
    return Compared::kDiffers;
  }

 private:
  Compared CompareText(const PreparedValue& wanted, std::string_view given) const {
    const bool like = op_ == Operator::kStringLike || op_ == Operator::kStringNotLike;
    if (!wanted.has_variable) return FromBool(TextMatches(wanted.text, given, internal::kWritten));
    const internal::Expansion expanded(wanted.text, context_, like ? Stars::kAreWildcards : Stars::kAreText);
    if (!expanded.is_complete()) return Compared::kUnresolved;
    return FromBool(TextMatches(expanded.text(), given, internal::kExpanded));
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
  Compared CompareRead(const PreparedValue& wanted, const Given& given) const {
    const T* a = std::get_if<T>(&wanted.reading);
    const T* b = std::get_if<T>(&given.reading);
    if (a == nullptr || b == nullptr) return Compared::kDiffers;
    return FromBool(UsesOrder(op_, *b <=> *a));
  }

  Compared CompareBool(const PreparedValue& wanted, const Given& given) const {
    if (!wanted.has_variable) return CompareRead<bool>(wanted, given);
    const internal::Expansion expanded(wanted.text, context_, Stars::kAreText);
    if (!expanded.is_complete()) return Compared::kUnresolved;
    return CompareRead<bool>({.reading = internal::ReadAs(family_, expanded.text())}, given);
  }

  static Compared CompareAddress(const PreparedValue& wanted, const Given& given) {
    const auto* network = std::get_if<internal::Network>(&wanted.reading);
    const auto* address = std::get_if<internal::Network>(&given.reading);
    return FromBool(network != nullptr && address != nullptr && internal::Contains(*network, *address));
  }

  Compared CompareArn(const PreparedValue& wanted, const Given& given) const {
    if (wanted.has_variable) {
      const internal::Expansion expanded(wanted.text, context_, Stars::kAreWildcards);
      if (!expanded.is_complete()) return Compared::kUnresolved;
      return FromBool(internal::GlobArn(expanded.text(), given.text, internal::kExpanded));
    }
    if (wanted.text == "*") return Compared::kMatches;
    const auto* pattern = std::get_if<ArnParts>(&wanted.reading);
    const auto* arn = std::get_if<ArnParts>(&given.reading);
    return FromBool(pattern != nullptr && arn != nullptr && GlobParts(*pattern, *arn, internal::kWritten));
  }

  Operator op_;
  Family family_;
  const ContextMap& context_;
};

// The values of one condition; read beforehand, or else one by one when they are needed.
class WantedValues {
 public:
  WantedValues(const Condition& condition, const std::vector<PreparedValue>* prepared, Version version)
      : condition_(condition), prepared_(prepared), version_(version), family_(internal::FamilyOf(condition.op)) {}

  std::size_t size() const { return condition_.values.size(); }
  const PreparedValue& at(std::size_t i, PreparedValue& scratch) const {
    if (prepared_ != nullptr) return (*prepared_)[i];
    return scratch = internal::PrepareValue(family_, condition_.values[i], version_);
  }

 private:
  const Condition& condition_;
  const std::vector<PreparedValue>* prepared_;
  Version version_;
  Family family_;
};

bool UnresolvedHolds(UnresolvedUnderNegation choice) { return choice == UnresolvedUnderNegation::kConditionHolds; }

bool UncomparableHolds(UncomparableUnderNegation choice) { return choice == UncomparableUnderNegation::kConditionHolds; }

bool AbsentHoldsForAnyValue(AnyValueIfExists choice) { return choice == AnyValueIfExists::kTrue; }

// What one condition needs to be decided.
struct Question {
  const Condition& condition;
  const WantedValues& wanted;
  const Comparison& comparison;
  const Undocumented& choices;
};

// One value of the request against all values of the policy: any for a positive operator, none for a negated one.
bool HoldsFor(const std::string& text, const Question& asked) {
  const bool negated = IsNegated(asked.condition.op);
  const Family family = asked.comparison.family();
  const Given given{.text = text, .reading = internal::ReadAs(family, text)};
  const bool comparable = family == Family::kString || !std::holds_alternative<std::monostate>(given.reading);
  if (negated && !comparable) return UncomparableHolds(asked.choices.uncomparable);
  bool unresolved = false;
  PreparedValue scratch;
  for (std::size_t i = 0; i < asked.wanted.size(); ++i) {
    const Compared compared = asked.comparison.Compare(asked.wanted.at(i, scratch), given);
    if (compared == Compared::kMatches) return !negated;
    unresolved = unresolved || compared == Compared::kUnresolved;
  }
  if (!negated) return false;
  return !unresolved || UnresolvedHolds(asked.choices.unresolved);
}

bool SeveralValuesHold(const ContextMap::Values& given, const Question& asked) {
  if (asked.choices.several_values == SeveralValues::kNeverMatch) return false;
  return std::ranges::any_of(given, [&](const std::string& value) { return HoldsFor(value, asked); });
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

namespace internal {

bool HoldsPrepared(const Condition& condition, const std::vector<PreparedValue>* prepared, const ContextMap& context,
                   Version version, const Undocumented& choices) {
  const ContextMap::Values* given = context.Find(condition.key);
  if (condition.op == Operator::kNull) return HoldsNull(condition, given == nullptr);
  const Comparison comparison(condition.op, context);
  const WantedValues wanted(condition, prepared, version);
  const Question asked{.condition = condition, .wanted = wanted, .comparison = comparison, .choices = choices};
  const auto holds_for = [&](const std::string& value) { return HoldsFor(value, asked); };
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
  if (given->size() > 1) return SeveralValuesHold(*given, asked);
  return holds_for(given->front());
}

}  // namespace internal

bool Holds(const Condition& condition, const ContextMap& context, Version version, const Undocumented& choices) {
  return internal::HoldsPrepared(condition, nullptr, context, version, choices);
}

bool HoldAll(const std::vector<Condition>& conditions, const ContextMap& context, Version version, const Undocumented& choices) {
  return std::ranges::all_of(conditions, [&](const Condition& one) { return Holds(one, context, version, choices); });
}

}  // namespace crossrole::policy
