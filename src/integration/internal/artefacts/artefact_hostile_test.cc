// SPDX-License-Identifier: Apache-2.0
// What operators say about role and policies ends up in other people's shells, consoles and templates.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "base/text.h"
#include "fakes/sample_integration.h"
#include "golden/golden_file.h"
#include "integration/artefact.h"
#include "integration/internal/artefacts/renderers.h"
#include "integration/internal/role_specification.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Reads the block-style YAML of our templates back, knowing nothing of how it was written.
class YamlReader {
 public:
  explicit YamlReader(std::string_view text) : text_(text) {}

  json::value Read() {
    json::value value = Node(0);
    EXPECT_EQ(at_, text_.size());
    return value;
  }

 private:
  std::size_t Column() const {
    const std::size_t line = text_.substr(0, at_).rfind('\n');
    return line == std::string_view::npos ? at_ : at_ - line - 1;
  }
  void SkipIndent() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  std::string Quoted() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    const auto value = base::ParseJson(text_.substr(begin, ++at_ - begin));
    EXPECT_TRUE(value.has_value()) << text_.substr(begin, 80);
    return value ? std::string(value->as_string()) : "";
  }
  bool AtQuote() const { return at_ < text_.size() && text_[at_] == '"'; }
  std::string Key() {
    if (AtQuote()) return Quoted();
    const std::size_t begin = at_;
    while (text_.substr(at_, 2) != ": " && text_.substr(at_, 2) != ":\n") ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  bool AtMapping() {
    const std::size_t begin = at_;
    if (AtQuote()) {
      Quoted();
    } else {
      while (at_ < text_.size() && text_[at_] != '\n' && text_.substr(at_, 2) != ": " && text_.substr(at_, 2) != ":\n")
        ++at_;
    }
    const bool mapping = at_ < text_.size() && text_[at_] == ':';
    at_ = begin;
    return mapping;
  }
  json::value Scalar() {
    json::value value;
    if (AtQuote()) {
      value = Quoted();
    } else {
      const std::size_t end = text_.find('\n', at_);
      const std::string plain(text_.substr(at_, end - at_));
      at_ = end;
      const bool literal = plain == "[]" || plain == "{}" || (plain[0] >= '0' && plain[0] <= '9');
      value = literal ? *base::ParseJson(plain) : json::value(plain);
    }
    EXPECT_EQ(text_.substr(at_, 1), "\n");
    ++at_;
    SkipIndent();
    return value;
  }
  json::value Node(std::size_t column) {
    if (text_.substr(at_, 2) == "- ") {
      json::array array;
      while (text_.substr(at_, 2) == "- " && Column() == column) {
        at_ += 2;
        array.push_back(Node(column + 2));
      }
      return array;
    }
    if (!AtMapping()) return Scalar();
    json::object object;
    while (at_ < text_.size() && Column() == column) {
      const std::string key = Key();
      ++at_;
      if (text_[at_] == '\n') {
        ++at_;
        SkipIndent();
        object[key] = Node(Column());
      } else {
        ++at_;
        object[key] = Scalar();
      }
    }
    return object;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

rc::Gen<std::string> LatinText() {
  const auto piece = rc::gen::oneOf(
      rc::gen::element<std::string>("'", "\"", "\\", "`", "```", "$", "${", "$(touch pwned)", "`touch pwned`", "%{",
                                    "\n", "\r\n", "\t", "!", "#", " ", ": ", "- ", "{{", "}}", "file://", "EOF", "é",
                                    "ÿ", "--", ";touch pwned;", "|", "<script>", "](x)"),
      rc::gen::map(rc::gen::inRange(0x20, 0x7f), [](int c) { return std::string(1, static_cast<char>(c)); }));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) { return base::Join(pieces, ""); });
}

std::string Without(std::string text, std::string_view unwanted) {
  std::erase_if(text, [&](char c) {
    return unwanted.contains(c) || static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f;
  });
  return text;
}

// An integration that says `text` wherever one may say something.
model::Integration Saying(const std::string& text) {
  model::Integration sample = fakes::SampleIntegration();
  const std::string path = Without(text, "*?:\"\\/").substr(0, 100);
  sample.role.role_path = path.empty() ? "/" : "/" + path + "/";
  sample.role.description = text;
  sample.role.policy_document = base::PrintJson(json::object{
      {"Version", "2012-10-17"},
      {"Statement",
       json::object{{"Effect", "Allow"},
                    {"Action", "s3:GetObject"},
                    {"Resource", "*"},
                    {"Condition", json::object{{"StringEquals",
                                                json::object{{"aws:ResourceTag/" + text.substr(0, 200), text}}}}}}}});
  return sample;
}

bool IsRefused(const model::Integration& sample) {
  return !CheckRoleSpecification(sample.role, sample.partition, sample.account_id).has_value();
}

RC_GTEST_PROP(HostileTextTest, TheYamlTemplateSaysWhatTheJsonTemplateSays, ()) {
  const model::Integration sample = Saying(*LatinText());
  RC_PRE(!IsRefused(sample));
  const auto yaml = MakeArtefact(ArtefactMethod::kCloudformation, sample, fakes::SampleTenantHandle(), {});
  const auto tree =
      MakeArtefact(ArtefactMethod::kCloudformation, sample, fakes::SampleTenantHandle(), {.format = "json"});
  RC_ASSERT(yaml.has_value() && tree.has_value());
  RC_ASSERT(YamlReader(yaml->body).Read() == *base::ParseJson(tree->body));
}

RC_GTEST_PROP(HostileTextTest, NoTextBecomesAHeadingALinkOrAFenceOfTheSteps, ()) {
  const model::Integration sample = Saying(*LatinText());
  RC_PRE(!IsRefused(sample));
  const auto steps = MakeArtefact(ArtefactMethod::kConsole, sample, fakes::SampleTenantHandle(), {});
  RC_ASSERT(steps.has_value());
  // Outside of fences every line is one of ours: the heading, a numbered step, one of two sentences, or empty.
  std::string fence;
  for (const std::string_view line : base::Split(steps->body, '\n')) {
    const std::string ticks(line.substr(0, std::min(line.find_first_not_of('`'), line.size())));
    if (fence.empty() && ticks.size() >= 3) {
      fence = ticks;
    } else if (!fence.empty()) {
      if (line == fence) fence.clear();
    } else {
      const bool ours = line.empty() || line.starts_with("# Connect ") || line.starts_with("Template ") ||
                        line.starts_with("The console makes ") || (line[0] >= '1' && line[0] <= '9');
      RC_ASSERT(ours);
    }
  }
  RC_ASSERT(fence.empty());
}

// An AWS CLI that writes down its arguments, ended by zeros, and knows one account with nothing in it.
constexpr std::string_view kFakeCli = R"sh(#!/bin/sh
for argument in "$@"; do printf '%s\0' "$argument" >>"$LOG"; done
printf '%s\0' '<end>' >>"$LOG"
case "$1 $2" in
  "sts get-caller-identity") echo 111122223333 ;;
  "iam get-policy") echo 'An error occurred (NoSuchEntity)' >&2; exit 254 ;;
  "iam create-role") touch "$LOG.role" ;;
  "iam get-role") [ -e "$LOG.role" ] || { echo 'An error occurred (NoSuchEntity)' >&2; exit 254; }; echo the-arn ;;
esac
)sh";

struct ScriptRun {
  int status = 0;
  std::string output;
  std::vector<std::vector<std::string>> calls;
  bool harmed = false;
};

ScriptRun RunScript(const std::string& script, const std::string& shell) {
  const fs::path folder = fs::temp_directory_path() / ("crossrole-artefact-" + std::to_string(getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder / "bin");
  std::ofstream(folder / "bin/aws") << kFakeCli;
  fs::permissions(folder / "bin/aws", fs::perms::owner_all);
  std::ofstream(folder / "script") << script;
  const std::string command = "cd " + folder.string() + " && LOG=" + (folder / "log").string() +
                              " PATH=" + (folder / "bin").string() + ":/usr/bin:/bin " + shell + " script >out 2>err";
  ScriptRun run{.status = std::system(command.c_str())};
  run.output = golden::ReadAll(folder / "out");
  run.harmed = fs::exists(folder / "pwned");
  run.calls.emplace_back();
  for (const std::string_view argument : base::Split(golden::ReadAll(folder / "log"), '\0')) {
    if (argument == "<end>") {
      run.calls.emplace_back();
    } else {
      run.calls.back().emplace_back(argument);
    }
  }
  if (run.status != 0) ADD_FAILURE() << golden::ReadAll(folder / "err");
  fs::remove_all(folder);
  return run;
}

void ExpectCall(const ScriptRun& run, std::string_view operation, const std::vector<std::string>& arguments) {
  for (const auto& call : run.calls) {
    if (call.size() < 2 || call[1] != operation) continue;
    for (const std::string& wanted : arguments) {
      EXPECT_NE(std::ranges::find(call, wanted), call.end()) << operation << " lacks " << wanted;
    }
    return;
  }
  ADD_FAILURE() << operation << " was not called";
}

class HostileShellTest : public testing::TestWithParam<std::string> {};

TEST_P(HostileShellTest, TheScriptPassesEveryTextThroughUnharmed) {
  const model::Integration sample = Saying(GetParam());
  ASSERT_FALSE(IsRefused(sample));
  const Blueprint plan = fakes::Must(MakeBlueprint(sample, fakes::SampleTenantHandle()));
  for (const std::string& script : {ShellScript(plan), ShellOneLiner(plan)}) {
    for (const std::string shell : {"sh", "dash", "bash"}) {
      const ScriptRun run = RunScript(script, shell);
      EXPECT_EQ(run.status, 0) << shell;
      EXPECT_FALSE(run.harmed) << shell;
      EXPECT_EQ(run.output, "the-arn\n") << shell;
      ExpectCall(run, "create-role",
                 {"--role-name=" + plan.role_name, "--path=" + plan.path,
                  "--assume-role-policy-document=" + policy::Print(plan.trust),
                  "--cli-input-json=" + base::PrintJson(json::object{{"Description", plan.description}})});
      ExpectCall(run, "create-policy",
                 {"--path=" + plan.path, "--policy-document=" + policy::Print(plan.policies[0].document)});
      ExpectCall(run, "attach-role-policy",
                 {"--policy-arn=arn:aws:iam::111122223333:policy" + plan.path + plan.policies[0].name});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Texts, HostileShellTest,
                         testing::Values("'; touch pwned; '", "$(touch pwned)", "`touch pwned`", "\"; touch pwned #",
                                         "a\nb\n'\ntouch pwned\n", "\\'\\\\'%s%b\\n", "file:///etc/passwd", "--debug",
                                         "!! !touch ${IFS}pwned", "é ÿ ''\\''"));

TEST(GoldenScriptTest, EveryShellReadsThem) {
  for (const char* folder : {"plain", "elaborate", "unknown-account", "per-run"}) {
    for (const std::string shell : {"sh", "dash", "bash"}) {
      const std::string path = std::string(CROSSROLE_SOURCE_DIR "/tests/golden/artefacts/") + folder;
      EXPECT_EQ(
          std::system((shell + " -n " + path + "/connect.sh && " + shell + " -n " + path + "/cloudshell.txt").c_str()),
          0)
          << folder;
    }
  }
}

TEST(GoldenScriptTest, AnotherAccountIsRefusedBeforeAnythingIsMade) {
  model::Integration other = fakes::SampleIntegration();
  other.account_id = fakes::Must(model::AccountId::Parse("444455556666"));
  const fs::path folder = fs::temp_directory_path() / ("crossrole-account-" + std::to_string(getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "aws") << kFakeCli;
  fs::permissions(folder / "aws", fs::perms::owner_all);
  std::ofstream(folder / "script") << ShellScript(fakes::Must(MakeBlueprint(other, fakes::SampleTenantHandle())));
  const std::string here = folder.string();
  EXPECT_NE(std::system(("LOG=" + here + "/log PATH=" + here + ":/usr/bin:/bin sh " + here + "/script >" + here +
                         "/out 2>" + here + "/err")
                            .c_str()),
            0);
  EXPECT_TRUE(
      golden::ReadAll(folder / "err").contains("these credentials are of account 111122223333, not of 444455556666"));
  EXPECT_FALSE(golden::ReadAll(folder / "log").contains("create-"));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace crossrole::integration
