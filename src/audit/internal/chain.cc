// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace crossrole::audit {
namespace {

constexpr std::string_view kHash = R"(,"hash":")";
constexpr std::string_view kMac = R"(","mac":")";
constexpr std::string_view kEnd = R"("})";
constexpr std::size_t kHashSize = 64;
constexpr std::size_t kMacSize = 32;

// Takes `token` from the front of `text`.
bool Take(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

bool TakeNumber(std::string_view& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool TakeUntilQuote(std::string_view& text, std::string_view& value) {
  const std::size_t quote = text.find('"');
  if (quote == std::string_view::npos) return false;
  value = text.substr(0, quote);
  text.remove_prefix(quote + 1);
  return true;
}

bool ReadDigest(std::string_view hex, base::Digest& digest) {
  // Only lower case: one digest has one form.
  const bool plain = std::ranges::all_of(hex, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  const auto bytes = base::HexDecode(hex);
  if (!plain || !bytes || bytes->size() != digest.size()) return false;
  std::ranges::transform(*bytes, digest.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return true;
}

}  // namespace

std::optional<LineParts> SplitLine(std::string_view line) {
  constexpr std::size_t kTail = kHash.size() + kHashSize + kMac.size() + kMacSize + kEnd.size();
  if (line.size() <= kTail) return std::nullopt;
  LineParts parts;
  parts.body = line.substr(0, line.size() - kTail);
  std::string_view tail = line.substr(parts.body.size());
  if (!Take(tail, kHash) || !ReadDigest(tail.substr(0, kHashSize), parts.hash)) return std::nullopt;
  tail.remove_prefix(kHashSize);
  if (!Take(tail, kMac)) return std::nullopt;
  parts.mac = tail.substr(0, kMacSize);
  if (tail.substr(kMacSize) != kEnd) return std::nullopt;

  std::string_view rest = parts.body;
  std::string_view prev;
  const bool whole = Take(rest, R"({"seq":)") && TakeNumber(rest, parts.seq) && Take(rest, R"(,"chain":")") &&
                     TakeUntilQuote(rest, parts.chain) && Take(rest, R"(,"chain_seq":)") &&
                     TakeNumber(rest, parts.chain_seq) && Take(rest, R"(,"prev":")") && TakeUntilQuote(rest, prev) &&
                     Take(rest, R"(,"id":")") && TakeUntilQuote(rest, parts.id);
  if (!whole || !ReadDigest(prev, parts.prev)) return std::nullopt;
  return parts;
}

base::Digest RecordHash(const base::Digest& prev, std::string_view body) {
  std::string data(base::AsText(prev));
  data += body;
  return base::Sha256(data);
}

std::string RecordMac(const base::Secret& key, const base::Digest& hash) {
  std::string data = "crossrole audit record\n";
  data += base::AsText(hash);
  return base::HexEncode(base::AsText(base::HmacSha256(key.Reveal(), data)).substr(0, kMacSize / 2));
}

base::Digest NextTotal(const base::Digest& total, const base::Digest& hash) {
  std::string data(base::AsText(total));
  data += base::AsText(hash);
  return base::Sha256(data);
}

void AppendLine(const base::Secret& key, std::string_view chain, std::string_view rest, LogEnd& end, ChainEnd& chain_end,
                std::string& lines) {
  ++end.seq;
  ++chain_end.seq;
  const std::size_t begin = lines.size();
  fmt::format_to(std::back_inserter(lines), R"({{"seq":{},"chain":"{}","chain_seq":{},"prev":"{}",{})", end.seq, chain,
                 chain_end.seq, base::HexEncode(base::AsText(chain_end.hash)), rest);
  chain_end.hash = RecordHash(chain_end.hash, std::string_view(lines).substr(begin));
  end.total = NextTotal(end.total, chain_end.hash);
  fmt::format_to(std::back_inserter(lines), "{}{}{}{}{}\n", kHash, base::HexEncode(base::AsText(chain_end.hash)), kMac,
                 RecordMac(key, chain_end.hash), kEnd);
}

}  // namespace crossrole::audit
