// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "aws/cloudformation.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using namespace aws::cloudformation;

TEST(ChangeSetTest, GoesWithItsStack) {
  fakes::SimLab lab{{.throttle = Throttle::kOff}};
  const aws::Credentials admin = lab.Admin(1);
  const std::string body = "Resources: {Role: {Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: {}}}}";
  const auto made = lab.Must<CreateChangeSet>(admin, {.stack_name = "planned",
                                                      .template_body = body,
                                                      .capabilities = {"CAPABILITY_IAM"},
                                                      .change_set_name = "first",
                                                      .change_set_type = "CREATE"});
  lab.Must<DeleteStack>(admin, {.stack_name = "planned"});
  lab.clock().Advance(std::chrono::seconds(60));
  EXPECT_EQ(lab.Must<DescribeStacks>(admin, {.stack_name = made.stack_id}).stacks.at(0).stack_status, "DELETE_COMPLETE");
  EXPECT_EQ(lab.Refusal<ExecuteChangeSet>(admin, {.change_set_name = made.id}), "ChangeSetNotFound");
}

}  // namespace
}  // namespace crossrole::sim
