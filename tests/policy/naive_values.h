// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crossrole::naive {

/// The context of a request: names in lower case; a name without values is not in it.
using Context = std::map<std::string, std::vector<std::string>>;

/// One character of a pattern.
struct Symbol {
  enum Kind { kCharacter, kAnyOne, kAnyRun } kind = kCharacter;
  std::string character{};  // one UTF-8 character
};
using Pattern = std::vector<Symbol>;

/// `text` cut into UTF-8 characters.
std::vector<std::string> Characters(const std::string& text);
/// ASCII and À–Þ in lower case.
std::string Lower(const std::string& text);
/// `text` cut at its first `count` colons; fewer parts when there are fewer.
std::vector<std::string> SplitAtColons(const std::string& text, int count);

/// Whether `*` and `?` of a text are wildcards, and whether `${…}` is a variable.
struct Reading {
  bool wildcards = false;
  bool variables = false;
};
/// Reads a policy text; nothing when a variable has neither one value nor a default.
std::optional<Pattern> ReadPattern(const std::string& text, Reading reading, const Context& context);
/// Whether the whole of `text` matches.
bool Matches(const Pattern& pattern, const std::string& text);
/// The same where the pattern has only wildcards.
bool Globs(const std::string& pattern, const std::string& text);
/// Whether the six parts of `arn` match the six parts of the pattern; a lone `*` matches anything.
bool MatchesArn(const Pattern& pattern, const std::string& arn);

/// A decimal number with 30 places on both sides as text that compares like the number; nothing when it is none.
std::optional<std::string> SortableNumber(const std::string& text);
/// Seconds since 1970 in millionths, of an ISO 8601 date or epoch seconds.
std::optional<long long> Microseconds(const std::string& text);
/// The bits of an address as `0` and `1`, as many as the prefix says, with the family in front; whole: of a network.
struct Bits {
  bool v6 = false;
  std::string bits;
};
std::optional<Bits> AddressBits(const std::string& text);
/// Decoded base 64.
std::optional<std::string> Bytes(const std::string& text);
/// "true" or "false" in lower case.
std::optional<std::string> Truth(const std::string& text);

}  // namespace crossrole::naive
