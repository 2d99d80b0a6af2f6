// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "delivery/mail.h"
#include "http/wire.h"

namespace crossrole::delivery {

/// A mail server, and the name that we say is ours.
struct SmtpPlace {
  std::string host;
  std::uint16_t port = 0;
  std::string domain;
};

/// A conversation with a mail server, secured and signed in as the settings say.
class SmtpSession {
 public:
  /// Errors: kUnavailable, kFailedPrecondition (reason `mail.refused`).
  static base::Result<std::unique_ptr<SmtpSession>> Open(const SmtpPlace& place, const MailSettings& settings, base::Deadline deadline);

  /// Hands over one mail, whose lines end with CRLF, and ends the conversation. Errors: as `Open`.
  base::Status HandOver(std::string_view from, const std::vector<std::string>& to, std::string_view mail);
  /// Ends the conversation.
  void End() { static_cast<void>(Say("QUIT", '2', "QUIT")); }

 private:
  struct Answer {
    int code = 0;
    std::vector<std::string> lines{};  // without the code
  };
  explicit SmtpSession(base::Deadline deadline) : deadline_(deadline) {}

  base::Status Begin(const SmtpPlace& place, const MailSettings& settings);
  base::Status Hello(const std::string& domain);
  base::Status SignIn(const MailSettings& settings);
  /// Sends a line ("": none) and reads the answer, whose first digit must be `wanted`; `what` names it in messages.
  base::Status Say(std::string_view line, char wanted, std::string_view what);
  base::Result<Answer> ReadAnswer();
  base::Result<std::string> ReadLine();
  bool Offers(std::string_view extension) const;

  const base::Deadline deadline_;
  std::unique_ptr<http::Wire> wire_;
  std::string unread_;
  std::vector<std::string> extensions_;  // of the last EHLO
};

}  // namespace crossrole::delivery
