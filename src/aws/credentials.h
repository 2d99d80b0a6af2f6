// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace crossrole::aws {

/// What signs a request.
struct Credentials {
  std::string access_key_id{};
  base::Secret secret_access_key{};
  base::Secret session_token{};           // empty for the keys of a user
  std::optional<base::Time> expiration{};  // none: until revoked
  std::optional<std::string> account_id{};
  std::string source{};  // where they came from, for messages, e.g. "profile `audit`"

  /// A second holder of the same credentials; a deliberate act, as with `Secret`.
  Credentials Clone() const;
};

/// Credentials as they are shared between requests.
using SharedCredentials = std::shared_ptr<const Credentials>;

/// Where clients get their credentials from, anew before every attempt. Thread-safe.
class CredentialsProvider {
 public:
  using Callback = std::function<void(base::Result<SharedCredentials>)>;
  virtual ~CredentialsProvider() = default;

  /// Calls `done` exactly once with credentials that are valid now: at once when it has them, else on a thread of
  /// its own after fetching. `done` must not block.
  virtual void Submit(base::Deadline deadline, Callback done) = 0;
  /// Says that AWS refused `credentials` as expired: the next request for credentials fetches new ones.
  virtual void Reject(const Credentials& credentials) { static_cast<void>(credentials); }
  /// Waits for `Submit`. Errors: those of the source; kUnavailable with reason `aws.timeout`.
  base::Result<SharedCredentials> Get(base::Deadline deadline);
};

/// Always the same credentials.
class StaticCredentials final : public CredentialsProvider {
 public:
  explicit StaticCredentials(Credentials credentials)
      : credentials_(std::make_shared<const Credentials>(std::move(credentials))) {}
  void Submit(base::Deadline deadline, Callback done) override;

 private:
  SharedCredentials credentials_;
};

/// Fetches credentials that expire, ahead of time and once for all who ask at the same time. While the old ones are
/// valid a failed fetch changes nothing: they are handed out and the fetch is tried again later.
class RefreshingCredentials final : public CredentialsProvider {
 public:
  /// A blocking source. Runs on the provider's own thread.
  using Fetch = std::function<base::Result<Credentials>(base::Deadline)>;
  /// When to fetch.
  struct Options {
    std::chrono::seconds ahead = std::chrono::minutes(20);     // at most; never more than half of the lifetime
    std::chrono::seconds fetch_limit = std::chrono::seconds(30);
    std::chrono::seconds retry_every = std::chrono::seconds(15);  // after a failure, and between early refreshes
  };
  /// `clock` and `random` outlive the provider.
  RefreshingCredentials(Fetch fetch, const base::Clock& clock, base::Random& random, Options options);
  RefreshingCredentials(Fetch fetch, const base::Clock& clock, base::Random& random);
  /// Answers whoever waits with kUnavailable, and waits for a fetch under way.
  ~RefreshingCredentials() override;

  void Submit(base::Deadline deadline, Callback done) override;
  void Reject(const Credentials& credentials) override;

 private:
  struct State;
  void Run();
  std::unique_ptr<State> state_;
};

/// The error for credentials of `source` that lack `field`, e.g. "`SecretAccessKey`".
base::Error MissingCredential(std::string_view source, std::string_view field);

}  // namespace crossrole::aws
