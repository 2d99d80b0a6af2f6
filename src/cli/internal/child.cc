// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/child.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace crossrole::cli {
namespace {

constexpr int kNotFound = 127;
constexpr int kNotRunnable = 126;
constexpr int kBySignal = 128;

// The arrays that exec wants; they point into the strings kept here.
class Vectors {
 public:
  Vectors(const std::vector<std::string>& command, const base::Environment& environment) : words_(command) {
    for (const auto& [name, value] : environment) pairs_.push_back(name + "=" + value);
    for (std::string& word : words_) argv_.push_back(word.data());
    for (std::string& pair : pairs_) envp_.push_back(pair.data());
    argv_.push_back(nullptr);
    envp_.push_back(nullptr);
  }
  Vectors(const Vectors&) = delete;
  Vectors& operator=(const Vectors&) = delete;
  ~Vectors() = default;
  char** argv() { return argv_.data(); }
  char** envp() { return envp_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<std::string> pairs_;
  std::vector<char*> argv_;
  std::vector<char*> envp_;
};

int Report(const std::string& command, int error, const std::function<void(std::string)>& on_failure) {
  on_failure(fmt::format("`{}` cannot be run: {}", command, base::Lower(std::strerror(error))));
  return error == ENOENT ? kNotFound : kNotRunnable;
}

// Our own end of broken pipes is no business of the command's.
sigset_t BackToDefault() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

int Spawn(const std::vector<std::string>& command, const base::Environment& environment, const sigset_t& mask, pid_t& pid) {
  Vectors vectors(command, environment);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  const sigset_t defaults = BackToDefault();
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setsigmask(&attributes, &mask);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const int error = ::posix_spawnp(&pid, vectors.argv()[0], nullptr, &attributes, vectors.argv(), vectors.envp());
  ::posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

BlockedSignals::BlockedSignals() {
  sigemptyset(&blocked_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD}) sigaddset(&blocked_, signal);
  ::pthread_sigmask(SIG_BLOCK, &blocked_, &before_);
}

BlockedSignals::~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void WaitForEnd(const BlockedSignals& signals) {
  int signal = 0;
  while (signal != SIGINT && signal != SIGTERM && signal != SIGHUP) {
    if (::sigwait(&signals.blocked(), &signal) != 0) return;
  }
}

int Become(const std::vector<std::string>& command, const base::Environment& environment,
           const std::function<void(std::string)>& on_failure) {
  Vectors vectors(command, environment);
  struct sigaction by_default{};
  by_default.sa_handler = SIG_DFL;
  ::sigaction(SIGPIPE, &by_default, nullptr);
  ::execvpe(vectors.argv()[0], vectors.argv(), vectors.envp());
  return Report(command.front(), errno, on_failure);
}

int RunChild(const std::vector<std::string>& command, const base::Environment& environment, const BlockedSignals& signals,
             const std::function<void(std::string)>& on_failure) {
  pid_t pid = 0;
  if (const int error = Spawn(command, environment, signals.before(), pid); error != 0) {
    return Report(command.front(), error, on_failure);
  }
  while (true) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&signals.blocked(), &info);
    if (signal == SIGCHLD) {
      int status = 0;
      if (::waitpid(pid, &status, WNOHANG) != pid) continue;
      return WIFSIGNALED(status) ? kBySignal + WTERMSIG(status) : WEXITSTATUS(status);
    }
    if (signal > 0 && info.si_code != SI_KERNEL) ::kill(pid, signal);
  }
}

}  // namespace crossrole::cli
