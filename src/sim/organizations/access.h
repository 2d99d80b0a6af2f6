// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/organizations.h"
#include "sim/call.h"
#include "sim/internal/page.h"
#include "sim/internal/refuse.h"
#include "sim/organizations/organization.h"

// What the handlers of Organizations share.

namespace crossrole::sim::organizations {

/// Who may do something besides the management account.
enum class Reach : std::uint8_t {
  kManagement,  // nobody
  kDelegated,   // delegated administrators of any service
  kMembers,     // every account of the organization
};
/// The caller's organization. Errors: AWSOrganizationsNotInUseException, AccessDeniedException.
base::Result<Organization*> FindOrganization(const Call& call, Reach reach);

/// Things of an organization. Errors: AWS's `…NotFoundException` of the kind.
base::Result<Unit*> FindParent(Organization& organization, std::string_view id);
base::Result<Unit*> FindUnit(Organization& organization, std::string_view id);
base::Result<Member*> FindMember(Organization& organization, std::string_view account_id);
base::Result<OrganizationPolicy*> FindPolicy(Organization& organization, std::string_view id);
/// What a policy is attached to: a unit or an account.
base::Status CheckTarget(const Organization& organization, std::string_view id);
/// The type called so. Errors: InvalidInputException.
base::Result<PolicyType> ReadType(std::string_view name);

/// Things as answers show them.
aws::organizations::Organization ShowOrganization(const Organization& organization);
aws::organizations::Account ShowAccount(const Call& call, const Organization& organization, const Member& member);
aws::organizations::OrganizationalUnit ShowUnit(const Organization& organization, const Unit& unit);
aws::organizations::Root ShowRoot(const Organization& organization);
aws::organizations::PolicySummary ShowSummary(const Organization& organization, const OrganizationPolicy& policy);
/// The state as the member `State` of answers has it, and as the older `Status`.
std::string StateOf(AccountState state);
std::string StatusOf(AccountState state);

/// The page that `next_token` names, of `max_results` (at most 20) items. Behind the first page of several comes an
/// empty one, since AWS says that this may happen. Errors: InvalidInputException.
base::Result<PageOf> FindPage(const std::optional<std::string>& next_token, std::optional<std::int32_t> max_results, std::size_t size);

/// Tags of a request. Errors: InvalidInputException.
base::Result<Tags> ReadTags(const std::vector<aws::organizations::Tag>& tags);

/// What an operation without a resource asks for.
struct OnAnything {
  template <typename Input>
  Ask operator()(const Call&, const Input&) const {
    return {};
  }
};

/// What an operation on one thing of the caller's organization asks for, whatever the input calls its id.
struct OnThing {
  template <typename Input>
  Ask operator()(const Call& call, const Input& input) const {
    Ask ask;
    if constexpr (requires { input.account_id; }) ask = AskFor(call, input.account_id);
    else if constexpr (requires { input.organizational_unit_id; }) ask = AskFor(call, input.organizational_unit_id);
    else if constexpr (requires { input.parent_id; }) ask = AskFor(call, input.parent_id);
    else if constexpr (requires { input.target_id; }) ask = AskFor(call, input.target_id);
    else if constexpr (requires { input.policy_id; }) ask = AskFor(call, input.policy_id);
    else if constexpr (requires { input.resource_id; }) ask = AskFor(call, input.resource_id);
    else if constexpr (requires { input.root_id; }) ask = AskFor(call, input.root_id);
    else if constexpr (requires { input.child_id; }) ask = AskFor(call, input.child_id);
    if constexpr (requires { input.service_principal; }) SetService(ask, input.service_principal);
    return ask;
  }
  /// The ARN of what has this id, with its tags.
  static Ask AskFor(const Call& call, const std::string& id);

 private:
  static void SetService(Ask& ask, const std::string& principal) { ask.context.Set("organizations:ServicePrincipal", principal); }
  static void SetService(Ask& ask, const std::optional<std::string>& principal) {
    if (principal) SetService(ask, *principal);
  }
};

/// Adds the operations, by what they are about.
void AddDescribeOperations(OperationTable& table);
void AddUnitOperations(OperationTable& table);
void AddAccountOperations(OperationTable& table);
void AddHandshakeOperations(OperationTable& table);
void AddPolicyOperations(OperationTable& table);
void AddAttachmentOperations(OperationTable& table);
void AddDelegationOperations(OperationTable& table);
void AddTagOperations(OperationTable& table);

}  // namespace crossrole::sim::organizations
