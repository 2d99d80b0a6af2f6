// SPDX-License-Identifier: Apache-2.0
#include "organization/internal/paths.h"

#include <algorithm>

#include "base/text.h"

namespace crossrole::organization {
namespace {

bool IsPart(std::string_view text, std::size_t least) {
  return text.size() >= least && text.size() <= 32 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); });
}

}  // namespace

bool IsRootId(std::string_view text) { return text.starts_with("r-") && IsPart(text.substr(2), 4); }

bool IsUnitId(std::string_view text) {
  if (!text.starts_with("ou-")) return false;
  text.remove_prefix(3);
  const std::size_t dash = text.find('-');
  return dash != std::string_view::npos && IsPart(text.substr(0, dash), 4) && IsPart(text.substr(dash + 1), 8);
}

std::string ParentInPath(std::string_view path, std::string_view key) {
  std::vector<std::string_view> parts = base::Split(path, '/');
  while (!parts.empty() && parts.back().empty()) parts.pop_back();
  if (!parts.empty() && parts.back() == key) parts.pop_back();
  if (parts.empty()) return "";
  return IsRootId(parts.back()) || IsUnitId(parts.back()) ? std::string(parts.back()) : "";
}

std::string ParentInPaths(const std::vector<std::string>& paths, std::string_view key) {
  for (const std::string& path : paths) {
    if (std::string parent = ParentInPath(path, key); !parent.empty()) return parent;
  }
  return "";
}

}  // namespace crossrole::organization
