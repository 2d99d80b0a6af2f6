// SPDX-License-Identifier: Apache-2.0
#include "tenancy/judge_access.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/sample_integration.h"

namespace crossrole::tenancy {
namespace {

using enum Permission;
using fakes::Must;

model::SpaceId Space(char name) { return Must(model::SpaceId::Parse(std::string("s_01JD3E9ZK4M7Q2V8R5T6W9X00") + name)); }
model::IntegrationId Integration(char name) {
  return Must(model::IntegrationId::Parse(std::string("int_01JD3E9ZK4M7Q2V8R5T6W9X00") + name));
}

// root R ─ A (inherits) ─ B (inherits)
//        └ C (does not) ─ D (inherits)
class JudgeAccessTest : public testing::Test {
 protected:
  JudgeAccessTest() {
    tree_.Add(Space('A'), Space('R'), true);
    tree_.Add(Space('B'), Space('A'), true);
    tree_.Add(Space('C'), Space('R'), false);
    tree_.Add(Space('D'), Space('C'), true);
  }
  static Authority With(PermissionSet permissions, char space) {
    return {.grants = {{.role = "a_role", .permissions = permissions, .space = Space(space), .source = "rb"}}};
  }
  std::string Where(const Authority& authority, Permission permission) const {
    std::string allowed;
    for (const char space : std::string("RABCDX")) {
      if (IsAllowed(authority, tree_, permission, {.space = Space(space)})) allowed += space;
    }
    return allowed;
  }

  SpaceTree tree_{Space('R')};
};

TEST_F(JudgeAccessTest, NothingIsAllowedThatWasNotGiven) {
  for (std::size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    const bool everybodys = permission == kPublic || permission == kSelfRead || permission == kSelfWrite;
    EXPECT_EQ(Where({}, permission), everybodys ? "RABCDX" : "") << NameOf(permission);
    EXPECT_EQ(IsAllowedSomewhere({}, permission), everybodys) << NameOf(permission);
  }
}

TEST_F(JudgeAccessTest, AGrantCountsInItsSpaceAndBelowAsFarAsIsInherited) {
  const std::vector<std::pair<char, std::string>> cases = {{'R', "RAB"}, {'A', "AB"}, {'B', "B"}, {'C', "CD"}, {'D', "D"}, {'X', ""}};
  for (const auto& [space, allowed] : cases) EXPECT_EQ(Where(With({kIntegrationRead}, space), kIntegrationRead), allowed) << space;
}

TEST_F(JudgeAccessTest, OnlyWhoOwnsTheWholeTenantReachesSpacesThatDoNotInherit) {
  EXPECT_EQ(Where(With({kIntegrationRead, kTenantOwn}, 'R'), kIntegrationRead), "RABCD");
  EXPECT_EQ(Where(With({kIntegrationRead, kTenantOwn}, 'A'), kIntegrationRead), "AB");
  // Owning does not give what is not there, nor does another grant lend it.
  EXPECT_EQ(Where(With({kTenantOwn}, 'R'), kIntegrationRead), "");
  Authority two = With({kTenantOwn}, 'R');
  two.grants.push_back(With({kIntegrationRead}, 'R').grants.front());
  EXPECT_EQ(Where(two, kIntegrationRead), "RAB");
}

TEST_F(JudgeAccessTest, GrantsAddUp) {
  Authority authority = With({kIntegrationRead}, 'B');
  authority.grants.push_back(With({kIntegrationRead}, 'C').grants.front());
  authority.grants.push_back(With({kSessionMint}, 'A').grants.front());
  EXPECT_EQ(Where(authority, kIntegrationRead), "BCD");
  EXPECT_EQ(Where(authority, kSessionMint), "AB");
}

TEST_F(JudgeAccessTest, ATokenForCertainIntegrationsTouchesNothingElse) {
  Authority authority = With({kSessionMint, kIntegrationWrite, kTokenWrite}, 'R');
  authority.integrations = {Integration('1'), Integration('2')};
  EXPECT_TRUE(IsAllowed(authority, tree_, kSessionMint, {.space = Space('A'), .integration = Integration('1')}));
  EXPECT_FALSE(IsAllowed(authority, tree_, kSessionMint, {.space = Space('A'), .integration = Integration('3')}));
  EXPECT_FALSE(IsAllowed(authority, tree_, kSessionMint, {.space = Space('C'), .integration = Integration('1')}));
  EXPECT_EQ(Where(authority, kTokenWrite), "");
  EXPECT_EQ(Where(authority, kIntegrationWrite), "");
  authority.integrations->clear();
  EXPECT_FALSE(IsAllowed(authority, tree_, kSessionMint, {.space = Space('A'), .integration = Integration('1')}));
}

TEST_F(JudgeAccessTest, TheInstallationIsItsAdministratorsAlone) {
  Authority owner = With(FindBuiltInRole("owner")->permissions, 'R');
  EXPECT_FALSE(IsAllowed(owner, tree_, kInstallationManage, {}));
  EXPECT_FALSE(IsAllowedSomewhere(owner, kInstallationManage));
  const Authority administrator{.installation_admin = true};
  EXPECT_TRUE(IsAllowed(administrator, tree_, kInstallationManage, {}));
  EXPECT_EQ(Where(administrator, kIntegrationDelete), "RABCDX");
}

TEST_F(JudgeAccessTest, NobodyHandsOnWhatHeMayNotDoThere) {
  const Authority administrator = With(FindBuiltInRole("administrator")->permissions, 'A');
  EXPECT_TRUE(BeyondReach(administrator, tree_, FindBuiltInRole("operator")->permissions, Space('B')).IsEmpty());
  EXPECT_EQ(BeyondReach(administrator, tree_, FindBuiltInRole("owner")->permissions, Space('A')), PermissionSet({kTenantOwn}));
  EXPECT_EQ(BeyondReach(administrator, tree_, {kIntegrationRead}, Space('R')), PermissionSet({kIntegrationRead}));
  EXPECT_EQ(BeyondReach(administrator, tree_, {kIntegrationRead}, Space('C')), PermissionSet({kIntegrationRead}));
  Authority limited = administrator;
  limited.integrations = {Integration('1')};
  EXPECT_EQ(BeyondReach(limited, tree_, {kSessionMint}, Space('A')), PermissionSet({kSessionMint}));
}

TEST_F(JudgeAccessTest, ADecisionTellsWhyOfEveryGrant) {
  Authority authority = With({kSessionMint}, 'R');
  authority.grants.push_back(With({kIntegrationRead}, 'R').grants.front());
  authority.grants.push_back(With({kIntegrationRead}, 'A').grants.front());
  authority.grants.push_back(With({kIntegrationRead}, 'D').grants.front());
  const Decision denied = Explain(authority, tree_, kIntegrationRead, {.space = Space('C')});
  EXPECT_EQ(denied.verdict, Verdict::kNoGrant);
  EXPECT_EQ(denied.grants, (std::vector{GrantVerdict::kOtherPermissions, GrantVerdict::kNotInherited, GrantVerdict::kOtherSpace,
                                        GrantVerdict::kOtherSpace}));
  const Decision allowed = Explain(authority, tree_, kIntegrationRead, {.space = Space('D')});
  EXPECT_EQ(allowed.verdict, Verdict::kAllowed);
  EXPECT_EQ(allowed.grants.back(), GrantVerdict::kAllows);
  EXPECT_EQ(Explain(authority, tree_, kInstallationManage, {}).verdict, Verdict::kInstallationOnly);
}

// Whatever the grants and the target, both functions say the same.
TEST_F(JudgeAccessTest, TheExplanationNeverDiffersFromTheDecision) {
  for (const BuiltInRole& role : BuiltInRoles()) {
    for (const char given : std::string("RABCD")) {
      for (const char asked : std::string("RABCDX")) {
        for (std::size_t i = 0; i < kPermissionCount; ++i) {
          for (const bool limited : {false, true}) {
            Authority authority = With(role.permissions, given);
            if (limited) authority.integrations = {Integration('1')};
            const Target target{.space = Space(asked), .integration = Integration('1')};
            const auto permission = static_cast<Permission>(i);
            EXPECT_EQ(IsAllowed(authority, tree_, permission, target), Explain(authority, tree_, permission, target).allowed());
            if (IsAllowed(authority, tree_, permission, target)) EXPECT_TRUE(IsAllowedSomewhere(authority, permission));
          }
        }
      }
    }
  }
}

TEST_F(JudgeAccessTest, ALoopOfSpacesLeadsNowhere) {
  SpaceTree loop(Space('R'));
  loop.Add(Space('A'), Space('B'), true);
  loop.Add(Space('B'), Space('A'), true);
  EXPECT_FALSE(loop.Reaches(Space('R'), Space('A')));
  EXPECT_TRUE(loop.Reaches(Space('B'), Space('A')));
  EXPECT_GT(loop.Depth(Space('A')), kDeepestSpace);
}

TEST_F(JudgeAccessTest, AMoveTellsWhoWouldLoseWhatMoves) {
  const std::vector<Use> uses = {
      {.id = "stack_in_b", .above = Space('A'), .below = Space('B')},     // uses from below what lies above
      {.id = "stack_in_d", .above = Space('A'), .below = Space('D')},     // could not use it before
      {.id = "token_of_root", .above = Space('R'), .below = Space('A')},  // uses from above what lies below
  };
  std::vector<Use> moved = uses;
  moved[0].above = moved[1].above = moved[2].below = Space('C');
  EXPECT_EQ(Lost({tree_, uses}, {tree_, moved}), (std::vector<std::string>{"stack_in_b", "token_of_root"}));
  EXPECT_TRUE(Lost({tree_, uses}, {tree_, uses}).empty());
  // The same when the tree changes and nothing moves.
  SpaceTree cut = tree_;
  cut.Add(Space('A'), Space('R'), false);
  EXPECT_EQ(Lost({tree_, uses}, {cut, uses}), std::vector<std::string>{"token_of_root"});
}

TEST(PermissionsTest, EveryPermissionHasAnUnambiguousName) {
  for (std::size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    EXPECT_EQ(PermissionByName(NameOf(permission)), permission);
    EXPECT_FALSE(FactsOf(permission).meaning.empty());
  }
  EXPECT_FALSE(PermissionByName("integration").has_value());
}

TEST(PermissionsTest, TheRolesAreAsTheyWereBeforeThereWereSpaces) {
  const std::vector<std::string> was_operator = {"integration.read", "integration.write", "session.mint", "connection.read", "job.read", "event.read"};
  const std::vector<std::string> was_reader = {"integration.read", "connection.read", "audit.read", "job.read", "event.read"};
  EXPECT_TRUE(Must(PermissionSet::Parse(was_operator)).Without(FindBuiltInRole("operator")->permissions).IsEmpty());
  EXPECT_TRUE(Must(PermissionSet::Parse(was_reader)).Without(FindBuiltInRole("reader")->permissions).IsEmpty());
  for (const Permission denied : {kIntegrationDelete, kAuditRead, kTokenWrite, kRoleBindingWrite}) {
    EXPECT_FALSE(FindBuiltInRole("operator")->permissions.Has(denied));
  }
  for (const Permission denied : {kIntegrationWrite, kSessionMint, kIntegrationDelete, kTokenWrite}) {
    EXPECT_FALSE(FindBuiltInRole("reader")->permissions.Has(denied));
    EXPECT_FALSE(FindBuiltInRole("auditor")->permissions.Has(denied));
  }
}

TEST(PermissionsTest, ASetIsMadeOfNamesThatARoleCanHave) {
  EXPECT_EQ(Must(PermissionSet::Parse(std::vector<std::string>{"audit.read", "session.mint"})).Names(),
            (std::vector<std::string>{"session.mint", "audit.read"}));
  for (const char* name : {"installation.manage", "self.read", "public", "audit.raed", "", "*"}) {
    const auto refused = PermissionSet::Parse(std::vector<std::string>{name});
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_EQ(refused.error().field, "actions");
  }
  EXPECT_EQ(PermissionSet::Parse(std::vector<std::string>{"audit.raed"}).error().fix, "did you mean `audit.read`?");
}

}  // namespace
}  // namespace crossrole::tenancy
