// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::sim {

/// AWS's own error, ready to be returned from a handler.
inline std::unexpected<base::Error> Refuse(std::string_view aws_code, std::string message) {
  return base::Fail({.code = base::Code::kAwsRefused, .message = std::move(message), .aws_code = std::string(aws_code)});
}

/// A request that AWS's validation does not let through.
inline std::unexpected<base::Error> Invalid(std::string message) { return Refuse("ValidationError", std::move(message)); }

}  // namespace crossrole::sim
