// SPDX-License-Identifier: Apache-2.0
#include "sim/sts/operations.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "policy/parse.h"
#include "sim/internal/account_extras.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"
#include "sim/sts/sessions.h"

namespace crossrole::sim::sts {
namespace {

namespace api = aws::sts;

// AWS packs policies and tags by a method of its own; here two characters take one byte of 2048.
constexpr std::size_t kPackedBytes = 2048;

base::Result<api::GetCallerIdentityOutput> GetCallerIdentity(Call& call, const api::GetCallerIdentityInput&) {
  return api::GetCallerIdentityOutput{
      .user_id = call.caller->user_id(), .account = call.account().id, .arn = call.caller->arn()};
}

// The simulation's devices have no clock of their own: every code of six digits is right on the caller's own device.
base::Result<Mfa> CheckMfa(const Call& call, const api::GetSessionTokenInput& input) {
  if (!input.token_code && !input.serial_number) return Mfa::kNo;
  const auto& devices = ExtrasOf(std::as_const(call.account())).mfa_devices;
  const auto device = devices.find(input.serial_number.value_or(""));
  const std::string& arn = call.caller->principal.arn;
  const bool is_own = device != devices.end() && device->second.user == arn.substr(arn.rfind('/') + 1);
  if (is_own && input.token_code.value_or("").size() == 6) return Mfa::kYes;
  return Refuse("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.");
}

base::Result<api::GetSessionTokenOutput> GetSessionToken(Call& call, const api::GetSessionTokenInput& input) {
  if (call.caller->session) {
    return Refuse("AccessDenied", "Cannot call GetSessionToken with session credentials");
  }
  TRY_ASSIGN(const Mfa mfa, CheckMfa(call, input));
  Session session{.kind = SessionKind::kUser,
                  .account_id = call.account().id,
                  .principal_id = call.caller->principal.unique_id,
                  .mfa = mfa};
  const std::chrono::seconds duration(input.duration_seconds.value_or(43200));
  return api::GetSessionTokenOutput{.credentials = Issue(call, std::move(session), duration)};
}

base::Result<api::GetFederationTokenOutput> GetFederationToken(Call& call, const api::GetFederationTokenInput& input) {
  if (call.caller->session) {
    return Refuse("AccessDenied", "Cannot call GetFederationToken with session credentials");
  }
  Session session{.kind = SessionKind::kFederatedUser,
                  .account_id = call.account().id,
                  .principal_id = call.caller->principal.unique_id,
                  .name = input.name,
                  .policy = input.policy.value_or("")};
  TRY_ASSIGN(session.tags, ReadSessionTags(input.tags));
  TRY_ASSIGN(session.policy_arns, ReadPolicyArns(input.policy_arns));
  TRY(CheckSessionPolicy(call.world, session.policy));
  if (!session.tags.empty()) {
    Ask ask{.resource = fmt::format("arn:{}:sts::{}:federated-user/{}", call.account().partition_name(),
                                    call.account().id, input.name),
            .action = "sts:TagSession"};
    AddRequestTags(ask.context, session.tags);
    TRY(Authorize(call, ask));
  }
  TRY_ASSIGN(const std::optional<std::int32_t> packed, PackedSize(session));
  const std::chrono::seconds duration(input.duration_seconds.value_or(43200));
  api::FederatedUser user{.federated_user_id = call.account().id + ":" + input.name,
                          .arn = fmt::format("arn:{}:sts::{}:federated-user/{}", call.account().partition_name(),
                                             call.account().id, input.name)};
  return api::GetFederationTokenOutput{.credentials = Issue(call, std::move(session), duration),
                                       .federated_user = std::move(user),
                                       .packed_policy_size = packed};
}

base::Result<api::GetAccessKeyInfoOutput> GetAccessKeyInfo(Call&, const api::GetAccessKeyInfoInput& input) {
  const std::string account = AccountOfAccessKey(input.access_key_id);
  if (account.empty()) return Invalid("The access key ID is not valid");
  return api::GetAccessKeyInfoOutput{.account = account};
}

// The simulation never encodes a reason into a refusal, so that nothing can be decoded.
base::Result<api::DecodeAuthorizationMessageOutput> DecodeAuthorizationMessage(
    Call&, const api::DecodeAuthorizationMessageInput&) {
  return Refuse("InvalidAuthorizationMessageException", "Invalid Authorization Message");
}

base::Result<api::AssumeRoleWithSAMLOutput> AssumeRoleWithSaml(Call&, const api::AssumeRoleWithSAMLInput&) {
  return Refuse("NotImplemented", "The simulation does not read SAML assertions");
}

}  // namespace

api::Credentials Issue(Call& call, Session session, std::chrono::seconds duration) {
  session.access_key_id = MakeAccessKeyId("ASIA", session.account_id, call.random);
  session.issued = call.now();
  session.expires = call.now() + duration;
  return {.access_key_id = session.access_key_id,
          .secret_access_key = base::Secret(call.tokens.SecretOf(session.access_key_id)),
          .session_token = base::Secret(call.tokens.Make(session)),
          .expiration = call.Shown(session.expires)};
}

base::Result<Tags> ReadSessionTags(const std::vector<api::Tag>& tags) {
  Tags read;
  for (const api::Tag& tag : tags) {
    if (FindTag(read, tag.key) != nullptr) {
      return Refuse("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    if (base::Lower(tag.key).starts_with("aws:")) {
      return Refuse("InvalidParameterValue", "Tag keys that begin with aws: are reserved for system use.");
    }
    read.push_back({tag.key, tag.value});
  }
  return read;
}

base::Result<std::vector<std::string>> ReadPolicyArns(const std::vector<api::PolicyDescriptorType>& policies) {
  if (policies.size() > policy::kSessionPolicyArns) return Invalid("Only 10 managed policies can be used as session policies.");
  std::vector<std::string> arns;
  for (const api::PolicyDescriptorType& policy : policies) arns.push_back(policy.arn.value_or(""));
  return arns;
}

base::Status CheckSessionPolicy(const World& world, const std::string& policy) {
  if (policy.empty()) return {};
  if (policy.size() > policy::kSessionPolicySize) {
    return Invalid(fmt::format("1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must "
                               "have length less than or equal to {}",
                               policy::kSessionPolicySize));
  }
  TRY(world.compiled_policies().Read(policy));
  return {};
}

base::Result<std::optional<std::int32_t>> PackedSize(const Session& session) {
  std::size_t characters = session.policy.size();
  for (const std::string& arn : session.policy_arns) characters += arn.size();
  for (const Tag& tag : session.tags) characters += tag.key.size() + tag.value.size();
  if (characters == 0) return std::nullopt;
  const auto percent = static_cast<std::int32_t>((characters / 2 * 100 + kPackedBytes - 1) / kPackedBytes);
  if (percent > 100) {
    return Refuse("PackedPolicyTooLarge",
                  fmt::format("Packed policy consumes {}% of allotted space, please use smaller policy.", percent));
  }
  return std::max(percent, 1);
}

void AddOperations(OperationTable& table) {
  const auto anything = [](const Call&, const auto&) { return Ask{}; };
  table.Add<api::AssumeRole>(Unasked{}, AssumeRole);
  table.Add<api::AssumeRoleWithWebIdentity>(Unasked{}, AssumeRoleWithWebIdentity);
  table.Add<api::AssumeRoleWithSAML>(Unasked{}, AssumeRoleWithSaml);
  table.Add<api::GetCallerIdentity>(Unasked{}, GetCallerIdentity);
  table.Add<api::GetSessionToken>(Unasked{}, GetSessionToken);
  table.Add<api::GetFederationToken>(
      [](const Call& call, const api::GetFederationTokenInput& input) {
        return Ask{.resource = fmt::format("arn:{}:sts::{}:federated-user/{}", call.account().partition_name(),
                                           call.account().id, input.name)};
      },
      GetFederationToken);
  table.Add<api::AssumeRoot>(
      [](const Call& call, const api::AssumeRootInput& input) {
        const std::string& target = input.target_principal;
        const bool is_id = target.size() == 12;
        Ask ask{.resource = is_id ? fmt::format("arn:{}:iam::{}:root", call.account().partition_name(), target) : target};
        ask.owner = call.account().id;  // whether the member may be reached is the organization's business
        if (input.task_policy_arn.arn) ask.context.Set("sts:TaskPolicyArn", *input.task_policy_arn.arn);
        return ask;
      },
      AssumeRoot);
  table.Add<api::GetWebIdentityToken>(
      [](const Call&, const api::GetWebIdentityTokenInput& input) {
        Ask ask;
        ask.context.SetList("sts:IdentityTokenAudience", input.audience);
        ask.context.Set("sts:SigningAlgorithm", input.signing_algorithm);
        ask.context.Set("sts:DurationSeconds", std::to_string(input.duration_seconds.value_or(300)));
        return ask;
      },
      GetWebIdentityToken);
  table.Add<api::GetAccessKeyInfo>(anything, GetAccessKeyInfo);
  table.Add<api::DecodeAuthorizationMessage>(anything, DecodeAuthorizationMessage);
}

}  // namespace crossrole::sim::sts
