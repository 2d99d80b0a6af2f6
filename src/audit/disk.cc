// SPDX-License-Identifier: Apache-2.0
#include "audit/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace crossrole::audit {
namespace {

std::unexpected<int> Failed() { return std::unexpected(errno); }

FileFacts FactsFrom(const struct stat& status) {
  return {.device = status.st_dev, .inode = status.st_ino, .size = static_cast<std::uint64_t>(status.st_size)};
}

class PosixFile final : public File {
 public:
  explicit PosixFile(int descriptor) : descriptor_(descriptor) {}
  ~PosixFile() override { ::close(descriptor_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Io<std::size_t> WriteAt(std::uint64_t offset, std::string_view bytes) override {
    const auto written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) return Failed();
    return static_cast<std::size_t>(written);
  }
  Io<std::size_t> ReadAt(std::uint64_t offset, std::span<char> bytes) override {
    const auto read = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (read < 0) return Failed();
    return static_cast<std::size_t>(read);
  }
  Io<void> Sync() override {
    if (::fdatasync(descriptor_) != 0) return Failed();
    return {};
  }
  Io<void> Resize(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return Failed();
    return {};
  }
  Io<FileFacts> Facts() override {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) return Failed();
    return FactsFrom(status);
  }
  Io<void> Forget(std::uint64_t size) override {
    if (::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)) == 0) return Sync();
    if (errno != EOPNOTSUPP && errno != ENOSYS) return Failed();
    const std::string zeros(std::size_t{1} << 20, '\0');
    for (std::uint64_t at = 0; at < size;) {
      const auto written = WriteAt(at, std::string_view(zeros).substr(0, std::min<std::uint64_t>(zeros.size(), size - at)));
      if (!written) return std::unexpected(written.error());
      at += *written;
    }
    return Sync();
  }

 private:
  const int descriptor_;
};

}  // namespace

Io<std::unique_ptr<File>> PosixDisk::Open(const std::string& path, Missing missing) {
  const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (missing == Missing::kCreate ? O_CREAT : 0);
  const int descriptor = ::open(path.c_str(), flags, 0600);
  if (descriptor < 0) return Failed();
  return std::make_unique<PosixFile>(descriptor);
}

Io<FileFacts> PosixDisk::FactsOf(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return Failed();
  return FactsFrom(status);
}

Io<void> PosixDisk::SyncFolder(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return Failed();
  const int synced = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  if (synced != 0) return std::unexpected(error);
  return {};
}

}  // namespace crossrole::audit
