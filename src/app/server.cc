// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "app/commands.h"
#include "app/data_path.h"
#include "app/data_directory.h"
#include "app/installation.h"
#include "app/load_configuration.h"
#include "app/signals.h"
#include "base/fault_point.h"

namespace crossrole::app {
namespace {

base::Status RefuseLaterFlags(const cli::Arguments& arguments) {
  if (!arguments.Has("--database")) return {};
  return base::Fail({.code = base::Code::kFailedPrecondition,
                     .message = "PostgreSQL is not supported yet; this version keeps its data in SQLite",
                     .fix = "leave --database out"});
}

void SayWhereItIs(const cli::Context& context, const Installation& installation) {
  fmt::print(stderr, "crossrole: listening on {}\n", installation.url());
  if (!installation.first_start()) return;
  fmt::print(stderr, "crossrole: an administrator token for 24 hours is in {}\n", installation.token_file());
  if (!context.terminal) return;
  std::ifstream stream(installation.token_file());
  std::string token;
  std::getline(stream, token);
  fmt::print("{}\n", token);
}

}  // namespace

int RunServer(const cli::Context& context, const cli::Arguments& arguments) {
  HardenProcess();
  if (const auto refused = RefuseLaterFlags(arguments); !refused) return cli::PrintError(context, refused.error());
  auto configuration = LoadConfiguration(context, arguments);
  if (!configuration) return cli::PrintError(context, configuration.error());
  if (arguments.Switch("--print-config")) {
    cli::Print(context.output == cli::Output::kJson ? configuration->PrintJson() : configuration->Print());
    return 0;
  }
  base::ArmFaultPoint(std::string(base::Get(context.environment, "CROSSROLE_FAULT_POINT")));
  BlockSignals();
  base::Log log;
  auto installation = Installation::Open({.configuration = *configuration,
                                          .environment = context.environment,
                                          .data = DataPath(context, arguments),
                                          .insecure_listen = arguments.Switch("--insecure-listen"),
                                          .log = &log});
  if (!installation) return cli::PrintError(context, installation.error());
  if (const auto started = (*installation)->Start(); !started) return cli::PrintError(context, started.error());
  SayWhereItIs(context, **installation);
  WaitForStop([&] {
    auto again = LoadConfiguration(context, arguments);
    const base::Status reloaded = again ? (*installation)->Reload(*again) : base::Status(std::unexpected(again.error()));
    if (!reloaded) log.Write(base::Level::kError, "server.reload_failed", {{"error", reloaded.error().message}});
  });
  (*installation)->Stop();
  return 0;
}

}  // namespace crossrole::app
