// SPDX-License-Identifier: Apache-2.0
#include "integration/connect.h"

#include <fmt/format.h>

#include "integration/change.h"
#include "integration/find.h"
#include "integration/internal/role_specification.h"
#include "integration/internal/schedule.h"
#include "policy/parse.h"
#include "policy/print.h"
#include "store/connections.h"

namespace crossrole::integration {

using base::Code;
using base::Error;
using base::Fail;

namespace {

// The given trust policy as it is stored, or "".
base::Result<std::string> GivenTrust(const ConnectRequest& request) {
  if (!request.trust_policy) return std::string();
  const auto document = policy::Parse(*request.trust_policy, policy::DocumentKind::kTrust);
  if (document) return policy::Print(*document);
  return Fail(RefusedDocument("trust_policy", document.error()));
}

}  // namespace

base::Result<model::RoleArn> CheckRole(const model::Integration& integration, std::string_view pasted) {
  TRY_ASSIGN(model::RoleArn role, model::RoleArn::ParsePasted(pasted));
  if (role.partition() != integration.partition) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("`{}` is in another partition than `{}`", role.text(),
                                             model::FactsOf(integration.partition).name),
                      .reason = "role_arn.other_partition",
                      .field = "role_arn"});
  }
  const auto bound = integration.BindingAccount();
  if (bound && role.account() != *bound) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("`{}` is not in account {}", role.text(), bound->text()),
                      .reason = "role_arn.other_account",
                      .field = "role_arn",
                      .fix = "paste the ARN of the role in the stated account, or make another integration"});
  }
  return role;
}

void NameRole(model::Integration& integration, const model::RoleArn& role) {
  if (!integration.account_id) integration.account_from_arn = true;
  integration.role_arn = role;
  integration.account_id = role.account();
}

base::Result<model::Integration> Connect(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                         const ConnectRequest& request) {
  TRY_ASSIGN(const std::string given, GivenTrust(request));
  return Apply(ports, actor, id_or_handle,
               {.action = "integration.connect",
                .event = "integration.connected",
                .message = "the role was named",
                .if_match = request.if_match},
               [&](model::Integration& integration) -> base::Status {
                 TRY_ASSIGN(const model::RoleArn role, CheckRole(integration, request.role_arn));
                 NameRole(integration, role);
                 integration.given_trust_policy = given;
                 // Whoever disabled it decides when it is used again; then it is proven.
                 if (integration.state != model::IntegrationState::kDisabled) Settle(integration, ports.clock.Now());
                 return {};
               });
}

base::Result<Consequences> PreviewConnect(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                          const ConnectRequest& request) {
  TRY(GivenTrust(request));
  TRY_ASSIGN(const model::Integration before, Find(ports, actor, id_or_handle));
  TRY(CheckVersion(before, request.if_match));
  TRY_ASSIGN(const model::RoleArn role, CheckRole(before, request.role_arn));
  // Even the same ARN is proven anew, and minting waits for it.
  Consequences consequences{.invalidated = {"verification", "sessions"}};
  // What was proven of members was proven of the organization that the role lists.
  if (before.kind == model::IntegrationKindOf::kOrganization) consequences.invalidated.emplace_back("connections");
  if (before.account_id && *before.account_id != role.account()) {
    TRY_ASSIGN(const auto going, ports.store.Read(actor.tenant, [&](store::ReadTransaction& tx) {
      return store::ListConnections(tx, {.integration = before.id});
    }));
    for (const store::Connection& connection : going) consequences.removed.push_back(connection.id.text());
  }
  return consequences;
}

}  // namespace crossrole::integration
