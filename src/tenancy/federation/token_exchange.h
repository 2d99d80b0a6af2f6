// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/log.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/signing_key.h"
#include "model/ids.h"
#include "store/store.h"
#include "tenancy/federation/issuers.h"

namespace crossrole::tenancy {

/// Whose tokens are exchanged, and for what. Only the server's configuration file makes rules.
struct ExchangeRule {
  std::string name;
  std::string issuer;
  std::string audience;
  std::vector<base::SignatureAlgorithm> algorithms{base::SignatureAlgorithm::kRs256};
  std::map<std::string, std::string> claims{};  // all of them, word for word; never empty
  std::string tenant;                           // handle
  std::string role;                             // name or id
  std::optional<model::SpaceId> space{};        // nothing: the root
  std::optional<std::vector<model::IntegrationId>> integrations{};  // nothing: no such limit
  std::chrono::seconds duration{900};
};

/// What the exchange works with.
struct ExchangePorts {
  store::Store& store;
  audit::Log& audit;
  const base::Clock& clock;
  base::Random& random;
  Issuers& issuers;
  const std::vector<ExchangeRule>& rules;
};

/// Somebody with a token of an identity provider.
struct ExchangeAttempt {
  base::Secret token{};
  std::string remote{};
  std::string request_id{};
  std::string traceparent{};
};

/// One of our tokens, shown once.
struct ExchangedToken {
  model::TokenId id;
  base::Secret text;
  base::Time expires_at{};
};

/// What tokens of `rule` have as their maker.
std::string MakerOf(const ExchangeRule& rule);

/// Exchanges a token of an identity provider for one of ours: for pipelines and workers without a stored secret. The
/// first rule that it fits decides what it may. Waits for the network. Recorded before it is returned.
/// Errors: kUnauthenticated, with the same words for every cause; kUnavailable when the issuer does not answer.
base::Result<ExchangedToken> ExchangeToken(const ExchangePorts& ports, ExchangeAttempt attempt);

}  // namespace crossrole::tenancy
