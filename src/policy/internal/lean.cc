// SPDX-License-Identifier: Apache-2.0
#include "policy/internal/lean.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace crossrole::policy::internal {
namespace {

// An action that nothing is called.
void Silence(Statement& statement) { statement.action = {.form = Form::kIs, .patterns = {}}; }

}  // namespace

Document TakeUnknown(const Document& document, Lean lean, const IsKnown& is_known) {
  Document taken = document;
  for (Statement& statement : taken.statements) {
    const auto unknown = [&](const Condition& condition) { return !is_known(condition.key); };
    const bool drop_conditions = (statement.effect == Effect::kAllow) == (lean == Lean::kTowardsAllow);
    if (drop_conditions) {
      std::erase_if(statement.conditions, unknown);
    } else if (std::ranges::any_of(statement.conditions, unknown)) {
      Silence(statement);
    }
  }
  return taken;
}

std::vector<std::string> UnknownKeys(const Document& document, const IsKnown& is_known) {
  std::set<std::string> keys;
  for (const Statement& statement : document.statements) {
    for (const Condition& condition : statement.conditions) {
      if (!is_known(condition.key)) keys.insert(base::Lower(condition.key));
    }
  }
  return {keys.begin(), keys.end()};
}

Document OnlyAllowing(const Document& document, std::size_t index) {
  Document only = document;
  for (std::size_t i = 0; i < only.statements.size(); ++i) {
    if (i != index && only.statements[i].effect == Effect::kAllow) Silence(only.statements[i]);
  }
  return only;
}

std::vector<std::string> Witnesses(std::string_view pattern) {
  constexpr std::array<std::string_view, 4> kRuns = {"", "x", "0z9", "Crossrole:other/0"};
  constexpr std::array<char, 2> kOnes = {'x', '0'};
  std::vector<std::string> texts;
  for (const std::string_view run : kRuns) {
    for (const char one : kOnes) {
      std::string text;
      for (const char c : pattern) {
        if (c == '*') {
          text += run;
        } else {
          text += c == '?' ? one : c;
        }
      }
      texts.push_back(std::move(text));
    }
  }
  return texts;
}

}  // namespace crossrole::policy::internal
