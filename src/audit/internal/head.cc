// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/head.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace crossrole::audit {
namespace {

constexpr std::string_view kMark = "crossrole-audit-head-1";
constexpr std::size_t kSlotSize = 512;

bool ReadNumber(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Head HeadOf(const LogEnd& end, std::uint64_t generation) {
  return {.generation = generation, .seq = end.seq, .offset = end.offset, .total = end.total};
}

std::string PrintHead(const base::Secret& key, const Head& head) {
  const std::string text = fmt::format("{} {} {} {} {}", kMark, head.generation, head.seq, head.offset,
                                       base::HexEncode(base::AsText(head.total)));
  std::string slot = fmt::format("{} {}\n", text, base::HexEncode(base::AsText(base::HmacSha256(key.Reveal(), text))));
  CHECK(slot.size() <= kSlotSize);
  slot.resize(kSlotSize, '\n');
  return slot;
}

std::optional<Head> ParseHead(const base::Secret& key, std::string_view slot) {
  const std::string_view line = slot.substr(0, slot.find('\n'));
  const std::size_t space = line.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view text = line.substr(0, space);
  const std::string mac = base::HexEncode(base::AsText(base::HmacSha256(key.Reveal(), text)));
  if (!base::ConstantTimeEqual(mac, line.substr(space + 1))) return std::nullopt;
  const auto parts = base::Split(text, ' ');
  Head head;
  const bool whole = parts.size() == 5 && parts[0] == kMark && ReadNumber(parts[1], head.generation) &&
                     ReadNumber(parts[2], head.seq) && ReadNumber(parts[3], head.offset);
  const auto total = whole ? base::HexDecode(parts[4]) : base::Result<std::string>("");
  if (!whole || !total || total->size() != head.total.size()) return std::nullopt;
  std::ranges::transform(*total, head.total.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return head;
}

Io<void> WriteHead(File& file, const base::Secret& key, const Head& head) {
  return WriteFully(file, head.generation % 2 * kSlotDistance, PrintHead(key, head));
}

Io<std::optional<Head>> ReadHead(File& file, const base::Secret& key) {
  std::optional<Head> newest;
  for (const std::uint64_t slot : {std::uint64_t{0}, kSlotDistance}) {
    const auto text = ReadUpTo(file, slot, kSlotSize);
    if (!text) return std::unexpected(text.error());
    const auto head = ParseHead(key, *text);
    if (head && (!newest || head->generation > newest->generation)) newest = head;
  }
  return newest;
}

Io<void> WriteFully(File& file, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = file.WriteAt(offset, bytes);
    if (!written) return std::unexpected(written.error());
    offset += *written;
    bytes.remove_prefix(*written);
  }
  return {};
}

Io<std::string> ReadUpTo(File& file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const auto read = file.ReadAt(offset + filled, std::span(bytes).subspan(filled));
    if (!read) return std::unexpected(read.error());
    if (*read == 0) break;
    filled += *read;
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace crossrole::audit
