// SPDX-License-Identifier: Apache-2.0
#include "organization/change_prefix.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <tuple>

namespace crossrole::organization {
namespace {

// What the new prefix goes in front of; nothing when an edited handle stays as it is.
std::optional<std::string_view> EditedRest(std::string_view handle, PrefixPair prefixes) {
  const auto begins = [&](std::string_view prefix) {
    return !prefix.empty() && handle.size() > prefix.size() && handle.starts_with(prefix);
  };
  const bool has_new = begins(prefixes.after);
  if (begins(prefixes.before) && (!has_new || prefixes.before.size() > prefixes.after.size())) return handle.substr(prefixes.before.size());
  if (has_new || prefixes.after.empty()) return std::nullopt;
  return handle;
}

}  // namespace

PrefixChange ChangePrefix(const std::vector<KnownNode>& nodes, const std::vector<model::Handle>& foreign, PrefixPair prefixes,
                          std::string_view fallback, RenameStatic rename_static) {
  TakenHandles taken;
  taken.Reserve(nodes.size() + foreign.size());
  for (const model::Handle& handle : foreign) taken.Take(handle);
  for (const KnownNode& node : nodes) taken.Take(node.handle);
  std::vector<std::tuple<std::size_t, std::string_view, std::size_t>> order;  // rank before, key, index
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const KnownNode& node = nodes[i];
    if (node.presence == Presence::kRemoved) continue;
    const HandleChoices before({.prefix = prefixes.before, .name = node.name, .key = node.key, .fallback = fallback});
    order.emplace_back(before.RankOf(node.handle).value_or(std::numeric_limits<std::size_t>::max()), node.key, i);
  }
  std::ranges::sort(order);
  PrefixChange change;
  for (const auto& [rank, key, index] : order) {
    const KnownNode& node = nodes[index];
    std::optional<std::string_view> rest = node.name;
    if (node.mode == HandleMode::kStatic) {
      rest = rename_static == RenameStatic::kYes ? EditedRest(node.handle.text(), prefixes) : std::nullopt;
      if (!rest) {
        change.kept.push_back(index);
        continue;
      }
    }
    const HandleChoices choices({.prefix = prefixes.after, .name = *rest, .key = node.key, .fallback = fallback});
    if (choices.RankOf(node.handle)) continue;
    change.renamed.push_back({.known = index, .after = taken.TakeFirst(choices, TakenHandles())});
  }
  const auto by_index = [](const HandleRename& rename) { return rename.known; };
  std::ranges::sort(change.renamed, {}, by_index);
  std::ranges::sort(change.kept);
  return change;
}

}  // namespace crossrole::organization
