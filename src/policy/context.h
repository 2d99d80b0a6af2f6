// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crossrole::policy {

/// Orders text without regard to ASCII case; looks up without allocation.
struct LessIgnoringCase {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

/// The condition keys of one request with their values. Names are compared without regard to case; values are text
/// (`true`, `1767323045`, `2026-01-02T03:04:05Z`). A key without values counts as absent.
class ContextMap {
 public:
  using Values = std::vector<std::string>;

  ContextMap() = default;
  /// From pairs, for tests and tables.
  ContextMap(std::initializer_list<std::pair<std::string, std::string>> entries);

  /// Sets a single-valued key.
  ContextMap& Set(std::string_view key, std::string value);
  /// Sets a multi-valued key.
  ContextMap& SetList(std::string_view key, Values values);
  /// Removes a key.
  void Erase(std::string_view key);
  /// The values of `key`, or nullptr when it is absent.
  const Values* Find(std::string_view key) const;
  /// All entries, sorted by name.
  const std::map<std::string, Values, LessIgnoringCase>& entries() const { return entries_; }

 private:
  std::map<std::string, Values, LessIgnoringCase> entries_;
};

}  // namespace crossrole::policy
