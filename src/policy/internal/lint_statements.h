// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "policy/document.h"
#include "policy/lint.h"

namespace crossrole::policy::internal {

/// What every statement of `document` is worth being told about, whatever it is for: elements that say more than they seem
/// to, conditions that pass without their key, values that can match nothing. What is said of `sts:ExternalId` is left to
/// the analysis of trust.
std::vector<LintFinding> LintStatements(const Document& document, DocumentKind kind);

}  // namespace crossrole::policy::internal
