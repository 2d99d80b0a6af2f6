// SPDX-License-Identifier: Apache-2.0
// sync --folder D [--count 200] [--bytes 4096]: a file made longer and synced as the audit log is, by nobody else and
// for nothing else.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

#include "audit/disk.h"
#include "base/result.h"
#include "commands.h"

namespace crossrole::bench {

boost::json::object RunSync(const Arguments& arguments) {
  audit::PosixDisk disk;
  const std::string path = arguments.Text("--folder") + "/sync";
  const std::string bytes(arguments.Number("--bytes", 4096), 'x');
  auto file = disk.Open(path, audit::Missing::kCreate);
  CHECK(file.has_value());
  std::vector<double> times;
  for (std::size_t i = 0; i < arguments.Number("--count", 200); ++i) {
    const auto begun = std::chrono::steady_clock::now();
    CHECK((*file)->WriteAt(i * bytes.size(), bytes).has_value());
    CHECK((*file)->Sync().has_value());
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun).count());
  }
  std::filesystem::remove(path);
  double all = 0;
  for (const double time : times) all += time;
  std::ranges::sort(times);
  return {{"p50_us", times[times.size() / 2]}, {"per_second", static_cast<double>(times.size()) * 1e6 / all}};
}

}  // namespace crossrole::bench
