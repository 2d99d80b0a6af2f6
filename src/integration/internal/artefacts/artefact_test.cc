// SPDX-License-Identifier: Apache-2.0
#include "integration/artefact.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "fakes/sample_integration.h"
#include "golden/golden_file.h"
#include "integration/internal/blueprint.h"
#include "integration/internal/names.h"
#include "policy/parse.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;
using fakes::SampleIntegration;
using fakes::SamplePerRun;
using fakes::SampleTenantHandle;

Artefact Make(ArtefactMethod method, const model::Integration& integration, const ArtefactQuery& query = {}) {
  auto made = MakeArtefact(method, integration, SampleTenantHandle(), query);
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  return made ? *made : Artefact{};
}

base::Error Refusal(ArtefactMethod method, const model::Integration& integration, const ArtefactQuery& query = {}) {
  const auto made = MakeArtefact(method, integration, SampleTenantHandle(), query);
  EXPECT_FALSE(made.has_value());
  return made ? base::Error{} : made.error();
}

// Everything that an operator may say, and a permission list that needs two policies.
model::Integration Elaborate() {
  model::Integration sample = SampleIntegration();
  sample.capabilities = {
      {.name = "self_check"},
      {.name = "account_alias"},
      {.name = "read_only"},
      {.name = "cost"},
      {.name = "terraform_state",
       .parameters = {{"bucket", "acme-state"}, {"key_prefix", "live/"}, {"dynamodb_table", "locks"}}}};
  sample.role.description = "Broker's \"role\": `one` of $HOME, 100 %";
  sample.role.tags = {{"cost centre", "4711 = A"}, {"owner", "ops@example.com"}};
  sample.role.permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary";
  sample.role.managed_policy_arns = {"arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"};
  sample.role.policy_document =
      R"({"Version":"2012-10-17","Statement":{"Sid":"Own","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme/${aws:PrincipalTag/team}/*","Condition":{"StringEquals":{"aws:ResourceTag/it's":"a \"b\" %{c}"}}}})";
  sample.duration = std::chrono::hours(2);
  return sample;
}

struct GoldenCase {
  std::string_view file;
  ArtefactMethod method;
  ArtefactQuery query{};
};

const std::array<GoldenCase, 9> kGolden = {
    {{"template.yaml", ArtefactMethod::kCloudformation},
     {"template.json", ArtefactMethod::kCloudformation, {.format = "json"}},
     {"main.tf", ArtefactMethod::kTerraform},
     {"connect.sh", ArtefactMethod::kCli},
     {"cloudshell.txt", ArtefactMethod::kCloudshell},
     {"console.md", ArtefactMethod::kConsole},
     {"trust.json", ArtefactMethod::kTrustPolicy},
     {"permission.json", ArtefactMethod::kPermissionPolicy},
     {"quick-create.json",
      ArtefactMethod::kQuickCreate,
      {.template_url = "https://templates.s3.amazonaws.com/{integration}.yaml"}}}};

void CompareAll(std::string_view folder, const model::Integration& integration) {
  for (const GoldenCase& wanted : kGolden) {
    golden::Expect("tests/golden/artefacts/" + std::string(folder) + "/" + std::string(wanted.file),
                   Make(wanted.method, integration, wanted.query).body);
  }
}

TEST(ArtefactTest, PlainOnesAreTheGoldenFiles) { CompareAll("plain", SampleIntegration()); }

TEST(ArtefactTest, ElaborateOnesAreTheGoldenFiles) { CompareAll("elaborate", Elaborate()); }

TEST(ArtefactTest, OnesForAnUnknownAccountAreTheGoldenFiles) {
  model::Integration sample = SampleIntegration();
  sample.account_id.reset();
  sample.partition = model::Partition::kAwsUsGov;
  sample.region = "us-gov-east-1";
  sample.principal_arn = "arn:aws-us-gov:iam::999999999999:role/crossrole/broker";
  CompareAll("unknown-account", sample);
}

TEST(ArtefactTest, PerRunOnesAreTheGoldenFiles) { CompareAll("per-run", SamplePerRun()); }

TEST(ArtefactTest, TheSameIntegrationGivesTheSameBytes) {
  for (const GoldenCase& wanted : kGolden) {
    EXPECT_EQ(Make(wanted.method, Elaborate(), wanted.query).body, Make(wanted.method, Elaborate(), wanted.query).body);
  }
}

TEST(ArtefactTest, TheVersionChangesWithWhatIsMadeAndStandsInEveryArtefact) {
  model::Integration changed = SampleIntegration();
  changed.capabilities.push_back({.name = "account_alias"});
  const std::string before = Make(ArtefactMethod::kCli, SampleIntegration()).version;
  EXPECT_NE(before, Make(ArtefactMethod::kCli, changed).version);
  for (const auto method : {ArtefactMethod::kCloudformation, ArtefactMethod::kTerraform, ArtefactMethod::kCli,
                            ArtefactMethod::kCloudshell}) {
    EXPECT_TRUE(Make(method, SampleIntegration()).body.contains(before)) << NameOf(method);
  }
}

TEST(ArtefactTest, NamesAndLabelsDoNotChangeTheVersion) {
  model::Integration renamed = SampleIntegration();
  renamed.name = "Another name";
  renamed.labels = {"x"};
  EXPECT_EQ(Make(ArtefactMethod::kCli, SampleIntegration()).version, Make(ArtefactMethod::kCli, renamed).version);
}

TEST(ArtefactTest, TrustPolicyHasTheConditionOnAssumeRoleOnly) {
  const auto trust =
      policy::Parse(Make(ArtefactMethod::kTrustPolicy, SampleIntegration()).body, policy::DocumentKind::kTrust);
  ASSERT_TRUE(trust.has_value());
  ASSERT_EQ(trust->statements.size(), 2U);
  EXPECT_EQ(trust->statements[0].action.patterns, std::vector<std::string>{"sts:AssumeRole"});
  ASSERT_EQ(trust->statements[0].conditions.size(), 1U);
  EXPECT_EQ(trust->statements[0].conditions[0].values, std::vector<std::string>{std::string(fakes::kSampleExternalId)});
  EXPECT_EQ(trust->statements[1].action.patterns,
            (std::vector<std::string>{"sts:TagSession", "sts:SetSourceIdentity"}));
  EXPECT_TRUE(trust->statements[1].conditions.empty());
}

TEST(ArtefactTest, TrustAcceptsBothValuesDuringARotation) {
  model::Integration rotating = SampleIntegration();
  rotating.external_ids[0].state = model::ExternalIdState::kPrevious;
  rotating.external_ids.push_back({.value = fakes::Must(model::ExternalId::Parse("t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:new"))});
  rotating.external_ids.push_back({.value = fakes::Must(model::ExternalId::Parse("t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:burnt")),
                                   .state = model::ExternalIdState::kRetired});
  const auto trust = policy::Parse(Make(ArtefactMethod::kTrustPolicy, rotating).body, policy::DocumentKind::kTrust);
  ASSERT_TRUE(trust.has_value());
  EXPECT_EQ(trust->statements[0].conditions[0].values,
            (std::vector<std::string>{"t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:new", std::string(fakes::kSampleExternalId)}));
  const json::value tree = *base::ParseJson(Make(ArtefactMethod::kCloudformation, rotating, {.format = "json"}).body);
  const json::value& values = tree.at_pointer(
      "/Resources/Role/Properties/AssumeRolePolicyDocument/Statement/0/Condition/StringEquals/sts:ExternalId");
  EXPECT_EQ(base::PrintJson(values), "[{\"Ref\":\"ExternalId\"},\"" + std::string(fakes::kSampleExternalId) + "\"]");
}

TEST(ArtefactTest, PerRunTrustIsOfferedForAnyOneSeveralAndExactStacks) {
  const std::string own = "acme@int_01JD3EB0000000000000000ABC@";
  const auto values = [&](ArtefactQuery query) {
    const auto trust =
        policy::Parse(Make(ArtefactMethod::kTrustPolicy, SamplePerRun(), query).body, policy::DocumentKind::kTrust);
    return trust ? trust->statements[0].conditions[0] : policy::Condition{};
  };
  EXPECT_EQ(values({}).values, std::vector<std::string>{own + "*"});
  EXPECT_EQ(values({.scope = "any"}).op, policy::Operator::kStringLike);
  EXPECT_EQ(values({.stacks = {"vpc"}}).values, std::vector<std::string>{own + "vpc@*"});
  EXPECT_EQ(values({.scope = "stack", .stacks = {"vpc,app", "db"}}).values,
            (std::vector<std::string>{own + "app@*", own + "db@*", own + "vpc@*"}));
  EXPECT_EQ(values({.scope = "exact", .stacks = {"vpc"}}).values,
            (std::vector<std::string>{own + "vpc@read", own + "vpc@write"}));
  EXPECT_EQ(values({.scope = "exact", .stacks = {"vpc"}}).op, policy::Operator::kStringEquals);
}

TEST(ArtefactTest, ScopesThatMakeNoSenseAreRefused) {
  EXPECT_EQ(Refusal(ArtefactMethod::kTrustPolicy, SamplePerRun(), {.scope = "exact"}).field, "stack");
  EXPECT_EQ(Refusal(ArtefactMethod::kTrustPolicy, SamplePerRun(), {.scope = "some"}).field, "scope");
  EXPECT_EQ(Refusal(ArtefactMethod::kTrustPolicy, SamplePerRun(), {.stacks = {"Bad@slug"}}).field, "stack");
  EXPECT_EQ(Refusal(ArtefactMethod::kTrustPolicy, SampleIntegration(), {.stacks = {"vpc"}}).field, "stack");
  EXPECT_EQ(Refusal(ArtefactMethod::kCloudformation, SampleIntegration(), {.format = "xml"}).field, "format");
}

TEST(ArtefactTest, ATrustPolicyLongerThanIamTakesIsRefused) {
  ArtefactQuery query{.scope = "exact"};
  for (int i = 0; i < 40; ++i) query.stacks.push_back("stack-number-" + std::to_string(i));
  EXPECT_EQ(Refusal(ArtefactMethod::kTrustPolicy, SamplePerRun(), query).code, base::Code::kInvalidArgument);
}

// A role with as many managed policies, one of them our own.
model::Integration WithPolicies(std::size_t number) {
  model::Integration sample = SampleIntegration();
  for (std::size_t i = 1; i < number; ++i) sample.role.managed_policy_arns.push_back("arn:aws:iam::aws:policy/Policy" + std::to_string(i));
  return sample;
}

TEST(ArtefactTest, MorePoliciesThanTheDefaultQuotaAreWarnedOf) {
  constexpr std::string_view kWords = "11 managed policies";
  for (const GoldenCase& wanted : kGolden) {
    EXPECT_TRUE(Make(wanted.method, WithPolicies(10), wanted.query).warnings.empty()) << wanted.file;
    const Artefact artefact = Make(wanted.method, WithPolicies(11), wanted.query);
    ASSERT_EQ(artefact.warnings.size(), 1U) << wanted.file;
    EXPECT_TRUE(artefact.warnings.front().contains("11 managed policies")) << artefact.warnings.front();
    // Documents that are policies, or an answer for programs, have no room for it.
    const bool has_room = !wanted.file.ends_with(".json") || wanted.file == "template.json";
    EXPECT_EQ(artefact.body.contains(kWords), has_room) << wanted.file;
  }
}

TEST(ArtefactTest, AsManyPoliciesAsAwsCanAllowAreTakenAndNoMore) {
  EXPECT_TRUE(CheckPolicies(WithPolicies(25)).has_value());
  EXPECT_EQ(Make(ArtefactMethod::kCli, WithPolicies(25)).warnings.size(), 1U);
  const auto refused = CheckPolicies(WithPolicies(26));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().field, "managed_policy_arns");
  EXPECT_EQ(Refusal(ArtefactMethod::kCli, WithPolicies(26)).field, "managed_policy_arns");
}

// Policies of its own with about as many bytes.
model::Integration WithLongPolicies(std::size_t bytes) {
  model::Integration sample = SampleIntegration();
  std::string statements;
  for (std::size_t i = 0; statements.size() < bytes; ++i) {
    statements += (i == 0 ? "" : ",") + std::string(R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::)") + std::string(900, 'b') + "\"}";
  }
  sample.role.policy_document = R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
  return sample;
}

TEST(ArtefactTest, TemplatesThatAreTooLongForAFileSaySo) {
  for (const std::string_view format : {"json", "yaml"}) {
    const ArtefactQuery query{.format = std::string(format)};
    EXPECT_TRUE(Make(ArtefactMethod::kCloudformation, WithLongPolicies(20000), query).warnings.empty());
    const Artefact artefact = Make(ArtefactMethod::kCloudformation, WithLongPolicies(52000), query);
    EXPECT_GT(artefact.body.size(), 51200U);
    ASSERT_EQ(artefact.warnings.size(), 1U);
    EXPECT_TRUE(artefact.warnings.front().contains("--s3-bucket")) << artefact.warnings.front();
    EXPECT_TRUE(artefact.body.contains("Warnings")) << format;
  }
  EXPECT_TRUE(Make(ArtefactMethod::kTerraform, WithLongPolicies(52000)).warnings.empty());
}

TEST(ArtefactTest, MethodsOfOtherKindsNameTheAvailableOnes) {
  for (const auto method :
       {ArtefactMethod::kCloudformationStackset, ArtefactMethod::kCloudformationBundle, ArtefactMethod::kKubernetes}) {
    const base::Error error = Refusal(method, SampleIntegration());
    EXPECT_EQ(error.code, base::Code::kFailedPrecondition);
    EXPECT_EQ(error.reason, "setup.method_unavailable");
    EXPECT_EQ(error.details.at("methods"), MethodsFor(model::IntegrationKindOf::kAccount));
  }
}

TEST(ArtefactTest, QuickCreateWithoutATemplateAddressNamesTheOthers) {
  const base::Error error = Refusal(ArtefactMethod::kQuickCreate, SampleIntegration());
  EXPECT_EQ(error.code, base::Code::kFailedPrecondition);
  EXPECT_EQ(error.reason, "setup.no_template_url");
  EXPECT_TRUE(error.fix.contains("cloudformation, terraform, cli")) << error.fix;
}

TEST(ArtefactTest, QuickCreateOpensTheConsoleOfThePartition) {
  model::Integration china = SampleIntegration();
  china.partition = model::Partition::kAwsCn;
  china.region = "cn-north-1";
  const json::value answer = *base::ParseJson(
      Make(ArtefactMethod::kQuickCreate, china, {.template_url = "https://x.s3.cn-north-1.amazonaws.com.cn/t.yaml"})
          .body);
  EXPECT_TRUE(answer.at("url").as_string().starts_with(
      "https://cn-north-1.console.amazonaws.cn/cloudformation/home?region=cn-north-1#/stacks/"
      "quickcreate?templateURL=https%3A%2F%2F"));
}

TEST(ArtefactTest, MethodsAreFoundByName) {
  EXPECT_EQ(*ParseArtefactMethod("quick-create"), ArtefactMethod::kQuickCreate);
  EXPECT_EQ(ParseArtefactMethod("teraform").error().fix, "did you mean terraform?");
  EXPECT_EQ(ParseArtefactMethod("teraform").error().code, base::Code::kNotFound);
}

TEST(ArtefactTest, TheStackNameHasNoUnderscore) {
  EXPECT_EQ(StackName(SampleIntegration().handle, SampleIntegration().id), "crossrole-prod-eu-0000000ABC");
}

TEST(ArtefactTest, TextsThatCloudformationWouldResolveAreRefused) {
  model::Integration sample = SampleIntegration();
  sample.role.description = "{{resolve:secretsmanager:prod}}";
  EXPECT_EQ(Refusal(ArtefactMethod::kCloudformation, sample).field, "role_description");
  sample = SampleIntegration();
  sample.role.policy_document =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"Fn::Sub":"${AWS::StackId}"}}}})";
  EXPECT_EQ(Refusal(ArtefactMethod::kCloudformation, sample).field, "policy_document");
}

}  // namespace
}  // namespace crossrole::integration
