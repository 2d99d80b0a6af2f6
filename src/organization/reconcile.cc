// SPDX-License-Identifier: Apache-2.0
#include "organization/reconcile.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace crossrole::organization {
namespace {

constexpr std::array<std::string_view, 7> kChangeNames = {"added", "restored",       "renamed", "moved",
                                                          "state_changed", "handle_changed", "removed"};
constexpr std::size_t kRemovalsAtOnce = 10;
constexpr std::size_t kRemovedShare = 5;  // one in five

using Index = std::unordered_map<std::string_view, std::size_t>;

// What is listed and holds together, in an order that does not depend on that of the listing.
struct Sound {
  bool complete = false;
  std::vector<const ListedNode*> folders{};  // parents first
  std::vector<const ListedNode*> accounts{};
};

template <typename Node>
Index IndexOf(const std::vector<Node>& nodes) {
  Index index;
  index.reserve(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) index.emplace(nodes[i].key, i);
  return index;
}

// By key, each once.
std::vector<const ListedNode*> Sorted(const std::vector<ListedNode>& nodes, bool& complete) {
  std::vector<const ListedNode*> sorted;
  sorted.reserve(nodes.size());
  for (const ListedNode& node : nodes) sorted.push_back(&node);
  std::ranges::sort(sorted, [](const ListedNode* a, const ListedNode* b) {
    return std::tie(a->key, a->parent, a->name, a->state) < std::tie(b->key, b->parent, b->name, b->state);
  });
  const auto repeated = std::ranges::unique(sorted, {}, [](const ListedNode* node) { return std::string_view(node->key); });
  if (!repeated.empty()) complete = false;
  sorted.erase(repeated.begin(), repeated.end());
  return sorted;
}

std::unordered_set<std::string_view> PresentKeys(const std::vector<KnownNode>& nodes) {
  std::unordered_set<std::string_view> keys;
  for (const KnownNode& node : nodes) {
    if (node.presence == Presence::kPresent) keys.insert(node.key);
  }
  return keys;
}

// Where an incomplete listing leaves a gap, what we have stands in for it.
Sound SoundPart(const KnownTree& known, const Listing& listing) {
  Sound sound{.complete = listing.complete};
  const std::vector<const ListedNode*> folders = Sorted(listing.folders, sound.complete);
  std::unordered_map<std::string_view, std::vector<const ListedNode*>> children;
  std::unordered_set<std::string_view> listed;
  for (const ListedNode* folder : folders) {
    listed.insert(folder->key);
    children[folder->parent].push_back(folder);
  }
  std::unordered_set<std::string_view> reached;
  const auto descend = [&](std::string_view parent) {
    std::vector<std::string_view> todo = {parent};
    while (!todo.empty()) {
      const auto below = children.find(todo.back());
      todo.pop_back();
      if (below == children.end()) continue;
      for (const ListedNode* folder : below->second) {
        if (!reached.insert(folder->key).second) continue;
        sound.folders.push_back(folder);
        todo.push_back(folder->key);
      }
    }
  };
  descend("");
  const std::unordered_set<std::string_view> present = PresentKeys(known.folders);
  if (!sound.complete || sound.folders.size() < folders.size()) {
    for (const KnownNode& folder : known.folders) {
      if (folder.presence == Presence::kPresent && !listed.contains(folder.key)) descend(folder.key);
    }
  }
  if (sound.folders.size() < folders.size()) sound.complete = false;
  for (const ListedNode* account : Sorted(listing.accounts, sound.complete)) {
    if (reached.contains(account->parent) || (present.contains(account->parent) && !listed.contains(account->parent))) {
      if (!reached.contains(account->parent)) sound.complete = false;
      sound.accounts.push_back(account);
    } else {
      sound.complete = false;
    }
  }
  return sound;
}

// Who has and who gets which handle, for one kind of node.
class HandleGiver {
 public:
  HandleGiver(const std::vector<KnownNode>& known, const std::vector<model::Handle>& foreign, std::string_view prefix,
              std::string_view fallback)
      : prefix_(prefix), fallback_(fallback) {
    in_use_.Reserve(known.size() + foreign.size());
    for (const model::Handle& handle : foreign) in_use_.Take(handle);
    for (const KnownNode& node : known) (node.presence == Presence::kPresent ? in_use_ : remembered_).Take(node.handle);
  }

  // The handle of `listed`, which we had as `before`.
  model::Handle HandleFor(const ListedNode& listed, const KnownNode* before) {
    const HandleChoices choices({.prefix = prefix_, .name = listed.name, .key = listed.key, .fallback = fallback_});
    if (before != nullptr && (before->mode == HandleMode::kStatic || choices.RankOf(before->handle))) {
      if (before->presence == Presence::kPresent || in_use_.Take(before->handle)) return before->handle;
    }
    return in_use_.TakeFirst(choices, remembered_);
  }

 private:
  std::string_view prefix_;
  std::string_view fallback_;
  TakenHandles in_use_{};
  TakenHandles remembered_{};
};

Changes Difference(const KnownNode* before, const KnownNode& after) {
  Changes changes;
  if (before == nullptr) {
    changes.Add(Change::kAdded);
    return changes;
  }
  if (before->presence == Presence::kRemoved) changes.Add(Change::kRestored);
  if (before->name != after.name) changes.Add(Change::kRenamed);
  if (before->parent != after.parent) changes.Add(Change::kMoved);
  if (before->state != after.state) changes.Add(Change::kStateChanged);
  if (before->handle != after.handle) changes.Add(Change::kHandleChanged);
  return changes;
}

// What differs between the nodes we have and those listed, additions and changes only, in the order of `listed`.
std::vector<PlannedNode> PlanListed(const std::vector<KnownNode>& known, std::vector<const ListedNode*> listed, HandleGiver giver) {
  const Index index = IndexOf(known);
  std::vector<std::pair<std::size_t, PlannedNode>> planned;
  std::vector<std::size_t> by_key(listed.size());
  for (std::size_t i = 0; i < by_key.size(); ++i) by_key[i] = i;
  std::ranges::sort(by_key, {}, [&](std::size_t i) { return std::string_view(listed[i]->key); });
  for (const std::size_t i : by_key) {
    const ListedNode& node = *listed[i];
    const auto found = index.find(node.key);
    const KnownNode* before = found == index.end() ? nullptr : &known[found->second];
    KnownNode after{.key = node.key,
                    .parent = node.parent,
                    .name = node.name,
                    .state = node.state,
                    .handle = giver.HandleFor(node, before),
                    .mode = before == nullptr ? HandleMode::kDynamic : before->mode};
    // An edited handle that somebody took while its node was away has to be made anew.
    if (before != nullptr && after.mode == HandleMode::kStatic && after.handle != before->handle) after.mode = HandleMode::kDynamic;
    const Changes changes = Difference(before, after);
    if (changes.empty()) continue;
    std::optional<std::size_t> where;
    if (before != nullptr) where = found->second;
    planned.emplace_back(i, PlannedNode{.changes = changes, .known = where, .after = std::move(after)});
  }
  std::ranges::sort(planned, {}, [](const auto& each) { return each.first; });
  std::vector<PlannedNode> nodes;
  nodes.reserve(planned.size());
  for (auto& [position, node] : planned) nodes.push_back(std::move(node));
  return nodes;
}

// What we have that was not listed, by key.
std::vector<PlannedNode> PlanMissing(const std::vector<KnownNode>& known, const std::vector<const ListedNode*>& listed) {
  std::unordered_set<std::string_view> keys;
  keys.reserve(listed.size());
  for (const ListedNode* node : listed) keys.insert(node->key);
  std::vector<PlannedNode> missing;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i].presence == Presence::kRemoved || keys.contains(known[i].key)) continue;
    PlannedNode node{.known = i, .after = known[i]};
    node.changes.Add(Change::kRemoved);
    node.after.presence = Presence::kRemoved;
    missing.push_back(std::move(node));
  }
  std::ranges::sort(missing, {}, [](const PlannedNode& node) { return std::string_view(node.after.key); });
  return missing;
}

// What lies deeper comes first.
void SortInnermostFirst(std::vector<PlannedNode>& removed, const std::vector<KnownNode>& known) {
  const Index index = IndexOf(known);
  const auto depth = [&](const PlannedNode& node) {
    std::size_t steps = 0;
    for (auto at = index.find(node.after.parent); at != index.end() && steps <= known.size(); at = index.find(known[at->second].parent)) ++steps;
    return steps;
  };
  std::vector<std::pair<std::size_t, PlannedNode>> nodes;
  nodes.reserve(removed.size());
  for (PlannedNode& node : removed) nodes.emplace_back(depth(node), std::move(node));
  std::ranges::sort(nodes, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second.after.key < b.second.after.key;
  });
  for (std::size_t i = 0; i < nodes.size(); ++i) removed[i] = std::move(nodes[i].second);
}

}  // namespace

std::string_view NameOf(Change change) { return kChangeNames.at(static_cast<std::size_t>(change)); }

bool NeedsConfirmation(std::size_t removals, std::size_t existing) {
  return removals > kRemovalsAtOnce || removals * kRemovedShare > existing;
}

Reconciled Reconcile(const KnownTree& known, const Listing& listing, std::string_view handle_prefix, const Consent& consent) {
  const Sound sound = SoundPart(known, listing);
  Reconciled result{.complete = sound.complete};
  result.existing = static_cast<std::size_t>(
      std::ranges::count(known.connections, Presence::kPresent, [](const KnownNode& node) { return node.presence; }));
  result.plan.folders =
      PlanListed(known.folders, sound.folders, HandleGiver(known.folders, known.foreign_folder_handles, handle_prefix, kFolderFallback));
  result.plan.connections = PlanListed(known.connections, sound.accounts,
                                       HandleGiver(known.connections, known.foreign_connection_handles, handle_prefix, kAccountFallback));
  if (sound.complete) {
    std::vector<PlannedNode> gone = PlanMissing(known.connections, sound.accounts);
    result.removals = gone.size();
    std::ranges::move(gone, std::back_inserter(result.plan.connections));
    result.plan.removed_folders = PlanMissing(known.folders, sound.folders);
    SortInnermostFirst(result.plan.removed_folders, known.folders);
  }
  if (!known.organization.empty() && known.organization != listing.organization && !consent.other_organization) {
    result.verdict = Verdict::kOtherOrganization;
  } else if (NeedsConfirmation(result.removals, result.existing) && consent.removals != result.removals) {
    result.verdict = Verdict::kRemovalsWait;
  }
  return result;
}

}  // namespace crossrole::organization
