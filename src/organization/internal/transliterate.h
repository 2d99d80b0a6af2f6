// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace crossrole::organization {

/// The character of UTF-8 that begins at `position`, which moves behind it; nothing for a byte that begins none.
std::optional<char32_t> NextCharacter(std::string_view text, std::size_t& position);
/// What stands for `character` in a handle: lower-case letters and digits; "" for what is left out (accents, soft
/// signs); nothing for what separates words, as do all scripts without an entry.
std::optional<std::string> Transliterated(char32_t character);

}  // namespace crossrole::organization
