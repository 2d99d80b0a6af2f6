// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "organization/change_prefix.h"
#include "organization/reconcile.h"

// Random histories of an organization, each step followed by a sync that may fail in every way a sync can: a listing that lacks a
// part, a plan that is carried out in part. CROSSROLE_LONG=1 plays a hundred thousand of them, or a twentieth
// of that where a sanitizer slows them.

namespace crossrole::organization {
namespace {

constexpr std::array<std::string_view, 10> kNames = {"prod", "Prod", "prod 0001", "stage", "日本", "", "x_1", "Zürich", "prod-1111", "0"};
constexpr std::array<std::string_view, 3> kPrefixes = {"", "aws_", "p"};

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

// What AWS has.
struct Source {
  std::map<std::string, ListedNode> folders{};
  std::map<std::string, ListedNode> accounts{};
  std::map<std::string, ListedNode> left{};  // accounts that may come back
};

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {
    source_.folders["r-1"] = {.key = "r-1", .name = "Root"};
    source_.accounts["100000000000"] = {.key = "100000000000", .parent = "r-1", .name = "management"};
    for (std::size_t i = Below(3); i > 0; --i) known_.foreign_connection_handles.push_back(*model::Handle::Parse("prod" + std::string(i, 'x')));
    if (Below(2) == 0) known_.foreign_connection_handles.push_back(*model::Handle::Parse("stage"));
  }

  void Step() {
    for (std::size_t i = Below(4); i > 0; --i) ChangeSource();
    if (Below(8) == 0) EditHandle();
    if (Below(12) == 0) ChangeThePrefix();
    Sync();
  }

 private:
  std::size_t Below(std::size_t bound) { return random_() % bound; }
  std::string AnyName() { return std::string(kNames[Below(kNames.size())]); }
  template <typename Map>
  typename Map::iterator Any(Map& map) {
    return std::next(map.begin(), static_cast<std::ptrdiff_t>(Below(map.size())));
  }

  void ChangeSource() {
    switch (Below(9)) {
      case 0:
      case 1: {  // account ids share their last digits now and then
        const std::string key = std::to_string(100'000'000'000 + Below(4) * 10'000 + Below(3) * 1'111 + Below(3));
        if (!source_.accounts.contains(key) && !source_.left.contains(key)) {
          source_.accounts[key] = {.key = key, .parent = Any(source_.folders)->first, .name = ShownName(AnyName(), key)};
        }
        return;
      }
      case 2: {
        const std::string key = "ou-1-" + std::to_string(10'000'000 + Below(30));
        if (!source_.folders.contains(key)) source_.folders[key] = {.key = key, .parent = Any(source_.folders)->first, .name = ShownName(AnyName(), key)};
        return;
      }
      case 3: {
        const auto account = Any(source_.accounts);
        account->second.name = ShownName(AnyName(), account->first);
        return;
      }
      case 4:
        Any(source_.accounts)->second.parent = Any(source_.folders)->first;
        return;
      case 5:
        Any(source_.accounts)->second.state = static_cast<AccountState>(Below(5));
        return;
      case 6: {
        const auto account = Any(source_.accounts);
        if (account->first == "100000000000") return;
        source_.left.insert(source_.accounts.extract(account));
        return;
      }
      case 7:
        if (!source_.left.empty()) source_.accounts.insert(source_.left.extract(Any(source_.left)));
        return;
      default:
        DeleteOrRenameFolder();
    }
  }

  void DeleteOrRenameFolder() {
    const auto folder = Any(source_.folders);
    const auto is_inside = [&](const auto& node) { return node.second.parent == folder->first; };
    const bool is_empty = std::ranges::none_of(source_.folders, is_inside) && std::ranges::none_of(source_.accounts, is_inside) &&
                          std::ranges::none_of(source_.left, is_inside);
    if (is_empty && folder->first != "r-1") {
      source_.folders.erase(folder);
    } else {
      folder->second.name = ShownName(AnyName(), folder->first);
    }
  }

  // As an operator may: any handle that nobody in the tree has.
  void EditHandle() {
    if (known_.connections.empty()) return;
    KnownNode& node = known_.connections[Below(known_.connections.size())];
    const std::string wanted = std::array<std::string, 4>{"prod", "mine", "stage_0001", "aws_prod_1111"}[Below(4)];
    const auto has_it = [&](const KnownNode& other) { return other.presence == Presence::kPresent && other.handle.text() == wanted; };
    const bool is_foreign = std::ranges::any_of(known_.foreign_connection_handles, [&](const model::Handle& handle) { return handle.text() == wanted; });
    if (node.presence == Presence::kRemoved || is_foreign || std::ranges::any_of(known_.connections, has_it)) return;
    node.handle = *model::Handle::Parse(wanted);
    node.mode = HandleMode::kStatic;
  }

  void ChangeThePrefix() {
    const std::string_view after = kPrefixes[Below(kPrefixes.size())];
    const auto rename = [&](std::vector<KnownNode>& nodes, const std::vector<model::Handle>& foreign, std::string_view fallback) {
      const auto mode = static_cast<RenameStatic>(Below(2));
      for (const HandleRename& each : ChangePrefix(nodes, foreign, {.before = prefix_, .after = after}, fallback, mode).renamed) {
        nodes[each.known].handle = each.after;
      }
    };
    rename(known_.folders, known_.foreign_folder_handles, "folder");
    rename(known_.connections, known_.foreign_connection_handles, "account");
    prefix_ = after;
    CheckHandles();
    if (testing::Test::HasFailure()) return;
    // Another sync has nothing to do to the handles.
    for (const KnownNode& node : known_.connections) {
      if (node.presence == Presence::kRemoved || node.mode == HandleMode::kStatic) continue;
      EXPECT_TRUE(HandleChoices({.prefix = prefix_, .name = node.name, .key = node.key}).RankOf(node.handle)) << node.handle.text();
    }
  }

  Listing List(bool complete) {
    Listing listing{.organization = "o-1", .complete = complete};
    for (const auto& [key, folder] : source_.folders) {
      if (complete || Below(5) != 0) listing.folders.push_back(folder);
    }
    for (const auto& [key, account] : source_.accounts) {
      if (complete || Below(5) != 0) listing.accounts.push_back(account);
    }
    std::ranges::shuffle(listing.folders, random_);
    std::ranges::shuffle(listing.accounts, random_);
    return listing;
  }

  void Sync() {
    const bool complete = Below(4) != 0;
    const Listing listing = List(complete);
    Consent consent;
    Reconciled result = Reconcile(known_, listing, prefix_, consent);
    const auto is_removal = [](const PlannedNode& node) { return node.changes.Has(Change::kRemoved); };
    EXPECT_EQ(result.complete, complete);
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count_if(result.plan.connections, is_removal)), result.removals);
    EXPECT_EQ(result.verdict == Verdict::kRemovalsWait, result.removals > 10 || result.removals * 5 > result.existing);
    if (result.verdict == Verdict::kRemovalsWait) {
      if (Below(2) == 0) return;  // nobody confirms: nothing happens
      consent.removals = result.removals;
      result = Reconcile(known_, listing, prefix_, consent);
      EXPECT_EQ(result.verdict, Verdict::kGo);
    }
    if (!complete) {
      EXPECT_EQ(result.removals, 0U);
      EXPECT_TRUE(result.plan.removed_folders.empty());
    }
    const bool whole = Below(5) != 0;
    Apply(result.plan, whole);
    CheckHandles();
    if (!whole || !complete || testing::Test::HasFailure()) return;
    CheckEqualsSource();
    EXPECT_TRUE(Reconcile(known_, List(true), prefix_, {}).plan.empty()) << "a second sync finds nothing to do";
  }

  // In the order that Plan promises; `whole` or up to somewhere, as a crash would leave it.
  void Apply(const Plan& plan, bool whole) {
    const std::size_t steps = plan.folders.size() + plan.connections.size() + plan.removed_folders.size();
    std::size_t left = whole || steps == 0 ? steps : Below(steps);
    known_.organization = "o-1";
    for (const PlannedNode& node : plan.folders) Put(known_.folders, node, left);
    for (const PlannedNode& node : plan.connections) Put(known_.connections, node, left);
    for (const PlannedNode& node : plan.removed_folders) Put(known_.folders, node, left);
  }

  void Put(std::vector<KnownNode>& nodes, const PlannedNode& node, std::size_t& left) {
    if (left == 0) return;
    --left;
    const auto present = [](const KnownNode& each) { return each.presence == Presence::kPresent; };
    if (!node.after.parent.empty() && node.after.presence == Presence::kPresent) {
      EXPECT_TRUE(std::ranges::any_of(known_.folders, [&](const KnownNode& folder) { return present(folder) && folder.key == node.after.parent; }))
          << "its folder is there before " << node.after.key;
    }
    if (node.changes.Has(Change::kRemoved)) {
      for (const std::vector<KnownNode>* all : {&known_.folders, &known_.connections}) {
        EXPECT_TRUE(std::ranges::none_of(*all, [&](const KnownNode& each) { return present(each) && each.parent == node.after.key; }))
            << node.after.key << " is empty before it goes";
      }
    }
    if (node.after.presence == Presence::kPresent) {
      for (const KnownNode& other : nodes) {
        EXPECT_FALSE(present(other) && other.key != node.after.key && other.handle == node.after.handle) << "taken at this moment";
      }
    }
    if (!node.known) {
      nodes.push_back(node.after);
      return;
    }
    KnownNode& before = nodes[*node.known];
    EXPECT_EQ(before.key, node.after.key);
    const bool keeps = before.mode == HandleMode::kStatic ||
                       HandleChoices({.prefix = prefix_, .name = node.after.name, .key = before.key,
                                      .fallback = &nodes == &known_.folders ? "folder" : "account"}).RankOf(before.handle).has_value();
    if (before.presence == Presence::kPresent && keeps) EXPECT_EQ(before.handle, node.after.handle) << "a handle once given stays";
    before = node.after;
  }

  void CheckHandles() {
    for (const auto& [nodes, foreign] : {std::pair(&known_.folders, &known_.foreign_folder_handles),
                                         std::pair(&known_.connections, &known_.foreign_connection_handles)}) {
      std::set<std::string> handles;
      for (const model::Handle& handle : *foreign) handles.insert(handle.text());
      for (const KnownNode& node : *nodes) {
        if (node.presence == Presence::kPresent) EXPECT_TRUE(handles.insert(node.handle.text()).second) << node.handle.text() << " twice";
      }
    }
  }

  void CheckEqualsSource() {
    const auto compare = [](const std::vector<KnownNode>& nodes, const std::map<std::string, ListedNode>& expected) {
      std::map<std::string, ListedNode> have;
      for (const KnownNode& node : nodes) {
        if (node.presence == Presence::kPresent) have[node.key] = {.key = node.key, .parent = node.parent, .name = node.name, .state = node.state};
      }
      EXPECT_EQ(have == expected, true) << "the tree is not as the source";
    };
    compare(known_.folders, source_.folders);
    compare(known_.connections, source_.accounts);
  }

  std::mt19937_64 random_;
  Source source_{};
  KnownTree known_{};
  std::string_view prefix_{};
};

TEST(ReconcilePropertyTest, AfterASyncTheTreeIsTheSourceAndHandlesAreUniqueAndStable) {
  const bool is_long = std::getenv("CROSSROLE_LONG") != nullptr;
  const std::uint64_t sequences = !is_long ? 2'000 : kIsSanitized ? 5'000 : 100'000;
  for (std::uint64_t seed = 1; seed <= sequences; ++seed) {
    History history(seed);
    for (int step = 0; step < 12; ++step) {
      history.Step();
      ASSERT_FALSE(HasFailure()) << "sequence " << seed << ", step " << step;
    }
  }
}

}  // namespace
}  // namespace crossrole::organization
