// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "aws/iam.h"
#include "base/result.h"
#include "integration/internal/keys/keyed_account.h"

namespace crossrole::integration {

/// Whether something exists, and whether it carries the tag of the integration. Nothing foreign is ever modified.
enum class Ownership : std::uint8_t { kAbsent, kOurs, kForeign };

/// How long to wait before looking again for what IAM does not show, or still shows.
inline constexpr std::chrono::milliseconds kLookAgain{500};

/// A role that was looked for; empty when absent.
struct FoundRole {
  Ownership ownership = Ownership::kAbsent;
  aws::iam::Role role{};
};

/// A policy that was looked for; empty when absent.
struct FoundPolicy {
  Ownership ownership = Ownership::kAbsent;
  aws::iam::Policy policy{};
};

/// Where a name is looked for. IAM keeps names of roles and of policies unique in the account whatever their path and
/// case, while the ARN has both.
enum class Reach : std::uint8_t { kExact, kWholeAccount };

/// The role with that name. Errors: those of the calls.
base::Result<FoundRole> FindRole(const KeyedAccount& account, const std::string& name, Reach reach);
/// The policy with that ARN. Errors: those of the calls.
base::Result<FoundPolicy> ReadPolicy(const KeyedAccount& account, const std::string& arn);
/// The policy with that name, at `path` or, with `kWholeAccount`, anywhere. Errors: those of the calls.
base::Result<FoundPolicy> FindPolicy(const KeyedAccount& account, const std::string& path, const std::string& name,
                                     Reach reach);
/// The managed policies attached to a role. Errors: those of the calls.
base::Result<std::vector<std::string>> AttachedPolicies(const KeyedAccount& account, const std::string& role_name);

/// Whether `text` is one of `list`.
bool Contains(const std::vector<std::string>& list, const std::string& text);
/// Whether every tag of `wanted` is among `tags`.
bool HasTags(const std::vector<aws::iam::Tag>& tags, const std::map<std::string, std::string>& wanted);
/// Tags as IAM takes them.
std::vector<aws::iam::Tag> TagsOf(const std::map<std::string, std::string>& tags);
/// The error for a name that is taken by something without our tag; names it.
base::Error TakenByOthers(const std::string& arn);

}  // namespace crossrole::integration
