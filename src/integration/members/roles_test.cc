// SPDX-License-Identifier: Apache-2.0
#include "integration/members/roles.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "fakes/sample_integration.h"
#include "integration/internal/blueprint.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

class MemberRolesTest : public testing::Test {
 protected:
  MemberRolesTest() {
    integration_.kind = model::IntegrationKindOf::kOrganization;
    integration_.capabilities = {{.name = "self_check"}, {.name = "read_only"}, {.name = "organization"}};
    integration_.duration = std::chrono::seconds(43200);
  }

  base::Result<store::MemberAccess> Access(const MemberWish& wish) { return MakeMemberAccess(integration_, wish, random_); }
  store::MemberAccess MustAccess(const MemberWish& wish = {}) {
    auto access = Access(wish);
    EXPECT_TRUE(access.has_value()) << access.error().message;
    return *access;
  }
  model::Integration Member(const store::MemberAccess& access) {
    auto member = MemberRoleOf(integration_, access, *model::AccountId::Parse("222222222222"));
    EXPECT_TRUE(member.has_value()) << member.error().message;
    return *member;
  }
  static std::vector<std::string> PacksOf(const model::Integration& integration) {
    std::vector<std::string> names;
    for (const model::CapabilityChoice& choice : integration.capabilities) names.push_back(choice.name);
    return names;
  }
  static std::string PoliciesText(const model::Integration& integration) {
    const auto policies = PoliciesFor(integration);
    EXPECT_TRUE(policies.has_value());
    std::string text;
    for (const NamedPolicy& named : *policies) text += policy::Print(named.document) + "\n";
    return text;
  }

  base::SystemRandom random_;
  model::Integration integration_ = fakes::SampleIntegration();
};

TEST_F(MemberRolesTest, MembersHaveAnExternalIdOfTheirOwn) {
  const store::MemberAccess access = MustAccess();
  ASSERT_NE(integration_.CurrentExternalId(), nullptr);
  EXPECT_NE(access.external_id, integration_.CurrentExternalId()->value.text());
  EXPECT_NE(access.external_id, MustAccess().external_id);
  const model::Integration member = Member(access);
  ASSERT_EQ(member.external_ids.size(), 1U);
  EXPECT_EQ(member.external_ids[0].value.text(), access.external_id);
}

TEST_F(MemberRolesTest, TheRoleOfAMemberIsInItsAccount) {
  const model::Integration member = Member(MustAccess({.role_name = "Us", .role_path = "/a/"}));
  EXPECT_EQ(member.role_arn->text(), "arn:aws:iam::222222222222:role/a/Us");
  EXPECT_EQ(member.principal_arn, integration_.principal_arn);
}

TEST_F(MemberRolesTest, DiscoveryMayListAndWhatWasChosenForSessionsIsTheMembers) {
  const store::MemberAccess access = MustAccess();
  const model::Integration discovery = DiscoveryRoleOf(integration_, access);
  EXPECT_EQ(PacksOf(discovery), (std::vector<std::string>{"self_check", "organization"}));
  EXPECT_EQ(PacksOf(Member(access)), (std::vector<std::string>{"self_check", "read_only"}));
  EXPECT_FALSE(PoliciesText(discovery).contains("sts:AssumeRole"));
}

TEST_F(MemberRolesTest, AChainedMemberTrustsTheDiscoveryRoleAndLivesAnHour) {
  const store::MemberAccess access = MustAccess({.role_name = "Us", .via = "discovery_role"});
  const model::Integration member = Member(access);
  EXPECT_EQ(member.principal_arn, integration_.ExpectedRoleArn()->text());
  EXPECT_EQ(member.duration, std::chrono::seconds(3600));
  // The discovery role may assume these roles and no others.
  EXPECT_TRUE(PoliciesText(DiscoveryRoleOf(integration_, access)).contains(R"("Resource":"arn:aws:iam::*:role/crossrole/Us")"));
}

TEST_F(MemberRolesTest, WithoutAKnownDiscoveryAccountAChainedMemberCannotBeMade) {
  const store::MemberAccess access = MustAccess({.via = "discovery_role"});
  integration_.account_id.reset();
  integration_.role_arn.reset();
  EXPECT_EQ(MemberRoleOf(integration_, access, std::nullopt).error().reason, "integration.pending");
}

TEST_F(MemberRolesTest, TheRoleThatAwsMakesIsEnteredThroughDiscoveryOnlyAndGetsNoTags) {
  const std::string name(kAwsMemberRole);
  EXPECT_EQ(Access({.role_name = name}).error().field, "member.via");
  EXPECT_EQ(Access({.role_name = name, .via = "direct"}).error().field, "member.via");
  const store::MemberAccess access = MustAccess({.role_name = name, .via = "discovery_role"});
  EXPECT_EQ(access.role_path, "/");
  const model::Integration member = Member(access);
  EXPECT_FALSE(member.session_tags || member.source_identity);
}

TEST_F(MemberRolesTest, NamesThatIamOrTheManagementAccountRefuseAreRefused) {
  EXPECT_EQ(Access({.role_name = "no such"}).error().field, "member.role_name");
  EXPECT_EQ(Access({.role_path = "x"}).error().field, "member.role_path");
  EXPECT_EQ(Access({.via = "magic"}).error().field, "member.via");
  EXPECT_EQ(Access({.role_name = integration_.role.role_name}).error().field, "member.role_name");
}

}  // namespace
}  // namespace crossrole::integration
