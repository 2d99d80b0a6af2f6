// SPDX-License-Identifier: Apache-2.0
#include "integration/notices/notifications.h"

#include <gtest/gtest.h>

#include "fakes/sample_integration.h"

namespace crossrole::integration {
namespace {

audit::Record RecordWith(audit::Action action, std::string details) {
  return {.action = action,
          .tenant = fakes::SampleTenant(),
          .actor = "op_01JD3EB0000000000000000AAA",
          .target = "int_01JD3EB0000000000000000ABC",
          .phase = audit::RecordPhase::kOutcome,
          .outcome = audit::Outcome::kSucceeded,
          .details = std::move(details)};
}

std::string KindOf(const audit::Record& record) {
  const auto notice = NoticeOf(record);
  return notice ? std::string(NameOf(notice->kind)) : "";
}

TEST(NotificationsTest, OnlyAChangeIntoOrOutOfQuarantineIsTold) {
  const auto kind = [](const char* before, const char* now) {
    return KindOf(RecordWith("integration.verify", std::string(R"({"ok":true,"state":")") + now + R"(","before":")" + before + R"("})"));
  };
  EXPECT_EQ(kind("active", "quarantined"), "integration.quarantined");
  EXPECT_EQ(kind("quarantined", "quarantined"), "");
  EXPECT_EQ(kind("quarantined", "active"), "integration.recovered");
  EXPECT_EQ(kind("verifying", "active"), "");
  EXPECT_EQ(kind("active", "active"), "");
  EXPECT_EQ(kind("active", "failed"), "");
}

TEST(NotificationsTest, NewOwnersAreToldButNotWhoMadeThemselvesOne) {
  const auto owners = [](const char* action_details) {
    const auto notice = NoticeOf(RecordWith("integration.update", action_details));
    return notice ? notice->new_owners : std::vector<std::string>{};
  };
  EXPECT_EQ(owners(R"({"owners_added":["op_1","op_01JD3EB0000000000000000AAA"]})"), std::vector<std::string>{"op_1"});
  EXPECT_TRUE(owners(R"({"owners_added":["op_01JD3EB0000000000000000AAA"]})").empty());
  EXPECT_TRUE(owners("{}").empty());
  EXPECT_TRUE(owners(R"({"owners_added":"op_1"})").empty());
  EXPECT_EQ(KindOf(RecordWith("integration.create", R"({"owners_added":["op_1"]})")), "integration.owner_added");
  EXPECT_EQ(KindOf(RecordWith("token.create", R"({"owners_added":["op_1"]})")), "");
}

TEST(NotificationsTest, WhatWasRefusedOrIsOnlyIntendedIsNotTold) {
  audit::Record record = RecordWith("organization.removal_waits", "{}");
  EXPECT_EQ(KindOf(record), "organization.removal_waits");
  record.outcome = audit::Outcome::kRefused;
  EXPECT_EQ(KindOf(record), "");
  record.outcome = audit::Outcome::kNone;
  record.phase = audit::RecordPhase::kIntent;
  EXPECT_EQ(KindOf(record), "");
  record = RecordWith("organization.removal_waits", "{}");
  record.tenant.reset();
  EXPECT_EQ(KindOf(record), "");
}

TEST(NotificationsTest, AddedOwnersAreThoseThatWereNoneBefore) {
  EXPECT_EQ(OwnersAdded({"a", "b"}, {"b", "c"}), R"({"owners_added":["c"]})");
  EXPECT_EQ(OwnersAdded({"a"}, {"a"}), "{}");
  EXPECT_EQ(OwnersAdded({"a"}, {}), "{}");
}

TEST(NotificationsTest, TheLinkIsThatOfTheIntegration) {
  const auto id = fakes::Must(model::IntegrationId::Parse("int_01JD3EB0000000000000000ABC"));
  EXPECT_EQ(LinkTo("https://crossrole.example.com", id), "https://crossrole.example.com/integrations/int_01JD3EB0000000000000000ABC");
  EXPECT_EQ(LinkTo("https://crossrole.example.com/", id), "https://crossrole.example.com/integrations/int_01JD3EB0000000000000000ABC");
}

}  // namespace
}  // namespace crossrole::integration
