// SPDX-License-Identifier: Apache-2.0
#include "app/product_metrics.h"

#include <algorithm>
#include <string>
#include <utility>

namespace crossrole::app {
namespace {

// One number of the sink with that place in the configuration; its name has a bound, unlike a tenant's.
double OfSink(const audit::Sinks& sinks, std::size_t index, std::uint64_t audit::SinkState::*number) {
  return static_cast<double>(sinks.States().at(index).*number);
}

void AddSinkMetrics(http::Registry& registry, const audit::Sinks& sinks) {
  const std::vector<audit::SinkState> states = sinks.States();
  for (std::size_t index = 0; index < states.size(); ++index) {
    const http::MetricLabels labels{{"sink", states[index].name}};
    registry.AddReading({.name = "crossrole_audit_sink_behind", .help = "Records that a sink does not have yet.", .labels = labels},
                        [&sinks, index] { return OfSink(sinks, index, &audit::SinkState::behind); });
    registry.AddTotal({.name = "crossrole_audit_sink_records_total", .help = "Records handed over to a sink.", .labels = labels},
                      [&sinks, index] { return OfSink(sinks, index, &audit::SinkState::delivered); });
    registry.AddTotal({.name = "crossrole_audit_sink_failures_total", .help = "Deliveries to a sink that failed.", .labels = labels},
                      [&sinks, index] { return OfSink(sinks, index, &audit::SinkState::failures); });
  }
}

void AddCircuitMetrics(http::Registry& registry, const aws::Circuits& circuits) {
  for (const std::string_view of : {"region", "account"}) {
    registry.AddReading({.name = "crossrole_aws_circuits_open", .help = "Regions and accounts that calls do not go to for a moment.", .labels = {{"of", std::string(of)}}},
                        [&circuits, is_region = of == "region"] {
                          return static_cast<double>(std::ranges::count_if(circuits.Open(), [&](const aws::CircuitKey& key) { return key.account.empty() == is_region; }));
                        });
  }
  registry.AddTotal({.name = "crossrole_aws_calls_refused_total", .help = "Calls that were not sent because their region or account did not answer."},
                    [&circuits] { return static_cast<double>(circuits.Refused()); });
}

}  // namespace

void AddProductMetrics(http::Registry& registry, const Metered& metered) {
  registry.AddReading({.name = "crossrole_build_info",
                       .help = "The version of the program.",
                       .labels = {{"version", std::string(metered.version)}}},
                      [] { return 1.0; });
  registry.AddTotal({.name = "crossrole_audit_records_total", .help = "Audit records made durable."},
                    [&audit = metered.audit] { return static_cast<double>(audit.Statistics().records); });
  registry.AddTotal({.name = "crossrole_audit_syncs_total", .help = "Syncs of the audit log."},
                    [&audit = metered.audit] { return static_cast<double>(audit.Statistics().commits); });
  AddSinkMetrics(registry, metered.sinks);
  registry.AddTotal({.name = "crossrole_database_steps_total", .help = "Steps of the database's virtual machine, which is what statements cost."},
                    [&store = metered.store] { return static_cast<double>(store.Statistics().steps); });
  registry.AddReading({.name = "crossrole_aws_calls_waiting", .help = "Calls that wait for the rate that AWS allows."},
                      [&budgets = metered.budgets] { return static_cast<double>(budgets.Waiting()); });
  AddCircuitMetrics(registry, metered.circuits);
  registry.AddReading({.name = "crossrole_sessions_cached", .help = "Sessions kept in memory."},
                      [&cache = metered.cache] { return static_cast<double>(cache.size()); });
  for (const auto& [limiter, name] : {std::pair(&metered.by_address, "address"), std::pair(&metered.by_token, "token")}) {
    registry.AddTotal({.name = "crossrole_requests_limited_total", .help = "Requests refused because too many came.", .labels = {{"by", name}}},
                      [limiter] { return static_cast<double>(limiter->Refused()); });
  }
  for (const auto& [lane, name] : {std::pair(http::Lane::kFast, "fast"), std::pair(http::Lane::kBlocking, "blocking")}) {
    registry.AddReading({.name = "crossrole_requests_queued", .help = "Requests that wait for a thread.", .labels = {{"lane", name}}},
                        [&dispatcher = metered.dispatcher, lane] { return static_cast<double>(dispatcher.Queued(lane)); });
  }
}

}  // namespace crossrole::app
