// SPDX-License-Identifier: Apache-2.0
#include "integration/create.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "integration/aws_access.h"
#include "integration/capabilities.h"
#include "integration/connect.h"
#include "integration/internal/blueprint.h"
#include "integration/internal/journal.h"
#include "integration/internal/names.h"
#include "integration/internal/role_specification.h"
#include "integration/internal/schedule.h"
#include "integration/members/organization_parts.h"
#include "integration/notices/notifications.h"
#include "policy/parse.h"
#include "policy/print.h"
#include "store/connections.h"
#include "store/integrations.h"
#include "store/people/operators.h"
#include "store/people/spaces.h"
#include "store/people/tenants.h"
#include "tenancy/tenants.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::size_t kMostLabels = 50;
constexpr std::size_t kMostOwners = 50;

std::unexpected<Error> RefuseField(std::string_view field, std::string message, std::string fix = "") {
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = std::move(message),
                    .field = std::string(field),
                    .fix = std::move(fix)});
}

// Where the installation's file allows a choice, a tenant may still say that it wants none.
SuffixChoice SuffixFor(const Settings& settings, const store::Tenant& tenant) {
  return tenancy::ExternalIdSuffix(tenant) == "generated" ? SuffixChoice::kGenerated : settings.suffix;
}

base::Result<model::IssuedExternalId> Wanted(const CreateRequest& request, SuffixChoice suffix,
                                             const model::Integration& integration, base::Time now, base::Random& random) {
  const ExternalIdWish& wish = request.external_id;
  if (integration.external_id_format == model::ExternalIdFormat::kCustom) {
    if (!integration.assume_on_worker) {
      return RefuseField("external_id.format", "a custom external ID is for roles that a worker assumes",
                    "set `assume_on_worker`, or leave `external_id` out and get one");
    }
    if (!wish.value) return RefuseField("external_id.value", "a custom external ID needs a value");
    if (model::LooksIssued(*wish.value)) {
      return RefuseField("external_id.value", "this value has the shape of those that are issued here", "choose another one");
    }
    TRY_ASSIGN(const model::ExternalId value, model::ExternalId::Parse(*wish.value));
    return model::IssuedExternalId{.value = value, .issued_at = now};
  }
  if (wish.value) {
    return RefuseField("external_id.value", "external IDs are issued here, not chosen", "leave `external_id.value` out");
  }
  if (!wish.suffix) return model::IssuedExternalId{.value = model::ExternalId::Generate(integration.tenant, random), .issued_at = now};
  if (suffix != SuffixChoice::kChosen) {
    return RefuseField("external_id.suffix", "this installation does not let the suffix be chosen",
                  "leave it out; or set `external_id.suffix = \"chosen\"` in the server's file");
  }
  TRY_ASSIGN(const model::ExternalId value, model::ExternalId::WithSuffix(integration.tenant, *wish.suffix));
  return model::IssuedExternalId{.value = value, .issued_at = now};
}

base::Status FillExternalId(const CreateRequest& request, const Ports& ports, const store::Tenant& tenant, model::Integration& integration) {
  integration.external_id_format = DefaultExternalIdFormat(integration.preset);
  if (request.external_id.format) {
    TRY_ASSIGN(integration.external_id_format, model::ParseExternalIdFormat(*request.external_id.format));
  }
  if (integration.external_id_format == model::ExternalIdFormat::kPerRun) {
    if (request.external_id.suffix || request.external_id.value) {
      return RefuseField("external_id", "the external IDs of format per_run are computed at each mint");
    }
    return {};
  }
  TRY_ASSIGN(model::IssuedExternalId issued,
             Wanted(request, SuffixFor(ports.settings, tenant), integration, integration.created_at, ports.random));
  integration.external_ids.push_back(std::move(issued));
  return {};
}

base::Status FillRole(const CreateRequest& request, model::Integration& integration) {
  DefaultNames names = DefaultNamesFor(integration.preset, integration.tenant, integration.id);
  integration.role = {.role_name = request.role_name.value_or(names.role_name),
                      .role_path = request.role_path.value_or(names.role_path),
                      .policy_name = request.policy_name.value_or(names.policy_name),
                      .description = request.role_description.value_or(""),
                      .tags = request.role_tags.value_or(std::map<std::string, std::string>()),
                      .permissions_boundary_arn = request.permissions_boundary_arn.value_or(""),
                      .managed_policy_arns = request.managed_policy_arns.value_or(std::vector<std::string>())};
  if (request.policy_document) {
    const auto document = policy::Parse(*request.policy_document, policy::DocumentKind::kIdentity);
    if (!document) return Fail(RefusedDocument("policy_document", document.error()));
    integration.role.policy_document = policy::Print(*document);
  }
  if (request.account_id) {
    TRY_ASSIGN(integration.account_id, model::AccountId::Parse(*request.account_id));
  }
  if (request.role_arn) {
    TRY_ASSIGN(const model::RoleArn role, CheckRole(integration, *request.role_arn));
    NameRole(integration, role);
  }
  return CheckRoleSpecification(integration.role, integration.partition, integration.account_id);
}

base::Status FillSettings(const CreateRequest& request, const model::Actor& actor, model::Integration& integration) {
  integration.name = request.name.value_or(request.handle);
  TRY(model::CheckName(integration.name, "name"));
  integration.owners = request.owners.value_or(std::vector<std::string>{actor.id});
  integration.labels = request.labels.value_or(std::vector<std::string>());
  TRY(CheckLabels(integration.labels));
  integration.autoattach = request.autoattach;
  integration.capabilities = request.capabilities.value_or(DefaultCapabilities());
  CompleteCapabilities(integration);
  TRY(CheckCapabilities(integration.capabilities));
  TRY(CheckPolicies(integration));
  integration.duration = request.duration.value_or(integration.duration);
  integration.region = request.region.value_or(std::string(model::FactsOf(integration.partition).default_region));
  integration.regions = request.regions.value_or(integration.regions);
  return CheckSessionSettings(integration);
}

std::unexpected<Error> NoSuchSpace(std::string_view text) {
  return RefuseField("space", fmt::format("there is no space `{}`", base::Shortened(text, 80)));
}

// Whether the space is there is known only within the transaction that adds the integration.
base::Result<model::SpaceId> SpaceFor(const CreateRequest& request, const store::Tenant& tenant) {
  if (!request.space) return tenant.root_space;
  auto id = model::SpaceId::Parse(*request.space);
  if (!id) return NoSuchSpace(*request.space);
  return *std::move(id);
}

// What a new integration of kind organization has besides.
OrganizationWish PartsOf(const CreateRequest& request) {
  return {.member = request.member, .handle_prefix = request.handle_prefix, .settings = request.settings, .share = request.share};
}

base::Result<model::Integration> Build(const Ports& ports, const model::Actor& actor, const store::Tenant& tenant,
                                       const CreateRequest& request) {
  const base::Time now = ports.clock.Now();
  TRY_ASSIGN(const model::IntegrationKindOf kind, model::ParseIntegrationKind(request.kind));
  TRY_ASSIGN(model::SpaceId space, SpaceFor(request, tenant));
  TRY_ASSIGN(model::Handle handle, model::Handle::Parse(request.handle));
  model::Integration integration{.id = model::IntegrationId::Make(now, ports.random),
                                 .tenant = actor.tenant,
                                 .space = std::move(space),
                                 .handle = std::move(handle),
                                 .name = "",
                                 .kind = kind,
                                 .assume_on_worker = request.assume_on_worker,
                                 .session_tags = request.session_tags,
                                 .source_identity = request.source_identity,
                                 .created_at = now,
                                 .updated_at = now};
  if (request.partition) {
    TRY_ASSIGN(integration.partition, model::ParsePartition(*request.partition));
    if (!model::IsSupported(integration.partition)) return RefuseField("partition", "this partition is not supported");
  }
  if (request.preset) {
    TRY_ASSIGN(integration.preset, model::ParsePreset(*request.preset));
  }
  TRY_ASSIGN(integration.principal_arn, ports.aws.PrincipalToTrust(integration.partition));
  TRY(FillRole(request, integration));
  TRY(FillSettings(request, actor, integration));
  TRY(FillExternalId(request, ports, tenant, integration));
  if (integration.kind == model::IntegrationKindOf::kOrganization) TRY(CheckOrganization(integration));
  Settle(integration, now);
  return integration;
}

}  // namespace

void CompleteCapabilities(model::Integration& integration) {
  if (integration.kind != model::IntegrationKindOf::kOrganization) return;
  const auto found = std::ranges::find(integration.capabilities, kOrganizationPack, &model::CapabilityChoice::name);
  if (found == integration.capabilities.end()) integration.capabilities.push_back({.name = std::string(kOrganizationPack)});
}

base::Status CheckLabels(const std::vector<std::string>& labels) {
  if (labels.size() > kMostLabels) return RefuseField("labels", fmt::format("more than {} labels", kMostLabels));
  for (const std::string& label : labels) TRY(model::CheckName(label, "labels"));
  return {};
}

base::Status CheckOwners(store::ReadTransaction& tx, const model::Actor& actor, const std::vector<std::string>& before,
                         const std::vector<std::string>& owners) {
  if (owners.size() > kMostOwners) return RefuseField("owners", fmt::format("more than {} owners", kMostOwners));
  for (const std::string& owner : owners) {
    if (owner == actor.id || std::ranges::find(before, owner) != before.end()) continue;
    const auto id = model::OperatorId::Parse(owner);
    std::optional<store::Operator> person;
    if (id) {
      TRY_ASSIGN(person, store::FindOperator(tx, *id));
    }
    if (!person) return RefuseField("owners", fmt::format("there is no operator `{}`", base::Shortened(owner, 80)));
  }
  return {};
}

base::Status CheckSessionSettings(const model::Integration& integration) {
  const auto seconds = integration.duration.count();
  if (seconds < 900 || seconds > 43200) {
    return RefuseField("duration_seconds", fmt::format("`{}` is not between 900 and 43200 seconds", seconds));
  }
  if (!model::IsRegion(integration.partition, integration.region)) {
    return RefuseField("region", fmt::format("`{}` is not a region of {}", base::Shortened(integration.region, 80),
                                        model::FactsOf(integration.partition).name));
  }
  if (integration.regions.empty() || integration.regions.size() > 100) return RefuseField("regions", "give 1 to 100 regions");
  for (const std::string& region : integration.regions) {
    // A wildcard stands for the rest of the name, as in `eu-*`.
    const std::size_t star = region.find('*');
    const bool known = star == std::string::npos
                           ? model::IsRegion(integration.partition, region)
                           : star + 1 == region.size() &&
                                 std::ranges::any_of(model::RegionsOf(integration.partition), [&](std::string_view name) {
                                   return name.starts_with(std::string_view(region).substr(0, star));
                                 });
    if (!known) return RefuseField("regions", fmt::format("`{}` matches no region", base::Shortened(region, 80)));
  }
  return {};
}

base::Result<model::Integration> Create(const Ports& ports, const model::Actor& actor, const CreateRequest& request) {
  TRY_ASSIGN(const store::Tenant tenant,
             ports.store.Read(actor.tenant, [](store::ReadTransaction& tx) { return store::OwnTenant(tx); }));
  TRY_ASSIGN(const model::Integration integration, Build(ports, actor, tenant, request));
  const bool is_organization = integration.kind == model::IntegrationKindOf::kOrganization;
  // What is refused of them is refused before anything is recorded.
  if (is_organization) TRY(MakeMemberAccess(integration, request.member, ports.random));
  return audit::RecordAround(
      ports.audit, audit::RecordOf(actor, "integration.create", integration.id.text()),
      [&](audit::EffectReport& report) -> base::Result<model::Integration> {
        const std::string owners = OwnersAdded({}, integration.owners);
        report.details = fmt::format(R"({{"handle":{},"kind":"{}"{}{})", base::JsonQuote(integration.handle.text()), model::NameOf(integration.kind),
                                     owners == "{}" ? "" : ",", owners.substr(1));
        TRY(ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) -> base::Status {
          TRY_ASSIGN(const auto space, store::FindSpace(tx, integration.space));
          if (!space) return NoSuchSpace(integration.space.text());
          TRY(CheckOwners(tx, actor, {}, integration.owners));
          TRY(store::InsertIntegration(tx, integration));
          if (is_organization) TRY(WriteOrganizationParts(tx, ports, integration, PartsOf(request)));
          TRY(WriteConnection(tx, integration, integration.created_at, ports.random));
          TRY(Note(tx, integration, integration.created_at,
                   {.event = "integration.created", .message = "the integration was created"}));
          return ScheduleNext(tx, ports, integration);
        }));
        return integration;
      });
}

}  // namespace crossrole::integration
