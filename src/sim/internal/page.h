// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace crossrole::sim {

/// Where one page of a list begins and ends.
struct PageOf {
  std::size_t first = 0;
  std::size_t end = 0;
  std::optional<std::string> next_token{};
};

/// Puts the page of `items` that `input` wants, made presentable by `show`, into `list`. Which page that is says the
/// service's own `find(next_token, max_results, size)`. Errors: those of `find`.
template <typename Find, typename Input, typename Output, typename Item, typename Shown, typename Show>
base::Status FillPage(Find find, const Input& input, const std::vector<Item>& items, Show show, std::vector<Shown>& list, Output& output) {
  std::optional<std::int32_t> max_results;
  if constexpr (requires { input.max_results; }) max_results = input.max_results;
  TRY_ASSIGN(const PageOf page, find(input.next_token, max_results, items.size()));
  for (std::size_t i = page.first; i < page.end; ++i) list.push_back(show(items[i]));
  output.next_token = page.next_token;
  return {};
}

}  // namespace crossrole::sim
