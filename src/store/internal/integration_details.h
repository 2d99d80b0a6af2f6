// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/integration.h"

namespace crossrole::store {

/// Everything of an integration that has no column of its own, as a JSON object.
std::string PrintDetails(const model::Integration& integration);
/// Reads it back into `integration`; members that the text lacks keep their defaults, so that a new one needs no
/// migration. Errors: kInternal.
base::Status ReadDetails(std::string_view text, model::Integration& integration);

}  // namespace crossrole::store
