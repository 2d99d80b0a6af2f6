// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "base/json.h"
#include "policy/generator.h"
#include "policy/naive_evaluator.h"
#include "policy/question.h"

namespace crossrole::policy_tests {
namespace {

namespace json = boost::json;

bool IsLong() { return std::getenv("CROSSROLE_LONG") != nullptr; }

// CROSSROLE_SEED repeats a run.
std::uint64_t Seed() {
  const char* seed = std::getenv("CROSSROLE_SEED");
  return seed != nullptr ? std::strtoull(seed, nullptr, 10) : std::random_device()();
}

// Questions lose their meaning when what every question has is left out.
bool IsWhole(const json::object& question) {
  for (const char* name : {"action", "resource"}) {
    if (!question.contains(name)) return false;
  }
  return question.contains("principal") || question.contains("provider");
}

bool Differs(const json::object& question) {
  if (!IsWhole(question)) return false;
  const Outcome outcome = AskEngine(question);
  return outcome.answer != "refused" && outcome.answer != naive::Evaluate(question);
}

TEST(NaiveReference, AgreesWithTheEngineOnGeneratedQuestions) {
  const std::uint64_t seed = Seed();
  const int count = IsLong() ? 120'000 : 5'000;
  Generator generator(seed, Audience::kReference);
  std::map<std::string, int> answers;
  for (int i = 0; i < count; ++i) {
    const json::object question = generator.Next();
    const Outcome outcome = AskEngine(question);
    ASSERT_NE(outcome.answer, "refused") << outcome.refusal << '\n' << base::PrintJsonPretty(question);
    ++answers[outcome.answer];
    if (outcome.answer == naive::Evaluate(question)) continue;
    const json::object small = Shrink(question, Differs);
    FAIL() << fmt::format("question {} of CROSSROLE_SEED={}: the engine says {}, the reference {}; shrunk:\n{}", i, seed,
                          AskEngine(small).answer, naive::Evaluate(small), base::PrintJsonPretty(small));
  }
  // A generator whose questions all have one answer would show nothing.
  for (const char* answer : {"allowed", "implicitly_denied", "explicitly_denied"}) {
    EXPECT_GE(answers[answer], count / 20) << answer << ", CROSSROLE_SEED=" << seed;
  }
}

// Every second key is hidden from the engine; which, the key's length decides.
bool IsHidden(std::string_view key) { return key.size() % 2 == 0; }

bool ResidualDiffers(const json::object& question) {
  if (!IsWhole(question) || question.contains("call")) return false;
  const Outcome outcome = AskEngine(question);
  return outcome.answer != "refused" && AskEngineWithout(question, IsHidden) != outcome.answer;
}

bool CompiledDiffers(const json::object& question) {
  return IsWhole(question) && AskEngine(question, Input::kCompiled).answer != AskEngine(question).answer;
}

// Runs `differs` over generated questions.
void ExpectNone(bool (*differs)(const json::object&), int count) {
  const std::uint64_t seed = Seed();
  Generator generator(seed, Audience::kReference);
  for (int i = 0; i < count; ++i) {
    const json::object question = generator.Next();
    if (!differs(question)) continue;
    FAIL() << fmt::format("question {} of CROSSROLE_SEED={}; shrunk:\n{}", i, seed, base::PrintJsonPretty(Shrink(question, differs)));
  }
}

TEST(CompiledPolicies, AnswerAsTheWrittenOnesOnGeneratedQuestions) { ExpectNone(CompiledDiffers, IsLong() ? 50'000 : 2'000); }

TEST(Residuals, SayWhatTheEngineAnswersOnceTheKeysAreKnown) { ExpectNone(ResidualDiffers, IsLong() ? 50'000 : 2'000); }

TEST(Shrinking, KeepsWhatTheFailureNeeds) {
  const json::object question = {{"action", "a:b"}, {"resource", "*"}, {"principal", "*"}, {"identity", {{{"x", 1}, {"y", {1, 2, 3}}}, 5}}};
  const auto holds_two = [](const json::object& small) { return base::PrintJson(small).find('2') != std::string::npos; };
  EXPECT_EQ(base::PrintJson(Shrink(question, holds_two)), R"({"identity":[{"y":[2]}]})");
}

TEST(Generating, GivesTheSameQuestionsForTheSameSeed) {
  Generator one(7, Audience::kReference);
  Generator two(7, Audience::kReference);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(one.Next(), two.Next());
}

}  // namespace
}  // namespace crossrole::policy_tests
