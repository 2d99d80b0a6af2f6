// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <span>
#include <string>

#include "base/clock.h"

namespace crossrole::base {

/// Where code gets randomness from; tests pass a seeded one.
class Random {
 public:
  virtual ~Random() = default;
  /// Fills `bytes`.
  virtual void Fill(std::span<std::uint8_t> bytes) = 0;
  /// A uniform number below `bound` (> 0).
  std::uint64_t Below(std::uint64_t bound);
  /// A uniform number in [0, 1).
  double Unit();
};

/// The operating system's cryptographic generator. Thread-safe.
class SystemRandom final : public Random {
 public:
  void Fill(std::span<std::uint8_t> bytes) override;
};

/// The same sequence for the same seed; for tests and simulation only. Thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void Fill(std::span<std::uint8_t> bytes) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

/// A ULID: 48 bits of milliseconds, 80 random bits, 26 characters of Crockford base 32, upper case.
std::string MakeUlid(Time now, Random& random);
/// `count` characters drawn from `alphabet`.
std::string RandomText(Random& random, std::string_view alphabet, std::size_t count);
/// The alphabet of ULIDs.
inline constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

}  // namespace crossrole::base
