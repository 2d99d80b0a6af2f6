// SPDX-License-Identifier: Apache-2.0
#include "policy/print.h"

#include <gtest/gtest.h>

#include "fakes/policy_documents.h"

namespace crossrole::policy {
namespace {

TEST(PrintTest, WritesTheNormalForm) {
  const Document document = Trust(R"({"Statement":{"Action":["sts:AssumeRole"],"Principal":{"AWS":["111122223333","*"]},
    "Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}},"Effect":"Allow","Sid":"A"},"Version":"2012-10-17"})");
  EXPECT_EQ(Print(document),
            R"({"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":["111122223333","*"]},)"
            R"("Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]})");
}

TEST(PrintTest, KeepsNegatedForms) {
  const std::string text =
      R"({"Version":"2008-10-17","Id":"i","Statement":[{"Effect":"Deny","NotPrincipal":{"Service":"a.amazonaws.com"},)"
      R"("NotAction":["s3:Get*","s3:List*"],"NotResource":"arn:aws:s3:::b/*"}]})";
  EXPECT_EQ(Print(ResourcePolicy(text)), text);
}

TEST(PrintTest, EscapesWhatAwsDoesNotTake) {
  const Document document =
      Identity(R"({"Id":"\u20ac \ud83d\ude00 é \u0001","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})");
  const std::string text = Print(document);
  EXPECT_NE(text.find(R"(\u20ac \ud83d\ude00 é \u0001)"), std::string::npos) << text;
  EXPECT_EQ(Identity(text), document);
}

struct Pair {
  const char* a;
  const char* b;
};

std::string In(const char* statement) { return std::string(R"({"Version":"2012-10-17","Statement":)") + statement + "}"; }

TEST(CanonicalTest, WhatMeansTheSameIsEqual) {
  const Pair pairs[] = {
      {R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"})",
       R"([{"Action":["STS:ASSUMEROLE"],"Principal":{"AWS":["arn:aws:iam::111122223333:root"]},"Effect":"Allow"}])"},
      {R"({"Effect":"Allow","Principal":"*","Action":["sts:TagSession","sts:AssumeRole"]})",
       R"({"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:TagSession","sts:AssumeRole"]})"},
      {R"({"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"ArnEquals":{"aws:PrincipalArn":"a:b:c:d:e:f"}}})",
       R"({"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"ArnLike":{"AWS:principalarn":["a:b:c:d:e:f"]}}})"},
      {R"([{"Sid":"A","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"},{"Sid":"B","Effect":"Deny","Principal":"*","Action":"sts:TagSession"}])",
       R"([{"Sid":"B","Effect":"Deny","Principal":"*","Action":"sts:TagSession"},{"Sid":"A","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}])"},
  };
  for (const Pair& pair : pairs) {
    EXPECT_EQ(PrintCanonical(Trust(In(pair.a))), PrintCanonical(Trust(In(pair.b))));
    EXPECT_TRUE(Equivalent(Trust(In(pair.a)), Trust(In(pair.b))));
  }
}

TEST(CanonicalTest, WhatDiffersStaysDifferent) {
  const char* base = R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"a"}}})";
  for (const char* other :
       {R"({"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"a"}}})",
        R"({"Effect":"Allow","Principal":{"AWS":"111122223334"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"a"}}})",
        R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"A"}}})",
        R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"StringEqualsIfExists":{"sts:ExternalId":"a"}}})",
        R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"NotAction":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"a"}}})",
        R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"})"}) {
    EXPECT_FALSE(Equivalent(Trust(In(base)), Trust(In(other)))) << other;
  }
}

TEST(CanonicalTest, ConditionsThatWouldBecomeNamesakesBothSurvive) {
  const Document keys = Identity(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",
    "Condition":{"StringLike":{"aws:A":"a*","AWS:a":"*b"}}}})");
  EXPECT_EQ(Identity(PrintCanonical(keys)).statements.front().conditions.size(), 2U);
  const Document operators = Identity(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",
    "Condition":{"ArnLike":{"aws:SourceArn":"*"},"ArnEquals":{"aws:SourceArn":"a:b:c:d:e:f"}}}})");
  EXPECT_EQ(Identity(PrintCanonical(operators)).statements.front().conditions.size(), 2U);
}

}  // namespace
}  // namespace crossrole::policy
