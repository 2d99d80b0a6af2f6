// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace crossrole::audit {

/// What tells one file from another that has its name now.
struct FileFacts {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  bool operator==(const FileFacts&) const = default;
};

/// A value, or the `errno` of the call that failed.
template <typename T>
using Io = std::expected<T, int>;

/// One open file, as far as the log needs it.
class File {
 public:
  virtual ~File() = default;
  /// Writes at `offset`; may write less than asked.
  virtual Io<std::size_t> WriteAt(std::uint64_t offset, std::string_view bytes) = 0;
  /// Reads at `offset`; 0 at the end.
  virtual Io<std::size_t> ReadAt(std::uint64_t offset, std::span<char> bytes) = 0;
  /// Waits until what was written is on the disk (fdatasync).
  virtual Io<void> Sync() = 0;
  /// Cuts or extends the file.
  virtual Io<void> Resize(std::uint64_t size) = 0;
  /// The open file, whatever its name is now.
  virtual Io<FileFacts> Facts() = 0;
  /// Forgets the first `size` bytes: they read as zeros afterwards and, where the file system can, take no space.
  virtual Io<void> Forget(std::uint64_t size) = 0;
};

/// Whether opening makes a missing file.
enum class Missing : std::uint8_t { kFail, kCreate };

/// The file system: the real one, or one that counts and fails on purpose.
class Disk {
 public:
  virtual ~Disk() = default;
  /// Opens for reading and writing; a file made here has mode 0600.
  virtual Io<std::unique_ptr<File>> Open(const std::string& path, Missing missing) = 0;
  /// What has that name now.
  virtual Io<FileFacts> FactsOf(const std::string& path) = 0;
  /// Makes the names in a folder durable.
  virtual Io<void> SyncFolder(const std::string& path) = 0;
};

/// The machine's file system.
class PosixDisk final : public Disk {
 public:
  Io<std::unique_ptr<File>> Open(const std::string& path, Missing missing) override;
  Io<FileFacts> FactsOf(const std::string& path) override;
  Io<void> SyncFolder(const std::string& path) override;
};

}  // namespace crossrole::audit
