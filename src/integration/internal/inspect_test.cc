// SPDX-License-Identifier: Apache-2.0
#include "integration/inspect.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "fakes/integration_lab.h"
#include "fakes/sample_integration.h"
#include "integration/artefact.h"
#include "integration/capabilities.h"
#include "integration/create.h"
#include "integration/find.h"
#include "integration/verify.h"

namespace crossrole::integration {
namespace {

using fakes::IntegrationLab;

using Actions = std::vector<std::string>;

constexpr std::string_view kSelf = R"("iam:GetRole","iam:ListAttachedRolePolicies","iam:ListRolePolicies")";

class InspectTest : public testing::Test {
 protected:
  // Verifies a role that has the capabilities `chosen` and these statements, as JSON.
  Verification VerifyRole(const Actions& chosen, const std::string& statements) {
    std::vector<model::CapabilityChoice> capabilities;
    for (const std::string& name : chosen) capabilities.push_back({.name = name});
    const model::Integration integration =
        lab_.Create(CreateRequest{.handle = "prod", .account_id = lab_.aws().Id(1), .capabilities = capabilities}, lab_.actor());
    const std::string trust =
        fakes::Must(MakeArtefact(ArtefactMethod::kTrustPolicy, integration, fakes::SampleTenantHandle(), {})).body;
    lab_.aws().Must<aws::iam::CreateRole>(lab_.aws().Admin(1), {.path = integration.role.role_path,
                                                                .role_name = integration.role.role_name,
                                                                .assume_role_policy_document = trust});
    lab_.aws().Must<aws::iam::PutRolePolicy>(
        lab_.aws().Admin(1), {.role_name = integration.role.role_name,
                              .policy_name = "Own",
                              .policy_document = R"({"Version":"2012-10-17","Statement":[)" + statements + "]}"});
    return fakes::Must(lab_.verifier().Verify(lab_.actor(), "prod", {}));
  }
  static std::string Allowing(const std::string& actions) {
    return R"({"Effect":"Allow","Resource":"*","Action":[)" + actions + "]}";
  }
  static const CapabilityResult& Of(const Verification& verification, std::string_view name) {
    const auto found = std::ranges::find(verification.inspection.capabilities, name, &CapabilityResult::name);
    CHECK(found != verification.inspection.capabilities.end());
    return *found;
  }
  static bool Found(const Verification& verification, std::string_view code) {
    return std::ranges::any_of(verification.findings, [&](const Finding& finding) { return finding.code == code; });
  }

  IntegrationLab lab_;
};

TEST_F(InspectTest, APatternThatWasNotGrantedIsMissing) {
  std::string granted;
  for (const std::string& action : ActionsFor("cost")) {
    if (action != "ce:Get*" && action != "budgets:ViewBudget") granted += ",\"" + action + "\"";
  }
  const Verification verification =
      VerifyRole({"self_check", "cost"}, Allowing(std::string(kSelf) + R"(,"iam:SimulatePrincipalPolicy")" + granted));
  EXPECT_TRUE(Of(verification, "self_check").missing_actions.empty());
  Actions missing = Of(verification, "cost").missing_actions;
  std::ranges::sort(missing);
  EXPECT_EQ(missing, (Actions{"budgets:ViewBudget", "ce:Get*"}));
  EXPECT_TRUE(Of(verification, "cost").unchecked_actions.empty());
  EXPECT_TRUE(Found(verification, "capability.missing_actions"));
}

TEST_F(InspectTest, ACapabilityThatNobodyCanCheckIsSaidToBeSo) {
  const Verification verification = VerifyRole({"self_check", "cost"}, Allowing(std::string(kSelf)));
  EXPECT_EQ(Of(verification, "self_check").missing_actions, Actions{"iam:SimulatePrincipalPolicy"});
  EXPECT_TRUE(Of(verification, "cost").missing_actions.empty());
  EXPECT_EQ(Of(verification, "cost").unchecked_actions.size(), ActionsFor("cost").size());
  const boost::json::value json = ToJson(verification);
  const auto& row = json.at("capabilities").as_array().at(1);
  EXPECT_EQ(row.at("name").as_string(), "cost");
  EXPECT_FALSE(row.at("ok").as_bool());
  EXPECT_TRUE(row.at("missing_actions").as_array().empty());
  // Without an answer there is no finding: only the one about the simulation itself.
  EXPECT_TRUE(Found(verification, "capability.missing_actions"));
  EXPECT_TRUE(verification.ok);
}

TEST_F(InspectTest, WhatIsGrantedByOtherWordsIsNotMissing) {
  const Verification verification = VerifyRole({"self_check", "read_only"}, Allowing(R"("*")"));
  for (const CapabilityResult& capability : verification.inspection.capabilities) {
    EXPECT_TRUE(capability.missing_actions.empty() && capability.unchecked_actions.empty()) << capability.name;
  }
  EXPECT_FALSE(Found(verification, "capability.missing_actions"));
}

}  // namespace
}  // namespace crossrole::integration
