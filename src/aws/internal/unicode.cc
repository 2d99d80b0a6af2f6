// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/unicode.h"

#include <algorithm>
#include <span>

namespace crossrole::aws::internal {
namespace {

struct Range {
  char32_t first, last;
};

#include "aws/internal/unicode_ranges.inc"

bool IsIn(std::span<const Range> ranges, char32_t point) {
  const auto behind = std::ranges::upper_bound(ranges, point, {}, &Range::first);
  return behind != ranges.begin() && point <= (behind - 1)->last;
}

}  // namespace

bool IsLetter(char32_t point) { return IsIn(kLetters, point); }
bool IsNumber(char32_t point) { return IsIn(kNumbers, point); }
bool IsSeparator(char32_t point) { return IsIn(kSeparators, point); }
bool IsMark(char32_t point) { return IsIn(kMarks, point); }
bool IsSymbol(char32_t point) { return IsIn(kSymbols, point); }
bool IsPunctuation(char32_t point) { return IsIn(kPunctuation, point); }

}  // namespace crossrole::aws::internal
