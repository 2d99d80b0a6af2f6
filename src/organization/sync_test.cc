// SPDX-License-Identifier: Apache-2.0
#include "organization/sync.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aws/organizations.h"
#include "fakes/scratch_store.h"
#include "fakes/sim_lab.h"
#include "store/connections.h"
#include "store/integrations.h"

namespace crossrole::organization {
namespace {

namespace api = aws::organizations;
using fakes::Must;

class SyncTest : public testing::Test {
 protected:
  SyncTest() {
    model::Integration integration = fakes::SampleIntegration();
    integration.kind = model::IntegrationKindOf::kOrganization;
    CHECK(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::InsertIntegration(tx, integration); }).has_value());
    root_ = Ask<api::ListRoots>({}).roots.at(0).id;
  }

  template <typename Op>
  typename Op::Output Ask(const typename Op::Input& input) {
    return lab_.Must<Op>(lab_.Admin(1), input);
  }
  std::string AddUnit(const std::string& parent, const std::string& name) {
    return Ask<api::CreateOrganizationalUnit>({.parent_id = parent, .name = name}).organizational_unit->id;
  }
  void Move(const std::string& account, const std::string& from, const std::string& to) {
    Ask<api::MoveAccount>({.account_id = account, .source_parent_id = from, .destination_parent_id = to});
  }
  void SetState(const std::string& account, const std::string& state) {
    ASSERT_EQ(lab_.Control("POST", "/_sim/accounts/" + account, R"({"state":")" + state + "\"}").status, 200);
  }

  ReadOptions Options() const {
    return {.call = {.deadline = base::Deadline::After(std::chrono::hours(1))}, .caller_account = lab_.Id(1)};
  }
  base::Result<SyncResult> TrySync(Consent consent = {}) {
    return Sync({.store = *store_, .client = client_, .clock = lab_.clock(), .random = random_}, Request(consent), Options());
  }
  SyncResult MustSync(Consent consent = {}) { return Must(TrySync(consent)); }
  SyncRequest Request(Consent consent = {}) const {
    return {.tenant = tenant_,
            .integration = fakes::SampleIntegration().id,
            .member = {.path = "/crossrole/", .name = "CrossroleMember", .external_id = "member-id"},
            .consent = consent};
  }
  std::vector<store::Connection> Connections() {
    return Must(store_->Read(tenant_, [](store::ReadTransaction& tx) { return store::ListConnections(tx, {}, {.limit = 1000}); }));
  }
  store::Connection ConnectionOf(const std::string& account) {
    for (store::Connection& each : Connections()) {
      if (each.account_id.text() == account) return each;
    }
    ADD_FAILURE() << "no connection of " << account;
    return Connections().at(0);
  }
  store::ImportedOrganization Row() {
    return *Must(store_->Read(tenant_, [](store::ReadTransaction& tx) { return store::FindImportedOrganization(tx, fakes::SampleIntegration().id); }));
  }
  // The stored tree as parents by AWS id, to be compared with AWS's.
  std::map<std::string, std::string> StoredParents() {
    std::map<std::string, std::string> parents;
    const StoredTree tree = Must(LoadTree(*store_, tenant_, fakes::SampleIntegration().id));
    for (const std::vector<KnownNode>* nodes : {&tree.known.folders, &tree.known.connections}) {
      for (const KnownNode& node : *nodes) {
        if (node.presence == Presence::kPresent) parents[node.key] = node.parent;
      }
    }
    return parents;
  }
  std::map<std::string, std::string> ParentsInAws() {
    std::map<std::string, std::string> parents = {{root_, ""}};
    std::vector<std::string> todo = {root_};
    while (!todo.empty()) {
      const std::string parent = todo.back();
      todo.pop_back();
      for (const std::string type : {"ACCOUNT", "ORGANIZATIONAL_UNIT"}) {
        std::optional<std::string> token;
        do {
          const auto page = Ask<api::ListChildren>({.parent_id = parent, .child_type = type, .next_token = token});
          for (const api::Child& child : page.children) {
            parents[*child.id] = parent;
            if (type == "ORGANIZATIONAL_UNIT") todo.push_back(*child.id);
          }
          token = page.next_token;
        } while (token);
      }
    }
    return parents;
  }
  void ExpectTreeIsTrue() { EXPECT_EQ(StoredParents(), ParentsInAws()); }

  fakes::SimLab lab_{{.accounts = 22, .throttle = sim::Throttle::kOff, .profile = "plain"}};
  base::SystemRandom random_;
  std::unique_ptr<store::Store> store_ = fakes::OpenScratchStore();
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  aws::Client client_{{.region = "us-east-1",
                       .endpoints = {.for_all = "http://127.0.0.1:4566"},
                       .credentials = std::make_shared<aws::StaticCredentials>(lab_.Admin(1)),
                       .transport = lab_.transport(),
                       .clock = lab_.clock(),
                       .random = random_}};
  std::string root_;
};

TEST_F(SyncTest, AnImportMakesTheTreeOfTheOrganization) {
  const std::string outer = AddUnit(root_, "Outer");
  const std::string inner = AddUnit(outer, "Inner");
  Move(lab_.Id(3), root_, inner);
  SetState(lab_.Id(4), "suspended");
  const SyncResult result = MustSync();
  EXPECT_EQ(result.verdict, Verdict::kGo);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.folders, (NodeCounts{.added = 3}));
  EXPECT_EQ(result.connections, (NodeCounts{.added = 21}));
  ExpectTreeIsTrue();
  const store::Connection connection = ConnectionOf(lab_.Id(3));
  EXPECT_EQ(connection.role_arn, "arn:aws:iam::" + lab_.Id(3) + ":role/crossrole/CrossroleMember");
  EXPECT_EQ(connection.external_id, "member-id");
  EXPECT_EQ(connection.state, store::ConnectionState::kUnverified);
  EXPECT_EQ(connection.handle_mode, "dynamic");
  EXPECT_EQ(ConnectionOf(lab_.Id(4)).state, store::ConnectionState::kSuspended);
  EXPECT_EQ(ConnectionOf(lab_.Id(4)).account_state, "suspended");
  EXPECT_EQ(Row().management_account, lab_.Id(1));
}

TEST_F(SyncTest, APreviewWritesNothing) {
  const std::uint64_t before = store_->Changes();
  const SyncPreview preview = Must(PreviewSync({.store = *store_, .client = client_, .clock = lab_.clock(), .random = random_}, Request(), Options()));
  EXPECT_EQ(preview.reconciled.plan.connections.size(), 21U);
  EXPECT_EQ(store_->Changes(), before);
}

TEST_F(SyncTest, AnUnchangedSyncWritesNothing) {
  MustSync();
  const std::uint64_t before = store_->Changes();
  const SyncResult result = MustSync();
  EXPECT_EQ(result.connections, NodeCounts());
  EXPECT_EQ(store_->Changes(), before);
}

TEST_F(SyncTest, EachChangeOfTheOrganizationIsFollowed) {
  const std::string old_unit = AddUnit(root_, "Old");
  Move(lab_.Id(5), root_, old_unit);
  MustSync();
  const store::Connection before = ConnectionOf(lab_.Id(5));

  const std::string new_unit = AddUnit(root_, "New");
  Move(lab_.Id(5), old_unit, new_unit);
  Ask<api::DeleteOrganizationalUnit>({.organizational_unit_id = old_unit});
  Ask<api::UpdateOrganizationalUnit>({.organizational_unit_id = new_unit, .name = "Newer"});
  SyncResult result = MustSync();
  EXPECT_EQ(result.folders, (NodeCounts{.added = 1, .removed = 1}));
  EXPECT_EQ(result.connections, (NodeCounts{.changed = 1}));
  ExpectTreeIsTrue();
  EXPECT_EQ(ConnectionOf(lab_.Id(5)).id, before.id);
  EXPECT_EQ(ConnectionOf(lab_.Id(5)).handle, before.handle);

  Ask<api::CloseAccount>({.account_id = lab_.Id(5)});
  MustSync();
  EXPECT_EQ(ConnectionOf(lab_.Id(5)).account_state, "pending_closure");
  EXPECT_EQ(ConnectionOf(lab_.Id(5)).state, store::ConnectionState::kSuspended);
  SetState(lab_.Id(5), "active");
  MustSync();
  EXPECT_EQ(ConnectionOf(lab_.Id(5)).state, store::ConnectionState::kUnverified);

  Ask<api::CreateAccount>({.email = "another@example.com", .account_name = before.name});
  result = MustSync();
  EXPECT_EQ(result.connections, (NodeCounts{.added = 1})) << "a namesake";
  EXPECT_EQ(ConnectionOf(lab_.Id(5)).handle, before.handle);
  ExpectTreeIsTrue();
}

TEST_F(SyncTest, WhoLeavesAndComesBackIsTheSameConnection) {
  MustSync();
  store::Connection edited = ConnectionOf(lab_.Id(7));
  edited.handle = Must(model::Handle::Parse("mine"));
  edited.handle_mode = "static";
  edited.settings = R"({"default_region":"eu-west-1"})";
  edited.settings_source = "self";
  EXPECT_TRUE(edited.regions.empty()) << "those of the folder count";
  edited.regions = {"eu-*"};
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::UpdateConnection(tx, edited); }).has_value());
  Ask<api::RemoveAccountFromOrganization>({.account_id = lab_.Id(7)});
  EXPECT_EQ(MustSync().connections, (NodeCounts{.removed = 1}));
  ExpectTreeIsTrue();
  EXPECT_EQ(Connections().size(), 20U);

  const auto handshake = Ask<api::InviteAccountToOrganization>({.target = {.id = lab_.Id(7), .type = "ACCOUNT"}}).handshake;
  lab_.Must<api::AcceptHandshake>(lab_.Admin(7), {.handshake_id = *handshake->id});
  EXPECT_EQ(MustSync().connections, (NodeCounts{.added = 1}));
  ExpectTreeIsTrue();
  const store::Connection back = ConnectionOf(lab_.Id(7));
  EXPECT_EQ(back.id, edited.id);
  EXPECT_EQ(back.handle.text(), "mine");
  EXPECT_EQ(back.handle_mode, "static");
  EXPECT_EQ(back.settings, edited.settings);
  EXPECT_EQ(back.regions, edited.regions);
  EXPECT_EQ(back.state, store::ConnectionState::kUnverified);
}

TEST_F(SyncTest, ManyRemovalsStopBeforeTheFirstChange) {
  MustSync();
  for (std::size_t i = 2; i < 7; ++i) Ask<api::RemoveAccountFromOrganization>({.account_id = lab_.Id(i)});
  AddUnit(root_, "New");
  const SyncResult stopped = MustSync();
  EXPECT_EQ(stopped.verdict, Verdict::kRemovalsWait);
  EXPECT_EQ(stopped.removals, 5U);
  EXPECT_EQ(Connections().size(), 21U);
  EXPECT_EQ(StoredParents().size(), 22U) << "nothing at all was changed";
  EXPECT_EQ(Row().removals_waiting, 5);
  EXPECT_EQ(MustSync({.removals = 4}).verdict, Verdict::kRemovalsWait);
  EXPECT_EQ(MustSync({.removals = 5}).connections.removed, 5U);
  ExpectTreeIsTrue();
  EXPECT_EQ(Row().removals_waiting, 0);
}

TEST_F(SyncTest, AFailureInTheMiddleRemovesNothingAndIsTold) {
  MustSync();
  Ask<api::RemoveAccountFromOrganization>({.account_id = lab_.Id(2)});
  lab_.Control("POST", "/_sim/faults",
               R"({"rules":[{"service":"organizations","operation":"ListOrganizationalUnitsForParent","probability":1,"effect":"access_denied"}]})");
  const SyncResult result = MustSync();
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.connections.removed, 0U);
  EXPECT_EQ(Connections().size(), 21U);
  EXPECT_FALSE(Row().error_code.empty());
  lab_.Control("POST", "/_sim/faults", R"({"rules":[]})");
  EXPECT_EQ(MustSync().connections.removed, 1U);
  EXPECT_EQ(Row().error_code, "");
  ExpectTreeIsTrue();
}

TEST_F(SyncTest, AnotherOrganizationIsRefused) {
  MustSync();
  store::ImportedOrganization row = Row();
  row.organization_id = "o-anotherone1";
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::PutImportedOrganization(tx, row); }).has_value());
  EXPECT_EQ(MustSync().verdict, Verdict::kOtherOrganization);
  EXPECT_EQ(Row().organization_id, "o-anotherone1");
  EXPECT_EQ(Row().error_code, "organization.other");
  EXPECT_EQ(MustSync({.other_organization = true}).verdict, Verdict::kGo);
  EXPECT_NE(Row().organization_id, "o-anotherone1");
}

TEST_F(SyncTest, TwoIntegrationsOverOneOrganizationHaveHandlesOfTheirOwn) {
  MustSync();
  model::Integration second = fakes::SampleIntegration();
  second.id = Must(model::IntegrationId::Parse("int_01JD3EB0000000000000000XYZ"));
  second.handle = Must(model::Handle::Parse("second"));
  second.external_ids = {{.value = model::ExternalId::Generate(tenant_, random_)}};
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::InsertIntegration(tx, second); }).has_value());
  SyncRequest request = Request();
  request.integration = second.id;
  const SyncResult result = Must(Sync({.store = *store_, .client = client_, .clock = lab_.clock(), .random = random_}, request, Options()));
  EXPECT_EQ(result.connections.added, 21U);
  std::set<std::string> handles;
  for (const store::Connection& each : Connections()) EXPECT_TRUE(handles.insert(each.handle.text()).second) << each.handle.text();
  EXPECT_EQ(handles.size(), 42U);
}

TEST_F(SyncTest, AnEditDuringASyncIsKeptAndTheRestIsComparedAnew) {
  const std::string unit = AddUnit(root_, "Unit");
  MustSync();
  Move(lab_.Id(6), root_, unit);
  ReadOptions options = Options();
  bool was_edited = false;
  options.progress = [&](const ReadProgress&) {
    if (std::exchange(was_edited, true)) return;
    store::Connection edited = ConnectionOf(lab_.Id(6));
    edited.handle = Must(model::Handle::Parse("mine"));
    edited.handle_mode = "static";
    ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::UpdateConnection(tx, edited); }).has_value());
  };
  const auto result = Sync({.store = *store_, .client = client_, .clock = lab_.clock(), .random = random_}, Request(), options);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  ASSERT_TRUE(was_edited);
  EXPECT_EQ(ConnectionOf(lab_.Id(6)).handle.text(), "mine");
  EXPECT_EQ(ConnectionOf(lab_.Id(6)).handle_mode, "static");
  ExpectTreeIsTrue();
}

TEST_F(SyncTest, AHandleThatIsTakenDuringASyncIsReplaced) {
  MustSync();
  const auto created = Ask<api::CreateAccount>({.email = "new@example.com", .account_name = "Newcomer"}).create_account_status;
  lab_.clock().Advance(std::chrono::seconds(1));
  const std::string account = *Ask<api::DescribeCreateAccountStatus>({.create_account_request_id = *created->id}).create_account_status->account_id;
  ReadOptions options = Options();
  bool was_taken = false;
  options.progress = [&](const ReadProgress&) {
    if (std::exchange(was_taken, true)) return;
    store::Connection other = ConnectionOf(lab_.Id(6));
    other.handle = Must(model::Handle::Parse("newcomer"));
    other.handle_mode = "static";
    ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) { return store::UpdateConnection(tx, other); }).has_value());
  };
  const auto result = Sync({.store = *store_, .client = client_, .clock = lab_.clock(), .random = random_}, Request(), options);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(ConnectionOf(account).handle.text(), "newcomer_" + account.substr(8));
  ExpectTreeIsTrue();
}

TEST_F(SyncTest, AMemberRoleThatCannotExistIsRefused) {
  SyncRequest request = Request();
  request.member.name = "not a role";
  const auto result = Sync({.store = *store_, .client = client_, .clock = lab_.clock(), .random = random_}, request, Options());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kInvalidArgument);
  EXPECT_TRUE(Connections().empty());
}

}  // namespace
}  // namespace crossrole::organization
