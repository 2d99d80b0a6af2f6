// SPDX-License-Identifier: Apache-2.0
#include "sim/compiled_policies.h"

#include <gtest/gtest.h>

#include <vector>

#include "policy/parse.h"

namespace crossrole::sim {
namespace {

using DocumentPtr = std::shared_ptr<const policy::Document>;

DocumentPtr Read(std::string_view text) {
  auto document = policy::Parse(text, policy::DocumentKind::kIdentity);
  CHECK(document.has_value());
  return std::make_shared<const policy::Document>(*std::move(document));
}

constexpr std::string_view kText = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:B","a:C"],"Resource":"*"}]})";
constexpr std::string_view kSameMeaning = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["a:C","a:B"],"Resource":["*"]}})";

TEST(CompiledPoliciesTest, ADocumentIsCompiledOnce) {
  CompiledPolicies policies;
  const DocumentPtr document = Read(kText);
  const policy::PolicyRef first = policies.Refer("first", document);
  const policy::PolicyRef second = policies.Refer("second", document);
  ASSERT_NE(first.compiled, nullptr);
  EXPECT_EQ(first.compiled, second.compiled);
  EXPECT_EQ(second.name, "second");
  EXPECT_EQ(policies.entries(), 1U);
}

TEST(CompiledPoliciesTest, DocumentsOfOneMeaningShareWhatEvaluationWorksWith) {
  CompiledPolicies policies;
  const DocumentPtr one = Read(kText), other = Read(kSameMeaning);
  const policy::PolicyRef a = policies.Refer("a", one), b = policies.Refer("b", other);
  EXPECT_EQ(a.compiled->address(), b.compiled->address());
  EXPECT_EQ(&a.compiled->core(), &b.compiled->core());
}

TEST(CompiledPoliciesTest, AnAddressThatIsUsedAgainIsAnotherDocument) {
  CompiledPolicies policies;
  const policy::Document allow = *Read(kText);
  // One place in memory for two documents, one after the other.
  auto place = std::make_unique<policy::Document>(allow);
  DocumentPtr document(place.get(), [](const policy::Document*) {});
  const std::string address = policies.Refer("x", document).compiled->address();
  document.reset();
  place->statements.front().effect = policy::Effect::kDeny;
  document = DocumentPtr(place.get(), [](const policy::Document*) {});
  EXPECT_NE(policies.Refer("x", document).compiled->address(), address);
}

TEST(CompiledPoliciesTest, WhatNobodyHoldsIsForgotten) {
  CompiledPolicies policies;
  std::vector<DocumentPtr> held;
  for (int i = 0; i < 2'000; ++i) {
    const DocumentPtr document = Read(kText);
    policies.Refer("x", document);
    if (i % 100 == 0) held.push_back(document);
  }
  EXPECT_LE(policies.entries(), 512U);
  for (const DocumentPtr& document : held) EXPECT_EQ(policies.Refer("x", document).compiled->document(), policies.Refer("x", held.front()).compiled->document());
}

TEST(CompiledPoliciesTest, ASessionPolicyThatCannotBeReadIsRefused) {
  CompiledPolicies policies;
  EXPECT_TRUE(policies.Read(kText).has_value());
  EXPECT_FALSE(policies.Read("{").has_value());
  EXPECT_FALSE(policies.Read(R"({"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Action":"a:B","Resource":"*"}]})").has_value());
}

}  // namespace
}  // namespace crossrole::sim
