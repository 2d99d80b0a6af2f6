// SPDX-License-Identifier: Apache-2.0
#include "policy/context.h"

#include <algorithm>
#include <array>

namespace crossrole::policy {
namespace {

constexpr std::array<unsigned char, 256> kLower = [] {
  std::array<unsigned char, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<unsigned char>(i >= 'A' && i <= 'Z' ? i + ('a' - 'A') : i);
  }
  return table;
}();

unsigned char FoldedByte(char c) { return kLower[static_cast<unsigned char>(c)]; }

}  // namespace

bool LessIgnoringCase::operator()(std::string_view a, std::string_view b) const {
  const std::size_t shared = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < shared; ++i) {
    if (a[i] == b[i]) continue;
    const unsigned char x = FoldedByte(a[i]);
    const unsigned char y = FoldedByte(b[i]);
    if (x != y) return x < y;
  }
  return a.size() < b.size();
}

ContextMap::ContextMap(std::initializer_list<std::pair<std::string, std::string>> entries) {
  for (const auto& [key, value] : entries) Set(key, value);
}

ContextMap& ContextMap::Set(std::string_view key, std::string value) { return SetList(key, {std::move(value)}); }

ContextMap& ContextMap::SetList(std::string_view key, Values values) {
  entries_.insert_or_assign(std::string(key), std::move(values));
  return *this;
}

void ContextMap::Erase(std::string_view key) {
  if (const auto found = entries_.find(key); found != entries_.end()) entries_.erase(found);
}

const ContextMap::Values* ContextMap::Find(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() || found->second.empty() ? nullptr : &found->second;
}

}  // namespace crossrole::policy
