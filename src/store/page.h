// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace crossrole::store {

/// Which part of a list is wanted. Lists are in the order of ids, which is the order of creation.
struct Page {
  std::size_t limit = 100;
  std::string after{};  // the id of the last object already seen; "" from the beginning
};

}  // namespace crossrole::store
