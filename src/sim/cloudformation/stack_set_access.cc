// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "aws/sts.h"
#include "base/crypto.h"
#include "sim/cloudformation/stack_set.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim::cloudformation {
namespace {

constexpr std::string_view kAdminRole = "AWSServiceRoleForCloudFormationStackSetsOrgAdmin";
constexpr std::string_view kMemberRole = "AWSServiceRoleForCloudFormationStackSetsOrgMember";

// What AWS itself makes does not wait for IAM to spread.
Spread AtOnce(const Call& call) { return {.now = call.spread.seen(), .delay = call.spread.delay}; }

base::Status MakeServiceRole(const Call& call, Account& account, std::string_view principal, std::string_view name) {
  if (account.roles.Find(std::string(name))) return {};
  Role role;
  role.name = name;
  role.path = fmt::format("/aws-service-role/{}/", principal);
  role.arn = account.IamArn("role" + role.path + role.name);
  role.id = MakeUniqueId("AROA", call.random);
  role.created = call.now();
  TRY_ASSIGN(role.trust, StorePolicy(fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":)"
                                                 R"({{"Service":"{}"}},"Action":"sts:AssumeRole"}}]}})",
                                                 principal),
                                     policy::DocumentKind::kTrust));
  call.world.Put(account, AtOnce(call), std::move(role));
  return {};
}

std::string ExecutionRoleName(const organizations::Organization& organization, const Account& account) {
  const base::Digest digest = base::Sha256(organization.id + account.id);
  return "stacksets-exec-" + base::HexEncode(base::AsText(digest).substr(0, 16));
}

// The role that stack sets of the organization work as in one of its accounts; made when it is not there.
base::Result<std::shared_ptr<const Role>> ServiceExecutor(const Call& call, const Account& management, Account& target) {
  const organizations::Organization& organization = *management.organization;
  const std::string name = ExecutionRoleName(organization, target);
  if (!target.roles.Find(name)) {
    if (target.organization != &organization) return Invalid(fmt::format("Account {} is not a member of the organization", target.id));
    TRY(MakeServiceRole(call, target, kMemberPrincipal, kMemberRole));
    Role role;
    role.name = name;
    role.arn = target.IamArn("role/" + name);
    role.id = MakeUniqueId("AROA", call.random);
    role.created = call.now();
    role.attached = {fmt::format("arn:{}:iam::aws:policy/AdministratorAccess", target.partition_name())};
    const std::string admin = management.IamArn(fmt::format("role/aws-service-role/{}/{}", kAdminPrincipal, kAdminRole));
    TRY_ASSIGN(role.trust, StoreTrust(call.world, target, call.spread.seen(),
                                      fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":)"
                                                  R"({{"AWS":"{}"}},"Action":"sts:AssumeRole"}}]}})",
                                                  admin)));
    call.world.Put(target, AtOnce(call), std::move(role));
  }
  return target.roles.Find(name);
}

base::Result<std::shared_ptr<const Caller>> AssumeExecutionRole(const Call& call, const StackSet& set, const std::string& account_id) {
  Account* const target = call.world.FindAccount(account_id);
  const std::string& arn = set.administration_role_arn;
  const std::string administration = arn.substr(arn.rfind('/') + 1);
  const auto refused = [&] {
    return Invalid(fmt::format("Account {} should have '{}' role with trust relationship to Role '{}'.", account_id,
                               set.execution_role_name, administration));
  };
  const auto admin = set.account->roles.FindAsOf(administration, call.spread.seen());
  if (!admin || admin->arn != arn || !TrustsCloudFormation(call, *admin) || target == nullptr) return refused();
  const std::string session = "AWSCloudFormation";
  Call as_admin = CallAs(call, WorkerAs(call, *set.account, *admin, session), set.region, call.now());
  const auto taken = call.operations.Perform<aws::sts::AssumeRole>(
      as_admin, {.role_arn = target->IamArn("role/" + set.execution_role_name), .role_session_name = session});
  const auto role = target->roles.FindAsOf(set.execution_role_name, call.spread.seen());
  if (!taken || !role) return refused();
  return WorkerAs(call, *target, *role, session);
}

// Whether a caller who is not of the account, but works for it, may see the set.
bool IsVisible(const Call& call, const StackSet& set) {
  return set.account == &call.account() || set.permissions == Permissions::kServiceManaged;
}

StackSet* FindIn(const Call& call, const Account& account, std::string_view name) {
  if (!account.stacks || !account.stacks->sets) return nullptr;
  for (const auto& set : account.stacks->sets->sets) {
    if (set->deleted || set->region != call.region || !IsVisible(call, *set)) continue;
    if (set->name == name || set->id == name || set->arn == name) return set.get();
  }
  return nullptr;
}

void Collect(const organizations::Organization& organization, const std::string& unit_id, const std::string& targeted,
             std::map<std::string, std::string>& accounts) {
  const auto unit = organization.units.find(unit_id);
  if (unit == organization.units.end()) return;
  for (const std::string& account : unit->second.accounts) {
    if (account != organization.management->id) accounts.emplace(account, targeted);
  }
  for (const std::string& below : unit->second.units) Collect(organization, below, targeted, accounts);
}

}  // namespace

StackInstance* StackSet::FindInstance(const std::string& account_id, const std::string& in_region) {
  const auto it = instances.find({account_id, in_region});
  return it == instances.end() ? nullptr : &it->second;
}

bool IsActivated(const Call& call, const organizations::Organization& organization) {
  return organization.trusted_services.contains(std::string(kMemberPrincipal)) &&
         organization.management->roles.FindAsOf(std::string(kAdminRole), call.spread.seen()) != nullptr;
}

base::Status MakeAdminRole(const Call& call) { return MakeServiceRole(call, call.account(), kAdminPrincipal, kAdminRole); }

base::Result<Account*> AdministratorFor(const Call& call, const std::optional<std::string>& call_as) {
  if (call_as != "DELEGATED_ADMIN") return &call.account();
  const organizations::Organization* organization = call.account().organization;
  if (organization != nullptr) {
    const auto services = organization->delegated.find(call.account().id);
    if (services != organization->delegated.end() && services->second.contains(std::string(kMemberPrincipal))) {
      return organization->management;
    }
  }
  return Invalid("Account used is not a delegated administrator");
}

base::Result<StackSet*> FindStackSet(const Call& call, const std::string& name, const std::optional<std::string>& call_as) {
  TRY_ASSIGN(const Account* administrator, AdministratorFor(call, call_as));
  StackSet* set = FindIn(call, *administrator, name);
  if (set == nullptr) return Refuse("StackSetNotFoundException", fmt::format("StackSet {} not found", name));
  return set;
}

base::Status CheckAccess(const Call& call, const Account& administrator) {
  const organizations::Organization* organization = administrator.organization;
  if (organization == nullptr || organization->management != &administrator) {
    return Invalid("You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED "
                   "stack set");
  }
  if (!IsActivated(call, *organization)) return Invalid("You must enable organizations access to operate a service managed stack set");
  return {};
}

Ask OnStackSet(const Call& call, const std::string& name, const std::optional<std::string>& call_as) {
  const auto found = AdministratorFor(call, call_as);
  const Account& administrator = found ? **found : call.account();
  const StackSet* set = FindIn(call, administrator, name);
  // A delegated administrator's own policies decide, although the set is the management account's.
  return {.resource = set != nullptr ? set->arn
                                     : fmt::format("arn:{}:cloudformation:{}:{}:stackset/{}:*", administrator.partition_name(),
                                                   call.region, administrator.id, name),
          .owner = call.account().id};
}

std::map<std::string, std::string> AccountsIn(const organizations::Organization& organization, const std::vector<std::string>& units) {
  std::map<std::string, std::string> accounts;
  for (const std::string& unit : units) Collect(organization, unit, unit, accounts);
  return accounts;
}

Call CallAs(const Call& call, std::shared_ptr<const Caller> caller, std::string region, base::Time moment) {
  Call own = call;
  own.caller = std::move(caller);
  own.region = std::move(region);
  own.spread.now = moment;
  own.issuer_keys = nullptr;
  own.carried = nullptr;
  return own;
}

base::Result<std::shared_ptr<const Caller>> ExecutorFor(const Call& call, const StackSet& set, const std::string& account_id) {
  if (set.permissions == Permissions::kSelfManaged) return AssumeExecutionRole(call, set, account_id);
  Account* const target = call.world.FindAccount(account_id);
  CHECK(target != nullptr);
  TRY(CheckAccess(call, *set.account));
  TRY_ASSIGN(const auto role, ServiceExecutor(call, *set.account, *target));
  return WorkerAs(call, *target, *role, "AWSCloudFormation");
}

}  // namespace crossrole::sim::cloudformation
