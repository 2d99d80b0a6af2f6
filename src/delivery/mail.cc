// SPDX-License-Identifier: Apache-2.0
#include "delivery/mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/crypto.h"
#include "base/text.h"
#include "delivery/internal/place.h"
#include "delivery/internal/smtp.h"

namespace crossrole::delivery {
namespace {

using base::Code;
using base::Fail;

constexpr std::size_t kLongestAddress = 254;
constexpr std::size_t kBase64Line = 76;

std::string HeaderText(std::string_view text) {
  const bool plain = text.size() <= 200 && std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; }) && !text.contains("=?");
  if (plain) return std::string(text);
  std::string words;
  // 45 bytes are 60 characters; an encoded word has 75 at most.
  while (!text.empty()) {
    const std::string_view part = base::Shortened(text, 45);
    words += fmt::format("{}=?utf-8?B?{}?=", words.empty() ? "" : "\r\n ", base::Base64Encode(part));
    text.remove_prefix(std::max<std::size_t>(part.size(), 1));
  }
  return words;
}

// "Fri, 02 Jan 2026 03:04:05 +0000", in no locale.
std::string MailDate(base::Time time) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = base::ToMicros(time) / 1'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                     kMonths.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

base::Error Refused(std::string message, std::string field) {
  return {.code = Code::kInvalidArgument, .message = std::move(message), .field = std::move(field)};
}

}  // namespace

bool IsMailAddress(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size() || text.size() > kLongestAddress || text.find('@', at + 1) != std::string_view::npos) return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("@.!#$%&'*+-/=?^_`{|}~").contains(c);
  });
}

std::string FormatMail(const MailSettings& settings, const MailMessage& message, base::Time now, std::string_view message_id) {
  std::string text = fmt::format("Date: {}\r\nFrom: Crossrole <{}>\r\n", MailDate(now), settings.from);
  text += fmt::format("To: {}\r\nSubject: {}\r\n", base::Join(message.to, ",\r\n "), HeaderText(message.subject));
  text += fmt::format("Message-ID: <{}>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n", message_id);
  text += "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  std::string body;
  for (const std::string_view line : base::Split(message.text, '\n')) body += std::string(line) + "\r\n";
  const std::string encoded = base::Base64Encode(body);
  for (std::size_t i = 0; i < encoded.size(); i += kBase64Line) text += encoded.substr(i, kBase64Line) + "\r\n";
  return text;
}

base::Result<std::unique_ptr<Mailer>> Mailer::Create(MailSettings settings, const base::Clock& clock, base::Random& random) {
  const bool secure = settings.url.starts_with("smtps://");
  if (!secure && !settings.url.starts_with("smtp://")) return Fail(Refused("the URL of a mail server begins with smtp:// or smtps://", "mail.url"));
  std::string_view authority = std::string_view(settings.url).substr(secure ? 8 : 7);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  auto place = ParseHostPort(authority);
  if (!place) return Fail(Refused("the URL of a mail server is like smtp://host:587", "mail.url"));
  if (!IsMailAddress(settings.from)) return Fail(Refused(fmt::format("`{}` is not a mail address", base::Shortened(settings.from, 80)), "mail.from"));
  if (!secure && settings.start_tls == StartTls::kOff && !IsLoopbackHost(place->host)) {
    return Fail(Refused("mail without TLS is for loopback only", "mail.starttls"));
  }
  if (settings.username.empty() != settings.password.empty()) {
    return Fail(Refused("a name and a password for the mail server belong together", "mail.password_file"));
  }
  return std::unique_ptr<Mailer>(new Mailer(std::move(settings), std::move(place->host), place->port, clock, random));
}

base::Status Mailer::Send(const MailMessage& message, base::Deadline deadline) {
  if (message.to.empty() || !std::ranges::all_of(message.to, IsMailAddress)) return Fail(Refused("not every recipient is a mail address", "to"));
  const base::Time now = clock_.Now();
  const std::string_view domain = std::string_view(settings_.from).substr(settings_.from.find('@') + 1);
  const std::string id = fmt::format("{}@{}", base::MakeUlid(now, random_), domain);
  TRY_ASSIGN(auto session, SmtpSession::Open({.host = host_, .port = port_, .domain = std::string(domain)}, settings_, deadline));
  return session->HandOver(settings_.from, message.to, FormatMail(settings_, message, now, id));
}

base::Status Mailer::Check(base::Deadline deadline) {
  const std::string domain = settings_.from.substr(settings_.from.find('@') + 1);
  TRY_ASSIGN(auto session, SmtpSession::Open({.host = host_, .port = port_, .domain = domain}, settings_, deadline));
  session->End();
  return {};
}

}  // namespace crossrole::delivery
