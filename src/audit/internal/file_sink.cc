// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/file_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace crossrole::audit {

using base::Status;

Status FileSink::Deliver(std::span<const std::string> lines, base::Deadline deadline) {
  if (descriptor_ >= 0 && WasMoved()) Close();
  if (descriptor_ < 0) TRY(Open());
  std::string text;
  // Whoever wrote last may have been stopped inside of a line.
  if (EndsInsideALine()) text += '\n';
  for (const std::string& line : lines) {
    text += line;
    text += '\n';
  }
  TRY(Write(text, deadline));
  // A pipe cannot be synced, and need not be.
  if (::fdatasync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) return Failed("synced");
  return {};
}

Status FileSink::Check(base::Deadline) {
  struct stat facts{};
  // The file may be made by the first record: then its folder counts.
  const bool is_there = ::stat(path_.c_str(), &facts) == 0;
  const std::string asked = is_there ? path_ : std::filesystem::path(path_).parent_path().string();
  if ((is_there && S_ISDIR(facts.st_mode)) || ::access(asked.c_str(), W_OK) != 0) return Failed("written");
  return {};
}

Status FileSink::Open() {
  // Not blocking: a pipe that nobody reads must not hold us.
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
  if (descriptor_ < 0) return Failed("opened");
  return {};
}

Status FileSink::Write(std::string_view text, base::Deadline deadline) {
  while (!text.empty()) {
    const auto written = ::write(descriptor_, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (deadline.Passed()) {
        Close();
        return base::Fail(base::Code::kUnavailable, fmt::format("nobody reads `{}`", path_));
      }
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.Left()).count();
      pollfd asked{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      ::poll(&asked, 1, static_cast<int>(std::min<std::int64_t>(left, 1000)));
    } else if (errno != EINTR) {
      return Failed("written");
    }
  }
  return {};
}

bool FileSink::WasMoved() const {
  struct stat open{};
  struct stat named{};
  return ::fstat(descriptor_, &open) != 0 || ::stat(path_.c_str(), &named) != 0 || open.st_dev != named.st_dev || open.st_ino != named.st_ino;
}

bool FileSink::EndsInsideALine() const {
  struct stat facts{};
  char last = '\n';
  if (::fstat(descriptor_, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size == 0) return false;
  return ::pread(descriptor_, &last, 1, facts.st_size - 1) == 1 && last != '\n';
}

std::unexpected<base::Error> FileSink::Failed(std::string_view what) {
  const int error = errno;
  Close();
  return base::Fail(base::Code::kUnavailable, fmt::format("`{}` cannot be {}: {}", path_, what, std::strerror(error)));
}

void FileSink::Close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace crossrole::audit
