// SPDX-License-Identifier: Apache-2.0
#include "integration/capabilities.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "fakes/sample_integration.h"
#include "golden/golden_file.h"
#include "integration/internal/blueprint.h"
#include "integration/internal/names.h"
#include "policy/parse.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

using fakes::SampleIntegration;

model::CapabilityChoice State(std::map<std::string, std::string> parameters) {
  return {.name = "terraform_state", .parameters = std::move(parameters)};
}

base::Error Refusal(std::vector<model::CapabilityChoice> choices) {
  const auto status = CheckCapabilities(choices);
  EXPECT_FALSE(status.has_value());
  return status ? base::Error{} : status.error();
}

TEST(PackTableTest, EveryStatementIsWholeAndItsSidUnique) {
  std::set<std::string_view> sids;
  for (const Pack& pack : Packs()) {
    EXPECT_FALSE(pack.purpose.empty() || pack.version.empty() || pack.statements.empty()) << pack.name;
    for (const PackStatement& statement : pack.statements) {
      EXPECT_TRUE(sids.insert(statement.sid).second) << statement.sid;
      EXPECT_TRUE(statement.why.ends_with('.')) << statement.sid;
      EXPECT_TRUE(std::ranges::is_sorted(statement.actions)) << statement.sid;
    }
  }
}

TEST(PackTableTest, UsedPacksHaveNoWildcardsAndSelfCheckTouchesTheRoleOnly) {
  for (const Pack& pack : Packs()) {
    if (pack.use != PackUse::kUsed) continue;
    for (const std::string& action : ActionsFor(pack.name)) EXPECT_FALSE(action.contains('*')) << action;
  }
  for (const PackStatement& statement : FindPack("self_check")->statements)
    EXPECT_EQ(statement.scope, PackScope::kOwnRole);
}

TEST(PackTableTest, SelfCheckAloneIsOnByDefault) {
  EXPECT_EQ(DefaultCapabilities(), std::vector<model::CapabilityChoice>{{.name = "self_check"}});
}

TEST(PackTableTest, TheReferencePageIsMadeFromIt) {
  golden::Expect("docs/reference/capabilities.md", CapabilitiesPage());
}

TEST(PackTableTest, AnItemOfTheApiHasTheStatements) {
  const boost::json::value item = ToJson(Packs().front());
  EXPECT_EQ(item.at("statements").as_array()[0].at("actions").as_array()[0].as_string(), "iam:GetRole");
}

TEST(PackTableTest, RequiredActionsAreNamedWithTheirReason) {
  const std::vector<std::string> names = {"self_check", "account_alias"};
  const auto text = RequiredActionsText(names);
  ASSERT_TRUE(text.has_value());
  for (const std::string& name : names) {
    for (const std::string& action : ActionsFor(name)) EXPECT_TRUE(text->contains("    " + action + "\n")) << action;
  }
  EXPECT_EQ(RequiredActionsText(std::vector<std::string>{"nothing"}).error().code, base::Code::kNotFound);
}

TEST(CheckCapabilitiesTest, UnknownOnesNameTheNearest) {
  EXPECT_TRUE(Refusal({{.name = "self_chek"}}).fix.starts_with("did you mean self_check?"));
  EXPECT_EQ(Refusal({{.name = "inventory"}}).field, "capabilities");
  EXPECT_EQ(Refusal({{.name = "cost"}, {.name = "cost"}}).message, "capability `cost` is named twice");
}

TEST(CheckCapabilitiesTest, ParametersAreChecked) {
  EXPECT_TRUE(CheckCapabilities(std::vector{State({{"bucket", "acme-state"}})}).has_value());
  EXPECT_TRUE(Refusal({State({})}).message.contains("needs the parameter `bucket`"));
  EXPECT_TRUE(Refusal({State({{"bucket", "b*"}})}).message.contains("is not a valid bucket"));
  EXPECT_TRUE(
      Refusal({State({{"bucket", "acme"}, {"key_prefix", "${aws:username}/"}})}).message.contains("key_prefix"));
  EXPECT_TRUE(Refusal({State({{"bucket", "acme"}, {"dynamodb_table", "a/b"}})}).message.contains("dynamodb_table"));
  EXPECT_TRUE(Refusal({{.name = "cost", .parameters = {{"bucket", "acme"}}}}).message.contains("has no parameter"));
}

TEST(RequirementsTest, AreTheActionsOnTheirResources) {
  const PackPlace place{.account = "111122223333", .own_role_arn = "arn:aws:iam::111122223333:role/R"};
  const auto own = RequirementsOf({.name = "self_check"}, place);
  ASSERT_EQ(own.size(), ActionsFor("self_check").size());
  for (const Requirement& one : own) EXPECT_EQ(one.resource, place.own_role_arn);
  const auto state = RequirementsOf(State({{"bucket", "acme"}, {"key_prefix", "live/"}}), place);
  EXPECT_EQ(state.front(),
            (Requirement{.action = "s3:ListBucket", .asked_as = "s3:ListBucket", .resource = "arn:aws:s3:::acme"}));
  EXPECT_TRUE(std::ranges::none_of(state, [](const Requirement& one) { return one.action.starts_with("dynamodb:"); }));
}

TEST(RequirementsTest, PatternsAreAskedAboutByAnActionThatTheyCover) {
  const PackPlace place{.account = "111122223333", .own_role_arn = "arn:aws:iam::111122223333:role/R"};
  for (const std::string_view pack : {"read_only", "cost"}) {
    for (const Requirement& one : RequirementsOf({.name = std::string(pack)}, place)) {
      EXPECT_TRUE(!one.asked_as.empty() && !one.asked_as.contains('*')) << one.action;
      EXPECT_TRUE(one.asked_as.starts_with(one.action.substr(0, one.action.find('*')))) << one.action;
    }
  }
}

TEST(PoliciesTest, AreWithinTheLimitsOfIamAndKeepEveryStatement) {
  model::Integration sample = SampleIntegration();
  sample.capabilities = {{.name = "self_check"}, {.name = "read_only"}, {.name = "cost"}, State({{"bucket", "acme"}})};
  std::string own = R"({"Version":"2008-10-17","Statement":[)";
  for (int i = 0; i < 12; ++i) {
    own += (i == 0 ? "" : ",") + std::string(R"({"Effect":"Allow","Action":"s3:Get*","Resource":["arn:aws:s3:::)") +
           std::string(900, 'b') + std::to_string(i) + R"("]})";
  }
  sample.role.policy_document = own + "]}";
  const auto policies = PoliciesFor(sample);
  ASSERT_TRUE(policies.has_value()) << policies.error().message;
  std::size_t statements = 0;
  std::set<std::string> names;
  for (const NamedPolicy& named : *policies) {
    const std::string text = policy::Print(named.document);
    EXPECT_LE(policy::CountedSize(text), policy::kManagedPolicySize);
    EXPECT_TRUE(policy::Parse(text, policy::DocumentKind::kIdentity).has_value());
    EXPECT_TRUE(names.insert(named.name).second);
    statements += named.document.statements.size();
  }
  EXPECT_EQ(statements, 3U + 6U + 3U + 3U + 12U);
  EXPECT_EQ(policies->front().name, "CrossrolePolicy-0000000ABC");
  EXPECT_EQ((*policies)[1].name, "CrossrolePolicy-0000000ABC-2");
  EXPECT_EQ(policies->back().document.version, policy::Version::k2008);
}

TEST(PoliciesTest, OneStatementThatIsTooLongIsRefused) {
  model::Integration sample = SampleIntegration();
  sample.role.policy_document =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::)" +
      std::string(6200, 'b') + R"("}})";
  EXPECT_EQ(MakeBlueprint(sample, fakes::SampleTenantHandle()).error().field, "policy_document");
}

TEST(PoliciesTest, TheOrderOfTheChoiceDoesNotMatter) {
  model::Integration one = SampleIntegration();
  one.capabilities = {{.name = "cost"}, {.name = "self_check"}};
  model::Integration other = SampleIntegration();
  other.capabilities = {{.name = "self_check"}, {.name = "cost"}};
  EXPECT_EQ(MakeBlueprint(one, fakes::SampleTenantHandle())->version,
            MakeBlueprint(other, fakes::SampleTenantHandle())->version);
}

TEST(PoliciesTest, APathCannotBringVariablesIntoThePolicy) {
  model::Integration sample = SampleIntegration();
  sample.role.role_path = "/${aws:username}/";
  sample.role.role_path = "/$x/";
  EXPECT_EQ(OwnRoleResource(sample), "arn:aws:iam::111122223333:role/${$}x/Crossrole-0000000ABC");
}

TEST(NamesTest, PresetsHaveTheirVendorsNames) {
  const model::Integration sample = SampleIntegration();
  const auto names = [&](model::Preset preset) {
    const DefaultNames made = DefaultNamesFor(preset, sample.tenant, sample.id);
    EXPECT_TRUE(model::IsRoleName(made.role_name) && model::IsIamPath(made.role_path) &&
                model::IsPolicyName(made.policy_name));
    return made.role_path + made.role_name + " " + made.policy_name;
  };
  EXPECT_EQ(names(model::Preset::kCrossrole), "/crossrole/Crossrole-0000000ABC CrossrolePolicy-0000000ABC");
  EXPECT_EQ(names(model::Preset::kConvox), "/convox/ConvoxRole-t_01JD3E9ZK4M7Q2V8R5T6W9XYAB ConvoxPolicy");
  EXPECT_EQ(names(model::Preset::kTurbotPipes), "/turbot_pipes turbot_pipes-0000000ABC");
  EXPECT_EQ(names(model::Preset::kConductorone), "/ConductorOneIntegration ConductorOnePermissions");
  EXPECT_EQ(names(model::Preset::kSpacelift), "/spacelift-0000000ABC spacelift-0000000ABC");
  EXPECT_EQ(names(model::Preset::kCloudoptimo), "/CloudOptimo-0000000ABC CloudOptimoPolicy-0000000ABC");
  EXPECT_EQ(FreePolicyName(model::Preset::kConvox, "ConvoxPolicy", sample.id), "ConvoxPolicy-0000000ABC");
  EXPECT_EQ(FreePolicyName(model::Preset::kConvox, "Mine", sample.id), "");
  EXPECT_EQ(DefaultExternalIdFormat(model::Preset::kSpacelift), model::ExternalIdFormat::kPerRun);
  EXPECT_EQ(DefaultExternalIdFormat(model::Preset::kConvox), model::ExternalIdFormat::kAccount);
}

}  // namespace
}  // namespace crossrole::integration
