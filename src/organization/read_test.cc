// SPDX-License-Identifier: Apache-2.0
#include "organization/read.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "aws/iam.h"
#include "aws/organizations.h"
#include "base/json.h"
#include "fakes/sim_lab.h"
#include "organization/reconcile.h"

namespace crossrole::organization {
namespace {

namespace api = aws::organizations;
using fakes::SimLab;

// The way to the simulation, with hands in it.
class WatchedTransport final : public aws::Transport {
 public:
  explicit WatchedTransport(aws::Transport& inner) : inner_(inner) {}

  std::function<void(const std::string& operation, const std::string& body)> before{};
  std::set<std::string> stripped{};  // members that AWS did not have once, or will not have
  std::function<std::optional<aws::HttpResponse>(const std::string& operation, const std::string& body)> answer_instead{};

  void Submit(aws::HttpRequest request, base::Deadline deadline, Callback done) override {
    const std::string target(aws::FindHeader(request.headers, "X-Amz-Target"));
    const std::string operation = target.substr(target.find('.') + 1);
    if (before) before(operation, request.body);
    if (answer_instead) {
      if (auto answer = answer_instead(operation, request.body)) return done(*std::move(answer));
    }
    inner_.Submit(std::move(request), deadline, [this, done = std::move(done)](base::Result<aws::HttpResponse> answer) {
      if (answer && !stripped.empty()) answer->body = Strip(answer->body);
      done(std::move(answer));
    });
  }
  void RunAfter(std::chrono::microseconds delay, std::function<void()> task) override { inner_.RunAfter(delay, std::move(task)); }

 private:
  std::string Strip(const std::string& body) const {
    boost::json::value value = *base::ParseJson(body);
    Walk(value);
    return base::PrintJson(value);
  }
  void Walk(boost::json::value& value) const {
    if (value.is_array()) {
      for (boost::json::value& each : value.get_array()) Walk(each);
    } else if (value.is_object()) {
      for (const std::string& name : stripped) value.get_object().erase(name);
      for (auto& member : value.get_object()) Walk(member.value());
    }
  }

  aws::Transport& inner_;
};

// An organization in a simulated AWS, and what it should be listed as.
class OrganizationLab {
 public:
  explicit OrganizationLab(std::size_t accounts, sim::Throttle throttle = sim::Throttle::kOff)
      : lab_({.accounts = accounts, .throttle = throttle, .profile = "plain"}), transport_(lab_.transport()) {
    root_ = Must<api::ListRoots>({}).roots.at(0).id;
  }

  // Calls as the management account, with time in between for any rate.
  template <typename Op>
  typename Op::Output Must(const typename Op::Input& input) {
    lab_.clock().Advance(std::chrono::minutes(1));
    return lab_.Must<Op>(lab_.Admin(1), input);
  }
  std::string AddUnit(const std::string& parent, const std::string& name) {
    return Must<api::CreateOrganizationalUnit>({.parent_id = parent, .name = name}).organizational_unit->id;
  }
  void Move(const std::string& account, const std::string& to) {
    const std::string from = Must<api::ListParents>({.child_id = account}).parents.at(0).id;
    if (from != to) Must<api::MoveAccount>({.account_id = account, .source_parent_id = from, .destination_parent_id = to});
  }
  // A user of the management account who may list, but not what `denied` names.
  aws::Credentials UserWithout(const std::string& action, const std::string& resource) {
    Must<aws::iam::CreateUser>({.user_name = "lister"});
    Must<aws::iam::PutUserPolicy>({.user_name = "lister",
                                   .policy_name = "List",
                                   .policy_document = R"({"Version":"2012-10-17","Statement":[)"
                                                      R"({"Effect":"Allow","Action":"organizations:*","Resource":"*"},)"
                                                      R"({"Effect":"Deny","Action":")" + action + R"(","Resource":")" + resource + R"("}]})"});
    auto key = Must<aws::iam::CreateAccessKey>({.user_name = "lister"}).access_key;
    return {.access_key_id = key.access_key_id, .secret_access_key = std::move(key.secret_access_key)};
  }

  aws::Client Client(aws::Credentials credentials, aws::Budgets* budgets = nullptr) {
    return aws::Client({.region = "us-east-1",
                        .endpoints = {.for_all = "http://127.0.0.1:4566"},
                        .credentials = std::make_shared<aws::StaticCredentials>(std::move(credentials)),
                        .transport = transport_,
                        .budgets = budgets,
                        .clock = lab_.clock(),
                        .random = random_,
                        .retry = {.base = std::chrono::microseconds(10), .throttled_base = std::chrono::microseconds(10), .cap = std::chrono::microseconds(50)}});
  }
  ReadOptions Options(std::size_t caller = 1) const {
    return {.call = {.deadline = base::Deadline::After(std::chrono::hours(10'000))}, .caller_account = lab_.Id(caller)};
  }
  base::Result<Reading> Read(const KnownTree& known = {}, std::size_t at_once = 8) {
    const aws::Client client = Client(lab_.Admin(1));
    ReadOptions options = Options();
    options.at_once = at_once;
    return ReadOrganization(client, known, options);
  }

  // What the simulation says when asked for each thing by itself.
  std::map<std::string, std::string> AccountParents() {
    std::map<std::string, std::string> parents;
    std::optional<std::string> token;
    do {
      const auto page = Must<api::ListAccounts>({.next_token = token});
      for (const api::Account& account : page.accounts) parents[account.id] = Must<api::ListParents>({.child_id = account.id}).parents.at(0).id;
      token = page.next_token;
    } while (token);
    return parents;
  }
  void ClearCalls() { lab_.Control("DELETE", "/_sim/calls"); }
  // Calls of Organizations by operation, and those that were throttled.
  std::map<std::string, std::int64_t> Calls(const std::string& number = "count") {
    std::map<std::string, std::int64_t> calls;
    const boost::json::value list = *base::ParseJson(lab_.Control("GET", "/_sim/calls").body);
    for (const boost::json::value& each : list.get_array()) {
      if (each.at("service") == "organizations") calls[std::string(each.at("operation").get_string())] += each.at(number).to_number<std::int64_t>();
    }
    return calls;
  }

  SimLab& lab() { return lab_; }
  WatchedTransport& transport() { return transport_; }
  const std::string& root() const { return root_; }
  std::string Id(std::size_t account) const { return lab_.Id(account); }

 private:
  base::SystemRandom random_;
  SimLab lab_;
  WatchedTransport transport_;
  std::string root_;
};

std::map<std::string, std::string> Parents(const std::vector<ListedNode>& nodes) {
  std::map<std::string, std::string> parents;
  for (const ListedNode& node : nodes) EXPECT_TRUE(parents.emplace(node.key, node.parent).second) << node.key << " twice";
  return parents;
}

// The tree after a first import of `listing`.
KnownTree Imported(const Listing& listing) {
  const Reconciled result = Reconcile({}, listing, "", {});
  EXPECT_TRUE(result.complete);
  KnownTree known{.organization = listing.organization};
  for (const PlannedNode& node : result.plan.folders) known.folders.push_back(node.after);
  for (const PlannedNode& node : result.plan.connections) known.connections.push_back(node.after);
  return known;
}

aws::HttpResponse Refusal(const std::string& code) {
  return {.status = 400, .headers = {{"Content-Type", "application/x-amz-json-1.1"}}, .body = R"({"__type":")" + code + R"(","Message":"no"})"};
}

std::string Member(const std::string& body, std::string_view name) {
  const boost::json::value value = *base::ParseJson(body);
  const boost::json::value* member = value.get_object().if_contains(name);
  return member == nullptr ? "" : std::string(member->get_string());
}

TEST(ReadTest, AnOrganizationWithoutUnitsTakesFourKindsOfCalls) {
  OrganizationLab lab(4);
  lab.ClearCalls();
  const Reading reading = *lab.Read();
  EXPECT_EQ(lab.Calls(), (std::map<std::string, std::int64_t>{
                             {"DescribeOrganization", 1}, {"ListRoots", 1}, {"ListAccounts", 1}, {"ListOrganizationalUnitsForParent", 1}}));
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(reading.paths, AccountPaths::kGiven);
  EXPECT_EQ(reading.listing.management_account, lab.Id(1));
  EXPECT_EQ(Parents(reading.listing.folders), (std::map<std::string, std::string>{{lab.root(), ""}}));
  EXPECT_EQ(Parents(reading.listing.accounts), lab.AccountParents());
}

TEST(ReadTest, FiveLevelsAreReadAndTheFifthIsNotAskedForUnits) {
  OrganizationLab lab(8);
  std::vector<std::string> line = {lab.root()};
  for (int level = 1; level <= 5; ++level) line.push_back(lab.AddUnit(line.back(), "Level " + std::to_string(level)));
  for (std::size_t i = 2; i < 8; ++i) lab.Move(lab.Id(i), line.at(i - 2));
  lab.ClearCalls();
  const Reading reading = *lab.Read();
  EXPECT_EQ(lab.Calls()["ListOrganizationalUnitsForParent"], 5);
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(reading.listing.folders.size(), 6U);
  EXPECT_EQ(Parents(reading.listing.folders)[line[5]], line[4]);
  EXPECT_EQ(Parents(reading.listing.accounts), lab.AccountParents());
}

TEST(ReadTest, PagesThatAreEmptyAndCarryATokenAreNoEnd) {
  OrganizationLab lab(48);
  for (int i = 0; i < 45; ++i) lab.AddUnit(lab.root(), "Unit " + std::to_string(i));
  const Reading reading = *lab.Read();
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(reading.listing.accounts.size(), 47U);
  EXPECT_EQ(reading.listing.folders.size(), 46U);
}

TEST(ReadTest, WithoutPathsAccountsAreListedByFolder) {
  OrganizationLab lab(30);
  const std::string outer = lab.AddUnit(lab.root(), "Outer");
  const std::string inner = lab.AddUnit(outer, "Inner");
  for (std::size_t i = 5; i < 30; ++i) lab.Move(lab.Id(i), i % 2 == 0 ? outer : inner);
  lab.transport().stripped = {"Paths", "Path"};
  const Reading reading = *lab.Read();
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(reading.paths, AccountPaths::kMissing);
  EXPECT_EQ(reading.calls.at("ListAccountsForParent"), 3U);
  EXPECT_EQ(Parents(reading.listing.accounts), lab.AccountParents());
}

TEST(ReadTest, StatesComeFromStateAndFromStatusWhereThatIsAllThereIs) {
  OrganizationLab lab(5);
  lab.lab().Control("POST", "/_sim/accounts/" + lab.Id(2), R"({"state":"suspended"})");
  lab.lab().Control("POST", "/_sim/accounts/" + lab.Id(3), R"({"state":"closed"})");
  const auto states = [&] {
    std::map<std::string, AccountState> found;
    for (const ListedNode& account : lab.Read()->listing.accounts) found[account.key] = account.state;
    return found;
  };
  EXPECT_EQ(states()[lab.Id(2)], AccountState::kSuspended);
  EXPECT_EQ(states()[lab.Id(3)], AccountState::kClosed);
  EXPECT_EQ(states()[lab.Id(4)], AccountState::kActive);
  lab.transport().stripped = {"State"};
  EXPECT_EQ(states()[lab.Id(3)], AccountState::kSuspended);
  EXPECT_EQ(states()[lab.Id(4)], AccountState::kActive);
  lab.transport().stripped = {"Status"};
  EXPECT_EQ(states()[lab.Id(3)], AccountState::kClosed);
}

// Runs `change(first, second)` between the answers of the two folders that are listed first and second.
void BetweenTwoFolders(OrganizationLab& lab, const std::set<std::string>& folders, const std::function<void(const std::string&, const std::string&)>& change) {
  auto first = std::make_shared<std::string>();
  auto is_done = std::make_shared<bool>(false);
  lab.transport().before = [=](const std::string& operation, const std::string& body) {
    if (operation != "ListAccountsForParent" || *is_done) return;
    const std::string parent = Member(body, "ParentId");
    if (!folders.contains(parent)) return;
    if (first->empty()) {
      *first = parent;
    } else if (parent != *first) {
      *is_done = true;
      change(*first, parent);
    }
  };
}

enum class Direction : std::uint8_t { kToWhatWasRead, kToWhatIsUnread };

// An account moves between two folders when the one has been read and the other not: it is listed once, in its new place.
void ExpectOneMovedMeanwhileIsListedOnce(Direction direction) {
  OrganizationLab lab(4);
  const std::map<std::string, std::string> units = {{lab.AddUnit(lab.root(), "A"), lab.Id(2)}, {lab.AddUnit(lab.root(), "B"), lab.Id(3)}};
  for (const auto& [unit, account] : units) lab.Move(account, unit);
  lab.transport().stripped = {"Paths", "Path"};
  bool was_moved = false;
  BetweenTwoFolders(lab, {units.begin()->first, units.rbegin()->first}, [&](const std::string& read, const std::string& unread) {
    const bool back = direction == Direction::kToWhatWasRead;
    lab.Move(units.at(back ? unread : read), back ? read : unread);
    was_moved = true;
  });
  const Reading reading = *lab.Read({}, 1);
  ASSERT_TRUE(was_moved);
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(Parents(reading.listing.accounts), lab.AccountParents());
}

TEST(ReadTest, AnAccountThatMovesFromAnUnreadToAReadFolderIsNotLost) {
  ExpectOneMovedMeanwhileIsListedOnce(Direction::kToWhatWasRead);
}

TEST(ReadTest, AnAccountThatMovesFromAReadToAnUnreadFolderIsNotDoubled) {
  ExpectOneMovedMeanwhileIsListedOnce(Direction::kToWhatIsUnread);
}

TEST(ReadTest, WhoSlipsBetweenTwoPagesIsAskedForAndNotRemoved) {
  OrganizationLab lab(48);
  const KnownTree known = Imported(lab.Read()->listing);
  std::string first;
  for (const KnownNode& node : known.connections) {
    if (node.key != lab.Id(1) && (first.empty() || node.key < first)) first = node.key;
  }
  int pages = 0;
  lab.transport().before = [&](const std::string& operation, const std::string&) {
    if (operation != "ListAccounts" || ++pages != 2) return;
    lab.lab().Must<api::RemoveAccountFromOrganization>(lab.lab().Admin(1), {.account_id = first});
  };
  const Reading reading = *lab.Read(known);
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_GE(reading.calls.at("DescribeAccount"), 1U);
  const auto listed = Parents(reading.listing.accounts);
  for (const auto& [account, parent] : lab.AccountParents()) EXPECT_EQ(listed.contains(account), true) << account;
  lab.transport().before = nullptr;
  const Reconciled next = Reconcile(known, lab.Read(known)->listing, "", {});
  EXPECT_EQ(next.removals, 1U) << "whoever left is noticed by the next listing at the latest";
  EXPECT_EQ(next.verdict, Verdict::kGo);
}

TEST(ReadTest, WhoLeftAndWhatWasDeletedAreGoneAfterAWordOfAws) {
  OrganizationLab lab(12);
  const std::string unit = lab.AddUnit(lab.root(), "Old");
  const KnownTree known = Imported(lab.Read()->listing);
  lab.Must<api::RemoveAccountFromOrganization>({.account_id = lab.Id(5)});
  lab.Must<api::DeleteOrganizationalUnit>({.organizational_unit_id = unit});
  lab.ClearCalls();
  const Reading reading = *lab.Read(known);
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(lab.Calls()["DescribeAccount"], 1);
  EXPECT_EQ(lab.Calls()["DescribeOrganizationalUnit"], 1);
  const Reconciled result = Reconcile(known, reading.listing, "", {});
  EXPECT_EQ(result.removals, 1U);
  ASSERT_EQ(result.plan.removed_folders.size(), 1U);
  EXPECT_EQ(result.plan.removed_folders[0].after.key, unit);
}

TEST(ReadTest, AUnitThatIsDeletedBeforeItIsListedIsNoFailure) {
  OrganizationLab lab(4);
  const std::string unit = lab.AddUnit(lab.root(), "Old");
  bool was_deleted = false;
  lab.transport().before = [&](const std::string& operation, const std::string& body) {
    if (operation != "ListOrganizationalUnitsForParent" || Member(body, "ParentId") != unit || was_deleted) return;
    was_deleted = true;
    lab.Must<api::DeleteOrganizationalUnit>({.organizational_unit_id = unit});
  };
  const Reading reading = *lab.Read();
  ASSERT_TRUE(was_deleted);
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(reading.listing.folders.size(), 1U);
}

TEST(ReadTest, AUnitThatIsMadeBehindTheListingIsFoundByItsAccounts) {
  OrganizationLab lab(30);
  std::string outer;
  std::string inner;
  std::string last;  // is on the last page
  for (std::size_t i = 2; i < 30; ++i) last = std::max(last, lab.Id(i));
  int pages = 0;
  lab.transport().before = [&](const std::string& operation, const std::string&) {
    if (operation != "ListAccounts" || ++pages != 2) return;
    outer = lab.AddUnit(lab.root(), "New");
    inner = lab.AddUnit(outer, "Newer");
    lab.Move(last, inner);
  };
  const Reading reading = *lab.Read();
  const auto folders = Parents(reading.listing.folders);
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(folders, (std::map<std::string, std::string>{{lab.root(), ""}, {outer, lab.root()}, {inner, outer}}));
  EXPECT_EQ(Parents(reading.listing.accounts).at(last), inner);
}

TEST(ReadTest, ATokenThatExpiresBeginsTheListAnew) {
  OrganizationLab lab(48);
  int expired = 0;
  lab.transport().answer_instead = [&](const std::string& operation, const std::string& body) -> std::optional<aws::HttpResponse> {
    if (operation != "ListAccounts" || Member(body, "NextToken").empty() || expired >= 2) return std::nullopt;
    ++expired;
    return Refusal("InvalidInputException");
  };
  const Reading reading = *lab.Read();
  EXPECT_EQ(expired, 2);
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(reading.listing.accounts.size(), 47U);
}

TEST(ReadTest, ATokenThatAlwaysExpiresEndsTheListingIncomplete) {
  OrganizationLab lab(48);
  lab.transport().answer_instead = [&](const std::string& operation, const std::string& body) -> std::optional<aws::HttpResponse> {
    return operation == "ListAccounts" && !Member(body, "NextToken").empty() ? std::optional(Refusal("InvalidInputException")) : std::nullopt;
  };
  const Reading reading = *lab.Read();
  EXPECT_FALSE(reading.listing.complete);
  EXPECT_EQ(reading.error->aws_code, "InvalidInputException");
}

TEST(ReadTest, ARefusalInTheMiddleLeavesTheRestAndRemovesNothing) {
  OrganizationLab lab(8);
  const std::string open = lab.AddUnit(lab.root(), "Open");
  const std::string closed = lab.AddUnit(lab.root(), "Closed");
  const std::string hidden = lab.AddUnit(closed, "Hidden");
  lab.Move(lab.Id(3), hidden);
  const KnownTree known = Imported(lab.Read()->listing);
  const std::string below_open = lab.AddUnit(open, "Below");
  lab.Move(lab.Id(4), below_open);
  const std::string arn = *lab.Must<api::DescribeOrganizationalUnit>({.organizational_unit_id = closed}).organizational_unit->arn;
  const aws::Client client = lab.Client(lab.UserWithout("organizations:ListOrganizationalUnitsForParent", arn));
  const Reading reading = *ReadOrganization(client, known, lab.Options());
  EXPECT_FALSE(reading.listing.complete);
  EXPECT_EQ(reading.refused, std::vector{closed});
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->aws_code, "AccessDeniedException");
  const Reconciled result = Reconcile(known, reading.listing, "", {});
  EXPECT_EQ(result.removals, 0U);
  EXPECT_TRUE(result.plan.removed_folders.empty());
  ASSERT_EQ(result.plan.folders.size(), 1U);
  EXPECT_EQ(result.plan.folders[0].after.key, below_open);
  ASSERT_EQ(result.plan.connections.size(), 1U);
  EXPECT_EQ(result.plan.connections[0].after.key, lab.Id(4)) << "only what has moved; who is in the hidden unit stays";
}

TEST(ReadTest, AMemberAccountIsToldWhatIsWrong) {
  OrganizationLab lab(4);
  const aws::Client member = lab.Client(lab.lab().Admin(2));
  const auto refused = ReadOrganization(member, {}, lab.Options(2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(refused.error().reason, "organization.not_management_account");
  EXPECT_TRUE(refused.error().message.contains(lab.Id(1))) << refused.error().message;
  const aws::Client outsider = lab.Client(lab.lab().Admin(0));
  EXPECT_EQ(ReadOrganization(outsider, {}, lab.Options(0)).error().reason, "organization.none");
}

TEST(ReadTest, ADelegatedAdministratorMayListToo) {
  OrganizationLab lab(4);
  lab.Must<api::EnableAWSServiceAccess>({.service_principal = "sso.amazonaws.com"});
  lab.Must<api::RegisterDelegatedAdministrator>({.account_id = lab.Id(2), .service_principal = "sso.amazonaws.com"});
  const aws::Client client = lab.Client(lab.lab().Admin(2));
  const Reading reading = *ReadOrganization(client, {}, lab.Options(2));
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(reading.listing.management_account, lab.Id(1));
  EXPECT_EQ(reading.listing.accounts.size(), 3U);
}

TEST(ReadTest, AManagementAccountWithoutThePermissionIsNotTakenForAMember) {
  OrganizationLab lab(4);
  const aws::Client client = lab.Client(lab.UserWithout("organizations:ListRoots", "*"));
  const auto refused = ReadOrganization(client, {}, lab.Options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().aws_code, "AccessDeniedException");
  EXPECT_NE(refused.error().reason, "organization.not_management_account");
}

TEST(ReadTest, ThrottlingThroughoutCostsTimeAndNothingElse) {
  OrganizationLab lab(30);
  for (int i = 0; i < 10; ++i) lab.AddUnit(lab.root(), "Unit " + std::to_string(i));
  lab.lab().Control("POST", "/_sim/faults", R"({"rules":[{"service":"organizations","probability":0.4,"effect":"throttle"}]})");
  const aws::Client client = lab.Client(lab.lab().Admin(1));
  ReadOptions options = lab.Options();
  options.call.max_attempts = 60;
  const Reading reading = *ReadOrganization(client, {}, options);
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(reading.listing.accounts.size(), 29U);
  EXPECT_EQ(reading.listing.folders.size(), 11U);
}

TEST(ReadTest, ThrottlingForEverEndsTheListingIncomplete) {
  OrganizationLab lab(4);
  lab.AddUnit(lab.root(), "Unit");
  lab.lab().Control("POST", "/_sim/faults",
                    R"({"rules":[{"service":"organizations","operation":"ListOrganizationalUnitsForParent","probability":1,"effect":"throttle"}]})");
  const Reading reading = *lab.Read();
  EXPECT_FALSE(reading.listing.complete);
  EXPECT_EQ(reading.error->code, base::Code::kThrottled);
}

TEST(ReadTest, AnAnswerThatIsCutOffEndsTheListingIncomplete) {
  OrganizationLab lab(4);
  lab.lab().Control("POST", "/_sim/faults",
                    R"({"rules":[{"service":"organizations","operation":"ListAccounts","probability":1,"effect":"truncate"}]})");
  const Reading reading = *lab.Read();
  EXPECT_FALSE(reading.listing.complete);
  EXPECT_TRUE(reading.listing.accounts.empty());
}

TEST(ReadTest, AListingCanBeStopped) {
  OrganizationLab lab(30);
  for (int i = 0; i < 30; ++i) lab.AddUnit(lab.root(), "Unit " + std::to_string(i));
  std::stop_source stop;
  ReadOptions options = lab.Options();
  options.stop = stop.get_token();
  options.progress = [&](const ReadProgress& progress) {
    if (progress.done == 5) stop.request_stop();
  };
  const aws::Client client = lab.Client(lab.lab().Admin(1));
  const Reading reading = *ReadOrganization(client, {}, options);
  EXPECT_FALSE(reading.listing.complete);
  EXPECT_EQ(reading.error->reason, "organization.stopped");
}

TEST(ReadTest, ProgressEndsWhereItSaid) {
  OrganizationLab lab(30);
  for (int i = 0; i < 30; ++i) lab.AddUnit(lab.root(), "Unit " + std::to_string(i));
  const KnownTree known = Imported(lab.Read()->listing);
  std::vector<ReadProgress> seen;
  ReadOptions options = lab.Options();
  options.progress = [&](const ReadProgress& progress) { seen.push_back(progress); };
  const aws::Client client = lab.Client(lab.lab().Admin(1));
  ASSERT_TRUE(ReadOrganization(client, known, options)->listing.complete);
  ASSERT_FALSE(seen.empty());
  EXPECT_GE(seen.front().total, 33U) << "what was there before is expected again";
  EXPECT_GE(seen.front().left, std::chrono::seconds(5));
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].done, i + 1);
  EXPECT_EQ(seen.back().done, seen.back().total);
  EXPECT_EQ(seen.back().left, std::chrono::milliseconds(0));
}

TEST(ReadTest, BudgetsKeepTheListingBelowWhatAwsAllows) {
  OrganizationLab lab(60, sim::Throttle::kOn);
  std::vector<std::string> units = {lab.root()};
  for (std::size_t i = 0; i < 40; ++i) units.push_back(lab.AddUnit(units[i / 4], "Unit " + std::to_string(i)));
  lab.lab().clock().Advance(std::chrono::minutes(5));
  lab.ClearCalls();
  aws::Budgets budgets(lab.lab().clock(), {.drive = aws::Budgets::Drive::kCaller});
  const auto begin = lab.lab().clock().SteadyNow();
  // Time passes only while everything waits for it.
  std::jthread time([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const base::SteadyTime next = budgets.Poll();
      const auto wait = std::chrono::ceil<std::chrono::microseconds>(next - lab.lab().clock().SteadyNow());
      // A turn is less than a second away; what is further was told before somebody began to wait.
      if (budgets.Waiting() == 0 || wait.count() <= 0 || wait > std::chrono::seconds(1)) {
        std::this_thread::yield();
      } else {
        lab.lab().clock().Advance(wait);
      }
    }
  });
  const aws::Client client = lab.Client(lab.lab().Admin(1), &budgets);
  const Reading reading = *ReadOrganization(client, {}, lab.Options());
  time.request_stop();
  time.join();
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(reading.listing.folders.size(), 41U);
  for (const auto& [operation, throttled] : lab.Calls("throttled")) EXPECT_EQ(throttled, 0) << operation;
  // 41 folders at 5 a second, 8 at once; an interval of polling more for each.
  EXPECT_LE(lab.lab().clock().SteadyNow() - begin, std::chrono::seconds(12));
}

TEST(ReadTest, TwoThousandUnitsAreListedWithOneCallEach) {
  OrganizationLab lab(40);
  std::vector<std::pair<std::string, std::size_t>> units = {{lab.root(), 0}};
  std::map<std::string, std::string> expected = {{lab.root(), ""}};
  std::int64_t asked = 1;
  for (std::size_t i = 0; i < 2'000; ++i) {
    auto [parent, level] = units[(i * 7'919) % units.size()];
    if (level == 5) std::tie(parent, level) = units[i % 10];
    units.emplace_back(lab.AddUnit(parent, "Unit " + std::to_string(i)), level + 1);
    expected[units.back().first] = parent;
    asked += level + 1 < 5 ? 1 : 0;
  }
  for (std::size_t i = 2; i < 40; ++i) lab.Move(lab.Id(i), units[i * 50].first);
  std::map<std::string, std::int64_t> children;
  for (const auto& [unit, parent] : expected) ++children[parent];
  for (const auto& [parent, count] : children) asked += count / 20 + (count > 20 ? 1 : 0);  // more pages, one of them empty
  lab.ClearCalls();
  const Reading reading = *lab.Read();
  EXPECT_TRUE(reading.listing.complete);
  EXPECT_EQ(Parents(reading.listing.folders), expected);
  EXPECT_EQ(Parents(reading.listing.accounts), lab.AccountParents());
  EXPECT_LE(lab.Calls()["ListOrganizationalUnitsForParent"], asked);
}

}  // namespace
}  // namespace crossrole::organization
