// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"
#include "model/partition.h"

namespace crossrole::organization {

/// Checks the settings of a folder or connection for programs that use them (exports), and prints them as they are stored. Empty ones
/// mean that those of the folder above count. Errors: kInvalidArgument with field `settings` or `settings.<name>`.
base::Result<std::string> CheckSettings(const boost::json::value& settings, model::Partition partition);

}  // namespace crossrole::organization
