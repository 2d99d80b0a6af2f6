// SPDX-License-Identifier: Apache-2.0
#include "http/forwarded.h"

#include <gtest/gtest.h>

#include <string>

namespace crossrole::http {
namespace {

std::string Client(std::string_view trusted, const std::string& peer, std::initializer_list<std::string> lines) {
  const auto proxies = TrustedProxies::Parse(trusted);
  EXPECT_TRUE(proxies.has_value());
  Headers headers;
  for (const std::string& line : lines) headers.Add("x-forwarded-for", line);
  return proxies->SenderOf(peer, headers).address;
}

// Whether the sender of a request from `peer` came by https, with these `X-Forwarded-For` and `X-Forwarded-Proto`.
bool ByHttps(const std::string& peer, std::initializer_list<std::string> addresses, std::initializer_list<std::string> schemes,
             std::string_view trusted = "10.0.0.0/8 unix") {
  const auto proxies = TrustedProxies::Parse(trusted);
  EXPECT_TRUE(proxies.has_value());
  Headers headers;
  for (const std::string& line : addresses) headers.Add("X-Forwarded-For", line);
  for (const std::string& line : schemes) headers.Add("x-forwarded-proto", line);
  return proxies->SenderOf(peer, headers).by_https;
}

TEST(ForwardedTest, NobodysWordCountsUnlessTheConfigurationSaysSo) {
  EXPECT_EQ(Client("", "127.0.0.1", {"192.0.2.1"}), "127.0.0.1");
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.2", {"192.0.2.1"}), "10.0.0.2");
  EXPECT_EQ(Client("10.0.0.1", "unix", {"192.0.2.1"}), "unix");
  EXPECT_TRUE(TrustedProxies().empty());
}

TEST(ForwardedTest, ATrustedProxySaysWhoIsBehindIt) {
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", {"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(Client("unix", "unix", {"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", {}), "10.0.0.1");
  EXPECT_EQ(Client("::1", "::1", {"2001:DB8::0:1"}), "2001:db8::1");
  EXPECT_EQ(Client("10.0.0.1", "::ffff:10.0.0.1", {"192.0.2.1"}), "192.0.2.1");
}

TEST(ForwardedTest, WhatStrangersWroteBeforeTheLastProxyDoesNotCount) {
  EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", {"203.0.113.9, 192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", {"203.0.113.9", "192.0.2.1, 10.1.2.3"}), "192.0.2.1");
  EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", {"10.9.9.9"}), "10.9.9.9");
}

TEST(ForwardedTest, AHeaderCountsAsFarAsItCanBeRead) {
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", {"unknown"}), "10.0.0.1");
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", {""}), "10.0.0.1");
  EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", {"192.0.2.1, x, 10.2.2.2"}), "10.2.2.2");
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", {"192.0.2.1:4711"}), "192.0.2.1");
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", {"[2001:db8::1]:4711"}), "2001:db8::1");
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", {"[2001:db8::1"}), "10.0.0.1");
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", {std::string(5000, '1')}), "10.0.0.1");
}

TEST(ForwardedTest, AnEndlessChainOfProxiesEnds) {
  std::string line = "192.0.2.1";
  for (int i = 0; i < 100; ++i) line += ", 10.0.0.2";
  EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", {line}), "10.0.0.2");
}

TEST(ForwardedTest, ATrustedProxySaysWhetherTheClientCameByHttps) {
  EXPECT_TRUE(ByHttps("10.0.0.1", {"192.0.2.1"}, {"https"}));
  EXPECT_TRUE(ByHttps("10.0.0.1", {}, {"HTTPS"}));
  EXPECT_TRUE(ByHttps("unix", {"192.0.2.1"}, {" https "}));
  EXPECT_FALSE(ByHttps("10.0.0.1", {"192.0.2.1"}, {"http"}));
  EXPECT_FALSE(ByHttps("10.0.0.1", {"192.0.2.1"}, {}));
  EXPECT_FALSE(ByHttps("192.0.2.7", {"192.0.2.1"}, {"https"}));
  EXPECT_FALSE(ByHttps("10.0.0.1", {"192.0.2.1"}, {"https"}, ""));
  EXPECT_FALSE(ByHttps("unix", {"192.0.2.1"}, {"https"}, "10.0.0.1"));
}

TEST(ForwardedTest, OfSeveralSchemesThatOfTheProxyWhichHeardTheClientCounts) {
  // The edge heard the client by https, the one behind it the edge by http.
  EXPECT_TRUE(ByHttps("10.0.0.2", {"192.0.2.1, 10.0.0.1"}, {"https, http"}));
  EXPECT_TRUE(ByHttps("10.0.0.2", {"192.0.2.1", "10.0.0.1"}, {"https", "http"}));
  EXPECT_FALSE(ByHttps("10.0.0.2", {"192.0.2.1, 10.0.0.1"}, {"http, https"}));
  // Only the edge says anything.
  EXPECT_TRUE(ByHttps("10.0.0.2", {"192.0.2.1, 10.0.0.1"}, {"https"}));
  // What the client wrote itself stands before what the proxies wrote.
  EXPECT_FALSE(ByHttps("10.0.0.2", {"198.51.100.9, 192.0.2.1, 10.0.0.1"}, {"https, http, https"}));
  EXPECT_FALSE(ByHttps("10.0.0.1", {"192.0.2.1"}, {"https, http"}));
  EXPECT_FALSE(ByHttps("10.0.0.1", {}, {"https", "http"}));
}

TEST(ForwardedTest, ASchemeThatIsNoneIsNotHttps) {
  for (const char* text : {"", ",", "https;", "https http", "httpsx", "https://", "\"https\"", "on", "1"}) {
    EXPECT_FALSE(ByHttps("10.0.0.1", {"192.0.2.1"}, {text})) << text;
  }
  EXPECT_FALSE(ByHttps("10.0.0.1", {"unknown"}, {"https, "}));
  EXPECT_TRUE(ByHttps("10.0.0.1", {"unknown"}, {"https"}));
  std::string line = "https";
  for (int i = 0; i < 100; ++i) line += ", http";
  EXPECT_FALSE(ByHttps("10.0.0.1", {"192.0.2.1"}, {line}));
}

TEST(ForwardedTest, NetworksReachAsFarAsTheirBits) {
  EXPECT_EQ(Client("172.16.0.0/12", "172.31.255.255", {"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(Client("172.16.0.0/12", "172.32.0.0", {"192.0.2.1"}), "172.32.0.0");
  EXPECT_EQ(Client("fd00::/9", "fd7f::1", {"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(Client("fd00::/9", "fd80::1", {"192.0.2.1"}), "fd80::1");
  EXPECT_EQ(Client("0.0.0.0/0", "198.51.100.1", {"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(Client("0.0.0.0/0", "2001:db8::1", {"192.0.2.1"}), "2001:db8::1");
}

TEST(ForwardedTest, WhatIsNoAddressIsRefused) {
  for (const char* text : {"proxy", "10.0.0.1/33", "10.0.0.1/", "10.0.0/8", "::1/129", "10.0.0.1/8x", "10.0.0.1,10.0.0.2", "/8"}) {
    const auto proxies = TrustedProxies::Parse(text);
    ASSERT_FALSE(proxies) << text;
    EXPECT_EQ(proxies.error().code, base::Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace crossrole::http
