// SPDX-License-Identifier: Apache-2.0
#include "app/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace crossrole::app {
namespace {

using base::Code;
using base::Error;
using base::Fail;

std::unexpected<Error> Unavailable(std::string_view what, std::string_view path) {
  return Fail(Code::kUnavailable, fmt::format("`{}` {}: {}", path, what, std::strerror(errno)));
}

}  // namespace

base::Result<DataDirectory> DataDirectory::Open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Fail(Code::kUnavailable, fmt::format("`{}` cannot be made: {}", path, error.message()));
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return Unavailable("cannot be read", path);
  if ((facts.st_mode & 077) != 0 && (facts.st_uid != ::getuid() || ::chmod(path.c_str(), 0700) != 0)) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("others may read `{}`", path),
                      .fix = fmt::format("run chmod 700 {}", path)});
  }
  const std::string file = path + "/lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return Unavailable("cannot be opened", file);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("`{}` is in use by another crossrole process", path),
                      .reason = "data.locked",
                      .fix = "stop that process, or give another --data"});
  }
  return DataDirectory(path, lock);
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept : path_(std::move(other.path_)), lock_(other.lock_) {
  other.lock_ = -1;
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

void HardenProcess() {
  ::umask(077);
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // A file that may not grow any more is a failed write, as on a full disk.
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
}

}  // namespace crossrole::app
