// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "base/result.h"

namespace crossrole::cli {

/// What a flag takes.
enum class FlagKind : std::uint8_t { kText, kInteger, kSwitch, kTexts };

/// One flag of a command; lists are given by repeating it.
struct Flag {
  std::string_view name;  // "--role-name"
  FlagKind kind;
  std::string_view help;
};

/// Whether a word without a flag must be given.
enum class Presence : std::uint8_t { kRequired, kOptional, kMany, kRest };  // kMany: one or more; kRest: all behind `--`

/// A word without a flag.
struct Positional {
  std::string_view name;
  Presence presence;
  std::string_view help;
};

/// How results are printed.
enum class Output : std::uint8_t { kTable, kJson };

/// The words and flags that were given.
class Arguments {
 public:
  /// The text of a flag ("--role-name") or positional, if it was given.
  std::optional<std::string> Text(std::string_view name) const;
  /// The number of a flag, if it was given.
  std::optional<std::int64_t> Integer(std::string_view name) const;
  /// Whether a switch was given.
  bool Switch(std::string_view name) const;
  /// All texts of a repeated flag, of many words, or of the rest behind `--`.
  std::vector<std::string> Texts(std::string_view name) const;
  /// Whether a flag was given at all.
  bool Has(std::string_view name) const { return values_.contains(name); }
  /// Adds a value; for the parser and tests.
  void Add(std::string name, std::string value) { values_[std::move(name)].push_back(std::move(value)); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// What a command works with.
struct Context {
  const base::Environment& environment;
  Output output = Output::kJson;
  bool terminal = false;  // standard output is one
};

/// One command. The table of all is made by `app/`; `run` returns the exit code.
struct Command {
  std::string_view words;  // "integration create"
  std::string_view summary;
  std::span<const Flag> flags;
  std::span<const Positional> positionals;
  int (*run)(const Context& context, const Arguments& arguments);
};

/// Parses `arguments` (without the program's name) against `commands` and runs the command. Prints help and usage
/// errors. Switches also take a value (`--session-tags=false`). Every command gets `--help` and, unless it has one of
/// its own, `--output`. Returns the exit code: 2 for wrong usage.
int Main(std::span<const Command> commands, std::vector<std::string> arguments, const base::Environment& environment);

/// Prints `error` to standard error: one sentence, then the fix; with json the problem object. Returns its exit code.
int PrintError(const Context& context, const base::Error& error);
/// Prints to standard output; a closed pipe is not an error of ours.
void Print(std::string_view text);

/// The commands that talk to a server, and those of this folder that need none.
std::span<const Command> Commands();

}  // namespace crossrole::cli
