// SPDX-License-Identifier: Apache-2.0
#include "integration/members/organization_parts.h"

#include <gtest/gtest.h>

#include <string>

#include "fakes/integration_lab.h"
#include "fakes/sample_integration.h"
#include "integration/artefact.h"
#include "integration/find.h"
#include "integration/update.h"
#include "integration/verify.h"

namespace crossrole::integration {
namespace {

using fakes::Must;
using model::IntegrationKindOf;
using model::IntegrationState;

const base::Time kChangedAt = base::FromMicros(1'767'323'045'000'000);

model::Integration WithRole(IntegrationState state) {
  model::Integration sample = fakes::SampleIntegration();
  sample.role_arn = Must(model::RoleArn::Parse("arn:aws:iam::111122223333:role/crossrole/Crossrole-0000000ABC"));
  sample.state = state;
  return sample;
}

TEST(ChangeKindTest, WhatHasARoleIsProvenAnewAndKeepsIt) {
  for (const auto state : {IntegrationState::kVerifying, IntegrationState::kActive, IntegrationState::kFailed, IntegrationState::kQuarantined}) {
    model::Integration changed = WithRole(state);
    changed.negative_allowed_in_a_row = 1;
    ASSERT_TRUE(ChangeKind(changed, IntegrationKindOf::kOrganization, kChangedAt).has_value());
    EXPECT_EQ(changed.kind, IntegrationKindOf::kOrganization);
    EXPECT_EQ(changed.state, IntegrationState::kVerifying);
    EXPECT_EQ(changed.state_reason, kKindChanged);
    EXPECT_EQ(changed.next_check_at, kChangedAt);
    EXPECT_EQ(changed.negative_allowed_in_a_row, 0);
    EXPECT_EQ(changed.role_arn, WithRole(state).role_arn);
    EXPECT_EQ(changed.external_ids.front().value.text(), fakes::kSampleExternalId);
  }
}

TEST(ChangeKindTest, WhatIsDisabledOrWithoutARoleStaysSo) {
  model::Integration disabled = WithRole(IntegrationState::kDisabled);
  disabled.state_reason = "operator";
  ASSERT_TRUE(ChangeKind(disabled, IntegrationKindOf::kOrganization, kChangedAt).has_value());
  EXPECT_EQ(disabled.state, IntegrationState::kDisabled);
  EXPECT_EQ(disabled.state_reason, "operator");
  model::Integration waiting = fakes::SampleIntegration();
  ASSERT_TRUE(ChangeKind(waiting, IntegrationKindOf::kOrganization, kChangedAt).has_value());
  EXPECT_EQ(waiting.state, IntegrationState::kPending);
  EXPECT_EQ(waiting.state_reason, "no_role");
}

TEST(ChangeKindTest, EveryOtherChangeIsRefusedAndChangesNothing) {
  model::Integration organization = WithRole(IntegrationState::kActive);
  organization.kind = IntegrationKindOf::kOrganization;
  model::Integration runs = WithRole(IntegrationState::kActive);
  runs.external_id_format = model::ExternalIdFormat::kPerRun;
  model::Integration worker = WithRole(IntegrationState::kPending);
  worker.assume_on_worker = true;
  for (auto [integration, kind] : {std::pair(&organization, IntegrationKindOf::kAccount), std::pair(&runs, IntegrationKindOf::kOrganization),
                                   std::pair(&worker, IntegrationKindOf::kOrganization)}) {
    const auto before = integration->kind;
    const auto changed = ChangeKind(*integration, kind, kChangedAt);
    ASSERT_FALSE(changed.has_value());
    EXPECT_EQ(changed.error().code, base::Code::kFailedPrecondition);
    EXPECT_EQ(changed.error().reason, "integration.kind");
    EXPECT_EQ(integration->kind, before);
  }
  ASSERT_TRUE(ChangeKind(organization, IntegrationKindOf::kOrganization, kChangedAt).has_value());
  EXPECT_EQ(organization.state, IntegrationState::kActive);
}

TEST(FormerAccountTest, IsTheAccountOfTheSameRoleUntilAnImportTakesItOver) {
  model::Integration organization = WithRole(IntegrationState::kVerifying);
  organization.kind = IntegrationKindOf::kOrganization;
  const store::Connection before{.id = Must(model::ConnectionId::Parse("con_00000000000000000000000000")),
                                 .tenant = organization.tenant,
                                 .integration = organization.id,
                                 .account_id = *organization.account_id,
                                 .handle = organization.handle,
                                 .state = store::ConnectionState::kActive,
                                 .role_arn = organization.role_arn->text()};
  for (const auto state : {IntegrationState::kVerifying, IntegrationState::kFailed, IntegrationState::kActive}) {
    organization.state = state;
    const auto account = FormerAccount(organization, before);
    ASSERT_TRUE(account.has_value());
    EXPECT_EQ(account->kind, IntegrationKindOf::kAccount);
  }
  for (const auto state : {IntegrationState::kPending, IntegrationState::kQuarantined, IntegrationState::kDisabled}) {
    organization.state = state;
    EXPECT_FALSE(FormerAccount(organization, before));
  }
  organization.state = IntegrationState::kVerifying;
  store::Connection other = before;
  other.folder = Must(model::FolderId::Parse("fld_00000000000000000000000000"));
  EXPECT_FALSE(FormerAccount(organization, other));
  other = before;
  other.state = store::ConnectionState::kError;
  EXPECT_FALSE(FormerAccount(organization, other));
  other = before;
  other.role_arn = "arn:aws:iam::111122223333:role/Other";
  EXPECT_FALSE(FormerAccount(organization, other));
  EXPECT_FALSE(FormerAccount(WithRole(IntegrationState::kVerifying), before));
}

class KindChangeTest : public testing::Test {
 protected:
  KindChangeTest() {
    model::Integration integration = lab_.Create({.handle = "prod", .account_id = lab_.aws().Id(1)}, lab_.actor());
    const std::string trust = Must(MakeArtefact(ArtefactMethod::kTrustPolicy, integration, fakes::SampleTenantHandle(), {})).body;
    lab_.aws().Must<aws::iam::CreateRole>(lab_.aws().Admin(1), {.path = integration.role.role_path,
                                                                .role_name = integration.role.role_name,
                                                                .assume_role_policy_document = trust});
    role_name_ = integration.role.role_name;
    CHECK(Must(lab_.verifier().Verify(lab_.actor(), "prod", {})).ok);
  }

  base::Result<model::Integration> ChangeIt(UpdateRequest request = {}) {
    request.kind = IntegrationKindOf::kOrganization;
    request.organization = OrganizationWish{.handle_prefix = "acme_"};
    return Update(lab_.ports(), lab_.actor(), "prod", request);
  }
  model::Integration Now() { return Must(Find(lab_.ports(), lab_.actor(), "prod")); }
  std::size_t Imports() {
    return Must(lab_.store().Read(lab_.actor().tenant, [&](store::ReadTransaction& tx) {
      return store::FindOpenJob(tx, kSyncJob, Now().id.text());
    })) ? 1 : 0;
  }

  void LetList() {
    lab_.aws().Must<aws::iam::PutRolePolicy>(
        lab_.aws().Admin(1),
        {.role_name = role_name_,
         .policy_name = "Discovery",
         .policy_document = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"organizations:*","Resource":"*"}]})"});
  }

  fakes::IntegrationLab lab_;
  std::string role_name_;
};

TEST_F(KindChangeTest, ARoleThatMayNotListAnOrganizationIsWaitedFor) {
  ASSERT_TRUE(ChangeIt().has_value());
  for (int i = 0; i < 2; ++i) {
    const Verification verification = Must(lab_.verifier().Verify(lab_.actor(), "prod", {}));
    EXPECT_TRUE(verification.ok);
    EXPECT_EQ(verification.state, IntegrationState::kVerifying);
    EXPECT_EQ(Now().state_reason, kKindChanged);
    EXPECT_EQ(Now().next_check_at, lab_.aws().clock().Now() + std::chrono::seconds(60));
    EXPECT_EQ(Imports(), 0U);
  }
  LetList();
  EXPECT_EQ(Must(lab_.verifier().Verify(lab_.actor(), "prod", {})).state, IntegrationState::kActive);
  EXPECT_EQ(Now().state_reason, "");
  EXPECT_EQ(Imports(), 1U);
}

TEST_F(KindChangeTest, AVerificationThatRanMeanwhileProvesNothingOfTheOtherKind) {
  bool has_changed = false;
  lab_.aws().transport().BeforeEach([&] {
    if (has_changed) return;
    has_changed = true;
    ASSERT_TRUE(ChangeIt().has_value());
  });
  const Verification verification = Must(lab_.verifier().Verify(lab_.actor(), "prod", {}));
  lab_.aws().transport().BeforeEach({});
  LetList();
  ASSERT_TRUE(has_changed);
  EXPECT_TRUE(verification.ok);
  EXPECT_EQ(verification.state, IntegrationState::kVerifying);
  EXPECT_EQ(Now().state, IntegrationState::kVerifying);
  EXPECT_EQ(Now().state_reason, kKindChanged);
  EXPECT_EQ(Imports(), 0U);
  // The next one is about the kind that it has, and starts the import.
  EXPECT_EQ(Must(lab_.verifier().Verify(lab_.actor(), "prod", {})).state, IntegrationState::kActive);
  EXPECT_EQ(Imports(), 1U);
}

TEST_F(KindChangeTest, OfTwoWhoChangeTheKindOneIsTold) {
  ASSERT_TRUE(ChangeIt().has_value());
  const auto late = ChangeIt();
  ASSERT_FALSE(late.has_value());
  EXPECT_TRUE(late.error().stale);
  const auto access = Must(lab_.store().Read(lab_.actor().tenant, [&](store::ReadTransaction& tx) { return store::FindMemberAccess(tx, Now().id); }));
  ASSERT_TRUE(access.has_value());
  EXPECT_NE(access->external_id, Now().external_ids.front().value.text());
}

TEST_F(KindChangeTest, WhatIsRefusedOfItsPartsChangesNothing) {
  UpdateRequest request{.kind = IntegrationKindOf::kOrganization, .organization = OrganizationWish{.member = {.via = "magic"}}};
  EXPECT_EQ(Update(lab_.ports(), lab_.actor(), "prod", request).error().field, "member.via");
  EXPECT_EQ(PreviewUpdate(lab_.ports(), lab_.actor(), "prod", request).error().field, "member.via");
  request.organization = OrganizationWish{.member = {.role_name = Now().role_arn->name(), .role_path = Now().role_arn->path()}};
  EXPECT_EQ(Update(lab_.ports(), lab_.actor(), "prod", request).error().field, "member.role_name");
  EXPECT_EQ(Now().kind, IntegrationKindOf::kAccount);
  EXPECT_EQ(Now().state, IntegrationState::kActive);
}

}  // namespace
}  // namespace crossrole::integration
