// SPDX-License-Identifier: Apache-2.0
#include "integration/members/verify_member.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "audit/log.h"
#include "integration/aws_access.h"
#include "integration/internal/trust/check_trust.h"
#include "integration/members/discovery.h"
#include "integration/members/roles.h"
#include "store/role_claims.h"
#include "store/verifications.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::chrono::seconds kOpenLimit{20};
// A check that confirms what is known moves the time of the last success only so often: each one is a write.
constexpr std::chrono::hours kTellSuccessEvery{1};

// Why members of an integration cannot be reached now.
Error NotReady(const model::Integration& integration, bool is_other_account) {
  if (is_other_account) {
    return {.code = Code::kInvalidArgument,
            .message = "the discovery role is in an account that may not list its organization",
            .reason = "organization.not_management_account",
            .fix = "make the discovery role in the management account or in a delegated administrator account"};
  }
  return {.code = Code::kFailedPrecondition,
          .message = fmt::format("the integration `{}` is {}", integration.handle.text(), model::NameOf(integration.state)),
          .reason = fmt::format("integration.{}", model::NameOf(integration.state)),
          .fix = integration.state == model::IntegrationState::kPending ? "make the discovery role and connect it"
                                                                        : "see its last verification for the cause"};
}

base::Result<store::MemberAccess> ReadAccess(const Ports& ports, const model::Integration& integration) {
  if (integration.kind != model::IntegrationKindOf::kOrganization) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("the integration `{}` is of kind account", integration.handle.text()),
                      .reason = "integration.kind",
                      .fix = "name an integration of kind `organization`"});
  }
  return ports.store.Read(integration.tenant, [&](store::ReadTransaction& tx) -> base::Result<store::MemberAccess> {
    TRY_ASSIGN(auto access, store::FindMemberAccess(tx, integration.id));
    if (!access) return Fail(Code::kInternal, "an organization without member roles");
    if (integration.state == model::IntegrationState::kActive) return *std::move(access);
    TRY_ASSIGN(const auto verification, store::FindVerification(tx, integration.id));
    const bool is_other = integration.state == model::IntegrationState::kFailed && verification &&
                          verification->result.contains("\"organization.not_management_account\"");
    return Fail(NotReady(integration, is_other));
  });
}

// AWS's own role is open to the management account as a whole: behind the discovery role that is a weakness and no hole.
void AcceptAwsRole(Verification& verification, const model::AccountId& account) {
  const auto is_about_external_id = [](const Finding& finding) { return finding.code.starts_with("trust.external_id_"); };
  if (std::erase_if(verification.findings, is_about_external_id) == 0) return;
  AddFinding(verification, MakeFinding("member.without_external_id", FindingEvidence::kProbe,
                                       fmt::format("`{}` demands no external ID", kAwsMemberRole)));
  verification.ok = verification.probes.front().observed == Observed::kAllowed && verification.inspection.account == account &&
                    std::ranges::none_of(verification.findings, [](const Finding& finding) { return finding.severity == Severity::kError; });
}

// What a check says about a connection; nothing when it says nothing new.
std::optional<store::Connection> After(const store::Connection& before, const Verification& verification) {
  store::Connection after = before;
  after.updated_at = verification.checked_at;
  if (verification.ok) {
    const bool is_news = before.state != store::ConnectionState::kActive || !before.last_success_at ||
                         verification.checked_at - *before.last_success_at > kTellSuccessEvery;
    if (!is_news) return std::nullopt;
    after.state = store::ConnectionState::kActive;
    after.last_success_at = verification.checked_at;
    after.last_error.reset();
    return after;
  }
  if (verification.probes.front().observed == Observed::kUnknown || verification.findings.empty()) return std::nullopt;
  const Finding& first = verification.findings.front();
  if (first.severity != Severity::kError) return std::nullopt;
  const bool is_known = before.state == store::ConnectionState::kError && before.last_error && before.last_error->code == first.code;
  if (is_known) return std::nullopt;
  after.state = store::ConnectionState::kError;
  after.last_error = store::ConnectionError{.at = verification.checked_at, .code = first.code, .message = first.message};
  return after;
}

}  // namespace

base::Result<MemberPlace> FindReadyOrganization(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle) {
  TRY_ASSIGN(Found found, FindWithTenant(ports, actor, id_or_handle));
  TRY_ASSIGN(store::MemberAccess access, ReadAccess(ports, found.integration));
  return MemberPlace{.found = std::move(found), .access = std::move(access)};
}

base::Result<MemberPlace> FindMemberPlace(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle) {
  TRY_ASSIGN(MemberPlace place, FindReadyOrganization(ports, actor, id_or_handle));
  if (place.access.via == store::MemberVia::kDiscoveryRole) {
    TRY_ASSIGN(place.discovery, OpenDiscovery(ports, place.found.integration,
                                              {.deadline = base::Deadline::After(kOpenLimit), .request_id = actor.request_id}));
  }
  return place;
}

base::Result<Verification> TestMember(const Ports& ports, const MemberPlace& place, const model::AccountId& account, const MemberLook& look) {
  Found member = place.found;
  TRY_ASSIGN(member.integration, MemberRoleOf(std::move(member.integration), place.access, account));
  TRY_ASSIGN(const OwnIdentity identity, ports.aws.IdentityFor(place.found.integration));
  const model::RoleArn role = *member.integration.role_arn;
  TRY_ASSIGN(CheckedTrust checked, CheckTrust({.ports = ports,
                                               .found = member,
                                               .role = role,
                                               .identity = identity,
                                               .request_id = look.request_id,
                                               .until = base::Deadline::After(look.wait),
                                               .stop = look.stop,
                                               .signer = place.discovery}));
  checked.verification.state = place.found.integration.state;
  if (role.name() == kAwsMemberRole) AcceptAwsRole(checked.verification, account);
  return std::move(checked.verification);
}

base::Result<Verification> VerifyConnection(const Ports& ports, const model::Actor& actor, const MemberPlace& place,
                                            const store::Connection& connection, const MemberLook& look) {
  TRY_ASSIGN(Verification verification, TestMember(ports, place, connection.account_id, look));
  bool has_changed = false;
  TRY(ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) -> base::Status {
    has_changed = false;
    TRY_ASSIGN(const auto current, store::FindConnection(tx, connection.id));
    // Of an account that was suspended or has left meanwhile nothing is said.
    if (!current || current->state == store::ConnectionState::kSuspended || current->role_arn != verification.role_arn) return {};
    const auto after = After(*current, verification);
    if (!after) return {};
    has_changed = after->state != current->state;
    TRY_ASSIGN(const model::RoleArn role, model::RoleArn::Parse(verification.role_arn));
    if (verification.ok) TRY(store::ClaimRole(tx, connection.integration, role, verification.checked_at));
    TRY(store::UpdateConnection(tx, *after));
    return {};
  }));
  if (has_changed) {
    audit::Record record = audit::RecordOf(actor, "connection.test", connection.id.text());
    record.details = fmt::format(R"({{"ok":{},"integration":"{}","account_id":"{}","handle":"{}"}})", verification.ok,
                                 connection.integration.text(), connection.account_id.text(), connection.handle.text());
    TRY(ports.audit.AppendAndWait(std::move(record)));
  }
  return verification;
}

}  // namespace crossrole::integration
