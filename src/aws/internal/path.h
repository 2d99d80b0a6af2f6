// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace crossrole::aws::internal {

/// How deep structs, lists and maps may nest in one request or answer.
inline constexpr std::size_t kMaxDepth = 48;

/// Where in a request or answer a codec is; kept cheap, since most of the time nobody asks.
class Path {
 public:
  /// Steps into a member for as long as it lives.
  class Step {
   public:
    Step(Path& path, std::string_view name) : path_(path) { path_.parts_.push_back({name, kNoIndex}); }
    Step(Path& path, std::size_t index) : path_(path) { path_.parts_.push_back({{}, index}); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() { path_.parts_.pop_back(); }

   private:
    Path& path_;
  };

  /// Whether the place is deeper than any real request or answer.
  bool TooDeep() const { return parts_.size() > kMaxDepth; }
  /// `Roles[1].RoleName`.
  std::string OfAnswer() const;
  /// `tags.1.member.key`, as AWS names a place in a request.
  std::string OfRequest() const;

 private:
  static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);
  struct Part {
    std::string_view name;
    std::size_t index;  // from 0
  };
  std::vector<Part> parts_;
};

}  // namespace crossrole::aws::internal
