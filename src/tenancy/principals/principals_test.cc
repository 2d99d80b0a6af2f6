// SPDX-License-Identifier: Apache-2.0
#include "tenancy/principals/principals.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "fakes/audit_folder.h"
#include "fakes/scratch_store.h"
#include "store/people/bearers.h"
#include "store/people/tokens.h"

namespace crossrole::tenancy {
namespace {

const std::string kRun = "run_01JD3E9ZK4M7Q2V8R5T6W9XYAC";
const std::string kWorker = "wk_01JD3E9ZK4M7Q2V8R5T6W9XYAC";

class PrincipalsTest : public testing::Test {
 protected:
  fakes::FakeClock clock_;
  base::SystemRandom random_;
  std::unique_ptr<store::Store> store_ = fakes::OpenScratchStore();
  fakes::AuditFolder folder_;
  std::unique_ptr<audit::Log> audit_ = fakes::Must(folder_.Open());
  Memory memory_;
  AuthenticationPorts authentication_{*store_, clock_, memory_};
  Ports ports_{*store_, *audit_, clock_, random_};
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  model::SpaceId root_ = fakes::MakeTenant(tenant_.text(), "root").root_space;
  Caller administrator_ = Holding({.installation_admin = true});

  Caller Holding(Authority authority) const {
    return {.actor = {.tenant = tenant_, .id = "tok_administrator", .installation_admin = authority.installation_admin},
            .authority = std::make_shared<const Authority>(std::move(authority)),
            .spaces = std::make_shared<const SpaceTree>(root_)};
  }
  base::Result<Caller> By(const MadeToken& token) {
    return Authenticate(authentication_, {.authorization = "Bearer " + std::string(token.text.Reveal())});
  }
  MadeToken Give(const std::string& bearer, const std::string& role = "owner") {
    return fakes::Must(GiveIdentity(ports_, administrator_, {.bearer = bearer, .role = role}));
  }
};

TEST_F(PrincipalsTest, AnIdSaysOfWhichKindSomebodyIs) {
  EXPECT_EQ(PrincipalKindOf(kRun), PrincipalKind::kRun);
  EXPECT_EQ(PrincipalKindOf(kWorker), PrincipalKind::kWorker);
  EXPECT_EQ(PrincipalKindOf("op_01JD3E9ZK4M7Q2V8R5T6W9XYAC"), PrincipalKind::kOperator);
  EXPECT_EQ(PrincipalKindOf("tok_01JD3E9ZK4M7Q2V8R5T6W9XYAC"), PrincipalKind::kToken);
  for (const char* other : {"", "run_", "run", "RUN_01JD3E9ZK4M7Q2V8R5T6W9XYAC", "run_01JD3E9ZK4M7Q2V8R5T6W9XYA", "int_01JD3E9ZK4M7Q2V8R5T6W9XYAC", "system"}) {
    EXPECT_EQ(PrincipalKindOf(other), std::nullopt) << other;
  }
  for (const PrincipalFacts& facts : PrincipalKinds()) {
    EXPECT_EQ(FactsOf(*PrincipalKindOf(std::string(facts.prefix) + kRun.substr(3))).name, facts.name);
  }
}

TEST_F(PrincipalsTest, ARunComesInAsItselfWithWhatRunsAreForAndNoMore) {
  const auto caller = By(Give(kRun));
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->actor.id, kRun);
  EXPECT_FALSE(caller->operator_id.has_value());
  for (std::size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    if (!FactsOf(permission).in_roles) continue;
    EXPECT_EQ(caller->MayIn(root_, permission), FactsOf(PrincipalKind::kRun).most->Has(permission)) << NameOf(permission);
  }
}

TEST_F(PrincipalsTest, AWorkerGetsNoCredentials) {
  const auto caller = By(Give(kWorker));
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->actor.id, kWorker);
  EXPECT_TRUE(caller->MayIn(root_, Permission::kIntegrationRead));
  EXPECT_FALSE(caller->MayIn(root_, Permission::kSessionMint));
}

TEST_F(PrincipalsTest, ARoleThatGivesLessGivesLessToARunToo) {
  const auto caller = By(Give(kRun, "reader"));
  ASSERT_TRUE(caller.has_value());
  EXPECT_TRUE(caller->MayIn(root_, Permission::kIntegrationRead));
  EXPECT_FALSE(caller->MayIn(root_, Permission::kSessionMint));
}

TEST_F(PrincipalsTest, NobodyGivesAnIdentityThatMayMoreThanHe) {
  const Caller reader = Holding({.grants = {{.role = "reader", .permissions = FindBuiltInRole("reader")->permissions, .space = root_, .source = "rb_x"}}});
  const auto given = GiveIdentity(ports_, reader, {.bearer = kRun, .role = "operator"});
  ASSERT_FALSE(given.has_value());
  EXPECT_EQ(given.error().code, base::Code::kPermissionDenied);
  EXPECT_TRUE(GiveIdentity(ports_, reader, {.bearer = kRun, .role = "reader"}).has_value());
}

TEST_F(PrincipalsTest, AnIdentityIsForWorkersAndRunsAndForAShortTime) {
  for (const char* other : {"op_01JD3E9ZK4M7Q2V8R5T6W9XYAC", "tok_01JD3E9ZK4M7Q2V8R5T6W9XYAC", "system", "run_x", ""}) {
    const auto given = GiveIdentity(ports_, administrator_, {.bearer = other, .role = "reader"});
    ASSERT_FALSE(given.has_value()) << other;
    EXPECT_EQ(given.error().field, "bearer");
  }
  for (const std::chrono::seconds life : {std::chrono::seconds(0), std::chrono::seconds(-1), std::chrono::seconds(12 * 3600 + 1)}) {
    EXPECT_EQ(GiveIdentity(ports_, administrator_, {.bearer = kRun, .role = "reader", .life = life}).error().field, "life");
  }
  const MadeToken token = Give(kRun);
  clock_.Advance(std::chrono::seconds(899));
  EXPECT_TRUE(By(token).has_value());
  clock_.Advance(std::chrono::seconds(2));
  EXPECT_FALSE(By(token).has_value());
}

TEST_F(PrincipalsTest, WhoHasFinishedIsOutAtOnceWithEveryTokenAndNobodyElseIs) {
  const MadeToken first = Give(kRun);
  const MadeToken second = Give(kRun);
  const MadeToken worker = Give(kWorker);
  ASSERT_TRUE(By(first).has_value() && By(second).has_value());
  EXPECT_EQ(EndIdentity(ports_, administrator_.actor, kRun), 2);
  EXPECT_FALSE(By(first).has_value() || By(second).has_value());
  EXPECT_TRUE(By(worker).has_value());
  EXPECT_EQ(EndIdentity(ports_, administrator_.actor, kRun), 0);
}

TEST_F(PrincipalsTest, AnotherTenantsRunOfTheSameIdIsAnotherOne) {
  const MadeToken token = Give(kRun);
  const model::TenantId other = fakes::AddOtherTenant(*store_);
  EXPECT_EQ(EndIdentity(ports_, {.tenant = other, .id = "system"}, kRun), 0);
  EXPECT_TRUE(By(token).has_value());
}

TEST_F(PrincipalsTest, TheTokenOfARunIsNotRotatedByAnybody) {
  const MadeToken token = Give(kRun);
  const auto rotated = RotateToken(ports_, administrator_, token.token.id, std::nullopt);
  ASSERT_FALSE(rotated.has_value());
  EXPECT_EQ(rotated.error().reason, "token.identity");
  const auto own = RotateToken(ports_, fakes::Must(By(token)), token.token.id, std::nullopt);
  ASSERT_FALSE(own.has_value());
  EXPECT_EQ(own.error().reason, "token.identity");
}

}  // namespace
}  // namespace crossrole::tenancy
