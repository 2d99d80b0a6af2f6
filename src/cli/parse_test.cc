// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "fakes/command_line.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

using fakes::RunCli;

// A command that prints what it was given, for the parser alone.
constexpr auto kFlags = std::to_array<Flag>({{"--text", FlagKind::kText, "a text"},
                                             {"--number", FlagKind::kInteger, "a number"},
                                             {"--many", FlagKind::kTexts, "texts"},
                                             {"--on", FlagKind::kSwitch, "a switch"}});
constexpr auto kWords = std::to_array<Positional>({{"first", Presence::kRequired, "a word"},
                                                   {"second", Presence::kOptional, "another"}});
constexpr auto kRest = std::to_array<Positional>({{"command", Presence::kRest, "what to run"}});

int Echo(const Context& context, const Arguments& arguments) {
  std::string text = context.output == Output::kJson ? "json" : "table";
  for (const char* name : {"first", "second", "--text", "--number", "--many", "--on", "command"}) {
    for (const std::string& value : arguments.Texts(name)) text += std::string(" ") + name + "=" + value;
  }
  Print(text + "\n");
  return 0;
}

constexpr auto kTable = std::to_array<Command>({{"echo", "Prints.", kFlags, kWords, Echo},
                                                {"thing run", "Runs.", kFlags, kRest, Echo},
                                                {"thing key turn", "Turns.", {}, {}, Echo}});

fakes::Ran Parse(std::vector<std::string> arguments) {
  fakes::Ran ran;
  const base::Environment none;
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  ran.code = Main(kTable, std::move(arguments), none);
  ran.out = ::testing::internal::GetCapturedStdout();
  ran.err = ::testing::internal::GetCapturedStderr();
  return ran;
}

TEST(ParseTest, ReadsWordsAndFlagsOfEveryKind) {
  const auto ran = Parse({"echo", "a", "--text", "t", "--number=7", "--many", "x", "--many", "y", "--on", "b"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "json first=a second=b --text=t --number=7 --many=x --many=y --on=true\n");
  EXPECT_EQ(Parse({"echo", "a", "--on=false"}).out, "json first=a --on=false\n");
  EXPECT_EQ(Parse({"echo", "--many", "x", "a"}).out, "json first=a --many=x\n");
}

TEST(ParseTest, TheOutputIsChosenBeforeOrBehindTheWords) {
  EXPECT_EQ(Parse({"echo", "a", "--output", "table"}).out, "table first=a\n");
  EXPECT_EQ(Parse({"--output=table", "echo", "a"}).out, "table first=a\n");
  EXPECT_EQ(Parse({"--output", "table", "echo", "a"}).out, "table first=a\n");
  EXPECT_EQ(Parse({"echo", "a", "--output", "xml"}).code, 2);
}

TEST(ParseTest, WhatStandsBehindTheDashesIsNotRead) {
  EXPECT_EQ(Parse({"thing", "run", "--on", "--", "ls", "--text", "--", "--help"}).out,
            "json --on=true command=ls command=--text command=-- command=--help\n");
  EXPECT_EQ(Parse({"thing", "run"}).code, 2);
  EXPECT_EQ(Parse({"thing", "run", "ls"}).code, 2);
}

TEST(ParseTest, WrongUsageIsTwoAndNamesTheNearest) {
  const auto nearest = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "--output=table");
    const auto ran = Parse(std::move(arguments));
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.out, "");
    return ran.err;
  };
  EXPECT_NE(nearest({"ecco", "a"}).find("`crossrole echo`"), std::string::npos);
  EXPECT_NE(nearest({"thing", "rum"}).find("`crossrole thing run`"), std::string::npos);
  EXPECT_NE(nearest({"echo", "a", "--txet", "x"}).find("`--text`"), std::string::npos);
  EXPECT_NE(nearest({"echo", "a", "--number", "seven"}).find("--number"), std::string::npos);
  EXPECT_NE(nearest({"echo"}).find("`first` is missing"), std::string::npos);
  EXPECT_NE(nearest({"echo", "a", "b", "c"}).find("`c`"), std::string::npos);
  EXPECT_NE(nearest({"echo", "a", "--text"}).find("--text"), std::string::npos);
  EXPECT_NE(nearest({"echo", "a", "--text", "1", "--text", "2"}).find("--text"), std::string::npos);
}

TEST(ParseTest, HelpIsEverywhere) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--help"}, {"thing", "--help"}, {"thing", "key", "--help"}, {"echo", "--help"}, {"help"}, {"help", "thing"}}) {
    const auto ran = Parse(arguments);
    EXPECT_EQ(ran.code, 0) << arguments.front();
    EXPECT_NE(ran.out.find("usage: crossrole"), std::string::npos);
  }
  EXPECT_EQ(Parse({}).code, 2);
  EXPECT_EQ(Parse({"thing"}).code, 2);
}

TEST(ParseTest, EveryCommandHasHelpThatNamesItsFlags) {
  for (const Command& command : Commands()) {
    std::vector<std::string> arguments;
    for (std::size_t at = 0; at <= command.words.size();) {
      const std::size_t end = std::min(command.words.find(' ', at), command.words.size());
      arguments.emplace_back(command.words.substr(at, end - at));
      at = end + 1;
    }
    arguments.emplace_back("--help");
    const auto ran = RunCli(arguments);
    EXPECT_EQ(ran.code, 0) << command.words;
    EXPECT_NE(ran.out.find(command.summary), std::string::npos) << command.words;
    for (const Flag& flag : command.flags) EXPECT_NE(ran.out.find(flag.name), std::string::npos) << command.words << flag.name;
  }
}

TEST(OutputTest, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[2Jb\n\xc2\x9b"), "a?[2Jb??");
  Table table({"A", "B"});
  table.Add({"ä\x07", "x"});
  table.Add({"long", ""});
  EXPECT_EQ(table.Text(), "A     B\nä?    x\nlong\n");
}

}  // namespace
}  // namespace crossrole::cli
