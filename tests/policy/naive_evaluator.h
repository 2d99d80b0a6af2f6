// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <string>

// A second evaluator, deliberately slow and plain: it follows AWS's text rule by rule and shares nothing with src/policy but
// the JSON. Where AWS is silent it makes the choices of docs/reference/policy-evaluation.md.
namespace crossrole::naive {

/// "allowed", "implicitly_denied" or "explicitly_denied"; `question` as in question.h. Every document must be valid.
std::string Evaluate(const boost::json::object& question);

}  // namespace crossrole::naive
