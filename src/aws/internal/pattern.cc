// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/pattern.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aws/internal/unicode.h"
#include "aws/pattern.h"
#include "base/guarded.h"

namespace crossrole::aws::internal {
namespace {

constexpr char32_t kNone = 0xffffffff;  // before the first and behind the last character
constexpr std::size_t kMaxSteps = 20000;
constexpr std::size_t kUnlimited = static_cast<std::size_t>(-1);

char32_t Next(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(i < text.size() ? text[i] : 0); };
  const std::uint8_t lead = byte(at);
  const std::size_t length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t point = length == 1 ? lead : lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) point = point << 6 | (byte(at + i) & 0x3fU);
  at = std::min(at + length, text.size());
  return point;
}

bool IsWord(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct Set {
  std::vector<std::pair<char32_t, char32_t>> ranges{};
  bool letters = false, separators = false, numbers = false, marks = false, symbols = false, punctuation = false, negated = false;

  bool operator==(const Set&) const = default;

  bool Contains(char32_t c) const {
    if (c == kNone) return false;
    const bool found = std::ranges::any_of(ranges, [c](const auto& r) { return c >= r.first && c <= r.second; }) ||
                       (letters && IsLetter(c)) || (separators && IsSeparator(c)) || (numbers && IsNumber(c)) || (marks && IsMark(c)) ||
                       (symbols && IsSymbol(c)) || (punctuation && IsPunctuation(c));
    return found != negated;
  }
};

// One step of the compiled pattern.
struct Step {
  enum class What : std::uint8_t { kSet, kNotNext, kSplit, kJump, kWordEdge, kStart, kEnd, kMatch };
  What what;
  std::size_t a = 0;  // kSplit, kJump: where to; kSet, kNotNext: which set
  std::size_t b = 0;
};
using What = Step::What;

// Parses straight into steps; what stands under a counted repetition is parsed again for each copy.
class Compiler {
 public:
  explicit Compiler(std::string_view pattern) : pattern_(pattern) {
    ParseAlternatives();
    understood_ = understood_ && at_ == pattern_.size();
    Emit({What::kMatch});
  }

  bool understood() const { return understood_; }
  const std::vector<Step>& steps() const { return steps_; }
  const std::vector<Set>& sets() const { return sets_; }

 private:
  struct Repeat {
    std::size_t min = 1, max = 1;
  };

  void Emit(Step step) {
    if (steps_.size() < kMaxSteps) {
      steps_.push_back(step);
    } else {
      understood_ = false;
    }
  }
  bool Accept(std::string_view token) {
    if (!pattern_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  bool Done() const { return !understood_ || at_ >= pattern_.size(); }

  void ParseAlternatives() {
    const std::size_t start = steps_.size();
    ParseSequence();
    if (Done() || pattern_[at_] != '|') return;
    ++at_;
    Insert(start, {What::kSplit, start + 1, steps_.size() + 2});
    const std::size_t jump = steps_.size();
    Emit({What::kJump});
    ParseAlternatives();
    if (understood_) steps_[jump].a = steps_.size();
  }

  // Makes room at `index`; targets behind it move along.
  void Insert(std::size_t index, Step step) {
    for (std::size_t i = index; i < steps_.size(); ++i) {
      if (steps_[i].what != What::kSplit && steps_[i].what != What::kJump) continue;
      if (steps_[i].a >= index) ++steps_[i].a;
      if (steps_[i].what == What::kSplit && steps_[i].b >= index) ++steps_[i].b;
    }
    steps_.insert(steps_.begin() + static_cast<std::ptrdiff_t>(index), step);
  }

  void ParseSequence() {
    while (!Done() && pattern_[at_] != '|' && pattern_[at_] != ')') ParseRepeated();
  }

  void ParseRepeated() {
    const std::size_t from = at_;
    const std::size_t start = steps_.size();
    ParseAtom();
    const std::size_t atom_end = at_;
    const Repeat repeat = ParseRepeat();
    if (!understood_ || (repeat.min == 1 && repeat.max == 1)) return;
    const std::size_t end = at_;
    steps_.resize(start);
    const auto again = [&] {
      at_ = from;
      ParseAtom();
    };
    for (std::size_t i = 0; i < repeat.min && understood_; ++i) again();
    if (repeat.max == kUnlimited) {
      const std::size_t split = steps_.size();
      Emit({What::kSplit, split + 1});
      again();
      Emit({What::kJump, split});
      if (understood_) steps_[split].b = steps_.size();
    } else {
      std::vector<std::size_t> splits;
      for (std::size_t i = repeat.min; i < repeat.max && understood_; ++i) {
        splits.push_back(steps_.size());
        Emit({What::kSplit, steps_.size() + 1});
        again();
      }
      for (const std::size_t split : splits) {
        if (understood_) steps_[split].b = steps_.size();
      }
    }
    understood_ = understood_ && (at_ == atom_end || repeat.max == 0);
    at_ = end;
  }

  Repeat ParseRepeat() {
    if (Accept("*")) return {0, kUnlimited};
    if (Accept("+")) return {1, kUnlimited};
    if (Accept("?")) return {0, 1};
    if (!Accept("{")) return {};
    Repeat repeat;
    repeat.min = repeat.max = ParseCount();
    if (Accept(",")) repeat.max = !Done() && pattern_[at_] == '}' ? kUnlimited : ParseCount();
    if (!Accept("}")) understood_ = false;
    return repeat;
  }

  std::size_t ParseCount() {
    std::size_t count = 0;
    const std::size_t from = at_;
    while (at_ < pattern_.size() && pattern_[at_] >= '0' && pattern_[at_] <= '9' && count < kMaxSteps) {
      count = count * 10 + static_cast<std::size_t>(pattern_[at_++] - '0');
    }
    understood_ = understood_ && at_ > from;
    return count;
  }

  void ParseAtom() {
    if (Done() || std::string_view("*+?{}").contains(pattern_[at_])) {
      understood_ = false;
    } else if (Accept("(?!")) {
      Set set;
      ParseSetItem(set);
      understood_ = understood_ && Accept(")");
      Emit({What::kNotNext, Add(std::move(set))});
    } else if (Accept("(?:") || Accept("(")) {
      if (!Done() && pattern_[at_] == '?') understood_ = false;
      ParseAlternatives();
      understood_ = understood_ && Accept(")");
    } else if (Accept("^")) {
      Emit({What::kStart});
    } else if (Accept("$")) {
      Emit({What::kEnd});
    } else if (Accept("\\b")) {
      Emit({What::kWordEdge});
    } else if (Accept("[")) {
      Emit({What::kSet, Add(ParseClass())});
    } else if (Accept(".")) {
      Emit({What::kSet, Add(Set{.ranges = {{'\n', '\n'}, {'\r', '\r'}}, .negated = true})});
    } else {
      Set set;
      ParseSetItem(set);
      Emit({What::kSet, Add(std::move(set))});
    }
  }

  std::size_t Add(Set set) {
    sets_.push_back(std::move(set));
    return sets_.size() - 1;
  }

  Set ParseClass() {
    Set set;
    set.negated = Accept("^");
    while (!Done() && pattern_[at_] != ']') {
      const std::optional<char32_t> first = ParseSetItem(set);
      const bool is_range = first && at_ + 1 < pattern_.size() && pattern_[at_] == '-' && pattern_[at_ + 1] != ']';
      if (!is_range) continue;
      ++at_;
      const std::optional<char32_t> last = ParseSetItem(set);
      if (!last || *last < *first) {
        understood_ = false;
        break;
      }
      set.ranges.emplace_back(*first, *last);
    }
    understood_ = understood_ && Accept("]");
    return set;
  }

  // Adds one character or class escape to `set`; the character when it is one.
  std::optional<char32_t> ParseSetItem(Set& set) {
    if (Done()) {
      understood_ = false;
      return std::nullopt;
    }
    char32_t point = 0;
    if (Accept("\\p{")) {
      if (Accept("L}"))
        set.letters = true;
      else if (Accept("Z}"))
        set.separators = true;
      else if (Accept("N}"))
        set.numbers = true;
      else if (Accept("M}"))
        set.marks = true;
      else if (Accept("S}"))
        set.symbols = true;
      else if (Accept("P}"))
        set.punctuation = true;
      else
        understood_ = false;
      return std::nullopt;
    }
    if (Accept("\\u")) {
      if (at_ + 4 > pattern_.size()) understood_ = false;
      for (std::size_t i = 0; i < 4 && understood_; ++i) point = point * 16 + Hex(pattern_[at_++]);
    } else if (Accept("\\")) {
      if (Done()) {
        understood_ = false;
        return std::nullopt;
      }
      if (ParseClassEscape(pattern_[at_], set)) {
        ++at_;
        return std::nullopt;
      }
      point = Next(pattern_, at_);
      constexpr std::string_view kControls = "nrt";
      if (point < 128 && kControls.contains(static_cast<char>(point))) {
        point = point == 'n' ? U'\n' : point == 'r' ? U'\r' : U'\t';
      } else if (point < 128 && (IsWord(point))) {
        understood_ = false;
      }
    } else {
      point = Next(pattern_, at_);
    }
    set.ranges.emplace_back(point, point);
    return point;
  }

  bool ParseClassEscape(char escape, Set& set) {
    switch (escape) {
      case 'w':
        set.ranges.insert(set.ranges.end(), {{'a', 'z'}, {'A', 'Z'}, {'0', '9'}, {'_', '_'}});
        return true;
      case 'd':
        set.ranges.emplace_back('0', '9');
        return true;
      case 's':
        set.ranges.insert(set.ranges.end(), {{'\t', '\r'}, {' ', ' '}});
        return true;
      case 'S':
        set.ranges.insert(set.ranges.end(), {{0, 8}, {14, 31}, {33, 0x10ffff}});
        return true;
      case 'D':
        set.ranges.insert(set.ranges.end(), {{0, '/'}, {':', 0x10ffff}});
        return true;
      default:
        return false;
    }
  }

  char32_t Hex(char c) {
    if (c >= '0' && c <= '9') return static_cast<char32_t>(c - '0');
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'f') return static_cast<char32_t>(lower - 'a' + 10);
    understood_ = false;
    return 0;
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool understood_ = true;
  std::vector<Step> steps_;
  std::vector<Set> sets_;
};

// Follows all ways through the pattern at once, so that no text takes longer than steps × characters.
class Machine {
 public:
  explicit Machine(const Compiler& compiled) : code_(compiled), mark_(compiled.steps().size(), 0) {}

  bool Matches(std::string_view text) {
    char32_t previous = kNone;
    std::size_t at = 0;
    std::size_t ahead = 0;
    char32_t current = text.empty() ? kNone : Next(text, ahead);
    Follow(0, previous, current);
    std::vector<std::size_t> moved;
    while (current != kNone && !live_.empty()) {
      moved.clear();
      for (const std::size_t step : live_) {
        const Step& code = code_.steps()[step];
        if (code.what == What::kSet && code_.sets()[code.a].Contains(current)) moved.push_back(step + 1);
      }
      at = ahead;
      previous = current;
      current = at >= text.size() ? kNone : Next(text, ahead);
      live_.clear();
      ++generation_;
      for (const std::size_t step : moved) Follow(step, previous, current);
    }
    return current == kNone &&
           std::ranges::any_of(live_, [&](std::size_t step) { return code_.steps()[step].what == What::kMatch; });
  }

 private:
  void Follow(std::size_t first, char32_t previous, char32_t next) {
    todo_.push_back(first);
    while (!todo_.empty()) {
      const std::size_t at = todo_.back();
      todo_.pop_back();
      if (mark_[at] == generation_) continue;
      mark_[at] = generation_;
      const Step& step = code_.steps()[at];
      bool passes = true;
      switch (step.what) {
        case What::kSet:
        case What::kMatch:
          live_.push_back(at);
          continue;
        case What::kSplit:
          todo_.push_back(step.b);
          todo_.push_back(step.a);
          continue;
        case What::kJump:
          todo_.push_back(step.a);
          continue;
        case What::kNotNext:
          passes = !code_.sets()[step.a].Contains(next);
          break;
        case What::kWordEdge:
          passes = (previous != kNone && IsWord(previous)) != (next != kNone && IsWord(next));
          break;
        case What::kStart:
          passes = previous == kNone;
          break;
        case What::kEnd:
          passes = next == kNone;
          break;
      }
      if (passes) todo_.push_back(at + 1);
    }
  }

  const Compiler& code_;
  std::vector<std::size_t> mark_;
  std::vector<std::size_t> live_, todo_;
  std::size_t generation_ = 1;
};

bool Matches(const Compiler& compiled, std::string_view text) {
  if (!compiled.understood()) return true;
  // Nearly all patterns are one class repeated, `[…]*` or `[…]+`.
  const std::vector<Step>& steps = compiled.steps();
  const bool is_star = steps.size() == 4 && steps[0].what == What::kSplit && steps[1].what == What::kSet;
  const bool is_plus = steps.size() == 5 && steps[0].what == What::kSet && steps[1].what == What::kSplit &&
                       steps[2].what == What::kSet && compiled.sets()[0] == compiled.sets()[1];
  if (!is_star && !is_plus) return Machine(compiled).Matches(text);
  for (std::size_t at = 0; at < text.size();) {
    if (!compiled.sets().front().Contains(Next(text, at))) return false;
  }
  return is_star || !text.empty();
}

}  // namespace

bool IsUnderstood(std::string_view pattern) { return Compiler(pattern).understood(); }

bool FullMatch(std::string_view pattern, std::string_view text) { return Matches(Compiler(pattern), text); }

bool MatchesModel(std::string_view pattern, std::string_view text) {
  static base::Guarded<std::unordered_map<std::string_view, std::shared_ptr<const Compiler>>> known;
  const auto compiled = known.With([&](auto& patterns) {
    auto& slot = patterns[pattern];
    if (slot == nullptr) slot = std::make_shared<const Compiler>(pattern);
    return slot;
  });
  return Matches(*compiled, text);
}

}  // namespace crossrole::aws::internal

namespace crossrole::aws {

bool MatchesPattern(std::string_view pattern, std::string_view text) { return internal::FullMatch(pattern, text); }

}  // namespace crossrole::aws
