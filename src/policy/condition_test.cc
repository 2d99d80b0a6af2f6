// SPDX-License-Identifier: Apache-2.0
#include "policy/condition.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "policy/internal/values.h"
#include "policy/internal/variables.h"

namespace crossrole::policy {
namespace {

using Values = std::vector<std::string>;

// The condition `name` on `k:x` with `wanted`, against a request that has `given`, or lacks the key.
bool Check(const char* name, const Values& wanted, const std::optional<Values>& given, const Undocumented& choices = {}) {
  Condition condition{.key = "k:x", .values = wanted};
  EXPECT_TRUE(ReadOperator(name, condition)) << name;
  ContextMap context;
  if (given.has_value()) context.SetList("K:X", *given);
  return Holds(condition, context, Version::k2012, choices);
}

struct Single {
  const char* name;
  const char* wanted;
  const char* given;  // nullptr: absent
  bool holds;
};

class SingleTest : public testing::TestWithParam<Single> {};

TEST_P(SingleTest, HoldsAsAwsDocuments) {
  const Single& one = GetParam();
  const auto given = one.given == nullptr ? std::nullopt : std::optional(Values{one.given});
  EXPECT_EQ(Check(one.name, {one.wanted}, given), one.holds)
      << one.name << " wanted " << one.wanted << " given " << (one.given == nullptr ? "(absent)" : one.given);
}

INSTANTIATE_TEST_SUITE_P(
    Strings, SingleTest,
    testing::Values(Single{"StringEquals", "a", "a", true}, Single{"StringEquals", "a", "A", false}, Single{"StringEquals", "a*", "ab", false},
                    Single{"StringEquals", "a*", "a*", true}, Single{"StringEquals", "a", nullptr, false}, Single{"StringEquals", "", "", true},
                    Single{"StringNotEquals", "a", "b", true}, Single{"StringNotEquals", "a", "a", false},
                    Single{"StringNotEquals", "a", nullptr, true},  // T9
                    Single{"StringEqualsIgnoreCase", "aB", "Ab", true}, Single{"StringEqualsIgnoreCase", "a*", "ab", false},
                    Single{"StringEqualsIgnoreCase", "\xC3\xA9", "\xC3\x89", true}, Single{"StringEqualsIgnoreCase", "ss", "\xC3\x9F", false},
                    Single{"StringEqualsIgnoreCase", "\xC3\x97", "\xC3\xB7", false},
                    Single{"StringEqualsIgnoreCase", "a", nullptr, false}, Single{"StringNotEqualsIgnoreCase", "a", "A", false},
                    Single{"StringNotEqualsIgnoreCase", "a", "b", true}, Single{"StringNotEqualsIgnoreCase", "a", nullptr, true},
                    Single{"StringLike", "a*", "abc", true}, Single{"StringLike", "a*", "a", true}, Single{"StringLike", "a*", "Abc", false},
                    Single{"StringLike", "a?c", "abc", true}, Single{"StringLike", "a?c", "ac", false},
                    Single{"StringLike", "*", "x\ny", true},  // T16
                    Single{"StringLike", "*", nullptr, false}, Single{"StringLike", "a.c", "abc", false},
                    Single{"StringNotLike", "a*", "abc", false}, Single{"StringNotLike", "a*", "b", true}, Single{"StringNotLike", "a*", nullptr, true}));

INSTANTIATE_TEST_SUITE_P(
    IfExists, SingleTest,
    testing::Values(Single{"StringEqualsIfExists", "a", nullptr, true}, Single{"StringEqualsIfExists", "a", "b", false},
                    Single{"StringEqualsIfExists", "a", "a", true}, Single{"StringLikeIfExists", "a*", nullptr, true},
                    Single{"StringNotEqualsIfExists", "a", "a", false}, Single{"StringNotEqualsIfExists", "a", nullptr, true},
                    Single{"NumericEqualsIfExists", "1", nullptr, true}, Single{"NumericEqualsIfExists", "1", "2", false},  // T10
                    Single{"NumericLessThanIfExists", "5", "7", false}, Single{"NumericLessThanIfExists", "5", "3", true},
                    Single{"DateLessThanIfExists", "2026-01-01T00:00:00Z", nullptr, true},
                    Single{"DateLessThanIfExists", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", false},
                    Single{"BoolIfExists", "true", nullptr, true}, Single{"BoolIfExists", "true", "false", false},
                    Single{"IpAddressIfExists", "10.0.0.0/8", nullptr, true}, Single{"IpAddressIfExists", "10.0.0.0/8", "11.0.0.1", false},
                    Single{"ArnLikeIfExists", "*", nullptr, true}, Single{"BinaryEqualsIfExists", "YQ==", nullptr, true}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, SingleTest,
    testing::Values(Single{"NumericEquals", "10", "10", true}, Single{"NumericEquals", "10", "10.0", true}, Single{"NumericEquals", "10", "010", true},
                    Single{"NumericEquals", "10", "10abc", false},  // T16
                    Single{"NumericEquals", "10", "1e1", false}, Single{"NumericEquals", "0", "-0", true}, Single{"NumericEquals", "10", nullptr, false},
                    Single{"NumericEquals", "", "", false}, Single{"NumericEquals", "${k:x}", "10", false},
                    Single{"NumericNotEquals", "10", "11", true}, Single{"NumericNotEquals", "10", "10.00", false},
                    Single{"NumericNotEquals", "10", nullptr, true}, Single{"NumericNotEquals", "10", "10abc", false},
                    Single{"NumericLessThan", "10", "9.99", true}, Single{"NumericLessThan", "10", "10", false}, Single{"NumericLessThan", "9", "10", false},
                    Single{"NumericLessThanEquals", "10", "10", true}, Single{"NumericLessThanEquals", "10", "10.01", false},
                    Single{"NumericGreaterThan", "9", "10", true}, Single{"NumericGreaterThan", "-10", "-9", true},
                    Single{"NumericGreaterThan", "10", "10", false}, Single{"NumericGreaterThanEquals", "10", "10", true},
                    Single{"NumericGreaterThanEquals", "10", nullptr, false},
                    Single{"NumericEquals", "90071992547409930000001", "90071992547409930000002", false}));

INSTANTIATE_TEST_SUITE_P(
    Dates, SingleTest,
    testing::Values(
        Single{"DateEquals", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", true}, Single{"DateEquals", "2026-01-02T03:04:05Z", "1767323045", true},
        Single{"DateEquals", "1767323045", "2026-01-02T03:04:05Z", true},  // T16: both notations on both sides
        Single{"DateEquals", "1767323045", "1767323045000", false},        // T16: never milliseconds
        Single{"DateEquals", "2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", true},
        Single{"DateEquals", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z", true}, Single{"DateEquals", "2026-01-02", "2026-01-02T00:00Z", true},
        Single{"DateEquals", "2026", "2026-01-01T00:00:00Z", true}, Single{"DateEquals", "2026-01", "2026-01-01", true},
        Single{"DateEquals", "2026-13-01", "2026-13-01", false}, Single{"DateEquals", "2026-01-02T03:04:05", "2026-01-02T03:04:05Z", false},
        Single{"DateEquals", "x", "x", false}, Single{"DateNotEquals", "2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", true},
        Single{"DateNotEquals", "2026-01-02T03:04:05Z", nullptr, true}, Single{"DateNotEquals", "2026-01-02T03:04:05Z", "1767323045", false},
        Single{"DateLessThan", "2026-01-02T03:04:05Z", "1767323044", true}, Single{"DateLessThan", "2026-01-02T03:04:05Z", "1767323045", false},
        Single{"DateLessThanEquals", "2026-01-02T03:04:05Z", "1767323045", true},
        Single{"DateGreaterThan", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.001Z", true},
        Single{"DateGreaterThan", "2026-01-02T03:04:05Z", nullptr, false}, Single{"DateGreaterThanEquals", "1767323045", "2026-01-02T03:04:05Z", true},
        Single{"DateLessThan", "1970-01-01T00:00:00Z", "-1", true}));

INSTANTIATE_TEST_SUITE_P(
    Others, SingleTest,
    testing::Values(
        Single{"Bool", "true", "true", true}, Single{"Bool", "true", "TRUE", true}, Single{"Bool", "True", "false", false},
        Single{"Bool", "false", nullptr, false}, Single{"Bool", "yes", "yes", false}, Single{"BinaryEquals", "YWJj", "YWJj", true},
        Single{"BinaryEquals", "YWJjZA==", "YWJjZA", true},  // T16: bytes, not text
        Single{"BinaryEquals", "YWJj", "YWJk", false}, Single{"BinaryEquals", "%%", "%%", false}, Single{"BinaryEquals", "YWJj", nullptr, false},
        Single{"Null", "true", nullptr, true}, Single{"Null", "true", "x", false}, Single{"Null", "false", "x", true},
        Single{"Null", "false", nullptr, false}, Single{"Null", "FALSE", "x", true}, Single{"Null", "x", nullptr, false}));

INSTANTIATE_TEST_SUITE_P(
    Addresses, SingleTest,
    testing::Values(
        Single{"IpAddress", "203.0.113.0/24", "203.0.113.7", true}, Single{"IpAddress", "203.0.113.0/24", "203.0.114.7", false},
        Single{"IpAddress", "203.0.113.7", "203.0.113.7", true}, Single{"IpAddress", "203.0.113.7", "203.0.113.8", false},
        Single{"IpAddress", "0.0.0.0/0", "203.0.113.7", true},  // T16
        Single{"IpAddress", "203.0.113.99/24", "203.0.113.7", true}, Single{"IpAddress", "203.0.113.128/25", "203.0.113.127", false},
        Single{"IpAddress", "2001:db8::/32", "2001:0DB8:0:0::1", true},  // T16: text variants of one address
        Single{"IpAddress", "2001:db8::1", "2001:db8:0:0:0:0:0:1", true}, Single{"IpAddress", "2001:db8::/33", "2001:db8:8000::1", false},
        Single{"IpAddress", "::/0", "2001:db8::1", true}, Single{"IpAddress", "0.0.0.0/0", "2001:db8::1", false},
        Single{"IpAddress", "203.0.113.0/33", "203.0.113.0", false}, Single{"IpAddress", "203.0.113.0/", "203.0.113.0", false},
        Single{"IpAddress", "203.0.113.0/24", "localhost", false}, Single{"IpAddress", "203.0.113.0/24", nullptr, false},
        Single{"NotIpAddress", "203.0.113.0/24", "203.0.113.7", false}, Single{"NotIpAddress", "203.0.113.0/24", "203.0.114.7", true},
        Single{"NotIpAddress", "203.0.113.0/24", nullptr, true}, Single{"NotIpAddress", "203.0.113.0/24", "localhost", false}));

constexpr const char* kRole = "arn:aws:iam::111122223333:role/a/b";

INSTANTIATE_TEST_SUITE_P(
    Arns, SingleTest,
    testing::Values(
        Single{"ArnEquals", kRole, kRole, true}, Single{"ArnLike", "arn:aws:iam::111122223333:role/*", kRole, true},
        Single{"ArnEquals", "arn:aws:iam::111122223333:role/*", kRole, true}, Single{"ArnLike", "arn:aws:iam::*:role/a/?", kRole, true},
        Single{"ArnLike", "arn:aws:*:role/*", kRole, false},  // T15
        Single{"ArnLike", "arn:aws:iam::111122223333:role/A/b", kRole, false}, Single{"ArnLike", "*", kRole, true},
        Single{"ArnLike", "arn:aws:s3:::b*", "arn:aws:s3:::b:c:d", true}, Single{"ArnLike", kRole, nullptr, false},
        Single{"ArnLike", "text", "text", false}, Single{"ArnNotEquals", kRole, kRole, false}, Single{"ArnNotLike", "arn:aws:iam::*:user/*", kRole, true},
        Single{"ArnNotLike", kRole, nullptr, true}, Single{"ArnNotLike", kRole, "text", false}));

TEST(ValuesTest, APositiveOperatorNeedsOneAndANegatedOneNone) {
  EXPECT_TRUE(Check("StringEquals", {"a", "b"}, Values{"b"}));
  EXPECT_FALSE(Check("StringEquals", {"a", "b"}, Values{"c"}));
  EXPECT_FALSE(Check("StringNotEquals", {"a", "b"}, Values{"b"}));
  EXPECT_TRUE(Check("StringNotEquals", {"a", "b"}, Values{"c"}));
  EXPECT_FALSE(Check("StringEquals", {}, Values{"a"}));
  EXPECT_TRUE(Check("StringNotEquals", {}, Values{"a"}));
}

TEST(SetOperatorTest, ForAllValuesIsTrueForNothing) {
  EXPECT_TRUE(Check("ForAllValues:StringEquals", {"a", "b"}, Values{"a", "b"}));
  EXPECT_TRUE(Check("ForAllValues:StringEquals", {"a", "b"}, Values{"a"}));
  EXPECT_FALSE(Check("ForAllValues:StringEquals", {"a", "b"}, Values{"a", "c"}));
  EXPECT_TRUE(Check("ForAllValues:StringEquals", {"a"}, std::nullopt));
  EXPECT_TRUE(Check("ForAllValues:StringEquals", {"a"}, Values{}));
  EXPECT_TRUE(Check("ForAllValues:StringEquals", {"a"}, Values{""}));  // T16
  EXPECT_FALSE(Check("ForAllValues:StringEquals", {"a"}, Values{"", "b"}));
  EXPECT_FALSE(Check("ForAllValues:StringNotEquals", {"a"}, Values{"a", "b"}));
  EXPECT_TRUE(Check("ForAllValues:StringNotEquals", {"a"}, Values{"b", "c"}));
  EXPECT_TRUE(Check("ForAllValues:StringLike", {"a*"}, Values{"ab", "ac"}));
}

TEST(SetOperatorTest, ForAnyValueIsFalseForNothing) {
  EXPECT_TRUE(Check("ForAnyValue:StringEquals", {"a", "b"}, Values{"c", "a"}));
  EXPECT_FALSE(Check("ForAnyValue:StringEquals", {"a", "b"}, Values{"c", "d"}));
  EXPECT_FALSE(Check("ForAnyValue:StringEquals", {"a"}, std::nullopt));
  EXPECT_FALSE(Check("ForAnyValue:StringEquals", {"a"}, Values{""}));
  EXPECT_FALSE(Check("ForAnyValue:StringNotEquals", {"a"}, std::nullopt));
  EXPECT_TRUE(Check("ForAnyValue:StringNotEquals", {"a"}, Values{"a", "b"})) << "b differs";
  EXPECT_FALSE(Check("ForAnyValue:StringNotEquals", {"a"}, Values{"a"}));
}

TEST(UndocumentedTest, ForAnyValueIfExistsOnAnAbsentKeyIsAChoice) {
  EXPECT_TRUE(Check("ForAnyValue:StringEqualsIfExists", {"a"}, std::nullopt));
  EXPECT_FALSE(Check("ForAnyValue:StringEqualsIfExists", {"a"}, std::nullopt, {.any_value_if_exists = AnyValueIfExists::kFalse}));
  EXPECT_FALSE(Check("ForAnyValue:StringEqualsIfExists", {"a"}, Values{"b"}));
}

TEST(UndocumentedTest, SeveralValuesUnderAPlainOperatorAreAChoice) {
  const Undocumented any{.several_values = SeveralValues::kAnyMatches};
  EXPECT_FALSE(Check("StringEquals", {"a"}, Values{"a", "b"}));
  EXPECT_TRUE(Check("StringEquals", {"a"}, Values{"a", "b"}, any));
  EXPECT_FALSE(Check("StringNotEquals", {"c"}, Values{"a", "b"}));
  EXPECT_TRUE(Check("StringNotEquals", {"a"}, Values{"a", "b"}, any));
}

TEST(UndocumentedTest, AnUncomparableValueUnderANegatedOperatorIsAChoice) {
  const Undocumented holds{.uncomparable = UncomparableUnderNegation::kConditionHolds};
  for (const char* name : {"ArnNotLike", "NumericNotEquals", "DateNotEquals", "NotIpAddress"}) {
    EXPECT_FALSE(Check(name, {"1"}, Values{"text"})) << name;
    EXPECT_TRUE(Check(name, {"1"}, Values{"text"}, holds)) << name;
  }
}

TEST(KeyTest, NamesIgnoreCaseAndValuesDoNot) {
  const Condition condition{.op = Operator::kStringEquals, .key = "AWS:requesttag/COST", .values = {"Red"}};
  EXPECT_TRUE(Holds(condition, {{"aws:RequestTag/Cost", "Red"}}, Version::k2012));
  EXPECT_FALSE(Holds(condition, {{"aws:RequestTag/Cost", "red"}}, Version::k2012));
}

bool WithVariable(const char* name, const char* wanted, const char* given, const ContextMap& variables,
                  Version version = Version::k2012, const Undocumented& choices = {}) {
  Condition condition{.key = "k:x", .values = {wanted}};
  EXPECT_TRUE(ReadOperator(name, condition)) << name;
  ContextMap context = variables;
  context.Set("k:x", given);
  return Holds(condition, context, version, choices);
}

TEST(VariableTest, IsReplacedByItsValue) {
  const ContextMap ann = {{"aws:username", "ann"}};
  EXPECT_TRUE(WithVariable("StringEquals", "${aws:username}", "ann", ann));
  EXPECT_TRUE(WithVariable("StringEquals", "x/${AWS:UserName}/y", "x/ann/y", ann));
  EXPECT_TRUE(WithVariable("StringLike", "${aws:username}*", "anna", ann));
  EXPECT_TRUE(WithVariable("StringEqualsIgnoreCase", "${aws:username}", "ANN", ann));
  EXPECT_TRUE(WithVariable("ArnLike", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/ann/x", ann));
  EXPECT_FALSE(WithVariable("StringNotEquals", "${aws:username}", "ann", ann));
  EXPECT_TRUE(WithVariable("Bool", "${k:flag}", "true", {{"k:flag", "TRUE"}}));
}

// T17
TEST(VariableTest, IsTextInOldDocuments) {
  const ContextMap ann = {{"aws:username", "ann"}};
  EXPECT_FALSE(WithVariable("StringEquals", "${aws:username}", "ann", ann, Version::k2008));
  EXPECT_TRUE(WithVariable("StringEquals", "${aws:username}", "${aws:username}", ann, Version::k2008));
  EXPECT_FALSE(WithVariable("ArnLike", "arn:aws:s3:::${aws:username}", "arn:aws:s3:::ann", ann, Version::k2008));
}

TEST(VariableTest, WhatItHoldsIsNeverAWildcard) {
  EXPECT_FALSE(WithVariable("StringLike", "${aws:username}", "anything", {{"aws:username", "*"}}));
  EXPECT_TRUE(WithVariable("StringLike", "${aws:username}x*", "*xy", {{"aws:username", "*"}}));
  EXPECT_FALSE(WithVariable("StringLike", "${aws:username}", "ab", {{"aws:username", "a?"}}));
  EXPECT_FALSE(WithVariable("ArnLike", "arn:aws:s3:::${aws:username}", "arn:aws:s3:::ann", {{"aws:username", "*"}}));
  EXPECT_FALSE(WithVariable("StringLike", "${aws:username}", "anything", {{"aws:username", "\xFF"}})) << "the byte that stands for a star inside";
}

TEST(VariableTest, HasLiteralsAndDefaults) {
  EXPECT_TRUE(WithVariable("StringLike", "a${*}b*", "a*bc", {}));
  EXPECT_FALSE(WithVariable("StringLike", "a${*}b", "axb", {}));
  EXPECT_TRUE(WithVariable("StringEquals", "${$}{x}${?}", "${x}?", {}));
  EXPECT_TRUE(WithVariable("StringEquals", "${aws:PrincipalTag/team, 'none'}", "none", {}));
  EXPECT_TRUE(WithVariable("StringEquals", "${aws:PrincipalTag/team,'}'}", "}", {}));
  EXPECT_TRUE(WithVariable("StringEquals", "${aws:PrincipalTag/team, 'none'}", "red", {{"aws:PrincipalTag/Team", "red"}}));
}

TEST(VariableTest, WithoutValueNothingMatches) {
  EXPECT_FALSE(WithVariable("StringEquals", "${aws:username}", "${aws:username}", {}));
  EXPECT_FALSE(WithVariable("StringLike", "${aws:username}*", "x", {}));
  ContextMap several;
  several.SetList("aws:TagKeys", {"a", "b"});
  EXPECT_FALSE(WithVariable("StringEquals", "${aws:TagKeys}", "a", several)) << "multi-valued keys are no variables";
  EXPECT_FALSE(WithVariable("StringEquals", "${aws:TagKeys, 'd'}", "d", several));
}

TEST(UndocumentedTest, AnUnresolvedVariableUnderANegatedOperatorIsAChoice) {
  const Undocumented holds{.unresolved = UnresolvedUnderNegation::kConditionHolds};
  EXPECT_FALSE(WithVariable("StringNotEquals", "${aws:username}", "x", {}));
  EXPECT_TRUE(WithVariable("StringNotEquals", "${aws:username}", "x", {}, Version::k2012, holds));
  EXPECT_FALSE(WithVariable("ArnNotLike", "arn:aws:s3:::${aws:username}", "arn:aws:s3:::x", {}));
}

TEST(VariableTest, MalformedOnesAreText) {
  for (const char* text : {"${", "${aws:username", "a$b", "{x}", "${a, b}", "${a, 'b}", "${a, 'b' c}"}) {
    EXPECT_EQ(internal::Expand(text, {}, internal::Stars::kAreText), text);
  }
}

TEST(ConditionsTest, AllMustHold) {
  const std::vector<Condition> both = {{.op = Operator::kStringEquals, .key = "k:a", .values = {"1"}},
                                       {.op = Operator::kStringEquals, .key = "k:b", .values = {"2"}}};
  EXPECT_TRUE(HoldAll(both, {{"k:a", "1"}, {"k:b", "2"}}, Version::k2012));
  EXPECT_FALSE(HoldAll(both, {{"k:a", "1"}, {"k:b", "3"}}, Version::k2012));
  EXPECT_TRUE(HoldAll({}, {}, Version::k2012));
}

TEST(MfaTest, TheRightDenyForLongTermKeysNeedsIfExists) {
  // aws:MultiFactorAuthPresent is absent for long-term keys.
  EXPECT_FALSE(Check("Bool", {"false"}, std::nullopt));
  EXPECT_TRUE(Check("BoolIfExists", {"false"}, std::nullopt));
}

}  // namespace
}  // namespace crossrole::policy
