// SPDX-License-Identifier: Apache-2.0
#include "tenancy/password.h"

#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <memory>

namespace crossrole::tenancy {
namespace {

// As little as libsodium computes.
constexpr PasswordCost kCheap{.passes = 1, .bytes = std::size_t{8} << 10};

base::Secret Text(std::string_view text) { return base::Secret(std::string(text)); }

bool IsRight(PasswordPool& pool, std::string_view password, const std::string& hash) {
  std::promise<bool> answer;
  EXPECT_TRUE(pool.Verify("k", Text(password), hash, [&](bool is_right) { answer.set_value(is_right); }));
  return answer.get_future().get();
}

TEST(PasswordTest, OnlyTheSamePasswordIsRight) {
  PasswordPool pool({.cost = kCheap});
  const auto hash = pool.Hash("k", Text("correct horse battery"));
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$")) << *hash;
  EXPECT_TRUE(IsRight(pool, "correct horse battery", *hash));
  EXPECT_FALSE(IsRight(pool, "correct horse batterz", *hash));
  EXPECT_FALSE(IsRight(pool, "correct horse battery ", *hash));
  EXPECT_FALSE(IsRight(pool, "", *hash));
}

TEST(PasswordTest, WithoutAHashNothingIsRight) {
  PasswordPool pool({.cost = kCheap});
  EXPECT_FALSE(IsRight(pool, "", ""));
  EXPECT_FALSE(IsRight(pool, "whatever it may be", ""));
}

TEST(PasswordTest, TheSamePasswordTwiceHasTwoHashes) {
  PasswordPool pool({.cost = kCheap});
  EXPECT_NE(*pool.Hash("k", Text("correct horse battery")), *pool.Hash("k", Text("correct horse battery")));
}

TEST(PasswordTest, WhatAServerComputesCostsWhatRfc9106AsksFor) {
  PasswordPool pool;
  EXPECT_TRUE(pool.Hash("k", Text("correct horse battery"))->starts_with("$argon2id$v=19$m=65536,t=2,p=1$"));
}

TEST(PasswordTest, AFullQueueRefusesAndOneKeyCannotFillIt) {
  PasswordPool pool({.threads = 1, .queue = 3, .queue_per_key = 2, .cost = kCheap});
  const auto started = std::make_shared<std::latch>(1);
  const auto hold = std::make_shared<std::latch>(1);
  ASSERT_TRUE(pool.Verify("a", Text("x"), "", [=](bool) {
    started->count_down();
    hold->wait();
  }));
  started->wait();
  const auto ignore = [](bool) {};
  EXPECT_TRUE(pool.Verify("a", Text("x"), "", ignore));
  EXPECT_TRUE(pool.Verify("a", Text("x"), "", ignore));
  EXPECT_FALSE(pool.Verify("a", Text("x"), "", ignore));
  EXPECT_TRUE(pool.Verify("b", Text("x"), "", ignore));
  const auto full = pool.Verify("c", Text("x"), "", ignore);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, base::Code::kUnavailable);
  EXPECT_TRUE(full.error().retry_after);
  hold->count_down();
}

TEST(PasswordTest, ShortLongAndEmptyOnesAreRefused) {
  EXPECT_TRUE(CheckPassword("correct horse", "ann@example.com"));
  EXPECT_TRUE(CheckPassword("пароль-длинный", "ann@example.com"));
  for (const std::string& bad : {std::string(), std::string("elevenchars"), std::string("ää ää ää ää"), std::string(1025, 'x') + "y",
                                 std::string(20, 'a'), std::string("Ann@Example.com"), std::string("twelve chars\xff"),
                                 std::string("with a nul\0 here", 16)}) {
    const auto refused = CheckPassword(bad, "ann@example.com");
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().field, "password");
    if (bad.size() > 3) EXPECT_EQ(refused.error().message.find(bad), std::string::npos);
  }
}

}  // namespace
}  // namespace crossrole::tenancy
