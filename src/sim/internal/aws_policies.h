// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "sim/internal/state.h"

namespace crossrole::sim {

/// The managed policies of AWS that the simulation knows, by name, with the ARNs of `partition`. Their documents are
/// condensed: the same services and verbs in fewer words, since AWS's own run to thousands of lines.
AwsPolicyNames MakeAwsPolicies(model::Partition partition, base::Time created);

}  // namespace crossrole::sim
