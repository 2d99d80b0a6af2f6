// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace crossrole::http {

/// Who sent a request, as far as that is known.
struct Sender {
  std::string address{};
  bool by_https = false;  // a trusted proxy says so; false also where nobody says anything
};

/// The reverse proxies whose word about who is behind them counts: `X-Forwarded-For` and `X-Forwarded-Proto`. From anybody
/// else these headers are text like any other.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Reads addresses and networks (`10.0.0.0/8`, `fd00::/8`), blank-separated; `unix` for whoever connects to the Unix socket.
  /// Errors: kInvalidArgument.
  static base::Result<TrustedProxies> Parse(std::string_view text);

  /// Whether nobody is trusted.
  bool empty() const { return networks_.empty() && !unix_socket_; }
  /// Who sent a request that came from `peer`. Its address is the last one in `X-Forwarded-For` that is no trusted
  /// proxy; a header that cannot be read counts up to where it can. Of several words in `X-Forwarded-Proto` the one counts
  /// that the proxy which heard this sender wrote, as far as proxies append; what strangers wrote before does not.
  Sender SenderOf(const std::string& peer, const Headers& headers) const;

 private:
  using Address = std::array<std::uint8_t, 16>;  // IPv4 as ::ffff:0:0/96
  struct Network {
    Address address{};
    unsigned bits = 0;
  };
  static bool Read(std::string_view text, Address& address);
  static std::string Print(const Address& address);
  bool Trusts(const Address& address) const;

  std::vector<Network> networks_;
  bool unix_socket_ = false;
};

}  // namespace crossrole::http
