// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sim/internal/simulation.h"

namespace crossrole::sim {

/// Everything that exists, with what is under way, the moved clock, faults, sign-in tokens and the newest events of the trail, as JSON.
/// Counts of calls are not kept.
std::string SaveSimulation(const Simulation& simulation);

/// A simulation as it was saved in this format or the former one, on the clock and rates of `options`. What was under way
/// goes on. AWS's policies, which never change, are taken from `known` where they are there. Errors: kInvalidArgument.
base::Result<std::unique_ptr<Simulation>> LoadSimulation(const CloudOptions& options, std::string_view text, const AwsPolicySets& known);

}  // namespace crossrole::sim
