// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/document.h"

namespace crossrole::policy::internal {

/// IAM's refusal of a document: its own words, the place, and the cause in ours.
std::unexpected<base::Error> Malformed(std::string_view aws_message, std::string where, std::string cause);

/// Refuses characters that IAM's API does not take. Errors: kInvalidArgument with `aws_code` "ValidationError".
base::Status CheckCharacters(std::string_view text);

/// Refuses what is well-formed but not allowed in a document of this kind. Errors: as `Parse`.
base::Status CheckRules(const Document& document, DocumentKind kind);

}  // namespace crossrole::policy::internal
