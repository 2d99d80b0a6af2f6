// SPDX-License-Identifier: Apache-2.0
#include "organization/handles.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "organization/internal/transliterate.h"

namespace crossrole::organization {
namespace {

using base::Code;
using base::Fail;

constexpr std::size_t kLongest = 39;
constexpr std::size_t kLongestPrefix = 20;
constexpr std::size_t kFew = 4;
constexpr std::size_t kMany = 12;
constexpr std::size_t kNamePoints = 128;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// At most `size` characters, without an underscore at the end.
std::string_view Cut(std::string_view text, std::size_t size) {
  text = text.substr(0, size);
  while (text.ends_with('_')) text.remove_suffix(1);
  return text;
}

std::string WithSuffix(std::string_view text, std::string_view suffix) {
  return fmt::format("{}_{}", Cut(text, kLongest - 1 - suffix.size()), suffix);
}

// What tells keys apart: the digits of an account, the last part of `ou-…-…` and `r-…`.
std::string DistinctPart(std::string_view key) {
  std::string part;
  for (const char c : key.substr(key.rfind('-') + 1)) {
    if (IsLetter(c) || IsDigit(c)) part += c;
  }
  return part.empty() ? "0" : part;
}

std::string Last(const std::string& text, std::size_t count) { return text.substr(text.size() - std::min(count, text.size())); }

std::string PlainText(const HandleSource& source) {
  std::string slug = Slug(source.name);
  if (slug.empty()) slug = source.fallback;
  std::string text(source.prefix);
  text += slug;
  if (!IsLetter(text.front())) text.insert(0, "a_");
  return std::string(Cut(text, kLongest));
}

bool IsForbidden(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool bidirectional = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x61c;
  return control || bidirectional || c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

}  // namespace

std::string_view NameOf(HandleMode mode) { return mode == HandleMode::kStatic ? "static" : "dynamic"; }

base::Result<HandleMode> ParseHandleMode(std::string_view name) {
  for (const HandleMode mode : {HandleMode::kDynamic, HandleMode::kStatic}) {
    if (NameOf(mode) == name) return mode;
  }
  return Fail({.code = Code::kInvalidArgument,
               .message = fmt::format("`{}` is neither dynamic nor static", base::Shortened(name, 80)),
               .field = "handle_mode"});
}

base::Status CheckHandlePrefix(std::string_view prefix) {
  bool good = prefix.size() <= kLongestPrefix && (prefix.empty() || IsLetter(prefix.front())) && !prefix.contains("__");
  for (const char c : prefix) good = good && (IsLetter(c) || IsDigit(c) || c == '_');
  if (good) return {};
  return Fail({.code = Code::kInvalidArgument,
               .message = fmt::format("`{}` is no prefix for handles", base::Shortened(prefix, 80)),
               .field = "handle_prefix",
               .fix = "use at most 20 lower-case letters, digits and single underscores, beginning with a letter"});
}

std::string Slug(std::string_view name) {
  std::string slug;
  bool is_separated = false;
  for (std::size_t i = 0; i < name.size();) {
    const std::optional<char32_t> character = NextCharacter(name, i);
    const std::optional<std::string> letters = character ? Transliterated(*character) : std::nullopt;
    if (!letters) {
      is_separated = true;
    } else if (!letters->empty()) {
      if (is_separated && !slug.empty()) slug += '_';
      is_separated = false;
      slug += *letters;
    }
  }
  return slug;
}

std::string ShownName(std::string_view name, std::string_view fallback) {
  std::string shown;
  std::size_t points = 0;
  for (std::size_t i = 0; i < name.size() && points < kNamePoints; ++points) {
    const std::size_t begin = i;
    const std::optional<char32_t> character = NextCharacter(name, i);
    shown += character && !IsForbidden(*character) ? name.substr(begin, i - begin) : kReplacement;
  }
  return shown.empty() ? std::string(fallback) : shown;
}

HandleChoices::HandleChoices(const HandleSource& source)
    : plain_(PlainText(source)), few_(Last(DistinctPart(source.key), kFew)), many_(Last(DistinctPart(source.key), kMany)) {}

std::string HandleChoices::TextAt(std::size_t rank) const {
  if (rank == 0) return plain_;
  if (rank == 1) return WithSuffix(plain_, few_);
  if (rank == 2) return WithSuffix(plain_, many_);
  return WithSuffix(plain_, fmt::format("{}_{}", many_, rank - 1));
}

model::Handle HandleChoices::At(std::size_t rank) const {
  auto handle = model::Handle::Parse(TextAt(rank));
  CHECK(handle.has_value());
  return *std::move(handle);
}

std::optional<std::size_t> HandleChoices::RankOf(const model::Handle& handle) const {
  const std::string& text = handle.text();
  for (std::size_t rank = 0; rank < 3; ++rank) {
    if (text == TextAt(rank)) return rank;
  }
  const std::string_view digits = std::string_view(text).substr(text.rfind('_') + 1);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 2 || digits.size() > 9) return std::nullopt;
  return text == TextAt(number + 1) ? std::optional(number + 1) : std::nullopt;
}

model::Handle TakenHandles::TakeFirst(const HandleChoices& choices, const TakenHandles& others) {
  for (std::size_t rank = 0;; ++rank) {
    model::Handle handle = choices.At(rank);
    if (!others.Has(handle) && Take(handle)) return handle;
  }
}

}  // namespace crossrole::organization
