// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/services.h"
#include "app/configuration.h"
#include "audit/log.h"
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

/// What signing in is made from.
struct SignInParts {
  const Configuration& configuration;
  store::Store& store;
  audit::Log& audit;
  const base::Clock& clock;
  base::Random& random;
  aws::Transport& transport;  // the way to identity providers
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
  SignInSetup(const SignInParts& parts, std::vector<tenancy::ExchangeRule> rules, std::vector<tenancy::SignInProvider> providers);
  base::Status Sweep();

  tenancy::PasswordPool passwords_;
  tenancy::SignInFailures failures_;
  tenancy::SignInPorts ports_;
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
