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
  return proxies->ClientOf(peer, headers);
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
