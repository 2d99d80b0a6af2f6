// SPDX-License-Identifier: Apache-2.0
#include "policy/naive_values.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace crossrole::naive {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool AllDigits(const std::string& text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit); }

std::string Trimmed(std::string text) {
  while (!text.empty() && text.front() == ' ') text.erase(0, 1);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) parts.emplace_back();
    else parts.back() += c;
  }
  return parts;
}

// `dddd-dd` with d for digits: the shape of a text.
bool HasShape(const std::string& text, const std::string& shape) {
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (shape[i] == 'd' ? !IsDigit(text[i]) : text[i] != shape[i]) return false;
  }
  return true;
}

int Number(const std::string& text, std::size_t at, std::size_t count) { return std::atoi(text.substr(at, count).c_str()); }

bool IsLeap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int DaysOf(int year, int month) {
  constexpr std::array kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays.at(static_cast<std::size_t>(month - 1));
}

// Counted year by year and month by month.
long long DaysSince1970(int year, int month, int day) {
  long long days = 0;
  for (int y = 1970; y < year; ++y) days += IsLeap(y) ? 366 : 365;
  for (int y = year; y < 1970; ++y) days -= IsLeap(y) ? 366 : 365;
  for (int m = 1; m < month; ++m) days += DaysOf(year, m);
  return days + day - 1;
}

// `Z` or `+hh:mm`, cut off the end of `text`; in minutes.
std::optional<int> CutOffset(std::string& text) {
  if (text.empty()) return std::nullopt;
  if (text.back() == 'Z' || text.back() == 'z') {
    text.pop_back();
    return 0;
  }
  if (text.size() < 6) return std::nullopt;
  const std::string offset = text.substr(text.size() - 6);
  if (!HasShape(offset, "+dd:dd") && !HasShape(offset, "-dd:dd")) return std::nullopt;
  text.resize(text.size() - 6);
  const int hours = Number(offset, 1, 2);
  const int minutes = Number(offset, 4, 2);
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (offset[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

std::optional<long long> TimeOfDay(std::string text) {
  const auto offset = CutOffset(text);
  if (!offset.has_value()) return std::nullopt;
  long long micros = 0;
  if (const std::size_t point = text.find('.'); point != std::string::npos) {
    std::string fraction = text.substr(point + 1);
    if (!AllDigits(fraction) || !HasShape(text.substr(0, point), "dd:dd:dd")) return std::nullopt;
    fraction.resize(6, '0');
    micros = std::atoll(fraction.c_str());
    text.resize(point);
  }
  if (!HasShape(text, "dd:dd") && !HasShape(text, "dd:dd:dd")) return std::nullopt;
  const int seconds = text.size() == 8 ? Number(text, 6, 2) : 0;
  if (Number(text, 0, 2) > 23 || Number(text, 3, 2) > 59 || seconds > 60) return std::nullopt;
  const long long minutes = Number(text, 0, 2) * 60 + Number(text, 3, 2) - *offset;
  return (minutes * 60 + seconds) * 1'000'000 + micros;
}

std::optional<std::vector<std::string>> BytesOfV4(const std::string& text) {
  const std::vector<std::string> parts = Split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  for (const std::string& part : parts) {
    if (!AllDigits(part) || part.size() > 3 || std::atoi(part.c_str()) > 255) return std::nullopt;
    if (part.size() > 1 && part.front() == '0') return std::nullopt;
  }
  return parts;
}

std::string BitsOf(int value, int count) {
  std::string bits;
  for (int bit = count - 1; bit >= 0; --bit) bits += (value >> bit & 1) != 0 ? '1' : '0';
  return bits;
}

std::optional<std::string> BitsOfV4(const std::string& text) {
  const auto parts = BytesOfV4(text);
  if (!parts.has_value()) return std::nullopt;
  std::string bits;
  for (const std::string& part : *parts) bits += BitsOf(std::atoi(part.c_str()), 8);
  return bits;
}

// Groups of four hexadecimal digits between colons; the last may be an IPv4 address.
std::optional<std::string> BitsOfGroups(const std::string& text, bool last_half) {
  if (text.empty()) return "";
  std::string bits;
  const std::vector<std::string> groups = Split(text, ':');
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::string& group = groups[i];
    if (group.find('.') != std::string::npos && last_half && i + 1 == groups.size()) {
      const auto v4 = BitsOfV4(group);
      if (!v4.has_value()) return std::nullopt;
      bits += *v4;
      continue;
    }
    const bool is_hex = group.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (group.empty() || group.size() > 4 || !is_hex) return std::nullopt;
    bits += BitsOf(static_cast<int>(std::strtol(group.c_str(), nullptr, 16)), 16);
  }
  return bits;
}

std::optional<std::string> BitsOfV6(const std::string& text) {
  const std::size_t gap = text.find("::");
  if (gap == std::string::npos) {
    const auto bits = BitsOfGroups(text, true);
    return bits.has_value() && bits->size() == 128 ? bits : std::nullopt;
  }
  const auto head = BitsOfGroups(text.substr(0, gap), false);
  const auto tail = BitsOfGroups(text.substr(gap + 2), true);
  if (!head.has_value() || !tail.has_value() || head->size() + tail->size() > 112) return std::nullopt;
  return *head + std::string(128 - head->size() - tail->size(), '0') + *tail;
}

}  // namespace

std::vector<std::string> Characters(const std::string& text) {
  std::vector<std::string> characters;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (continues && !characters.empty()) characters.back() += c;
    else characters.emplace_back(1, c);
  }
  return characters;
}

std::string Lower(const std::string& text) {
  std::string out;
  for (std::string character : Characters(text)) {
    if (character.size() == 1 && character[0] >= 'A' && character[0] <= 'Z') character[0] = static_cast<char>(character[0] + 32);
    // À (C3 80) to Þ (C3 9E) but ×, which is no letter.
    if (character.size() == 2 && character >= "\xC3\x80" && character <= "\xC3\x9E" && character != "\xC3\x97") {
      character[1] = static_cast<char>(character[1] + 32);
    }
    out += character;
  }
  return out;
}

std::vector<std::string> SplitAtColons(const std::string& text, int count) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':' && count > 0) {
      parts.emplace_back();
      --count;
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

namespace {

struct Variable {
  std::string key;
  std::optional<std::string> fallback;
};

// What stands between `${` and its `}`: a key, or a key, a comma and a text in quotes.
std::optional<Variable> ReadVariable(const std::string& rest, std::size_t& length) {
  const std::size_t key_end = rest.find_first_of(",}");
  if (key_end == std::string::npos) return std::nullopt;
  Variable variable{.key = Trimmed(rest.substr(0, key_end)), .fallback = {}};
  if (rest[key_end] == '}') {
    length = key_end + 1;
    return variable;
  }
  std::size_t at = key_end + 1;
  while (at < rest.size() && rest[at] == ' ') ++at;
  if (at >= rest.size() || rest[at] != '\'') return std::nullopt;
  const std::size_t quote = rest.find('\'', at + 1);
  if (quote == std::string::npos) return std::nullopt;
  variable.fallback = rest.substr(at + 1, quote - at - 1);
  at = quote + 1;
  while (at < rest.size() && rest[at] == ' ') ++at;
  if (at >= rest.size() || rest[at] != '}') return std::nullopt;
  length = at + 1;
  return variable;
}

std::optional<std::string> ValueOf(const Variable& variable, const Context& context) {
  if (variable.key == "*" || variable.key == "?" || variable.key == "$") return variable.key;
  const auto found = context.find(Lower(variable.key));
  if (found == context.end()) return variable.fallback;
  if (found->second.size() == 1) return found->second[0];
  return std::nullopt;
}

}  // namespace

std::optional<Pattern> ReadPattern(const std::string& text, Reading reading, const Context& context) {
  Pattern pattern;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = 0;
    if (reading.variables && text.compare(at, 2, "${") == 0) {
      const auto variable = ReadVariable(text.substr(at + 2), length);
      if (variable.has_value()) {
        const auto value = ValueOf(*variable, context);
        if (!value.has_value()) return std::nullopt;
        for (const std::string& character : Characters(*value)) pattern.push_back({Symbol::kCharacter, character});
        at += 2 + length;
        continue;
      }
    }
    const std::string character = Characters(text.substr(at, 4))[0];
    at += character.size();
    if (reading.wildcards && character == "*") pattern.push_back({Symbol::kAnyRun});
    else if (reading.wildcards && character == "?") pattern.push_back({Symbol::kAnyOne});
    else pattern.push_back({Symbol::kCharacter, character});
  }
  return pattern;
}

// reached[i]: the symbols so far can take the first i characters.
bool Matches(const Pattern& pattern, const std::string& text) {
  const std::vector<std::string> characters = Characters(text);
  std::vector<bool> reached(characters.size() + 1, false);
  reached[0] = true;
  for (const Symbol& symbol : pattern) {
    std::vector<bool> next(characters.size() + 1, false);
    for (std::size_t i = 0; i <= characters.size(); ++i) {
      if (!reached[i]) continue;
      if (symbol.kind == Symbol::kAnyRun) {
        for (std::size_t j = i; j <= characters.size(); ++j) next[j] = true;
      } else if (i < characters.size() && (symbol.kind == Symbol::kAnyOne || symbol.character == characters[i])) {
        next[i + 1] = true;
      }
    }
    reached = next;
  }
  return reached[characters.size()];
}

bool Globs(const std::string& pattern, const std::string& text) {
  return Matches(*ReadPattern(pattern, {.wildcards = true}, {}), text);
}

bool MatchesArn(const Pattern& pattern, const std::string& arn) {
  if (pattern.size() == 1 && pattern[0].kind == Symbol::kAnyRun) return true;
  std::vector<Pattern> wanted(1);
  for (const Symbol& symbol : pattern) {
    const bool colon = symbol.kind == Symbol::kCharacter && symbol.character == ":";
    if (colon && wanted.size() < 6) wanted.emplace_back();
    else wanted.back().push_back(symbol);
  }
  const std::vector<std::string> given = SplitAtColons(arn, 5);
  if (wanted.size() != 6 || given.size() != 6) return false;
  for (std::size_t i = 0; i < 6; ++i) {
    if (!Matches(wanted[i], given[i])) return false;
  }
  return true;
}

std::optional<std::string> SortableNumber(const std::string& text) {
  std::string digits = text;
  bool negative = false;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    negative = digits[0] == '-';
    digits.erase(0, 1);
  }
  const std::vector<std::string> halves = Split(digits, '.');
  if (halves.size() > 2 || !AllDigits(halves[0]) || (halves.size() == 2 && !AllDigits(halves[1]))) return std::nullopt;
  std::string whole = halves[0];
  std::string fraction = halves.size() == 2 ? halves[1] : "";
  if (whole.size() > 30 || fraction.size() > 30) return std::nullopt;
  whole.insert(0, 30 - whole.size(), '0');
  fraction.resize(30, '0');
  std::string sortable = whole + fraction;
  if (sortable.find_first_not_of('0') == std::string::npos) negative = false;
  if (negative) {
    // Nine's complement turns the order round.
    for (char& c : sortable) c = static_cast<char>('0' + '9' - c);
  }
  return (negative ? "-" : "0") + sortable;
}

std::optional<long long> Microseconds(const std::string& text) {
  const bool negative = !text.empty() && text[0] == '-';
  const std::string digits = negative ? text.substr(1) : text;
  if (AllDigits(digits) && (negative || digits.size() >= 5)) {
    if (digits.size() > 12) return std::nullopt;
    return (negative ? -1 : 1) * std::atoll(digits.c_str()) * 1'000'000;
  }
  const std::size_t t = text.find_first_of("Tt");
  const std::string date = text.substr(0, t);
  if (!HasShape(date, "dddd") && !HasShape(date, "dddd-dd") && !HasShape(date, "dddd-dd-dd")) return std::nullopt;
  const int year = Number(date, 0, 4);
  const int month = date.size() >= 7 ? Number(date, 5, 2) : 1;
  const int day = date.size() == 10 ? Number(date, 8, 2) : 1;
  if (month < 1 || month > 12 || day < 1 || day > DaysOf(year, month)) return std::nullopt;
  const long long midnight = DaysSince1970(year, month, day) * 86'400 * 1'000'000;
  if (t == std::string::npos) return midnight;
  if (date.size() != 10) return std::nullopt;
  const auto time = TimeOfDay(text.substr(t + 1));
  if (!time.has_value()) return std::nullopt;
  return midnight + *time;
}

std::optional<Bits> AddressBits(const std::string& text) {
  const std::vector<std::string> halves = Split(text, '/');
  if (halves.size() > 2) return std::nullopt;
  const auto v4 = BitsOfV4(halves[0]);
  const auto v6 = v4.has_value() ? std::nullopt : BitsOfV6(halves[0]);
  if (!v4.has_value() && !v6.has_value()) return std::nullopt;
  Bits bits{.v6 = v6.has_value(), .bits = v4.has_value() ? *v4 : *v6};
  if (halves.size() == 2) {
    if (!AllDigits(halves[1]) || halves[1].size() > 3) return std::nullopt;
    const auto prefix = static_cast<std::size_t>(std::atoi(halves[1].c_str()));
    if (prefix > bits.bits.size()) return std::nullopt;
    bits.bits.resize(prefix);
  }
  return bits;
}

std::optional<std::string> Bytes(const std::string& text) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char c : text.substr(0, text.find_last_not_of('=') + 1)) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string::npos) return std::nullopt;
    bits += BitsOf(static_cast<int>(value), 6);
  }
  bits.resize(bits.size() / 8 * 8);
  return bits;
}

std::optional<std::string> Truth(const std::string& text) {
  const std::string lower = Lower(text);
  if (lower != "true" && lower != "false") return std::nullopt;
  return lower;
}

}  // namespace crossrole::naive
