// SPDX-License-Identifier: Apache-2.0
#include "tenancy/tenants.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <type_traits>

#include "base/json.h"
#include "base/text.h"
#include "store/connections.h"
#include "store/integrations.h"
#include "store/people/operators.h"
#include "store/people/role_bindings.h"
#include "store/people/roles.h"
#include "store/people/spaces.h"
#include "store/people/tokens.h"

namespace crossrole::tenancy {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;
using store::Tenant;

constexpr std::string_view kSuffix = "external_id_suffix";

Error NoSuchTenant(std::string_view id) {
  return {.code = Code::kNotFound, .message = fmt::format("there is no tenant `{}`", base::Shortened(id, 80))};
}

base::Status PutSuffix(const std::optional<std::string>& suffix, Tenant& tenant) {
  if (!suffix) return {};
  if (*suffix != "generated" && *suffix != "chosen") {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("`{}` is neither `generated` nor `chosen`", base::Shortened(*suffix, 80)),
                      .field = "settings"});
  }
  auto settings = base::ParseJson(tenant.settings);
  json::object object = settings && settings->is_object() ? std::move(settings->as_object()) : json::object();
  object[json::string_view(kSuffix.data(), kSuffix.size())] = *suffix;
  tenant.settings = base::PrintJson(object);
  return {};
}

base::Status CheckVersion(const Tenant& tenant, std::optional<std::int64_t> if_match) {
  if (!if_match || *if_match == tenant.version) return {};
  return Fail(Error{.code = Code::kConflict,
                    .message = "the tenant was changed meanwhile",
                    .field = "If-Match",
                    .fix = "read it again, and repeat the change if it still makes sense",
                    .stale = true});
}

// The administrator tokens of the installation live there.
base::Status CheckNotDefault(const Tenant& tenant, std::string_view what) {
  if (tenant.handle.text() != model::kDefaultTenantHandle) return {};
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = fmt::format("the tenant `{}` cannot be {}", tenant.handle.text(), what),
                    .reason = "tenant.default"});
}

template <typename List>
base::Status AddIds(const List& list, std::vector<std::string>& ids) {
  store::Page page{.limit = store::kLongPage};
  while (true) {
    TRY_ASSIGN(const auto found, list(page));
    for (const auto& object : found) ids.push_back(object.id.text());
    if (found.size() < store::kLongPage) return {};
    page.after = found.back().id.text();
  }
}

base::Result<Consequences> ConsequencesOfDeleting(store::ReadTransaction& tx, const Tenant& tenant) {
  using store::Page;
  std::vector<std::string> ids = {tenant.id.text()};
  TRY_ASSIGN(const auto spaces, store::ListSpaces(tx));
  for (const store::Space& space : spaces) ids.push_back(space.id.text());
  TRY(AddIds([&](const Page& page) { return store::ListOperators(tx, page); }, ids));
  TRY(AddIds([&](const Page& page) { return store::ListRoles(tx, page); }, ids));
  TRY(AddIds([&](const Page& page) { return store::ListRoleBindings(tx, {}, page); }, ids));
  TRY(AddIds([&](const Page& page) { return store::ListTokens(tx, page); }, ids));
  TRY(AddIds([&](const Page& page) { return store::ListIntegrations(tx, {}, page); }, ids));
  TRY(AddIds([&](const Page& page) { return store::ListConnections(tx, {}, page); }, ids));
  return Consequences{.removed = std::move(ids), .invalidated = {"handle", "external_ids", "tokens", "sessions"}};
}

// The tenant in a transaction of its own. Errors: kNotFound.
template <typename Use>
auto WithTenant(const Ports& ports, const std::string& text, const Use& use) -> std::invoke_result_t<Use, store::ReadTransaction&, Tenant> {
  const auto id = model::TenantId::Parse(text);
  if (!id) return Fail(NoSuchTenant(text));
  return ports.store.Read(*id, [&](store::ReadTransaction& tx) -> std::invoke_result_t<Use, store::ReadTransaction&, Tenant> {
    auto tenant = store::OwnTenant(tx);
    if (!tenant && tenant.error().code == Code::kNotFound) return Fail(NoSuchTenant(text));
    if (!tenant) return std::unexpected(tenant.error());
    return use(tx, *std::move(tenant));
  });
}

base::Status Edit(const TenantChange& change, Tenant& tenant) {
  TRY(CheckVersion(tenant, change.if_match));
  tenant.name = change.name.value_or(tenant.name);
  TRY(model::CheckName(tenant.name, "name"));
  TRY(PutSuffix(change.external_id_suffix, tenant));
  if (!change.state) return {};
  if (*change.state != "active" && *change.state != "disabled") {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("`{}` is neither `active` nor `disabled`", base::Shortened(*change.state, 80)),
                      .field = "state"});
  }
  if (*change.state == "disabled") TRY(CheckNotDefault(tenant, "disabled"));
  tenant.state = *change.state == "active" ? store::TenantState::kActive : store::TenantState::kDisabled;
  return {};
}

}  // namespace

std::string ExternalIdSuffix(const Tenant& tenant) {
  const auto settings = base::ParseJson(tenant.settings);
  if (!settings || !settings->is_object()) return "";
  const json::value* value = settings->get_object().if_contains(json::string_view(kSuffix.data(), kSuffix.size()));
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

base::Result<Tenant> CreateTenant(const Ports& ports, const model::Actor& actor, const TenantWish& wish) {
  TRY_ASSIGN(const model::Handle handle, model::Handle::Parse(wish.handle));
  const base::Time now = ports.clock.Now();
  Tenant tenant{.id = model::TenantId::Make(now, ports.random),
                .handle = handle,
                .root_space = model::SpaceId::Make(now, ports.random),
                .name = wish.name.value_or(wish.handle),
                .created_at = now,
                .updated_at = now};
  TRY(model::CheckName(tenant.name, "name"));
  TRY(PutSuffix(wish.external_id_suffix, tenant));
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, "tenant.create", tenant.id.text()),
                             [&](audit::EffectReport& report) -> base::Result<Tenant> {
                               report.details = fmt::format(R"({{"handle":"{}"}})", handle.text());
                               TRY(ports.store.WriteInstallation(
                                   [&](store::WriteTransaction& tx) { return store::InsertTenant(tx, tenant); }));
                               return tenant;
                             });
}

base::Result<Tenant> FindTenant(const Ports& ports, const std::string& id) {
  return WithTenant(ports, id, [](store::ReadTransaction&, Tenant tenant) -> base::Result<Tenant> { return tenant; });
}

base::Result<Tenant> UpdateTenant(const Ports& ports, const model::Actor& actor, const std::string& id, const TenantChange& change) {
  TRY_ASSIGN(const Tenant before, FindTenant(ports, id));
  return audit::RecordAround(
      ports.audit, audit::RecordOf(actor, "tenant.update", before.id.text()), [&](audit::EffectReport&) -> base::Result<Tenant> {
        return ports.store.Write(before.id, [&](store::WriteTransaction& tx) -> base::Result<Tenant> {
          TRY_ASSIGN(Tenant tenant, store::OwnTenant(tx));
          TRY(Edit(change, tenant));
          tenant.updated_at = ports.clock.Now();
          TRY_ASSIGN(tenant.version, store::UpdateOwnTenant(tx, tenant));
          return tenant;
        });
      });
}

base::Result<Consequences> PreviewUpdateTenant(const Ports& ports, const std::string& id, const TenantChange& change) {
  return WithTenant(ports, id, [&](store::ReadTransaction&, Tenant tenant) -> base::Result<Consequences> {
    const bool was_active = tenant.state == store::TenantState::kActive;
    TRY(Edit(change, tenant));
    Consequences consequences;
    if (was_active && tenant.state != store::TenantState::kActive) consequences.invalidated = {"tokens", "sessions"};
    return consequences;
  });
}

base::Result<Consequences> DeleteTenant(const Ports& ports, const model::Actor& actor, const std::string& id,
                                        const std::string& confirm, std::optional<std::int64_t> if_match) {
  TRY_ASSIGN(const Tenant before, FindTenant(ports, id));
  TRY(CheckNotDefault(before, "deleted"));
  TRY(CheckVersion(before, if_match));
  if (confirm != before.handle.text()) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = "the handle must be typed to delete a tenant",
                      .field = "confirm",
                      .fix = fmt::format("look with `dry_run=true`, then repeat with `confirm={}`", before.handle.text())});
  }
  return audit::RecordAround(
      ports.audit, audit::RecordOf(actor, "tenant.delete", before.id.text()),
      [&](audit::EffectReport& report) -> base::Result<Consequences> {
        report.details = fmt::format(R"({{"handle":"{}"}})", before.handle.text());
        return ports.store.Write(before.id, [&](store::WriteTransaction& tx) -> base::Result<Consequences> {
          TRY_ASSIGN(const Tenant tenant, store::OwnTenant(tx));
          TRY(CheckVersion(tenant, if_match));
          TRY_ASSIGN(Consequences consequences, ConsequencesOfDeleting(tx, tenant));
          TRY(store::DeleteOwnTenant(tx, ports.clock.Now()));
          return consequences;
        });
      });
}

base::Result<Consequences> PreviewDeleteTenant(const Ports& ports, const std::string& id, std::optional<std::int64_t> if_match) {
  return WithTenant(ports, id, [&](store::ReadTransaction& tx, const Tenant& tenant) -> base::Result<Consequences> {
    TRY(CheckNotDefault(tenant, "deleted"));
    TRY(CheckVersion(tenant, if_match));
    return ConsequencesOfDeleting(tx, tenant);
  });
}

}  // namespace crossrole::tenancy
