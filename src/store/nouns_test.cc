// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "fakes/scratch_store.h"
#include "store/connections.h"
#include "store/external_ids.h"
#include "store/idempotency_keys.h"
#include "store/integration_logs.h"
#include "store/integrations.h"
#include "store/people/role_bindings.h"
#include "store/people/roles.h"
#include "store/people/sign_in_tokens.h"
#include "store/people/spaces.h"
#include "store/people/tenants.h"
#include "store/people/tokens.h"
#include "store/role_claims.h"
#include "store/settings.h"
#include "store/store.h"
#include "store/verifications.h"

namespace crossrole::store {
namespace {

using base::Code;
using base::Fail;
using base::FromMicros;
using base::Status;
using fakes::Must;
using model::Integration;

class NounsTest : public testing::Test {
 protected:
  template <typename Fn>
  auto Write(Fn fn) { return store_->Write(tenant_, fn); }
  template <typename Fn>
  auto Read(Fn fn) { return store_->Read(tenant_, fn); }

  base::Status Insert(const Integration& integration) {
    return store_->Write(integration.tenant, [&](WriteTransaction& tx) { return InsertIntegration(tx, integration); });
  }
  std::optional<Integration> Find(const Integration& integration) {
    return Must(store_->Read(integration.tenant, [&](ReadTransaction& tx) { return FindIntegration(tx, integration.id); }));
  }
  // Another integration of the sample tenant.
  Integration Another(std::string_view handle) {
    Integration integration = fakes::SampleIntegration();
    integration.id = model::IntegrationId::Make(FromMicros(++made_ * 1'000'000), random_);
    integration.handle = Must(model::Handle::Parse(handle));
    integration.external_ids = {{.value = model::ExternalId::Generate(tenant_, random_), .issued_at = FromMicros(7)}};
    return integration;
  }
  // An integration of the other tenant.
  Integration Theirs() {
    Integration integration = Another("prod_eu");
    integration.tenant = other_;
    integration.external_ids = {{.value = model::ExternalId::Generate(other_, random_)}};
    return integration;
  }

  base::SystemRandom random_;
  std::int64_t made_ = 0;
  std::unique_ptr<Store> store_ = fakes::OpenScratchStore();
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  model::TenantId other_ = fakes::AddOtherTenant(*store_);
};

TEST_F(NounsTest, ATenantIsFoundByIdAndHandleAndKeepsWhatIsStored) {
  auto tenant = Must(Read([](ReadTransaction& tx) { return OwnTenant(tx); }));
  EXPECT_EQ(tenant.handle, fakes::SampleTenantHandle());
  tenant.name = "Acme Ltd";
  tenant.state = TenantState::kDisabled;
  tenant.settings = R"({"external_id_suffix":"chosen"})";
  EXPECT_EQ(Must(Write([&](WriteTransaction& tx) { return UpdateOwnTenant(tx, tenant); })), 2);
  EXPECT_TRUE(Write([&](WriteTransaction& tx) { return UpdateOwnTenant(tx, tenant); }).error().stale);
  const auto found = Must(store_->ReadInstallation([&](ReadTransaction& tx) { return FindTenantByHandle(tx, tenant.handle); }));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, tenant.id);
  EXPECT_EQ(found->name, "Acme Ltd");
  EXPECT_EQ(found->state, TenantState::kDisabled);
  EXPECT_EQ(found->settings, tenant.settings);
  EXPECT_EQ(found->version, 2);
  const auto all = Must(store_->ReadInstallation([](ReadTransaction& tx) { return ListTenants(tx); }));
  ASSERT_EQ(all.size(), 2U);
  const auto rest = Must(store_->ReadInstallation([&](ReadTransaction& tx) { return ListTenants(tx, {.after = all[0].id.text()}); }));
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].id, all[1].id);
}

TEST_F(NounsTest, EveryTenantIsVisitedPageByPageUntilOneFailsOrAStopIsAskedFor) {
  constexpr std::size_t kMany = 250;  // more than two pages
  for (std::size_t i = Must(store_->ReadInstallation([](ReadTransaction& tx) { return ListTenants(tx); })).size(); i < kMany; ++i) {
    fakes::AddTenant(*store_, fmt::format("t_01JD3E9ZK4M7Q2V8R5T6W9Y{:03}", i), fmt::format("many_{}", i));
  }
  std::set<std::string> seen;
  ASSERT_TRUE(ForEachTenant(*store_, {}, [&](const Tenant& tenant) -> Status {
                seen.insert(tenant.id.text());
                return {};
              }).has_value());
  EXPECT_EQ(seen.size(), kMany);

  std::size_t visits = 0;
  const auto failed = ForEachTenant(*store_, {}, [&](const Tenant&) -> Status { return ++visits < 120 ? Status() : Fail(Code::kConflict, "enough"); });
  EXPECT_EQ(failed.error().code, Code::kConflict);
  EXPECT_EQ(visits, 120U);

  std::stop_source source;
  visits = 0;
  ASSERT_TRUE(ForEachTenant(*store_, source.get_token(), [&](const Tenant&) -> Status {
                if (++visits == 7) source.request_stop();
                return {};
              }).has_value());
  EXPECT_EQ(visits, 7U);
}

TEST_F(NounsTest, ATenantsHandleAndExternalIdsAreNeverIssuedAgainAfterItsDeletion) {
  const Integration integration = fakes::SampleIntegration();
  ASSERT_TRUE(Insert(integration).has_value());
  ASSERT_TRUE(Write([](WriteTransaction& tx) { return DeleteOwnTenant(tx, FromMicros(9)); }).has_value());
  EXPECT_FALSE(Find(integration).has_value());
  const auto again = store_->WriteInstallation([](WriteTransaction& tx) {
    return InsertTenant(tx, fakes::MakeTenant("t_01JD3E9ZK4M7Q2V8R5T6W9XYYY", fakes::SampleTenantHandle().text()));
  });
  EXPECT_EQ(again.error().reason, "handle.used");
  Integration thief = Theirs();
  thief.external_ids = integration.external_ids;
  EXPECT_EQ(Insert(thief).error().reason, "external_id.used");
}

TEST_F(NounsTest, ASettingIsReplaced) {
  for (const char* value : {"a", "b"}) {
    ASSERT_TRUE(store_->WriteInstallation([&](WriteTransaction& tx) { return PutSetting(tx, kInstallationId, value, FromMicros(1)); }).has_value());
    EXPECT_EQ(Must(store_->ReadInstallation([](ReadTransaction& tx) { return FindSetting(tx, kInstallationId); })), value);
  }
}

TEST_F(NounsTest, SettingsAreListedByTheirPrefixAndForgotten) {
  for (const char* name : {"note.b", "note.a", "note", "notes", "other"}) {
    ASSERT_TRUE(store_->WriteInstallation([&](WriteTransaction& tx) { return PutSetting(tx, name, "x", FromMicros(1)); }).has_value());
  }
  const auto names = [&] {
    std::string all;
    for (const auto& [name, value] : Must(store_->ReadInstallation([](ReadTransaction& tx) { return ListSettings(tx, "note."); }))) all += name + " ";
    return all;
  };
  EXPECT_EQ(names(), "note.a note.b ");
  ASSERT_TRUE(store_->WriteInstallation([](WriteTransaction& tx) { return DeleteSetting(tx, "note.a"); }).has_value());
  EXPECT_EQ(names(), "note.b ");
}

TEST_F(NounsTest, OnlyExpiredTokensOfSignInsAreSwept) {
  const auto add = [&](const char* name, const char* maker, bool personal, std::int64_t expires) {
    const Token token{.id = model::TokenId::Make(FromMicros(1), random_),
                      .tenant = tenant_,
                      .name = name,
                      .operator_id = personal ? std::optional(model::OperatorId::Make(FromMicros(3), random_)) : std::nullopt,
                      .maker = maker,
                      .expires_at = FromMicros(expires)};
    EXPECT_TRUE(Write([&](WriteTransaction& tx) { return InsertToken(tx, token); }).has_value());
  };
  add("sign-in", "", true, 10);
  add("exchanged", "rule:ci", false, 10);
  add("sign-in", "", true, 30);
  add("robot", "op_x", false, 10);
  add("sign-in", "", false, 10);
  ASSERT_TRUE(Write([](WriteTransaction& tx) { return SweepSignInTokens(tx, FromMicros(20)); }).has_value());
  std::vector<std::string> left;
  for (const Token& token : Must(Read([](ReadTransaction& tx) { return ListTokens(tx); }))) left.push_back(token.name + std::to_string(base::ToMicros(*token.expires_at)));
  std::ranges::sort(left);
  EXPECT_EQ(left, (std::vector<std::string>{"robot10", "sign-in10", "sign-in30"}));
}

TEST_F(NounsTest, ATokenKeepsWhatNarrowsIt) {
  const Token token{.id = model::TokenId::Make(FromMicros(1), random_),
                    .tenant = tenant_,
                    .name = "robot",
                    .role = "operator",
                    .space = model::SpaceId::Make(FromMicros(2), random_),
                    .integrations = std::vector{Another("prod_eu").id},
                    .operator_id = model::OperatorId::Make(FromMicros(3), random_),
                    .maker = "tok_x"};
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return InsertToken(tx, token); }).has_value());
  const auto found = Must(Read([&](ReadTransaction& tx) { return FindToken(tx, token.id); }));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->space, token.space);
  EXPECT_EQ(found->integrations, token.integrations);
  EXPECT_EQ(found->operator_id, token.operator_id);
  EXPECT_EQ(found->maker, "tok_x");
  EXPECT_EQ(Must(Write([&](WriteTransaction& tx) { return RevokeTokensOf(tx, *token.operator_id, FromMicros(9)); })), 1);
  EXPECT_EQ(Must(Write([&](WriteTransaction& tx) { return RevokeTokensOf(tx, *token.operator_id, FromMicros(9)); })), 0);
}

TEST_F(NounsTest, TheRootSpaceIsThereWithoutARowAndNamesAreUniqueAmongSiblings) {
  const auto root = Must(Read([](ReadTransaction& tx) { return OwnTenant(tx); })).root_space;
  Space space{.id = model::SpaceId::Make(FromMicros(1), random_), .tenant = tenant_, .parent = root, .name = "blue"};
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return InsertSpace(tx, space); }).has_value());
  Space twin = space;
  twin.id = model::SpaceId::Make(FromMicros(2), random_);
  const auto taken = Write([&](WriteTransaction& tx) { return InsertSpace(tx, twin); });
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().field, "name");
  twin.parent = space.id;
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return InsertSpace(tx, twin); }).has_value());
  twin.parent = root;
  EXPECT_FALSE(Write([&](WriteTransaction& tx) { return UpdateSpace(tx, twin); }).has_value());
  const auto spaces = Must(Read([](ReadTransaction& tx) { return ListSpaces(tx); }));
  ASSERT_EQ(spaces.size(), 3U);
  EXPECT_EQ(spaces[0].id, root);
  EXPECT_FALSE(spaces[0].parent.has_value());
  EXPECT_TRUE(Must(Read([&](ReadTransaction& tx) { return FindSpace(tx, root); })).has_value());
  space.name = "green";
  space.version = 7;
  const auto stale = Write([&](WriteTransaction& tx) { return UpdateSpace(tx, space); });
  ASSERT_FALSE(stale.has_value());
  EXPECT_TRUE(stale.error().stale);
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return DeleteSpace(tx, twin.id); }).has_value());
  EXPECT_FALSE(Write([&](WriteTransaction& tx) { return DeleteSpace(tx, root); }).has_value());
}

TEST_F(NounsTest, ARoleIsBoundOnceToAPrincipalInASpace) {
  const auto root = Must(Read([](ReadTransaction& tx) { return OwnTenant(tx); })).root_space;
  Role role{.id = model::RoleId::Make(FromMicros(1), random_), .tenant = tenant_, .name = "minter", .permissions = {"session.mint"}};
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return InsertRole(tx, role); }).has_value());
  EXPECT_EQ(Must(Read([&](ReadTransaction& tx) { return FindRoleByName(tx, "minter"); }))->permissions, role.permissions);
  EXPECT_FALSE(Must(store_->Read(other_, [&](ReadTransaction& tx) { return FindRole(tx, role.id); })).has_value());
  RoleBinding binding{.id = model::RoleBindingId::Make(FromMicros(2), random_), .tenant = tenant_, .principal = "op_x",
                      .role = role.id.text(), .space = root};
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return InsertRoleBinding(tx, binding); }).has_value());
  binding.id = model::RoleBindingId::Make(FromMicros(3), random_);
  const auto again = Write([&](WriteTransaction& tx) { return InsertRoleBinding(tx, binding); });
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().reason, "role_binding.exists");
  EXPECT_EQ(Must(Read([&](ReadTransaction& tx) { return ListRoleBindings(tx, {.principal = "op_x"}); })).size(), 1U);
  EXPECT_EQ(Must(Read([&](ReadTransaction& tx) { return ListRoleBindings(tx, {.principal = "op_y"}); })).size(), 0U);
  EXPECT_EQ(Must(Write([&](WriteTransaction& tx) { return DeleteRoleBindingsOf(tx, "op_x"); })), 1);
}

TEST_F(NounsTest, ATokenLeadsToItsTenantAndIsRevokedOnce) {
  const Token token{.id = model::TokenId::Make(FromMicros(1), random_), .tenant = tenant_, .name = "ci", .power = TokenPower::kAdministrator,
                    .hash = "ab", .expires_at = FromMicros(50), .created_at = FromMicros(5)};
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return InsertToken(tx, token); }).has_value());
  EXPECT_EQ(Must(store_->ReadInstallation([&](ReadTransaction& tx) { return FindTenantOfToken(tx, token.id); })), tenant_);
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return RecordTokenUse(tx, token.id, FromMicros(6)); }).has_value());
  for (const int when : {7, 8}) {
    ASSERT_TRUE(Write([&](WriteTransaction& tx) { return RevokeToken(tx, token.id, FromMicros(when)); }).has_value());
  }
  const auto tokens = Must(Read([](ReadTransaction& tx) { return ListTokens(tx); }));
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(tokens[0].power, TokenPower::kAdministrator);
  EXPECT_EQ(tokens[0].hash, "ab");
  EXPECT_EQ(tokens[0].expires_at, FromMicros(50));
  EXPECT_EQ(tokens[0].last_used_at, FromMicros(6));
  EXPECT_EQ(tokens[0].revoked_at, FromMicros(7));
  EXPECT_EQ(tokens[0].version, 2);
}

TEST_F(NounsTest, AnIntegrationIsReadBackWhole) {
  Integration integration = fakes::SampleIntegration();
  integration.kind = model::IntegrationKindOf::kOrganization;
  integration.partition = model::Partition::kAwsUsGov;
  integration.preset = model::Preset::kConvox;
  integration.owners = {"op_1", "op_2"};
  integration.labels = {"z", "a"};
  integration.autoattach = true;
  integration.role_arn = Must(model::RoleArn::Parse("arn:aws-us-gov:iam::111122223333:role/x/y"));
  integration.role.tags = {{"k", "v"}};
  integration.role.managed_policy_arns = {"arn:aws:iam::aws:policy/ReadOnlyAccess"};
  integration.role.policy_document = R"({"Version":"2012-10-17"})";
  integration.capabilities = {{.name = "terraform_state", .parameters = {{"bucket", "b"}}}};
  integration.duration = std::chrono::seconds(900);
  integration.region = "us-gov-west-1";
  integration.regions = {"us-gov-*"};
  integration.assume_on_worker = true;
  integration.session_tags = false;
  integration.source_identity = false;
  integration.state = model::IntegrationState::kQuarantined;
  integration.state_reason = "because";
  integration.endpoint_version = 3;
  integration.power_version = 4;
  integration.next_check_at = FromMicros(99);
  integration.negative_allowed_in_a_row = 2;
  integration.positive_denied_at = {FromMicros(5), FromMicros(6)};
  integration.given_trust_policy = "{}";
  integration.created_at = FromMicros(3);
  ASSERT_TRUE(Insert(integration).has_value());
  const auto found = Find(integration);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->tenant, integration.tenant);
  EXPECT_EQ(found->space, integration.space);
  EXPECT_EQ(found->handle, integration.handle);
  EXPECT_EQ(found->name, integration.name);
  EXPECT_EQ(found->kind, integration.kind);
  EXPECT_EQ(found->partition, integration.partition);
  EXPECT_EQ(found->preset, integration.preset);
  EXPECT_EQ(found->owners, integration.owners);
  EXPECT_EQ(found->labels, integration.labels);
  EXPECT_EQ(found->autoattach, integration.autoattach);
  EXPECT_EQ(found->account_id, integration.account_id);
  EXPECT_EQ(found->role_arn, integration.role_arn);
  EXPECT_EQ(found->role.role_name, integration.role.role_name);
  EXPECT_EQ(found->role.role_path, integration.role.role_path);
  EXPECT_EQ(found->role.policy_name, integration.role.policy_name);
  EXPECT_EQ(found->role.tags, integration.role.tags);
  EXPECT_EQ(found->role.managed_policy_arns, integration.role.managed_policy_arns);
  EXPECT_EQ(found->role.policy_document, integration.role.policy_document);
  ASSERT_EQ(found->external_ids.size(), 1U);
  EXPECT_EQ(found->external_ids[0].value, integration.external_ids[0].value);
  EXPECT_EQ(found->capabilities, integration.capabilities);
  EXPECT_EQ(found->duration, integration.duration);
  EXPECT_EQ(found->region, integration.region);
  EXPECT_EQ(found->regions, integration.regions);
  EXPECT_EQ(found->assume_on_worker, integration.assume_on_worker);
  EXPECT_EQ(found->session_tags, integration.session_tags);
  EXPECT_EQ(found->source_identity, integration.source_identity);
  EXPECT_EQ(found->principal_arn, integration.principal_arn);
  EXPECT_EQ(found->state, integration.state);
  EXPECT_EQ(found->state_reason, integration.state_reason);
  EXPECT_EQ(found->endpoint_version, integration.endpoint_version);
  EXPECT_EQ(found->power_version, integration.power_version);
  EXPECT_EQ(found->next_check_at, integration.next_check_at);
  EXPECT_EQ(found->negative_allowed_in_a_row, integration.negative_allowed_in_a_row);
  EXPECT_EQ(found->positive_denied_at, integration.positive_denied_at);
  EXPECT_EQ(found->given_trust_policy, integration.given_trust_policy);
  EXPECT_EQ(found->created_at, integration.created_at);
  EXPECT_EQ(found->version, 1);
}

TEST_F(NounsTest, WhetherOnlyAnArnNamesTheAccountIsKept) {
  Integration integration = fakes::SampleIntegration();
  integration.account_from_arn = true;
  ASSERT_TRUE(Insert(integration).has_value());
  EXPECT_TRUE(Find(integration)->account_from_arn);
  integration.account_from_arn = false;
  ASSERT_TRUE(store_->Write(tenant_, [&](WriteTransaction& tx) { return UpdateIntegration(tx, integration); }).has_value());
  EXPECT_FALSE(Find(integration)->account_from_arn);
}

TEST_F(NounsTest, AnUpdateOfAStaleVersionIsRefusedAndChangesNothing) {
  Integration integration = fakes::SampleIntegration();
  ASSERT_TRUE(Insert(integration).has_value());
  integration.name = "second";
  EXPECT_EQ(Must(Write([&](WriteTransaction& tx) { return UpdateIntegration(tx, integration); })), 2);
  integration.name = "third";
  const auto stale = Write([&](WriteTransaction& tx) { return UpdateIntegration(tx, integration); });
  EXPECT_EQ(stale.error().code, Code::kConflict);
  EXPECT_TRUE(stale.error().stale);
  EXPECT_EQ(Find(integration)->name, "second");
  Integration missing = Another("missing");
  EXPECT_EQ(Write([&](WriteTransaction& tx) { return UpdateIntegration(tx, missing); }).error().code, Code::kNotFound);
}

TEST_F(NounsTest, AHandleIsUniqueInItsTenantOnly) {
  ASSERT_TRUE(Insert(fakes::SampleIntegration()).has_value());
  EXPECT_EQ(Insert(Another("prod_eu")).error().field, "handle");
  EXPECT_TRUE(Insert(Theirs()).has_value());
  Integration moved = Another("free");
  ASSERT_TRUE(Insert(moved).has_value());
  moved.handle = fakes::SampleIntegration().handle;
  EXPECT_EQ(Write([&](WriteTransaction& tx) { return UpdateIntegration(tx, moved); }).error().field, "handle");
}

TEST_F(NounsTest, ListsAreFilteredAndPaged) {
  for (const char* handle : {"a", "b", "c", "d"}) {
    Integration integration = Another(handle);
    integration.labels = handle == std::string_view("b") ? std::vector<std::string>{"x", "y"} : std::vector<std::string>{"x"};
    if (handle == std::string_view("c")) integration.state = model::IntegrationState::kActive;
    ASSERT_TRUE(Insert(integration).has_value());
  }
  ASSERT_TRUE(Insert(Theirs()).has_value());
  const auto handles = [&](const IntegrationFilter& filter, const Page& page = {}) {
    std::string text;
    for (const Integration& one : Must(Read([&](ReadTransaction& tx) { return ListIntegrations(tx, filter, page); }))) text += one.handle.text();
    return text;
  };
  EXPECT_EQ(handles({}), "abcd");
  EXPECT_EQ(handles({.label = "x"}), "abcd");
  EXPECT_EQ(handles({.label = "y"}), "b");
  EXPECT_EQ(handles({.state = model::IntegrationState::kActive}), "c");
  EXPECT_EQ(handles({.kind = model::IntegrationKindOf::kOrganization}), "");
  EXPECT_EQ(handles({.space = fakes::SampleIntegration().space}), "abcd");
  const auto first = Must(Read([](ReadTransaction& tx) { return ListIntegrations(tx, {}, {.limit = 2}); }));
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(handles({}, {.limit = 10, .after = first[1].id.text()}), "cd");
}

TEST_F(NounsTest, AnExternalIdIsRotatedAndNeverDisappears) {
  Integration integration = fakes::SampleIntegration();
  ASSERT_TRUE(Insert(integration).has_value());
  integration.external_ids[0].state = model::ExternalIdState::kPrevious;
  integration.external_ids.push_back({.value = model::ExternalId::Generate(tenant_, random_), .issued_at = FromMicros(100), .verified = true});
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return UpdateIntegration(tx, integration); }).has_value());
  integration.version = 2;
  integration.external_ids.erase(integration.external_ids.begin());
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return UpdateIntegration(tx, integration); }).has_value());
  const auto found = Find(integration);
  ASSERT_EQ(found->external_ids.size(), 2U);
  EXPECT_EQ(found->external_ids[0].state, model::ExternalIdState::kPrevious);
  EXPECT_EQ(found->CurrentExternalId()->value, integration.external_ids[0].value);
  EXPECT_TRUE(found->CurrentExternalId()->verified);
}

TEST_F(NounsTest, AnExternalIdIsBurntWhenItsIntegrationIsDeleted) {
  const Integration integration = fakes::SampleIntegration();
  ASSERT_TRUE(Insert(integration).has_value());
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return DeleteIntegration(tx, integration.id); }).has_value());
  EXPECT_TRUE(Must(Read([&](ReadTransaction& tx) { return WasExternalIdIssued(tx, integration.external_ids[0].value); })));
  Integration next = Another("next");
  next.external_ids = integration.external_ids;
  EXPECT_EQ(Insert(next).error().reason, "external_id.used");
  EXPECT_FALSE(Find(next).has_value());
  EXPECT_EQ(Write([&](WriteTransaction& tx) { return DeleteIntegration(tx, integration.id); }).error().code, Code::kNotFound);
}

TEST_F(NounsTest, ACustomExternalIdIsUniqueInItsTenantAndSaysNothingAboutOthers) {
  Integration ours = fakes::SampleIntegration();
  ours.external_id_format = model::ExternalIdFormat::kCustom;
  ours.external_ids = {{.value = Must(model::ExternalId::Parse("my-own-value"))}};
  ASSERT_TRUE(Insert(ours).has_value());
  Integration again = Another("again");
  again.external_id_format = model::ExternalIdFormat::kCustom;
  again.external_ids = ours.external_ids;
  EXPECT_EQ(Insert(again).error().reason, "external_id.used");
  Integration theirs = Theirs();
  theirs.external_id_format = model::ExternalIdFormat::kCustom;
  theirs.external_ids = ours.external_ids;
  EXPECT_TRUE(Insert(theirs).has_value());
}

TEST_F(NounsTest, OfManyWhoIssueOneValueAtOnceOneSucceeds) {
  const model::ExternalId value = model::ExternalId::Generate(tenant_, random_);
  std::vector<Integration> integrations;
  for (const char* handle : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    integrations.push_back(Another(handle));
    integrations.back().external_ids = {{.value = value}};
  }
  std::latch begin(static_cast<std::ptrdiff_t>(integrations.size()));
  std::atomic<int> created = 0;
  std::vector<std::thread> threads;
  for (const Integration& integration : integrations) {
    threads.emplace_back([&] {
      begin.arrive_and_wait();
      created += Insert(integration).has_value() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
}

TEST_F(NounsTest, ARoleBelongsToOneTenantUntilItIsGivenUp) {
  const Integration ours = fakes::SampleIntegration();
  const Integration second = Another("second");
  const Integration theirs = Theirs();
  for (const Integration* integration : {&ours, &second, &theirs}) ASSERT_TRUE(Insert(*integration).has_value());
  const auto role = Must(model::RoleArn::Parse("arn:aws:iam::111122223333:role/r"));
  const auto claim = [&](const Integration& integration) {
    return Must(store_->Write(integration.tenant, [&](WriteTransaction& tx) { return ClaimRole(tx, integration.id, role, FromMicros(1)); }));
  };
  EXPECT_EQ(claim(ours), RoleClaim::kOurs);
  EXPECT_EQ(claim(ours), RoleClaim::kOurs);
  EXPECT_EQ(claim(second), RoleClaim::kOurs);
  EXPECT_EQ(claim(theirs), RoleClaim::kElsewhere);
  EXPECT_FALSE(Must(store_->Read(other_, [&](ReadTransaction& tx) { return HoldsRole(tx, role); })));
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return ReleaseRoles(tx, ours.id); }).has_value());
  EXPECT_EQ(claim(theirs), RoleClaim::kElsewhere);
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return DeleteIntegration(tx, second.id); }).has_value());
  EXPECT_EQ(claim(theirs), RoleClaim::kOurs);
  EXPECT_EQ(claim(ours), RoleClaim::kElsewhere);
}

TEST_F(NounsTest, AConnectionIsReadBackChangedAndGoesWithItsIntegration) {
  const Integration integration = fakes::SampleIntegration();
  ASSERT_TRUE(Insert(integration).has_value());
  Connection connection{.id = model::ConnectionId::Make(FromMicros(1), random_), .tenant = tenant_, .integration = integration.id,
                        .account_id = *integration.account_id, .handle = integration.handle, .name = "n", .regions = {"a", "b"},
                        .created_at = FromMicros(4)};
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return InsertConnection(tx, connection); }).has_value());
  connection.state = ConnectionState::kError;
  connection.last_error = ConnectionError{.at = FromMicros(8), .code = "AccessDenied", .message = "no"};
  connection.last_success_at = FromMicros(7);
  EXPECT_EQ(Must(Write([&](WriteTransaction& tx) { return UpdateConnection(tx, connection); })), 2);
  EXPECT_TRUE(Write([&](WriteTransaction& tx) { return UpdateConnection(tx, connection); }).error().stale);
  const auto found = Must(Read([&](ReadTransaction& tx) { return FindConnectionByHandle(tx, integration.handle); }));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->state, ConnectionState::kError);
  EXPECT_EQ(found->last_error->code, "AccessDenied");
  EXPECT_EQ(found->last_success_at, FromMicros(7));
  EXPECT_EQ(found->regions, connection.regions);
  const auto count = [&](const ConnectionFilter& filter) { return Must(Read([&](ReadTransaction& tx) { return ListConnections(tx, filter); })).size(); };
  EXPECT_EQ(count({.integration = integration.id, .account_id = integration.account_id, .state = ConnectionState::kError}), 1U);
  EXPECT_EQ(count({.state = ConnectionState::kActive}), 0U);
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return DeleteIntegration(tx, integration.id); }).has_value());
  EXPECT_EQ(count({}), 0U);
}

TEST_F(NounsTest, TheLastVerificationReplacesTheOneBefore) {
  const Integration integration = fakes::SampleIntegration();
  ASSERT_TRUE(Insert(integration).has_value());
  for (const bool ok : {false, true}) {
    ASSERT_TRUE(Write([&](WriteTransaction& tx) {
      return PutVerification(tx, {.integration = integration.id, .checked_at = FromMicros(5), .ok = ok, .result = R"({"a":1})"});
    }).has_value());
  }
  const auto found = Must(Read([&](ReadTransaction& tx) { return FindVerification(tx, integration.id); }));
  EXPECT_TRUE(found->ok);
  EXPECT_EQ(found->result, R"({"a":1})");
  EXPECT_EQ(Write([&](WriteTransaction& tx) { return PutVerification(tx, {.integration = Another("x").id}); }).error().code, Code::kConflict);
}

TEST_F(NounsTest, AnIntegrationsLogIsFollowedAndBounded) {
  const Integration integration = fakes::SampleIntegration();
  ASSERT_TRUE(Insert(integration).has_value());
  ASSERT_TRUE(store_->BulkWrite(tenant_, static_cast<std::size_t>(kLogLinesKept) + 5, [&](WriteTransaction& tx, std::size_t i) -> base::Status {
    TRY(AppendIntegrationLog(tx, integration.id, {.at = FromMicros(1), .event = "e", .message = std::to_string(i)}));
    return {};
  }).has_value());
  const auto list = [&](std::int64_t after, std::size_t limit) {
    return Must(Read([&](ReadTransaction& tx) { return ListIntegrationLog(tx, integration.id, after, limit); }));
  };
  EXPECT_EQ(list(0, 5000).size(), static_cast<std::size_t>(kLogLinesKept));
  EXPECT_EQ(list(0, 1)[0].seq, 6);
  EXPECT_EQ(list(kLogLinesKept + 3, 10).size(), 2U);
  EXPECT_EQ(list(kLogLinesKept + 4, 10)[0].message, std::to_string(kLogLinesKept + 4));
}

TEST_F(NounsTest, ARepeatedRequestIsAnsweredAsBeforeUnlessItsBodyDiffers) {
  using enum Reservation::Outcome;
  const IdempotencyKey key{.token = "tok_1", .route = "POST /x", .key = "k"};
  const auto reserve = [&](const IdempotencyKey& which, const std::string& hash, std::int64_t now) {
    return Must(Write([&](WriteTransaction& tx) { return ReserveKey(tx, which, hash, FromMicros(now)); }));
  };
  // Every writing function runs twice here, so that only the second run's answer counts.
  EXPECT_EQ(reserve(key, "h", 1).outcome, kNew);
  EXPECT_EQ(reserve(key, "h", 2).outcome, kInProgress);
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return StoreAnswer(tx, key, {.status = 201, .body = "b"}, FromMicros(3)); }).has_value());
  EXPECT_EQ(reserve(key, "h", 4).answer->body, "b");
  EXPECT_EQ(reserve(key, "h", 4).answer->status, 201);
  EXPECT_EQ(reserve(key, "other", 4).outcome, kOtherBody);
  EXPECT_EQ(reserve({.token = "tok_2", .route = "POST /x", .key = "k"}, "other", 4).outcome, kNew);
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return ReleaseKey(tx, key); }).has_value());
  EXPECT_EQ(reserve(key, "other", 5).outcome, kNew);
}

TEST_F(NounsTest, AKeyExpires) {
  using enum Reservation::Outcome;
  const IdempotencyKey key{.token = "tok_1", .route = "POST /x", .key = "k"};
  const auto reserve = [&](base::Time now) { return Must(Write([&](WriteTransaction& tx) { return ReserveKey(tx, key, "h", now); })).outcome; };
  EXPECT_EQ(reserve(FromMicros(0)), kNew);
  EXPECT_EQ(reserve(FromMicros(0) + kReservationLife), kNew);
  ASSERT_TRUE(Write([&](WriteTransaction& tx) { return StoreAnswer(tx, key, {.status = 200, .body = ""}, FromMicros(0)); }).has_value());
  EXPECT_EQ(reserve(FromMicros(-1) + kAnswerLife), kReplay);
  EXPECT_EQ(Must(Write([&](WriteTransaction& tx) { return DeleteExpiredKeys(tx, FromMicros(-1) + kAnswerLife); })), 0);
  EXPECT_EQ(Must(Write([&](WriteTransaction& tx) { return DeleteExpiredKeys(tx, FromMicros(0) + kAnswerLife); })), 1);
}

}  // namespace
}  // namespace crossrole::store
