// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace crossrole::bench {

/// What is sent over and over, each connection waiting for its answer before it asks again.
struct LoadPlan {
  std::uint16_t port = 0;  // on loopback
  std::size_t connections = 1;
  std::size_t count = 0;                 // requests; 0: as many as fit into `time`
  std::chrono::milliseconds time{0};
  std::size_t warm_up = 0;               // requests before those that count
  int status = 200;                      // the only answer that is right
  std::function<std::string_view(std::size_t number)> request{};  // as it goes on the wire; valid until the next call
};

/// What came of it. A wrong answer ends the process: figures of failures are worth nothing.
struct LoadReport {
  double seconds = 0;
  double cpu_seconds = 0;  // of this process
  std::vector<double> latencies{};  // microseconds, sorted

  /// The latency that the share `q` of all requests does not exceed.
  double Quantile(double q) const;
  /// As bench.py reads it.
  boost::json::object ToJson() const;
};

/// Sends it, from one thread that waits for all connections.
LoadReport Run(const LoadPlan& plan);

/// CPU seconds, user and system, that this process has used.
double CpuSeconds();

}  // namespace crossrole::bench
