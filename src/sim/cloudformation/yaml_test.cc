// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudformation/yaml.h"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.h"

namespace crossrole::sim {
namespace {

std::string Json(std::string_view yaml) {
  const auto value = ParseYaml(yaml);
  return value ? base::PrintJson(*value) : "refused: " + value.error().message;
}

TEST(YamlTest, ReadsMappingsListsAndScalars) {
  EXPECT_EQ(Json("a: 1\nb:\n  c: text # comment\n  d: 'it''s'\ne: \"x\\ty\"\nf:\n- 1\n- two\ng: ~\nh: true\n"),
            R"({"a":1,"b":{"c":"text","d":"it's"},"e":"x\ty","f":[1,"two"],"g":null,"h":true})");
  EXPECT_EQ(Json("---\nlist:\n  - name: a\n    value: b\n  -\n    name: c\n  - - 1\n    - 2\n"),
            R"({"list":[{"name":"a","value":"b"},{"name":"c"},[1,2]]})");
  EXPECT_EQ(Json("url: https://example.com/a:b#c\nkey with blanks: x\n'quoted: key': y\n"),
            R"({"url":"https://example.com/a:b#c","key with blanks":"x","quoted: key":"y"})");
}

TEST(YamlTest, NumbersKeepTheirText) {
  EXPECT_EQ(Json("a: 2012-10-17\nb: 012345678901\nc: 1.0\nd: -5\ne: 123456789012\n"),
            R"({"a":"2012-10-17","b":"012345678901","c":"1.0","d":-5,"e":123456789012})");
}

TEST(YamlTest, ReadsFlowCollections) {
  EXPECT_EQ(Json("a: [1, 'b, c', {d: e, \"f\": [g]}]\nb: {}\nc: [x, y]\nd: {\"k\":\"v\"}\n"),
            R"({"a":[1,"b, c",{"d":"e","f":["g"]}],"b":{},"c":["x","y"],"d":{"k":"v"}})");
}

TEST(YamlTest, FlowCollectionsRunOverLines) {
  EXPECT_EQ(Json("a: [1,\n  2, # two\n\n  'b\n   c', some\n  words]\nb: 1\n"), R"({"a":[1,2,"b c","some words"],"b":1})");
  EXPECT_EQ(Json("a: {\n  \"k\": [\n    x,\n    !Ref Y\n  ],\n  d: {}\n}\nb:\n  [\n    1\n  ]\nc: end\n"),
            R"({"a":{"k":["x",{"Ref":"Y"}],"d":{}},"b":[1],"c":"end"})");
  EXPECT_EQ(Json("list:\n- !Join [',',\n    [a,\n     b]]\n- {x: 1,\n   y: 2}\n"), R"({"list":[{"Fn::Join":[",",["a","b"]]},{"x":1,"y":2}]})");
  EXPECT_EQ(Json("{\n  \"a\": 1,\n  \"b\": [true]\n}\n"), R"({"a":1,"b":[true]})");
}

TEST(YamlTest, ReadsBlockScalars) {
  EXPECT_EQ(Json("a: |\n  one\n    two\n\n  three\nb: >-\n  one\n  two\n\n  three\nc: |+\n  x\n\nd: 1\n"),
            R"({"a":"one\n  two\n\nthree\n","b":"one two\nthree","c":"x\n\n","d":1})");
}

TEST(YamlTest, PlainAndQuotedScalarsRunOverLines) {
  EXPECT_EQ(Json("a: one\n  two\n\n  three\nb: \"one\n  two\\\n  three\"\nc: x\n"), R"({"a":"one two\nthree","b":"one twothree","c":"x"})");
}

TEST(YamlTest, ReadsShortFormsOfFunctions) {
  EXPECT_EQ(Json("a: !Ref X\nb: !GetAtt Role.Arn\nc: !Sub 'arn:${AWS::Partition}'\nd: !Join\n  - ','\n  - - a\n    - !Ref B\n"
                 "e: !If [Cond, !Ref X, !Ref 'AWS::NoValue']\nf: !Equals [!Ref A, '']\ng: !Condition C\nh: !Sub |\n  text ${A}\n"),
            R"({"a":{"Ref":"X"},"b":{"Fn::GetAtt":["Role","Arn"]},"c":{"Fn::Sub":"arn:${AWS::Partition}"},)"
            R"("d":{"Fn::Join":[",",["a",{"Ref":"B"}]]},"e":{"Fn::If":["Cond",{"Ref":"X"},{"Ref":"AWS::NoValue"}]},)"
            R"("f":{"Fn::Equals":[{"Ref":"A"},""]},"g":{"Condition":"C"},"h":{"Fn::Sub":"text ${A}\n"}})");
  EXPECT_EQ(Json("list:\n- !Ref A\n- !Join\n  - ''\n  - [x]\n"), R"({"list":[{"Ref":"A"},{"Fn::Join":["",["x"]]}]})");
}

std::string TextOf(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(YamlTest, OurTemplatesAreTheSameInBothForms) {
  const std::filesystem::path folder = std::filesystem::path(CROSSROLE_SOURCE_DIR) / "tests/golden/artefacts";
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto yaml = entry.path() / "template.yaml";
    const auto as_json = entry.path() / "template.json";
    if (!std::filesystem::exists(yaml) || !std::filesystem::exists(as_json)) continue;
    EXPECT_EQ(Json(TextOf(yaml)), base::PrintJson(*base::ParseJson(TextOf(as_json)))) << yaml;
    ++compared;
  }
  EXPECT_GT(compared, 0U);
}

TEST(YamlTest, RefusesWhatItDoesNotReadWithThePlace) {
  EXPECT_EQ(Json("a: 1\nb: [1, 2\n"), "refused: Template format error: YAML not well-formed. (line 2, column 4)");
  for (const std::string_view bad : {"a: 1\na: 2\n", "a: &x 1\n", "a: *x\n", "a: b: c\n", "a:\n  b: 1\n c: 2\n", "a: 'open\n",
                                     "a: 1\n---\nb: 2\n", "\ta: 1\n", "", "a: \"\\q\"\n", "<<: {a: 1}\n"}) {
    EXPECT_TRUE(Json(bad).starts_with("refused: ")) << bad << " gave " << Json(bad);
  }
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "[";
  EXPECT_TRUE(Json("a: " + deep).starts_with("refused: "));
  EXPECT_TRUE(Json("a: " + deep + std::string(200, ']')).starts_with("refused: "));
}

}  // namespace
}  // namespace crossrole::sim
