// SPDX-License-Identifier: Apache-2.0
#include "policy/context.h"

#include <algorithm>

namespace crossrole::policy {
namespace {

char LowerOf(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

bool LessIgnoringCase::operator()(std::string_view a, std::string_view b) const {
  return std::ranges::lexicographical_compare(
      a, b, [](char x, char y) { return static_cast<unsigned char>(LowerOf(x)) < static_cast<unsigned char>(LowerOf(y)); });
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
