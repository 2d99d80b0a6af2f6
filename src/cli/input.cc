// SPDX-License-Identifier: Apache-2.0
#include "cli/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cstring>

#include "base/json.h"
#include "base/text.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

using base::Code;

// An open file that is closed at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Keeps what is typed off the screen while it lives.
class NoEcho {
 public:
  explicit NoEcho(int fd) : fd_(fd), changed_(::tcgetattr(fd, &before_) == 0) {
    if (!changed_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(fd, TCSAFLUSH, &quiet);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }

 private:
  int fd_;
  termios before_{};
  bool changed_;
};

std::string ReadLine(int fd) {
  std::string line;
  char c = '\0';
  while (line.size() < kInputBytes && ::read(fd, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

}  // namespace

base::Result<std::string> ReadInput(const std::string& path, std::size_t limit) {
  const Descriptor file(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto failed = [&] {
    return base::Fail(Code::kInvalidArgument, fmt::format("`{}` cannot be read: {}", path, base::Lower(std::strerror(errno))));
  };
  if (file.get() < 0) return failed();
  std::string text;
  std::array<char, 16384> part{};
  while (true) {
    const ssize_t count = ::read(file.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed();
    if (count == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
    if (text.size() > limit) {
      return base::Fail(base::Error{.code = Code::kInvalidArgument,
                                    .message = fmt::format("`{}` is longer than {} KiB", path, limit / 1024),
                                    .reason = "file.too_large"});
    }
  }
}

base::Result<boost::json::value> ReadJsonInput(const std::string& path) {
  TRY_ASSIGN(const std::string text, ReadInput(path));
  auto value = base::ParseJson(text);
  if (!value) return base::Fail(Code::kInvalidArgument, fmt::format("`{}`: {}", path, value.error().message));
  return value;
}

base::Result<base::Secret> ReadSecret(const std::string& path) {
  TRY_ASSIGN(std::string text, ReadInput(path));
  base::Secret secret{std::string(base::Trim(text))};
  base::Wipe(text);
  if (secret.empty()) return base::Fail(Code::kInvalidArgument, fmt::format("`{}` is empty", path));
  return secret;
}

bool Interactive() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1; }

base::Result<base::Secret> AskSecret(std::string_view question) {
  if (!Interactive()) return base::Fail(Code::kInvalidArgument, "there is no terminal to ask on");
  Note(question);
  std::string line;
  {
    const NoEcho quiet(STDIN_FILENO);
    line = ReadLine(STDIN_FILENO);
  }
  Note("\n");
  base::Secret secret{std::string(base::Trim(line))};
  base::Wipe(line);
  if (secret.empty()) return base::Fail(Code::kInvalidArgument, "nothing was typed");
  return secret;
}

std::string Ask(std::string_view question) {
  Note(question);
  return std::string(base::Trim(ReadLine(STDIN_FILENO)));
}

}  // namespace crossrole::cli
