// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::model {

/// The 12 digits of an AWS account; valid by construction.
class AccountId {
 public:
  /// Errors: kInvalidArgument unless `text` is 12 digits.
  static base::Result<AccountId> Parse(std::string_view text);
  /// The digits.
  const std::string& text() const { return text_; }
  auto operator<=>(const AccountId&) const = default;

 private:
  explicit AccountId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace crossrole::model
