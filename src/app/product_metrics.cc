// SPDX-License-Identifier: Apache-2.0
#include "app/product_metrics.h"

#include <string>
#include <utility>

namespace crossrole::app {

void AddProductMetrics(http::Registry& registry, const Metered& metered) {
  registry.AddReading({.name = "crossrole_build_info",
                       .help = "The version of the program.",
                       .labels = {{"version", std::string(metered.version)}}},
                      [] { return 1.0; });
  registry.AddTotal({.name = "crossrole_audit_records_total", .help = "Audit records made durable."},
                    [&audit = metered.audit] { return static_cast<double>(audit.Statistics().records); });
  registry.AddTotal({.name = "crossrole_audit_syncs_total", .help = "Syncs of the audit log."},
                    [&audit = metered.audit] { return static_cast<double>(audit.Statistics().commits); });
  registry.AddReading({.name = "crossrole_aws_calls_waiting", .help = "Calls that wait for the rate that AWS allows."},
                      [&budgets = metered.budgets] { return static_cast<double>(budgets.Waiting()); });
  registry.AddReading({.name = "crossrole_sessions_cached", .help = "Sessions kept in memory."},
                      [&cache = metered.cache] { return static_cast<double>(cache.size()); });
  for (const auto& [lane, name] : {std::pair(http::Lane::kFast, "fast"), std::pair(http::Lane::kBlocking, "blocking")}) {
    registry.AddReading({.name = "crossrole_requests_queued", .help = "Requests that wait for a thread.", .labels = {{"lane", name}}},
                        [&dispatcher = metered.dispatcher, lane] { return static_cast<double>(dispatcher.Queued(lane)); });
  }
}

}  // namespace crossrole::app
