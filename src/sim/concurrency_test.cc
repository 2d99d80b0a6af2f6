// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "aws/identitystore.h"
#include "aws/sso.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using aws::sso::CreateAccountAssignment;
using aws::sso::CreateAccountAssignmentInput;
using fakes::SimLab;

// A permission set and as many users as wanted, each without anything.
struct Center {
  SimLab lab;
  aws::Credentials admin;
  std::string instance;
  std::string set;
  std::vector<std::string> users;

  Center(Throttle throttle, std::size_t count) : lab({.throttle = throttle}), admin(lab.Admin(1)) {
    const auto found = lab.Must<aws::sso::ListInstances>(admin, {}).instances.at(0);
    instance = *found.instance_arn;
    set = *lab.Must<aws::sso::CreatePermissionSet>(admin, {.name = "Read", .instance_arn = instance}).permission_set->permission_set_arn;
    for (std::size_t i = 0; i < count; ++i) {
      const auto made = lab.Must<aws::identitystore::CreateUser>(
          admin, {.identity_store_id = *found.identity_store_id,
                  .user_name = "user-" + std::to_string(i),
                  .name = aws::identitystore::Name{.family_name = "F", .given_name = "G"},
                  .display_name = "D"});
      users.push_back(made.user_id);
    }
  }

  CreateAccountAssignmentInput For(std::size_t user) const {
    return {.instance_arn = instance,
            .target_id = lab.Id(2),
            .target_type = "AWS_ACCOUNT",
            .permission_set_arn = set,
            .principal_type = "USER",
            .principal_id = users[user]};
  }
};

TEST(ConcurrencyTest, FifteenAssignmentsAreUnderWayAtOnceAndNotOneMore) {
  Center center(Throttle::kOn, 16);
  for (std::size_t i = 0; i < 15; ++i) center.lab.Must<CreateAccountAssignment>(center.admin, center.For(i));
  EXPECT_EQ(center.lab.Refusal<CreateAccountAssignment>(center.admin, center.For(15)), "ThrottlingException");
  center.lab.Control("POST", "/_sim/clock", R"({"advance_seconds":5})");
  center.lab.Must<CreateAccountAssignment>(center.admin, center.For(15));
}

TEST(ConcurrencyTest, NothingBindsWhileRatesAreOff) {
  Center center(Throttle::kOff, 16);
  for (std::size_t i = 0; i < 16; ++i) center.lab.Must<CreateAccountAssignment>(center.admin, center.For(i));
}

TEST(ConcurrencyTest, ThreeProvisioningsAreUnderWayAtOnceAndNotOneMore) {
  Center center(Throttle::kOn, 1);
  center.lab.Must<CreateAccountAssignment>(center.admin, center.For(0));
  center.lab.Control("POST", "/_sim/clock", R"({"advance_seconds":5})");
  const aws::sso::ProvisionPermissionSetInput all{
      .instance_arn = center.instance, .permission_set_arn = center.set, .target_type = "ALL_PROVISIONED_ACCOUNTS"};
  for (int i = 0; i < 3; ++i) center.lab.Must<aws::sso::ProvisionPermissionSet>(center.admin, all);
  EXPECT_EQ(center.lab.Refusal<aws::sso::ProvisionPermissionSet>(center.admin, all), "ThrottlingException");
}

}  // namespace
}  // namespace crossrole::sim
