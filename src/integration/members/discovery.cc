// SPDX-License-Identifier: Apache-2.0
#include "integration/members/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aws/aws_error.h"
#include "aws/organizations.h"
#include "integration/aws_access.h"
#include "integration/internal/keys/keyed_account.h"
#include "integration/members/roles.h"
#include "integration/rotate.h"
#include "store/organization_tree.h"

namespace crossrole::integration {
namespace {

constexpr std::chrono::seconds kLongestSession{3600};
constexpr std::chrono::seconds kCheckLimit{20};
constexpr std::size_t kLongestName = 64;

bool Lacks(const Inspection& inspection, std::string_view action) {
  return std::ranges::any_of(inspection.capabilities, [&](const CapabilityResult& capability) {
    return std::ranges::find(capability.missing_actions, action) != capability.missing_actions.end();
  });
}

Finding NotManagement(std::string message) {
  return MakeFinding("organization.not_management_account", FindingEvidence::kProbe, std::move(message));
}

}  // namespace

base::Result<Found> FindRole(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle) {
  TRY_ASSIGN(Found found, FindWithTenant(ports, actor, id_or_handle));
  if (found.integration.kind != model::IntegrationKindOf::kOrganization) return found;
  TRY_ASSIGN(const auto access, ports.store.Read(actor.tenant, [&](store::ReadTransaction& tx) {
    return store::FindMemberAccess(tx, found.integration.id);
  }));
  if (!access) return base::Fail(base::Code::kInternal, "an organization without member roles");
  found.integration = DiscoveryRoleOf(std::move(found.integration), *access);
  return found;
}

base::Result<aws::AssumeRoleRequest> DiscoveryRequest(const model::Integration& integration) {
  const auto role = integration.ExpectedRoleArn();
  const model::IssuedExternalId* external_id = ExternalIdInUse(integration);
  if (!role || external_id == nullptr) {
    return base::Fail(base::Error{.code = base::Code::kFailedPrecondition,
                                  .message = "no discovery role is known yet",
                                  .reason = "integration.pending",
                                  .fix = "create the role, or name it with `PUT …/role`"});
  }
  const std::string name = fmt::format("crossrole-organization@{}", integration.handle.text()).substr(0, kLongestName);
  return aws::AssumeRoleRequest(*role, external_id->value, {.session_name = name, .duration = kLongestSession});
}

base::Result<aws::Client> OpenDiscovery(const Ports& ports, const model::Integration& integration, const DiscoveryCall& call) {
  TRY_ASSIGN(const aws::AssumeRoleRequest request, DiscoveryRequest(integration));
  TRY(ports.aws.IdentityFor(integration));
  TRY_ASSIGN(const aws::Client own, ports.aws.Own(integration.partition, integration.region));
  auto assumed = aws::AssumeRole(
      own, request,
      {.deadline = call.deadline, .lane = call.lane, .tenant = integration.tenant.text(), .request_id = call.request_id});
  if (!assumed) return base::Fail(base::WithContext(std::move(assumed).error(), "the discovery role cannot be assumed"));
  // AWS counts calls of an account, whichever session they come with.
  return ports.aws.With(std::move(assumed->credentials), integration.partition, integration.region,
                        "account:" + request.role().account().text());
}

std::optional<Finding> CheckDiscovery(const Ports& ports, const model::Integration& integration, const Inspection& inspection) {
  const auto client = OpenDiscovery(ports, integration, {.deadline = base::Deadline::After(kCheckLimit)});
  if (!client) return std::nullopt;
  const aws::CallOptions options{
      .deadline = base::Deadline::After(kCheckLimit), .lane = aws::Lane::kVerify, .tenant = integration.tenant.text()};
  const std::string account = integration.ExpectedRoleArn()->account().text();
  const auto organization = client->Call<aws::organizations::DescribeOrganization>({}, options);
  if (!organization) {
    if (organization.error().aws_code != "AWSOrganizationsNotInUseException") return std::nullopt;
    return NotManagement(fmt::format("account {} is in no organization", account));
  }
  const std::string management = organization->organization.master_account_id.value_or("");
  if (management == account) return std::nullopt;
  const auto roots = client->Call<aws::organizations::ListRoots>({}, options);
  // A role that lacks the permission says nothing about its account.
  if (roots || !aws::IsDenied(roots.error()) || Lacks(inspection, "organizations:ListRoots")) return std::nullopt;
  return NotManagement(fmt::format("account {} is neither the management account {} nor a delegated administrator", account, management));
}

bool ListsOrganization(const Ports& ports, const model::Integration& integration) {
  const auto client = OpenDiscovery(ports, integration, {.deadline = base::Deadline::After(kCheckLimit)});
  if (!client) return false;
  const aws::CallOptions options{
      .deadline = base::Deadline::After(kCheckLimit), .lane = aws::Lane::kVerify, .tenant = integration.tenant.text()};
  return client->Call<aws::organizations::ListRoots>({}, options).has_value();
}

}  // namespace crossrole::integration
