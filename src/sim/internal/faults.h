// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace crossrole::sim {

/// What a fault does to an answer. Source: contract section 7.
enum class Effect : std::uint8_t {
  kThrottle,        ///< Throttling, "Rate exceeded"
  kServerError,     ///< 500 InternalFailure, `500`
  kTimeout,         ///< no answer
  kReset,           ///< the connection is dropped; the call was carried out
  kTruncate,        ///< the answer is cut in half; the call was carried out
  kMalformed,       ///< the answer is not what the protocol says; the call was carried out
  kAccessDenied,
  kRegionDisabled,  ///< STS is not activated in the region
};

/// Which calls go wrong, and how. Empty members match everything.
struct FaultRule {
  std::string service{};
  std::string operation{};
  std::string account{};  // the caller's, or for AssumeRole the role's
  std::string region{};
  double probability = 1;
  std::optional<std::int64_t> count{};  // calls left; none: no end
  Effect effect = Effect::kThrottle;
};

/// A call as the rules see it.
struct FaultFacts {
  std::string_view service;
  std::string_view operation;
  std::string_view account;
  std::string_view target_account{};  // of the role to be assumed
  std::string_view region;
};

/// Reads the body of `POST /_sim/faults`. Errors: kInvalidArgument with the field.
base::Result<std::vector<FaultRule>> ParseFaults(std::string_view body);
/// The rules as such a body lists them, and back. Errors: kInvalidArgument.
boost::json::array SaveFaults(const std::vector<FaultRule>& rules);
base::Result<std::vector<FaultRule>> LoadFaults(const boost::json::value& list);

/// The effect of the first rule that hits the call; a rule with a count loses one.
std::optional<Effect> Strike(std::vector<FaultRule>& rules, const FaultFacts& facts, base::Random& random);

}  // namespace crossrole::sim
