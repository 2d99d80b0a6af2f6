// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/guarded.h"
#include "base/result.h"
#include "store/store.h"

namespace crossrole::store {

/// What was read from the store a moment ago, for readers who ask for the same thing many times a second. A value counts
/// only until the next commit of anything, so that nobody is ever given what a read would no longer find. Nothing is kept
/// of failures. The caller names the tenant in the key. Thread-safe.
template <typename Key, typename Value>
class Remembered {
 public:
  using Pointer = std::shared_ptr<const Value>;

  /// Keeps at most `limit` values.
  explicit Remembered(std::size_t limit) : limit_(limit) {}

  /// The value of `key` if it is known and still counts, else null. Does not ask the store's disk.
  Pointer Peek(const Store& store, const Key& key) const {
    const std::uint64_t now = store.Changes();
    return entries_.With([&](const Entries& entries) -> Pointer {
      const auto found = entries.find(key);
      return found != entries.end() && found->second.changes == now ? found->second.value : nullptr;
    });
  }
  /// The same, or what `read()`, a Result<Value>, finds in the store. Errors: those of `read`.
  template <typename Read>
  base::Result<Pointer> Get(const Store& store, const Key& key, Read&& read) {
    if (Pointer known = Peek(store, key)) return known;
    // Asked before reading: a commit in between makes the entry old, though it may hold the newer value.
    const std::uint64_t changes = store.Changes();
    TRY_ASSIGN(Value fresh, std::forward<Read>(read)());
    const auto value = std::make_shared<const Value>(std::move(fresh));
    entries_.With([&](Entries& entries) {
      // Starting over is cheaper than tracking who was asked for last, and forgets what became old.
      if (entries.size() >= limit_ && !entries.contains(key)) entries.clear();
      entries.insert_or_assign(key, Entry{changes, value});
    });
    return value;
  }

 private:
  struct Entry {
    std::uint64_t changes;  // of the store, before the value was read
    Pointer value;
  };
  using Entries = std::unordered_map<Key, Entry>;

  const std::size_t limit_;
  base::Guarded<Entries> entries_{};
};

}  // namespace crossrole::store
