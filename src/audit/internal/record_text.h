// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "audit/record.h"
#include "base/result.h"

namespace crossrole::audit {

/// The longest record that is accepted, as text.
inline constexpr std::size_t kLongestRecord = 64 * 1024;

/// The name of the chain that a record belongs to.
std::string_view ChainOf(const Record& record);
/// The members of a record that has an id, as they stand in its line: `"id":"evt_…","time":…` up to the details.
/// Bytes that are not UTF-8 become `?`. Errors: kInternal (details that are not a JSON object), kTooLarge.
base::Result<std::string> PrintMembers(const Record& record);

}  // namespace crossrole::audit
