// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/client.h"
#include "base/guarded.h"
#include "base/result.h"
#include "model/account_id.h"
#include "model/integration.h"
#include "model/partition.h"

namespace crossrole::integration {

/// Whether our own identity is itself a session, so that STS caps what it assumes at one hour.
enum class Chaining : std::uint8_t { kNo, kYes };

/// Our own identity in one partition, as the configuration states it.
struct ConfiguredIdentity {
  std::shared_ptr<aws::CredentialsProvider> credentials{};
  std::string principal_arn{};       // "": whatever GetCallerIdentity says
  std::string next_principal_arn{};  // named beside it, while customers move; "" for none
};

/// Who we are, as AWS says.
struct OwnIdentity {
  std::string principal_arn;  // of the user or role, never of a session
  model::AccountId account;
  Chaining chaining = Chaining::kNo;
};

/// The way to AWS for all use cases: clients that sign as ourselves or with credentials once given, and the knowledge
/// of who we are. Thread-safe.
class AwsAccess {
 public:
  /// What the access is made of; references outlive it.
  struct Options {
    std::map<model::Partition, ConfiguredIdentity> identities{};
    aws::EndpointOverrides endpoints{};
    aws::Fips fips = aws::Fips::kNo;
    aws::DualStack dual_stack = aws::DualStack::kNo;
    aws::Transport& transport;
    aws::Budgets* budgets = nullptr;
    aws::Circuits* circuits = nullptr;
    const base::Clock& clock;
    base::Random& random;
    std::string user_agent = "crossrole";
    std::function<void(const aws::ClientEvent&)> observe = nullptr;
  };
  /// Makes the access; calls nothing.
  explicit AwsAccess(Options options) : options_(std::move(options)) {}

  /// A client that signs as ourselves. Errors: kFailedPrecondition with reason `identity.missing`.
  base::Result<aws::Client> Own(model::Partition partition, const std::string& region);
  /// A client that signs with `credentials`; calls count against `budget_identity`, or against these credentials alone.
  aws::Client With(aws::Credentials credentials, model::Partition partition, const std::string& region,
                   std::string budget_identity = {}) const;

  /// Asks AWS who we are and remembers the answer. Errors: kFailedPrecondition with reason `identity.missing`,
  /// `identity.mismatch` (not the configured principal), `identity.path_unreadable` (names the configuration key);
  /// kUnavailable and others of the call.
  base::Result<OwnIdentity> Discover(model::Partition partition, base::Deadline deadline);
  /// The last answer, without asking; asks only when there was none yet. Errors: kUnavailable with reason
  /// `identity.missing`, `identity.mismatch` or `identity.unknown`.
  base::Result<OwnIdentity> Identity(model::Partition partition);
  /// The same where `integration` trusts it, or is told to by now. Errors: also kUnavailable with reason `identity.mismatch` where its
  /// principal is neither who we are nor moving to who we are: nothing that is then refused says anything about its role.
  base::Result<OwnIdentity> IdentityFor(const model::Integration& integration);
  /// What a new integration's trust names. Errors: kFailedPrecondition with reason `identity.missing`; kUnavailable.
  base::Result<std::string> PrincipalToTrust(model::Partition partition);
  /// What trusts name besides the principal of their integration, so that we can become it; "" while nobody moves.
  std::string NextPrincipal(model::Partition partition) const;
  /// The principal that the configuration states, once we are it; nothing while we are not, or none is stated.
  std::optional<std::string> ProvenPrincipal(model::Partition partition);

  /// The partitions in which we are not who we should be, or do not know who we are, as last seen; nobody is asked.
  std::vector<model::Partition> WithoutIdentity();
  /// The partitions in which we have an identity.
  std::vector<model::Partition> Partitions() const;
  /// The URL that replaces AWS's own endpoints, or "".
  const std::string& endpoint_url() const { return options_.endpoints.for_all; }
  /// The URL of `path` at the console's federation endpoint of a partition.
  std::string FederationUrl(model::Partition partition) const;
  /// What clients send through.
  aws::Transport& transport() const { return options_.transport; }

 private:
  using ClientKey = std::pair<model::Partition, std::string>;
  using Answer = base::Result<OwnIdentity>;

  const ConfiguredIdentity* Configured(model::Partition partition) const;
  aws::ClientConfig ConfigFor(model::Partition partition, const std::string& region) const;
  base::Result<OwnIdentity> Ask(model::Partition partition, const ConfiguredIdentity& configured, base::Deadline deadline);

  Options options_;
  base::Guarded<std::map<ClientKey, aws::Client>> clients_;
  base::Guarded<std::map<model::Partition, Answer>> answers_;
};

}  // namespace crossrole::integration
