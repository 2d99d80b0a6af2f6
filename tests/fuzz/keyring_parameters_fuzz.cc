// SPDX-License-Identifier: Apache-2.0
// What stands beside a master key's name in the database and in a backup's manifest. Rules of a passphrase that are taken are
// within their bounds, so that deriving a key never takes the machine; cheap ones are followed, and never give the key.
#include <string>

#include "base/random.h"
#include "input.h"
#include "keyring/internal/parameters.h"
#include "keyring/master_key.h"

using crossrole::fuzz::Require;
namespace base = crossrole::base;
namespace keyring = crossrole::keyring;

namespace {

constexpr std::uint64_t kCheapMemory = std::uint64_t{64} << 10;

void FollowCheapOnes(const keyring::PassphraseRules& rules, std::string_view text) {
  if (rules.memory_bytes > kCheapMemory || rules.passes > 1) return;
  base::SeededRandom random{1};
  const auto source = keyring::FromPassphrase(base::Secret("correct horse battery staple"), "a test", random);
  const auto unlocked = source->Unlock("0123456789abcdef", text);
  Require(!unlocked && unlocked.error().reason == "keyring.wrong_key");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = crossrole::fuzz::TextOf(data, size);
  const auto given = keyring::Parameters::Parse(text);
  if (given) {
    for (const char* name : {"key", "sealed", "salt"}) {
      static_cast<void>(given->Text(name));
      static_cast<void>(given->Bytes(name));
      static_cast<void>(given->Number(name));
    }
  }
  const auto rules = keyring::ReadPassphraseRules(text);
  if (!rules) {
    Require(rules.error().reason == "keyring.unreadable");
    return 0;
  }
  Require(given.has_value());
  Require(rules->memory_bytes <= keyring::kMostArgonMemory && rules->passes <= keyring::kMostArgonPasses && rules->salt.size() == 16);
  const auto again = keyring::ReadPassphraseRules(keyring::PrintPassphraseRules(*rules));
  Require(again && again->salt == rules->salt && again->passes == rules->passes && again->memory_bytes == rules->memory_bytes);
  FollowCheapOnes(*rules, text);
  return 0;
}
