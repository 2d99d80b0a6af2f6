// SPDX-License-Identifier: Apache-2.0
#include "policy/internal/variables.h"

#include "base/text.h"
#include "policy/internal/glob.h"

namespace crossrole::policy::internal {
namespace {

struct Variable {
  std::string_view key;
  std::optional<std::string_view> fallback;
  std::size_t length = 0;  // of the whole `${…}`
};

// Reads the variable that `text` begins with; nothing when it is not one.
std::optional<Variable> ReadVariable(std::string_view text) {
  const std::size_t end_of_key = text.find_first_of(",}", 2);
  if (end_of_key == std::string_view::npos) return std::nullopt;
  Variable variable{.key = base::Trim(text.substr(2, end_of_key - 2))};
  if (text[end_of_key] == '}') {
    variable.length = end_of_key + 1;
    return variable;
  }
  const std::size_t open = text.find_first_not_of(' ', end_of_key + 1);
  if (open == std::string_view::npos || text[open] != '\'') return std::nullopt;
  const std::size_t close = text.find('\'', open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  const std::size_t brace = text.find_first_not_of(' ', close + 1);
  if (brace == std::string_view::npos || text[brace] != '}') return std::nullopt;
  variable.fallback = text.substr(open + 1, close - open - 1);
  variable.length = brace + 1;
  return variable;
}

std::optional<std::string_view> ValueOf(const Variable& variable, const ContextMap& context) {
  if (variable.key == "*" || variable.key == "?" || variable.key == "$") return variable.key;
  const ContextMap::Values* values = context.Find(variable.key);
  if (values != nullptr && values->size() == 1) return values->front();
  // A multi-valued key has no one text to put in; a default stands for an absent key only.
  return values == nullptr ? variable.fallback : std::nullopt;
}

// A value with the bytes that mean wildcards in expanded patterns is no UTF-8 and can equal nothing.
bool HoldsReservedBytes(std::string_view value) {
  return value.find(kExpanded.any_run) != std::string_view::npos || value.find(kExpanded.any_one) != std::string_view::npos;
}

}  // namespace

Expansion::Expansion(std::string_view text, const ContextMap& context, Stars stars) {
  const auto append = [this](std::string_view more) { buffer_.insert(buffer_.end(), more.begin(), more.end()); };
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i, 2) == "${") {
      if (const auto variable = ReadVariable(text.substr(i))) {
        const auto value = ValueOf(*variable, context);
        if (!value.has_value() || HoldsReservedBytes(*value)) {
          complete_ = false;
          return;
        }
        append(*value);
        i += variable->length;
        continue;
      }
    }
    const char c = text[i++];
    if (stars == Stars::kAreWildcards && c == kWritten.any_run) {
      buffer_.push_back(kExpanded.any_run);
    } else if (stars == Stars::kAreWildcards && c == kWritten.any_one) {
      buffer_.push_back(kExpanded.any_one);
    } else {
      buffer_.push_back(c);
    }
  }
  text_ = {buffer_.data(), buffer_.size()};
}

std::optional<std::string> Expand(std::string_view text, const ContextMap& context, Stars stars) {
  const Expansion expansion(text, context, stars);
  if (!expansion.is_complete()) return std::nullopt;
  return std::string(expansion.text());
}

std::vector<std::string_view> VariableKeys(std::string_view text) {
  std::vector<std::string_view> keys;
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at)) {
    const auto variable = ReadVariable(text.substr(at));
    at += variable.has_value() ? variable->length : 2;
    if (!variable.has_value() || variable->key == "*" || variable->key == "?" || variable->key == "$") continue;
    keys.push_back(variable->key);
  }
  return keys;
}

}  // namespace crossrole::policy::internal
