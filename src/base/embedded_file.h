// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace crossrole::base {

/// A file that the executable carries; made by `tools/embed.py`.
struct EmbeddedFile {
  std::string_view name;  // without its folder
  std::string_view text;
};

}  // namespace crossrole::base
