// SPDX-License-Identifier: Apache-2.0
#include "policy/internal/prepared.h"

#include <algorithm>
#include <set>

#include "base/crypto.h"
#include "base/text.h"
#include "policy/context.h"
#include "policy/internal/glob.h"
#include "policy/internal/lean.h"
#include "policy/internal/variables.h"

namespace crossrole::policy::internal {
namespace {

template <typename T>
Reading ReadingOf(const std::optional<T>& value) {
  return value.has_value() ? Reading(*value) : Reading();
}

PreparedStatement Prepare(const Statement& statement, Version version) {
  PreparedStatement prepared;
  for (const std::string& pattern : statement.action.patterns) prepared.actions.push_back(PrepareAction(pattern));
  for (const std::string& pattern : statement.resource.patterns) prepared.resources.push_back(PrepareArn(pattern, version));
  for (const Condition& condition : statement.conditions) {
    std::vector<PreparedValue>& values = prepared.conditions.emplace_back();
    for (const std::string& value : condition.values) values.push_back(PrepareValue(FamilyOf(condition.op), value, version));
  }
  return prepared;
}

// What all patterns have in common before their first wildcard or variable.
std::string_view BeginningOf(const PatternElement& resource) {
  if (resource.form != Form::kIs || resource.patterns.empty()) return "";
  std::string_view common = resource.patterns.front();
  for (const std::string_view pattern : resource.patterns) {
    const std::string_view fixed = pattern.substr(0, pattern.find_first_of("*?$"));
    const auto differs = std::ranges::mismatch(common, fixed);
    common = common.substr(0, static_cast<std::size_t>(differs.in1 - common.begin()));
  }
  return common;
}

// Whether the statement can match actions of services that it does not name.
bool IsOfAnyService(const Statement& statement, const PreparedStatement& prepared) {
  return statement.action.form != Form::kIs || std::ranges::any_of(prepared.actions, [](const ActionPattern& pattern) {
           return pattern.shape == ActionPattern::Shape::kEverything || pattern.any_service;
         });
}

bool NamesService(const PreparedStatement& prepared, std::string_view service) {
  return std::ranges::any_of(prepared.actions, [&](const ActionPattern& pattern) {
    return pattern.shape != ActionPattern::Shape::kNothing && base::EqualsIgnoreCase(pattern.service, service);
  });
}

bool IsBefore(std::string_view a, std::string_view b) { return LessIgnoringCase()(a, b); }

}  // namespace

Family FamilyOf(Operator op) {
  if (op <= Operator::kStringNotLike || op == Operator::kNull) return Family::kString;
  if (op <= Operator::kNumericGreaterThanEquals) return Family::kNumber;
  if (op <= Operator::kDateGreaterThanEquals) return Family::kDate;
  if (op == Operator::kBool) return Family::kBool;
  if (op == Operator::kBinaryEquals) return Family::kBinary;
  return op <= Operator::kNotIpAddress ? Family::kAddress : Family::kArn;
}

bool TakesVariables(Family family) {
  return family == Family::kString || family == Family::kBool || family == Family::kArn;
}

Reading ReadAs(Family family, std::string_view text) {
  switch (family) {
    case Family::kString:
      break;
    case Family::kNumber:
      return ReadingOf(ReadDecimal(text));
    case Family::kDate:
      return ReadingOf(ReadDate(text));
    case Family::kBool:
      return ReadingOf(ReadBool(text));
    case Family::kBinary:
      if (auto bytes = base::Base64Decode(text)) return *std::move(bytes);
      break;
    case Family::kAddress:
      return ReadingOf(ReadNetwork(text));
    case Family::kArn:
      return ReadingOf(SplitArn(text));
  }
  return {};
}

PreparedValue PrepareValue(Family family, std::string_view text, Version version) {
  PreparedValue value{.text = text};
  value.has_variable = version == Version::k2012 && TakesVariables(family) && HasVariable(text);
  if (!value.has_variable) value.reading = ReadAs(family, text);
  return value;
}

std::optional<ActionName> SplitAction(std::string_view action) {
  const std::size_t colon = action.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return ActionName{.service = action.substr(0, colon), .name = action.substr(colon + 1)};
}

ActionPattern PrepareAction(std::string_view pattern) {
  using Shape = ActionPattern::Shape;
  if (pattern == "*") return {.shape = Shape::kEverything};
  const auto parts = SplitAction(pattern);
  if (!parts.has_value()) return {};
  ActionPattern prepared{.any_service = parts->service == "*", .service = parts->service, .name = parts->name};
  prepared.shape = parts->name == "*" ? Shape::kWholeService : HasWildcard(parts->name) ? Shape::kPattern : Shape::kLiteral;
  return prepared;
}

bool Covers(const ActionPattern& pattern, const std::optional<ActionName>& action) {
  using Shape = ActionPattern::Shape;
  if (pattern.shape == Shape::kEverything) return true;
  if (pattern.shape == Shape::kNothing || !action.has_value()) return false;
  if (!pattern.any_service && !base::EqualsIgnoreCase(pattern.service, action->service)) return false;
  if (pattern.shape == Shape::kWholeService) return true;
  if (pattern.shape == Shape::kLiteral) return base::EqualsIgnoreCase(pattern.name, action->name);
  return Glob(pattern.name, action->name, kWritten, Case::kIgnored);
}

ArnPattern PrepareArn(std::string_view pattern, Version version) {
  using Shape = ArnPattern::Shape;
  ArnPattern prepared{.text = pattern};
  prepared.has_variable = version == Version::k2012 && HasVariable(pattern);
  if (!prepared.has_variable && pattern == "*") {
    prepared.shape = Shape::kEverything;
  } else if (!prepared.has_variable && !HasWildcard(pattern)) {
    prepared.shape = Shape::kLiteral;
  } else if (const auto parts = SplitArn(pattern)) {
    prepared.shape = Shape::kParts;
    prepared.beginning = pattern.substr(0, std::min(pattern.find('*'), pattern.find('?')));
    prepared.parts = *parts;
  }
  return prepared;
}

Core::Core(Document document, std::string address) : document_(std::move(document)), address_(std::move(address)) {
  statements_.reserve(document_.statements.size());
  for (const Statement& statement : document_.statements) {
    statements_.push_back(Prepare(statement, document_.version));
    beginnings_.push_back(BeginningOf(statement.resource));
  }
  IndexServices();
}

void Core::IndexServices() {
  std::set<std::string> services;
  for (std::size_t i = 0; i < statements_.size(); ++i) {
    if (IsOfAnyService(document_.statements[i], statements_[i])) {
      of_other_services_.push_back(static_cast<std::uint32_t>(i));
      continue;
    }
    for (const ActionPattern& pattern : statements_[i].actions) services.insert(base::Lower(pattern.service));
  }
  for (const std::string& service : services) {
    std::vector<std::uint32_t> indexes;
    for (std::size_t i = 0; i < statements_.size(); ++i) {
      if (IsOfAnyService(document_.statements[i], statements_[i]) || NamesService(statements_[i], service)) {
        indexes.push_back(static_cast<std::uint32_t>(i));
      }
    }
    by_service_.emplace_back(service, std::move(indexes));
  }
}

std::span<const std::uint32_t> Core::Candidates(std::string_view service) const {
  const auto found = std::ranges::lower_bound(by_service_, service, IsBefore, [](const auto& entry) { return std::string_view(entry.first); });
  if (found != by_service_.end() && base::EqualsIgnoreCase(found->first, service)) return found->second;
  return of_other_services_;
}

}  // namespace crossrole::policy::internal
