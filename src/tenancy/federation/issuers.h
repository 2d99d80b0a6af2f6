// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/transport.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/guarded.h"
#include "base/json_web_token.h"
#include "base/result.h"

namespace crossrole::tenancy {

/// What an issuer says about itself.
struct IssuerFacts {
  std::string issuer;
  std::string authorization_endpoint;  // "" where nobody signs in
  std::string token_endpoint;
  std::string userinfo_endpoint;
  std::string jwks_uri;
};

/// How long what an issuer said is believed.
struct IssuerPatience {
  std::chrono::seconds fresh{600};        // then it is asked again
  std::chrono::seconds stale{3600};       // for so long what it said last counts while it does not answer
  std::chrono::seconds unknown_key{60};   // between two questions because of a key that is not known
  std::chrono::seconds after_failure{5};  // between two tries
  std::chrono::seconds answer{5};         // for one answer
};

/// Asks identity providers for what they publish, and remembers it. It asks only those that the configuration names, and
/// where these point to; https only, but for this machine. Thread-safe; waits for the network.
class Issuers {
 public:
  /// The ways to issuers that the standard one does not lead to, such as those with authorities of their own; by issuer.
  using OwnWays = std::map<std::string, aws::Transport*, std::less<>>;

  Issuers(aws::Transport& transport, const base::Clock& clock, IssuerPatience patience = {}, OwnWays own = {})
      : transport_(transport), clock_(clock), patience_(patience), own_(std::move(own)) {}

  using Facts = std::shared_ptr<const IssuerFacts>;
  using Keys = std::shared_ptr<const std::vector<base::PublishedKey>>;

  /// What `issuer` says about itself. Errors: kUnavailable with reason `issuer.unreachable` or `issuer.unreadable`.
  base::Result<Facts> FactsOf(const std::string& issuer);
  /// Its keys; asked for anew when `key_id` is not among them, for issuers change their keys. Errors: as `FactsOf`.
  base::Result<Keys> KeysOf(const std::string& issuer, std::string_view key_id);

  /// Asks a URL that `issuer` named. Errors: kUnavailable with reason `issuer.unreachable`.
  base::Result<aws::HttpResponse> Ask(std::string_view issuer, aws::HttpRequest request) const;

 private:
  struct Entry {
    Facts facts{};
    Keys keys{};
    base::SteadyTime asked{};
    std::optional<base::SteadyTime> failed{};
    base::Error failure{};
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  base::Result<Entry> Read(const std::string& issuer) const;
  base::Result<Entry> Get(const std::string& issuer, std::optional<std::string_view> key_id);

  aws::Transport& transport_;
  const base::Clock& clock_;
  const IssuerPatience patience_;
  const OwnWays own_;
  base::Guarded<Entries> entries_{};
};

/// Whether `url` may be that of an issuer: https without query and fragment, or plain http on this machine.
bool IsIssuerUrl(std::string_view url);

}  // namespace crossrole::tenancy
