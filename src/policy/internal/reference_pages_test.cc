// SPDX-License-Identifier: Apache-2.0
// Holds docs/reference to the source: what AWS leaves undocumented, and what lint may find.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <string>

#include "base/text.h"
#include "golden/golden_file.h"

namespace crossrole::policy {
namespace {

const std::filesystem::path kRoot = CROSSROLE_SOURCE_DIR;

std::string Sources() {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / "src" / "policy")) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && !name.contains("_test.")) all += golden::ReadAll(entry.path());
  }
  return all;
}

bool IsOfName(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

// The names that stand between `before` and `after`.
std::set<std::string> FindAll(const std::string& text, const std::string& before, const std::string& after) {
  std::set<std::string> found;
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at)) {
    at += before.size();
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at);
    const std::string name(begin, std::find_if_not(begin, text.end(), IsOfName));
    if (!name.empty() && text.compare(at + name.size(), after.size(), after) == 0) found.insert(name);
  }
  return found;
}

std::set<std::string> StartingWith(const std::string& prefix, std::set<std::string> names) {
  std::erase_if(names, [&](const std::string& name) { return !name.starts_with(prefix); });
  return names;
}

bool HasFunction(const std::string& sources, const std::string& name) {
  for (std::size_t at = sources.find(name + "("); at != std::string::npos; at = sources.find(name + "(", at + 1)) {
    if (at > 0 && !IsOfName(sources[at - 1])) return true;
  }
  return false;
}

TEST(UndocumentedPageTest, EveryChoiceHasItsNamedFunctionInTheSource) {
  const std::string page = golden::ReadAll(kRoot / "docs/reference/policy-evaluation.md");
  const std::string sources = Sources();
  const std::size_t begin = page.find("| question | our choice | where |");
  ASSERT_NE(begin, std::string::npos);
  const std::string table = page.substr(begin, page.find("\n\n", begin) - begin);
  std::size_t rows = 0;
  for (const std::string_view row : base::Split(table, '\n')) {
    if (row.starts_with("|---") || row.starts_with("| question")) continue;
    ++rows;
    const std::string where(row.substr(row.rfind('|', row.size() - 2)));
    const std::set<std::string> functions = FindAll(where, "`", "`");
    EXPECT_FALSE(functions.empty()) << row;
    for (const std::string& function : functions) {
      EXPECT_TRUE(HasFunction(sources, function)) << function << " of: " << row;
    }
  }
  EXPECT_GE(rows, 20U);
}

TEST(UndocumentedPageTest, EverySwitchIsOnThePage) {
  const std::string page = golden::ReadAll(kRoot / "docs/reference/policy-evaluation.md");
  const std::set<std::string> switches = FindAll(golden::ReadAll(kRoot / "src/policy/undocumented.h"), "enum class ", " :");
  EXPECT_FALSE(switches.empty());
  for (const std::string& name : switches) EXPECT_TRUE(page.contains("`" + name + "`")) << name;
}

TEST(LintPageTest, EveryFindingIsOnThePageAndTheOtherWayRound) {
  const std::string page = golden::ReadAll(kRoot / "docs/reference/policy-commands.md");
  EXPECT_EQ(StartingWith("lint.", FindAll(page, "| `", "` |")), StartingWith("lint.", FindAll(Sources(), "\"", "\"")));
}

}  // namespace
}  // namespace crossrole::policy
