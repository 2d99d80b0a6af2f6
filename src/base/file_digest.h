// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace crossrole::base {

/// SHA-256 of a file of any size, in lower-case hexadecimal, as `sha256sum` prints it. Errors: kUnavailable.
Result<std::string> FileDigest(const std::string& path);

}  // namespace crossrole::base
