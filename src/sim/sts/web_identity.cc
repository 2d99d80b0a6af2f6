// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "model/arn.h"
#include "policy/trust.h"
#include "sim/internal/account_extras.h"
#include "sim/internal/refuse.h"
#include "sim/internal/web_token.h"
#include "sim/organizations/organization.h"
#include "sim/sts/operations.h"
#include "sim/sts/sessions.h"

namespace crossrole::sim::sts {
namespace {

using aws::sts::AssumeRoleWithWebIdentityInput;
using aws::sts::AssumeRoleWithWebIdentityOutput;

// How far the clocks of an issuer and of AWS may be apart.
constexpr std::int64_t kSkewSeconds = 300;

std::unexpected<base::Error> NotAllowed() {
  return Refuse("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
}

const OidcProvider* FindProvider(const Account& account, std::string_view issuer) {
  for (const auto& [arn, provider] : ExtrasOf(account).oidc_providers) {
    if (provider.url == issuer) return &provider;
  }
  return nullptr;
}

Account* AccountOfRole(const World& world, std::string_view role_arn) {
  const auto arn = model::RoleArn::Parse(role_arn);
  Account* account = arn ? world.FindAccount(arn->account().text()) : nullptr;
  return account != nullptr && account->state == AccountState::kActive ? account : nullptr;
}

// Tokens are made by the clocks of real issuers: the simulation's moved clock does not count here.
base::Status CheckTimes(const Call& call, const WebToken& token) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(call.Shown(call.now()).time_since_epoch()).count();
  if (now >= *token.expires) {
    return Refuse("ExpiredTokenException", fmt::format("Token expired: current date/time {} must be before the expiration date/time {}",
                                                       now, *token.expires));
  }
  const std::int64_t begins = std::max(token.not_before.value_or(0), *token.issued);
  if (begins > now + kSkewSeconds) return Refuse("InvalidIdentityToken", "The token is not valid yet");
  return {};
}

// The audience that condition keys see: the authorized party of a token that has one, else the registered one.
base::Result<std::string> AudienceOf(const WebToken& token, const OidcProvider& provider) {
  std::vector<std::string> claimed = token.audiences;
  if (!token.authorized_party.empty()) claimed = {token.authorized_party};
  const auto found = std::ranges::find_if(claimed, [&](const std::string& audience) {
    return std::ranges::find(provider.client_ids, audience) != provider.client_ids.end();
  });
  if (found == claimed.end()) return Refuse("InvalidIdentityToken", "Incorrect token audience");
  return *found;
}

policy::AssumeRoleCall TrustCall(const Call& call, const WebToken& token, const OidcProvider& provider, const Session& session,
                                 const Role& role, const std::string& audience) {
  policy::AssumeRoleCall assume{.caller = {.kind = policy::CallerKind::kFederated, .arn = provider.arn},
                                .role_arn = role.arn,
                                .action = "sts:AssumeRoleWithWebIdentity",
                                .session_name = session.name,
                                .tags = token.tags,
                                .transitive_tag_keys = token.transitive_tags};
  if (!token.source_identity.empty()) assume.source_identity = token.source_identity;
  const std::string prefix = provider.name() + ":";
  assume.context.Set(prefix + "aud", audience);
  assume.context.Set(prefix + "sub", token.subject);
  const std::vector<std::string> methods = base::TextsIn(token.claims, "amr");
  if (!methods.empty()) assume.context.SetList(prefix + "amr", methods);
  assume.context.Set("aws:FederatedProvider", provider.arn);
  assume.context.Set("aws:RequestedRegion", call.region);
  assume.context.Set("aws:SecureTransport", "true");
  assume.context.Set("aws:CurrentTime", base::FormatRfc3339Seconds(call.now()));
  if (!call.caller->source_address.empty()) assume.context.Set("aws:SourceIp", call.caller->source_address);
  AddResourceTags(assume.context, role.tags);
  return assume;
}

base::Result<Session> PlanSession(const Call& call, const AssumeRoleWithWebIdentityInput& input, const WebToken& token) {
  Session session{.name = input.role_session_name,
                  .policy = input.policy.value_or(""),
                  .transitive_tags = token.transitive_tags,
                  .source_identity = token.source_identity};
  std::vector<aws::sts::Tag> tags;
  for (const auto& [key, value] : token.tags) tags.push_back({.key = key, .value = value});
  TRY_ASSIGN(session.tags, ReadSessionTags(tags));
  TRY_ASSIGN(session.policy_arns, ReadPolicyArns(input.policy_arns));
  TRY(CheckSessionPolicy(call.world, session.policy));
  return session;
}

}  // namespace

std::string IssuerToAsk(const World& world, std::string_view role_arn, std::string_view token_text) {
  const Account* account = AccountOfRole(world, role_arn);
  const auto token = ReadWebToken(token_text);
  if (account == nullptr || !token || FindProvider(*account, token->issuer) == nullptr) return "";
  return token->issuer;
}

base::Result<AssumeRoleWithWebIdentityOutput> AssumeRoleWithWebIdentity(Call& call, const AssumeRoleWithWebIdentityInput& input) {
  TRY_ASSIGN(const WebToken token, ReadWebToken(input.web_identity_token.Reveal()));
  Account* owner = AccountOfRole(call.world, input.role_arn);
  if (owner == nullptr) return NotAllowed();
  const OidcProvider* provider = FindProvider(*owner, token.issuer);
  if (provider == nullptr) {
    return Refuse("InvalidIdentityToken", fmt::format("No OpenIDConnect provider found in your account for {}", token.issuer));
  }
  if (call.issuer_keys == nullptr) {
    return Refuse("IDPCommunicationError", "The simulation has no way to identity providers");
  }
  if (!*call.issuer_keys) return base::Fail(call.issuer_keys->error());
  TRY(CheckSignature(token, **call.issuer_keys));
  TRY(CheckTimes(call, token));
  TRY_ASSIGN(const std::string audience, AudienceOf(token, *provider));

  TRY_ASSIGN(Session session, PlanSession(call, input, token));
  TRY_ASSIGN(const std::optional<std::int32_t> packed, PackedSize(session));
  const std::string_view name = std::string_view(input.role_arn).substr(input.role_arn.rfind('/') + 1);
  const auto role = owner->roles.FindAsOf(name, call.spread.seen());
  if (!role || role->arn != input.role_arn) return NotAllowed();
  const policy::PolicySets policies{.resource = {call.world.compiled_policies().Refer("trust policy", role->trust.document)},
                                    .rcp = organizations::LevelsFor(call.world, *owner, organizations::PolicyType::kResourceControl)};
  if (!policy::EvaluateAssumeRole(TrustCall(call, token, *provider, session, *role, audience), policies, AnswerOnly(call.evaluation)).allowed()) {
    return NotAllowed();
  }
  const std::chrono::seconds duration(input.duration_seconds.value_or(3600));
  if (duration > role->max_session) {
    return Invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  session.account_id = owner->id;
  session.principal_id = role->id;
  session.provider = provider->arn;
  AssumeRoleWithWebIdentityOutput output{
      .subject_from_web_identity_token = token.subject,
      .assumed_role_user = {.assumed_role_id = role->id + ":" + session.name,
                            .arn = fmt::format("arn:{}:sts::{}:assumed-role/{}/{}", owner->partition_name(), owner->id,
                                               role->name, session.name)},
      .packed_policy_size = packed,
      .provider = provider->arn,
      .audience = audience};
  if (!session.source_identity.empty()) output.source_identity = session.source_identity;
  output.credentials = Issue(call, std::move(session), duration);
  return output;
}

}  // namespace crossrole::sim::sts
