// SPDX-License-Identifier: Apache-2.0
#include "organization/reconcile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace crossrole::organization {
namespace {

constexpr auto kActive = AccountState::kActive;

model::Handle Parsed(const std::string& text) { return *model::Handle::Parse(text); }

KnownNode Known(const std::string& key, const std::string& parent, const std::string& name, const std::string& handle) {
  return {.key = key, .parent = parent, .name = name, .handle = Parsed(handle)};
}

// The root, two OUs in one another, and accounts as given.
Listing Listed(std::vector<ListedNode> accounts) {
  return {.organization = "o-1",
          .complete = true,
          .folders = {{.key = "r-1", .name = "Root"},
                      {.key = "ou-1-inner", .parent = "ou-1-outer", .name = "Inner"},
                      {.key = "ou-1-outer", .parent = "r-1", .name = "Outer"}},
          .accounts = std::move(accounts)};
}

KnownTree KnownOf(std::vector<KnownNode> connections) {
  return {.organization = "o-1",
          .folders = {Known("r-1", "", "Root", "root"), Known("ou-1-outer", "r-1", "Outer", "outer"),
                      Known("ou-1-inner", "ou-1-outer", "Inner", "inner")},
          .connections = std::move(connections)};
}

// One line a node: its changes, key and what it becomes.
std::vector<std::string> Lines(const std::vector<PlannedNode>& nodes) {
  std::vector<std::string> lines;
  for (const PlannedNode& node : nodes) {
    std::string line;
    for (const Change change : {Change::kAdded, Change::kRestored, Change::kRenamed, Change::kMoved, Change::kStateChanged,
                                Change::kHandleChanged, Change::kRemoved}) {
      if (node.changes.Has(change)) line += std::string(line.empty() ? "" : "+") + std::string(NameOf(change));
    }
    lines.push_back(line + " " + node.after.key + " " + node.after.handle.text());
  }
  return lines;
}

using Text = std::vector<std::string>;

TEST(ReconcileTest, AFirstImportAddsFoldersParentsFirst) {
  const Reconciled result = Reconcile({}, Listed({{.key = "000000000001", .parent = "ou-1-inner", .name = "prod"}}), "aws_", {});
  EXPECT_EQ(result.verdict, Verdict::kGo);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(Lines(result.plan.folders), (Text{"added r-1 aws_root", "added ou-1-outer aws_outer", "added ou-1-inner aws_inner"}));
  EXPECT_EQ(Lines(result.plan.connections), (Text{"added 000000000001 aws_prod"}));
  EXPECT_TRUE(result.plan.removed_folders.empty());
}

TEST(ReconcileTest, WhatIsAsListedNeedsNothing) {
  const KnownTree known = KnownOf({Known("000000000001", "ou-1-inner", "prod", "prod")});
  EXPECT_TRUE(Reconcile(known, Listed({{.key = "000000000001", .parent = "ou-1-inner", .name = "prod"}}), "", {}).plan.empty());
}

TEST(ReconcileTest, EachChangeIsNamed) {
  struct Case {
    ListedNode listed;
    std::string line;
  };
  const KnownTree known = KnownOf({Known("000000000001", "ou-1-inner", "prod", "prod")});
  for (const Case& each : std::vector<Case>{
           {{.key = "000000000001", .parent = "ou-1-inner", .name = "Prod"}, "renamed 000000000001 prod"},
           {{.key = "000000000001", .parent = "ou-1-inner", .name = "stage"}, "renamed+handle_changed 000000000001 stage"},
           {{.key = "000000000001", .parent = "r-1", .name = "prod"}, "moved 000000000001 prod"},
           {{.key = "000000000001", .parent = "ou-1-inner", .name = "prod", .state = AccountState::kSuspended}, "state_changed 000000000001 prod"},
           {{.key = "000000000001", .parent = "r-1", .name = "x", .state = AccountState::kClosed},
            "renamed+moved+state_changed+handle_changed 000000000001 x"}}) {
    EXPECT_EQ(Lines(Reconcile(known, Listed({each.listed}), "", {}).plan.connections), Text{each.line});
  }
}

TEST(ReconcileTest, NamesOfOneImportAreServedByAccountIdWhateverTheOrderOfTheListing) {
  std::vector<ListedNode> accounts = {{.key = "000000000003", .parent = "r-1", .name = "shared"},
                                      {.key = "000000000001", .parent = "r-1", .name = "shared"},
                                      {.key = "500000000001", .parent = "ou-1-inner", .name = "shared"},
                                      {.key = "000000000002", .parent = "ou-1-outer", .name = "Shared"}};
  const Text expected = {"added 000000000001 shared", "added 000000000002 shared_0002", "added 000000000003 shared_0003",
                         "added 500000000001 shared_0001"};
  std::ranges::sort(accounts, {}, &ListedNode::key);
  do {
    Text lines = Lines(Reconcile({}, Listed(accounts), "", {}).plan.connections);
    std::ranges::sort(lines);
    ASSERT_EQ(lines, expected);
  } while (std::ranges::next_permutation(accounts, {}, &ListedNode::key).found);
}

TEST(ReconcileTest, ANewcomerNeverChangesAHandle) {
  const KnownTree known = KnownOf({Known("000000000009", "r-1", "prod", "prod")});
  const Listing listing = Listed({{.key = "000000000001", .parent = "r-1", .name = "prod"}, {.key = "000000000009", .parent = "r-1", .name = "prod"}});
  EXPECT_EQ(Lines(Reconcile(known, listing, "", {}).plan.connections), (Text{"added 000000000001 prod_0001"}));
}

TEST(ReconcileTest, ASuffixStaysWhenThePlainHandleBecomesFree) {
  KnownTree known = KnownOf({Known("000000000001", "r-1", "prod", "prod"), Known("000000000002", "r-1", "prod", "prod_0002")});
  for (int i = 3; i < 12; ++i) known.connections.push_back(Known("00000000010" + std::to_string(i % 10), "r-1", "x", "x_" + std::to_string(i)));
  Listing listing = Listed({});
  for (std::size_t i = 1; i < known.connections.size(); ++i) {
    listing.accounts.push_back({.key = known.connections[i].key, .parent = "r-1", .name = known.connections[i].name});
  }
  const Reconciled result = Reconcile(known, listing, "", {});
  EXPECT_EQ(result.verdict, Verdict::kGo);
  for (const std::string& line : Lines(result.plan.connections)) EXPECT_FALSE(line.contains("000000000002")) << line;
}

TEST(ReconcileTest, NobodyGetsAHandleThatMeantAnotherAccountBefore) {
  const KnownTree known = KnownOf({Known("000000000001", "r-1", "a", "a"), Known("000000000002", "r-1", "b", "b")});
  const Listing swapped = Listed({{.key = "000000000001", .parent = "r-1", .name = "b"}, {.key = "000000000002", .parent = "r-1", .name = "a"}});
  EXPECT_EQ(Lines(Reconcile(known, swapped, "", {}).plan.connections),
            (Text{"renamed+handle_changed 000000000001 b_0001", "renamed+handle_changed 000000000002 a_0002"}));
}

TEST(ReconcileTest, AnEditedHandleStays) {
  KnownTree known = KnownOf({Known("000000000001", "r-1", "prod", "mine")});
  known.connections[0].mode = HandleMode::kStatic;
  const Listing listing = Listed({{.key = "000000000001", .parent = "r-1", .name = "another"}, {.key = "000000000002", .parent = "r-1", .name = "mine"}});
  EXPECT_EQ(Lines(Reconcile(known, listing, "new_", {}).plan.connections), (Text{"renamed 000000000001 mine", "added 000000000002 new_mine"}));
  EXPECT_EQ(Lines(Reconcile(known, listing, "", {}).plan.connections), (Text{"renamed 000000000001 mine", "added 000000000002 mine_0002"}));
}

TEST(ReconcileTest, HandlesOfOtherIntegrationsAreTaken) {
  const KnownTree known{.foreign_folder_handles = {Parsed("root")}, .foreign_connection_handles = {Parsed("prod"), Parsed("prod_0001")}};
  const Reconciled result = Reconcile(known, Listed({{.key = "000000000001", .parent = "r-1", .name = "prod"}}), "", {});
  EXPECT_EQ(Lines(result.plan.folders)[0], "added r-1 root_1");
  EXPECT_EQ(Lines(result.plan.connections), (Text{"added 000000000001 prod_000000000001"}));
}

TEST(ReconcileTest, WhatIsMissingFromACompleteListingIsRemovedInnermostFirst) {
  std::vector<KnownNode> connections;
  Listing listing{.organization = "o-1", .complete = true, .folders = {{.key = "r-1", .name = "Root"}}};
  for (int i = 0; i < 10; ++i) {
    const std::string key = "00000000000" + std::to_string(i);
    connections.push_back(Known(key, "r-1", "n", "n_" + key));
    if (i >= 2) listing.accounts.push_back({.key = key, .parent = "r-1", .name = "n"});
  }
  const Reconciled result = Reconcile(KnownOf(connections), listing, "", {});
  EXPECT_EQ(result.verdict, Verdict::kGo);
  EXPECT_EQ(result.removals, 2U);
  EXPECT_EQ(Lines(result.plan.connections), (Text{"removed 000000000000 n_000000000000", "removed 000000000001 n_000000000001"}));
  EXPECT_EQ(Lines(result.plan.removed_folders), (Text{"removed ou-1-inner inner", "removed ou-1-outer outer"}));
}

TEST(ReconcileTest, AnIncompleteListingRemovesNothing) {
  Listing listing = Listed({{.key = "000000000002", .parent = "ou-1-outer", .name = "new"}});
  listing.complete = false;
  std::erase_if(listing.folders, [](const ListedNode& node) { return node.key == "ou-1-outer"; });
  const Reconciled result = Reconcile(KnownOf({Known("000000000001", "r-1", "prod", "prod")}), listing, "", {});
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.removals, 0U);
  EXPECT_EQ(Lines(result.plan.connections), (Text{"added 000000000002 new"})) << "its folder is known, though not listed this time";
  EXPECT_TRUE(result.plan.folders.empty());
  EXPECT_TRUE(result.plan.removed_folders.empty());
}

TEST(ReconcileTest, AListingThatDoesNotHoldTogetherCountsAsIncomplete) {
  const KnownTree known = KnownOf({Known("000000000001", "r-1", "prod", "prod")});
  struct Case {
    std::string_view what;
    std::function<void(Listing&)> spoil;
  };
  for (const Case& each : std::vector<Case>{
           {"an unknown parent", [](Listing& l) { l.accounts.push_back({.key = "000000000005", .parent = "ou-1-nowhere", .name = "x"}); }},
           {"an account twice", [](Listing& l) { l.accounts.insert(l.accounts.end(), {{.key = "000000000005", .parent = "r-1", .name = "x"},
                                                                                      {.key = "000000000005", .parent = "ou-1-inner", .name = "x"}}); }},
           {"a folder twice", [](Listing& l) { l.folders.push_back({.key = "ou-1-outer", .parent = "r-1", .name = "again"}); }},
           {"folders in a circle", [](Listing& l) { l.folders.insert(l.folders.end(), {{.key = "ou-1-x", .parent = "ou-1-y", .name = "x"},
                                                                                       {.key = "ou-1-y", .parent = "ou-1-x", .name = "y"}}); }},
           {"no folder at all", [](Listing& l) { l.folders.clear(); l.accounts.push_back({.key = "000000000006", .parent = "r-1", .name = "x"}); }}}) {
    Listing listing = Listed({});
    each.spoil(listing);
    const Reconciled result = Reconcile(known, listing, "", {});
    EXPECT_FALSE(result.complete) << each.what;
    EXPECT_EQ(result.removals, 0U) << each.what;
    for (const PlannedNode& node : result.plan.connections) EXPECT_FALSE(node.changes.Has(Change::kRemoved)) << each.what;
    for (const PlannedNode& node : result.plan.connections) EXPECT_NE(node.after.parent, "ou-1-nowhere") << each.what;
  }
}

TEST(ReconcileTest, ManyRemovalsWaitForTheirVeryNumber) {
  struct Case {
    std::size_t existing, removed;
    bool waits;
  };
  for (const Case& each : {Case{.existing = 100, .removed = 10, .waits = false}, Case{.existing = 100, .removed = 11, .waits = true},
                           Case{.existing = 10, .removed = 2, .waits = false}, Case{.existing = 10, .removed = 3, .waits = true},
                           Case{.existing = 5, .removed = 1, .waits = false}, Case{.existing = 4, .removed = 1, .waits = true},
                           Case{.existing = 1, .removed = 1, .waits = true}, Case{.existing = 0, .removed = 0, .waits = false}}) {
    std::vector<KnownNode> connections;
    Listing listing = Listed({});
    for (std::size_t i = 0; i < each.existing; ++i) {
      const std::string key = std::to_string(100'000'000'000 + i);
      connections.push_back(Known(key, "r-1", "n" + key, "n" + key));
      if (i >= each.removed) listing.accounts.push_back({.key = key, .parent = "r-1", .name = "n" + key});
    }
    const KnownTree known = KnownOf(connections);
    const Reconciled result = Reconcile(known, listing, "", {});
    EXPECT_EQ(result.verdict, each.waits ? Verdict::kRemovalsWait : Verdict::kGo) << each.removed << " of " << each.existing;
    EXPECT_EQ(result.removals, each.removed);
    EXPECT_EQ(result.existing, each.existing);
    if (!each.waits) continue;
    EXPECT_EQ(Reconcile(known, listing, "", {.removals = each.removed}).verdict, Verdict::kGo);
    EXPECT_EQ(Reconcile(known, listing, "", {.removals = each.removed + 1}).verdict, Verdict::kRemovalsWait);
    EXPECT_EQ(Reconcile(known, listing, "", {.removals = each.removed - 1}).verdict, Verdict::kRemovalsWait);
  }
}

TEST(ReconcileTest, WhoComesBackIsRestoredWithHandleAndMode) {
  KnownTree known = KnownOf({Known("000000000001", "r-1", "prod", "mine"), Known("000000000002", "r-1", "stage", "stage_0002")});
  known.connections[0].mode = HandleMode::kStatic;
  for (KnownNode& node : known.connections) node.presence = Presence::kRemoved;
  const Listing listing = Listed({{.key = "000000000001", .parent = "ou-1-inner", .name = "prod"}, {.key = "000000000002", .parent = "r-1", .name = "stage"}});
  const Reconciled result = Reconcile(known, listing, "", {});
  EXPECT_EQ(Lines(result.plan.connections), (Text{"restored+moved 000000000001 mine", "restored 000000000002 stage_0002"}));
  EXPECT_EQ(result.plan.connections[0].after.mode, HandleMode::kStatic);
  EXPECT_EQ(result.existing, 0U);
  EXPECT_EQ(result.removals, 0U);
}

TEST(ReconcileTest, WhoComesBackToATakenHandleGetsAnother) {
  KnownTree known = KnownOf({Known("000000000001", "r-1", "prod", "mine"), Known("000000000002", "r-1", "x", "mine")});
  known.connections[0].mode = HandleMode::kStatic;
  known.connections[0].presence = Presence::kRemoved;
  known.connections[1].mode = HandleMode::kStatic;
  const Listing listing = Listed({{.key = "000000000001", .parent = "r-1", .name = "prod"}, {.key = "000000000002", .parent = "r-1", .name = "x"}});
  const Reconciled result = Reconcile(known, listing, "", {});
  EXPECT_EQ(Lines(result.plan.connections), (Text{"restored+handle_changed 000000000001 prod"}));
  EXPECT_EQ(result.plan.connections[0].after.mode, HandleMode::kDynamic);
}

TEST(ReconcileTest, TheHandleOfOneWhoLeftIsNobodyElses) {
  KnownTree known = KnownOf({Known("000000000001", "r-1", "prod", "prod")});
  known.connections[0].presence = Presence::kRemoved;
  const Listing listing = Listed({{.key = "000000000002", .parent = "r-1", .name = "prod"}});
  EXPECT_EQ(Lines(Reconcile(known, listing, "", {}).plan.connections), (Text{"added 000000000002 prod_0002"}));
}

TEST(ReconcileTest, AnotherOrganizationIsRefusedUnlessMeant) {
  const KnownTree known = KnownOf({Known("000000000001", "r-1", "prod", "prod")});
  Listing other{.organization = "o-2",
                .complete = true,
                .folders = {{.key = "r-2", .name = "Root"}},
                .accounts = {{.key = "000000000007", .parent = "r-2", .name = "else"}}};
  EXPECT_EQ(Reconcile(known, other, "", {}).verdict, Verdict::kOtherOrganization);
  EXPECT_EQ(Reconcile(known, other, "", {.removals = 1}).verdict, Verdict::kOtherOrganization);
  EXPECT_EQ(Reconcile(known, other, "", {.other_organization = true}).verdict, Verdict::kRemovalsWait);
  EXPECT_EQ(Reconcile(known, other, "", {.removals = 1, .other_organization = true}).verdict, Verdict::kGo);
}

TEST(ReconcileTest, StatesAreReadFromStateAndFromTheRetiringStatus) {
  using Said = std::optional<std::string>;
  struct Case {
    Said state, status;
    AccountState expected;
  };
  for (const Case& each : std::vector<Case>{{"ACTIVE", "ACTIVE", kActive},
                                            {"CLOSED", "SUSPENDED", AccountState::kClosed},
                                            {"PENDING_ACTIVATION", "SUSPENDED", AccountState::kPendingActivation},
                                            {"PENDING_CLOSURE", std::nullopt, AccountState::kPendingClosure},
                                            {std::nullopt, "SUSPENDED", AccountState::kSuspended},
                                            {std::nullopt, "PENDING_CLOSURE", AccountState::kPendingClosure},
                                            {"", "ACTIVE", kActive},
                                            {"FROZEN", "ACTIVE", AccountState::kSuspended},
                                            {std::nullopt, std::nullopt, kActive}}) {
    EXPECT_EQ(ReadAccountState(each.state, each.status), each.expected) << each.state.value_or("-") << " " << each.status.value_or("-");
  }
}

TEST(ReconcileTest, TenThousandAccountsAreComparedWithoutAChange) {
  Listing listing{.organization = "o-1", .complete = true, .folders = {{.key = "r-1", .name = "Root"}}};
  for (std::size_t i = 0; i < 2'000; ++i) {
    const std::string parent = i < 50 ? "r-1" : "ou-1-" + std::to_string(10'000'000 + i / 10);
    listing.folders.push_back({.key = "ou-1-" + std::to_string(10'000'000 + i), .parent = i < 50 ? "r-1" : parent, .name = "Unit " + std::to_string(i % 7)});
  }
  for (std::size_t i = 0; i < 10'000; ++i) {
    listing.accounts.push_back({.key = std::to_string(100'000'000'000 + i),
                                .parent = "ou-1-" + std::to_string(10'000'000 + i % 2'000),
                                .name = i % 10 == 9 ? "shared-services" : "account " + std::to_string(i % 3'000)});
  }
  const Reconciled first = Reconcile({}, listing, "aws_", {});
  ASSERT_TRUE(first.complete);
  KnownTree known{.organization = "o-1"};
  for (const PlannedNode& node : first.plan.folders) known.folders.push_back(node.after);
  for (const PlannedNode& node : first.plan.connections) known.connections.push_back(node.after);
  EXPECT_EQ(known.folders.size(), 2'001U);
  EXPECT_EQ(known.connections.size(), 10'000U);
  EXPECT_TRUE(Reconcile(known, listing, "aws_", {}).plan.empty());
}

}  // namespace
}  // namespace crossrole::organization
