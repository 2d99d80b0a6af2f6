// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/result.h"

namespace crossrole::base {

std::uint64_t Random::Below(std::uint64_t bound) {
  // Rejection keeps the distribution uniform for bounds that do not divide 2^64.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    std::array<std::uint8_t, 8> bytes{};
    Fill(bytes);
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    if (value < limit) return value % bound;
  }
}

double Random::Unit() { return static_cast<double>(Below(std::uint64_t{1} << 53)) / static_cast<double>(std::uint64_t{1} << 53); }

void SystemRandom::Fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t filled = ::getrandom(bytes.data(), bytes.size(), 0);
    CHECK(filled > 0 || errno == EINTR);
    if (filled > 0) bytes = bytes.subspan(static_cast<std::size_t>(filled));
  }
}

void SeededRandom::Fill(std::span<std::uint8_t> bytes) {
  std::lock_guard lock(mutex_);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
}

std::string MakeUlid(Time now, Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.Fill(std::span(bytes).subspan(6));
  auto millis = static_cast<std::uint64_t>(ToMicros(now) / 1000);
  for (int i = 5; i >= 0; --i, millis >>= 8) bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(millis);
  unsigned __int128 value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  std::string text(26, '0');
  for (int i = 25; i >= 0; --i, value >>= 5) text[static_cast<std::size_t>(i)] = kCrockford[static_cast<std::size_t>(value & 31)];
  return text;
}

std::string RandomText(Random& random, std::string_view alphabet, std::size_t count) {
  // The numbers that `Below` would draw one after the other, some at once: asking costs more than the bytes.
  std::array<std::uint8_t, 256> bytes{};
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % alphabet.size();
  std::string text(count, ' ');
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = i * 8 % bytes.size();
    if (at == 0) random.Fill(std::span(bytes).first(std::min((count - i) * 8, bytes.size())));
    std::uint64_t value = 0;
    for (const std::uint8_t byte : std::span(bytes).subspan(at, 8)) value = value << 8 | byte;
    text[i] = alphabet[value < limit ? value % alphabet.size() : random.Below(alphabet.size())];
  }
  return text;
}

}  // namespace crossrole::base
