// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "policy/context.h"

namespace crossrole::sim {

/// The versions of one thing over time. IAM is eventually consistent: reads through the API see the latest version,
/// authorisation the one that was the latest some seconds ago. Versions are shared and never changed.
template <typename T>
class Timeline {
 public:
  using Version = std::shared_ptr<const T>;

  /// Adds a version (null: deleted), and forgets those that nobody who asks for `forget_before` or later can see.
  void Set(base::Time at, Version version, base::Time forget_before) {
    Forget(forget_before);
    versions_.emplace_back(at, std::move(version));
  }
  /// The latest version; null when deleted.
  Version Latest() const { return versions_.empty() ? nullptr : versions_.back().second; }
  /// The version that was the latest at `moment`; null when there was none.
  Version AsOf(base::Time moment) const {
    for (auto it = versions_.rbegin(); it != versions_.rend(); ++it) {
      if (it->first <= moment) return it->second;
    }
    return nullptr;
  }
  /// Drops versions that were replaced at or before `moment`; whether nothing but a deletion is left.
  bool Forget(base::Time moment) {
    std::size_t keep = 0;
    while (keep + 1 < versions_.size() && versions_[keep + 1].first <= moment) ++keep;
    versions_.erase(versions_.begin(), std::next(versions_.begin(), static_cast<std::ptrdiff_t>(keep)));
    return versions_.empty() || (versions_.size() == 1 && !versions_[0].second && versions_[0].first <= moment);
  }

 private:
  std::vector<std::pair<base::Time, Version>> versions_;
};

/// All things of one kind in an account by name; names are unique without regard to case.
template <typename T>
class Catalog {
 public:
  using Version = std::shared_ptr<const T>;

  /// The latest version of `name`; null when there is none.
  Version Find(std::string_view name) const {
    const auto it = entries_.find(name);
    return it == entries_.end() ? nullptr : it->second.Latest();
  }
  /// What authorisation sees of `name` when it looks at `moment`.
  Version FindAsOf(std::string_view name, base::Time moment) const {
    const auto it = entries_.find(name);
    return it == entries_.end() ? nullptr : it->second.AsOf(moment);
  }
  /// Adds or replaces (null: deletes) what is called `name`.
  void Set(std::string_view name, base::Time at, Version version, base::Time forget_before) {
    auto it = entries_.find(name);
    if (it == entries_.end()) it = entries_.emplace(std::string(name), Timeline<T>()).first;
    const Version before = it->second.Latest();
    if (version && !before) ++count_;
    if (!version && before) --count_;
    it->second.Set(at, std::move(version), forget_before);
    if (it->second.Forget(forget_before)) entries_.erase(it);
  }
  /// Calls `visit(const Version&)` for the latest version of each, sorted by name.
  template <typename Visit>
  void Each(Visit visit) const {
    for (const auto& [name, timeline] : entries_) {
      if (const Version latest = timeline.Latest()) visit(latest);
    }
  }
  /// How many there are.
  std::size_t size() const { return count_; }

 private:
  std::map<std::string, Timeline<T>, policy::LessIgnoringCase> entries_;
  std::size_t count_ = 0;
};

}  // namespace crossrole::sim
