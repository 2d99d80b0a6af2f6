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

/// The part of a log's file that holds its durable records.
struct Extent {
  std::uint64_t begin = 0;  // what is before it was removed
  std::uint64_t begin_seq = 0;
  std::uint64_t end = 0;
};

/// Answers a query from a log, reading backwards. One call reads a bounded part of the
/// file: a page may be short, or even empty, and still have a `next`. Errors: kInvalidArgument, kUnavailable.
base::Result<RecordPage> ListRecords(File& file, const Extent& extent, const Query& query);
/// Gives the lines of one chain to `sink`, oldest first, until it returns false. Errors: kUnavailable.
base::Status ExportLines(File& file, const Extent& extent, const std::optional<model::TenantId>& tenant,
                         const std::function<bool(std::string_view)>& sink);

/// The records behind `place`, oldest first; a bit more than `bytes` at most. Errors: those of `Log::After`.
base::Result<Lines> ReadAfter(File& file, const Extent& extent, const Place& place, const LinesLimit& limit);

}  // namespace crossrole::audit
