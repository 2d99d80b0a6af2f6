// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "api/services.h"
#include "app/configuration.h"
#include "audit/log.h"
#include "aws/curl_transport.h"
#include "aws/transport.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "jobs/runner.h"
#include "store/store.h"
#include "tenancy/sign_in.h"
#include "tenancy/federation/oidc_sign_in.h"
#include "tenancy/federation/token_exchange.h"

namespace crossrole::app {

/// Where people reach the server, without a slash at the end: `server.public_url`, else where it listens. Browsers come back
/// from an identity provider to it, and links in notifications begin with it.
std::string OwnUrl(const Configuration& configuration);

/// The identity providers of the configuration.
struct IdentityProviders {
  std::vector<tenancy::ExchangeRule> rules{};
  std::vector<tenancy::SignInProvider> providers{};
  std::map<std::string, std::string> authorities{};  // PEM files, by issuer; of those that have their own

  /// Every issuer, once.
  std::vector<std::string> Issuers() const;
};
/// Errors: kInvalidArgument, naming the key.
base::Result<IdentityProviders> ReadIdentityProviders(const Configuration& configuration);

/// Ways to the issuers that have authorities of their own.
class OwnIssuerWays {
 public:
  OwnIssuerWays(const IdentityProviders& known, const aws::ProxySettings& proxies);
  /// As long as this object.
  tenancy::Issuers::OwnWays ways() const;

 private:
  std::map<std::string, std::unique_ptr<aws::CurlTransport>> by_issuer_;
};

/// What signing in is made from.
struct SignInParts {
  const Configuration& configuration;
  store::Store& store;
  audit::Log& audit;
  const base::Clock& clock;
  base::Random& random;
  aws::Transport& transport;  // the way to identity providers
  const aws::ProxySettings& proxies;
  tenancy::Memory& memory;
};

/// How people come in: the passwords' threads, the counted failures, and what the configuration says about both.
class SignInSetup {
 public:
  /// Reads what the configuration says. Errors: kInvalidArgument, naming the key.
  static base::Result<std::unique_ptr<SignInSetup>> Make(const SignInParts& parts);

  /// For the API's services.
  const tenancy::SignInPorts& ports() const { return ports_; }
  /// For the exchange of tokens.
  const tenancy::ExchangePorts& exchange() const { return exchange_; }
  /// For signing in at identity providers.
  tenancy::OidcPorts oidc();
  /// The same, as far as HTTP is concerned.
  const api::SignInSettings& settings() const { return settings_; }
  /// Deletes now and then what has expired.
  void RegisterUpkeep(jobs::Runner& runner);

 private:
  SignInSetup(const SignInParts& parts, IdentityProviders known);
  base::Status Sweep(const std::stop_token& stop);

  tenancy::PasswordPool passwords_;
  tenancy::SignInFailures failures_;
  tenancy::SignInPorts ports_;
  OwnIssuerWays ways_;
  tenancy::Issuers issuers_;
  std::vector<tenancy::ExchangeRule> rules_;
  tenancy::ExchangePorts exchange_;
  std::vector<tenancy::SignInProvider> providers_;
  tenancy::AuthenticationPorts authentication_;
  tenancy::FlowSeal seal_;
  std::string own_url_;
  api::SignInSettings settings_;
};

}  // namespace crossrole::app
