// SPDX-License-Identifier: Apache-2.0
#include "delivery/mail.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "base/crypto.h"
#include "base/text.h"
#include "fakes/fake_clock.h"

namespace crossrole::delivery {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Deadline;

// A mail server for one conversation: says its greeting, then one answer for each line of the client; for the mail itself
// one answer at its end. Keeps what was said.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), answers_(std::move(answers)) {
    sockaddr_in address{.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener_, 1) == 0);
    CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Converse(); });
  }
  ~ScriptedServer() {
    Join();
    ::close(listener_);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  std::string url() const { return fmt::format("smtp://127.0.0.1:{}", port_); }
  // What the client said, after the conversation.
  const std::string& Said() {
    Join();
    return said_;
  }

 private:
  void Join() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  void Converse() {
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    std::string unread;
    bool in_mail = false;
    for (const std::string& answer : answers_) {
      if (&answer != &answers_.front() && !ReadTo(connection, unread, in_mail ? "\r\n.\r\n" : "\r\n")) break;
      in_mail = answer.starts_with("354");
      if (::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
    }
    ::close(connection);
  }
  bool ReadTo(int connection, std::string& unread, std::string_view end) {
    while (!unread.contains(end)) {
      std::array<char, 4096> bytes{};
      const auto size = ::recv(connection, bytes.data(), bytes.size(), 0);
      if (size <= 0) return false;
      unread.append(bytes.data(), static_cast<std::size_t>(size));
    }
    const std::size_t size = unread.find(end) + end.size();
    said_ += unread.substr(0, size);
    unread.erase(0, size);
    return true;
  }

  int listener_;
  std::uint16_t port_ = 0;
  const std::vector<std::string> answers_;
  std::string said_;
  std::thread thread_;
};

class MailTest : public testing::Test {
 protected:
  std::unique_ptr<Mailer> Make(MailSettings settings) {
    if (settings.from.empty()) settings.from = "crossrole@example.com";
    settings.start_tls = StartTls::kOff;
    auto made = Mailer::Create(std::move(settings), clock_, random_);
    CHECK(made.has_value());
    return *std::move(made);
  }
  static Deadline Soon() { return Deadline::After(30s); }
  static MailMessage Message() { return {.to = {"ann@example.com", "bob@example.org"}, .subject = "Grüße", .text = "See https://x/\n.\nüber"}; }
  std::string FieldOf(MailSettings settings) {
    auto made = Mailer::Create(std::move(settings), clock_, random_);
    return made ? "" : made.error().field;
  }

  fakes::FakeClock clock_;
  base::SeededRandom random_{1};
};

TEST_F(MailTest, AMailIsHandedOverByTheRules) {
  ScriptedServer server({"220-hello\r\n220 there\r\n", "250-me\r\n250-SIZE 1\r\n250 AUTH PLAIN\r\n", "250 ok\r\n", "250 ok\r\n", "251 ok\r\n", "354 go\r\n", "250 queued\r\n", "221 bye\r\n"});
  ASSERT_TRUE(Make({.url = server.url()})->Send(Message(), Soon()).has_value());
  const std::string& said = server.Said();
  EXPECT_TRUE(said.starts_with("EHLO example.com\r\nMAIL FROM:<crossrole@example.com>\r\nRCPT TO:<ann@example.com>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n")) << said;
  EXPECT_TRUE(said.ends_with("\r\n.\r\nQUIT\r\n")) << said;
}

TEST_F(MailTest, AMailIsPlainAsciiAndItsTextComesBackWhole) {
  const std::string mail = FormatMail({.from = "crossrole@example.com"}, Message(), clock_.Now(), "id@example.com");
  EXPECT_TRUE(mail.starts_with("Date: Fri, 02 Jan 2026 03:04:05 +0000\r\nFrom: Crossrole <crossrole@example.com>\r\nTo: ann@example.com,\r\n bob@example.org\r\n")) << mail;
  EXPECT_TRUE(mail.contains("\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\nMessage-ID: <id@example.com>\r\n")) << mail;
  EXPECT_TRUE(std::ranges::all_of(mail, [](char c) { return c == '\r' || c == '\n' || (c >= ' ' && c < 0x7f); }));
  std::string body = mail.substr(mail.find("\r\n\r\n") + 4);
  std::erase_if(body, [](char c) { return c == '\r' || c == '\n'; });
  EXPECT_EQ(base::Base64Decode(body).value(), "See https://x/\r\n.\r\nüber\r\n");
  for (const std::string_view line : base::Split(mail, '\n')) EXPECT_LE(line.size(), 78U);
}

TEST_F(MailTest, ASubjectMakesNoHeaders) {
  const std::string mail = FormatMail({.from = "a@b"}, {.to = {"c@d"}, .subject = "x\r\nBcc: evil@example.com", .text = ""}, clock_.Now(), "id@b");
  EXPECT_FALSE(mail.contains("\r\nBcc:"));
  EXPECT_TRUE(mail.contains("\r\nSubject: =?utf-8?B?"));
  const std::string longer = FormatMail({.from = "a@b"}, {.to = {"c@d"}, .subject = std::string(500, 'x') + "ü", .text = ""}, clock_.Now(), "id@b");
  for (const std::string_view line : base::Split(longer, '\n')) EXPECT_LE(line.size(), 90U);
}

TEST_F(MailTest, TheSignInIsMadeAsTheServerOffersIt) {
  const std::string plain = base::Base64Encode(std::string_view("\0me\0secret", 10));
  ScriptedServer by_plain({"220 hi\r\n", "250-me\r\n250 AUTH LOGIN PLAIN\r\n", "235 ok\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n", "221 bye\r\n"});
  ASSERT_TRUE(Make({.url = by_plain.url(), .username = "me", .password = base::Secret("secret")})->Send(Message(), Soon()).has_value());
  EXPECT_TRUE(by_plain.Said().contains("AUTH PLAIN " + plain + "\r\n"));
  ScriptedServer by_login({"220 hi\r\n", "250-me\r\n250 AUTH LOGIN\r\n", "334 x\r\n", "334 y\r\n", "535 no\r\n"});
  const auto refused = Make({.url = by_login.url(), .username = "me", .password = base::Secret("secret")})->Send(Message(), Soon());
  EXPECT_EQ(refused.error().reason, "mail.refused");
  EXPECT_FALSE(refused.error().message.contains("secret"));
  EXPECT_TRUE(by_login.Said().contains("AUTH LOGIN\r\n" + base::Base64Encode("me") + "\r\n" + base::Base64Encode("secret") + "\r\n"));
}

TEST_F(MailTest, WithoutStartTlsNothingIsSaidThatMattersWhereItIsRequired) {
  ScriptedServer server({"220 hi\r\n", "250 me\r\n"});
  auto mailer = Mailer::Create({.url = server.url(), .from = "a@b", .username = "me", .password = base::Secret("secret")}, clock_, random_);
  EXPECT_EQ((*mailer)->Send(Message(), Soon()).error().reason, "mail.refused");
  EXPECT_EQ(server.Said(), "EHLO b\r\n");
}

TEST_F(MailTest, WhatComesBeforeTheHandshakeIsNotBelieved) {
  ScriptedServer server({"220 hi\r\n", "250-me\r\n250 STARTTLS\r\n", "220 go\r\n250 AUTH PLAIN\r\n"});
  auto mailer = Mailer::Create({.url = server.url(), .from = "a@b", .username = "me", .password = base::Secret("secret")}, clock_, random_);
  EXPECT_FALSE((*mailer)->Send(Message(), Soon()).has_value());
  EXPECT_FALSE(server.Said().contains("AUTH"));
}

TEST_F(MailTest, RefusalsForGoodAndForNowDiffer) {
  ScriptedServer for_good({"220 hi\r\n", "250 me\r\n", "250 ok\r\n", "550 no such user\r\n"});
  EXPECT_EQ(Make({.url = for_good.url()})->Send(Message(), Soon()).error().reason, "mail.refused");
  ScriptedServer for_now({"220 hi\r\n", "250 me\r\n", "250 ok\r\n", "450 later\r\n"});
  EXPECT_EQ(Make({.url = for_now.url()})->Send(Message(), Soon()).error().code, Code::kUnavailable);
  ScriptedServer gone({"220 hi\r\n", "250 me\r\n"});
  EXPECT_EQ(Make({.url = gone.url()})->Send(Message(), Soon()).error().code, Code::kUnavailable);
  ScriptedServer strange({"HTTP/1.1 400 Bad Request\r\n"});
  EXPECT_EQ(Make({.url = strange.url()})->Send(Message(), Soon()).error().code, Code::kUnavailable);
  ScriptedServer endless({"220-" + std::string(100'000, 'x')});
  EXPECT_EQ(Make({.url = endless.url()})->Send(Message(), Soon()).error().code, Code::kUnavailable);
}

TEST_F(MailTest, AddressesThatCouldSayMoreAreRefused) {
  for (const char* good : {"a@b", "ann.lee+x@example.com", "o'neil@example.org"}) EXPECT_TRUE(IsMailAddress(good)) << good;
  for (const char* bad : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b>", "<a@b>", "a@b\r\nRCPT TO:<c@d>", "\"a\"@b", "a@b,c@d", "ä@b"}) {
    EXPECT_FALSE(IsMailAddress(bad)) << bad;
  }
  EXPECT_FALSE(IsMailAddress("a@" + std::string(300, 'b')));
  ScriptedServer server({});
  for (const auto& to : {std::vector<std::string>{}, std::vector<std::string>{"a@b", "x y@z"}}) {
    EXPECT_EQ(Make({.url = server.url()})->Send({.to = to}, Soon()).error().code, Code::kInvalidArgument);
  }
}

TEST_F(MailTest, WhatIsWronglyConfiguredIsNamed) {
  EXPECT_EQ(FieldOf({.url = "http://h:1", .from = "a@b"}), "mail.url");
  EXPECT_EQ(FieldOf({.url = "smtp://h", .from = "a@b"}), "mail.url");
  EXPECT_EQ(FieldOf({.url = "smtp://h:25", .from = "x"}), "mail.from");
  EXPECT_EQ(FieldOf({.url = "smtp://h:25", .from = "a@b", .start_tls = StartTls::kOff}), "mail.starttls");
  EXPECT_EQ(FieldOf({.url = "smtp://h:25", .from = "a@b", .username = "me"}), "mail.password_file");
  EXPECT_EQ(FieldOf({.url = "smtps://h:465/", .from = "a@b"}), "");
}

}  // namespace
}  // namespace crossrole::delivery
