// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "audit/disk.h"
#include "audit/log.h"
#include "base/random.h"
#include "fakes/fake_clock.h"

namespace crossrole::fakes {

/// The real file system, with counters and faults for the audit log. Faults concern writes and syncs only.
class FaultyDisk final : public audit::Disk {
 public:
  static constexpr std::int64_t kEnough = INT64_MAX;

  std::atomic<int> log_syncs = 0;
  std::atomic<int> sync_error = 0;    // errno of the next syncs of the log
  std::atomic<int> write_error = 0;   // errno of the next writes of the log
  std::atomic<int> head_error = 0;    // errno of the next syncs of the head
  std::atomic<std::int64_t> room = kEnough;  // bytes that the log may still take
  std::atomic<bool> skip_syncs = false;  // for tests of what is in the files, not of when it is on the disk
  std::function<void()> on_sync{};    // called in each sync of the log; set while nothing is written

  void HoldSyncs() { Hold(held_); }          ///< syncs of the log wait from now on
  void ReleaseSyncs() { Release(held_); }    ///< they go on
  void HoldHeadSyncs() { Hold(head_held_); } ///< syncs of the head wait from now on
  void ReleaseHeadSyncs() { Release(head_held_); }  ///< they go on

  audit::Io<std::unique_ptr<audit::File>> Open(const std::string& path, audit::Missing missing) override {
    auto file = disk_.Open(path, missing);
    if (!file) return file;
    if (path.ends_with("/audit.jsonl")) return std::make_unique<LogFile>(*this, *std::move(file));
    if (path.ends_with("/head")) return std::make_unique<HeadFile>(*this, *std::move(file));
    return file;
  }
  audit::Io<audit::FileFacts> FactsOf(const std::string& path) override { return disk_.FactsOf(path); }
  audit::Io<void> SyncFolder(const std::string& path) override { return disk_.SyncFolder(path); }

 private:
  // Passes everything on.
  class Through : public audit::File {
   public:
    Through(FaultyDisk& disk, std::unique_ptr<audit::File> file) : disk_(disk), file_(std::move(file)) {}
    audit::Io<std::size_t> WriteAt(std::uint64_t offset, std::string_view bytes) override { return file_->WriteAt(offset, bytes); }
    audit::Io<std::size_t> ReadAt(std::uint64_t offset, std::span<char> bytes) override { return file_->ReadAt(offset, bytes); }
    audit::Io<void> Sync() override { return file_->Sync(); }
    audit::Io<void> Resize(std::uint64_t size) override { return file_->Resize(size); }
    audit::Io<audit::FileFacts> Facts() override { return file_->Facts(); }
    audit::Io<void> Forget(std::uint64_t size) override { return file_->Forget(size); }

   protected:
    FaultyDisk& disk_;
    std::unique_ptr<audit::File> file_;
  };
  class LogFile final : public Through {
   public:
    using Through::Through;
    audit::Io<std::size_t> WriteAt(std::uint64_t offset, std::string_view bytes) override {
      if (disk_.write_error != 0) return std::unexpected(disk_.write_error.load());
      if (disk_.room == 0) return std::unexpected(ENOSPC);
      const auto fits = static_cast<std::size_t>(std::min<std::int64_t>(disk_.room, static_cast<std::int64_t>(bytes.size())));
      if (disk_.room != kEnough) disk_.room -= static_cast<std::int64_t>(fits);
      return file_->WriteAt(offset, bytes.substr(0, fits));
    }
    audit::Io<void> Sync() override {
      ++disk_.log_syncs;
      disk_.Wait(disk_.held_);
      if (disk_.sync_error != 0) return std::unexpected(disk_.sync_error.load());
      if (disk_.on_sync) disk_.on_sync();
      return disk_.skip_syncs ? audit::Io<void>() : file_->Sync();
    }
  };
  class HeadFile final : public Through {
   public:
    using Through::Through;
    audit::Io<void> Sync() override {
      disk_.Wait(disk_.head_held_);
      if (disk_.head_error != 0) return std::unexpected(disk_.head_error.load());
      return disk_.skip_syncs ? audit::Io<void>() : file_->Sync();
    }
  };

  void Hold(bool& flag) {
    std::lock_guard lock(mutex_);
    flag = true;
  }
  void Release(bool& flag) {
    {
      std::lock_guard lock(mutex_);
      flag = false;
    }
    released_.notify_all();
  }
  void Wait(const bool& flag) {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [&] { return !flag; });
  }

  audit::PosixDisk disk_;
  std::mutex mutex_;
  std::condition_variable released_;
  bool held_ = false;
  bool head_held_ = false;
};

/// A data directory for an audit log, removed at the end.
class AuditFolder {
 public:
  AuditFolder() {
    std::string path = "/tmp/crossrole-audit-XXXXXX";
    CHECK(::mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~AuditFolder() { std::filesystem::remove_all(path_); }
  AuditFolder(const AuditFolder&) = delete;
  AuditFolder& operator=(const AuditFolder&) = delete;

  /// Opens the log; `disk` null is the real one. Fatal errors are counted, not obeyed.
  base::Result<std::unique_ptr<audit::Log>> Open(audit::Disk* disk = nullptr, audit::LogOptions options = {}) {
    options.data = path_;
    options.clock = &clock_;
    options.random = &random_;
    options.disk = disk;
    options.on_fatal = [this](const base::Error&) { ++fatals_; };
    return audit::Log::Open(std::move(options));
  }
  const std::string& path() const { return path_; }                       ///< the data directory
  std::string log_path() const { return path_ + "/audit/audit.jsonl"; }   ///< the log itself
  FakeClock& clock() { return clock_; }                                   ///< the log's clock
  int fatals() const { return fatals_; }                                  ///< fatal errors so far

 private:
  std::string path_;
  FakeClock clock_;
  base::SystemRandom random_;
  std::atomic<int> fatals_ = 0;
};

}  // namespace crossrole::fakes
