// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crossrole::aws {

/// One header line; names compare without regard to case.
struct Header {
  std::string name;
  std::string value;
};
/// Header lines in their order; a name may occur more than once.
using Headers = std::vector<Header>;

/// Whether a request may be sent a second time when the answer to the first was lost.
enum class Repeat : std::uint8_t {
  kIdempotent,
  kOnce,  // never on a reused connection either, since libcurl would repeat it there on its own
};
/// Whether a request may travel without TLS: only where an endpoint override or a local credentials endpoint says so.
enum class Plaintext : std::uint8_t { kRefused, kAllowed };
/// Whether the configured proxies apply; endpoints of the machine itself are reached directly.
enum class Route : std::uint8_t { kProxies, kDirect };

/// A request as it goes on the wire.
struct HttpRequest {
  std::string method = "POST";
  std::string scheme = "https";
  std::string host{};      // a name or an address; IPv6 in square brackets
  std::uint16_t port = 0;  // 0: the scheme's own
  std::string path = "/";  // percent-encoded
  std::string query{};     // percent-encoded, without the `?`
  Headers headers{};       // `Host` is made from `host` and `port`
  std::string body{};
  Repeat repeat = Repeat::kOnce;
  Plaintext plaintext = Plaintext::kRefused;
  Route route = Route::kProxies;
};

/// An answer, whatever its status.
struct HttpResponse {
  int status = 0;
  Headers headers{};
  std::string body{};
};

/// The first value of the header `name`, or "" when there is none.
std::string_view FindHeader(const Headers& headers, std::string_view name);
/// Replaces every header `name` by one with `value`.
void SetHeader(Headers& headers, std::string_view name, std::string_view value);
/// Removes every header `name`.
void RemoveHeader(Headers& headers, std::string_view name);
/// What goes into `Host`: the lower-case host, with the port unless it is the scheme's own.
std::string HostHeader(const HttpRequest& request);
/// The whole URL.
std::string UrlOf(const HttpRequest& request);
/// Whether `host` is a DNS name, an IPv4 address or a bracketed IPv6 address, and nothing else.
bool IsHost(std::string_view host);
/// Puts scheme, host, port, path and query of `url` into a request. Plain http sets `Plaintext::kAllowed`: the caller
/// is one who was told this very URL. Errors: kInvalidArgument (other schemes, user information, fragments, blanks).
base::Result<HttpRequest> RequestTo(std::string_view url);

}  // namespace crossrole::aws
