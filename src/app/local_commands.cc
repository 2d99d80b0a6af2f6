// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "app/commands.h"
#include "app/data_directory.h"
#include "app/data_path.h"
#include "app/version.h"
#include "audit/log.h"
#include "audit/verify.h"
#include "base/random.h"
#include "store/store.h"
#include "tenancy/bootstrap.h"

namespace crossrole::app {
namespace {

base::Result<base::Secret> Bootstrap(const std::string& path) {
  const base::SystemClock clock;
  base::SystemRandom random;
  // A token for an installation that nobody serves would look like one that works.
  if (std::error_code none; !std::filesystem::exists(path + "/crossrole.db", none)) {
    return base::Fail({.code = base::Code::kNotFound,
                       .message = fmt::format("there is no installation in `{}`", path),
                       .fix = "give the --data of the server; its first start writes a token to the file admin-token there"});
  }
  TRY_ASSIGN(const DataDirectory data, DataDirectory::Open(path));
  TRY_ASSIGN(const auto store, store::Store::Open({.path = data.File("crossrole.db")}));
  TRY_ASSIGN(const auto log, audit::Log::Open({.data = data.path(), .clock = &clock, .random = &random}));
  return audit::RecordAround(*log, {.action = "token.bootstrap", .actor = "local"}, [&](audit::EffectReport&) {
    return tenancy::IssueAdministratorToken({*store, clock, random});
  });
}

// How much of an export nobody can have changed, not even we.
void PrintSigned(const audit::Report& report, bool key_given) {
  if (!report.signed_part) {
    cli::Print("not signed: nothing but its own hashes speaks for this export\n");
    return;
  }
  cli::Print(fmt::format("signed up to record {} of the chain at {} with the key {}{}\n", report.signed_part->chain_seq,
                         base::FormatRfc3339(report.signed_part->at), report.signed_part->key,
                         key_given ? "" : ", which was not compared: give --public-key"));
}

}  // namespace

int RunTokenBootstrap(const cli::Context& context, const cli::Arguments& arguments) {
  HardenProcess();
  const auto token = Bootstrap(DataPath(context, arguments));
  if (!token) return cli::PrintError(context, token.error());
  cli::Print(std::string(token->Reveal()) + "\n");
  return 0;
}

int RunAuditVerify(const cli::Context& context, const cli::Arguments& arguments) {
  const auto file = arguments.Text("file");
  const auto report = file ? audit::VerifyExport(*file, arguments.Text("--public-key").value_or("")) : audit::Verify(DataPath(context, arguments));
  if (!report) return cli::PrintError(context, report.error());
  for (const audit::Problem& problem : report->problems) {
    cli::Print(fmt::format("{}: line {}, record {} {}: {}\n", audit::NameOf(problem.fault), problem.line, problem.seq, problem.id,
                           problem.message));
  }
  for (const audit::Unfinished& open : report->unfinished) {
    cli::Print(fmt::format("no outcome: record {} {}: {} {}: the process ended before it was known, or it is still under way\n", open.seq,
                           open.id, open.action, open.target));
  }
  if (report->removed > 0) cli::Print(fmt::format("records 1 to {} were removed in good order\n", report->removed));
  if (file) PrintSigned(*report, arguments.Has("--public-key"));
  cli::Print(fmt::format("{} records in {} chains: {}\n", report->records, report->chains,
                         report->ok() ? "intact" : fmt::format("{} problems", report->problems.size())));
  return report->ok() ? 0 : 1;
}

int RunVersion(const cli::Context&, const cli::Arguments&) {
  cli::Print(fmt::format("crossrole {}\n", kVersion));
  return 0;
}

}  // namespace crossrole::app
