// SPDX-License-Identifier: Apache-2.0
#include "organization/internal/transliterate.h"

#include <array>

#include "base/text.h"

namespace crossrole::organization {
namespace {

// Letters from `first` on, one word each: `-` is no letter, `*` is left out. Latin by the letter under the accents
// (Unicode NFKD), Greek and Cyrillic by sound.
struct Block {
  char32_t first;
  std::string_view words;
};

constexpr auto kBlocks = std::to_array<Block>({
    {0x00c0,
     "a a a a a a ae c e e e e i i i i d n o o o o o - o u u u u y th ss a a a a a a ae c e e e e i i i i d n o o o o "
     "o - o u u u u y th y a a a a a a c c c c c c c c d d d d e e e e e e e e e e g g g g g g g g h h h h i i i i i i "
     "i i i i ij ij j j k k k l l l l l l l l l l n n n n n n n ng ng o o o o o o oe oe r r r r r r s s s s s s s s t "
     "t t t t t u u u u u u u u u u u u w w y y y z z z z z z s"},
    {0x0180,
     "b b - - - - - - - d d - - - e e - f f - g - - i k k l - - - n - o o - - - - - - - - - - - - - u u - - y y z z - "
     "- - - - - - - - - - - - dz dz dz lj lj lj nj nj nj a a i i o o u u u u u u u u u u e a a a a ae ae g g g g k k o "
     "o o o - - j dz dz dz g g - - n n a a ae ae o o a a a a e e e e i i i i o o o o r r r r u u u u s s t t - - h h n "
     "- - - z z a a e e o o o o o o o o y y - - - j - - a c c l t - - - - b"},
    {0x0386,
     "a - e i i - o - y o i a v g d e z i th i k l m n x o p r - s t y f ch ps o i y a e i i y a v g d e z i th i k l "
     "m n x o p r s s t y f ch ps o i y o y o"},
    {0x0400,
     "e e dj g ye dz i yi j lj nj c k i u dz a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch * y * e yu ya "
     "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch * y * e yu ya e e dj g ye dz i yi j lj nj c k i u dz"},
    {0x0490,
     "g g"},
    {0x1e00,
     "a a b b b b b b c c d d d d d d d d d d e e e e e e e e e e f f g g h h h h h h h h h h i i i i k k k k k k l l "
     "l l l l l l m m m m m m n n n n n n n n o o o o o o o o p p p p r r r r r r r r s s s s s s s s s s t t t t t t "
     "t t u u u u u u u u u u v v v v w w w w w w w w w w x x x x y y z z z z z z h t w y - s - - ss - a a a a a a a a "
     "a a a a a a a a a a a a a a a a e e e e e e e e e e e e e e e e i i i i o o o o o o o o o o o o o o o o o o o o "
     "o o o o u u u u u u u u u u u u u u y y y y y y y y"},
});

bool IsAlphanumeric(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Combining marks.
bool IsAccent(char32_t c) { return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) || (c >= 0x1dc0 && c <= 0x1dff); }

// The wide forms of ASCII, and ASCII in lower case.
char32_t Narrowed(char32_t c) {
  if (c >= 0xff01 && c <= 0xff5e) c -= 0xfee0;
  return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

}  // namespace

std::optional<char32_t> NextCharacter(std::string_view text, std::size_t& position) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(position);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length == 0 || position + length > text.size()) {
    ++position;
    return std::nullopt;
  }
  if (!base::IsUtf8(text.substr(position, length))) {
    ++position;
    return std::nullopt;
  }
  char32_t character = length == 1 ? lead : lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) character = character << 6 | (byte(position + i) & 0x3fU);
  position += length;
  return character;
}

std::optional<std::string> Transliterated(char32_t character) {
  const char32_t c = Narrowed(character);
  if (IsAlphanumeric(c)) return std::string(1, static_cast<char>(c));
  if (IsAccent(c)) return std::string();
  for (const Block& block : kBlocks) {
    if (c < block.first || c >= block.first + block.words.size()) continue;
    std::string_view words = block.words;
    for (char32_t at = block.first; at < c && !words.empty(); ++at) {
      const std::size_t blank = words.find(' ');
      words = blank == std::string_view::npos ? std::string_view() : words.substr(blank + 1);
    }
    const std::string_view word = words.substr(0, words.find(' '));
    if (word.empty() || word == "-") continue;
    return word == "*" ? std::string() : std::string(word);
  }
  return std::nullopt;
}

}  // namespace crossrole::organization
