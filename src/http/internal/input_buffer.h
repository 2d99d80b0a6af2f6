// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace crossrole::http::internal {

/// Bytes received and not yet read: small for idle clients, as large as a head for others.
class InputBuffer {
 public:
  /// Where it starts growing from.
  static constexpr std::size_t kFirst = 4 * 1024;

  explicit InputBuffer(std::size_t limit) : limit_(limit > kFirst ? limit : kFirst) {}

  /// What was received and not consumed.
  std::string_view Unread() const { return std::string_view(bytes_).substr(begin_, end_ - begin_); }
  /// Whether there is as much unread as there may be.
  bool Full() const { return end_ - begin_ >= limit_; }
  /// Marks the first `count` unread bytes as read.
  void Consume(std::size_t count) { begin_ += count; }
  /// Room behind the unread bytes; empty when full.
  std::span<char> Room();
  /// Counts bytes put into the room.
  void Received(std::size_t count);
  /// Between two requests: wipes what was read, which may hold secrets, and gives memory back.
  void Rest();

 private:
  std::size_t limit_;
  std::string bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t used_ = 0;  // since the last rest
};

}  // namespace crossrole::http::internal
