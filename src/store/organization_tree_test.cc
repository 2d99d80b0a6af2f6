// SPDX-License-Identifier: Apache-2.0
#include "store/organization_tree.h"

#include <gtest/gtest.h>

#include "fakes/scratch_store.h"
#include "store/integrations.h"
#include "store/organization/defaults.h"
#include "store/organization/shares.h"

namespace crossrole::store {
namespace {

using base::Code;
using fakes::Must;

class OrganizationTreeTest : public testing::Test {
 protected:
  OrganizationTreeTest() {
    const model::Integration integration = fakes::SampleIntegration();
    CHECK(store_->Write(tenant_, [&](WriteTransaction& tx) { return InsertIntegration(tx, integration); }).has_value());
  }
  template <typename Fn>
  auto Write(Fn fn) { return store_->Write(tenant_, fn); }
  template <typename Fn>
  auto Read(Fn fn) { return store_->Read(tenant_, fn); }

  Folder MakeFolder(const std::string& ou, const std::string& handle) {
    return {.id = model::FolderId::Make(now_, random_),
            .integration = integration_,
            .ou_id = ou,
            .name = "Workloads",
            .handle = Must(model::Handle::Parse(handle)),
            .created_at = now_,
            .updated_at = now_};
  }
  Connection MakeConnection(const std::string& account, const std::string& handle) {
    return {.id = model::ConnectionId::Make(now_, random_),
            .tenant = tenant_,
            .integration = integration_,
            .account_id = Must(model::AccountId::Parse(account)),
            .handle = Must(model::Handle::Parse(handle)),
            .name = "Prod",
            .created_at = now_,
            .updated_at = now_};
  }
  // The tree of the sample tenant, then of the other.
  std::size_t CountAs(const model::TenantId& tenant) {
    return Must(store_->Read(tenant, [&](ReadTransaction& tx) -> base::Result<std::size_t> {
      TRY_ASSIGN(const auto folders, ListFolders(tx, integration_));
      TRY_ASSIGN(const auto connections, ListDiscovered(tx, integration_));
      TRY_ASSIGN(const auto removed, ListRemoved(tx, integration_));
      TRY_ASSIGN(const auto row, FindImportedOrganization(tx, integration_));
      return folders.size() + connections.size() + removed.size() + (row ? 1 : 0);
    }));
  }

  base::Time now_ = fakes::FakeClock().Now();
  base::SystemRandom random_;
  std::unique_ptr<Store> store_ = fakes::OpenScratchStore();
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  model::TenantId other_ = fakes::AddOtherTenant(*store_);
  model::IntegrationId integration_ = fakes::SampleIntegration().id;
};

TEST_F(OrganizationTreeTest, FoldersKeepWhatIsStoredAndRefuseStaleVersionsAndTakenHandles) {
  const Folder root = MakeFolder("r-1", "root");
  Folder folder = MakeFolder("ou-1-x", "workloads");
  folder.parent = root.id;
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return InsertFolder(tx, root); }).has_value());
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return InsertFolder(tx, folder); }).has_value());
  EXPECT_EQ(Write([&](WriteTransaction& tx) { return InsertFolder(tx, MakeFolder("ou-1-y", "root")); }).error().field, "handle");
  EXPECT_EQ(Write([&](WriteTransaction& tx) { return InsertFolder(tx, MakeFolder("ou-1-x", "another")); }).error().code, Code::kConflict);
  folder.name = "Renamed";
  folder.handle_mode = "static";
  folder.settings = R"({"default_region":"eu-west-1"})";
  folder.regions = {"eu-*", "us-east-1"};
  EXPECT_EQ(Must(Write([&](WriteTransaction& tx) { return UpdateFolder(tx, folder); })), 2);
  EXPECT_TRUE(Write([&](WriteTransaction& tx) { return UpdateFolder(tx, folder); }).error().stale);
  EXPECT_EQ(Write([&](WriteTransaction& tx) { return UpdateFolder(tx, MakeFolder("ou-1-z", "nobody")); }).error().code, Code::kNotFound);
  const Folder found = *Must(Read([&](ReadTransaction& tx) { return FindFolder(tx, folder.id); }));
  EXPECT_EQ(found.parent, root.id);
  EXPECT_EQ(found.name, "Renamed");
  EXPECT_EQ(found.handle_mode, "static");
  EXPECT_EQ(found.settings, folder.settings);
  EXPECT_EQ(found.regions, folder.regions);
  EXPECT_EQ(found.version, 2);
  EXPECT_EQ(Must(Read([&](ReadTransaction& tx) { return FindFolderOfOu(tx, integration_, "ou-1-x"); }))->id, folder.id);
  EXPECT_FALSE(Must(Read([&](ReadTransaction& tx) { return FindFolderOfOu(tx, integration_, "ou-1-y"); })).has_value());
}

TEST_F(OrganizationTreeTest, WhatIsRemovedIsRememberedUntilItIsForgotten) {
  Folder root = MakeFolder("r-1", "root");
  root.regions = {"ap-*"};
  Connection connection = MakeConnection("111122223333", "prod");
  connection.regions = {"eu-*"};
  connection.settings = R"({"max_error_retry_attempts":3})";
  ASSERT_TRUE(Write([&](WriteTransaction& tx) -> base::Status {
                TRY(InsertFolder(tx, root));
                return InsertDiscovered(tx, connection, root.id);
              }).has_value());
  DiscoveredConnection listed = Must(Read([&](ReadTransaction& tx) { return ListDiscovered(tx, integration_); })).at(0);
  EXPECT_EQ(listed.folder, root.id);
  listed.version = 7;
  EXPECT_TRUE(Write([&](WriteTransaction& tx) { return RemoveDiscovered(tx, listed, now_); }).error().stale);
  listed.version = 1;
  ASSERT_TRUE(Write([&](WriteTransaction& tx) -> base::Status {
                TRY(RemoveDiscovered(tx, listed, now_));
                return RemoveFolder(tx, root, now_);
              }).has_value());
  const auto removed = Must(Read([&](ReadTransaction& tx) { return ListRemoved(tx, integration_); }));
  ASSERT_EQ(removed.size(), 2U);
  EXPECT_EQ(removed[0].aws_id, "111122223333");
  EXPECT_EQ(removed[0].id, connection.id.text());
  EXPECT_EQ(removed[0].parent_aws_id, "r-1");
  EXPECT_EQ(removed[0].regions, connection.regions);
  EXPECT_EQ(removed[0].settings, connection.settings);
  EXPECT_FALSE(IsFolderNode(removed[0]));
  EXPECT_TRUE(IsFolderNode(removed[1]));
  EXPECT_EQ(removed[1].regions, root.regions);
  EXPECT_EQ(Must(Read([&](ReadTransaction& tx) { return FindRemoved(tx, integration_, "111122223333"); }))->parent_aws_id, "r-1");
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return ForgetRemoved(tx, integration_, "r-1"); }).has_value());
  EXPECT_EQ(CountAs(tenant_), 1U);
}

TEST_F(OrganizationTreeTest, AnAccountThatIsNotActiveSuspendsItsConnectionAndAnActiveOneHasToBeVerified) {
  const Folder root = MakeFolder("r-1", "root");
  Connection connection = MakeConnection("111122223333", "prod");
  connection.state = ConnectionState::kActive;
  ASSERT_TRUE(Write([&](WriteTransaction& tx) -> base::Status {
                TRY(InsertFolder(tx, root));
                return InsertDiscovered(tx, connection, root.id);
              }).has_value());
  const auto change = [&](const std::string& account_state) {
    DiscoveredConnection listed = Must(Read([&](ReadTransaction& tx) { return ListDiscovered(tx, integration_); })).at(0);
    listed.account_state = account_state;
    EXPECT_TRUE(Write([&](WriteTransaction& tx) { return UpdateDiscovered(tx, listed, now_); }).has_value());
    return Must(Read([&](ReadTransaction& tx) { return FindConnection(tx, connection.id); }))->state;
  };
  EXPECT_EQ(change("active"), ConnectionState::kActive);
  EXPECT_EQ(change("suspended"), ConnectionState::kSuspended);
  EXPECT_EQ(change("closed"), ConnectionState::kSuspended);
  EXPECT_EQ(change("active"), ConnectionState::kUnverified);
}

TEST_F(OrganizationTreeTest, ATreeIsItsTenantsAndGoesWithItsIntegration) {
  const Folder root = MakeFolder("r-1", "root");
  const Connection kept = MakeConnection("111122223333", "prod");
  const Connection left = MakeConnection("444455556666", "gone");
  const ImportedOrganization row{.integration = integration_, .organization_id = "o-1", .changed_at = now_};
  ASSERT_TRUE(Write([&](WriteTransaction& tx) -> base::Status {
                TRY(InsertFolder(tx, root));
                TRY(InsertDiscovered(tx, kept, root.id));
                TRY(InsertDiscovered(tx, left, root.id));
                TRY_ASSIGN(const auto listed, ListDiscovered(tx, integration_));
                TRY(RemoveDiscovered(tx, listed.at(1), now_));
                TRY(PutImportedOrganization(tx, row));
                return PutImportedOrganization(tx, row);
              }).has_value());
  EXPECT_EQ(*Must(Read([&](ReadTransaction& tx) { return FindImportedOrganization(tx, integration_); })), row);
  EXPECT_EQ(CountAs(tenant_), 4U);
  EXPECT_EQ(CountAs(other_), 0U);
  const ForeignHandles none = Must(Read([&](ReadTransaction& tx) { return ListForeignHandles(tx, integration_); }));
  EXPECT_TRUE(none.folders.empty() && none.connections.empty());
  const auto another = Must(model::IntegrationId::Parse("int_01JD3EB0000000000000000XYZ"));
  const ForeignHandles all = Must(Read([&](ReadTransaction& tx) { return ListForeignHandles(tx, another); }));
  EXPECT_EQ(all.folders.size(), 1U);
  EXPECT_EQ(all.connections.size(), 1U);
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return DeleteIntegration(tx, integration_); }).has_value());
  EXPECT_EQ(CountAs(tenant_), 0U);
}

TEST_F(OrganizationTreeTest, TheWayIntoMembersIsKeptAndIsNoOtherTenants) {
  const MemberAccess access{
      .integration = integration_, .role_path = "/a/", .role_name = "R", .via = MemberVia::kDiscoveryRole, .external_id = "x"};
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return PutMemberAccess(tx, access); }).has_value());
  EXPECT_EQ(Must(Read([&](ReadTransaction& tx) { return FindMemberAccess(tx, integration_); })), access);
  EXPECT_FALSE(Must(store_->Read(other_, [&](ReadTransaction& tx) { return FindMemberAccess(tx, integration_); })).has_value());
}

TEST_F(OrganizationTreeTest, WhatWasProvenIsTakenBackButSuspendedOnesStay) {
  const Folder folder = MakeFolder("r-1", "root");
  Connection proven = MakeConnection("111122223333", "a");
  proven.state = ConnectionState::kActive;
  Connection suspended = MakeConnection("222222222222", "b");
  suspended.state = ConnectionState::kSuspended;
  ASSERT_TRUE(Write([&](WriteTransaction& tx) -> base::Status {
    TRY(InsertFolder(tx, folder));
    TRY(InsertDiscovered(tx, proven, folder.id));
    TRY(InsertDiscovered(tx, suspended, folder.id));
    return UnverifyDiscovered(tx, integration_, now_);
  }).has_value());
  EXPECT_EQ(Must(Read([&](ReadTransaction& tx) { return FindConnection(tx, proven.id); }))->state, ConnectionState::kUnverified);
  EXPECT_EQ(Must(Read([&](ReadTransaction& tx) { return FindConnection(tx, suspended.id); }))->state, ConnectionState::kSuspended);
  EXPECT_EQ(Must(Read([&](ReadTransaction& tx) { return ListConnections(tx, {.folder = folder.id}); })).size(), 2U);
}

TEST_F(OrganizationTreeTest, DefaultSettingsReplaceOneAnotherAndAreNoOtherTenants) {
  const auto settings = [&](const model::TenantId& tenant) {
    return Must(store_->Read(tenant, [&](ReadTransaction& tx) { return FindDefaultSettings(tx, integration_); }));
  };
  EXPECT_EQ(settings(tenant_), "{}");
  for (const std::string text : {R"({"default_region":"eu-west-1"})", R"({"max_error_retry_attempts":3})", "{}"}) {
    ASSERT_TRUE(Write([&](WriteTransaction& tx) { return PutDefaultSettings(tx, integration_, text); }).has_value());
    EXPECT_EQ(settings(tenant_), text);
    EXPECT_EQ(settings(other_), "{}");
  }
}

TEST_F(OrganizationTreeTest, SharesReplaceOneAnotherAndAreNoOtherTenants) {
  const model::SpaceId space = fakes::SampleIntegration().space;
  const auto shares = [&](const model::TenantId& tenant) {
    return Must(store_->Read(tenant, [&](ReadTransaction& tx) { return ListShares(tx, integration_); }));
  };
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return PutShare(tx, integration_, "con_1", {.spaces = {space}}); }).has_value());
  EXPECT_EQ(shares(tenant_), (std::map<std::string, Share>{{"con_1", {.spaces = {space}}}}));
  EXPECT_TRUE(shares(other_).empty());
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return PutShare(tx, integration_, "con_1", {.all = true}); }).has_value());
  EXPECT_EQ(shares(tenant_), (std::map<std::string, Share>{{"con_1", {.all = true}}}));
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return PutShare(tx, integration_, "con_1", {}); }).has_value());
  EXPECT_TRUE(shares(tenant_).empty());
}

}  // namespace
}  // namespace crossrole::store
