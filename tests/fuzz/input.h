// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace crossrole::fuzz {

/// The bytes that libFuzzer gives, as text.
inline std::string_view TextOf(const std::uint8_t* data, std::size_t size) {
  // An empty input may come as a null pointer, which string_view may not be built from by every library.
  return size == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data), size);
}

/// Ends the run as a finding when `holds` is false.
inline void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace crossrole::fuzz
