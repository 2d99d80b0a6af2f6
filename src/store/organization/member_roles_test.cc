// SPDX-License-Identifier: Apache-2.0
#include "store/organization/member_roles.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "fakes/scratch_store.h"
#include "store/connections.h"
#include "store/integrations.h"
#include "store/organization_tree.h"

namespace crossrole::store {
namespace {

using fakes::Must;

const base::Time kBegin = base::FromMicros(1'767'323'045'000'000);
constexpr std::chrono::minutes kLater{1};

class MemberRolesTest : public testing::Test {
 protected:
  MemberRolesTest() {
    const Folder folder{.id = Must(model::FolderId::Parse("fld_00000000000000000000000000")),
                        .integration = integration_.id,
                        .ou_id = "r-1",
                        .name = "Root",
                        .handle = Must(model::Handle::Parse("root")),
                        .created_at = kBegin};
    CHECK(store_->Write(tenant_, [&](WriteTransaction& tx) -> base::Status {
      TRY(InsertIntegration(tx, integration_));
      TRY(InsertFolder(tx, folder));
      TRY(InsertConnection(tx, former_));
      return InsertDiscovered(tx, member_, folder.id);
    }).has_value());
  }

  template <typename Fn>
  auto Write(Fn fn) {
    return store_->Write(tenant_, fn);
  }
  Connection Read(const Connection& connection) {
    return *Must(store_->Read(tenant_, [&](ReadTransaction& tx) { return FindConnection(tx, connection.id); }));
  }
  bool HasNews(base::Time since) {
    return Must(store_->Read(tenant_, [&](ReadTransaction& tx) { return HasUnverifiedSince(tx, integration_.id, since); }));
  }
  Connection Make(char last, const std::string& account, const std::string& handle) const {
    return {.id = Must(model::ConnectionId::Parse("con_0000000000000000000000000" + std::string(1, last))),
            .tenant = tenant_,
            .integration = integration_.id,
            .account_id = Must(model::AccountId::Parse(account)),
            .handle = Must(model::Handle::Parse(handle)),
            .state = ConnectionState::kActive,
            .role_arn = "arn:aws:iam::" + account + ":role/Own",
            .external_id = "own",
            .last_success_at = kBegin,
            .created_at = kBegin};
  }

  std::unique_ptr<Store> store_ = fakes::OpenScratchStore();
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  model::Integration integration_ = fakes::SampleIntegration();
  Connection former_ = Make('1', "111122223333", "prod");  // from when the integration was an account's
  Connection member_ = Make('2', "222222222222", "shop");
};

TEST_F(MemberRolesTest, WhatIsTakenBackOfMembersLeavesTheConnectionOfBefore) {
  const MemberAccess access{.integration = integration_.id, .role_path = "/", .role_name = "Member", .external_id = "x"};
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return ChangeMemberRoles(tx, access, model::Partition::kAws, kBegin + kLater); }).has_value());
  EXPECT_EQ(Read(member_).role_arn, "arn:aws:iam::222222222222:role/Member");
  EXPECT_EQ(Read(member_).state, ConnectionState::kUnverified);
  EXPECT_EQ(Read(former_).role_arn, former_.role_arn);
  EXPECT_EQ(Read(former_).state, ConnectionState::kActive);
}

TEST_F(MemberRolesTest, AConnectionThatIsTakenOverKeepsIdAndHandleAndHasToBeProven) {
  ASSERT_TRUE(Write([&](WriteTransaction& tx) {
    return TakeOverConnection(tx, former_.id, "arn:aws:iam::111122223333:role/Member", "member", kBegin + kLater);
  }).has_value());
  const Connection after = Read(former_);
  EXPECT_EQ(after.handle, former_.handle);
  EXPECT_EQ(after.role_arn, "arn:aws:iam::111122223333:role/Member");
  EXPECT_EQ(after.external_id, "member");
  EXPECT_EQ(after.state, ConnectionState::kUnverified);
  EXPECT_FALSE(after.last_success_at);
  EXPECT_TRUE(after.regions.empty());
  EXPECT_EQ(after.settings_source, "inherited");
  EXPECT_EQ(after.version, former_.version + 1);
}

TEST_F(MemberRolesTest, NewsAreMembersOfWhichNothingIsKnownAnyMore) {
  EXPECT_FALSE(HasNews(kBegin));
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return UnverifyDiscovered(tx, integration_.id, kBegin + kLater); }).has_value());
  EXPECT_TRUE(HasNews(kBegin));
  EXPECT_TRUE(HasNews(kBegin + kLater));
  EXPECT_FALSE(HasNews(kBegin + 2 * kLater));
  // One that was refused is no news, although that has just been written.
  Connection refused = Read(member_);
  refused.state = ConnectionState::kError;
  refused.updated_at = kBegin + 3 * kLater;
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return UpdateConnection(tx, refused); }).has_value());
  EXPECT_FALSE(HasNews(kBegin));
}

}  // namespace
}  // namespace crossrole::store
