// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/result.h"

namespace crossrole::delivery {

/// Where syslog messages go.
struct SyslogSettings {
  std::string address{};  // unix:/path, udp://address:port, tcp://host:port or tls://host:port
  std::string ca_file{};  // PEM, for tls; the system's authorities when ""
  int facility = 13;      // log audit
  std::string host{};     // how this machine is called in messages
};

/// Numbers of RFC 5424 for how much a message matters.
enum class Severity : std::uint8_t { kError = 3, kWarning = 4, kNotice = 5, kInfo = 6 };

/// One message.
struct SyslogMessage {
  base::Time time{};
  Severity severity = Severity::kNotice;
  std::string kind{};  // MSGID: printable ASCII without blanks, e.g. "session.mint"
  std::string text{};
};

/// A message as it travels. Source: RFC 5424.
std::string FormatSyslog(const SyslogSettings& settings, const SyslogMessage& message);

/// Sends syslog messages: a datagram each (RFC 5426, or a Unix socket), or framed by their length over TCP or TLS (RFC
/// 6587, RFC 5425). Nothing acknowledges them. Not thread-safe.
class Syslog {
 public:
  /// Does not connect. Errors: kInvalidArgument.
  static base::Result<std::unique_ptr<Syslog>> Create(SyslogSettings settings);
  virtual ~Syslog() = default;
  Syslog(const Syslog&) = delete;
  Syslog& operator=(const Syslog&) = delete;

  /// Sends `messages`, connecting when necessary; some of them may have left when there is an error. Errors: kUnavailable.
  virtual base::Status Send(std::span<const SyslogMessage> messages, base::Deadline deadline) = 0;
  /// Connects and sends nothing, which says nothing about a listener for UDP. Errors: kUnavailable.
  virtual base::Status Check(base::Deadline deadline) = 0;

 protected:
  Syslog() = default;
};

}  // namespace crossrole::delivery
