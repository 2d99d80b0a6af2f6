// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/keys/keyed_account.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "aws/aws_error.h"
#include "aws/iam.h"
#include "aws/sts.h"
#include "integration/aws_access.h"
#include "integration/internal/artefacts/quoting.h"
#include "model/arn.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::chrono::seconds kCallLimit{60};
constexpr std::size_t kNameBytes = 54;  // leaves room within the 64 of IAM
constexpr std::array<std::string_view, 7> kBadKeyCodes = {
    "ExpiredToken",        "ExpiredTokenException",      "IncompleteSignature", "InvalidAccessKeyId", "InvalidClientTokenId",
    "SignatureDoesNotMatch", "UnrecognizedClientException"};

bool IsActionText(std::string_view text) {
  return text.contains(':') && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '-';
         });
}

// "User: … is not authorized to perform: iam:TagRole on resource: …": creating with tags needs more than its own action.
std::string RefusedAction(const std::string& message, std::string action) {
  constexpr std::string_view kBefore = "not authorized to perform: ";
  const std::size_t at = message.find(kBefore);
  if (at == std::string::npos) return action;
  const std::size_t from = at + kBefore.size();
  std::string named = message.substr(from, message.find(' ', from) - from);
  return IsActionText(named) ? named : action;
}

base::Status CheckHolder(const Ports& ports, const model::Integration& integration, const model::AccountId& account,
                         const std::string& arn) {
  if (arn.ends_with(":root")) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = "this is a key of the account's root user",
                      .reason = "key.root",
                      .fix = "delete it, and use a key of an IAM user or a role"});
  }
  const auto expected = integration.ExpectedRoleArn();
  const std::optional<model::AccountId> stated = expected ? expected->account() : integration.account_id;
  if (stated && *stated != account) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("this key is of account {}, not of {}", account.text(), stated->text()),
                      .reason = "key.other_account",
                      .fix = integration.account_from_arn ? "use a key of that account, or paste the ARN of the role in the other one first"
                                                          : "use a key of the stated account, or make another integration"});
  }
  if (ports.settings.own_account == OwnAccountRoles::kAllowed) return {};
  TRY_ASSIGN(const OwnIdentity own, ports.aws.Identity(integration.partition));
  if (own.account == account) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("account {} is the one that this server itself belongs to", account.text()),
                      .reason = "key.own_account",
                      .fix = "use a key of the account that is to be connected"});
  }
  return {};
}

// The identity whose policies can be simulated: a session's is its role, whose path only IAM knows.
std::string SimulatedIdentity(const KeyedAccount& account) {
  if (account.caller_arn().contains(":user/")) return account.caller_arn();
  const auto role = model::RoleOfSession(account.caller_arn());
  if (!role) return "";
  const auto read = account.Call<aws::iam::GetRole>({.role_name = role->name()});
  return read ? read->role.arn : "";
}

// IAM deletes no user who still has policies or is in a group. What the key may not list is not told.
void AddPartings(const KeyedAccount& account, const std::string& name, std::vector<std::string>& commands) {
  const auto add = [&, user = ShellQuote(name)](std::string_view command, std::string_view flag, const std::string& value) {
    commands.push_back(fmt::format("aws iam {} --user-name {} --{} {}", command, user, flag, ShellQuote(value)));
  };
  if (const auto attached = account.Call<aws::iam::ListAttachedUserPolicies>({.user_name = name})) {
    for (const auto& policy : attached->attached_policies) add("detach-user-policy", "policy-arn", policy.policy_arn);
  }
  if (const auto inlined = account.Call<aws::iam::ListUserPolicies>({.user_name = name})) {
    for (const std::string& policy : inlined->policy_names) add("delete-user-policy", "policy-name", policy);
  }
  if (const auto groups = account.Call<aws::iam::ListGroupsForUser>({.user_name = name})) {
    for (const auto& group : groups->groups) add("remove-user-from-group", "group-name", group.group_name);
  }
}

}  // namespace

bool IsAbsent(const Error& error) { return error.aws_code == "NoSuchEntity"; }
bool IsTaken(const Error& error) { return error.aws_code == "EntityAlreadyExists"; }

Error ExplainRefusal(Error error, std::string action) {
  if (aws::IsDenied(error)) {
    error.code = Code::kAwsRefused;
    error.reason = "key.denied";
    error.details["missing_actions"] = {RefusedAction(error.message, std::move(action))};
    error.fix = "use a key that may do this, for instance of an administrator";
  } else if (std::ranges::find(kBadKeyCodes, error.aws_code) != kBadKeyCodes.end()) {
    error.code = Code::kAwsRefused;
    error.reason = "key.denied";
    error.message = fmt::format("aws does not accept this access key ({})", error.aws_code);
    error.fix = "check that the key is active, complete and of this partition";
  }
  return error;
}

KeyedAccount::KeyedAccount(aws::Client client, model::AccountId account, std::string caller_arn,
                           const model::Integration& integration, const model::Actor& actor)
    : client_(std::move(client)),
      account_(std::move(account)),
      caller_arn_(std::move(caller_arn)),
      integration_(integration.id),
      partition_(integration.partition),
      tenant_(actor.tenant.text()),
      request_id_(actor.request_id) {}

base::Result<KeyedAccount> KeyedAccount::Open(const Ports& ports, const model::Actor& actor,
                                              const model::Integration& integration, const KeyPair& keys) {
  aws::Credentials credentials{.access_key_id = keys.access_key_id,
                               .secret_access_key = keys.secret.Clone(),
                               .session_token = keys.session_token.Clone(),
                               .source = "the given key"};
  // IAM is global, and the customer may have switched off the region of the integration.
  const std::string region(model::FactsOf(integration.partition).default_region);
  const aws::Client client = ports.aws.With(std::move(credentials), integration.partition, region);
  auto caller = client.Call<aws::sts::GetCallerIdentity>({}, {.deadline = base::Deadline::After(kCallLimit),
                                                             .lane = aws::Lane::kVerify,
                                                             .tenant = actor.tenant.text(),
                                                             .request_id = actor.request_id});
  if (!caller) return Fail(ExplainRefusal(std::move(caller).error(), "sts:GetCallerIdentity"));
  TRY_ASSIGN(model::AccountId account, model::AccountId::Parse(caller->account));
  TRY(CheckHolder(ports, integration, account, caller->arn));
  return KeyedAccount(client, std::move(account), caller->arn, integration, actor);
}

aws::CallOptions KeyedAccount::Options() const {
  return {.deadline = base::Deadline::After(kCallLimit), .lane = aws::Lane::kVerify, .tenant = tenant_, .request_id = request_id_};
}

std::string KeyedAccount::PolicyArn(std::string_view path, std::string_view name) const {
  return fmt::format("arn:{}:iam::{}:policy{}{}", model::FactsOf(partition_).name, account_.text(), path, name);
}

std::string KeyedAccount::RoleArn(std::string_view path, std::string_view name) const {
  return fmt::format("arn:{}:iam::{}:role{}{}", model::FactsOf(partition_).name, account_.text(), path, name);
}

std::optional<std::vector<std::string>> AskForDenials(const KeyedAccount& account, const std::vector<KeyNeed>& needs) {
  const std::string identity = SimulatedIdentity(account);
  if (identity.empty()) return std::nullopt;
  std::map<std::string, std::vector<std::string>> by_resource;
  for (const KeyNeed& need : needs) by_resource[need.resource].push_back(need.action);
  std::vector<std::string> denied;
  for (const auto& [resource, actions] : by_resource) {
    const auto answer = account.Call<aws::iam::SimulatePrincipalPolicy>(
        {.policy_source_arn = identity, .action_names = actions, .resource_arns = {resource}});
    if (!answer) return std::nullopt;
    for (const auto& result : answer->evaluation_results) {
      const bool known = std::ranges::find(denied, result.eval_action_name) != denied.end();
      if (result.eval_decision != "allowed" && !known) denied.push_back(result.eval_action_name);
    }
  }
  return denied;
}

std::vector<std::string> SimulatedDenials(const KeyedAccount& account, const std::vector<KeyNeed>& needs) {
  return AskForDenials(account, needs).value_or(std::vector<std::string>());
}

std::vector<std::string> TriedDenials(const KeyedAccount& account, const std::string& path, const std::string& role_name) {
  // Whatever path and name rights are limited to, this is next to what will be made, and never there.
  const std::string name = role_name.substr(0, kNameBytes) + "-untried";
  const std::string policy = account.PolicyArn(path, name);
  const std::string nothing = "{}";  // IAM takes no such document
  const std::vector<aws::iam::Tag> tags = {{.key = "crossrole:integration", .value = account.integration().text()}};
  std::vector<std::string> denied;
  const auto note = [&](const auto& answer) {
    if (answer || !aws::IsDenied(answer.error())) return;
    for (const std::string& action : answer.error().details.at("missing_actions")) denied.push_back(action);
  };
  note(account.Call<aws::iam::DeleteRole>({.role_name = name}));
  note(account.Call<aws::iam::DeletePolicy>({.policy_arn = policy}));
  if (denied.empty()) return {};
  denied.clear();
  note(account.Call<aws::iam::CreatePolicy>({.policy_name = name, .path = path, .policy_document = nothing, .tags = tags}));
  note(account.Call<aws::iam::CreateRole>(
      {.path = path, .role_name = name, .assume_role_policy_document = nothing, .tags = tags}));
  note(account.Call<aws::iam::AttachRolePolicy>({.role_name = name, .policy_arn = policy}));
  return denied;
}

KeyCleanup CleanupFor(const KeyedAccount& account, const KeyPair& keys) {
  if (!keys.session_token.empty()) return {.message = "the key was temporary and expires by itself; it is forgotten here"};
  const std::string& arn = account.caller_arn();
  const std::string name = arn.substr(arn.rfind('/') + 1);
  const std::string user = ShellQuote(name);
  KeyCleanup cleanup{.message = "the key is forgotten here but still works: delete it, and the user too if it was made for this only"};
  cleanup.commands.push_back(fmt::format("aws iam delete-access-key --user-name {} --access-key-id {}", user, keys.access_key_id));
  AddPartings(account, name, cleanup.commands);
  cleanup.commands.push_back(fmt::format("aws iam delete-user --user-name {}", user));
  return cleanup;
}

}  // namespace crossrole::integration
