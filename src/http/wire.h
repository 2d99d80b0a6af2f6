// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"

namespace crossrole::http {

/// A blocking connection to a server that speaks something else than HTTP; every step has a deadline. Not thread-safe.
class Wire {
 public:
  /// Connects over TCP. Errors: kUnavailable.
  static base::Result<std::unique_ptr<Wire>> Connect(const std::string& host, std::uint16_t port, base::Deadline deadline);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// Speaks TLS from now on, and checks that the certificate is the host's; `ca_file` is a PEM file, "": the system's
  /// authorities. Once; after an error the connection is of no use. Errors: kInvalidArgument (`ca_file`), kUnavailable.
  base::Status Secure(const std::string& ca_file, base::Deadline deadline);
  /// Sends all of `text`. Errors: kUnavailable.
  base::Status Write(std::string_view text, base::Deadline deadline);
  /// Waits for bytes and puts up to `size` of them at `into`; 0 at the end. Errors: kUnavailable.
  base::Result<std::size_t> Read(char* into, std::size_t size, base::Deadline deadline);

 private:
  struct Parts;
  explicit Wire(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace crossrole::http
