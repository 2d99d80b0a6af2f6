// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/configuration.h"
#include "app/maintenance/finding.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/random.h"
#include "base/result.h"
#include "keyring/keyring.h"
#include "store/store.h"

namespace crossrole::app {

/// Looks at an installation and at those it talks to, and changes nothing, also while its server runs.
class Doctor {
 public:
  Doctor(const Configuration& configuration, const base::Environment& environment, std::string data)
      : configuration_(configuration), environment_(environment), data_(std::move(data)) {}
  /// Everything that was looked at, in this order.
  std::vector<Finding> Examine();

 private:
  void Say(std::string_view name, Health health, std::string message, std::string fix = {});
  void Explain(std::string_view name, const base::Error& error);

  // This machine.
  void CheckListening();
  void CheckProxies();
  void CheckCertificate();
  void CheckDirectory();
  void CheckSpace();
  void CheckServer();
  void CheckFiles();
  void CheckSecretFiles();
  void CheckDatabase();
  void CheckMasterKey(store::Store& store);
  void CheckPublicKey(keyring::Keyring& keyring);
  void CheckIntegrations(store::Store& store);
  void CheckAudit();
  void CheckMemory();
  // Others.
  void CheckIdentities();
  void CheckSinks();
  void CheckMessengers();
  void CheckIdentityProviders();

  const Configuration& configuration_;
  const base::Environment& environment_;
  const std::string data_;
  const base::SystemClock clock_{};
  base::SystemRandom random_{};
  std::vector<Finding> findings_{};
  bool server_runs_ = false;
};

}  // namespace crossrole::app
