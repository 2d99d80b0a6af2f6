// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/configuration.h"
#include "base/environment.h"
#include "base/result.h"

namespace crossrole::app {

/// How one thing is.
enum class Health : std::uint8_t { kOk, kWarning, kProblem };
/// The name in reports.
std::string_view NameOf(Health health);

/// One thing that was looked at.
struct Finding {
  std::string name;      // e.g. "database"
  Health health = Health::kOk;
  std::string message{}; // one sentence
  std::string fix{};     // what to do; "" when nothing is to be done
};

/// Looks at an installation and changes nothing, also while its server runs.
class Doctor {
 public:
  Doctor(const Configuration& configuration, const base::Environment& environment, std::string data)
      : configuration_(configuration), environment_(environment), data_(std::move(data)) {}
  /// Everything that was looked at, in this order.
  std::vector<Finding> Examine();

 private:
  void Say(std::string_view name, Health health, std::string message, std::string fix = {});
  void Explain(std::string_view name, const base::Error& error);
  void CheckListening();
  void CheckDirectory();
  void CheckSpace();
  void CheckServer();
  void CheckFiles();
  void CheckDatabase();
  void CheckAudit();
  void CheckMemory();

  const Configuration& configuration_;
  const base::Environment& environment_;
  const std::string data_;
  std::vector<Finding> findings_{};
};

}  // namespace crossrole::app
