// SPDX-License-Identifier: Apache-2.0
#include "integration/members/bundle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>

#include "base/json.h"
#include "fakes/sample_integration.h"
#include "golden/golden_file.h"
#include "integration/members/roles.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;

class BundleTest : public testing::TestWithParam<store::MemberVia> {
 protected:
  BundleTest() {
    integration_.kind = model::IntegrationKindOf::kOrganization;
    integration_.capabilities = {{.name = "self_check"}, {.name = "read_only"}, {.name = "organization"}};
    access_.via = GetParam();
  }

  model::Integration Member() const {
    auto member = MemberRoleOf(integration_, access_, std::nullopt);
    EXPECT_TRUE(member.has_value());
    member->kind = model::IntegrationKindOf::kOrganization;
    return *member;
  }
  std::string Bundle(const std::string& format, const std::string& next = "") const {
    const auto made = MakeBundle(DiscoveryRoleOf(integration_, access_), Member(), fakes::SampleTenantHandle(),
                                 {.format = format, .next_principal_arn = next});
    EXPECT_TRUE(made.has_value());
    return made->body;
  }
  std::string StackSet(const std::string& mode) const {
    const auto made =
        MakeArtefact(ArtefactMethod::kCloudformationStackset, Member(), fakes::SampleTenantHandle(), {.format = "json", .mode = mode});
    EXPECT_TRUE(made.has_value());
    return made->body;
  }

  model::Integration integration_ = fakes::SampleIntegration();
  store::MemberAccess access_{.integration = integration_.id,
                              .role_path = "/crossrole/",
                              .role_name = "CrossroleMember-sample",
                              .external_id = "member-external-id-of-the-sample"};
};

TEST_P(BundleTest, TemplatesAreTheGoldenFiles) {
  const std::string folder = "tests/golden/organization/" + std::string(store::NameOf(access_.via)) + "/";
  golden::Expect(folder + "bundle.yaml", Bundle("yaml"));
  golden::Expect(folder + "bundle.json", Bundle("json"));
  golden::Expect(folder + "service.json", StackSet("service"));
  golden::Expect(folder + "self.json", StackSet("self"));
}

TEST_P(BundleTest, TheStackSetMakesTheRoleThatTheStackSetTemplateMakes) {
  const json::value bundle = *base::ParseJson(Bundle("json"));
  const json::object& properties = bundle.at("Resources").at("Members").at("Properties").as_object();
  json::value alone = *base::ParseJson(StackSet("service"));
  alone.at("Metadata").at("Crossrole").as_object().erase("StackSet");
  EXPECT_EQ(*base::ParseJson(properties.at("TemplateBody").as_string()), alone);
  // What the stack is told about the role goes for all accounts.
  for (const auto& parameter : alone.at("Parameters").as_object()) {
    const std::string name = "Member" + std::string(parameter.key());
    const json::object wanted{{"ParameterKey", parameter.key()}, {"ParameterValue", json::object{{"Ref", name}}}};
    const json::array& given = properties.at("Parameters").as_array();
    EXPECT_NE(std::find(given.begin(), given.end(), json::value(wanted)), given.end()) << name;
    EXPECT_EQ(bundle.at("Parameters").at(name), parameter.value());
  }
}

TEST_P(BundleTest, OurNextPrincipalIsTrustedWhereOurPrincipalIs) {
  const std::string next = "arn:aws:iam::999999999999:role/next";
  const json::value bundle = *base::ParseJson(Bundle("json", next));
  const json::object& resources = bundle.at("Resources").as_object();
  const auto trusts = [&](const char* role) {
    return base::PrintJson(resources.at(role).at("Properties").at("AssumeRolePolicyDocument")).contains(next);
  };
  const bool is_chained = GetParam() == store::MemberVia::kDiscoveryRole;
  EXPECT_TRUE(trusts("Role"));
  EXPECT_EQ(trusts("MemberRole"), !is_chained);
  const auto& inner = resources.at("Members").at("Properties").at("TemplateBody").as_string();
  EXPECT_EQ(std::string_view(inner).contains(next), !is_chained);
}

INSTANTIATE_TEST_SUITE_P(Vias, BundleTest, testing::Values(store::MemberVia::kDirect, store::MemberVia::kDiscoveryRole),
                         [](const auto& tested) { return std::string(store::NameOf(tested.param)); });

}  // namespace
}  // namespace crossrole::integration
