// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace crossrole::golden {

/// The whole file, "" when there is none.
inline std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Whether the test program was started with `--update-golden`, to write what it makes instead of comparing it.
inline bool IsUpdating() { return ReadAll("/proc/self/cmdline").contains(std::string("\0--update-golden\0", 17)); }

/// Compares `made` with the file at `path` (from the root of the repository), or writes it there.
inline void Expect(std::string_view path, std::string_view made) {
  const std::filesystem::path file = std::filesystem::path(CROSSROLE_SOURCE_DIR) / path;
  if (IsUpdating()) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << made;
    return;
  }
  EXPECT_EQ(ReadAll(file), made) << path
                                 << " is not what is made now; if that is meant, run the test with --update-golden";
}

}  // namespace crossrole::golden
