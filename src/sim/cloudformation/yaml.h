// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>

#include "base/result.h"

namespace crossrole::sim {

/// Reads the YAML in which CloudFormation templates are written, as JSON: block and flow mappings and lists, plain, quoted
/// and block scalars, comments, and the short forms of functions (`!Ref X` becomes `{"Ref": "X"}`). Numbers that JSON
/// would write otherwise stay text (`1.0`, `012`, `2012-10-17`). Anchors, aliases, merge keys, complex keys and several
/// documents are refused. Errors: kInvalidArgument in CloudFormation's words, with line and column.
base::Result<boost::json::value> ParseYaml(std::string_view text);

}  // namespace crossrole::sim
