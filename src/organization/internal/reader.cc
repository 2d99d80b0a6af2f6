// SPDX-License-Identifier: Apache-2.0
#include "organization/internal/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/aws_error.h"
#include "model/account_id.h"
#include "organization/estimate.h"
#include "organization/internal/paths.h"

namespace crossrole::organization {
namespace {

namespace api = aws::organizations;
using base::Code;
using base::Error;
using base::Result;

constexpr std::size_t kDeepest = 5;  // OUs below one another. Source: Organizations User Guide, "Quotas"
constexpr int kRestarts = 3;
constexpr int kRounds = 12;  // of asking one by one: a chain of unknown parents is no longer
constexpr int kAttempts = 10;

aws::CallOptions WithPatience(aws::CallOptions options) {
  if (!options.max_attempts) options.max_attempts = kAttempts;
  return options;
}

Error BadAnswer(std::string message) {
  return {.code = Code::kAwsRefused, .message = std::move(message), .reason = "aws.bad_answer"};
}

// What AWS answers for what is no longer there.
bool IsGone(const Error& error) {
  for (const std::string_view code : {"ParentNotFoundException", "ChildNotFoundException", "AccountNotFoundException",
                                      "OrganizationalUnitNotFoundException"}) {
    if (error.aws_code == code) return true;
  }
  return false;
}

CallCounts Expected(const KnownTree& known) {
  if (known.connections.empty()) return {};
  return CallsFor({.accounts = known.connections.size(), .folders = known.folders.size()}, AccountPaths::kGiven);
}

}  // namespace

Reader::Reader(const aws::Client& client, const KnownTree& known, const ReadOptions& options)
    : known_(known), options_(options), expected_(Expected(known)), lanes_(client, WithPatience(options.call), options.at_once) {}

Result<Reading> Reader::Read() {
  AskBasics();
  lanes_.Run([this] { Report(); });
  if (auto refusal = Refusal()) return base::Fail(*std::move(refusal));
  for (int round = 0; round < kRounds && !reading_.error; ++round) {
    if (AskDoubtful() == 0) break;
    lanes_.Run([this] { Report(); });
  }
  return Finish();
}

template <typename Op>
void Reader::AskPages(List<Op> list) {
  list.input.max_results = kListPage;
  auto input = list.input;
  lanes_.Ask<Op>(std::move(input), [this, list = std::move(list)](Result<typename Op::Output> answer) mutable {
    if (!answer) {
      const bool has_token = list.input.next_token.has_value();
      // A token that is refused has expired: what was listed may have changed, so the list begins anew.
      if (has_token && answer.error().aws_code == "InvalidInputException" && list.restarts < kRestarts) {
        ++list.restarts;
        list.input.next_token.reset();
        return AskPages<Op>(std::move(list));
      }
      return list.failed(std::move(answer).error());
    }
    list.use(*answer);
    if (!answer->next_token || answer->next_token->empty()) return;
    if (answer->next_token == list.input.next_token) {
      return list.failed(BadAnswer(fmt::format("{}: aws answered the same page token twice", Op::kFacts.name)));
    }
    list.input.next_token = std::move(answer->next_token);
    AskPages<Op>(std::move(list));
  });
}

void Reader::AskBasics() {
  lanes_.Ask<api::DescribeOrganization>({}, [this](Result<api::DescribeOrganizationOutput> answer) {
    if (!answer) {
      basics_error_ = std::move(answer).error();
      return lanes_.Stop();
    }
    reading_.listing.organization = answer->organization.id;
    reading_.listing.management_account = answer->organization.master_account_id.value_or("");
  });
  AskPages<api::ListRoots>({.input = {},
                            .use =
                                [this](api::ListRootsOutput& page) {
                                  for (const api::Root& root : page.roots) {
                                    if (!IsRootId(root.id)) {
                                      Break(BadAnswer("aws listed a root without an id"));
                                      return;
                                    }
                                    AddFolder(root.id, {.parent = "", .name = ShownName(root.name.value_or(""), "Root")});
                                  }
                                },
                            .failed =
                                [this](Error error) {
                                  roots_error_ = std::move(error);
                                  lanes_.Stop();
                                }});
  AskPages<api::ListAccounts>({.input = {},
                               .use =
                                   [this](api::ListAccountsOutput& page) {
                                     for (const api::Account& account : page.accounts) AddListed(account);
                                   },
                               .failed = [this](Error error) { Fail("", std::move(error)); }});
}

void Reader::AskUnits(const std::string& parent) {
  AskPages<api::ListOrganizationalUnitsForParent>(
      {.input = {.parent_id = parent},
       .use =
           [this, parent](api::ListOrganizationalUnitsForParentOutput& page) {
             const auto above = folders_.find(parent);
             const std::size_t level = above == folders_.end() ? 0 : above->second.level + 1;
             for (const api::OrganizationalUnit& unit : page.organizational_units) {
               if (!IsUnitId(unit.id)) return Break(BadAnswer("aws listed an organizational unit without an id"));
               AddFolder(unit.id, {.parent = parent, .name = ShownName(unit.name.value_or(""), unit.id), .level = level});
             }
           },
       .failed = [this, parent](Error error) { Fail(parent, std::move(error)); }});
}

void Reader::AskAccountsOf(const std::string& parent) {
  AskPages<api::ListAccountsForParent>({.input = {.parent_id = parent},
                                        .use =
                                            [this, parent](api::ListAccountsForParentOutput& page) {
                                              for (const api::Account& account : page.accounts) AddFound(account, parent);
                                            },
                                        .failed = [this, parent](Error error) { Fail(parent, std::move(error)); }});
}

void Reader::AddFolder(const std::string& key, Folder folder) {
  const std::size_t level = folder.level;
  gone_.erase(key);
  if (!folders_.insert_or_assign(key, std::move(folder)).second) return;
  if (level < kDeepest) AskUnits(key);
  if (paths_ == AccountPaths::kMissing) AskAccountsOf(key);
}

// From the list of all accounts, or from a question about this one: what was heard last is true.
void Reader::AddListed(const api::Account& account) {
  if (!model::AccountId::Parse(account.id)) return Break(BadAnswer("aws listed an account without an id"));
  std::string parent = ParentInPaths(account.paths, account.id);
  if (!paths_) DecidePaths(parent.empty() ? AccountPaths::kMissing : AccountPaths::kGiven);
  Account& seen = accounts_[account.id];
  if (!parent.empty()) {
    seen.parent = std::move(parent);
    seen.is_disputed = false;
  }
  seen.name = ShownName(account.name.value_or(""), account.id);
  seen.state = ReadAccountState(account.state, account.status);
}

// From the list of one folder. Lists of two folders are not of the same moment.
void Reader::AddFound(const api::Account& account, const std::string& parent) {
  if (!model::AccountId::Parse(account.id)) return Break(BadAnswer("aws listed an account without an id"));
  Account& seen = accounts_[account.id];
  seen.is_disputed = seen.is_disputed || (!seen.parent.empty() && seen.parent != parent);
  seen.parent = parent;
  seen.name = ShownName(account.name.value_or(""), account.id);
  seen.state = ReadAccountState(account.state, account.status);
}

void Reader::DecidePaths(AccountPaths paths) {
  paths_ = paths;
  if (paths == AccountPaths::kGiven) return;
  for (const auto& [key, folder] : folders_) AskAccountsOf(key);
}

void Reader::AskParent(const std::string& account) {
  lanes_.Ask<api::ListParents>({.child_id = account}, [this, account](Result<api::ListParentsOutput> answer) {
    if (!answer) {
      if (!IsGone(answer.error())) return Fail(account, std::move(answer).error());
      accounts_.erase(account);
      gone_.insert(account);
      return;
    }
    const std::string parent = answer->parents.empty() ? "" : answer->parents.front().id;
    if (!IsRootId(parent) && !IsUnitId(parent)) return Break(BadAnswer("aws listed a parent without an id"));
    Account& seen = accounts_[account];
    seen.parent = parent;
    seen.is_disputed = false;
  });
}

void Reader::AskAccount(const std::string& account) {
  lanes_.Ask<api::DescribeAccount>({.account_id = account}, [this, account](Result<api::DescribeAccountOutput> answer) {
    if (!answer) {
      if (!IsGone(answer.error())) return Fail(account, std::move(answer).error());
      gone_.insert(account);
      return;
    }
    if (answer->account.id == account) return AddListed(answer->account);
    Break(BadAnswer("aws described another account than was asked for"));
  });
}

void Reader::AskFolder(const std::string& key) {
  lanes_.Ask<api::DescribeOrganizationalUnit>({.organizational_unit_id = key}, [this, key](Result<api::DescribeOrganizationalUnitOutput> answer) {
    if (!answer) {
      if (!IsGone(answer.error())) return Fail(key, std::move(answer).error());
      gone_.insert(key);
      return;
    }
    const auto& unit = answer->organizational_unit;
    if (!unit || unit->id != key) return Break(BadAnswer("aws described another organizational unit than was asked for"));
    const std::string name = ShownName(unit->name.value_or(""), key);
    std::string parent = ParentInPath(unit->path.value_or(""), key);
    if (!parent.empty()) return AddFolder(key, {.parent = std::move(parent), .name = name});
    lanes_.Ask<api::ListParents>({.child_id = key}, [this, key, name](Result<api::ListParentsOutput> parents) {
      if (!parents) {
        if (!IsGone(parents.error())) return Fail(key, std::move(parents).error());
        gone_.insert(key);
        return;
      }
      if (parents->parents.empty()) return Break(BadAnswer("aws listed no parent of an organizational unit"));
      AddFolder(key, {.parent = parents->parents.front().id, .name = name});
    });
  });
}

// Asks one by one for what the lists left open; how many questions that makes.
std::size_t Reader::AskDoubtful() {
  // What is missing from an incomplete listing is not taken for removed anyway.
  if (!reading_.refused.empty()) return 0;
  std::size_t questions = 0;
  const auto once = [&](std::string key) {
    const bool is_new = asked_.insert(std::move(key)).second;
    questions += is_new ? 1 : 0;
    return is_new;
  };
  const auto folder = [&](const std::string& key) {
    if (!folders_.contains(key) && !gone_.contains(key) && IsUnitId(key) && once(key)) AskFolder(key);
  };
  for (const auto& [key, account] : accounts_) {
    const bool is_lost = account.parent.empty() || account.is_disputed || gone_.contains(account.parent);
    if (is_lost && once("parent of " + key)) AskParent(key);
    if (!is_lost) folder(account.parent);
  }
  std::vector<std::string> parents;
  for (const auto& [key, each] : folders_) parents.push_back(each.parent);
  for (const std::string& parent : parents) folder(parent);
  if (known_.organization != reading_.listing.organization) return questions;
  for (const KnownNode& node : known_.connections) {
    if (node.presence == Presence::kRemoved || accounts_.contains(node.key) || gone_.contains(node.key)) continue;
    if (once(node.key)) AskAccount(node.key);
  }
  for (const KnownNode& node : known_.folders) {
    if (node.presence == Presence::kPresent) folder(node.key);
  }
  return questions;
}

void Reader::Fail(const std::string& folder, Error error) {
  if (IsGone(error) && !folder.empty()) {
    folders_.erase(folder);
    gone_.insert(folder);
    return;
  }
  if (!aws::IsDenied(error)) return Break(std::move(error));
  reading_.refused.push_back(folder);
  if (!reading_.error) reading_.error = std::move(error);
}

void Reader::Break(Error error) {
  reading_.error = std::move(error);
  lanes_.Stop();
}

void Reader::Report() {
  if (options_.stop.stop_requested() && !reading_.error) {
    Break({.code = Code::kUnavailable, .message = "the listing was stopped", .reason = "organization.stopped"});
  }
  if (!options_.progress) return;
  ReadProgress progress;
  const CallCounts answered = lanes_.Answered();
  for (const auto& [operation, count] : answered) progress.done += count;
  CallCounts left = lanes_.Pending();
  for (const auto& [operation, count] : expected_) {
    const auto done = answered.find(operation);
    const std::size_t made = done == answered.end() ? 0 : done->second;
    if (count > made) left[operation] = std::max(left[operation], count - made);
  }
  progress.total = progress.done;
  for (const auto& [operation, count] : left) progress.total += count;
  progress.left = TimeFor(left, options_.rate_scale);
  options_.progress(progress);
}

// Why there is nothing to be listed at all.
std::optional<Error> Reader::Refusal() const {
  if (basics_error_ && basics_error_->aws_code == "AWSOrganizationsNotInUseException") {
    return Error{.code = Code::kInvalidArgument,
                 .message = fmt::format("account `{}` is in no organization", options_.caller_account),
                 .reason = "organization.none",
                 .fix = "connect the management account of an organization, or connect this account as kind `account`"};
  }
  const std::optional<Error>& denied = roots_error_ ? roots_error_ : reading_.error;
  const std::string& management = reading_.listing.management_account;
  if (!basics_error_ && denied && aws::IsDenied(*denied) && folders_.empty() && management != options_.caller_account) {
    return Error{.code = Code::kInvalidArgument,
                 .message = fmt::format("account `{}` may not list its organization: it is neither the management account `{}` nor a "
                                        "delegated administrator, or its role lacks `organizations:ListRoots`",
                                        options_.caller_account, management),
                 .reason = "organization.not_management_account",
                 .fix = "make the discovery role in the management account or in a delegated administrator account",
                 .aws_code = denied->aws_code};
  }
  return basics_error_ ? basics_error_ : roots_error_;
}

Reading Reader::Finish() {
  bool has_doubts = !reading_.refused.empty();
  for (auto& [key, folder] : folders_) {
    has_doubts = has_doubts || (!folder.parent.empty() && !folders_.contains(folder.parent));
    reading_.listing.folders.push_back({.key = key, .parent = folder.parent, .name = folder.name});
  }
  for (auto& [key, account] : accounts_) {
    has_doubts = has_doubts || account.is_disputed || !folders_.contains(account.parent);
    if (account.parent.empty()) continue;
    reading_.listing.accounts.push_back({.key = key, .parent = account.parent, .name = account.name, .state = account.state});
  }
  if (has_doubts && !reading_.error) {
    reading_.error = Error{.code = Code::kUnavailable,
                           .message = "the organization changed while it was listed",
                           .reason = "organization.changing"};
  }
  std::ranges::sort(reading_.listing.folders, {}, &ListedNode::key);
  std::ranges::sort(reading_.listing.accounts, {}, &ListedNode::key);
  std::ranges::sort(reading_.refused);
  reading_.listing.complete = !reading_.error;
  reading_.paths = paths_.value_or(AccountPaths::kGiven);
  reading_.calls = lanes_.Answered();
  return std::move(reading_);
}

}  // namespace crossrole::organization
