// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "audit/log.h"
#include "base/clock.h"
#include "base/random.h"
#include "store/store.h"

namespace crossrole::tenancy {

/// What the use cases of this folder work with. Everything outlives them.
struct Ports {
  store::Store& store;
  audit::Log& audit;
  const base::Clock& clock;
  base::Random& random;
};

/// What a change or deletion would do to others. Source: contract section 4.
struct Consequences {
  std::vector<std::string> removed{};      // ids that go
  std::vector<std::string> invalidated{};  // what counts no longer, e.g. "tokens"
  std::vector<std::string> dependents{};   // ids of what stands in the way
};

}  // namespace crossrole::tenancy
