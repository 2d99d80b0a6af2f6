// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "cli/command.h"

namespace crossrole::cli {

std::optional<std::string> Arguments::Text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::optional<std::int64_t> Arguments::Integer(std::string_view name) const {
  const auto text = Text(name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

bool Arguments::Switch(std::string_view name) const { return Text(name) == "true"; }

std::vector<std::string> Arguments::Texts(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

}  // namespace crossrole::cli
