// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "aws/client.h"
#include "base/result.h"
#include "organization/estimate.h"
#include "organization/tree.h"

namespace crossrole::organization {

/// How far a listing is.
struct ReadProgress {
  std::size_t done = 0;   // calls answered
  std::size_t total = 0;  // calls answered and still to come, as far as that can be known
  std::chrono::milliseconds left{0};  // as AWS's rates make it
};

/// How to list.
struct ReadOptions {
  aws::CallOptions call;          // the deadline is that of the whole listing
  std::string caller_account{};   // whom the client signs for
  double rate_scale = 1;          // of the client's budgets, for the estimate
  std::size_t at_once = 16;       // calls of one operation under way
  std::stop_token stop{};         // ends the listing early: it is incomplete then
  std::function<void(const ReadProgress&)> progress{};  // after each answer, on the caller's thread
};

/// What came of a listing.
struct Reading {
  Listing listing{};
  AccountPaths paths = AccountPaths::kGiven;
  std::vector<std::string> refused{};   // keys of folders that AWS did not let us look into
  std::optional<base::Error> error{};   // the first reason why the listing is not complete
  CallCounts calls{};                   // that were made, repetitions by the client not counted
};

/// Lists the organization of the account that `client` signs for, in parallel and with few calls: accounts with their paths, 20 at a
/// time, and each folder's OUs, but for those of the fifth level, which can have none. Where AWS gives no paths, accounts are listed by
/// folder, too. What `known` has and the lists have not is asked for one by one, as are accounts that were seen in two places or in
/// none, since organizations change while they are listed. A page token that has expired begins its list anew. A folder that AWS
/// refuses to show does not hinder the others; any other failure ends the listing. Both leave it incomplete, with what was seen.
///
/// Errors: kInvalidArgument with reason `organization.not_management_account` (a member account), `organization.none`;
/// those of DescribeOrganization and ListRoots, without which nothing is known.
base::Result<Reading> ReadOrganization(const aws::Client& client, const KnownTree& known, const ReadOptions& options);

}  // namespace crossrole::organization
