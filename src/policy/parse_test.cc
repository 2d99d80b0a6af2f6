// SPDX-License-Identifier: Apache-2.0
#include "policy/parse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/policy_documents.h"
#include "policy/print.h"

namespace crossrole::policy {
namespace {

constexpr std::string_view kTrustText = R"({"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"A1","Effect":"Allow",
  "Principal":{"AWS":"arn:aws:iam::999999999999:role/crossrole/broker"},"Action":"sts:AssumeRole",
  "Condition":{"StringEquals":{"sts:ExternalId":"abc"}}}]})";

TEST(ParseTest, ReadsEveryElementOfATrustPolicy) {
  const Document document = Trust(kTrustText);
  EXPECT_EQ(document.version, Version::k2012);
  EXPECT_EQ(document.id, "x");
  ASSERT_EQ(document.statements.size(), 1U);
  const Statement& statement = document.statements.front();
  EXPECT_EQ(statement.sid, "A1");
  EXPECT_EQ(statement.effect, Effect::kAllow);
  EXPECT_EQ(statement.principal.form, Form::kIs);
  EXPECT_EQ(statement.principal.values.front().text, "arn:aws:iam::999999999999:role/crossrole/broker");
  EXPECT_EQ(statement.action.patterns, std::vector<std::string>{"sts:AssumeRole"});
  EXPECT_EQ(statement.resource.form, Form::kAbsent);
  ASSERT_EQ(statement.conditions.size(), 1U);
  EXPECT_EQ(statement.conditions.front().op, Operator::kStringEquals);
  EXPECT_EQ(statement.conditions.front().key, "sts:ExternalId");
}

// T22
TEST(ParseTest, AnObjectOrAScalarStandsForAnArrayOfOne) {
  const Document scalar = Identity(R"({"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*",
    "Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:max-keys":10}}}})");
  const Document list = Identity(R"({"Statement":[{"Effect":"Allow","Action":["s3:Get*"],"Resource":["*"],
    "Condition":{"Bool":{"aws:SecureTransport":["true"]},"NumericLessThan":{"s3:max-keys":["10"]}}}]})");
  EXPECT_EQ(scalar, list);
}

TEST(ParseTest, AnAbsentVersionIsTheOldOne) {
  EXPECT_EQ(Identity(R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})").version, Version::k2008);
  EXPECT_EQ(Identity(R"({"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})").version,
            Version::k2008);
}

// T2
TEST(ParseTest, TheStringStarIsThePrincipalEveryone) {
  const Document bare = Trust(R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}})");
  const Document keyed = Trust(R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}})");
  EXPECT_EQ(bare, keyed);
}

struct Refusal {
  const char* name;
  DocumentKind kind;
  std::string text;
  const char* message;  // what IAM says
};

std::string One(const std::string& statement) { return R"({"Version":"2012-10-17","Statement":[)" + statement + "]}"; }

std::string TrustBy(const std::string& principal, const std::string& rest = R"("Action":"sts:AssumeRole")") {
  return One(R"({"Effect":"Allow","Principal":)" + principal + "," + rest + "}");
}

class RefusalTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, IsRefusedInIamsWords) {
  const auto document = Parse(GetParam().text, GetParam().kind);
  ASSERT_FALSE(document.has_value()) << GetParam().text;
  EXPECT_EQ(document.error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(document.error().aws_code, "MalformedPolicyDocument");
  EXPECT_EQ(document.error().message, GetParam().message);
  EXPECT_FALSE(document.error().fix.empty());
}

constexpr const char* kSyntax = "Syntax errors in policy.";
constexpr const char* kJson = "This policy contains invalid Json";
constexpr const char* kVendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
constexpr const char* kSts = "AssumeRole policy may only specify STS AssumeRole actions.";
constexpr auto kId = DocumentKind::kIdentity;
constexpr auto kTr = DocumentKind::kTrust;
constexpr auto kRes = DocumentKind::kResource;
const std::string kAllowAll = R"("Effect":"Allow","Action":"s3:*","Resource":"*")";

INSTANTIATE_TEST_SUITE_P(
    Json, RefusalTest,
    testing::Values(
        Refusal{"Empty", kId, "", kJson}, Refusal{"NotJson", kId, "{", kJson}, Refusal{"Behind", kId, One("{" + kAllowAll + "}") + "x", kJson},
        Refusal{"DuplicateEffect", kId, One(R"({"Effect":"Deny",)" + kAllowAll + "}"), kJson},
        Refusal{"TwoServices", kTr, TrustBy(R"({"Service":"a.amazonaws.com","Service":"b.amazonaws.com"})"), kJson},
        Refusal{"Array", kId, "[]", kSyntax}, Refusal{"NoStatement", kId, R"({"Version":"2012-10-17"})", kSyntax},
        Refusal{"EmptyStatement", kId, R"({"Statement":[]})", kSyntax},
        Refusal{"Version", kId, R"({"Version":"2012-10-18","Statement":[]})", kSyntax},
        Refusal{"VersionNumber", kId, R"({"Version":2012,"Statement":[]})", kSyntax},
        Refusal{"UnknownTop", kId, R"({"Statements":[]})", kSyntax},
        Refusal{"UnknownElement", kId, One("{\"Actions\":\"x\"," + kAllowAll + "}"), kSyntax},
        Refusal{"StatementText", kId, One("\"x\""), kSyntax}, Refusal{"SidNumber", kId, One("{\"Sid\":1," + kAllowAll + "}"), kSyntax},
        Refusal{"NoEffect", kId, One(R"({"Action":"s3:*","Resource":"*"})"), kSyntax},
        Refusal{"LowerEffect", kId, One(R"({"Effect":"allow","Action":"s3:*","Resource":"*"})"), kSyntax},
        Refusal{"ActionAndNotAction", kId, One("{\"NotAction\":\"s3:Get*\"," + kAllowAll + "}"), kSyntax},
        Refusal{"ResourceAndNotResource", kId, One("{\"NotResource\":\"*\"," + kAllowAll + "}"), kSyntax},
        Refusal{"ActionNumber", kId, One(R"({"Effect":"Allow","Action":[1],"Resource":"*"})"), kSyntax},
        Refusal{"Operator", kId, One("{" + kAllowAll + R"(,"Condition":{"StringEqual":{"aws:x":"y"}}})"), kSyntax},
        Refusal{"OperatorCase", kId, One("{" + kAllowAll + R"(,"Condition":{"stringequals":{"aws:x":"y"}}})"), kSyntax},
        Refusal{"NullIfExists", kId, One("{" + kAllowAll + R"(,"Condition":{"NullIfExists":{"aws:x":"true"}}})"), kSyntax},
        Refusal{"SetOperatorTwice", kId, One("{" + kAllowAll + R"(,"Condition":{"ForAnyValue:ForAnyValue:Bool":{"aws:x":"true"}}})"), kSyntax},
        Refusal{"ConditionList", kId, One("{" + kAllowAll + R"(,"Condition":[]})"), kSyntax},
        Refusal{"ConditionKeysList", kId, One("{" + kAllowAll + R"(,"Condition":{"Bool":[]}})"), kSyntax},
        Refusal{"ConditionObjectValue", kId, One("{" + kAllowAll + R"(,"Condition":{"Bool":{"aws:x":{}}}})"), kSyntax},
        Refusal{"ConditionNull", kId, One("{" + kAllowAll + R"(,"Condition":{"Bool":{"aws:x":null}}})"), kSyntax},
        Refusal{"PrincipalKind", kTr, TrustBy(R"({"Aws":"*"})"), kSyntax}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Rules, RefusalTest,
    testing::Values(
        Refusal{"NoAction", kId, One(R"({"Effect":"Allow","Resource":"*"})"), "Policy statement must contain actions."},
        Refusal{"EmptyAction", kId, One(R"({"Effect":"Allow","Action":[],"Resource":"*"})"), "Policy statement must contain actions."},
        Refusal{"NoResource", kId, One(R"({"Effect":"Allow","Action":"s3:*"})"), "Policy statement must contain resources."},
        Refusal{"EmptyResource", kId, One(R"({"Effect":"Allow","Action":"s3:*","Resource":[]})"), "Policy statement must contain resources."},
        Refusal{"NoVendor", kId, One(R"({"Effect":"Allow","Action":"GetObject","Resource":"*"})"), kVendor},
        Refusal{"TwoColons", kId, One(R"({"Effect":"Allow","Action":"s3:Get:Object","Resource":"*"})"),
                "Actions/Condition can contain only one colon."},
        Refusal{"WildVendor", kId, One(R"({"Effect":"Allow","Action":"s*:Get","Resource":"*"})"), "Vendor s* is not valid"},
        Refusal{"ResourceText", kId, One(R"({"Effect":"Allow","Action":"s3:*","Resource":"bucket"})"),
                "Resource bucket must be in ARN format or \"*\"."},
        Refusal{"ResourceShort", kId, One(R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:bucket"})"),
                "The policy failed legacy parsing"},
        Refusal{"ResourceWildService", kId, One(R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s*:::b"})"),
                "Resource vendor must be fully qualified and cannot contain regexes."},
        Refusal{"Sid", kId, One("{\"Sid\":\"a b\"," + kAllowAll + "}"),
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"},
        Refusal{"SidTwice", kId, One("{\"Sid\":\"a\"," + kAllowAll + "},{\"Sid\":\"a\"," + kAllowAll + "}"),
                "Statement IDs (SID) in a single policy must be unique."},
        Refusal{"ConditionKey", kId, One("{" + kAllowAll + R"(,"Condition":{"Bool":{"x":"true"}}})"),
                "Conditions must be prefaced by a vendor, e.g., aws, sdb, ec2, etc."},
        Refusal{"PrincipalInIdentity", kId, One("{\"Principal\":\"*\"," + kAllowAll + "}"), "Policy document should not specify a principal."},
        Refusal{"PrincipalInSession", DocumentKind::kSession, One("{\"Principal\":\"*\"," + kAllowAll + "}"),
                "Policy document should not specify a principal."},
        Refusal{"PrincipalInBoundary", DocumentKind::kBoundary, One("{\"NotPrincipal\":\"*\"," + kAllowAll + "}"),
                "Policy document should not specify a principal."},
        Refusal{"RcpPrincipal", DocumentKind::kResourceControl, One("{\"Principal\":{\"AWS\":\"111122223333\"}," + kAllowAll + "}"),
                "The Principal element contains an invalid value."},
        Refusal{"AllowNotPrincipal", kRes, One("{\"NotPrincipal\":{\"AWS\":\"111122223333\"}," + kAllowAll + "}"),
                "Allow with NotPrincipal is not allowed."}),
    [](const auto& info) { return info.param.name; });


INSTANTIATE_TEST_SUITE_P(
    TrustRules, RefusalTest,
    testing::Values(
        Refusal{"Resource", kTr, TrustBy("\"*\"", R"("Action":"sts:AssumeRole","Resource":"*")"), "Has prohibited field Resource"},
        Refusal{"NotResource", kTr, TrustBy("\"*\"", R"("Action":"sts:AssumeRole","NotResource":"*")"), "Has prohibited field Resource"},
        Refusal{"NotPrincipal", kTr, One(R"({"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"})"),
                "Has prohibited field NotPrincipal"},
        Refusal{"NoPrincipal", kTr, One(R"({"Effect":"Allow","Action":"sts:AssumeRole"})"), "Missing required field Principal"},
        Refusal{"EmptyPrincipal", kTr, TrustBy("{}"), "Missing required field Principal"},
        Refusal{"EmptyAws", kTr, TrustBy(R"({"AWS":[]})"), "Missing required field Principal"},
        Refusal{"ForeignAction", kTr, TrustBy("\"*\"", R"("Action":"s3:GetObject")"), kSts},
        Refusal{"Everything", kTr, TrustBy("\"*\"", R"("Action":"*")"), kSts},
        Refusal{"Typo", kTr, TrustBy("\"*\"", R"("Action":["sts:AssumeRole","sts:TagSessions"])"), kSts},
        Refusal{"PrincipalText", kTr, TrustBy("\"111122223333\""), "Invalid principal in policy: \"111122223333\""},
        Refusal{"Group", kTr, TrustBy(R"({"AWS":"arn:aws:iam::111122223333:group/x"})"),
                "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111122223333:group/x\""},
        Refusal{"WildRole", kTr, TrustBy(R"({"AWS":"arn:aws:iam::111122223333:role/x*"})"),
                "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111122223333:role/x*\""},
        Refusal{"WildSession", kTr, TrustBy(R"({"AWS":"arn:aws:sts::111122223333:assumed-role/x/*"})"),
                "Invalid principal in policy: \"AWS\":\"arn:aws:sts::111122223333:assumed-role/x/*\""},
        Refusal{"ShortAccount", kTr, TrustBy(R"({"AWS":"11112222333"})"), "Invalid principal in policy: \"AWS\":\"11112222333\""},
        Refusal{"Profile", kTr, TrustBy(R"({"AWS":"arn:aws:iam::111122223333:instance-profile/x"})"),
                "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111122223333:instance-profile/x\""},
        Refusal{"Service", kTr, TrustBy(R"({"Service":"ec2"})"), "Invalid principal in policy: \"SERVICE\":\"ec2\""}),
    [](const auto& info) { return info.param.name; });

TEST(ParseTest, AcceptsEveryPrincipalThatIamAccepts) {
  for (const char* principal :
       {R"("*")", R"({"AWS":"*"})", R"({"AWS":"111122223333"})", R"({"AWS":["arn:aws:iam::111122223333:root","arn:aws-cn:iam::111122223333:user/a/b"]})",
        R"({"AWS":"arn:aws:sts::111122223333:assumed-role/x/session"})", R"({"AWS":"arn:aws:sts::111122223333:federated-user/x"})",
        R"({"AWS":"AROAEXAMPLEEXAMPLE123"})", R"({"AWS":"AIDAEXAMPLEEXAMPLE123"})", R"({"Service":["ec2.amazonaws.com","x.amazonaws.com.cn"]})",
        R"({"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"})",
        R"({"Federated":"cognito-identity.amazonaws.com","AWS":"111122223333"})"}) {
    EXPECT_TRUE(Parse(TrustBy(principal), kTr).has_value()) << principal;
  }
}

TEST(ParseTest, AcceptsEveryActionOfATrustPolicy) {
  for (const char* action : {R"("sts:AssumeRole")", R"("STS:assumerole")", R"("sts:*")", R"("sts:AssumeRole*")", R"("sts:SetContext")",
                             R"(["sts:TagSession","sts:SetSourceIdentity","sts:AssumeRoleWithSAML","sts:AssumeRoleWithWebIdentity"])"}) {
    EXPECT_TRUE(Parse(TrustBy("\"*\"", std::string("\"Action\":") + action), kTr).has_value()) << action;
  }
}

TEST(ParseTest, CharactersBeyondLatin1AreAValidationError) {
  const std::string before = R"({"Version":"2012-10-17","Id":")";
  const std::string after = R"(","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";
  EXPECT_TRUE(Parse(before + "\xC3\xBF" + after, kId).has_value()) << "U+00FF";
  for (const std::string text : {"\xC4\x80", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x01"}) {
    const auto document = Parse(before + text + after, kId);
    ASSERT_FALSE(document.has_value());
    EXPECT_EQ(document.error().aws_code, "ValidationError");
  }
}

TEST(ParseTest, ErrorsNameThePlace) {
  const auto document = Parse(One("{" + kAllowAll + "},{" + kAllowAll + R"(,"Condition":{"Foo":{}}})"), kId);
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().field, "Statement[1].Condition.Foo");
}

TEST(ParseTest, AnOverlongTextIsRefusedUnread) {
  const auto document = Parse(std::string(kMaximumTextSize + 1, ' '), kId);
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().code, base::Code::kTooLarge);
}

TEST(ParseTest, NestingIsBounded) { EXPECT_FALSE(Parse(std::string(5000, '['), kId).has_value()); }

TEST(OperatorTest, EveryNameIsReadBack) {
  for (int i = 0; i <= static_cast<int>(Operator::kNull); ++i) {
    for (const SetOperator set : {SetOperator::kNone, SetOperator::kForAllValues, SetOperator::kForAnyValue}) {
      for (const WhenAbsent absent : {WhenAbsent::kOperatorDecides, WhenAbsent::kMatches}) {
        const Condition written{.op = static_cast<Operator>(i), .set = set, .when_absent = absent};
        Condition read;
        const bool plain = set == SetOperator::kNone && absent == WhenAbsent::kOperatorDecides;
        ASSERT_EQ(ReadOperator(NameOf(written), read), written.op != Operator::kNull || plain) << NameOf(written);
        if (written.op != Operator::kNull) EXPECT_EQ(read, written);
      }
    }
  }
}

TEST(CountedSizeTest, WhiteSpaceBetweenTokensIsFree) {
  EXPECT_EQ(CountedSize("{ \"a\" :\n\t[ 1 ] }\r\n"), CountedSize(R"({"a":[1]})"));
  EXPECT_EQ(CountedSize(R"({"a":[1]})"), 9U);
  EXPECT_EQ(CountedSize(R"({"a b":"c\" d"})"), 15U);
  EXPECT_EQ(CountedSize("\"\xC3\xA9\""), 3U) << "characters, not bytes";
  EXPECT_EQ(CountedSize(""), 0U);
}

}  // namespace
}  // namespace crossrole::policy
