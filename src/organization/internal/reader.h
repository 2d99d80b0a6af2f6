// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "aws/organizations.h"
#include "organization/internal/call_lanes.h"
#include "organization/read.h"

namespace crossrole::organization {

/// One listing under way. Used once, by one thread.
class Reader {
 public:
  /// Everything outlives the reader.
  Reader(const aws::Client& client, const KnownTree& known, const ReadOptions& options);
  /// Lists. Errors: see ReadOrganization.
  base::Result<Reading> Read();

 private:
  struct Folder {
    std::string parent;
    std::string name;
    std::size_t level = 0;  // the root's is 0
  };
  struct Account {
    std::string parent{};  // "" while nobody has told
    std::string name{};
    AccountState state = AccountState::kActive;
    bool is_disputed = false;  // seen in two places
  };
  // A list that goes on page by page.
  template <typename Op>
  struct List {
    typename Op::Input input;
    std::function<void(typename Op::Output&)> use;
    std::function<void(base::Error)> failed;
    int restarts = 0;
  };

  template <typename Op>
  void AskPages(List<Op> list);
  void AskBasics();
  void AskUnits(const std::string& parent);
  void AskAccountsOf(const std::string& parent);
  void AskParent(const std::string& account);
  void AskAccount(const std::string& account);
  void AskFolder(const std::string& key);
  void AddFolder(const std::string& key, Folder folder);
  void AddListed(const aws::organizations::Account& account);
  void AddFound(const aws::organizations::Account& account, const std::string& parent);
  void DecidePaths(AccountPaths paths);
  std::size_t AskDoubtful();
  void Fail(const std::string& folder, base::Error error);
  void Break(base::Error error);
  void Report();
  std::optional<base::Error> Refusal() const;
  Reading Finish();

  const KnownTree& known_;
  const ReadOptions& options_;
  const CallCounts expected_;
  std::unordered_map<std::string, Folder> folders_{};
  std::unordered_map<std::string, Account> accounts_{};
  std::set<std::string, std::less<>> gone_{};     // AWS says so
  std::set<std::string, std::less<>> asked_{};    // one by one, so as to ask once
  std::optional<AccountPaths> paths_{};
  std::optional<base::Error> basics_error_{};  // of DescribeOrganization
  std::optional<base::Error> roots_error_{};
  Reading reading_{};
  CallLanes lanes_;  // last: its answers touch the rest
};

}  // namespace crossrole::organization
