// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "base/json.h"
#include "policy/case_files.h"
#include "policy/naive_evaluator.h"
#include "policy/question.h"

namespace crossrole::policy_tests {
namespace {

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = ReadCases(CROSSROLE_SOURCE_DIR "/tests/policy/cases");
  return cases;
}

class DocumentedFact : public testing::TestWithParam<Case> {};

TEST_P(DocumentedFact, IsWhatTheEngineAnswers) {
  const Case& fact = GetParam();
  SCOPED_TRACE(fmt::format("{}: {}\n{}\n{}", fact.file, fact.name, fact.page, base::PrintJsonPretty(fact.question)));
  const Outcome outcome = AskEngine(fact.question);
  EXPECT_EQ(outcome.answer, fact.expected) << outcome.refusal;
  if (!fact.layers.empty()) EXPECT_EQ(outcome.layers, fact.layers);
}

TEST_P(DocumentedFact, IsWhatTheEngineAnswersFromCompiledPolicies) {
  const Case& fact = GetParam();
  SCOPED_TRACE(fmt::format("{}: {}\n{}\n{}", fact.file, fact.name, fact.page, base::PrintJsonPretty(fact.question)));
  const Outcome outcome = AskEngine(fact.question, Input::kCompiled);
  EXPECT_EQ(outcome.answer, fact.expected) << outcome.refusal;
  if (!fact.layers.empty()) EXPECT_EQ(outcome.layers, fact.layers);
}

TEST_P(DocumentedFact, IsWhatTheResidualSaysOfAContextThatWasNotKnown) {
  const Case& fact = GetParam();
  if (fact.question.contains("call")) return;
  SCOPED_TRACE(fmt::format("{}: {}\n{}\n{}", fact.file, fact.name, fact.page, base::PrintJsonPretty(fact.question)));
  EXPECT_EQ(AskEngineWithout(fact.question, [](std::string_view) { return true; }), fact.expected);
}

TEST_P(DocumentedFact, IsWhatTheNaiveReferenceAnswers) {
  const Case& fact = GetParam();
  // What IAM refuses to save is the parser's business, and the reference makes no choices where AWS is silent.
  if (fact.expected == "refused" || fact.question.contains("choices")) return;
  SCOPED_TRACE(fmt::format("{}: {}\n{}\n{}", fact.file, fact.name, fact.page, base::PrintJsonPretty(fact.question)));
  EXPECT_EQ(naive::Evaluate(fact.question), fact.expected);
}

std::string NameOfCase(const testing::TestParamInfo<Case>& info) {
  std::string name = fmt::format("{}__{}", info.param.file, info.param.name);
  std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Aws, DocumentedFact, testing::ValuesIn(Cases()), NameOfCase);

TEST(DocumentedFacts, AreSixHundredAtLeastEachWithItsPageAndToldOnce) {
  EXPECT_GE(Cases().size(), 600U);
  std::set<std::string> names;
  std::set<std::string> questions;
  for (const Case& fact : Cases()) {
    EXPECT_TRUE(names.insert(fact.file + fact.name).second) << fact.file << ": " << fact.name;
    EXPECT_TRUE(questions.insert(base::PrintJson(fact.question)).second) << "asked twice: " << fact.file << ": " << fact.name;
    EXPECT_TRUE(fact.page.starts_with("/") && fact.page.find(".html") != std::string::npos) << fact.page;
  }
}

TEST(DocumentedFacts, ContainEveryTrap) {
  std::set<std::string> traps;
  for (const Case& fact : Cases()) traps.insert(fact.traps.begin(), fact.traps.end());
  for (int trap = 1; trap <= 24; ++trap) EXPECT_TRUE(traps.contains(fmt::format("T{}", trap))) << trap;
}

}  // namespace
}  // namespace crossrole::policy_tests
