// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/run_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "base/text.h"

namespace crossrole::aws::internal {
namespace {

using base::Code;
using base::Fail;

constexpr std::size_t kOutputLimit = std::size_t{1} << 20;
constexpr std::size_t kErrorLimit = 2000;

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  ~Descriptor() { Close(); }
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

struct Pipe {
  Descriptor read, write;
};

base::Result<Pipe> MakePipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Fail(Code::kUnavailable, fmt::format("no pipe: {}", std::strerror(errno)));
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

base::Result<std::string> FindProgram(const std::string& name, const Environment& environment) {
  if (name.contains('/')) return name;
  const std::string path = Lookup(environment, "PATH");
  for (const std::string_view folder : base::Split(path.empty() ? "/usr/local/bin:/usr/bin:/bin" : path, ':')) {
    const std::string candidate = fmt::format("{}/{}", folder, name);
    if (!folder.empty() && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return Fail(Code::kNotFound, fmt::format("there is no program `{}`", name));
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

base::Result<pid_t> Spawn(const std::string& program, std::vector<std::string> command, const Environment& environment, const Pipe& out, const Pipe& err) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(fmt::format("{}={}", name, value));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write.get(), STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  pid_t pid = 0;
  const int error = posix_spawn(&pid, program.c_str(), &actions, &attributes, Pointers(command).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error == ENOENT) return Fail(Code::kNotFound, fmt::format("there is no program `{}`", program));
  if (error != 0) return Fail(Code::kUnavailable, fmt::format("cannot run `{}`: {}", program, std::strerror(error)));
  return pid;
}

// Appends what is there; false at the end of the stream.
bool ReadSome(int fd, std::string& text, std::size_t limit) {
  std::array<char, 8192> bytes{};
  const ssize_t got = read(fd, bytes.data(), bytes.size());
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  text.append(bytes.data(), std::min(static_cast<std::size_t>(got), limit - std::min(limit, text.size())));
  return true;
}

// Collects both streams; false when the deadline passes or the output is too long.
bool Collect(Descriptor out, Descriptor err, base::Deadline deadline, ProcessResult& result) {
  std::array<pollfd, 2> streams = {{{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    if (deadline.Passed() || result.standard_output.size() > kOutputLimit) return false;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.Left()).count();
    if (poll(streams.data(), streams.size(), static_cast<int>(std::min<std::int64_t>(left, 60'000))) <= 0) continue;
    if (streams[0].revents != 0 && !ReadSome(streams[0].fd, result.standard_output, kOutputLimit + 1)) streams[0].fd = -1;
    if (streams[1].revents != 0 && !ReadSome(streams[1].fd, result.standard_error, kErrorLimit)) streams[1].fd = -1;
  }
  return result.standard_output.size() <= kOutputLimit;
}

// A program may close its output and go on; it has until the deadline.
bool Await(pid_t pid, base::Deadline deadline, int& status) {
  for (;;) {
    const pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) return true;
    if (deadline.Passed()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

base::Result<ProcessResult> RunProcess(const std::vector<std::string>& command, const Environment& environment, base::Deadline deadline) {
  TRY_ASSIGN(const std::string program, FindProgram(command.at(0), environment));
  TRY_ASSIGN(Pipe out, MakePipe());
  TRY_ASSIGN(Pipe err, MakePipe());
  TRY_ASSIGN(const pid_t pid, Spawn(program, command, environment, out, err));
  out.write.Close();
  err.write.Close();
  ProcessResult result;
  int status = 0;
  const bool in_time = Collect(std::move(out.read), std::move(err.read), deadline, result) && Await(pid, deadline, status);
  if (!in_time) {
    kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return Fail({.code = Code::kUnavailable, .message = fmt::format("`{}` did not end in time, or wrote too much", program), .reason = "aws.timeout"});
  }
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (!base::IsUtf8(result.standard_error)) result.standard_error = "(not UTF-8)";
  std::ranges::replace_if(result.standard_error, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return result;
}

}  // namespace crossrole::aws::internal
