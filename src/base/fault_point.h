// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace crossrole::base {

/// Marks a place where a test may end the process, as a power cut would: `FaultPoint("mint.after_audit")`.
/// Does nothing unless this very name was armed; a release build cannot be armed.
void FaultPoint(std::string_view name);
/// Arms one name (empty: none); `name:n` ends the process at its n-th pass. Called by `app/` only, before threads start.
void ArmFaultPoint(std::string name);

}  // namespace crossrole::base
