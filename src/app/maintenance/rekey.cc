// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <system_error>

#include "app/commands.h"
#include "app/data_directory.h"
#include "app/data_path.h"
#include "app/keyring_setup.h"
#include "app/load_configuration.h"
#include "app/maintenance/backup_files.h"
#include "app/maintenance/notes.h"
#include "base/random.h"
#include "cli/output.h"
#include "keyring/keyring.h"
#include "store/store.h"

namespace crossrole::app {
namespace {

using base::Code;
using base::Error;
using base::Result;

struct Rekeyed {
  keyring::RotationReport report{};
  std::string source{};
};

Result<Rekeyed> Rekey(const std::string& data, const Configuration& now, const Configuration& next, const base::Environment& environment) {
  const base::SystemClock clock;
  base::SystemRandom random;
  if (std::error_code none; !std::filesystem::exists(data + "/" + std::string(kDatabase), none)) {
    return base::Fail(Error{.code = Code::kNotFound,
                            .message = fmt::format("there is no installation in `{}`", data),
                            .fix = "give the --data of the server"});
  }
  // Not locked: a server may run, and goes on.
  TRY_ASSIGN(const auto store, store::Store::Open({.path = data + "/" + std::string(kDatabase), .schema = store::Schema::kAsItIs}));
  TRY_ASSIGN(const auto source, ConfiguredMasterKey({now, environment, data, clock, random}));
  TRY_ASSIGN(const auto keyring, keyring::Keyring::Open({*store, clock, random, *source}));
  TRY_ASSIGN(const auto next_source, ConfiguredMasterKey({next, environment, data, clock, random}));
  Rekeyed rekeyed{.source = std::string(next_source->name())};
  TRY_ASSIGN(rekeyed.report, keyring->Rotate(*next_source));
  const keyring::RotationReport& report = rekeyed.report;
  TRY(LeaveNote(*store, "keyring.rotate",
                {{"former", report.former}, {"current", report.current}, {"source", rekeyed.source}, {"keys", report.keys}, {"secrets", report.secrets}},
                clock, random));
  return rekeyed;
}

}  // namespace

int RunRekey(const cli::Context& context, const cli::Arguments& arguments) {
  HardenProcess();
  const auto now = LoadConfiguration(context, arguments);
  if (!now) return cli::PrintError(context, now.error());
  const bool moves = arguments.Has("--new-config");
  const auto next = LoadConfiguration(context, arguments, moves ? "--new-config" : "--config");
  if (!next) return cli::PrintError(context, next.error());
  const auto rekeyed = Rekey(DataPath(context, arguments), *now, *next, context.environment);
  if (!rekeyed) return cli::PrintError(context, rekeyed.error());
  const keyring::RotationReport& report = rekeyed->report;
  if (context.output == cli::Output::kJson) {
    cli::PrintJson(boost::json::object{{"former", report.former},
                                       {"current", report.current},
                                       {"source", rekeyed->source},
                                       {"data_keys", report.keys},
                                       {"secrets", report.secrets}});
    return 0;
  }
  cli::Print(fmt::format("the master key is now {} (from `{}`), before {}; {} data keys made anew, {} secrets sealed anew\n", report.current,
                         rekeyed->source, report.former, report.keys, report.secrets));
  if (moves) cli::Note("start the server with the new configuration the next time; one that runs goes on until then");
  return 0;
}

}  // namespace crossrole::app
