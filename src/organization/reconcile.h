// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "organization/tree.h"

namespace crossrole::organization {

/// What becomes of a node; several may hold for one.
enum class Change : std::uint8_t { kAdded, kRestored, kRenamed, kMoved, kStateChanged, kHandleChanged, kRemoved };
/// The name as in answers and audit records, e.g. "state_changed".
std::string_view NameOf(Change change);

/// A set of changes.
class Changes {
 public:
  /// Puts one in.
  void Add(Change change) { bits_ = static_cast<std::uint8_t>(bits_ | Bit(change)); }
  /// Whether it is in.
  bool Has(Change change) const { return (bits_ & Bit(change)) != 0; }
  /// Whether nothing changes.
  bool empty() const { return bits_ == 0; }
  bool operator==(const Changes&) const = default;

 private:
  static std::uint8_t Bit(Change change) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(change)); }
  std::uint8_t bits_ = 0;
};

/// One node that changes.
struct PlannedNode {
  Changes changes{};
  std::optional<std::size_t> known{};  // index into KnownTree::folders or ::connections; none for what is added
  KnownNode after;                     // as it will be; for what is removed as it was, but for its presence
};

/// What a sync does. Carried out in this order, each step leaves a tree that holds together: folders (parents before what is in
/// them), connections, removed folders (what is in them before them). Every handle that is given was free before the plan,
/// so that the steps of one kind may be taken in any order, and a plan carried out in part may be made and carried out anew.
struct Plan {
  std::vector<PlannedNode> folders{};
  std::vector<PlannedNode> connections{};
  std::vector<PlannedNode> removed_folders{};

  /// Whether the tree is as it was listed.
  bool empty() const { return folders.empty() && connections.empty() && removed_folders.empty(); }
};

/// Why a plan is not to be carried out.
enum class Verdict : std::uint8_t {
  kGo,
  kRemovalsWait,       // it removes more than 10 connections or more than 20 %, and nobody has confirmed that very number
  kOtherOrganization,  // what was listed is another organization than the one we have
};

/// What a person has agreed to.
struct Consent {
  std::optional<std::size_t> removals{};  // `confirm_removals`
  bool other_organization = false;
};

/// What came out of comparing.
struct Reconciled {
  Verdict verdict = Verdict::kGo;
  bool complete = false;      // whether the plan leads to all of what exists; nothing is removed otherwise
  std::size_t removals = 0;   // of connections
  std::size_t existing = 0;   // connections present before
  Plan plan{};                // the whole of it, whatever the verdict
};

/// What has to be done so that what we have becomes what was listed. Pure; the answer depends on no order of its input.
///
/// A node that is missing from a complete listing is removed: left, closed for long or deleted, AWS does not tell. It stays known with
/// its handle, which nobody else gets by a sync, and is restored as it was when it is listed again. An incomplete listing adds and
/// changes what it has, and removes nothing; a listing that does not hold together (a parent or a key twice or unknown) counts as one.
///
/// A handle is kept as long as it is one of those that name, prefix and key allow, or was edited. Who needs one gets the best that
/// nobody had before, in the order of the keys.
Reconciled Reconcile(const KnownTree& known, const Listing& listing, std::string_view handle_prefix, const Consent& consent);

/// Whether so many removals of so many connections need a person's word.
bool NeedsConfirmation(std::size_t removals, std::size_t existing);

}  // namespace crossrole::organization
