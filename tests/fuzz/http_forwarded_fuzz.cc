// SPDX-License-Identifier: Apache-2.0
// What proxies say of a client: an address or nothing comes out, and nothing of it where the peer is a stranger.
#include <arpa/inet.h>

#include <array>
#include <string>

#include "base/text.h"
#include "http/forwarded.h"
#include "input.h"

using crossrole::fuzz::Require;
namespace http = crossrole::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = crossrole::fuzz::TextOf(data, size);
  http::Headers headers;
  for (const std::string_view line : crossrole::base::Split(text, '\n')) {
    const bool is_scheme = line.starts_with('s');
    headers.Add(is_scheme ? "X-Forwarded-Proto" : "X-Forwarded-For", std::string(is_scheme ? line.substr(1) : line));
  }
  static const auto trusted = http::TrustedProxies::Parse("10.0.0.0/8 fd00::/8");
  const http::Sender stranger = trusted->SenderOf("192.0.2.1", headers);
  Require(stranger.address == "192.0.2.1" && !stranger.by_https);
  const http::Sender sender = trusted->SenderOf("10.0.0.1", headers);
  std::array<unsigned char, 16> address{};
  Require(::inet_pton(AF_INET, sender.address.c_str(), address.data()) == 1 || ::inet_pton(AF_INET6, sender.address.c_str(), address.data()) == 1);
  Require(!sender.by_https || headers.Has("X-Forwarded-Proto"));
  static_cast<void>(http::TrustedProxies::Parse(text));
  return 0;
}
