// SPDX-License-Identifier: Apache-2.0
// audit --folder D [--writers 64] --milliseconds T --sync on|off
// Threads that append to the audit log of an empty data directory, each waiting until its record is durable. With
// `--sync off` everything is the same but that the disk is not waited for.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include "audit/disk.h"
#include "audit/log.h"
#include "base/clock.h"
#include "base/random.h"
#include "commands.h"
#include "load.h"

namespace crossrole::bench {
namespace {

class UnsyncedFile final : public audit::File {
 public:
  explicit UnsyncedFile(std::unique_ptr<audit::File> file) : file_(std::move(file)) {}
  audit::Io<std::size_t> WriteAt(std::uint64_t offset, std::string_view bytes) override {
    return file_->WriteAt(offset, bytes);
  }
  audit::Io<std::size_t> ReadAt(std::uint64_t offset, std::span<char> bytes) override {
    return file_->ReadAt(offset, bytes);
  }
  audit::Io<void> Sync() override { return {}; }
  audit::Io<void> Resize(std::uint64_t size) override { return file_->Resize(size); }
  audit::Io<audit::FileFacts> Facts() override { return file_->Facts(); }
  audit::Io<void> Forget(std::uint64_t size) override { return file_->Forget(size); }

 private:
  const std::unique_ptr<audit::File> file_;
};

class UnsyncedDisk final : public audit::Disk {
 public:
  audit::Io<std::unique_ptr<audit::File>> Open(const std::string& path, audit::Missing missing) override {
    auto file = disk_.Open(path, missing);
    if (!file) return file;
    return std::make_unique<UnsyncedFile>(*std::move(file));
  }
  audit::Io<audit::FileFacts> FactsOf(const std::string& path) override { return disk_.FactsOf(path); }
  audit::Io<void> SyncFolder(const std::string&) override { return {}; }

 private:
  audit::PosixDisk disk_;
};

// The size of a hand-out's record.
audit::Record RecordOf(const model::TenantId& tenant, std::size_t writer) {
  return {.action = "session.mint",
          .tenant = tenant,
          .actor = "tok_01JD3E9ZK4M7Q2V8R5T6W9XYAC",
          .target = "int_01JD3E9ZK4M7Q2V8R5T6W9XYAC",
          .reason = "cached",
          .request_id = "req_01JD3E9ZK4M7Q2V8R5T6W9XYAC",
          .remote = "127.0.0.1",
          .details =
              R"({"role_arn":"arn:aws:iam::111122223333:role/crossrole/Crossrole-8R5T6W9XYA","session_name":"writer)" +
              std::to_string(writer) + R"(@bench@default","duration_seconds":3600,"region":"us-east-1","reason":""})"};
}

}  // namespace

boost::json::object RunAudit(const Arguments& arguments) {
  const std::string data = arguments.Text("--folder");
  std::filesystem::create_directories(data + "/keys");
  const base::SystemClock clock;
  base::SystemRandom random;
  UnsyncedDisk unsynced;
  const auto tenant = model::TenantId::Parse("t_01JD3E9ZK4M7Q2V8R5T6W9XYAC");
  auto log = audit::Log::Open({.data = data,
                               .clock = &clock,
                               .random = &random,
                               .disk = arguments.Text("--sync") == "off" ? &unsynced : nullptr});
  CHECK(log.has_value());
  const auto begun = clock.SteadyNow();
  const auto end = begun + std::chrono::milliseconds(arguments.Number("--milliseconds", 1000));
  const double cpu = CpuSeconds();
  std::atomic<std::size_t> appended = 0;
  std::vector<std::jthread> writers;
  for (std::size_t i = 0; i < arguments.Number("--writers", 64); ++i) {
    writers.emplace_back([&, i] {
      while (clock.SteadyNow() < end) {
        CHECK((*log)->AppendAndWait(RecordOf(*tenant, i)).has_value());
        appended.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  writers.clear();
  const double seconds = std::chrono::duration<double>(clock.SteadyNow() - begun).count();
  const double records = static_cast<double>(appended.load());
  return {{"per_second", records / seconds},
          {"cpu_us", (CpuSeconds() - cpu) * 1e6 / records},
          {"records_per_commit", records / static_cast<double>((*log)->Statistics().commits)}};
}

}  // namespace crossrole::bench
