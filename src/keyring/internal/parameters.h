// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "keyring/key.h"

namespace crossrole::keyring {

/// What a source left in the database for itself: a JSON object. Errors of all: kFailedPrecondition, `keyring.unreadable`.
class Parameters {
 public:
  static base::Result<Parameters> Parse(std::string_view text);
  /// The text of a member.
  base::Result<std::string> Text(std::string_view name) const;
  /// The bytes of a member in base 64.
  base::Result<std::string> Bytes(std::string_view name) const;
  /// A number of 0 or more.
  base::Result<std::uint64_t> Number(std::string_view name) const;

 private:
  explicit Parameters(boost::json::object object) : object_(std::move(object)) {}
  boost::json::object object_;
};

/// The rules of a passphrase, within their bounds. Errors: as of `Parameters`.
base::Result<PassphraseRules> ReadPassphraseRules(std::string_view text);
/// The inverse.
std::string PrintPassphraseRules(const PassphraseRules& rules);

}  // namespace crossrole::keyring
