// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace crossrole::sim {

/// A place in a text, both counted from 1.
struct TextPosition {
  std::int32_t line = 1;
  std::int32_t column = 1;
};

/// Where a statement begins, and the place behind it.
struct StatementSpan {
  TextPosition start;
  TextPosition end;
};

/// Where the statement `index` of a policy document (well-formed JSON) stands in its text.
std::optional<StatementSpan> FindStatement(std::string_view document, std::size_t index);

}  // namespace crossrole::sim
