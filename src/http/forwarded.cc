// SPDX-License-Identifier: Apache-2.0
#include "http/forwarded.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ranges>

#include "base/text.h"

namespace crossrole::http {
namespace {

constexpr std::string_view kAddresses = "X-Forwarded-For";
constexpr std::string_view kSchemes = "X-Forwarded-Proto";
constexpr std::string_view kUnix = "unix";
constexpr unsigned kIPv4Bits = 96;
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
// A longer chain of proxies than this is nobody's.
constexpr std::size_t kMostHops = 32;

// "192.0.2.1:443" and "[2001:db8::1]:443" without their port.
std::string_view WithoutPort(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find(']') == std::string_view::npos ? 0 : text.find(']') - 1);
  return std::ranges::count(text, ':') == 1 ? text.substr(0, text.find(':')) : text;
}

// The words of a header that proxies append to, whoever wrote last first.
std::vector<std::string_view> LastFirst(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> words;
  for (const std::string_view line : headers.All(name) | std::views::reverse) {
    for (const std::string_view word : base::Split(line, ',') | std::views::reverse) {
      if (words.size() == kMostHops) return words;
      words.push_back(base::Trim(word));
    }
  }
  return words;
}

}  // namespace

bool TrustedProxies::Read(std::string_view text, Address& address) {
  const std::string copy(text.substr(0, INET6_ADDRSTRLEN));
  if (::inet_pton(AF_INET6, copy.c_str(), address.data()) == 1) return true;
  std::ranges::copy(kMapped, address.begin());
  return ::inet_pton(AF_INET, copy.c_str(), &address[kMapped.size()]) == 1;
}

std::string TrustedProxies::Print(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool is_v4 = std::ranges::equal(kMapped, address | std::views::take(kMapped.size()));
  ::inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? &address[kMapped.size()] : address.data(), text.data(), text.size());
  return text.data();
}

base::Result<TrustedProxies> TrustedProxies::Parse(std::string_view text) {
  TrustedProxies proxies;
  for (const std::string_view word : base::Split(text, ' ')) {
    if (word.empty()) continue;
    if (word == kUnix) {
      proxies.unix_socket_ = true;
      continue;
    }
    const std::size_t slash = word.find('/');
    const std::string_view name = word.substr(0, slash);
    const bool is_v4 = name.find(':') == std::string_view::npos;
    Network network;
    unsigned bits = is_v4 ? 32 : 128;
    bool is_good = Read(name, network.address);
    if (slash != std::string_view::npos) {
      const unsigned most = bits;
      const std::string_view digits = word.substr(slash + 1);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
      is_good = is_good && error == std::errc() && end == digits.data() + digits.size() && bits <= most;
    }
    if (!is_good) {
      return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                    .message = fmt::format("`{}` is neither an address nor a network", base::Shortened(word, 80)),
                                    .fix = "give addresses like 10.0.0.1 and networks like 10.0.0.0/8, with blanks between them"});
    }
    network.bits = is_v4 ? kIPv4Bits + bits : bits;
    proxies.networks_.push_back(network);
  }
  return proxies;
}

bool TrustedProxies::Trusts(const Address& address) const {
  return std::ranges::any_of(networks_, [&](const Network& network) {
    const unsigned whole = network.bits / 8;
    const unsigned rest = network.bits % 8;
    if (std::memcmp(network.address.data(), address.data(), whole) != 0) return false;
    const auto mask = static_cast<std::uint8_t>(0xff00U >> rest);
    return rest == 0 || ((network.address[whole] ^ address[whole]) & mask) == 0;
  });
}

Sender TrustedProxies::SenderOf(const std::string& peer, const Headers& headers) const {
  if (empty()) return {.address = peer};
  Address address{};
  const bool is_trusted = peer == kUnix ? unix_socket_ : Read(peer, address) && Trusts(address);
  if (!is_trusted) return {.address = peer};
  Sender sender{.address = peer};
  std::size_t hops = 0;
  for (const std::string_view word : LastFirst(headers, kAddresses)) {
    if (!Read(WithoutPort(word), address)) break;
    ++hops;
    sender.address = Print(address);
    if (!Trusts(address)) break;
  }
  // Each hop has a word of its own, or fewer wrote one than addresses: then the first that was written is the edge's.
  const auto schemes = LastFirst(headers, kSchemes);
  if (schemes.empty()) return sender;
  const std::size_t place = std::min(std::max<std::size_t>(hops, 1), schemes.size()) - 1;
  sender.by_https = base::EqualsIgnoreCase(schemes[place], "https");
  return sender;
}

}  // namespace crossrole::http
