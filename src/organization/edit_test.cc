// SPDX-License-Identifier: Apache-2.0
#include "organization/edit.h"

#include <gtest/gtest.h>

#include <string>

#include "fakes/integration_lab.h"
#include "store/connections.h"
#include "store/integrations.h"
#include "store/organization_tree.h"

namespace crossrole::organization {
namespace {

using fakes::Must;

class EditTest : public testing::Test {
 protected:
  EditTest() {
    model::Integration integration = fakes::SampleIntegration();
    integration.kind = model::IntegrationKindOf::kOrganization;
    CHECK(lab_.store().Write(tenant_, [&](store::WriteTransaction& tx) -> base::Status {
      TRY(store::InsertIntegration(tx, integration));
      TRY(store::InsertFolder(tx, folder_));
      return store::InsertDiscovered(tx, connection_, folder_.id);
    }).has_value());
  }
  store::Connection Current() {
    return *Must(lab_.store().Read(tenant_, [&](store::ReadTransaction& tx) { return store::FindConnection(tx, connection_.id); }));
  }
  base::Result<store::Connection> Edit(const store::Connection& before, const NodeEdit& edit) {
    return UpdateConnection(lab_.ports(), lab_.actor(), before, edit);
  }

  fakes::IntegrationLab lab_;
  model::TenantId tenant_ = lab_.actor().tenant;
  base::Time now_ = lab_.aws().clock().Now();
  store::Folder folder_{.id = model::FolderId::Make(now_, lab_.random()),
                        .integration = fakes::SampleIntegration().id,
                        .ou_id = "r-1",
                        .name = "Root",
                        .handle = Must(model::Handle::Parse("root")),
                        .created_at = now_,
                        .updated_at = now_};
  store::Connection connection_{.id = model::ConnectionId::Make(now_, lab_.random()),
                                .tenant = tenant_,
                                .integration = fakes::SampleIntegration().id,
                                .account_id = Must(model::AccountId::Parse("111122223333")),
                                .handle = Must(model::Handle::Parse("prod")),
                                .name = "Prod",
                                .regions = {},
                                .settings_source = "inherited",
                                .created_at = now_,
                                .updated_at = now_};
};

TEST_F(EditTest, WhatAVerificationHasFoundMeanwhileStays) {
  const store::Connection read = Current();
  store::Connection verified = read;
  verified.state = store::ConnectionState::kActive;
  ASSERT_TRUE(lab_.store().Write(tenant_, [&](store::WriteTransaction& tx) { return store::UpdateConnection(tx, verified); }).has_value());
  const store::Connection edited = Must(Edit(read, {.regions = {{"eu-*"}}}));
  EXPECT_EQ(edited.version, 3);
  EXPECT_EQ(Current().state, store::ConnectionState::kActive);
  EXPECT_EQ(Current().regions, std::vector<std::string>{"eu-*"});
  // Whoever names the version that he has seen wants to know.
  EXPECT_TRUE(Edit(read, {.regions = {{"us-*"}}, .if_match = read.version}).error().stale);
  EXPECT_EQ(Current().regions, std::vector<std::string>{"eu-*"});
}

TEST_F(EditTest, NoRegionsAndNoSettingsAreThoseOfTheFolder) {
  EXPECT_EQ(Must(Edit(Current(), {.settings = R"({"max_error_retry_attempts":3})"})).settings_source, "self");
  EXPECT_EQ(Must(Edit(Current(), {.settings = "{}"})).settings_source, "inherited");
  EXPECT_EQ(Must(Edit(Current(), {.regions = {{"eu-west-1", "us-*"}}})).regions.size(), 2U);
  EXPECT_TRUE(Must(Edit(Current(), {.regions = std::vector<std::string>()})).regions.empty());
  for (const std::string pattern : {"mars-*", "eu-*-1", "", "**"}) {
    EXPECT_EQ(Edit(Current(), {.regions = {{pattern}}}).error().field, "regions") << pattern;
    EXPECT_EQ(UpdateFolder(lab_.ports(), lab_.actor(), folder_, {.regions = {{pattern}}}).error().field, "regions") << pattern;
  }
  EXPECT_TRUE(Must(UpdateFolder(lab_.ports(), lab_.actor(), folder_, {.regions = {{"ap-*"}}})).version == 2);
}

TEST_F(EditTest, WhatChangesNothingIsNeitherWrittenNorRecorded) {
  const store::Connection before = Must(Edit(Current(), {.regions = {{"eu-*"}}}));
  EXPECT_EQ(Must(Edit(before, {})).version, before.version);
  EXPECT_EQ(Must(Edit(before, {.handle = "prod", .regions = {{"eu-*"}}, .settings = "{}"})).version, before.version);
  EXPECT_EQ(Current().version, before.version);
  EXPECT_TRUE(Edit(before, {.if_match = 1}).error().stale);
  // A share is a change, so that whoever has seen the one before is told.
  EXPECT_EQ(Must(Edit(before, {.share = store::Share{.all = true}})).version, before.version + 1);
}

TEST_F(EditTest, WhoIsGoneIsNotEdited) {
  const store::Connection read = Current();
  ASSERT_TRUE(lab_.store().Write(tenant_, [&](store::WriteTransaction& tx) { return store::DeleteConnection(tx, read.id); }).has_value());
  EXPECT_EQ(Edit(read, {.regions = {{"eu-*"}}}).error().code, base::Code::kNotFound);
}

}  // namespace
}  // namespace crossrole::organization
