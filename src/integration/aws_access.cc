// SPDX-License-Identifier: Apache-2.0
#include "integration/aws_access.h"

#include <fmt/format.h>

#include "aws/iam.h"
#include "aws/sts.h"
#include "base/text.h"
#include "model/arn.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::chrono::seconds kFirstAnswer{10};

std::string ConfigurationKey(model::Partition partition) {
  return fmt::format("identity.{}.principal_arn", model::FactsOf(partition).name);
}

std::unexpected<Error> Mismatch(model::Partition partition, std::string_view ours, std::string_view trusted, std::string fix) {
  return Fail(Error{.code = Code::kUnavailable,
                    .message = fmt::format("our identity `{}` is not `{}`, which customers trust", ours, trusted),
                    .reason = "identity.mismatch",
                    .field = ConfigurationKey(partition),
                    .fix = std::move(fix)});
}

std::unexpected<Error> NoIdentity(model::Partition partition, Code code) {
  return Fail(Error{.code = code,
                    .message = fmt::format("this server has no identity in the partition `{}`", model::FactsOf(partition).name),
                    .reason = "identity.missing",
                    .fix = fmt::format("give the server AWS credentials; see `identity.{}.profile`",
                                       model::FactsOf(partition).name)});
}

bool IsSession(std::string_view arn) { return arn.contains(":assumed-role/") || arn.contains(":federated-user/"); }

// The ARN of a session lacks the path of its role, and a principal without its path is another one.
base::Result<std::string> RoleBehind(const aws::Client& client, const std::string& session, base::Deadline deadline) {
  TRY_ASSIGN(const model::RoleArn role, model::RoleOfSession(session));
  const auto answer = client.Call<aws::iam::GetRole>({.role_name = role.name()}, {.deadline = deadline});
  if (!answer) return std::unexpected(answer.error());
  return answer->role.arn;
}

}  // namespace

const ConfiguredIdentity* AwsAccess::Configured(model::Partition partition) const {
  const auto it = options_.identities.find(partition);
  return it == options_.identities.end() || it->second.credentials == nullptr ? nullptr : &it->second;
}

aws::ClientConfig AwsAccess::ConfigFor(model::Partition partition, const std::string& region) const {
  return {.partition = partition,
          .region = region,
          .endpoints = options_.endpoints,
          .fips = options_.fips,
          .dual_stack = options_.dual_stack,
          .transport = options_.transport,
          .budgets = options_.budgets,
          .circuits = options_.circuits,
          .clock = options_.clock,
          .random = options_.random,
          .user_agent = options_.user_agent,
          .observe = options_.observe};
}

base::Result<aws::Client> AwsAccess::Own(model::Partition partition, const std::string& region) {
  const ConfiguredIdentity* configured = Configured(partition);
  if (configured == nullptr) return NoIdentity(partition, Code::kFailedPrecondition);
  return clients_.With([&](auto& clients) -> aws::Client {
    const ClientKey key{partition, region};
    auto it = clients.find(key);
    if (it == clients.end()) {
      aws::ClientConfig config = ConfigFor(partition, region);
      config.credentials = configured->credentials;
      // STS charges the caller, so all regions' clients of one identity count by themselves.
      config.budget_identity = fmt::format("own:{}", model::FactsOf(partition).name);
      it = clients.emplace(key, aws::Client(std::move(config))).first;
    }
    return it->second;
  });
}

aws::Client AwsAccess::With(aws::Credentials credentials, model::Partition partition, const std::string& region,
                            std::string budget_identity) const {
  aws::ClientConfig config = ConfigFor(partition, region);
  config.budget_identity = std::move(budget_identity);
  config.credentials = std::make_shared<aws::StaticCredentials>(std::move(credentials));
  return aws::Client(std::move(config));
}

base::Result<OwnIdentity> AwsAccess::Ask(model::Partition partition, const ConfiguredIdentity& configured,
                                         base::Deadline deadline) {
  const std::string region(model::FactsOf(partition).default_region);
  TRY_ASSIGN(const aws::Client client, Own(partition, region));
  TRY_ASSIGN(const auto caller, client.Call<aws::sts::GetCallerIdentity>({}, {.deadline = deadline, .lane = aws::Lane::kVerify}));
  const std::string arn = caller.arn;
  TRY_ASSIGN(model::AccountId account, model::AccountId::Parse(caller.account));
  OwnIdentity identity{.principal_arn = arn, .account = std::move(account)};
  if (IsSession(arn)) {
    identity.chaining = Chaining::kYes;
    auto role = RoleBehind(client, arn, deadline);
    if (!role) {
      // With the principal stated, the name in the session's ARN is enough to compare.
      const auto stated = model::RoleArn::Parse(configured.principal_arn);
      const auto session = model::RoleOfSession(arn);
      if (!stated || !session || stated->name() != session->name() || stated->account() != session->account()) {
        return Fail(Error{.code = Code::kFailedPrecondition,
                          .message = fmt::format("the path of our own role `{}` cannot be read", arn),
                          .reason = "identity.path_unreadable",
                          .field = ConfigurationKey(partition),
                          .fix = fmt::format("state `{}`, or allow iam:GetRole on the role itself", ConfigurationKey(partition))});
      }
      role = stated->text();
    }
    identity.principal_arn = *role;
  }
  const bool stated = !configured.principal_arn.empty();
  if (stated && identity.principal_arn != configured.principal_arn &&
      identity.principal_arn != configured.next_principal_arn) {
    return Mismatch(partition, identity.principal_arn, configured.principal_arn, "run the server with the identity that customers trust");
  }
  return identity;
}

base::Result<OwnIdentity> AwsAccess::Discover(model::Partition partition, base::Deadline deadline) {
  const ConfiguredIdentity* configured = Configured(partition);
  if (configured == nullptr) return NoIdentity(partition, Code::kFailedPrecondition);
  Answer answer = Ask(partition, *configured, deadline);
  answers_.With([&](auto& answers) {
    const auto it = answers.find(partition);
    // An unreachable AWS says nothing about who we are: what was known stays.
    const bool keep = !answer && answer.error().reason != "identity.mismatch" && it != answers.end() && it->second.has_value();
    if (!keep) answers.insert_or_assign(partition, answer);
  });
  return answer;
}

base::Result<OwnIdentity> AwsAccess::Identity(model::Partition partition) {
  if (Configured(partition) == nullptr) return NoIdentity(partition, Code::kUnavailable);
  std::optional<Answer> known = answers_.With([&](auto& answers) -> std::optional<Answer> {
    const auto it = answers.find(partition);
    return it == answers.end() ? std::nullopt : std::optional<Answer>(it->second);
  });
  const bool ask = !known || (!known->has_value() && known->error().reason != "identity.mismatch");
  Answer answer = ask ? Discover(partition, base::Deadline::After(kFirstAnswer)) : *std::move(known);
  if (answer || answer.error().reason == "identity.mismatch") return answer;
  Error error = answer.error();
  error.code = Code::kUnavailable;
  if (error.reason.empty()) error.reason = "identity.unknown";
  return Fail(base::WithContext(std::move(error), "our own AWS identity is not known"));
}

base::Result<OwnIdentity> AwsAccess::IdentityFor(const model::Integration& integration) {
  TRY_ASSIGN(OwnIdentity identity, Identity(integration.partition));
  if (identity.principal_arn == integration.principal_arn || identity.principal_arn == NextPrincipal(integration.partition)) return identity;
  return Mismatch(integration.partition, identity.principal_arn, integration.principal_arn,
                  fmt::format("run the server with that identity; to move customers to another, state both as `{}` and `next_principal_arn`",
                              ConfigurationKey(integration.partition)));
}

base::Result<std::string> AwsAccess::PrincipalToTrust(model::Partition partition) {
  const ConfiguredIdentity* configured = Configured(partition);
  if (configured == nullptr) return NoIdentity(partition, Code::kFailedPrecondition);
  if (!configured->principal_arn.empty()) return configured->principal_arn;
  TRY_ASSIGN(const OwnIdentity identity, Identity(partition));
  return identity.principal_arn;
}

std::string AwsAccess::NextPrincipal(model::Partition partition) const {
  const ConfiguredIdentity* configured = Configured(partition);
  return configured == nullptr ? "" : configured->next_principal_arn;
}

std::optional<std::string> AwsAccess::ProvenPrincipal(model::Partition partition) {
  const ConfiguredIdentity* configured = Configured(partition);
  if (configured == nullptr || configured->principal_arn.empty()) return std::nullopt;
  const auto identity = Identity(partition);
  if (!identity || identity->principal_arn != configured->principal_arn) return std::nullopt;
  return configured->principal_arn;
}

std::vector<model::Partition> AwsAccess::WithoutIdentity() {
  return answers_.With([](const auto& answers) {
    std::vector<model::Partition> without;
    for (const auto& [partition, answer] : answers) {
      if (!answer) without.push_back(partition);
    }
    return without;
  });
}

std::vector<model::Partition> AwsAccess::Partitions() const {
  std::vector<model::Partition> partitions;
  for (const auto& [partition, identity] : options_.identities) partitions.push_back(partition);
  return partitions;
}

std::string AwsAccess::FederationUrl(model::Partition partition) const {
  if (!options_.endpoints.for_all.empty()) return options_.endpoints.for_all + "/federation";
  return fmt::format("https://{}/federation", model::FactsOf(partition).signin_domain);
}

}  // namespace crossrole::integration
