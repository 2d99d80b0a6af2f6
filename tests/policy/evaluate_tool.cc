// SPDX-License-Identifier: Apache-2.0
// The engine for other programs, one JSON object a line (question.h):
//   evaluate_tool                        reads questions, prints {"answer"} or {"error"} for each
//   evaluate_tool generate COUNT SEED    prints questions for iam-simulate, with the keys that AWS derives from the principal
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <iostream>
#include <string>

#include "base/json.h"
#include "policy/generator.h"
#include "policy/question.h"

namespace {

namespace json = boost::json;
using namespace crossrole;
using policy_tests::Question;

void Print(const json::object& object) { fmt::print("{}\n", base::PrintJson(object)); }

int Generate(int count, std::uint64_t seed) {
  policy_tests::Generator generator(seed, policy_tests::Audience::kSimulator);
  for (int i = 0; i < count; ++i) {
    json::object question = generator.Next();
    const auto read = Question::Read(question);
    if (!read.has_value()) {
      fmt::print(stderr, "{}: {}\n", read.error().message, base::PrintJson(question));
      return 1;
    }
    json::object context;
    for (const auto& [key, values] : (*read)->request.context.entries()) {
      if (values.empty()) continue;
      if (values.size() == 1 && key != "aws:TagKeys" && key != "aws:PrincipalOrgPaths") context[key] = values.front();
      else context[key] = json::array(values.begin(), values.end());
    }
    question["context"] = std::move(context);
    question["context_is_complete"] = true;
    Print(question);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "generate") return Generate(std::atoi(argv[2]), std::strtoull(argv[3], nullptr, 10));
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto question = base::ParseJson(line);
    if (!question.has_value() || !question->is_object()) return 1;
    const policy_tests::Outcome outcome = policy_tests::AskEngine(question->as_object());
    if (outcome.answer == "refused") Print({{"error", outcome.refusal}});
    else Print({{"answer", outcome.answer}});
    std::fflush(stdout);
  }
  return 0;
}
