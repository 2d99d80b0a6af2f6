// SPDX-License-Identifier: Apache-2.0
// password (--count N | --milliseconds T): a password checked against its hash by libsodium alone, with the parameters of
// the server, at the priority of this process.
#include <sodium.h>

#include <array>
#include <chrono>
#include <string_view>

#include "base/result.h"
#include "commands.h"
#include "load.h"
#include "tenancy/password.h"

namespace crossrole::bench {

boost::json::object RunPassword(const Arguments& arguments) {
  constexpr std::string_view kPassword = "correct horse battery";
  const tenancy::PasswordCost cost;
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  CHECK(sodium_init() >= 0);
  CHECK(crypto_pwhash_str_alg(hash.data(), kPassword.data(), kPassword.size(), cost.passes, cost.bytes, crypto_pwhash_ALG_ARGON2ID13) == 0);
  const std::size_t count = arguments.Number("--count", 0);
  const auto begun = std::chrono::steady_clock::now();
  const auto end = begun + std::chrono::milliseconds(arguments.Number("--milliseconds", 0));
  const double cpu = CpuSeconds();
  std::size_t done = 0;
  for (; count == 0 ? std::chrono::steady_clock::now() < end : done < count; ++done) {
    CHECK(crypto_pwhash_str_verify(hash.data(), kPassword.data(), kPassword.size()) == 0);
  }
  const double all = static_cast<double>(done);
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - begun;
  return {{"count", done}, {"cpu_ms", (CpuSeconds() - cpu) * 1e3 / all}, {"wall_ms", wall.count() / all}};
}

}  // namespace crossrole::bench
