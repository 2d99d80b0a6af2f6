// SPDX-License-Identifier: Apache-2.0
#include "organization/internal/tree_records.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

#include "audit/verify.h"
#include "fakes/audit_folder.h"
#include "fakes/scratch_store.h"

namespace crossrole::organization {
namespace {

using fakes::Must;

Plan RemovalOf(std::size_t accounts) {
  Plan plan;
  for (std::size_t i = 0; i < accounts; ++i) {
    PlannedNode node{.after = {.key = fmt::format("{:012}", i), .handle = Must(model::Handle::Parse(fmt::format("a{}", i)))}};
    node.changes.Add(Change::kRemoved);
    plan.connections.push_back(std::move(node));
  }
  return plan;
}

class TreeRecordsTest : public testing::Test {
 protected:
  // How many records there are after a sync that carries out these plans, one after the other.
  std::uint64_t RecordsOf(const std::vector<Plan>& plans, audit::LogOptions options) {
    disk_.skip_syncs = true;
    const auto log = Must(folder_.Open(&disk_, std::move(options)));
    TreeRecords records(*log, actor_, integration_);
    for (const Plan& plan : plans) EXPECT_TRUE(records.Begin(StoredTree{.organization = {.integration = integration_}}, plan).has_value());
    EXPECT_TRUE(records.Finish(*store_, {}).has_value());
    log->Flush();
    return Must(audit::Verify(folder_.path())).records;
  }

  fakes::AuditFolder folder_;
  fakes::FaultyDisk disk_;
  std::unique_ptr<store::Store> store_ = fakes::OpenScratchStore();
  const model::Actor actor_{.tenant = fakes::AddSampleTenant(*store_), .id = "tok_1"};
  const model::IntegrationId integration_ = fakes::SampleIntegration().id;
};

constexpr std::uint64_t kIntentAndOutcome = 2;

TEST_F(TreeRecordsTest, AnOrganizationWithMoreAccountsThanMayWaitInTheLogIsRecordedWhole) {
  EXPECT_EQ(RecordsOf({RemovalOf(1000)}, {.queue_limit = 600, .queue_limit_per_tenant = 300}), 1000 + kIntentAndOutcome);
}

TEST_F(TreeRecordsTest, WhatAPlanThatWasMadeAnewStillDoesIsRecordedOnce) {
  EXPECT_EQ(RecordsOf({RemovalOf(5), RemovalOf(3)}, {}), 5 + kIntentAndOutcome);
}

}  // namespace
}  // namespace crossrole::organization
