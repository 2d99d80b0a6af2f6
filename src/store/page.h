// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace crossrole::store {

/// How many objects are read at a time where the whole of a list is wanted.
inline constexpr std::size_t kLongPage = 500;

/// Which part of a list is wanted. Lists are in the order of ids, which is the order of creation.
struct Page {
  std::size_t limit = 100;
  std::string after{};  // the id of the last object already seen; "" from the beginning
};

}  // namespace crossrole::store
