// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace crossrole::base {

/// A bounded queue that serves its keys (tenants) in turn, so that one who floods it delays the others by
/// one place only. Items of one key keep their order. Not thread-safe: put it under the owner's lock.
template <typename T>
class FairQueue {
 public:
  /// Holds at most `limit` items, at most `limit_per_key` of them of one key.
  FairQueue(std::size_t limit, std::size_t limit_per_key) : limit_(limit), limit_per_key_(limit_per_key) {}

  /// Whether an item of `key` has a place.
  bool HasRoom(const std::string& key) const {
    const auto found = items_.find(key);
    return size_ < limit_ && (found == items_.end() || found->second.size() < limit_per_key_);
  }
  /// Adds `item` behind the others of `key`; false when full (the item is then unchanged).
  [[nodiscard]] bool Push(const std::string& key, T&& item) {
    if (!HasRoom(key)) return false;
    std::deque<T>& mine = items_[key];
    if (mine.empty()) turns_.push_back(key);
    mine.push_back(std::move(item));
    ++size_;
    return true;
  }
  /// Takes the next item of the key whose turn it is.
  std::optional<T> Pop() {
    if (turns_.empty()) return std::nullopt;
    const std::string key = std::move(turns_.front());
    turns_.pop_front();
    const auto mine = items_.find(key);
    std::optional<T> item(std::move(mine->second.front()));
    mine->second.pop_front();
    --size_;
    if (mine->second.empty()) {
      items_.erase(mine);
    } else {
      turns_.push_back(key);
    }
    return item;
  }
  /// Items that wait.
  std::size_t size() const { return size_; }
  /// Whether nothing waits.
  bool empty() const { return size_ == 0; }

 private:
  std::size_t limit_;
  std::size_t limit_per_key_;
  std::size_t size_ = 0;
  std::map<std::string, std::deque<T>> items_;
  std::deque<std::string> turns_;
};

}  // namespace crossrole::base
