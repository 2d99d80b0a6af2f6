// SPDX-License-Identifier: Apache-2.0
#include "base/fault_point.h"

#include <csignal>

namespace crossrole::base {

#ifdef CROSSROLE_FAULT_POINTS

namespace {
std::string& Armed() {
  static std::string name;
  return name;
}
}  // namespace

void FaultPoint(std::string_view name) {
  if (!Armed().empty() && Armed() == name) std::raise(SIGKILL);
}

void ArmFaultPoint(std::string name) { Armed() = std::move(name); }

#else

void FaultPoint(std::string_view) {}
void ArmFaultPoint(std::string) {}

#endif

}  // namespace crossrole::base
