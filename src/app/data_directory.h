// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::app {

/// The directory that holds everything of one installation, locked against a second server.
class DataDirectory {
 public:
  /// Makes `path` (0700) with its parents, and takes the lock. Errors: kFailedPrecondition when another process has it
  /// or others may read it, kUnavailable.
  static base::Result<DataDirectory> Open(const std::string& path);
  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  /// The directory.
  const std::string& path() const { return path_; }
  /// `<path>/<name>`.
  std::string File(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;
};

/// Hygiene of a process that holds secrets: files readable by their owner only, no core dumps, not traceable by
/// others of the same user.
void HardenProcess();

}  // namespace crossrole::app
