// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "aws/cloudformation.h"
#include "aws/organizations.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using namespace aws::cloudformation;
using namespace std::chrono_literals;
using aws::Credentials;
using fakes::Allow;
using fakes::SimLab;
namespace org = aws::organizations;

constexpr std::string_view kService = "member.org.stacksets.cloudformation.amazonaws.com";
constexpr std::string_view kTemplate = R"(
Parameters:
  Name: {Type: String, Default: FromSet}
  Only: {Type: String, Default: ''}
Rules:
  RightAccount:
    RuleCondition: !Not [!Equals [!Ref Only, '']]
    Assertions: [{Assert: !Equals [!Ref 'AWS::AccountId', !Ref Only], AssertDescription: for another account}]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref Name
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
)";

class StackSetTest : public testing::Test {
 protected:
  CreateStackSetInput Set(std::string name = "connect") {
    return {.stack_set_name = std::move(name), .template_body = std::string(kTemplate), .capabilities = {"CAPABILITY_NAMED_IAM"}};
  }
  CreateStackSetInput ServiceSet(bool retain = false) {
    CreateStackSetInput input = Set();
    input.permission_model = "SERVICE_MANAGED";
    input.auto_deployment = AutoDeployment{.enabled = true, .retain_stacks_on_account_removal = retain};
    return input;
  }
  CreateStackInstancesInput In(std::vector<std::string> accounts, std::string region = "us-east-1") {
    return {.stack_set_name = "connect", .accounts = std::move(accounts), .regions = {std::move(region)}};
  }
  CreateStackInstancesInput InUnit(const std::string& unit) {
    return {.stack_set_name = "connect", .deployment_targets = DeploymentTargets{.organizational_unit_ids = {unit}}, .regions = {"us-east-1"}};
  }
  static std::vector<Parameter> Value(std::string key, std::string value) {
    return {{.parameter_key = std::move(key), .parameter_value = std::move(value)}};
  }
  void Settle() { lab.clock().Advance(60s); }
  // The roles of self-managed sets: one in account 1, one in each of `targets`.
  void MakeRoles(const std::vector<std::size_t>& targets, std::string_view may = "*") {
    const std::string trust =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudformation.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
    const std::string admin_role = lab.MakeRole(1, "AWSCloudFormationStackSetAdministrationRole", trust);
    Grant(1, "AWSCloudFormationStackSetAdministrationRole", "sts:AssumeRole");
    for (const std::size_t index : targets) {
      lab.MakeRole(index, "AWSCloudFormationStackSetExecutionRole", fakes::TrustFor(admin_role));
      Grant(index, "AWSCloudFormationStackSetExecutionRole", may);
    }
  }
  void Grant(std::size_t index, const std::string& role, std::string_view actions) {
    lab.Must<aws::iam::PutRolePolicy>(lab.Admin(index), {.role_name = role, .policy_name = "may", .policy_document = Allow(actions)});
  }
  std::string StatusOf(const std::string& operation) {
    return lab.Must<DescribeStackSetOperation>(admin, {.stack_set_name = "connect", .operation_id = operation}).stack_set_operation->status.value();
  }
  StackInstance InstanceIn(const std::string& account) {
    return lab.Must<DescribeStackInstance>(admin, {.stack_set_name = "connect", .stack_instance_account = account, .stack_instance_region = "us-east-1"})
        .stack_instance.value_or(StackInstance{});
  }
  std::vector<std::string> AccountsOfInstances() {
    std::vector<std::string> accounts;
    for (const auto& each : lab.Must<ListStackInstances>(admin, {.stack_set_name = "connect"}).summaries) accounts.push_back(*each.account);
    return accounts;
  }
  bool HasRole(std::size_t index, const std::string& name = "FromSet") {
    return lab.Refusal<aws::iam::GetRole>(lab.Admin(index), {.role_name = name}).empty();
  }
  std::string Root() { return lab.Must<org::ListRoots>(admin, {}).roots.at(0).id; }
  std::string MakeUnit(const std::string& name) {
    return lab.Must<org::CreateOrganizationalUnit>(admin, {.parent_id = Root(), .name = name}).organizational_unit->id;
  }
  void Move(std::size_t index, const std::string& from, const std::string& to) {
    lab.Must<org::MoveAccount>(admin, {.account_id = lab.Id(index), .source_parent_id = from, .destination_parent_id = to});
  }
  std::vector<std::string> Results(const std::string& operation) {
    std::vector<std::string> statuses;
    for (const auto& each : lab.Must<ListStackSetOperationResults>(admin, {.stack_set_name = "connect", .operation_id = operation}).summaries) {
      statuses.push_back(*each.status);
    }
    return statuses;
  }

  SimLab lab{{.accounts = 6, .throttle = Throttle::kOff}};
  const Credentials admin = lab.Admin(1);
};

TEST_F(StackSetTest, MakesOrdinaryStacksByTheExecutionRole) {
  MakeRoles({2});
  lab.Must<CreateStackSet>(admin, Set());
  const std::string operation = lab.Must<CreateStackInstances>(admin, In({lab.Id(2)})).operation_id;
  EXPECT_EQ(StatusOf(operation), "RUNNING");
  EXPECT_EQ(InstanceIn(lab.Id(2)).status, "OUTDATED");
  EXPECT_EQ(lab.Refusal<CreateStackInstances>(admin, In({lab.Id(3)})), "OperationInProgressException");
  EXPECT_EQ(lab.Refusal<DeleteStackSet>(admin, {.stack_set_name = "connect"}), "OperationInProgressException");
  Settle();
  EXPECT_EQ(StatusOf(operation), "SUCCEEDED");
  const StackInstance instance = InstanceIn(lab.Id(2));
  EXPECT_EQ(instance.status, "CURRENT");
  EXPECT_EQ(instance.stack_instance_status->detailed_status, "SUCCEEDED");
  const auto stack = lab.Must<DescribeStacks>(lab.Admin(2), {.stack_name = *instance.stack_id}).stacks.at(0);
  EXPECT_TRUE(stack.stack_name.starts_with("StackSet-connect-")) << stack.stack_name;
  EXPECT_EQ(stack.stack_status, "CREATE_COMPLETE");
  EXPECT_TRUE(HasRole(2));
  EXPECT_EQ(lab.Refusal<DeleteStackSet>(admin, {.stack_set_name = "connect"}), "StackSetNotEmptyException");
}

TEST_F(StackSetTest, NeedsAnExecutionRoleThatTrustsTheAdministrationRole) {
  MakeRoles({});
  lab.MakeRole(2, "AWSCloudFormationStackSetExecutionRole", fakes::TrustFor(lab.AdminArn(0)));
  Grant(2, "AWSCloudFormationStackSetExecutionRole", "*");
  lab.Must<CreateStackSet>(admin, Set());
  for (const std::string& account : {lab.Id(2), lab.Id(3), std::string("999999999999")}) {
    const std::string operation = lab.Must<CreateStackInstances>(admin, In({account})).operation_id;
    Settle();
    EXPECT_EQ(StatusOf(operation), "FAILED");
    const StackInstance instance = InstanceIn(account);
    EXPECT_EQ(instance.status, "OUTDATED");
    EXPECT_EQ(instance.stack_instance_status->detailed_status, "FAILED");
    EXPECT_EQ(instance.status_reason, "Account " + account + " should have 'AWSCloudFormationStackSetExecutionRole' role with trust "
                                      "relationship to Role 'AWSCloudFormationStackSetAdministrationRole'.");
  }
  EXPECT_FALSE(HasRole(2));
}

TEST_F(StackSetTest, TheExecutionRoleCanDoNoMoreThanItMay) {
  MakeRoles({2}, "cloudformation:*");
  lab.Must<CreateStackSet>(admin, Set());
  lab.Must<CreateStackInstances>(admin, In({lab.Id(2)}));
  Settle();
  const StackInstance instance = InstanceIn(lab.Id(2));
  EXPECT_EQ(instance.status, "OUTDATED");
  EXPECT_TRUE(instance.status_reason->starts_with("ResourceLogicalId:Role, ResourceType:AWS::IAM::Role, ResourceStatusReason:"))
      << *instance.status_reason;
  EXPECT_TRUE(instance.status_reason->contains("iam:CreateRole")) << *instance.status_reason;
  EXPECT_EQ(lab.Must<DescribeStacks>(lab.Admin(2), {.stack_name = *instance.stack_id}).stacks.at(0).stack_status, "DELETE_COMPLETE");
  Grant(2, "AWSCloudFormationStackSetExecutionRole", "*");
  lab.Must<UpdateStackInstances>(admin, {.stack_set_name = "connect", .accounts = {lab.Id(2)}, .regions = {"us-east-1"}});
  Settle();
  EXPECT_EQ(InstanceIn(lab.Id(2)).status, "CURRENT");
  EXPECT_TRUE(HasRole(2));
}

TEST_F(StackSetTest, TheAdministrationRoleMustBePassed) {
  lab.Must<aws::iam::CreateUser>(admin, {.user_name = "operator"});
  lab.Must<aws::iam::PutUserPolicy>(admin, {.user_name = "operator", .policy_name = "may", .policy_document = Allow("cloudformation:*")});
  const auto key = lab.Must<aws::iam::CreateAccessKey>(admin, {.user_name = "operator"}).access_key;
  const Credentials operator_keys{.access_key_id = key.access_key_id, .secret_access_key = base::Secret(std::string(key.secret_access_key.Reveal()))};
  EXPECT_EQ(lab.Refusal<CreateStackSet>(operator_keys, Set()), "AccessDenied");
  lab.Must<aws::iam::PutUserPolicy>(
      admin, {.user_name = "operator", .policy_name = "may", .policy_document = Allow("cloudformation:*,iam:PassRole")});
  EXPECT_EQ(lab.Refusal<CreateStackSet>(operator_keys, Set()), "");
}

TEST_F(StackSetTest, StopsWhenMoreFailThanIsTolerated) {
  MakeRoles({2, 3});
  lab.Must<CreateStackSet>(admin, Set());
  // Neither has an execution role; accounts are taken in the order of their ids.
  CreateStackInstancesInput strict = In({lab.Id(4), lab.Id(5)});
  const std::string first = lab.Must<CreateStackInstances>(admin, strict).operation_id;
  Settle();
  EXPECT_EQ(StatusOf(first), "FAILED");
  EXPECT_EQ(Results(first), (std::vector<std::string>{"FAILED", "CANCELLED"}));
  CreateStackInstancesInput lenient = In({lab.Id(2), lab.Id(3), lab.Id(4), lab.Id(5)});
  lenient.operation_preferences = StackSetOperationPreferences{.failure_tolerance_percentage = 50, .max_concurrent_percentage = 100};
  const std::string second = lab.Must<CreateStackInstances>(admin, lenient).operation_id;
  Settle();
  EXPECT_EQ(StatusOf(second), "SUCCEEDED");
  EXPECT_EQ(std::ranges::count(Results(second), "SUCCEEDED"), 2);
  EXPECT_EQ(std::ranges::count(Results(second), "FAILED"), 2);
  const auto shown = lab.Must<DescribeStackSetOperation>(admin, {.stack_set_name = "connect", .operation_id = second}).stack_set_operation;
  EXPECT_EQ(shown->status_details->failed_stack_instances_count, 2);
  EXPECT_EQ(lab.Must<ListStackSetOperationResults>(
                   admin, {.stack_set_name = "connect", .operation_id = second, .filters = {{.name = "OPERATION_RESULT_STATUS", .values = "FAILED"}}})
                .summaries.size(),
            2U);
}

TEST_F(StackSetTest, TakesAsManyAtOnceAsItIsTold) {
  MakeRoles({2, 3, 4});
  lab.Must<CreateStackSet>(admin, Set());
  CreateStackInstancesInput input = In({lab.Id(2), lab.Id(3), lab.Id(4)});
  input.operation_preferences = StackSetOperationPreferences{.failure_tolerance_count = 1, .max_concurrent_count = 3};
  const std::string operation = lab.Must<CreateStackInstances>(admin, input).operation_id;
  const auto running = Results(operation);
  // One more than the failures that are tolerated, whatever was asked for.
  EXPECT_EQ(std::ranges::count(running, "RUNNING"), 2);
  EXPECT_EQ(std::ranges::count(running, "PENDING"), 1);
  Settle();
  EXPECT_EQ(StatusOf(operation), "SUCCEEDED");
}

TEST_F(StackSetTest, RegionsAreTakenInTheOrderThatIsAskedFor) {
  MakeRoles({2});
  lab.Must<CreateStackSet>(admin, Set());
  CreateStackInstancesInput input = In({lab.Id(2)});
  input.regions = {"eu-west-1", "us-east-1"};
  input.operation_preferences = StackSetOperationPreferences{.region_order = {"us-east-1", "eu-west-1"}};
  const std::string operation = lab.Must<CreateStackInstances>(admin, input).operation_id;
  EXPECT_EQ(Results(operation), (std::vector<std::string>{"RUNNING", "PENDING"}));
  Settle();
  // IAM is global: whichever region comes second finds the role there already.
  EXPECT_EQ(Results(operation), (std::vector<std::string>{"SUCCEEDED", "FAILED"}));
  EXPECT_EQ(StatusOf(operation), "FAILED");
  EXPECT_EQ(InstanceIn(lab.Id(2)).status, "CURRENT");
  CreateStackSetInput other = Set("parallel");
  lab.Must<CreateStackSet>(admin, other);
  input.stack_set_name = "parallel";
  input.operation_preferences = StackSetOperationPreferences{.region_concurrency_type = "PARALLEL"};
  const std::string both = lab.Must<CreateStackInstances>(admin, input).operation_id;
  const auto results = lab.Must<ListStackSetOperationResults>(admin, {.stack_set_name = "parallel", .operation_id = both}).summaries;
  EXPECT_TRUE(std::ranges::all_of(results, [](const auto& each) { return each.status == "RUNNING"; }));
}

TEST_F(StackSetTest, AStoppedOperationFinishesWhatItBegan) {
  MakeRoles({2, 3});
  lab.Must<CreateStackSet>(admin, Set());
  const std::string operation = lab.Must<CreateStackInstances>(admin, In({lab.Id(2), lab.Id(3)})).operation_id;
  EXPECT_EQ(StatusOf(operation), "RUNNING");
  lab.Must<StopStackSetOperation>(admin, {.stack_set_name = "connect", .operation_id = operation});
  EXPECT_EQ(StatusOf(operation), "STOPPING");
  Settle();
  EXPECT_EQ(StatusOf(operation), "STOPPED");
  EXPECT_EQ(Results(operation), (std::vector<std::string>{"SUCCEEDED", "CANCELLED"}));
  EXPECT_EQ(lab.Refusal<StopStackSetOperation>(admin, {.stack_set_name = "connect", .operation_id = operation}), "InvalidOperationException");
}

TEST_F(StackSetTest, UpdatesEveryStackAndKeepsOverrides) {
  MakeRoles({2, 3});
  lab.Must<CreateStackSet>(admin, Set());
  CreateStackInstancesInput own = In({lab.Id(3)});
  own.parameter_overrides = Value("Name", "Own");
  lab.Must<CreateStackInstances>(admin, In({lab.Id(2)}));
  Settle();
  lab.Must<CreateStackInstances>(admin, own);
  Settle();
  EXPECT_TRUE(HasRole(3, "Own"));
  const UpdateStackSetInput update{.stack_set_name = "connect",
                                   .use_previous_template = true,
                                   .parameters = Value("Name", "Second"),
                                   .capabilities = {"CAPABILITY_NAMED_IAM"}};
  const std::string operation = lab.Must<UpdateStackSet>(admin, update).operation_id;
  EXPECT_EQ(InstanceIn(lab.Id(2)).status, "OUTDATED");
  Settle();
  EXPECT_EQ(StatusOf(operation), "SUCCEEDED");
  EXPECT_TRUE(HasRole(2, "Second"));
  EXPECT_FALSE(HasRole(2));
  EXPECT_TRUE(HasRole(3, "Own"));
  EXPECT_EQ(InstanceIn(lab.Id(3)).parameter_overrides.at(0).parameter_value, "Own");
  EXPECT_EQ(lab.Refusal<UpdateStackInstances>(admin, {.stack_set_name = "connect", .accounts = {lab.Id(4)}, .regions = {"us-east-1"}}),
            "StackInstanceNotFoundException");
}

TEST_F(StackSetTest, AnUpdateOfSomeLeavesTheOthersOutdated) {
  MakeRoles({2, 3});
  lab.Must<CreateStackSet>(admin, Set());
  lab.Must<CreateStackInstances>(admin, In({lab.Id(2), lab.Id(3)}));
  Settle();
  lab.Must<UpdateStackSet>(admin, {.stack_set_name = "connect",
                                   .use_previous_template = true,
                                   .parameters = Value("Name", "Second"),
                                   .capabilities = {"CAPABILITY_NAMED_IAM"},
                                   .accounts = {lab.Id(2)},
                                   .regions = {"us-east-1"}});
  Settle();
  EXPECT_EQ(InstanceIn(lab.Id(2)).status, "CURRENT");
  EXPECT_EQ(InstanceIn(lab.Id(3)).status, "OUTDATED");
  EXPECT_FALSE(HasRole(3, "Second"));
}

TEST_F(StackSetTest, RulesOfTheTemplateHoldInEachAccount) {
  MakeRoles({2, 3});
  CreateStackSetInput input = Set();
  input.parameters = Value("Only", lab.Id(3));
  lab.Must<CreateStackSet>(admin, input);
  CreateStackInstancesInput both = In({lab.Id(2), lab.Id(3)});
  both.operation_preferences = StackSetOperationPreferences{.failure_tolerance_count = 1};
  lab.Must<CreateStackInstances>(admin, both);
  Settle();
  EXPECT_TRUE(InstanceIn(lab.Id(2)).status_reason->contains("for another account")) << InstanceIn(lab.Id(2)).status_reason.value_or("");
  EXPECT_EQ(InstanceIn(lab.Id(3)).status, "CURRENT");
}

TEST_F(StackSetTest, DeletesStacksOrLetsThemGo) {
  MakeRoles({2, 3});
  lab.Must<CreateStackSet>(admin, Set());
  lab.Must<CreateStackInstances>(admin, In({lab.Id(2), lab.Id(3)}));
  Settle();
  lab.Must<DeleteStackInstances>(admin, {.stack_set_name = "connect", .accounts = {lab.Id(2)}, .regions = {"us-east-1"}, .retain_stacks = true});
  Settle();
  lab.Must<DeleteStackInstances>(admin, {.stack_set_name = "connect", .accounts = {lab.Id(3)}, .regions = {"us-east-1"}});
  Settle();
  EXPECT_TRUE(AccountsOfInstances().empty());
  EXPECT_TRUE(HasRole(2));
  EXPECT_FALSE(HasRole(3));
  lab.Must<DeleteStackSet>(admin, {.stack_set_name = "connect"});
  // Nothing is left to do, which is no error.
  EXPECT_EQ(lab.Refusal<DeleteStackSet>(admin, {.stack_set_name = "connect"}), "");
  EXPECT_EQ(lab.Refusal<DescribeStackSet>(admin, {.stack_set_name = "connect"}), "StackSetNotFoundException");
  EXPECT_EQ(lab.Must<ListStackSets>(admin, {.status = "DELETED"}).summaries.size(), 1U);
  EXPECT_TRUE(lab.Must<ListStackSets>(admin, {.status = "ACTIVE"}).summaries.empty());
}

TEST_F(StackSetTest, AStackThatCannotBeDeletedLeavesItsInstanceInoperable) {
  MakeRoles({2});
  lab.Must<CreateStackSet>(admin, Set());
  lab.Must<CreateStackInstances>(admin, In({lab.Id(2)}));
  Settle();
  Grant(2, "AWSCloudFormationStackSetExecutionRole", "cloudformation:*");
  lab.Must<DeleteStackInstances>(admin, {.stack_set_name = "connect", .accounts = {lab.Id(2)}, .regions = {"us-east-1"}});
  Settle();
  EXPECT_EQ(InstanceIn(lab.Id(2)).status, "INOPERABLE");
  EXPECT_TRUE(HasRole(2));
}

TEST_F(StackSetTest, NamesAndTokensAreTakenOnce) {
  CreateStackSetInput input = Set();
  input.client_request_token = "token";
  const std::string id = lab.Must<CreateStackSet>(admin, input).stack_set_id;
  EXPECT_EQ(lab.Must<CreateStackSet>(admin, input).stack_set_id, id);
  input.description = "another";
  EXPECT_EQ(lab.Refusal<CreateStackSet>(admin, input), "CreatedButModifiedException");
  EXPECT_EQ(lab.Refusal<CreateStackSet>(admin, Set()), "NameAlreadyExistsException");
  EXPECT_EQ(lab.Refusal<CreateStackSet>(admin, Set("1st")), "ValidationError");
  EXPECT_EQ(lab.Refusal<CreateStackSet>(admin, Set(), "eu-west-1"), "");
  CreateStackInstancesInput instances = In({lab.Id(2)});
  instances.operation_id = "mine";
  lab.Must<CreateStackInstances>(admin, instances);
  Settle();
  EXPECT_EQ(lab.Refusal<CreateStackInstances>(admin, instances), "OperationIdAlreadyExistsException");
}

TEST_F(StackSetTest, ManagedExecutionQueuesWhatComesMeanwhile) {
  MakeRoles({2, 3});
  CreateStackSetInput input = Set();
  input.managed_execution = ManagedExecution{.active = true};
  lab.Must<CreateStackSet>(admin, input);
  lab.Must<CreateStackInstances>(admin, In({lab.Id(2)}));
  const std::string second = lab.Must<CreateStackInstances>(admin, In({lab.Id(3)})).operation_id;
  EXPECT_EQ(StatusOf(second), "QUEUED");
  Settle();
  EXPECT_EQ(StatusOf(second), "SUCCEEDED");
  EXPECT_TRUE(HasRole(3));
}

TEST_F(StackSetTest, ServiceManagedSetsNeedActivatedAccess) {
  EXPECT_EQ(lab.Must<DescribeOrganizationsAccess>(admin, {}).status, "DISABLED");
  // Trust alone does not do at AWS either: the roles are made by StackSets.
  lab.Must<org::EnableAWSServiceAccess>(admin, {.service_principal = std::string(kService)});
  const auto refused = lab.Call<CreateStackSet>(admin, ServiceSet());
  ASSERT_FALSE(refused);
  EXPECT_EQ(fakes::AwsWords(refused.error()), "You must enable organizations access to operate a service managed stack set");
  lab.Must<ActivateOrganizationsAccess>(admin, {});
  EXPECT_EQ(lab.Must<DescribeOrganizationsAccess>(admin, {}).status, "ENABLED");
  EXPECT_EQ(lab.Refusal<ActivateOrganizationsAccess>(lab.Admin(2), {}), "InvalidOperationException");
  EXPECT_EQ(lab.Refusal<CreateStackSet>(lab.Admin(2), ServiceSet()), "ValidationError");
  EXPECT_EQ(lab.Refusal<CreateStackSet>(admin, ServiceSet()), "");
  lab.Must<DeactivateOrganizationsAccess>(admin, {});
  EXPECT_EQ(lab.Refusal<CreateStackInstances>(admin, InUnit(Root())), "ValidationError");
}

TEST_F(StackSetTest, ADelegatedAdministratorWorksOnTheSetsOfTheManagementAccount) {
  lab.Must<ActivateOrganizationsAccess>(admin, {});
  CreateStackSetInput input = ServiceSet();
  input.call_as = "DELEGATED_ADMIN";
  EXPECT_EQ(lab.Refusal<CreateStackSet>(lab.Admin(2), input), "ValidationError");
  lab.Must<org::RegisterDelegatedAdministrator>(admin, {.account_id = lab.Id(2), .service_principal = std::string(kService)});
  lab.Must<CreateStackSet>(lab.Admin(2), input);
  lab.Must<CreateStackSet>(admin, Set("own"));
  const auto shown = lab.Must<DescribeStackSet>(admin, {.stack_set_name = "connect"}).stack_set;
  EXPECT_TRUE(shown->stack_set_arn->contains(":" + lab.Id(1) + ":stackset/connect:")) << *shown->stack_set_arn;
  EXPECT_EQ(lab.Must<ListStackSets>(lab.Admin(2), {.call_as = "DELEGATED_ADMIN"}).summaries.size(), 1U);
  EXPECT_TRUE(lab.Must<ListStackSets>(lab.Admin(2), {}).summaries.empty());
  CreateStackInstancesInput instances = InUnit(Root());
  instances.call_as = "DELEGATED_ADMIN";
  lab.Must<CreateStackInstances>(lab.Admin(2), instances);
  Settle();
  EXPECT_EQ(AccountsOfInstances().size(), 4U);
}

TEST_F(StackSetTest, AnOrganizationGetsItsStacksButNotTheManagementAccount) {
  lab.Must<ActivateOrganizationsAccess>(admin, {});
  lab.Must<CreateStackSet>(admin, ServiceSet());
  EXPECT_EQ(lab.Refusal<CreateStackInstances>(admin, In({lab.Id(2)})), "ValidationError");
  const std::string operation = lab.Must<CreateStackInstances>(admin, InUnit(Root())).operation_id;
  Settle();
  EXPECT_EQ(StatusOf(operation), "SUCCEEDED");
  for (const std::size_t index : {2U, 3U, 4U, 5U}) EXPECT_TRUE(HasRole(index)) << index;
  EXPECT_FALSE(HasRole(1));
  EXPECT_EQ(InstanceIn(lab.Id(2)).organizational_unit_id, Root());
  const auto shown = lab.Must<DescribeStackSet>(admin, {.stack_set_name = "connect"}).stack_set;
  EXPECT_EQ(shown->organizational_unit_ids, std::vector<std::string>{Root()});
  EXPECT_EQ(shown->regions, std::vector<std::string>{"us-east-1"});
}

TEST_F(StackSetTest, RolesOfTheServiceDoNotWaitForIamToSpread) {
  SimLab slow{{.accounts = 3, .propagation = 30s, .throttle = Throttle::kOff}};
  const Credentials management = slow.Admin(1);
  slow.Must<ActivateOrganizationsAccess>(management, {});
  slow.Must<CreateStackSet>(management, ServiceSet());
  const std::string root = slow.Must<org::ListRoots>(management, {}).roots.at(0).id;
  slow.Must<CreateStackInstances>(management, InUnit(root));
  slow.clock().Advance(5s);
  EXPECT_EQ(slow.Must<ListStackInstances>(management, {.stack_set_name = "connect"}).summaries.at(0).status, "CURRENT");
}

TEST_F(StackSetTest, FiltersNarrowOrWidenUnits) {
  lab.Must<ActivateOrganizationsAccess>(admin, {});
  const std::string unit = MakeUnit("workloads");
  Move(2, Root(), unit);
  Move(3, Root(), unit);
  lab.Must<CreateStackSet>(admin, ServiceSet());
  const auto targeted = [&](const std::string& filter, std::vector<std::string> accounts) {
    CreateStackInstancesInput input = InUnit(unit);
    input.deployment_targets->accounts = std::move(accounts);
    input.deployment_targets->account_filter_type = filter;
    lab.Must<CreateStackInstances>(admin, input);
    Settle();
    return AccountsOfInstances();
  };
  EXPECT_EQ(targeted("INTERSECTION", {lab.Id(2), lab.Id(4)}), std::vector<std::string>{lab.Id(2)});
  EXPECT_EQ(targeted("DIFFERENCE", {lab.Id(2)}).size(), 2U);
  EXPECT_EQ(targeted("UNION", {lab.Id(4)}).size(), 3U);
  EXPECT_TRUE(HasRole(4));
  for (const std::string& outsider : {lab.Id(0), lab.Id(1), std::string("999999999999")}) {
    CreateStackInstancesInput input = InUnit(unit);
    input.deployment_targets->accounts = {outsider};
    input.deployment_targets->account_filter_type = "UNION";
    EXPECT_EQ(lab.Refusal<CreateStackInstances>(admin, input), "ValidationError") << outsider;
  }
}

TEST_F(StackSetTest, AccountsThatComeGetTheStackAndThoseThatLeaveLoseIt) {
  lab.Must<ActivateOrganizationsAccess>(admin, {});
  const std::string unit = MakeUnit("workloads");
  lab.Must<CreateStackSet>(admin, ServiceSet());
  lab.Must<CreateStackInstances>(admin, InUnit(unit));
  Settle();
  EXPECT_TRUE(AccountsOfInstances().empty());
  Move(2, Root(), unit);
  Settle();
  EXPECT_EQ(AccountsOfInstances(), std::vector<std::string>{lab.Id(2)});
  EXPECT_TRUE(HasRole(2));
  Move(2, unit, Root());
  Settle();
  EXPECT_TRUE(AccountsOfInstances().empty());
  EXPECT_FALSE(HasRole(2));
}

TEST_F(StackSetTest, AnAccountThatIsMadeInATargetedRootGetsTheStack) {
  lab.Must<ActivateOrganizationsAccess>(admin, {});
  lab.Must<CreateStackSet>(admin, ServiceSet());
  lab.Must<CreateStackInstances>(admin, InUnit(Root()));
  Settle();
  lab.Must<org::CreateAccount>(admin, {.email = "new@example.com", .account_name = "new"});
  Settle();
  EXPECT_TRUE(HasRole(6));
  EXPECT_EQ(AccountsOfInstances().size(), 5U);
}

TEST_F(StackSetTest, WhoeverLeavesKeepsAStackThatIsRetained) {
  lab.Must<ActivateOrganizationsAccess>(admin, {});
  lab.Must<CreateStackSet>(admin, ServiceSet(true));
  lab.Must<CreateStackInstances>(admin, InUnit(Root()));
  Settle();
  lab.Must<org::RemoveAccountFromOrganization>(admin, {.account_id = lab.Id(2)});
  Settle();
  EXPECT_EQ(AccountsOfInstances().size(), 3U);
  EXPECT_TRUE(HasRole(2));
}

TEST_F(StackSetTest, WithoutAutomaticDeploymentNobodyFollows) {
  lab.Must<ActivateOrganizationsAccess>(admin, {});
  const std::string unit = MakeUnit("workloads");
  CreateStackSetInput input = ServiceSet();
  input.auto_deployment = AutoDeployment{.enabled = false};
  lab.Must<CreateStackSet>(admin, input);
  lab.Must<CreateStackInstances>(admin, InUnit(unit));
  Settle();
  Move(2, Root(), unit);
  Settle();
  EXPECT_TRUE(AccountsOfInstances().empty());
  EXPECT_FALSE(HasRole(2));
}

TEST_F(StackSetTest, AServiceControlPolicyBindsServiceManagedStacksToo) {
  lab.Must<ActivateOrganizationsAccess>(admin, {});
  const std::string policy =
      lab.Must<org::CreatePolicy>(
             admin, {.content = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:CreateRole","Resource":"*"}]})",
                     .description = "",
                     .name = "no roles",
                     .type = "SERVICE_CONTROL_POLICY"})
          .policy->policy_summary->id.value();
  lab.Must<org::AttachPolicy>(admin, {.policy_id = policy, .target_id = lab.Id(2)});
  lab.Must<CreateStackSet>(admin, ServiceSet());
  CreateStackInstancesInput input = InUnit(Root());
  input.operation_preferences = StackSetOperationPreferences{.failure_tolerance_count = 1};
  lab.Must<CreateStackInstances>(admin, input);
  Settle();
  EXPECT_TRUE(InstanceIn(lab.Id(2)).status_reason->contains("service control policy")) << *InstanceIn(lab.Id(2)).status_reason;
  EXPECT_EQ(InstanceIn(lab.Id(3)).status, "CURRENT");
}

TEST_F(StackSetTest, SuspendedAccountsAreSkipped) {
  lab.Must<ActivateOrganizationsAccess>(admin, {});
  lab.Control("POST", "/_sim/accounts/" + lab.Id(2), R"({"state":"suspended"})");
  lab.Must<CreateStackSet>(admin, ServiceSet());
  const std::string operation = lab.Must<CreateStackInstances>(admin, InUnit(Root())).operation_id;
  Settle();
  EXPECT_EQ(StatusOf(operation), "SUCCEEDED");
  EXPECT_EQ(InstanceIn(lab.Id(2)).stack_instance_status->detailed_status, "SKIPPED_SUSPENDED_ACCOUNT");
  EXPECT_EQ(InstanceIn(lab.Id(2)).status, "OUTDATED");
}

}  // namespace
}  // namespace crossrole::sim
