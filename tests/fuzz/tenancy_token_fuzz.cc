// SPDX-License-Identifier: Apache-2.0
// Tokens: what parses names the id that is in it, and every other text is refused with the same words.
#include <string>

#include "input.h"
#include "tenancy/token.h"

using crossrole::fuzz::Require;
using crossrole::fuzz::TextOf;
using crossrole::tenancy::NotAuthenticated;
using crossrole::tenancy::ParseToken;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = TextOf(data, size);
  const auto token = ParseToken(text);
  if (token) {
    Require(text.size() == 81 && token->id.text() == "tok_" + std::string(text.substr(4, 26)));
    Require(token->hash == crossrole::base::Sha256(text));
  } else {
    Require(token.error().code == NotAuthenticated().code && token.error().message == NotAuthenticated().message);
  }
  return 0;
}
