// SPDX-License-Identifier: Apache-2.0
#include "base/fault_point.h"

#include <atomic>
#include <charconv>
#include <csignal>

namespace crossrole::base {

#ifdef CROSSROLE_FAULT_POINTS

namespace {
struct Armed {
  std::string name{};
  std::atomic<int> passes_left{1};
};
Armed& TheOne() {
  static Armed armed;
  return armed;
}
}  // namespace

void FaultPoint(std::string_view name) {
  Armed& armed = TheOne();
  if (armed.name.empty() || armed.name != name) return;
  if (armed.passes_left.fetch_sub(1) == 1) std::raise(SIGKILL);
}

void ArmFaultPoint(std::string name) {
  Armed& armed = TheOne();
  int passes = 1;
  if (const std::size_t colon = name.find(':'); colon != std::string::npos) {
    std::from_chars(name.data() + colon + 1, name.data() + name.size(), passes);
    name.resize(colon);
  }
  armed.passes_left = passes;
  armed.name = std::move(name);
}

#else

void FaultPoint(std::string_view) {}
void ArmFaultPoint(std::string) {}

#endif

}  // namespace crossrole::base
