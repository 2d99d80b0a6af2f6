// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <csignal>
#include <span>
#include <string>
#include <vector>

#include "app/commands.h"
#include "base/environment.h"
#include "cli/command.h"

namespace {

// The only place that reads the real environment.
crossrole::base::Environment ReadEnvironment() {
  crossrole::base::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t at = text.find('=');
    if (at != std::string_view::npos) environment.emplace(text.substr(0, at), text.substr(at + 1));
  }
  return environment;
}

}  // namespace

int main(int argc, char** argv) {
  // A client that goes away is no reason to end.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto environment = ReadEnvironment();
  const auto commands = crossrole::app::AllCommands();
  return crossrole::cli::Main(commands, arguments, environment);
}
