// SPDX-License-Identifier: Apache-2.0
#include "policy/document.h"

#include <algorithm>
#include <array>

namespace crossrole::policy {
namespace {

// In the order of `Operator`.
constexpr std::array<std::string_view, 27> kOperatorNames = {
    "StringEquals",          "StringNotEquals",    "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
    "StringLike",            "StringNotLike",      "NumericEquals",          "NumericNotEquals",
    "NumericLessThan",       "NumericLessThanEquals", "NumericGreaterThan",  "NumericGreaterThanEquals",
    "DateEquals",            "DateNotEquals",      "DateLessThan",           "DateLessThanEquals",
    "DateGreaterThan",       "DateGreaterThanEquals", "Bool",                "BinaryEquals",
    "IpAddress",             "NotIpAddress",       "ArnEquals",              "ArnNotEquals",
    "ArnLike",               "ArnNotLike",         "Null"};
static_assert(kOperatorNames.size() == static_cast<std::size_t>(Operator::kNull) + 1);

constexpr std::string_view kForAllValues = "ForAllValues:";
constexpr std::string_view kForAnyValue = "ForAnyValue:";
constexpr std::string_view kIfExists = "IfExists";

bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

bool IsJsonBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::string_view NameOf(Operator op) { return kOperatorNames.at(static_cast<std::size_t>(op)); }

std::string NameOf(const Condition& condition) {
  std::string name;
  if (condition.set == SetOperator::kForAllValues) name = kForAllValues;
  if (condition.set == SetOperator::kForAnyValue) name = kForAnyValue;
  name += NameOf(condition.op);
  if (condition.when_absent == WhenAbsent::kMatches) name += kIfExists;
  return name;
}

bool IsNegated(Operator op) {
  switch (op) {
    case Operator::kStringNotEquals:
    case Operator::kStringNotEqualsIgnoreCase:
    case Operator::kStringNotLike:
    case Operator::kNumericNotEquals:
    case Operator::kDateNotEquals:
    case Operator::kNotIpAddress:
    case Operator::kArnNotEquals:
    case Operator::kArnNotLike:
      return true;
    default:
      return false;
  }
}

std::string_view NameOf(PrincipalType type) {
  switch (type) {
    case PrincipalType::kAws:
      return "AWS";
    case PrincipalType::kFederated:
      return "Federated";
    case PrincipalType::kService:
      return "Service";
    case PrincipalType::kCanonicalUser:
      return "CanonicalUser";
  }
  return "";
}

bool ReadOperator(std::string_view name, Condition& condition) {
  condition.set = SetOperator::kNone;
  condition.when_absent = WhenAbsent::kOperatorDecides;
  if (name.starts_with(kForAllValues)) {
    condition.set = SetOperator::kForAllValues;
    name.remove_prefix(kForAllValues.size());
  } else if (name.starts_with(kForAnyValue)) {
    condition.set = SetOperator::kForAnyValue;
    name.remove_prefix(kForAnyValue.size());
  }
  if (name.ends_with(kIfExists)) {
    condition.when_absent = WhenAbsent::kMatches;
    name.remove_suffix(kIfExists.size());
  }
  const auto* const found = std::ranges::find(kOperatorNames, name);
  if (found == kOperatorNames.end()) return false;
  condition.op = static_cast<Operator>(found - kOperatorNames.begin());
  const bool decorated = condition.set != SetOperator::kNone || condition.when_absent == WhenAbsent::kMatches;
  return condition.op != Operator::kNull || !decorated;
}

std::size_t CountedSize(std::string_view text) {
  std::size_t count = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (IsContinuationByte(c) || (!in_string && IsJsonBlank(c))) continue;
    ++count;
    if (c == '"') {
      in_string = !in_string;
    } else if (c == '\\' && in_string && i + 1 < text.size()) {
      // The escaped character may be a quote, which must not end the string.
      ++i;
      if (!IsContinuationByte(text[i])) ++count;
    }
  }
  return count;
}

std::optional<std::size_t> SizeLimit(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::kIdentity:
    case DocumentKind::kBoundary:
      return kManagedPolicySize;
    case DocumentKind::kTrust:
      return kTrustPolicySize;
    case DocumentKind::kSession:
      return kSessionPolicySize;
    case DocumentKind::kServiceControl:
      return kServiceControlPolicySize;
    case DocumentKind::kResourceControl:
      return kResourceControlPolicySize;
    case DocumentKind::kResource:
      break;
  }
  return std::nullopt;
}

std::size_t SizeOf(std::string_view text, DocumentKind kind) {
  const bool white_space_counts =
      kind == DocumentKind::kSession || kind == DocumentKind::kServiceControl || kind == DocumentKind::kResourceControl;
  if (!white_space_counts) return CountedSize(text);
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, IsContinuationByte));
}

}  // namespace crossrole::policy
