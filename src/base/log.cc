// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "base/clock.h"
#include "base/json.h"

namespace crossrole::base {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};

struct PrintValue {
  std::string operator()(std::string_view text) const { return JsonQuote(text); }
  std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(double number) const { return fmt::format("{:.6g}", number); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
};

void WriteToStandardError(std::string_view line) {
  // One write per line, so that lines of several threads do not mix. A closed terminal is no reason to stop.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

Log::Log() : sink_(WriteToStandardError) {}

void Log::Write(Level level, std::string_view event, std::initializer_list<LogField> fields) const {
  if (level < threshold_) return;
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":{})", FormatRfc3339(SystemClock().Now()),
                                 kLevels[static_cast<std::size_t>(level)], JsonQuote(event));
  for (const LogField& field : fields) {
    line += fmt::format(",{}:{}", JsonQuote(field.name), std::visit(PrintValue{}, field.value));
  }
  line += "}\n";
  sink_(line);
}

}  // namespace crossrole::base
