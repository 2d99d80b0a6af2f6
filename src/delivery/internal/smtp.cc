// SPDX-License-Identifier: Apache-2.0
#include "delivery/internal/smtp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "base/text.h"

namespace crossrole::delivery {
namespace {

using base::Code;
using base::Fail;
using base::Result;
using base::Status;

constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kMostLines = 100;

std::unexpected<base::Error> Refused(std::string message) {
  return Fail({.code = Code::kFailedPrecondition, .message = std::move(message), .reason = "mail.refused"});
}

// Lines that begin with a dot get another one, so that none ends the mail.
std::string Dotted(std::string_view mail) {
  std::string out;
  out.reserve(mail.size() + 8);
  bool at_start = true;
  for (const char c : mail) {
    if (at_start && c == '.') out += '.';
    out += c;
    at_start = c == '\n';
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out + ".";
}

}  // namespace

Result<std::unique_ptr<SmtpSession>> SmtpSession::Open(const SmtpPlace& place, const MailSettings& settings, base::Deadline deadline) {
  std::unique_ptr<SmtpSession> session(new SmtpSession(deadline));
  TRY(session->Begin(place, settings));
  return session;
}

Status SmtpSession::Begin(const SmtpPlace& place, const MailSettings& settings) {
  const bool secure = settings.url.starts_with("smtps://");
  TRY_ASSIGN(wire_, http::Wire::Connect(place.host, place.port, deadline_));
  if (secure) TRY(wire_->Secure(settings.ca_file, deadline_));
  TRY(Say("", '2', "its greeting"));
  TRY(Hello(place.domain));
  if (!secure && settings.start_tls == StartTls::kRequired) {
    if (!Offers("STARTTLS")) return Refused("the mail server offers no STARTTLS");
    TRY(Say("STARTTLS", '2', "STARTTLS"));
    // What came before the handshake was not said by who is behind it.
    if (!unread_.empty()) return Refused("the mail server spoke before the connection was secure");
    TRY(wire_->Secure(settings.ca_file, deadline_));
    TRY(Hello(place.domain));
  }
  return settings.username.empty() ? Status() : SignIn(settings);
}

Status SmtpSession::Hello(const std::string& domain) {
  TRY(wire_->Write(fmt::format("EHLO {}\r\n", domain), deadline_));
  TRY_ASSIGN(Answer answer, ReadAnswer());
  if (answer.code / 100 != 2) return Refused(fmt::format("the mail server answered {} to EHLO", answer.code));
  extensions_ = std::move(answer.lines);
  return {};
}

Status SmtpSession::SignIn(const MailSettings& settings) {
  const auto found = std::ranges::find_if(extensions_, [](const std::string& line) { return base::Lower(line).starts_with("auth "); });
  const std::string methods = found == extensions_.end() ? "" : base::Lower(*found) + " ";
  std::string plain;
  plain += '\0';
  plain += settings.username;
  plain += '\0';
  plain += settings.password.Reveal();
  Status done = Refused("the mail server offers no sign-in by PLAIN or LOGIN");
  if (methods.contains(" plain ")) {
    std::string line = "AUTH PLAIN " + base::Base64Encode(plain);
    done = Say(line, '2', "the sign-in");
    base::Wipe(line);
  } else if (methods.contains(" login ")) {
    done = Say("AUTH LOGIN", '3', "the sign-in");
    if (done) done = Say(base::Base64Encode(settings.username), '3', "the sign-in");
    std::string line = base::Base64Encode(settings.password.Reveal());
    if (done) done = Say(line, '2', "the sign-in");
    base::Wipe(line);
  }
  base::Wipe(plain);
  return done;
}

Status SmtpSession::HandOver(std::string_view from, const std::vector<std::string>& to, std::string_view mail) {
  TRY(Say(fmt::format("MAIL FROM:<{}>", from), '2', "the sender"));
  for (const std::string& each : to) TRY(Say(fmt::format("RCPT TO:<{}>", each), '2', "a recipient"));
  TRY(Say("DATA", '3', "DATA"));
  TRY(Say(Dotted(mail), '2', "the mail"));
  // It is handed over, whatever becomes of the good-bye.
  End();
  return {};
}

Status SmtpSession::Say(std::string_view line, char wanted, std::string_view what) {
  if (!line.empty()) {
    std::string text = std::string(line) + "\r\n";
    const Status written = wire_->Write(text, deadline_);
    base::Wipe(text);
    TRY(written);
  }
  TRY_ASSIGN(const Answer answer, ReadAnswer());
  if (answer.code / 100 == wanted - '0') return {};
  const std::string words = answer.lines.empty() ? "" : answer.lines.front();
  std::string message = fmt::format("the mail server answered {} `{}` to {}", answer.code, base::Shortened(words, 200), what);
  if (answer.code / 100 == 5) return Refused(std::move(message));
  return Fail(Code::kUnavailable, std::move(message));
}

Result<SmtpSession::Answer> SmtpSession::ReadAnswer() {
  Answer answer;
  for (;;) {
    TRY_ASSIGN(const std::string line, ReadLine());
    const bool formed = line.size() >= 3 && std::ranges::all_of(line.substr(0, 3), [](char c) { return c >= '0' && c <= '9'; }) &&
                        (line.size() == 3 || line[3] == ' ' || line[3] == '-');
    if (!formed || answer.lines.size() >= kMostLines) return Fail(Code::kUnavailable, "the mail server does not speak SMTP");
    answer.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    answer.lines.push_back(line.size() > 4 ? line.substr(4) : "");
    if (line.size() == 3 || line[3] == ' ') return answer;
  }
}

Result<std::string> SmtpSession::ReadLine() {
  for (;;) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (unread_.size() > kLongestLine) return Fail(Code::kUnavailable, "the mail server does not speak SMTP");
    std::array<char, 4096> bytes{};
    TRY_ASSIGN(const std::size_t count, wire_->Read(bytes.data(), bytes.size(), deadline_));
    if (count == 0) return Fail(Code::kUnavailable, "the mail server ended the conversation");
    unread_.append(bytes.data(), count);
  }
}

bool SmtpSession::Offers(std::string_view extension) const {
  return std::ranges::any_of(extensions_, [&](const std::string& line) { return base::EqualsIgnoreCase(base::Split(line, ' ').front(), extension); });
}

}  // namespace crossrole::delivery
