// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "policy/document.h"

namespace crossrole::policy {

/// The document as JSON in normal form: `Statement` an array, one value as a scalar, several as an array, elements
/// in the order Sid, Effect, Principal, Action, Resource, Condition.
boost::json::value ToJson(const Document& document);

/// Compact text of `ToJson`, with every character outside AWS's alphabet escaped; `Parse` gives the same document.
std::string Print(const Document& document);

/// The same, indented by two spaces.
std::string PrintPretty(const Document& document);

/// The text that all documents of the same meaning share, for content addresses and comparison: keys sorted, every
/// scalar an array, sets sorted without repetition, statements sorted, actions and condition keys in lower case,
/// account roots as account ids, `ArnEquals` as `ArnLike`. It parses again, and is its own canonical form.
std::string PrintCanonical(const Document& document);

/// Whether two documents say the same.
bool Equivalent(const Document& a, const Document& b);

}  // namespace crossrole::policy
