// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "aws/cloudformation.h"
#include "base/crypto.h"
#include "sim/cloudformation/stack_set.h"
#include "sim/internal/refuse.h"

// Stack sets as answers show them.

namespace crossrole::sim::cloudformation {

/// A set with everything, and as lists have it.
aws::cloudformation::StackSet ShowSet(const StackSet& set);
aws::cloudformation::StackSetSummary ShowSummary(const StackSet* set);

/// Where the page that `token` names begins. Errors: ValidationError.
base::Result<std::size_t> PageBegin(const std::optional<std::string>& token, std::size_t size);

/// Puts the page of `items` that `input` wants, made presentable by `show`, into the summaries of `output`.
template <typename Input, typename Item, typename Show, typename Output>
base::Status PageInto(const Input& input, const std::vector<Item>& items, Show show, Output& output) {
  TRY_ASSIGN(const std::size_t first, PageBegin(input.next_token, items.size()));
  const std::size_t end = std::min(items.size(), first + static_cast<std::size_t>(input.max_results.value_or(100)));
  for (std::size_t i = first; i < end; ++i) output.summaries.push_back(show(items[i]));
  if (end < items.size()) output.next_token = base::Base64Encode(std::to_string(end));
  return {};
}

/// Puts work on these instances in order: a batch a region, those first that the operation's preferences name first.
void AddKeys(StackSetOperation& operation, const StackSet& set, const std::vector<InstanceKey>& keys);

}  // namespace crossrole::sim::cloudformation
