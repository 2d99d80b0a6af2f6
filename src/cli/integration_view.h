// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>

#include "cli/command.h"

namespace crossrole::cli {

/// Prints an integration of the API.
int PrintIntegration(const Context& context, const boost::json::value& integration);
/// Prints what a change or deletion hits.
int PrintConsequences(const Context& context, const boost::json::value& consequences);
/// Prints a verification: probes, findings with their fix, missing actions. Returns 0 when it is `ok`, else 1.
int PrintVerification(const Context& context, const boost::json::value& verification);
/// The number in `--limit`; 0 without.
std::size_t LimitFlag(const Arguments& arguments);

}  // namespace crossrole::cli
