// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"
#include "http/internal/tls.h"

namespace crossrole::http::internal {

/// A blocking connection to a server whose every step has a deadline.
class Channel {
 public:
  virtual ~Channel() = default;
  /// Sends all of `text`. Errors: kUnavailable.
  virtual base::Status Write(std::string_view text, base::Deadline deadline) = 0;
  /// Waits for bytes and puts up to `size` of them at `into`; 0 at the end. Errors: kUnavailable.
  virtual base::Result<std::size_t> Read(char* into, std::size_t size, base::Deadline deadline) = 0;
};

/// Where a server is.
struct ServerPlace {
  enum class Kind : std::uint8_t { kHttp, kHttps, kUnix };
  Kind kind = Kind::kHttp;
  std::string host{};  // without brackets
  std::string port{};
  std::string path{};  // of the Unix socket

  /// The value of the `Host` header.
  std::string HostHeader() const;
};

/// Reads "http://host:port", "https://host" or "unix:/path". Errors: kInvalidArgument.
base::Result<ServerPlace> ParsePlace(std::string_view url);

/// Connects over TCP or a Unix socket. Errors: kUnavailable.
base::Result<std::unique_ptr<Channel>> Connect(const ServerPlace& place, base::Deadline deadline);

/// Speaks TLS over `plain` and checks that the certificate is `host`'s. Errors: kUnavailable.
base::Result<std::unique_ptr<Channel>> StartTls(std::unique_ptr<Channel> plain, const TlsContext& context,
                                                const std::string& host, base::Deadline deadline);

}  // namespace crossrole::http::internal
