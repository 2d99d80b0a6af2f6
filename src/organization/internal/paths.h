// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crossrole::organization {

/// Whether `text` is the id of a root (`r-…`) or of an OU (`ou-…-…`). Source: Organizations API Reference, "Root", "OrganizationalUnit".
bool IsRootId(std::string_view text);
bool IsUnitId(std::string_view text);
/// The folder that `key` is in, from its path `o-…/r-…/ou-…/…/`, which ends with the key itself or before it; "" when the
/// path cannot be read.
std::string ParentInPath(std::string_view path, std::string_view key);
/// The same from several paths: the first that can be read.
std::string ParentInPaths(const std::vector<std::string>& paths, std::string_view key);

}  // namespace crossrole::organization
