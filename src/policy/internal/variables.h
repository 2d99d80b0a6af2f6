// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/container/small_vector.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/context.h"

namespace crossrole::policy::internal {

/// Whether a part of a pattern is a wildcard or only text.
enum class Stars : bool { kAreWildcards, kAreText };

/// `text` with its `${key}`, `${key, 'default'}`, `${*}`, `${?}` and `${$}` replaced. With kAreWildcards the result uses
/// the bytes of `kExpanded` for `*` and `?` of `text` itself; what a variable holds is never a wildcard. Short texts need
/// no allocation. Source: IAM User Guide, "policy variables".
class Expansion {
 public:
  Expansion(std::string_view text, const ContextMap& context, Stars stars);

  /// Whether every variable has a single value or a default; else `text()` means nothing.
  bool is_complete() const { return complete_; }
  /// The result; lives as long as this.
  std::string_view text() const { return text_; }

 private:
  boost::container::small_vector<char, 256> buffer_;
  std::string_view text_;
  bool complete_ = true;
};

/// The same as a string; nothing when it is not complete.
std::optional<std::string> Expand(std::string_view text, const ContextMap& context, Stars stars);

/// Whether `text` may hold a variable.
inline bool HasVariable(std::string_view text) { return text.find("${") != std::string_view::npos; }

/// The keys of the variables of `text`, as written.
std::vector<std::string_view> VariableKeys(std::string_view text);

}  // namespace crossrole::policy::internal
