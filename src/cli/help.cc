// SPDX-License-Identifier: Apache-2.0
#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace crossrole::cli {
namespace {

using Line = std::pair<std::string, std::string_view>;

std::string Upper(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

std::string Aligned(const std::vector<Line>& lines) {
  std::size_t width = 0;
  for (const auto& [left, right] : lines) width = std::max(width, left.size());
  std::string text;
  for (const auto& [left, right] : lines) text += fmt::format("  {:<{}}  {}\n", left, width, right);
  return text;
}

std::string_view PlaceOf(FlagKind kind) {
  switch (kind) {
    case FlagKind::kText: return " TEXT";
    case FlagKind::kInteger: return " NUMBER";
    case FlagKind::kTexts: return " TEXT …";
    case FlagKind::kSwitch: return "";
  }
  return "";
}

}  // namespace

std::string UsageOf(const Command& command) {
  std::string words = fmt::format("crossrole {}", command.words);
  std::string rest;
  for (const Positional& positional : command.positionals) {
    const std::string name = Upper(positional.name);
    switch (positional.presence) {
      case Presence::kRequired: words += " " + name; break;
      case Presence::kOptional: words += " [" + name + "]"; break;
      case Presence::kMany: words += " " + name + "…"; break;
      case Presence::kRest: rest = " -- " + name + "…"; break;
    }
  }
  return words + " [FLAGS]" + rest;
}

std::string HelpOf(const Command& command) {
  std::string text = fmt::format("{}\n\nusage: {}\n", command.summary, UsageOf(command));
  std::vector<Line> words;
  for (const Positional& positional : command.positionals) words.emplace_back(Upper(positional.name), positional.help);
  if (!words.empty()) text += "\n" + Aligned(words);
  std::vector<Line> flags;
  bool has_output = false;
  for (const Flag& flag : command.flags) {
    flags.emplace_back(fmt::format("{}{}", flag.name, PlaceOf(flag.kind)), flag.help);
    has_output = has_output || flag.name == "--output";
  }
  if (!has_output) flags.emplace_back("--output table|json", "how results are printed; table on a terminal, json otherwise");
  flags.emplace_back("--help", "this text");
  return text + "\nflags:\n" + Aligned(flags);
}

std::string HelpOfGroup(std::span<const Command> commands, std::string_view group) {
  std::vector<Line> lines;
  for (const Command& command : commands) {
    if (group.empty() || command.words == group || command.words.starts_with(fmt::format("{} ", group))) {
      lines.emplace_back(command.words, command.summary);
    }
  }
  const std::string between = group.empty() ? "" : fmt::format(" {}", group);
  return fmt::format("usage: crossrole{} COMMAND [FLAGS]\n\n{}\n`crossrole COMMAND --help` tells more.\n", between, Aligned(lines));
}

}  // namespace crossrole::cli
