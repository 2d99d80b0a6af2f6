// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "organization/tree.h"

namespace crossrole::organization {

/// Whether a change of the prefix changes handles that a person has edited, too (`rename_static`).
enum class RenameStatic : bool { kNo, kYes };

/// A handle that changes.
struct HandleRename {
  std::size_t known = 0;  // index into the nodes
  model::Handle after;
};

/// What another prefix does to the handles of one kind of node.
struct PrefixChange {
  std::vector<HandleRename> renamed{};
  std::vector<std::size_t> kept{};  // edited handles that stay as they are, as indices into the nodes
};

/// The prefix before and after.
struct PrefixPair {
  std::string_view before{};
  std::string_view after{};
};

/// Handles under another prefix. Dynamic ones are made anew; of nodes with the same name the one that has the plainer handle
/// keeps the plainer. An edited one has the old prefix replaced, or the new one put in front. Nodes that were removed keep theirs
/// until they come back. As in a sync, nobody gets a handle that somebody has now.
PrefixChange ChangePrefix(const std::vector<KnownNode>& nodes, const std::vector<model::Handle>& foreign, PrefixPair prefixes,
                          std::string_view fallback, RenameStatic rename_static);

}  // namespace crossrole::organization
