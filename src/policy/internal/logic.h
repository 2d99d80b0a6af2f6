// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "policy/residual.h"

namespace crossrole::policy::internal {

/// True or false.
Residual Constant(bool value);
/// Every part; simplified: constants, nesting, repetition and contradictions are gone.
Residual All(std::vector<Residual> parts);
/// Some part; simplified likewise.
Residual Any(std::vector<Residual> parts);
/// The opposite.
Residual Not(Residual part);

}  // namespace crossrole::policy::internal
