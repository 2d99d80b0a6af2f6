// SPDX-License-Identifier: Apache-2.0
#include "policy/internal/glob.h"

#include <algorithm>
#include <cstring>

namespace crossrole::policy::internal {
namespace {

char LowerOf(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::size_t CharacterLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(length, text.size());
}

// A pattern is runs of characters between stars; the greedy rule "take each run at its first place" is exact,
// because a star can absorb whatever an earlier place leaves over. So nothing is ever tried twice per run.
class Matcher {
 public:
  Matcher(Wildcards wildcards, Case letters) : wildcards_(wildcards), letters_(letters) {}

  // Length of text that `run` (without stars) takes at the beginning of `text`.
  std::optional<std::size_t> Prefix(std::string_view run, std::string_view text) const {
    std::size_t at = 0;
    for (const char expected : run) {
      if (at == text.size()) return std::nullopt;
      if (expected == wildcards_.any_one) {
        at += CharacterLength(text.substr(at));
      } else if (Same(expected, text[at])) {
        ++at;
      } else {
        return std::nullopt;
      }
    }
    return at;
  }

  // End of the first place of `run` in `text`.
  std::optional<std::size_t> Find(std::string_view run, std::string_view text) const {
    if (letters_ == Case::kMatters && run.find(wildcards_.any_one) == std::string_view::npos) {
      if (run.empty()) return 0;
      const void* found = memmem(text.data(), text.size(), run.data(), run.size());
      if (found == nullptr) return std::nullopt;
      return static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + run.size();
    }
    for (std::size_t begin = 0; begin <= text.size(); ++begin) {
      if (begin < text.size() && IsContinuationByte(text[begin])) continue;
      if (const auto length = Prefix(run, text.substr(begin))) return begin + *length;
    }
    return std::nullopt;
  }

  // Whether `run` takes the end of `text`.
  bool Suffix(std::string_view run, std::string_view text) const {
    std::size_t left = text.size();
    for (std::size_t i = run.size(); i-- > 0;) {
      if (left == 0) return false;
      --left;
      if (run[i] == wildcards_.any_one) {
        while (left > 0 && IsContinuationByte(text[left])) --left;
      } else if (!Same(run[i], text[left])) {
        return false;
      }
    }
    return true;
  }

 private:
  bool Same(char a, char b) const { return letters_ == Case::kMatters ? a == b : LowerOf(a) == LowerOf(b); }

  Wildcards wildcards_;
  Case letters_;
};

}  // namespace

bool Glob(std::string_view pattern, std::string_view text, Wildcards wildcards, Case letters) {
  const Matcher matcher(wildcards, letters);
  std::size_t star = pattern.find(wildcards.any_run);
  const auto first = matcher.Prefix(pattern.substr(0, star), text);
  if (!first.has_value()) return false;
  text.remove_prefix(*first);
  if (star == std::string_view::npos) return text.empty();
  pattern.remove_prefix(star + 1);
  while ((star = pattern.find(wildcards.any_run)) != std::string_view::npos) {
    const auto end = matcher.Find(pattern.substr(0, star), text);
    if (!end.has_value()) return false;
    text.remove_prefix(*end);
    pattern.remove_prefix(star + 1);
  }
  return matcher.Suffix(pattern, text);
}

std::optional<std::array<std::string_view, 6>> SplitArn(std::string_view text) {
  std::array<std::string_view, 6> parts;
  for (std::size_t i = 0; i < 5; ++i) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    parts.at(i) = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  parts[5] = text;
  return parts;
}

bool GlobArn(std::string_view pattern, std::string_view arn, Wildcards wildcards) {
  if (pattern.size() == 1 && pattern.front() == wildcards.any_run) return true;
  const auto wanted = SplitArn(pattern);
  const auto given = SplitArn(arn);
  if (!wanted.has_value() || !given.has_value()) return false;
  for (std::size_t i = 0; i < wanted->size(); ++i) {
    if (!Glob(wanted->at(i), given->at(i), wildcards)) return false;
  }
  return true;
}

}  // namespace crossrole::policy::internal
