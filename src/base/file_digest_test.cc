// SPDX-License-Identifier: Apache-2.0
#include "base/file_digest.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/crypto.h"

namespace crossrole::base {
namespace {

TEST(FileDigestTest, IsThatOfTheContentsWhateverTheirSize) {
  const std::string path = "/tmp/crossrole-digest-" + std::to_string(::getpid());
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1} << 20, (std::size_t{1} << 20) + 1, std::size_t{3'000'000}}) {
    const std::string text(size, 'a');
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(FileDigest(path).value_or(""), HexEncode(AsText(Sha256(text)))) << size;
  }
  std::filesystem::remove(path);
  EXPECT_FALSE(FileDigest(path).has_value());
}

}  // namespace
}  // namespace crossrole::base
