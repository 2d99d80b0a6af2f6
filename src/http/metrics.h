// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crossrole::http {

/// Label names and values of one series. Never a tenant, an operator or anything else without a small bound.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// A number that only grows. Thread-safe.
class Counter {
 public:
  /// Adds `amount`.
  void Add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  /// The number.
  std::uint64_t Value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that goes up and down. Thread-safe.
class Gauge {
 public:
  /// Replaces the number.
  void Set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  /// Adds `amount`, which may be negative.
  void Add(std::int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  /// The number.
  std::int64_t Value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Observations counted in buckets. Thread-safe.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds);
  /// Counts one observation.
  void Observe(double value);

 private:
  friend class Registry;
  std::vector<double> bounds_;  // ascending upper bounds; the last bucket, without one, is extra
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

/// What a series is called and what its help line says.
struct MetricName {
  std::string name;  // "crossrole_http_requests_total"
  std::string help;
  MetricLabels labels{};
};

/// Metrics of one process, printed in Prometheus' text format. Registering the same name and labels again gives the
/// same metric; one name has one kind (CHECK). References stay valid as long as the registry. Thread-safe.
class Registry {
 public:
  /// Registers a counter.
  Counter& AddCounter(MetricName name);
  /// Registers a gauge.
  Gauge& AddGauge(MetricName name);
  /// Registers a gauge that is read when the registry is printed; `read` must be thread-safe and outlive the registry.
  void AddReading(MetricName name, std::function<double()> read);
  /// The same for a number that only grows.
  void AddTotal(MetricName name, std::function<double()> read);
  /// Registers a histogram over the upper `bounds`, ascending.
  Histogram& AddHistogram(MetricName name, std::vector<double> bounds);
  /// All series. Content type: text/plain; version=0.0.4.
  std::string Print() const;

 private:
  enum class Kind : std::uint8_t { kCounter, kGauge, kHistogram };
  struct Series {
    MetricLabels labels;
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::function<double()> read;
    std::unique_ptr<Histogram> histogram;
  };
  struct Family {
    std::string name;
    std::string help;
    Kind kind;
    std::vector<std::unique_ptr<Series>> series;
  };
  Series& SeriesOf(MetricName name, Kind kind);
  static void PrintSeries(const Family& family, const Series& series, std::string& out);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Family>> families_;
};

/// Bounds for durations in seconds, from half a millisecond to a minute.
std::vector<double> DurationBounds();

}  // namespace crossrole::http
