// SPDX-License-Identifier: Apache-2.0
#include "organization/internal/member_pace.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "fakes/sample_integration.h"

namespace crossrole::organization {
namespace {

using namespace std::chrono_literals;
using store::ConnectionState;

const base::Time kMade = base::FromMicros(1'700'000'000'000'000);

store::Connection Member(ConnectionState state, char last = '0') {
  return {.id = *model::ConnectionId::Parse("con_0000000000000000000000000" + std::string(1, last)),
          .tenant = fakes::SampleIntegration().tenant,
          .integration = fakes::SampleIntegration().id,
          .account_id = *model::AccountId::Parse("111122223333"),
          .handle = *model::Handle::Parse("shop"),
          .state = state,
          .folder = *model::FolderId::Parse("fld_00000000000000000000000000"),
          .created_at = kMade,
          .updated_at = kMade};
}

TEST(MemberPaceTest, AMemberThatIsNotProvenIsProbedLessAndLessOften) {
  const MemberPace pace = PaceFor(1, 24h);
  for (const auto state : {ConnectionState::kUnverified, ConnectionState::kError}) {
    const store::Connection member = Member(state);
    EXPECT_EQ(NextProbeAt(member, std::nullopt, pace), kMade);
    const std::pair<std::chrono::seconds, std::chrono::seconds> pauses[] = {{0s, 10s}, {80s, 10s}, {160s, 20s}, {1h, 450s}, {4h, 30min}, {1000h, 30min}};
    for (const auto& [age, pause] : pauses) {
      EXPECT_EQ(NextProbeAt(member, kMade + age, pace), kMade + age + pause) << age.count();
    }
  }
}

TEST(MemberPaceTest, WhatChangedIsProbedAtOnceAndOftenAgain) {
  store::Connection member = Member(ConnectionState::kError);
  const base::Time last = kMade + 100h;
  member.updated_at = last + 1s;
  EXPECT_EQ(NextProbeAt(member, last, PaceFor(1, 24h)), last + 1s);
  EXPECT_EQ(NextProbeAt(member, last + 2s, PaceFor(1, 24h)), last + 12s);
}

TEST(MemberPaceTest, ManyAreGivenMoreTime) {
  const store::Connection member = Member(ConnectionState::kUnverified);
  EXPECT_EQ(NextProbeAt(member, kMade, PaceFor(50, 24h)), kMade + 10s);
  EXPECT_EQ(NextProbeAt(member, kMade, PaceFor(51, 24h)), kMade + 60s);
}

TEST(MemberPaceTest, WhoIsProvenIsProbedAsIntegrationsAre) {
  store::Connection member = Member(ConnectionState::kActive);
  member.last_success_at = kMade + 1h;
  EXPECT_EQ(NextProbeAt(member, kMade + 2h, PaceFor(0, 24h)), kMade + 25h);
  EXPECT_EQ(NextProbeAt(Member(ConnectionState::kSuspended), std::nullopt, PaceFor(0, 24h)), std::nullopt);
}

TEST(MemberPaceTest, ARoundTakesWhatIsDueAndKnowsWhenTheNextOneIs) {
  store::Connection other = Member(ConnectionState::kActive, '5');
  other.folder.reset();
  const std::vector<store::Connection> members = {Member(ConnectionState::kUnverified, '1'), Member(ConnectionState::kError, '2'),
                                                  Member(ConnectionState::kError, '3'), Member(ConnectionState::kSuspended, '4'), other};
  const LastProbes probes = {{members[1].id, kMade + 30s}, {members[2].id, kMade + 50s}};
  const MemberRound round = DivideMembers(members, probes, PaceFor(3, 24h), kMade + 45s);
  ASSERT_EQ(round.due.size(), 2U);
  EXPECT_EQ(round.due[0].id, members[0].id);
  EXPECT_EQ(round.due[1].id, members[1].id);
  EXPECT_EQ(round.next, kMade + 60s);
  // A listing that changed nothing makes none of them due.
  EXPECT_TRUE(DivideMembers({members[2]}, probes, PaceFor(1, 24h), kMade + 55s).due.empty());
}

}  // namespace
}  // namespace crossrole::organization
