// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <type_traits>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"

namespace crossrole::base {
namespace {

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_constructible_v<std::string, Secret>);

TEST(JsonTest, RefusesADuplicateKeyAndNamesIt) {
  const auto parsed = ParseJson(R"({"role_arn":"a","x":{"role_arn":1},"role_arn":"b"})");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, Code::kInvalidArgument);
  EXPECT_EQ(parsed.error().field, "role_arn");
}

TEST(JsonTest, TheSameKeyInTwoObjectsIsFine) { EXPECT_TRUE(ParseJson(R"([{"a":1},{"a":2}])").has_value()); }

TEST(JsonTest, AKeyIsComparedWithAllOthersOfItsObjectAndOnlyThose) {
  const auto object = [](int keys, int repeated) {
    std::string text = "{";
    for (int i = 0; i < keys; ++i) text += "\"k" + std::to_string(i) + "\":{\"k0\":{},\"k1\":[{\"k1\":1}]},";
    return text + "\"k" + std::to_string(repeated) + "\":1}";
  };
  for (const int keys : {1, 2, 15, 16, 17, 18, 40}) {
    const std::string among_more = "[" + object(keys, keys) + "," + object(keys, keys) + "]";
    EXPECT_TRUE(ParseJson(among_more).has_value()) << keys;
    for (int repeated = 0; repeated < keys; ++repeated) {
      const auto parsed = ParseJson(object(keys, repeated));
      ASSERT_FALSE(parsed.has_value()) << keys << " " << repeated;
      EXPECT_EQ(parsed.error().field, "k" + std::to_string(repeated));
    }
  }
}

TEST(JsonTest, RefusesNumbersThatNoDoubleHolds) {
  EXPECT_FALSE(ParseJson("[1e999]").has_value());
  EXPECT_FALSE(ParseJson("-3e77771").has_value());
  EXPECT_TRUE(ParseJson("1e300").has_value());
}

TEST(JsonTest, RefusesWhatIsTooDeepTooLongOrNotOneDocument) {
  EXPECT_FALSE(ParseJson(std::string(33, '[') + std::string(33, ']')).has_value());
  EXPECT_TRUE(ParseJson(std::string(32, '[') + std::string(32, ']')).has_value());
  EXPECT_EQ(ParseJson("[1,2,3]", {.bytes = 3}).error().code, Code::kTooLarge);
  EXPECT_FALSE(ParseJson("{} {}").has_value());
  EXPECT_FALSE(ParseJson("\"\xff\"").has_value());
  EXPECT_FALSE(ParseJson("").has_value());
}

TEST(JsonTest, PrintsWhatItParsed) {
  const std::string text = R"({"a":[1,-2,3.5E0,"x\n",true,null],"b":{}})";
  const auto value = ParseJson(text);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(*ParseJson(PrintJson(*value)), *value);
  EXPECT_EQ(*ParseJson(PrintJsonPretty(*value)), *value);
}

TEST(ClockTest, TimesSurviveARoundTrip) {
  const Time time = FromMicros(1767323045123456);
  EXPECT_EQ(FormatRfc3339(time), "2026-01-02T03:04:05.123456Z");
  EXPECT_EQ(*ParseRfc3339(FormatRfc3339(time)), time);
  EXPECT_EQ(*ParseRfc3339("2026-01-02T05:04:05.123456+02:00"), time);
  EXPECT_EQ(FormatAmzDate(time), "20260102T030405Z");
  EXPECT_EQ(*ParseAmzDate("20260102T030405Z"), std::chrono::floor<std::chrono::seconds>(time));
  EXPECT_EQ(*ParseHttpDate("Fri, 02 Jan 2026 03:04:05 GMT"), std::chrono::floor<std::chrono::seconds>(time));
}

TEST(ClockTest, RefusesWhatIsNotATime) {
  for (const char* text : {"", "2026", "2026-13-01T00:00:00Z", "2026-01-02T03:04:05", "2026-01-02T03:04:05.Z"}) {
    EXPECT_FALSE(ParseRfc3339(text).has_value()) << text;
  }
}

TEST(CryptoTest, AgreesWithPublishedVectors) {
  EXPECT_EQ(HexEncode(AsText(Sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // Source: RFC 4231, test case 2.
  EXPECT_EQ(HexEncode(AsText(HmacSha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // Test case 6: a key longer than a block.
  EXPECT_EQ(HexEncode(AsText(HmacSha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  // No key at all.
  EXPECT_EQ(HexEncode(AsText(HmacSha256("", ""))), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(*Base64Decode(Base64Encode("any carnal pleas")), "any carnal pleas");
  EXPECT_EQ(Base64UrlEncode("\xfb\xff"), "-_8");
}

TEST(TextTest, PercentEncodingIsItsOwnInverse) {
  EXPECT_EQ(PercentEncode("a b/é~"), "a%20b%2F%C3%A9~");
  EXPECT_EQ(PercentDecode(PercentEncode("a b/é~+")), "a b/é~+");
  EXPECT_EQ(PercentDecode("%"), "%");
  EXPECT_EQ(PercentDecode("%4"), "%4");
  EXPECT_EQ(PercentDecode("%41"), "A");
}

TEST(TextTest, TextIsNotCutInsideOfACharacter) {
  EXPECT_EQ(Shortened("abc", 3), "abc");
  EXPECT_EQ(Shortened("abcd", 3), "abc");
  EXPECT_EQ(Shortened("ab\xc3\xa9", 3), "ab");
  EXPECT_EQ(Shortened("ab\xc3\xa9" "c", 4), "ab\xc3\xa9");
  EXPECT_EQ(Shortened("\xf0\x9f\x98\x80", 3), "");
  EXPECT_EQ(Shortened("", 0), "");
}

TEST(TextTest, Utf8IsCheckedStrictly) {
  EXPECT_TRUE(IsUtf8("h\xc3\xa9"));
  EXPECT_FALSE(IsUtf8("\xc0\x80"));
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80"));
}

TEST(RandomTest, TextIsDrawnLikeItsLettersOneByOne) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567!";
  for (const std::size_t count : {0U, 1U, 31U, 32U, 33U, 100U}) {
    SeededRandom at_once(7), one_by_one(7);
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += kLetters[one_by_one.Below(kLetters.size())];
    EXPECT_EQ(RandomText(at_once, kLetters, count), text);
    EXPECT_EQ(at_once.Below(1000), one_by_one.Below(1000));
  }
}

TEST(RandomTest, UlidsSortByTime) {
  SystemRandom random;
  const std::string earlier = MakeUlid(FromMicros(1'000'000'000), random);
  const std::string later = MakeUlid(FromMicros(2'000'000'000), random);
  EXPECT_EQ(earlier.size(), 26U);
  EXPECT_LT(earlier, later);
}

}  // namespace
}  // namespace crossrole::base
