// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "aws/internal/shape.h"

namespace crossrole::aws::internal {

/// Whether values of `kind` are written as one text.
bool IsScalar(Kind kind);

/// The text of the scalar at `place`; `time` says how a timestamp is written (kOfProtocol: RFC 3339).
std::string PrintScalar(const Shape& shape, const void* place, TimeForm time);

/// Reads `text` into the scalar at `place`; false when it is not of that kind. Times are read in all three forms.
bool ParseScalar(const Shape& shape, std::string_view text, void* place);

/// Reads seconds since 1970, with or without a fraction; false when out of the range of four-digit years.
bool TimeFromSeconds(double seconds, base::Time& time);

/// Seconds since 1970, with three decimals when there is a fraction.
std::string PrintUnixTime(base::Time time);

}  // namespace crossrole::aws::internal
