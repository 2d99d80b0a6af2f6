// SPDX-License-Identifier: Apache-2.0
#include "integration/find.h"

#include <gtest/gtest.h>

#include "fakes/integration_lab.h"

namespace crossrole::integration {
namespace {

using model::IntegrationState;

class KnownTest : public testing::Test {
 protected:
  fakes::IntegrationLab lab_;
  Known known_{8};
  model::Integration integration_ = lab_.Create("shop");

  std::shared_ptr<const Found> Get(std::string_view id_or_handle) {
    const auto found = FindKnown(lab_.ports(), known_, lab_.actor(), id_or_handle);
    EXPECT_TRUE(found || found.error().code == base::Code::kNotFound);
    return found ? *found : nullptr;
  }
  void Change(const std::function<void(model::Integration&)>& how) {
    CHECK(lab_.store()
              .Write(integration_.tenant,
                     [&](store::WriteTransaction& tx) -> base::Status {
                       TRY_ASSIGN(model::Integration changed, Load(tx, integration_.id.text()));
                       how(changed);
                       TRY(store::UpdateIntegration(tx, changed));
                       return {};
                     })
              .has_value());
  }
};

TEST_F(KnownTest, WhatDidNotChangeIsNotReadAgain) {
  EXPECT_EQ(Get("shop"), Get("shop"));
  EXPECT_EQ(Get("shop")->integration.id, integration_.id);
  EXPECT_EQ(Get(integration_.id.text())->tenant.handle, fakes::SampleTenantHandle());
}

TEST_F(KnownTest, AnIntegrationThatIsDisabledOrQuarantinedIsSeenAsSuchAtOnce) {
  for (const auto state : {IntegrationState::kActive, IntegrationState::kDisabled, IntegrationState::kActive,
                           IntegrationState::kQuarantined, IntegrationState::kActive}) {
    Change([&](model::Integration& it) { it.state = state; });
    EXPECT_EQ(Get("shop")->integration.state, state);
    EXPECT_EQ(Get(integration_.id.text())->integration.state, state);
  }
}

TEST_F(KnownTest, AChangeOfVersionIsSeenAtOnce) {
  const auto before = Get("shop");
  Change([](model::Integration& it) { it.power_version++; });
  EXPECT_EQ(Get("shop")->integration.power_version, before->integration.power_version + 1);
  EXPECT_EQ(Get("shop")->integration.version, before->integration.version + 1);
}

TEST_F(KnownTest, WhatWasDeletedIsGoneAtOnce) {
  ASSERT_NE(Get("shop"), nullptr);
  CHECK(lab_.store()
            .Write(integration_.tenant, [&](store::WriteTransaction& tx) { return store::DeleteIntegration(tx, integration_.id); })
            .has_value());
  EXPECT_EQ(Get("shop"), nullptr);
  EXPECT_EQ(Get(integration_.id.text()), nullptr);
}

TEST_F(KnownTest, AnotherTenantFindsOnlyItsOwn) {
  ASSERT_NE(Get("shop"), nullptr);
  ASSERT_NE(Get(integration_.id.text()), nullptr);
  EXPECT_FALSE(FindKnown(lab_.ports(), known_, lab_.other_actor(), "shop"));
  EXPECT_FALSE(FindKnown(lab_.ports(), known_, lab_.other_actor(), integration_.id.text()));
  const model::Integration theirs = lab_.Create({.handle = "shop"}, lab_.other_actor());
  EXPECT_EQ((*FindKnown(lab_.ports(), known_, lab_.other_actor(), "shop"))->integration.id, theirs.id);
  EXPECT_EQ(Get("shop")->integration.id, integration_.id);
}

}  // namespace
}  // namespace crossrole::integration
