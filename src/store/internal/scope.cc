// SPDX-License-Identifier: Apache-2.0
#include "store/internal/scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

#include "base/text.h"

namespace crossrole::store {
namespace {

using Tokens = std::vector<std::string>;

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

// Words as they are, texts in quotes as one token, every other character by itself.
Tokens Tokenize(std::string_view sql) {
  Tokens tokens;
  for (std::size_t i = 0; i < sql.size();) {
    std::size_t end = i + 1;
    if (IsWord(sql[i])) {
      while (end < sql.size() && IsWord(sql[end])) ++end;
    } else if (sql[i] == '\'') {
      while (end < sql.size() && sql[end] != '\'') ++end;
      end = std::min(end + 1, sql.size());
    }
    if (!base::Trim(sql.substr(i, end - i)).empty()) tokens.emplace_back(sql.substr(i, end - i));
    i = end;
  }
  return tokens;
}

bool Matches(const Tokens& tokens, std::size_t at, std::span<const std::string_view> pattern) {
  if (at + pattern.size() > tokens.size()) return false;
  return std::ranges::equal(pattern, std::span(tokens).subspan(at, pattern.size()),
                            [](std::string_view a, std::string_view b) { return base::EqualsIgnoreCase(a, b); });
}

std::size_t Count(const Tokens& tokens, std::span<const std::string_view> pattern) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) count += Matches(tokens, i, pattern) ? 1 : 0;
  return count;
}

bool HasOuterOr(const Tokens& tokens) {
  int depth = 0;
  for (const std::string& token : tokens) {
    if (token == "(") ++depth;
    if (token == ")") --depth;
    if (depth == 0 && base::EqualsIgnoreCase(token, "or")) return true;
  }
  return false;
}

// `INSERT INTO t (tenant_id, …) VALUES ($1, …)`, or with SELECT $1.
bool InsertsForTenant(const Tokens& tokens) {
  static constexpr std::string_view kColumns[] = {"(", "tenant_id"};
  static constexpr std::string_view kValues[] = {"values", "(", "$1"};
  static constexpr std::string_view kSelect[] = {"select", "$1"};
  return Matches(tokens, 3, kColumns) && (Count(tokens, kValues) == 1 || Count(tokens, kSelect) == 1);
}

std::string TenantFault(const Tokens& tokens, std::size_t mentions) {
  static constexpr std::string_view kBound[] = {"tenant_id", "=", "$1"};
  static constexpr std::string_view kMovedFirst[] = {"set", "tenant_id", "="};
  static constexpr std::string_view kMovedLater[] = {",", "tenant_id", "="};
  if (mentions == 0) return "";
  const bool insert = base::EqualsIgnoreCase(tokens.front(), "insert");
  if (insert && !InsertsForTenant(tokens)) return "inserts without `tenant_id` and `$1` in front";
  if (HasOuterOr(tokens)) return "has an OR outside parentheses";
  if (Count(tokens, kMovedFirst) + Count(tokens, kMovedLater) > 0) return "changes `tenant_id`";
  const std::size_t bound = Count(tokens, kBound) + (insert ? 1 : 0);
  if (bound < mentions) return fmt::format("names {} tenant's tables, but `tenant_id = $1` {} times", mentions, bound);
  return "";
}

bool BelongsToInstallation(std::string_view table) { return std::ranges::count(kInstallationTables, table) > 0; }

}  // namespace

std::string ScopeFault(std::string_view sql, Scope scope, const TableMap& tables) {
  const Tokens tokens = Tokenize(sql);
  if (tokens.empty()) return "is empty";
  if (std::ranges::count(tokens, ";") > 0) return "has a semicolon";
  std::size_t mentions = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool qualifies = i + 1 < tokens.size() && tokens[i + 1] == ".";
    if (qualifies || !tables.tenant.contains(tokens[i])) continue;
    if (scope == Scope::kInstallation && !BelongsToInstallation(tokens[i])) {
      return fmt::format("reads `{}`, which belongs to a tenant", tokens[i]);
    }
    ++mentions;
  }
  switch (scope) {
    case Scope::kTenant:
      return TenantFault(tokens, mentions);
    case Scope::kInstallation:
      return "";
    case Scope::kAllTenants:
      // A common table expression would be a SELECT too; none is needed so far.
      return base::EqualsIgnoreCase(tokens.front(), "select") ? "" : "does more than read";
  }
  return "has no scope";
}

}  // namespace crossrole::store
