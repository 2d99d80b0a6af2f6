// SPDX-License-Identifier: Apache-2.0
#include "sim/identity_center/instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "sim/identity_center/operations.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::identity_center {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::size_t kPage = 100;

bool MayAdminister(const organizations::Organization& organization, const Account& account) {
  if (organization.management == &account) return true;
  const auto delegated = organization.delegated.find(account.id);
  return delegated != organization.delegated.end() && delegated->second.contains("sso.amazonaws.com");
}

base::Result<Instance*> CallersInstance(Call& call) {
  organizations::Organization* organization = call.account().organization;
  if (organization == nullptr || !MayAdminister(*organization, call.account())) {
    return Refuse("AccessDeniedException", "You do not have sufficient access to perform this action.");
  }
  return &InstanceOf(*organization, call.random, call.now());
}

std::unexpected<base::Error> NotFound(std::string_view what, std::string_view id) {
  return Refuse("ResourceNotFoundException", std::string(what) + " with id " + std::string(id) + " does not exist");
}

void Finish(Operation& operation, const base::Status& done) {
  operation.status = done ? "SUCCEEDED" : "FAILED";
  if (!done) operation.failure = done.error().message;
}

Provisioner With(Call& call) { return {.world = call.world, .spread = call.spread, .random = call.random}; }

// Whoever has an assignment in an account keeps it when the account is suspended; nothing can be changed there any more. AWS's words.
base::Status CheckReach(const World& world, const std::string& account_id) {
  const Account* account = world.FindAccount(account_id);
  if (account == nullptr || account->state == AccountState::kActive) return {};
  return Refuse("", fmt::format("AWS SSO is unable to complete your request at this time. Obtaining permissions to manage your AWS account '{}' "
                                "is taking longer than usual.",
                                account_id));
}

base::Status Assign(Call& call, Instance& instance, const Assignment& assignment) {
  TRY(CheckReach(call.world, assignment.account_id));
  return AddAssignment(With(call), instance, assignment);
}

base::Status Unassign(Call& call, Instance& instance, const Assignment& assignment) {
  if (!instance.assignments.contains(assignment)) return Refuse("", "Received a 404 status error: AccountAssignment not found.");
  TRY(CheckReach(call.world, assignment.account_id));
  instance.assignments.erase(assignment);
  const bool needed = std::ranges::any_of(instance.assignments, [&](const Assignment& each) {
    return each.account_id == assignment.account_id && each.set_arn == assignment.set_arn;
  });
  const auto set = instance.sets.find(assignment.set_arn);
  Account* account = call.world.FindAccount(assignment.account_id);
  if (needed || set == instance.sets.end() || account == nullptr) return {};
  RemoveRole(With(call), set->second, *account);
  set->second.provisioned.erase(account->id);
  return {};
}

base::Status Provision(Call& call, Instance& instance, const Assignment& what) {
  const auto set = instance.sets.find(what.set_arn);
  if (set == instance.sets.end()) return Refuse("", "The permission set does not exist any more.");
  base::Status all;
  for (auto& [id, revision] : set->second.provisioned) {
    if (!what.account_id.empty() && what.account_id != id) continue;
    Account* account = call.world.FindAccount(id);
    if (account == nullptr) continue;
    base::Status done = CheckReach(call.world, id);
    if (done) done = ProvisionRole(With(call), set->second, *account);
    if (done) {
      revision = set->second.revision;
    } else {
      // One account that cannot be reached keeps no other from what is new.
      all = std::move(done);
    }
  }
  return all;
}

}  // namespace

Instance& InstanceOf(organizations::Organization& organization, base::Random& random, base::Time now) {
  if (!organization.identity_center) {
    auto instance = std::make_shared<Instance>();
    instance->arn = "arn:" + std::string(organization.management->partition_name()) + ":sso:::instance/ssoins-" + base::RandomText(random, kHex, 16);
    instance->store_id = "d-" + base::RandomText(random, kHex, 10);
    instance->organization = &organization;
    instance->created = now;
    organization.identity_center = std::move(instance);
  }
  return *organization.identity_center;
}

std::string MakeSetArn(const Instance& instance, base::Random& random) {
  std::string arn = instance.arn;
  arn.replace(arn.find(":instance/"), 10, ":permissionSet/");
  return arn + "/ps-" + base::RandomText(random, kHex, 16);
}

void RunDue(Call& call) {
  for (const auto& organization : call.world.organizations()) {
    Instance* instance = organization->identity_center.get();
    if (instance == nullptr || instance->pending.empty()) continue;
    const std::set<std::string> pending = instance->pending;
    for (const std::string& id : pending) {
      Operation& operation = instance->operations.find(id)->second;
      if (operation.due > call.now()) continue;
      instance->pending.erase(id);
      const auto run = operation.work == Work::kAssign ? Assign : operation.work == Work::kUnassign ? Unassign : Provision;
      Finish(operation, run(call, *instance, operation.assignment));
    }
  }
}

base::Result<Instance*> FindInstance(Call& call, std::string_view arn) {
  TRY_ASSIGN(Instance* instance, CallersInstance(call));
  if (instance->arn != arn) return NotFound("Instance", arn);
  return instance;
}

base::Result<Instance*> FindStore(Call& call, std::string_view store_id) {
  TRY_ASSIGN(Instance* instance, CallersInstance(call));
  if (instance->store_id != store_id) return NotFound("IdentityStore", store_id);
  return instance;
}

base::Result<PermissionSet*> FindSet(Call& call, std::string_view instance_arn, std::string_view set_arn) {
  TRY_ASSIGN(Instance* instance, FindInstance(call, instance_arn));
  const auto set = instance->sets.find(set_arn);
  if (set == instance->sets.end()) return NotFound("PermissionSet", set_arn);
  return &set->second;
}

base::Result<PageOf> FindPage(const std::optional<std::string>& next_token, std::optional<std::int32_t> max_results, std::size_t size) {
  const std::size_t wanted = std::clamp<std::size_t>(static_cast<std::size_t>(max_results.value_or(static_cast<std::int32_t>(kPage))), 1, kPage);
  PageOf page;
  if (next_token) {
    const auto text = base::Base64Decode(*next_token);
    if (!text || text->empty() || text->size() > 9 || text->find_first_not_of("0123456789") != std::string::npos) {
      return Refuse("ValidationException", "The nextToken is not valid.");
    }
    page.first = std::min(size, static_cast<std::size_t>(std::stoul(*text)));
  }
  page.end = std::min(size, page.first + wanted);
  if (page.end < size) page.next_token = base::Base64Encode(std::to_string(page.end));
  return page;
}

void AddOperations(OperationTable& table) {
  AddInstanceOperations(table);
  AddSetOperations(table);
  AddSetPolicyOperations(table);
  AddAssignmentOperations(table);
  AddProvisioningOperations(table);
  AddUserOperations(table);
  AddGroupOperations(table);
  AddMembershipOperations(table);
}

}  // namespace crossrole::sim::identity_center
