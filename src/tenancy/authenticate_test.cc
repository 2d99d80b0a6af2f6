// SPDX-License-Identifier: Apache-2.0
#include "tenancy/authenticate.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "base/crypto.h"
#include "base/random.h"
#include "fakes/fake_clock.h"
#include "fakes/scratch_store.h"
#include "store/people/operators.h"
#include "store/people/role_bindings.h"
#include "store/people/spaces.h"
#include "store/people/tenants.h"
#include "store/people/tokens.h"
#include "tenancy/token.h"

namespace crossrole::tenancy {
namespace {

using std::chrono::hours;

class AuthenticateTest : public testing::Test {
 protected:
  fakes::FakeClock clock_;
  base::SeededRandom random_{7};
  std::unique_ptr<store::Store> store_ = fakes::OpenScratchStore();
  Memory memory_;
  AuthenticationPorts ports_{*store_, clock_, memory_};
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  model::TenantId other_ = fakes::AddOtherTenant(*store_);

  struct Issued {
    model::TokenId id;
    std::string header;
  };
  model::SpaceId AddSpace(bool inherit) {
    const model::SpaceId id = model::SpaceId::Make(clock_.Now(), random_);
    CHECK(store_->Write(tenant_, [&](store::WriteTransaction& tx) -> base::Status {
      TRY_ASSIGN(const store::Tenant tenant, store::OwnTenant(tx));
      return store::InsertSpace(tx, {.id = id, .tenant = tenant_, .parent = tenant.root_space, .inherit = inherit, .name = "below"});
    }).has_value());
    return id;
  }
  Issued Issue(store::TokenPower power = store::TokenPower::kTenant, std::optional<model::OperatorId> own = {}) {
    const IssuedToken issued = IssueToken(clock_.Now(), random_);
    const store::Token token{.id = issued.id,
                             .tenant = tenant_,
                             .name = "test",
                             .power = power,
                             .role = "operator",
                             .operator_id = own,
                             .hash = base::HexEncode(base::AsText(issued.hash)),
                             .expires_at = clock_.Now() + hours(1),
                             .created_at = clock_.Now(),
                             .updated_at = clock_.Now()};
    CHECK(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::InsertToken(tx, token); }).has_value());
    return {issued.id, "Bearer " + std::string(issued.text.Reveal())};
  }
  bool IsIn(const Issued& token, std::optional<std::string_view> tenant = {}) {
    const auto caller = Authenticate(ports_, {.authorization = token.header, .tenant_header = tenant});
    EXPECT_TRUE(caller || caller.error().code == base::Code::kUnauthenticated);
    return caller.has_value();
  }
  bool IsKnown(const Issued& token, std::optional<std::string_view> tenant = {}) {
    return Recognise(ports_, {.authorization = token.header, .tenant_header = tenant}).has_value();
  }
  // Another secret behind the same id, with the right checksum.
  static Issued Forged(const Issued& token) {
    fakes::FakeClock clock;
    base::SeededRandom random(8);
    std::string text(IssueToken(clock.Now(), random).text.Reveal());
    text.replace(4, 26, token.header, 7 + 4, 26);
    text.resize(74);
    const base::Digest digest = base::Sha256(text);
    text += "_";
    for (std::size_t i = 0; i < 6; ++i) text += base::kCrockford[digest.at(i) & 31U];
    CHECK(ParseToken(text).has_value());
    return {token.id, "Bearer " + text};
  }
};

TEST_F(AuthenticateTest, AValidTokenActsInItsTenantWithItsRole) {
  const Issued token = Issue();
  for (int i = 0; i < 2; ++i) {  // read, and remembered
    const auto caller = Authenticate(ports_, {.authorization = token.header});
    ASSERT_TRUE(caller.has_value());
    EXPECT_EQ(caller->actor.tenant, tenant_);
    EXPECT_EQ(caller->actor.id, token.id.text());
    EXPECT_TRUE(caller->MayIn(caller->spaces->root(), Permission::kSessionMint));
    EXPECT_FALSE(caller->MayIn(caller->spaces->root(), Permission::kIntegrationDelete));
    EXPECT_EQ(caller->tenant_handle, fakes::SampleTenantHandle().text());
  }
}

TEST_F(AuthenticateTest, ATokenOfBeforeThereWereSpacesMayTheSameInEverySpaceThatInherits) {
  const Issued token = Issue();
  // As an earlier program left it: without a row that narrows it.
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) {
    return tx.Execute(R"sql(DELETE FROM token_scopes WHERE tenant_id = $1 AND token_id = $2)sql", {token.id});
  }));
  const auto below = AddSpace(true);
  const auto caller = Authenticate(ports_, {.authorization = token.header});
  ASSERT_TRUE(caller.has_value());
  for (const model::SpaceId& space : {caller->spaces->root(), below}) {
    EXPECT_TRUE(caller->MayIn(space, Permission::kSessionMint));
    EXPECT_FALSE(caller->MayIn(space, Permission::kIntegrationDelete));
  }
}

TEST_F(AuthenticateTest, ATenantInWhichTheTokenDoesNotActIsTheSameWhetherThereIsOneOrNot) {
  const auto answer = [&](const Issued& token, std::string_view tenant) {
    const auto caller = Authenticate(ports_, {.authorization = token.header, .tenant_header = tenant});
    EXPECT_FALSE(caller.has_value()) << tenant;
    return caller ? base::Error{} : caller.error();
  };
  const std::string nobodys = model::TenantId::Make(clock_.Now(), random_).text();
  for (const Issued& token : {Issue(), Issue(store::TokenPower::kAdministrator)}) {
    for (const std::string& tenant : {nobodys, std::string("t_x"), std::string()}) {
      EXPECT_EQ(answer(token, tenant).code, base::Code::kUnauthenticated);
      EXPECT_EQ(answer(token, tenant).field, "Crossrole-Tenant");
    }
  }
  EXPECT_EQ(answer(Forged(Issue()), nobodys).field, "") << "who is not known is told nothing about tenants";
}

TEST_F(AuthenticateTest, WhatIsBoundAndUnboundCountsAtOnce) {
  const Issued token = Issue();
  const auto space = AddSpace(false);
  const auto may = [&] {
    const auto caller = Authenticate(ports_, {.authorization = token.header});
    return caller.has_value() && caller->MayIn(space, Permission::kAuditRead);
  };
  EXPECT_FALSE(may());
  const store::RoleBinding binding{.id = model::RoleBindingId::Make(clock_.Now(), random_),
                                   .tenant = tenant_,
                                   .principal = token.id.text(),
                                   .role = "auditor",
                                   .space = space};
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::InsertRoleBinding(tx, binding); }));
  EXPECT_TRUE(may());
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::DeleteRoleBinding(tx, binding.id); }));
  EXPECT_FALSE(may());
}

TEST_F(AuthenticateTest, AnOperatorsOwnTokenMayWhatHeMayAndNothingWhileHeIsDisabled) {
  store::Operator person{.id = model::OperatorId::Make(clock_.Now(), random_), .tenant = tenant_, .name = "Ada", .email = "ada@example.com"};
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::InsertOperator(tx, person); }));
  const Issued token = Issue(store::TokenPower::kTenant, person.id);
  auto caller = Authenticate(ports_, {.authorization = token.header});
  ASSERT_TRUE(caller.has_value());
  EXPECT_FALSE(caller->MaySomewhere(Permission::kIntegrationRead));  // the role in the row counts for nothing
  const store::RoleBinding binding{.id = model::RoleBindingId::Make(clock_.Now(), random_),
                                   .tenant = tenant_,
                                   .principal = person.id.text(),
                                   .role = "reader",
                                   .space = caller->spaces->root()};
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::InsertRoleBinding(tx, binding); }));
  caller = Authenticate(ports_, {.authorization = token.header});
  ASSERT_TRUE(caller.has_value());
  EXPECT_TRUE(caller->MaySomewhere(Permission::kIntegrationRead));
  EXPECT_EQ(caller->operator_id, person.id);
  EXPECT_TRUE(CallerForOperator(ports_, tenant_, person.id).has_value());
  EXPECT_FALSE(CallerForOperator(ports_, other_, person.id).has_value());
  person.disabled = true;
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::UpdateOperator(tx, person); }));
  EXPECT_FALSE(IsIn(token));
  EXPECT_FALSE(IsKnown(token));
  EXPECT_FALSE(CallerForOperator(ports_, tenant_, person.id).has_value());
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::DeleteOperator(tx, person.id); }));
  EXPECT_FALSE(IsIn(token));
}

TEST_F(AuthenticateTest, TheLastUseIsWrittenDownWithoutTheRequestsWaiting) {
  const Issued token = Issue();
  const auto caller = Authenticate(ports_, {.authorization = token.header});
  ASSERT_TRUE(caller.has_value());
  const auto commits = store_->Statistics().commits;
  clock_.Advance(hours(0) + std::chrono::minutes(5));
  RecordUse(ports_, *caller);
  EXPECT_EQ(store_->Statistics().commits, commits);
  ASSERT_TRUE(StoreUses(ports_).has_value());
  const auto stored = store_->Read(tenant_, [&](store::ReadTransaction& tx) { return store::FindToken(tx, token.id); });
  ASSERT_TRUE(stored.has_value() && stored->has_value());
  EXPECT_EQ((*stored)->last_used_at, clock_.Now());
  ASSERT_TRUE(StoreUses(ports_).has_value());  // nothing is left
}

TEST_F(AuthenticateTest, ARevokedTokenIsRefusedAtOnce) {
  const Issued token = Issue();
  ASSERT_TRUE(IsIn(token));
  ASSERT_TRUE(IsKnown(token));
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::RevokeToken(tx, token.id, clock_.Now()); }));
  EXPECT_FALSE(IsKnown(token));
  EXPECT_FALSE(IsIn(token));
  EXPECT_FALSE(IsKnown(token));
}

TEST_F(AuthenticateTest, ATokenExpiresThoughNothingIsWritten) {
  const Issued token = Issue();
  ASSERT_TRUE(IsIn(token));
  clock_.Advance(hours(1));
  EXPECT_FALSE(IsKnown(token));
  EXPECT_FALSE(IsIn(token));
}

TEST_F(AuthenticateTest, TokensOfATenantThatIsNotActiveAreRefusedAtOnce) {
  const Issued token = Issue();
  ASSERT_TRUE(IsIn(token));
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) -> base::Status {
    TRY_ASSIGN(store::Tenant tenant, store::OwnTenant(tx));
    tenant.state = store::TenantState::kDisabled;
    TRY(store::UpdateOwnTenant(tx, tenant));
    return {};
  }));
  EXPECT_FALSE(IsKnown(token));
  EXPECT_FALSE(IsIn(token));
}

TEST_F(AuthenticateTest, AnotherSecretBehindAKnownIdIsRefused) {
  const Issued token = Issue();
  EXPECT_FALSE(IsIn(Forged(token)));
  ASSERT_TRUE(IsIn(token));
  EXPECT_FALSE(IsIn(Forged(token)));
  EXPECT_FALSE(IsKnown(Forged(token)));
}

TEST_F(AuthenticateTest, OnlyTheAdministratorChoosesATenant) {
  const Issued token = Issue();
  const Issued administrator = Issue(store::TokenPower::kAdministrator);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(IsIn(administrator, other_.text()));
    EXPECT_TRUE(IsIn(token, tenant_.text()));
    EXPECT_FALSE(IsIn(token, other_.text()));
    EXPECT_FALSE(IsKnown(token, other_.text()));
    EXPECT_FALSE(IsIn(administrator, "t_01JD3E9ZK4M7Q2V8R5T6W9X000"));
    EXPECT_FALSE(IsIn(administrator, "nobody"));
  }
}

TEST_F(AuthenticateTest, ATokenIsRecognisedOnlyAfterItWasRead) {
  const Issued token = Issue();
  EXPECT_FALSE(IsKnown(token));
  ASSERT_TRUE(IsIn(token));
  const auto caller = Recognise(ports_, {.authorization = token.header});
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->actor.tenant, tenant_);
}

}  // namespace
}  // namespace crossrole::tenancy
