// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace crossrole::aws::internal {
namespace {

struct Case {
  std::string_view pattern;
  std::string text;
  bool matches;
};

TEST(PatternTest, PatternsOfTheModelsMatchWhatTheyShould) {
  const Case cases[] = {
      {R"([\w+=,.@-]+)", "a.b-c@d", true},
      {R"([\w+=,.@-]+)", "", false},
      {R"([\w+=,.@-]*)", "", true},
      {R"([\w+=,.@-]+)", "a b", false},
      {R"([\p{L}\p{Z}\p{N}_.:/=+\-@]+)", "größe 東京 ٣ +-", true},
      {R"([\p{L}\p{Z}\p{N}_.:/=+\-@]+)", "a*b", false},
      {R"([\p{L}\p{Z}\p{N}_.:/=+\-@]+)", "\xf0\x9f\x98\x80", false},
      {R"([\u0009\u000A\u000D\u0020-\u00FF]+)", "{\n\t\"ÿ\"}", true},
      {R"([\u0009\u000A\u000D\u0020-\u00FF]+)", "Ā", false},
      {R"((\u002F)|(\u002F[\u0021-\u007E]+\u002F))", "/", true},
      {R"((\u002F)|(\u002F[\u0021-\u007E]+\u002F))", "/a/b/", true},
      {R"((\u002F)|(\u002F[\u0021-\u007E]+\u002F))", "/a", false},
      {R"(((/[A-Za-z0-9\.,\+@=_-]+)*)/)", "/", true},
      {R"(((/[A-Za-z0-9\.,\+@=_-]+)*)/)", "/a/b.c/", true},
      {R"(((/[A-Za-z0-9\.,\+@=_-]+)*)/)", "//", false},
      {R"(v[1-9][0-9]*(\.[A-Za-z0-9-]*)?)", "v12", true},
      {R"(v[1-9][0-9]*(\.[A-Za-z0-9-]*)?)", "v1.", true},
      {R"(v[1-9][0-9]*(\.[A-Za-z0-9-]*)?)", "v0", false},
      {R"(^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$)", "my-alias", true},
      {R"(^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$)", "my--alias", false},
      {R"(^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$)", "my-", false},
      {R"(^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$)", std::string(63, 'a'), true},
      {R"(^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$)", std::string(64, 'a'), false},
      {R"(([a-zA-Z][-a-zA-Z0-9]*)|(arn:\b(aws|aws-us-gov|aws-cn)\b:[-a-zA-Z0-9:/._+]*))", "my-stack", true},
      {R"(([a-zA-Z][-a-zA-Z0-9]*)|(arn:\b(aws|aws-us-gov|aws-cn)\b:[-a-zA-Z0-9:/._+]*))", "arn:aws-cn:cloudformation:x",
       true},
      {R"(([a-zA-Z][-a-zA-Z0-9]*)|(arn:\b(aws|aws-us-gov|aws-cn)\b:[-a-zA-Z0-9:/._+]*))", "arn:awss:x", false},
      {R"(^(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$)", "111122223333", true},
      {R"(^(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$)", "ou-abcd-12345678", true},
      {R"(^(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$)", "11112222333", false},
      {R"([^\s@]+@[^\s@]+\.[^\s@]+)", "ann@example.com", true},
      {R"([^\s@]+@[^\s@]+\.[^\s@]+)", "ann@example", false},
      {R"([\s\S]*)", std::string("any\0thing", 9), true},
      {R"([a-zA-Z][-a-zA-Z0-9]*(?::[a-zA-Z0-9]{8}-[a-zA-Z0-9]{4})?)", "name:12345678-abcd", true},
      {R"([a-zA-Z][-a-zA-Z0-9]*(?::[a-zA-Z0-9]{8}-[a-zA-Z0-9]{4})?)", "name:1234567-abcd", false},
      {R"(a{2}b{0,2}c{1,})", "aabcc", true},
      {R"(a{2}b{0,2}c{1,})", "aabbbc", false},
      {R"(\u002F[\u0021-\u007F]*)", "/a", true},
      {R"(\u002F[\u0021-\u007F]*)", "a", false},
      {R"([a-z][-a-z0-9]*)", "a-1", true},
      {R"([a-z][-a-z0-9]*)", "1-a", false},
      {R"(a|b|cd)", "cd", true},
      {R"(x(a|b|)*y)", "xabby", true},
  };
  for (const Case& c : cases) {
    EXPECT_TRUE(IsUnderstood(c.pattern)) << c.pattern;
    EXPECT_EQ(FullMatch(c.pattern, c.text), c.matches) << c.pattern << " on " << c.text;
    EXPECT_EQ(MatchesModel(c.pattern, c.text), c.matches) << c.pattern << " on " << c.text;
  }
}

TEST(PatternTest, WhatIsNotUnderstoodIsSaid) {
  for (const std::string_view pattern :
       {"(", "a)", "[a", "*a", "(?=a)", "(?<n>a)", "\\p{Lu}", "\\1", "a{2", "[z-a]", "\\", "\\u12"}) {
    EXPECT_FALSE(IsUnderstood(pattern)) << pattern;
    EXPECT_TRUE(FullMatch(pattern, "anything")) << pattern;
  }
}

TEST(PatternTest, ALongTextIsMatchedInLinearTimeAndStack) {
  const std::string text(200000, 'a');
  EXPECT_FALSE(FullMatch("((a|a)*)*b", text));
  EXPECT_TRUE(FullMatch("((a|a)*)*", text));
  EXPECT_FALSE(FullMatch("[a-z]+b?c", text));
}

}  // namespace
}  // namespace crossrole::aws::internal
