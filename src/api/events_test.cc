// SPDX-License-Identifier: Apache-2.0
#include "api/events.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace crossrole::api {
namespace {

using namespace std::chrono_literals;

// What a client has been sent; `room` is how much its buffer takes.
struct Client : http::EventStream {
  explicit Client(std::size_t bytes) : room(bytes) {}
  bool Write(std::string_view text) override {
    if (closed || received.size() + text.size() > room) {
      closed = true;
      return false;
    }
    received += text;
    return true;
  }
  bool WriteWhenRoom(std::string_view text, base::Deadline) override { return Write(text); }
  void Close() override { closed = true; }
  bool Closed() const override { return closed; }

  std::size_t room;
  std::string received;
  bool closed = false;
};

model::TenantId Tenant(char last) { return *model::TenantId::Parse("t_0000000000000000000000000" + std::string(1, last)); }
model::SpaceId Space(char last) { return *model::SpaceId::Parse("s_0000000000000000000000000" + std::string(1, last)); }

constexpr tenancy::PermissionSet kFollower{tenancy::Permission::kEventRead};
constexpr tenancy::PermissionSet kAuditor{tenancy::Permission::kEventRead, tenancy::Permission::kAuditRead};

// Somebody who may do that in one space of a tenant whose root is 0, with 1 and 2 below it.
std::shared_ptr<const tenancy::Caller> Somebody(char tenant, tenancy::PermissionSet permissions = kFollower, char space = '0') {
  tenancy::SpaceTree spaces(Space('0'));
  spaces.Add(Space('1'), Space('0'), true);
  spaces.Add(Space('2'), Space('0'), false);
  const tenancy::Grant grant{.role = "role", .permissions = permissions, .space = Space(space), .source = "rb"};
  return std::make_shared<const tenancy::Caller>(
      tenancy::Caller{.actor = {.tenant = Tenant(tenant), .id = "op_me"},
                      .authority = std::make_shared<const tenancy::Authority>(tenancy::Authority{.grants = {grant}}),
                      .spaces = std::make_shared<const tenancy::SpaceTree>(std::move(spaces))});
}

class EventsTest : public testing::Test {
 protected:
  std::shared_ptr<Client> Follow(const std::string& last_id = "", tenancy::PermissionSet permissions = kFollower, char space = '0',
                                 std::size_t room = 1 << 20) {
    auto client = std::make_shared<Client>(room);
    events_.Subscribe({.caller = Somebody('1', permissions, space), .stream = client, .until = base::Deadline::After(1h)}, last_id);
    return client;
  }
  void Publish(const std::string& data) { events_.Publish(one_, {.name = "job", .data = data}); }
  // The id of the last event that a client has seen.
  static std::string LastId(const Client& client) {
    const std::size_t at = client.received.rfind("id: ");
    return at == std::string::npos ? "" : client.received.substr(at + 4, client.received.find('\n', at) - at - 4);
  }

  const model::TenantId one_ = Tenant('1');
  EventFanOut events_{"e1", {.events = 3, .bytes = 4096, .memory = 1h}};
};

TEST_F(EventsTest, GoToTheTenantsOwnStreamsOnly) {
  const auto mine = Follow();
  const auto other = std::make_shared<Client>(1 << 20);
  events_.Subscribe({.caller = Somebody('2'), .stream = other, .until = base::Deadline::After(1h)}, "");
  Publish(R"({"id":"a"})");
  EXPECT_TRUE(mine->received.ends_with("\nevent: job\ndata: {\"id\":\"a\"}\n\n")) << mine->received;
  EXPECT_FALSE(other->received.contains("event: job"));
}

TEST_F(EventsTest, OfASharedNodeGoToWhoeverSeesItThere) {
  constexpr tenancy::PermissionSet kSeer{tenancy::Permission::kEventRead, tenancy::Permission::kConnectionRead};
  const auto integration = *model::IntegrationId::Parse("int_00000000000000000000000001");
  const auto in_one = Follow("", kSeer, '1');
  const auto in_two = Follow("", kSeer, '2');
  const auto blind = Follow("", kFollower, '1');  // may follow events there, and not see connections
  const std::string before = LastId(*in_one);
  const auto publish = [&](const std::string& data, const store::Share& share, char home = '0') {
    events_.Publish(one_, {.name = "connection",
                           .data = data,
                           .about = tenancy::Target{.space = Space(home), .integration = integration},
                           .shared = NodeShares{.home = Space(home), .integration = integration, .shares = {share}}});
  };
  publish("for_one", {.spaces = {Space('1')}});
  publish("for_all", {.all = true});
  publish("from_two", {.spaces = {Space('1')}}, '2');  // a space that is not below that of the integration has nothing of it any more
  EXPECT_TRUE(in_one->received.contains("for_one"));
  EXPECT_FALSE(in_two->received.contains("for_one"));
  EXPECT_TRUE(in_one->received.contains("for_all"));
  EXPECT_TRUE(in_two->received.contains("for_all"));
  EXPECT_FALSE(in_one->received.contains("from_two"));
  EXPECT_FALSE(blind->received.contains("event: connection"));
  // What was missed is for the same people.
  EXPECT_TRUE(Follow(before, kSeer, '1')->received.contains("for_all"));
  EXPECT_FALSE(Follow(before, kFollower, '1')->received.contains("for_all"));
}

TEST_F(EventsTest, OfAMoveThoseAreToldWhoDoNotSeeWhereItWent) {
  const auto root = Follow();
  const auto left = Follow("", kFollower, '1');
  const auto gained = Follow("", kFollower, '2');
  const std::string before = LastId(*left);
  events_.Publish(one_, {.name = "integration", .data = "gone", .about = tenancy::Target{.space = Space('1')}, .unless = tenancy::Target{.space = Space('2')}});
  EXPECT_TRUE(left->received.contains("data: gone\n"));
  EXPECT_FALSE(gained->received.contains("data: gone\n") || root->received.contains("data: gone\n"));
  // What was missed is for the same people.
  EXPECT_TRUE(Follow(before, kFollower, '1')->received.contains("data: gone\n"));
  EXPECT_FALSE(Follow(before)->received.contains("data: gone\n"));
}

TEST_F(EventsTest, RecordsGoToThoseWhoMayReadThem) {
  const auto anybody = Follow();
  const auto auditor = Follow("", kAuditor);
  events_.Publish(one_, {.name = "audit", .data = "{}", .permission = tenancy::Permission::kAuditRead});
  EXPECT_FALSE(anybody->received.contains("event: audit"));
  EXPECT_TRUE(auditor->received.contains("event: audit"));
  // Nor when they come back for what they missed.
  EXPECT_FALSE(Follow(LastId(*anybody))->received.contains("event: audit"));
}

TEST_F(EventsTest, WhoMayReadASpaceGetsWhatIsAboutIt) {
  const auto root = Follow();
  const auto first = Follow("", kFollower, '1');
  const auto second = Follow("", kFollower, '2');
  EXPECT_EQ(events_.WhoFollows(one_), Following::kSomeSpaces);
  events_.Publish(one_, {.name = "session", .data = "1", .about = tenancy::Target{.space = Space('1')}});
  events_.Publish(one_, {.name = "session", .data = "2", .about = tenancy::Target{.space = Space('2')}});
  events_.Publish(one_, {.name = "session", .data = "3"});
  EXPECT_TRUE(first->received.contains("data: 1\n") && !first->received.contains("data: 2\n")) << first->received;
  EXPECT_TRUE(second->received.contains("data: 2\n") && !second->received.contains("data: 1\n")) << second->received;
  EXPECT_FALSE(first->received.contains("data: 3\n") || second->received.contains("data: 3\n"));
  for (const char* data : {"data: 1\n", "data: 2\n", "data: 3\n"}) EXPECT_TRUE(root->received.contains(data)) << data;
}

TEST_F(EventsTest, WhoComesBackToASpaceGetsNothingOfOthers) {
  const auto gone = Follow("", kFollower, '1');
  gone->Close();
  events_.Publish(one_, {.name = "session", .data = "1", .about = tenancy::Target{.space = Space('1')}});
  events_.Publish(one_, {.name = "session", .data = "2", .about = tenancy::Target{.space = Space('2')}});
  EXPECT_EQ(events_.WhoFollows(one_), Following::kSomeSpaces);
  const auto back = Follow(LastId(*gone), kFollower, '1');
  EXPECT_TRUE(back->received.contains("data: 1\n") && !back->received.contains("data: 2\n")) << back->received;
}

TEST_F(EventsTest, RecordsOfASpaceGoToItsAuditorsOnly) {
  const auto follower = Follow("", kFollower, '1');
  const auto auditor = Follow("", kAuditor, '1');
  events_.Publish(one_, {.name = "audit",
                         .data = "1",
                         .permission = tenancy::Permission::kAuditRead,
                         .about = tenancy::Target{.space = Space('1')}});
  EXPECT_FALSE(follower->received.contains("data: 1\n"));
  EXPECT_TRUE(auditor->received.contains("data: 1\n"));
}

TEST_F(EventsTest, WhoAskedForAJobHearsOfIt) {
  const auto mine = Follow("", kFollower, '1');
  events_.Publish(one_, {.name = "job", .data = "1", .actor = "op_me"});
  events_.Publish(one_, {.name = "job", .data = "2", .actor = "op_other"});
  EXPECT_TRUE(mine->received.contains("data: 1\n") && !mine->received.contains("data: 2\n")) << mine->received;
}

TEST_F(EventsTest, WhoComesBackGetsWhatCameMeanwhileAndNothingTwice) {
  const auto first = Follow();
  Publish("1");
  first->Close();
  Publish("2");
  Publish("3");
  const auto second = Follow(LastId(*first));
  EXPECT_FALSE(second->received.contains("data: 1\n"));
  EXPECT_TRUE(second->received.contains("data: 2\n") && second->received.contains("data: 3\n")) << second->received;
  EXPECT_FALSE(second->received.contains("event: gap"));
  Publish("4");
  EXPECT_TRUE(second->received.ends_with("data: 4\n\n"));
}

TEST_F(EventsTest, WhatIsNotKeptAnyMoreIsAGap) {
  const auto first = Follow();
  const std::string id = LastId(*first);
  for (int i = 1; i <= 3; ++i) Publish(std::to_string(i));
  EXPECT_FALSE(Follow(id)->received.contains("event: gap"));
  Publish("4");
  const auto late = Follow(id);
  EXPECT_TRUE(late->received.contains("event: gap"));
  EXPECT_FALSE(late->received.contains("data: 4\n"));
  // From here on it is whole again.
  EXPECT_FALSE(Follow(LastId(*late))->received.contains("event: gap"));
}

TEST_F(EventsTest, IdsOfAnotherProcessOrOfNobodyAreAGap) {
  Follow();
  for (const std::string id : {"e0-4294967296", "e1-9999999999999", "e1-", "e1", "x", "e1-1x", "e1-18446744073709551615"}) {
    EXPECT_TRUE(Follow(id)->received.contains("event: gap")) << id;
  }
}

TEST_F(EventsTest, AClientThatDoesNotReadIsCutOffAndHoldsUpNobody) {
  const auto slow = Follow("", kFollower, '0', 100);
  const auto quick = Follow();
  for (int i = 0; i < 10; ++i) Publish("\"" + std::string(50, 'x') + "\"");
  EXPECT_TRUE(slow->closed);
  EXPECT_FALSE(quick->closed);
  EXPECT_TRUE(quick->received.ends_with("\n\n"));
}

TEST_F(EventsTest, AStreamEndsWithItsPermission) {
  const auto expired = std::make_shared<Client>(1 << 20);
  events_.Subscribe({.caller = Somebody('1'), .stream = expired, .until = base::Deadline::After(0s)}, "");
  Publish("1");
  EXPECT_TRUE(expired->closed);
  EXPECT_FALSE(expired->received.contains("data: 1"));
  EXPECT_TRUE(Follow(LastId(*expired))->received.contains("data: 1"));
}

TEST(EventMemoryTest, TenantsWithoutListenersCostNothing) {
  EventFanOut events("e", {.events = 3, .bytes = 4096, .memory = 0ms});
  const auto tenant = Tenant('1');
  events.Publish(tenant, {.name = "job", .data = "{}"});
  EXPECT_EQ(events.WhoFollows(tenant), Following::kNobody);
  const auto client = std::make_shared<Client>(1 << 20);
  events.Subscribe({.caller = Somebody('1'), .stream = client, .until = base::Deadline::After(1h)}, "");
  EXPECT_EQ(events.WhoFollows(tenant), Following::kWholeTenant);
  const std::string id = client->received.substr(4, client->received.find('\n') - 4);
  client->Close();
  events.Publish(tenant, {.name = "job", .data = "{}"});
  EXPECT_EQ(events.WhoFollows(tenant), Following::kNobody);
  // A channel of later never takes an id of the forgotten one for its own.
  const auto back = std::make_shared<Client>(1 << 20);
  events.Subscribe({.caller = Somebody('1'), .stream = back, .until = base::Deadline::After(1h)}, id);
  EXPECT_TRUE(back->received.contains("event: gap"));
}

TEST(EventBytesTest, WhatIsKeptFitsIntoABuffer) {
  EventFanOut events("e", {.events = 1000, .bytes = 1000, .memory = 1h});
  const auto client = std::make_shared<Client>(1 << 20);
  events.Subscribe({.caller = Somebody('1'), .stream = client, .until = base::Deadline::After(1h)}, "");
  events.Publish(Tenant('1'), {.name = "job", .data = "0"});
  const std::string id = client->received.substr(4, client->received.find('\n') - 4);
  for (int i = 0; i < 100; ++i) events.Publish(Tenant('1'), {.name = "job", .data = "\"" + std::string(100, 'x') + "\""});
  const auto back = std::make_shared<Client>(2000);
  events.Subscribe({.caller = Somebody('1'), .stream = back, .until = base::Deadline::After(1h)}, id);
  EXPECT_FALSE(back->closed);
  EXPECT_TRUE(back->received.contains("event: gap"));
}

}  // namespace
}  // namespace crossrole::api
