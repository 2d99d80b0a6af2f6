// SPDX-License-Identifier: Apache-2.0
#include "http/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/result.h"

namespace crossrole::http {
namespace {

std::string EscapeLabel(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// `{a="b",le="1"}`; nothing when there is no label. `extra` is one more, already printed.
std::string PrintLabels(const MetricLabels& labels, std::string_view extra = "") {
  std::string text;
  for (const auto& [name, value] : labels) text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, EscapeLabel(value));
  if (!extra.empty()) text += fmt::format("{}{}", text.empty() ? "" : ",", extra);
  return text.empty() ? text : "{" + text + "}";
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {
  CHECK(std::ranges::is_sorted(bounds_));
}

void Histogram::Observe(double value) {
  const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds_, value) - bounds_.begin());
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

Registry::Series& Registry::SeriesOf(MetricName name, Kind kind) {
  auto family = std::ranges::find_if(families_, [&](const auto& f) { return f->name == name.name; });
  if (family == families_.end()) {
    families_.push_back(std::make_unique<Family>(
        Family{.name = std::move(name.name), .help = std::move(name.help), .kind = kind, .series = {}}));
    family = std::prev(families_.end());
  }
  CHECK((*family)->kind == kind);
  auto& all = (*family)->series;
  const auto found = std::ranges::find_if(all, [&](const auto& s) { return s->labels == name.labels; });
  if (found != all.end()) return **found;
  all.push_back(std::make_unique<Series>());
  all.back()->labels = std::move(name.labels);
  return *all.back();
}

Counter& Registry::AddCounter(MetricName name) {
  std::lock_guard lock(mutex_);
  Series& series = SeriesOf(std::move(name), Kind::kCounter);
  if (!series.counter) series.counter = std::make_unique<Counter>();
  return *series.counter;
}

Gauge& Registry::AddGauge(MetricName name) {
  std::lock_guard lock(mutex_);
  Series& series = SeriesOf(std::move(name), Kind::kGauge);
  if (!series.gauge) series.gauge = std::make_unique<Gauge>();
  return *series.gauge;
}

void Registry::AddReading(MetricName name, std::function<double()> read) {
  std::lock_guard lock(mutex_);
  SeriesOf(std::move(name), Kind::kGauge).read = std::move(read);
}

void Registry::AddTotal(MetricName name, std::function<double()> read) {
  std::lock_guard lock(mutex_);
  SeriesOf(std::move(name), Kind::kCounter).read = std::move(read);
}

Histogram& Registry::AddHistogram(MetricName name, std::vector<double> bounds) {
  std::lock_guard lock(mutex_);
  Series& series = SeriesOf(std::move(name), Kind::kHistogram);
  if (!series.histogram) series.histogram = std::make_unique<Histogram>(std::move(bounds));
  return *series.histogram;
}

void Registry::PrintSeries(const Family& family, const Series& series, std::string& out) {
  const std::string labels = PrintLabels(series.labels);
  if (series.counter && !series.read) out += fmt::format("{}{} {}\n", family.name, labels, series.counter->Value());
  if (series.read) {
    out += fmt::format("{}{} {}\n", family.name, labels, series.read());
  } else if (series.gauge) {
    out += fmt::format("{}{} {}\n", family.name, labels, series.gauge->Value());
  }
  if (!series.histogram) return;
  const Histogram& histogram = *series.histogram;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < histogram.counts_.size(); ++i) {
    total += histogram.counts_[i].load(std::memory_order_relaxed);
    const std::string bound = i < histogram.bounds_.size() ? fmt::format("{}", histogram.bounds_[i]) : "+Inf";
    out += fmt::format("{}_bucket{} {}\n", family.name, PrintLabels(series.labels, fmt::format("le=\"{}\"", bound)), total);
  }
  out += fmt::format("{}_sum{} {}\n", family.name, labels, histogram.sum_.load(std::memory_order_relaxed));
  out += fmt::format("{}_count{} {}\n", family.name, labels, total);
}

std::string Registry::Print() const {
  constexpr std::array<std::string_view, 3> kKinds = {"counter", "gauge", "histogram"};
  std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& family : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", family->name, family->help, family->name,
                       kKinds[static_cast<std::size_t>(family->kind)]);
    for (const auto& series : family->series) PrintSeries(*family, *series, out);
  }
  return out;
}

std::vector<double> DurationBounds() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

}  // namespace crossrole::http
