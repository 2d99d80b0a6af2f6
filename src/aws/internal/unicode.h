// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace crossrole::aws::internal {

/// Whether `point` is a letter (general category L). Source: the Unicode Character Database.
bool IsLetter(char32_t point);
/// Whether `point` is a number (general category N).
bool IsNumber(char32_t point);
/// Whether `point` is a separator (general category Z).
bool IsSeparator(char32_t point);
/// Whether `point` is a mark (general category M).
bool IsMark(char32_t point);
/// Whether `point` is a symbol (general category S).
bool IsSymbol(char32_t point);
/// Whether `point` is punctuation (general category P).
bool IsPunctuation(char32_t point);

}  // namespace crossrole::aws::internal
