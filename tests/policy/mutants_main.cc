// SPDX-License-Identifier: Apache-2.0
// The documented facts against the engine with one rule broken: `policy_mutants NAME` succeeds when some fact notices, `policy_mutants
// none` when every fact is as documented. Run by tools/policy_mutants.py.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "policy/case_files.h"
#include "policy/question.h"

namespace crossrole::policy_mutants {

namespace {

const char* broken = "none";

}  // namespace

bool Is(const char* name);  // asked by the copies of the engine's sources
bool Is(const char* name) { return std::strcmp(name, broken) == 0; }

}  // namespace crossrole::policy_mutants

namespace {

using namespace crossrole::policy_tests;

bool IsAsDocumented(const Case& fact) {
  return std::ranges::all_of(std::initializer_list<Input>{Input::kWritten, Input::kCompiled}, [&](Input input) {
    const Outcome outcome = AskEngine(fact.question, input);
    return outcome.answer == fact.expected && (fact.layers.empty() || outcome.layers == fact.layers);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::vector<Case> facts = ReadCases(CROSSROLE_SOURCE_DIR "/tests/policy/cases");
  crossrole::policy_mutants::broken = argv[1];
  const bool whole = std::strcmp(argv[1], "none") == 0;
  std::size_t noticed = 0;
  const Case* first = nullptr;
  for (const Case& fact : facts) {
    if (IsAsDocumented(fact)) continue;
    if (first == nullptr) first = &fact;
    ++noticed;
  }
  if (first == nullptr) fmt::print("all {} facts hold\n", facts.size());
  else fmt::print("{} facts fail, first {}: {}\n", noticed, first->file, first->name);
  return whole == (first == nullptr) ? 0 : 1;
}
