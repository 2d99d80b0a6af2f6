// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/random.h"
#include "fakes/fake_clock.h"
#include "sim/cloud.h"

namespace crossrole::fuzz {

/// A simulated AWS of two accounts that is the same in every run: no clock, chance or throttling of its own.
struct SimWorld {
  fakes::FakeClock clock{};
  base::SeededRandom random{1};
  sim::Cloud cloud{Options()};

 private:
  sim::CloudOptions Options() {
    sim::CloudOptions options;
    options.accounts = 2;
    options.clock = &clock;
    options.random = &random;
    options.throttle = sim::Throttle::kOff;
    return options;
  }
};

}  // namespace crossrole::fuzz
