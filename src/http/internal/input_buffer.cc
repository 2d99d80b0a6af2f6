// SPDX-License-Identifier: Apache-2.0
#include "http/internal/input_buffer.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace crossrole::http::internal {

std::span<char> InputBuffer::Room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == bytes_.size() && begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  if (end_ == bytes_.size()) bytes_.resize(std::min(std::max(bytes_.size() * 2, kFirst), limit_));
  return std::span(bytes_).subspan(end_);
}

void InputBuffer::Received(std::size_t count) {
  end_ += count;
  used_ = std::max(used_, end_);
}

void InputBuffer::Rest() {
  if (begin_ != end_) return;
  OPENSSL_cleanse(bytes_.data(), std::exchange(used_, 0));
  if (bytes_.size() > kFirst) bytes_ = std::string();
  begin_ = end_ = 0;
}

}  // namespace crossrole::http::internal
