// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "cli/command.h"
#include "cli/internal/resource.h"

namespace crossrole::cli {

/// What can be changed of a folder or connection.
inline constexpr auto kNodeFlags = std::to_array<Flag>({
    {"--handle", FlagKind::kText, "another handle, which then stays"},
    {"--settings", FlagKind::kText, "file with settings of its own; {} for those of the folder above"},
    {"--regions", FlagKind::kTexts, "region that is looked at, as in eu-*; an empty text for those of the folder above"},
    {"--share-with", FlagKind::kTexts, "id of a space that may use it besides; all; an empty text for none of its own"},
});

/// `<group> update NAME`: PATCH of what is given, and PUT of the share, after a look whether both would be taken; shows the node as it is
/// then.
int UpdateNode(const Context& context, const Arguments& arguments, const Resource& resource);

}  // namespace crossrole::cli
