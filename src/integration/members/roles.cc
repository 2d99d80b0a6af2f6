// SPDX-License-Identifier: Apache-2.0
#include "integration/members/roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "integration/internal/blueprint.h"
#include "integration/internal/names.h"
#include "model/arn.h"
#include "policy/parse.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::chrono::seconds kChainedSession{3600};

std::unexpected<Error> Refuse(std::string_view field, std::string message, std::string fix = "") {
  return Fail(Error{.code = Code::kInvalidArgument, .message = std::move(message), .field = std::string(field), .fix = std::move(fix)});
}

// What lets the discovery role assume the members' roles, and pass on who acts.
std::string ChainPolicy(const model::Integration& integration, const store::MemberAccess& access) {
  const std::string resource = fmt::format("arn:{}:iam::*:role{}", model::FactsOf(integration.partition).name,
                                           EscapePolicyText(access.role_path + access.role_name));
  policy::Statement statement{.sid = "CrossroleAssumeMembers", .effect = policy::Effect::kAllow};
  statement.action = {.form = policy::Form::kIs, .patterns = {"sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"}};
  statement.resource = {.form = policy::Form::kIs, .patterns = {resource}};
  return policy::Print(policy::Document{.version = policy::Version::k2012, .statements = {std::move(statement)}});
}

bool IsChosen(const model::Integration& integration, std::string_view pack) {
  return std::ranges::find(integration.capabilities, pack, &model::CapabilityChoice::name) != integration.capabilities.end();
}

}  // namespace

base::Result<store::MemberAccess> MakeMemberAccess(const model::Integration& integration, const MemberWish& wish, base::Random& random) {
  const bool is_aws_role = wish.role_name == kAwsMemberRole;
  store::MemberAccess access{.integration = integration.id,
                             .role_path = wish.role_path.value_or(is_aws_role ? "/" : integration.role.role_path),
                             .role_name = wish.role_name.value_or("CrossroleMember-" + integration.id.Last(10)),
                             .external_id = model::ExternalId::Generate(integration.tenant, random).text()};
  if (!model::IsRoleName(access.role_name)) {
    return Refuse("member.role_name", fmt::format("`{}` is no name of a role", base::Shortened(access.role_name, 80)));
  }
  if (!model::IsIamPath(access.role_path)) {
    return Refuse("member.role_path", fmt::format("`{}` is no path of a role", base::Shortened(access.role_path, 80)));
  }
  if (wish.via) {
    TRY_ASSIGN(access.via, store::ParseMemberVia(*wish.via));
  }
  if (is_aws_role && access.via != store::MemberVia::kDiscoveryRole) {
    return Refuse("member.via", fmt::format("`{}` lets in the management account only", kAwsMemberRole),
                  "set `member.via` to discovery_role, or name a role of your own");
  }
  const auto discovery = integration.ExpectedRoleArn();
  if (access.role_name == (discovery ? discovery->name() : integration.role.role_name) &&
      access.role_path == (discovery ? discovery->path() : integration.role.role_path)) {
    return Refuse("member.role_name", "the member role and the discovery role have the same name",
                  "the management account has both; name them apart");
  }
  return access;
}

model::Integration DiscoveryRoleOf(model::Integration integration, const store::MemberAccess& access) {
  const bool checks_itself = IsChosen(integration, "self_check");
  integration.capabilities.clear();
  if (checks_itself) integration.capabilities.push_back({.name = "self_check"});
  integration.capabilities.push_back({.name = std::string(kOrganizationPack)});
  integration.role.managed_policy_arns.clear();
  integration.role.policy_document.clear();
  if (access.via == store::MemberVia::kDiscoveryRole) integration.role.policy_document = ChainPolicy(integration, access);
  return integration;
}

base::Result<model::Integration> MemberRoleOf(model::Integration integration, const store::MemberAccess& access,
                                              const std::optional<model::AccountId>& account) {
  if (access.via == store::MemberVia::kDiscoveryRole) {
    const auto discovery = integration.ExpectedRoleArn();
    if (!discovery) {
      return Fail(Error{.code = Code::kFailedPrecondition,
                        .message = "the account of the discovery role is not known, and member roles name it",
                        .reason = "integration.pending",
                        .fix = "connect the discovery role first"});
    }
    integration.principal_arn = discovery->text();
    integration.duration = std::min(integration.duration, kChainedSession);
  }
  if (access.role_name == kAwsMemberRole) {
    integration.session_tags = false;
    integration.source_identity = false;
  }
  std::erase_if(integration.capabilities, [](const model::CapabilityChoice& choice) { return choice.name == kOrganizationPack; });
  integration.kind = model::IntegrationKindOf::kAccount;
  integration.role.role_name = access.role_name;
  integration.role.role_path = access.role_path;
  integration.role.policy_name += "-member";
  integration.given_trust_policy.clear();
  TRY_ASSIGN(model::ExternalId value, model::ExternalId::Parse(access.external_id));
  integration.external_id_format = model::ExternalIdFormat::kAccount;
  integration.external_ids = {{.value = std::move(value), .issued_at = integration.created_at, .verified = true}};
  integration.account_id = account;
  integration.role_arn.reset();
  if (account) {
    TRY_ASSIGN(integration.role_arn, model::RoleArn::Make(integration.partition, *account, access.role_path, access.role_name));
  }
  return integration;
}

}  // namespace crossrole::integration
