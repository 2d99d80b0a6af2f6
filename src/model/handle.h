// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::model {

/// A short name for people and URLs: `^[a-z](?:[a-z0-9]|_(?=[a-z0-9])){0,38}$`; valid by construction.
class Handle {
 public:
  /// Errors: kInvalidArgument.
  static base::Result<Handle> Parse(std::string_view text);
  /// The text.
  const std::string& text() const { return text_; }
  auto operator<=>(const Handle&) const = default;

 private:
  explicit Handle(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Whether `text` is `^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`, the form of stack slugs.
bool IsStackSlug(std::string_view text);
/// Checks a display name: UTF-8, 1–128 code points, no control or bidirectional characters.
/// Errors: kInvalidArgument with `field`.
base::Status CheckName(std::string_view text, std::string_view field);

}  // namespace crossrole::model
