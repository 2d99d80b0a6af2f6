// SPDX-License-Identifier: Apache-2.0
#include "organization/member_role.h"

#include <fmt/format.h>

#include <utility>

#include "audit/log.h"
#include "base/json.h"
#include "organization/internal/member_job.h"
#include "store/organization/member_roles.h"
#include "store/organization_tree.h"

namespace crossrole::organization {
namespace {

struct RoleChange {
  store::MemberAccess before;
  store::MemberAccess after;
  bool empty() const { return before == after; }
};

base::Result<RoleChange> Compare(const integration::Ports& ports, const model::Integration& integration, integration::MemberWish wish) {
  if (integration.kind != model::IntegrationKindOf::kOrganization) {
    return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                  .message = "`member` belongs to integrations of kind `organization`",
                                  .field = "member"});
  }
  TRY_ASSIGN(auto before, ports.store.Read(integration.tenant, [&](store::ReadTransaction& tx) {
    return store::FindMemberAccess(tx, integration.id);
  }));
  if (!before) return base::Fail(base::Code::kInternal, "an organization without member roles");
  // What is not wished for stays; the role that AWS makes has its own path.
  if (!wish.role_path && wish.role_name.value_or(before->role_name) != integration::kAwsMemberRole) wish.role_path = before->role_path;
  if (!wish.role_name) wish.role_name = before->role_name;
  if (!wish.via) wish.via = std::string(store::NameOf(before->via));
  TRY_ASSIGN(store::MemberAccess after, integration::MakeMemberAccess(integration, wish, ports.random));
  after.external_id = before->external_id;
  return RoleChange{.before = *std::move(before), .after = std::move(after)};
}

std::string TextOf(const store::MemberAccess& access) {
  return fmt::format(R"({{"role":{},"via":"{}"}})", base::JsonQuote(access.role_path + access.role_name), store::NameOf(access.via));
}

}  // namespace

base::Result<integration::Consequences> PreviewMemberRole(const integration::Ports& ports, const model::Integration& integration,
                                                          const integration::MemberWish& wish) {
  TRY_ASSIGN(const RoleChange change, Compare(ports, integration, wish));
  if (change.empty()) return integration::Consequences{};
  integration::Consequences consequences{.invalidated = {"sessions", "connections", "setup.member"}};
  const bool is_chained = change.before.via == store::MemberVia::kDiscoveryRole || change.after.via == store::MemberVia::kDiscoveryRole;
  if (is_chained) consequences.invalidated.emplace_back("setup.discovery");
  return consequences;
}

base::Status ApplyMemberRole(const integration::Ports& ports, const model::Actor& actor, const model::Integration& integration,
                             const integration::MemberWish& wish) {
  TRY_ASSIGN(const RoleChange change, Compare(ports, integration, wish));
  if (change.empty()) return {};
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, "integration.update", integration.id.text()),
                             [&](audit::EffectReport& report) -> base::Status {
                               report.details = fmt::format(R"({{"member":{},"before":{}}})", TextOf(change.after), TextOf(change.before));
                               const base::Time now = ports.clock.Now();
                               return ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) -> base::Status {
                                 TRY(store::ChangeMemberRoles(tx, change.after, integration.partition, now));
                                 return ScheduleMembers(tx, ports, integration.id, now);
                               });
                             });
}

}  // namespace crossrole::organization
