// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/result.h"
#include "base/secret.h"

namespace crossrole::audit {

/// Where copies of the record go. Used by one thread at a time.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Hands over records, in the order of the log, each a line of JSON as it is in the file. Some may have arrived when
  /// there is an error; all are handed over again then. Errors: any.
  virtual base::Status Deliver(std::span<const std::string> lines, base::Deadline deadline) = 0;
  /// Whether records would get there, as far as that can be known without handing one over. Errors: any.
  virtual base::Status Check(base::Deadline deadline) {
    static_cast<void>(deadline);
    return {};
  }
};

/// Kinds of sinks.
enum class SinkType : std::uint8_t { kFile, kSyslog, kWebhook };

/// A sink as it is configured: only in the server's own file, never by a tenant.
struct SinkSettings {
  std::string name{};
  SinkType type = SinkType::kFile;
  std::string path{};      // file: absolute
  std::string address{};   // syslog
  int facility = 13;       // syslog
  std::string url{};       // webhook
  base::Secret secret{};   // webhook
  std::string ca_file{};   // tls and https
  std::string host{};      // how this machine is called in syslog messages
  std::chrono::seconds deadline{10};  // of one delivery
};

/// Makes a sink; connects to nothing. `clock` outlives it.
///   file     appends lines; made with mode 0600; opened again when it was moved away, so that it can be rotated
///   syslog   RFC 5424 messages with the line as text; nothing acknowledges them
///   webhook  batches of lines, posted as application/x-ndjson and signed (delivery/webhook.h)
/// Errors: kInvalidArgument with `field`.
base::Result<std::unique_ptr<Sink>> MakeSink(SinkSettings settings, const base::Clock& clock);

}  // namespace crossrole::audit
