// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/clock_skew.h"

#include <algorithm>
#include <array>

namespace crossrole::aws::internal {
namespace {

// Services differ in what they call it. Source: the list of the AWS SDK for JavaScript.
constexpr std::array<std::string_view, 7> kMayBeDate = {"AuthFailure",       "InvalidSignatureException", "RequestExpired",
                                                        "RequestInTheFuture", "RequestTimeTooSkewed",      "SignatureDoesNotMatch",
                                                        "InvalidSignature"};
// AWS allows five; what comes near may fail on a slow way.
constexpr std::chrono::minutes kTolerated{4};

}  // namespace

std::optional<std::chrono::microseconds> ClockSkew::Learn(std::string_view aws_code, std::string_view date, base::Time now) {
  if (std::ranges::find(kMayBeDate, aws_code) == kMayBeDate.end()) return std::nullopt;
  const auto theirs = base::ParseHttpDate(date);
  if (!theirs.has_value()) return std::nullopt;
  const auto error = *theirs - Correct(now);
  if (error <= kTolerated && error >= -kTolerated) return std::nullopt;
  const auto learned = *theirs - now;
  offset_ = learned.count();
  return learned;
}

}  // namespace crossrole::aws::internal
