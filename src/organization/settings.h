// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/partition.h"

namespace crossrole::organization {

/// Checks the settings of a folder, of a connection or of a whole organization for programs that use them (exports), and prints them as they are stored. Empty ones
/// mean that those of the folder above count. Errors: kInvalidArgument with field `settings` or `settings.<name>`.
base::Result<std::string> CheckSettings(const boost::json::value& settings, model::Partition partition);

/// The same of JSON text.
base::Result<std::string> CheckSettingsText(std::string_view text, model::Partition partition);

/// What decides where sessions of a connection are used unless they say otherwise.
struct RegionChoice {
  model::Partition partition = model::Partition::kAws;
  std::string_view home;                    // the region of the integration
  const std::vector<std::string>& regions;  // that count for the connection, with wildcards
  std::string_view settings;                // that count for it, as CheckSettings has printed them
};

/// `default_region` of the settings; else the integration's region where it is among the regions; else the first of these.
std::string RegionFor(const RegionChoice& choice);

}  // namespace crossrole::organization
