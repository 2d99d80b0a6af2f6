// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/statement_positions.h"

namespace crossrole::sim {
namespace {

class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ >= text_.size(); }
  char Current() const { return AtEnd() ? '\0' : text_[at_]; }
  TextPosition position() const { return position_; }

  void Step() {
    if (text_[at_++] == '\n') {
      position_ = {position_.line + 1, 1};
    } else {
      ++position_.column;
    }
  }

  void SkipBlanks() {
    while (!AtEnd() && std::string_view(" \t\r\n:,").find(Current()) != std::string_view::npos) Step();
  }

  // The text of a string as written, without its quotes.
  std::string_view TakeString() {
    Step();
    const std::size_t begin = at_;
    while (!AtEnd() && Current() != '"') {
      if (Current() == '\\') Step();
      if (!AtEnd()) Step();
    }
    const std::string_view inside = text_.substr(begin, at_ - begin);
    if (!AtEnd()) Step();
    return inside;
  }

  void SkipValue() {
    SkipBlanks();
    int depth = 0;
    while (!AtEnd()) {
      const char c = Current();
      if (c == '"') {
        TakeString();
      } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
        return;
      } else {
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        Step();
      }
      if (depth == 0 && (c == '}' || c == ']' || c == '"')) return;
    }
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  TextPosition position_;
};

StatementSpan TakeStatement(Walker& walker) {
  walker.SkipBlanks();
  StatementSpan span{.start = walker.position(), .end = {}};
  walker.SkipValue();
  span.end = walker.position();
  return span;
}

}  // namespace

std::optional<StatementSpan> FindStatement(std::string_view document, std::size_t index) {
  Walker walker(document);
  walker.SkipBlanks();
  if (walker.Current() != '{') return std::nullopt;
  walker.Step();
  for (walker.SkipBlanks(); walker.Current() == '"'; walker.SkipBlanks()) {
    if (walker.TakeString() != "Statement") {
      walker.SkipValue();
      continue;
    }
    walker.SkipBlanks();
    if (walker.Current() != '[') return index == 0 ? std::optional(TakeStatement(walker)) : std::nullopt;
    walker.Step();
    for (walker.SkipBlanks(); walker.Current() == '{'; walker.SkipBlanks()) {
      const StatementSpan span = TakeStatement(walker);
      if (index-- == 0) return span;
    }
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace crossrole::sim
