// SPDX-License-Identifier: Apache-2.0
// The last owner of a space does not go, whichever way.
#include "tenancy/owners.h"

#include <gtest/gtest.h>

#include <array>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "fakes/audit_folder.h"
#include "fakes/scratch_store.h"
#include "store/people/operators.h"
#include "store/people/role_bindings.h"
#include "store/people/spaces.h"
#include "tenancy/operators.h"
#include "tenancy/role_bindings.h"
#include "tenancy/spaces.h"

namespace crossrole::tenancy {
namespace {

class OwnersTest : public testing::Test {
 protected:
  fakes::FakeClock clock_;
  base::SystemRandom random_;
  std::unique_ptr<store::Store> store_ = fakes::OpenScratchStore();
  fakes::AuditFolder folder_;
  std::unique_ptr<audit::Log> audit_ = fakes::Must(folder_.Open());
  PasswordPool passwords_{{.cost = {.passes = 1, .bytes = std::size_t{8} << 10}}};
  Memory memory_;
  AuthenticationPorts authentication_{*store_, clock_, memory_};
  Ports ports_{*store_, *audit_, clock_, random_};
  OperatorPorts operators_{*store_, *audit_, clock_, random_, passwords_};
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  model::SpaceId root_ = fakes::MakeTenant(tenant_.text(), "root").root_space;
  Caller administrator_{.actor = {.tenant = tenant_, .id = "tok_administrator", .installation_admin = true},
                        .authority = std::make_shared<const Authority>(Authority{.installation_admin = true}),
                        .spaces = std::make_shared<const SpaceTree>(root_)};
  std::string ann_ = MakeOwner("ann@example.com");

  std::string MakeOwner(const std::string& email) {
    const auto person = fakes::Must(CreateOperator(operators_, administrator_, {.name = "Somebody", .email = email}));
    BindOwner(person.id.text(), root_);
    return person.id.text();
  }
  store::RoleBinding BindOwner(const std::string& id, const model::SpaceId& space) {
    return fakes::Must(Bind(ports_, administrator_, {.operator_id = id, .role = "owner", .space = space}));
  }
  Caller As(const std::string& id) {
    return fakes::Must(CallerForOperator(authentication_, tenant_, fakes::Must(model::OperatorId::Parse(id))));
  }
  std::size_t OwnersThatMayComeIn() {
    return fakes::Must(store_->Read(tenant_, [&](store::ReadTransaction& tx) -> base::Result<std::size_t> {
      TRY_ASSIGN(const auto bindings, store::ListRoleBindings(tx, {.role = kOwnerRole, .space = root_.text()}));
      std::size_t count = 0;
      for (const store::RoleBinding& binding : bindings) {
        TRY_ASSIGN(const auto person, store::FindOperator(tx, fakes::Must(model::OperatorId::Parse(binding.principal))));
        if (person && !person->disabled) ++count;
      }
      return count;
    }));
  }
  // Runs both at the same moment.
  template <typename First, typename Second>
  static std::array<base::Status, 2> AtOnce(const First& first, const Second& second) {
    std::latch start(2);
    std::array<base::Status, 2> done;
    std::thread other([&] {
      start.arrive_and_wait();
      done[1] = second();
    });
    start.arrive_and_wait();
    done[0] = first();
    other.join();
    return done;
  }
};

template <typename T>
base::Status StatusOf(const base::Result<T>& result) {
  return result ? base::Status() : base::Status(std::unexpected(result.error()));
}

void ExpectLastOwner(const base::Status& status) {
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kFailedPrecondition);
  EXPECT_EQ(status.error().reason, "role_binding.last_owner");
}

TEST_F(OwnersTest, TheLastOwnerIsNeitherDeletedNorDisabledNorUnbound) {
  const Caller ann = As(ann_);
  ExpectLastOwner(StatusOf(DeleteOperator(operators_, ann, ann_, std::nullopt)));
  ExpectLastOwner(StatusOf(PreviewDeleteOperator(operators_, ann, ann_, std::nullopt)));
  ExpectLastOwner(StatusOf(UpdateOperator(operators_, ann, ann_, {.disabled = true})));
  ExpectLastOwner(StatusOf(PreviewUpdateOperator(operators_, ann, ann_, {.disabled = true})));
  EXPECT_TRUE(UpdateOperator(operators_, ann, ann_, {.name = "Ann", .disabled = false}));
  EXPECT_EQ(OwnersThatMayComeIn(), 1U);
}

TEST_F(OwnersTest, AnOwnerGoesWhileAnotherOneStays) {
  const std::string bob = MakeOwner("bob@example.com");
  EXPECT_TRUE(DeleteOperator(operators_, As(bob), ann_, std::nullopt));
  ExpectLastOwner(StatusOf(DeleteOperator(operators_, As(bob), bob, std::nullopt)));
}

TEST_F(OwnersTest, ADisabledOwnerIsNobodyWhoStays) {
  const std::string bob = MakeOwner("bob@example.com");
  ASSERT_TRUE(UpdateOperator(operators_, As(ann_), bob, {.disabled = true}));
  ExpectLastOwner(StatusOf(UpdateOperator(operators_, As(ann_), ann_, {.disabled = true})));
  ExpectLastOwner(StatusOf(DeleteOperator(operators_, As(ann_), ann_, std::nullopt)));
  EXPECT_TRUE(DeleteOperator(operators_, As(ann_), bob, std::nullopt));
}

TEST_F(OwnersTest, ADisabledOwnerDoesNotKeepTheOthersBindingFromCounting) {
  const std::string bob = MakeOwner("bob@example.com");
  const auto bindings = fakes::Must(store_->Read(tenant_, [&](store::ReadTransaction& tx) {
    return store::ListRoleBindings(tx, {.principal = ann_});
  }));
  ASSERT_EQ(bindings.size(), 1U);
  ASSERT_TRUE(UpdateOperator(operators_, As(ann_), bob, {.disabled = true}));
  ExpectLastOwner(Unbind(ports_, As(ann_), bindings.front().id, std::nullopt));
}

TEST_F(OwnersTest, OwningASpaceBelowCountsLikeOwningTheRoot) {
  const auto space = fakes::Must(CreateSpace(ports_, administrator_, {.name = "below", .parent = root_}));
  const std::string bob = fakes::Must(CreateOperator(operators_, administrator_, {.name = "Bob", .email = "bob@example.com"})).id.text();
  BindOwner(bob, space.id);
  const auto refused = DeleteOperator(operators_, As(ann_), bob, std::nullopt);
  ExpectLastOwner(StatusOf(refused));
  EXPECT_NE(refused.error().message.find(space.id.text()), std::string::npos);
  BindOwner(ann_, space.id);
  EXPECT_TRUE(DeleteOperator(operators_, As(ann_), bob, std::nullopt));
}

TEST_F(OwnersTest, TheAdministratorOfTheInstallationLetsTheLastOwnerGo) {
  EXPECT_TRUE(UpdateOperator(operators_, administrator_, ann_, {.disabled = true}));
  EXPECT_TRUE(DeleteOperator(operators_, administrator_, ann_, std::nullopt));
}

TEST_F(OwnersTest, OfTwoOwnersWhoDeleteEachOtherAtOnceOneStays) {
  for (int round = 0; round < 10; ++round) {
    SCOPED_TRACE(round);
    const std::string bob = MakeOwner("bob" + std::to_string(round) + "@example.com");
    const Caller as_ann = As(ann_);
    const Caller as_bob = As(bob);
    const auto done = AtOnce([&] { return StatusOf(DeleteOperator(operators_, as_ann, bob, std::nullopt)); },
                             [&] { return StatusOf(DeleteOperator(operators_, as_bob, ann_, std::nullopt)); });
    EXPECT_NE(done[0].has_value(), done[1].has_value());
    ASSERT_EQ(OwnersThatMayComeIn(), 1U);
    if (!done[0]) ann_ = bob;
  }
}

TEST_F(OwnersTest, DeletingDisablingAndUnbindingAtOnceLeaveAnOwner) {
  for (int round = 0; round < 10; ++round) {
    SCOPED_TRACE(round);
    const auto bob = fakes::Must(CreateOperator(operators_, administrator_, {.name = "Bob", .email = "b" + std::to_string(round) + "@example.com"}));
    const store::RoleBinding binding = BindOwner(bob.id.text(), root_);
    const Caller as_ann = As(ann_);
    const Caller as_bob = As(bob.id.text());
    const auto done = AtOnce([&] { return Unbind(ports_, as_ann, binding.id, std::nullopt); },
                             [&] { return StatusOf(UpdateOperator(operators_, as_bob, ann_, {.disabled = true})); });
    EXPECT_NE(done[0].has_value(), done[1].has_value());
    ASSERT_EQ(OwnersThatMayComeIn(), 1U);
    if (!done[0]) ann_ = bob.id.text();
  }
}

}  // namespace
}  // namespace crossrole::tenancy
