// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sim/internal/simulation.h"

namespace crossrole::sim {

/// The accounts with all of IAM in them, and the moved clock, as JSON. Stacks, faults and counts are not kept; what
/// stacks have made is, as roles and policies like any others.
std::string SaveSimulation(const Simulation& simulation);

/// A simulation as it was saved, on the clock and rates of `options`. Errors: kInvalidArgument.
base::Result<std::unique_ptr<Simulation>> LoadSimulation(const CloudOptions& options, std::string_view text);

}  // namespace crossrole::sim
