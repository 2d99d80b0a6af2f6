// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/document.h"

namespace crossrole::policy::internal {

/// A document in canonical form, with the way back to the one that was written.
struct CanonicalForm {
  std::string text;                               // as `PrintCanonical`
  Document document;                              // what the text says
  std::vector<std::vector<std::uint32_t>> places;  // of each statement in the document as written, ascending
};

/// The canonical form of `document`.
CanonicalForm CanonicalFormOf(const Document& document);

}  // namespace crossrole::policy::internal
