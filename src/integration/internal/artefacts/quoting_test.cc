// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/artefacts/quoting.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;

// Texts of the characters that mean something to one of the readers, and of any other.
rc::Gen<std::string> HostileText() {
  const auto piece = rc::gen::oneOf(
      rc::gen::element<std::string>("'", "\"", "\\", "`", "```", "$", "${", "$${", "%{", "%%{", "$(id)", "\n", "\r\n",
                                    "\t", "!", "#", " ", ": ", "- ", "{{", "}}", "${aws:username}", "é", "\u2028",
                                    "\u0085", "\ufeff", "😀", "~~~", "EOF", "file://x", "\\n", "\\u0027", "&&", ";",
                                    "|", ">", "yes", "*", "&a", "!!str"),
      rc::gen::map(rc::gen::inRange(0x20, 0x7f), [](int c) { return std::string(1, static_cast<char>(c)); }));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) { return base::Join(pieces, ""); });
}

// What a POSIX shell makes of one word; "<broken>" when it would see anything but one quoted word.
std::string ReadShellWord(std::string_view word) {
  std::string out;
  for (std::size_t i = 0; i < word.size();) {
    if (word[i] == '\'') {
      const std::size_t end = word.find('\'', i + 1);
      if (end == std::string_view::npos) return "<broken>";
      out += word.substr(i + 1, end - i - 1);
      i = end + 1;
    } else if (word.substr(i, 2) == "\\'") {
      out += '\'';
      i += 2;
    } else {
      return "<broken>";
    }
  }
  return out;
}

// What `printf '%b'` prints for the operand.
std::string ReadPercentB(std::string_view word) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '\\') {
      out += word[i];
    } else if (word[++i] == '0') {
      out += static_cast<char>(std::stoi(std::string(word.substr(i, 4)), nullptr, 8));
      i += 3;
    } else {
      out += word[i] == 'n' ? '\n' : word[i] == 'r' ? '\r' : word[i] == 't' ? '\t' : word[i];
    }
  }
  return out;
}

// What HCL makes of a quoted template without interpolation; "<broken>" when something would be interpolated.
std::string ReadHcl(std::string_view text) {
  std::string body;
  const std::string_view inner = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '"') return "<broken>";
    if (inner[i] == '\\') {
      body += inner.substr(i, 2);
      ++i;
    } else if ((inner[i] == '$' || inner[i] == '%') && inner.substr(i + 1, 1) == "{") {
      return "<broken>";
    } else if ((inner[i] == '$' || inner[i] == '%') && inner.substr(i + 1, 2) == std::string(1, inner[i]) + "{") {
      body += std::string(1, inner[i]) + "{";
      i += 2;
    } else {
      body += inner[i];
    }
  }
  const auto value = base::ParseJson("\"" + body + "\"");
  return value ? std::string(value->as_string()) : "<broken>";
}

RC_GTEST_PROP(QuotingTest, AShellSeesOneWord, ()) {
  const std::string text = *HostileText();
  RC_ASSERT(ReadShellWord(ShellQuote(text)) == text);
}

RC_GTEST_PROP(QuotingTest, TheOneLinerIsOneLineAndPrintsTheText, ()) {
  const std::string text = *HostileText();
  const std::string quoted = PrintfQuote(text);
  const std::string inner = quoted.substr(1, quoted.size() - 2);
  RC_ASSERT(!inner.contains('\'') && !inner.contains('\n') && !inner.contains('\r') && !inner.contains('!'));
  RC_ASSERT(ReadPercentB(inner) == text);
}

RC_GTEST_PROP(QuotingTest, HclInterpolatesNothing, ()) {
  const std::string text = *HostileText();
  RC_ASSERT(ReadHcl(HclQuote(text)) == text);
}

RC_GTEST_PROP(QuotingTest, YamlScalarsStayOnTheirLine, ()) {
  const std::string text = *HostileText();
  const std::string scalar = YamlScalar(text);
  for (const std::string_view line_end : {"\n", "\r", "\u2028", "\u2029", "\u0085"})
    RC_ASSERT(!scalar.contains(line_end));
  if (scalar.starts_with('"')) {
    const auto value = base::ParseJson(scalar);
    RC_ASSERT(value.has_value());
    RC_ASSERT(value->as_string() == text);
  } else {
    RC_ASSERT(scalar == text);
    RC_ASSERT(!text.contains(' ') && !text.contains('#') && !text.ends_with(':'));
  }
}

RC_GTEST_PROP(QuotingTest, MarkdownFencesAreNotClosedFromWithin, ()) {
  const std::string text = *HostileText();
  const std::string block = MarkdownBlock(text, "json");
  const std::string fence = block.substr(0, block.find_first_not_of('`'));
  RC_ASSERT(fence.size() >= 3);
  RC_ASSERT(!text.contains(fence));
  const std::string code = MarkdownCode(text);
  const std::string ticks = code.substr(0, code.find_first_not_of('`'));
  RC_ASSERT(!code.contains('\n'));
  RC_ASSERT(!code.substr(ticks.size(), code.size() - 2 * ticks.size()).contains(ticks));
}

TEST(QuotingTest, ARealShellAgrees) {
  for (const std::string text : {"a'b", "$(touch /tmp/x) `id` \\ \"", "line\nbreak", "-n", "%s", "\\0047 \\c end"}) {
    const auto run = [](const std::string& command) {
      std::string out;
      FILE* pipe = popen(command.c_str(), "r");
      for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
      pclose(pipe);
      return out;
    };
    EXPECT_EQ(run("printf '%s' " + ShellQuote(text)), text);
    EXPECT_EQ(run("printf '%b' " + PrintfQuote(text)), text);
  }
}

TEST(QuotingTest, WordsThatYamlReadsAsSomethingElseAreQuoted) {
  for (const std::string_view text :
       {"yes", "No", "true", "null", "2012-10-17", "1e3", "0x1f", "~", "", " a", "a: b", "*x", "-"}) {
    EXPECT_TRUE(YamlScalar(text).starts_with('"')) << text;
  }
  EXPECT_EQ(YamlScalar("sts:AssumeRole"), "sts:AssumeRole");
}

TEST(QuotingTest, BytesThatAreNoTextBecomeReplacementCharacters) {
  EXPECT_EQ(YamlScalar("a\xff"
                       "b\xc3"),
            "\"a\xef\xbf\xbd"
            "b\xef\xbf\xbd\"");
}

TEST(QuotingTest, YamlIsInBlockStyle) {
  const json::value value = *base::ParseJson(R"({"a":[{"b":1,"c":[]},["d",{}]],"e":{"f":null}})");
  EXPECT_EQ(PrintYaml(value), "a:\n  - b: 1\n    c: []\n  - - d\n    - {}\ne:\n  f: null\n");
}

TEST(QuotingTest, HclIsAlignedAsTheFormatterDoesIt) {
  const json::value value = *base::ParseJson(R"({"a":"1","long":true,"list":["x"],"b":2})");
  EXPECT_EQ(PrintHcl(value, 2),
            "{\n    \"a\"    = \"1\"\n    \"long\" = true\n    \"list\" = [\n      \"x\",\n    ]\n    \"b\" = 2\n  }");
}

}  // namespace
}  // namespace crossrole::integration
