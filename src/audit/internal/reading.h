// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "audit/disk.h"
#include "audit/log.h"
#include "base/result.h"
#include "model/ids.h"

namespace crossrole::audit {

/// Answers a query from the first `size` bytes of a log, reading backwards. One call reads a bounded part of the
/// file: a page may be short, or even empty, and still have a `next`. Errors: kInvalidArgument, kUnavailable.
base::Result<RecordPage> ListRecords(File& file, std::uint64_t size, const Query& query);
/// Gives the lines of one chain to `sink`, oldest first, until it returns false. Errors: kUnavailable.
base::Status ExportLines(File& file, std::uint64_t size, const std::optional<model::TenantId>& tenant,
                         const std::function<bool(std::string_view)>& sink);

}  // namespace crossrole::audit
