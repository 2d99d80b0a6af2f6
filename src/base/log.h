// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace crossrole::base {

/// How much a log line matters.
enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError };

/// One named value of a log line. There is no constructor from `Secret`, on purpose.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

/// Writes JSON lines (`{"time":…,"level":…,"event":…, fields…}`) to a sink. Thread-safe.
class Log {
 public:
  using Sink = std::function<void(std::string_view line)>;
  /// Writes to standard error.
  Log();
  explicit Log(Sink sink) : sink_(std::move(sink)) {}

  /// Writes one line unless `level` is below the threshold. `event` is a constant such as "integration.verified".
  void Write(Level level, std::string_view event, std::initializer_list<LogField> fields = {}) const;
  /// Lines below `level` are dropped from now on.
  void SetThreshold(Level level) { threshold_ = level; }

 private:
  Sink sink_;
  std::atomic<Level> threshold_{Level::kInfo};
};

}  // namespace crossrole::base
