// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "policy/parse.h"

namespace crossrole::policy {

/// Parses a document that a test takes to be valid.
inline Document MustParse(std::string_view text, DocumentKind kind) {
  auto document = Parse(text, kind);
  if (!document.has_value()) {
    ADD_FAILURE() << document.error().message << " at " << document.error().field << " (" << document.error().fix << "): " << text;
    std::abort();
  }
  return *std::move(document);
}

/// A trust policy.
inline Document Trust(std::string_view text) { return MustParse(text, DocumentKind::kTrust); }
/// An identity policy.
inline Document Identity(std::string_view text) { return MustParse(text, DocumentKind::kIdentity); }
/// A resource policy.
inline Document ResourcePolicy(std::string_view text) { return MustParse(text, DocumentKind::kResource); }

}  // namespace crossrole::policy
