// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace crossrole::delivery {

/// Whether a connection to a mail server must become a secure one before anything is said on it.
enum class StartTls : std::uint8_t { kRequired, kOff };

/// The mail server and how it is used.
struct MailSettings {
  std::string url{};       // smtp://host:port (with STARTTLS) or smtps://host:port
  std::string from{};      // address
  std::string username{};  // "": no sign-in
  base::Secret password{};
  StartTls start_tls = StartTls::kRequired;  // off only where the server is on loopback
  std::string ca_file{};   // PEM; the system's authorities when ""
};

/// One mail, of plain text.
struct MailMessage {
  std::vector<std::string> to{};  // addresses; at least one
  std::string subject{};
  std::string text{};             // lines end with \n
};

/// Whether `text` is one mail address, of a form that cannot be taken for anything else in a command or a header.
bool IsMailAddress(std::string_view text);
/// A mail with its headers, lines ended with CRLF. Source: RFC 5322, RFC 2047, RFC 2045.
std::string FormatMail(const MailSettings& settings, const MailMessage& message, base::Time now, std::string_view message_id);

/// Hands mails to one server. Source: RFC 5321, RFC 3207, RFC 4954. Not thread-safe.
class Mailer {
 public:
  /// Does not connect. Errors: kInvalidArgument with `field`.
  static base::Result<std::unique_ptr<Mailer>> Create(MailSettings settings, const base::Clock& clock, base::Random& random);

  /// Hands over one mail. Errors: kInvalidArgument (addresses), kFailedPrecondition with reason `mail.refused` (the server
  /// will never take it), kUnavailable.
  base::Status Send(const MailMessage& message, base::Deadline deadline);
  /// Connects and signs in as for a mail, and goes without handing one over. Errors: as `Send`.
  base::Status Check(base::Deadline deadline);

 private:
  Mailer(MailSettings settings, std::string host, std::uint16_t port, const base::Clock& clock, base::Random& random)
      : settings_(std::move(settings)), host_(std::move(host)), port_(port), clock_(clock), random_(random) {}
  MailSettings settings_;
  std::string host_;
  std::uint16_t port_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace crossrole::delivery
