// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace crossrole::base {

/// A value that must not leave the process by accident: it cannot be copied, compared, formatted or
/// streamed, and its memory is wiped when it dies. Callers of `Reveal` are listed by `tools/tidy.py`.
class Secret {
 public:
  Secret() = default;
  /// Takes over `text` and wipes the source.
  explicit Secret(std::string text);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  /// The text itself; valid as long as this object.
  std::string_view Reveal() const { return text_; }
  /// A second holder of the same value; a deliberate act, unlike a copy.
  Secret Clone() const { return Secret(std::string(text_)); }
  /// Whether there is no value.
  bool empty() const { return text_.empty(); }
  /// Length in bytes.
  std::size_t size() const { return text_.size(); }

 private:
  std::string text_;
};

/// Overwrites `text` with zeros, in a way the compiler keeps, then empties it.
void Wipe(std::string& text);

}  // namespace crossrole::base
