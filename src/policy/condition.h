// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "policy/context.h"
#include "policy/document.h"
#include "policy/undocumented.h"

namespace crossrole::policy {

/// Whether one condition holds in `context`. `version` decides whether `${…}` in its values is a variable.
/// Source: IAM User Guide, "condition operators", "multivalued context keys".
bool Holds(const Condition& condition, const ContextMap& context, Version version, const Undocumented& choices = {});

/// Whether all conditions of a statement hold.
bool HoldAll(const std::vector<Condition>& conditions, const ContextMap& context, Version version,
             const Undocumented& choices = {});

}  // namespace crossrole::policy
