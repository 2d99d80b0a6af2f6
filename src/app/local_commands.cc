// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "app/commands.h"
#include "app/data_directory.h"
#include "app/data_path.h"
#include "app/version.h"
#include "audit/log.h"
#include "audit/verify.h"
#include "base/random.h"
#include "cli/output.h"
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
std::string SignedWords(const audit::Report& report, bool key_given) {
  if (!report.signed_part) return "not signed: nothing but its own hashes speaks for this export";
  return fmt::format("signed up to record {} of the chain at {} with the key {}{}", report.signed_part->chain_seq,
                     base::FormatRfc3339(report.signed_part->at), report.signed_part->key,
                     key_given ? "" : ", which was not compared: give --public-key");
}

// One sentence for each thing that was found, and the sum.
std::vector<std::string> Sentences(const audit::Report& report, const std::string& signed_words) {
  std::vector<std::string> words;
  for (const audit::Problem& problem : report.problems) {
    words.push_back(fmt::format("{}: line {}, record {} {}: {}", audit::NameOf(problem.fault), problem.line, problem.seq, problem.id, problem.message));
  }
  for (const audit::Unfinished& open : report.unfinished) {
    words.push_back(fmt::format("no outcome: record {} {}: {} {}: the process ended before it was known, or it is still under way", open.seq, open.id,
                                open.action, open.target));
  }
  if (report.removed > 0) words.push_back(fmt::format("records 1 to {} were removed in good order", report.removed));
  if (!signed_words.empty()) words.push_back(signed_words);
  words.push_back(fmt::format("{} records in {} chains: {}", report.records, report.chains,
                              report.ok() ? "intact" : fmt::format("{} problems", report.problems.size())));
  return words;
}

boost::json::object ToJson(const audit::Report& report, const std::vector<std::string>& words) {
  boost::json::array problems;
  for (const audit::Problem& problem : report.problems) {
    problems.push_back(boost::json::object{{"fault", audit::NameOf(problem.fault)}, {"line", problem.line}, {"seq", problem.seq},
                                           {"id", problem.id}, {"message", problem.message}});
  }
  boost::json::array unfinished;
  for (const audit::Unfinished& open : report.unfinished) {
    unfinished.push_back(boost::json::object{{"seq", open.seq}, {"id", open.id}, {"action", open.action}, {"target", open.target}});
  }
  return {{"ok", report.ok()},
          {"records", report.records},
          {"chains", report.chains},
          {"removed", report.removed},
          {"problems", std::move(problems)},
          {"unfinished", std::move(unfinished)},
          {"messages", boost::json::array(words.begin(), words.end())}};
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
  const std::vector<std::string> words = Sentences(*report, file ? SignedWords(*report, arguments.Has("--public-key")) : "");
  if (context.output == cli::Output::kJson) {
    cli::PrintJson(ToJson(*report, words));
  } else {
    for (const std::string& sentence : words) cli::Print(sentence + "\n");
  }
  return report->ok() ? 0 : 1;
}

int RunVersion(const cli::Context& context, const cli::Arguments&) {
  if (context.output == cli::Output::kJson) {
    cli::PrintJson(boost::json::object{{"version", kVersion}});
  } else {
    cli::Print(fmt::format("crossrole {}\n", kVersion));
  }
  return 0;
}

}  // namespace crossrole::app
