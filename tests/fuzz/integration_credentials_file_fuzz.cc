// SPDX-License-Identifier: Apache-2.0
// Credentials files: every one is answered, with the reason when refused, and no answer repeats the secret.
#include <string>

#include "input.h"
#include "integration/credentials_file.h"

using crossrole::fuzz::Require;
using crossrole::fuzz::TextOf;
using crossrole::integration::ReadCredentialsFile;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(TextOf(data, size));
  const auto pair = ReadCredentialsFile(bytes);
  if (!pair) {
    Require(pair.error().code == crossrole::base::Code::kInvalidArgument && !pair.error().reason.empty());
    return 0;
  }
  Require(!pair->access_key_id.empty() && !pair->secret.empty());
  for (const std::string& warning : pair->warnings) Require(!warning.contains(pair->secret.Reveal()));
  const auto chosen = ReadCredentialsFile(bytes, pair->access_key_id);
  Require(chosen.has_value() && chosen->access_key_id == pair->access_key_id);
  return 0;
}
