// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "app/commands.h"
#include "app/data_directory.h"
#include "app/data_path.h"
#include "app/keyring_setup.h"
#include "app/load_configuration.h"
#include "app/maintenance/backup_files.h"
#include "app/maintenance/notes.h"
#include "app/version.h"
#include "audit/verify.h"
#include "base/random.h"
#include "cli/output.h"
#include "store/keyring.h"
#include "store/store.h"

namespace crossrole::app {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;
using base::Fail;
using base::Result;
using base::Status;

// The server writes meanwhile, and may remove old records: then the copy is made again.
constexpr int kAttempts = 5;

struct Plan {
  std::string data;
  std::string output;
  std::string master_key_file{};  // "" when it stays out
  const Configuration& configuration;
  const base::Environment& environment;
};

Result<store::MasterKeyRecord> KeyInUse(store::Store& store) {
  TRY_ASSIGN(auto key, store.ReadInstallation([](store::ReadTransaction& tx) { return store::FindMasterKey(tx); }));
  if (key) return *std::move(key);
  return Fail(Error{.code = Code::kFailedPrecondition, .message = "the installation has no master key yet", .fix = "start the server once"});
}

bool IsAudit(const std::string& name) { return name.starts_with("audit/"); }

// What vouches for the log goes first, so that the copy of the log holds at least what it vouches for.
Status CopyAudit(const Plan& plan, std::vector<std::string>& names) {
  std::erase_if(names, IsAudit);
  std::error_code ignored;
  fs::remove_all(plan.output + "/audit", ignored);
  std::vector<std::string> found = FilesBelow(plan.data, "audit");
  std::erase_if(found, [](const std::string& name) { return name.starts_with("audit/torn-") || name.ends_with(".new"); });
  std::ranges::sort(found, {}, [](const std::string& name) { return std::pair(name != "audit/head", name); });
  for (const std::string& name : found) {
    TRY(CopyFile(plan.data + "/" + name, plan.output + "/" + name));
    names.push_back(name);
  }
  return {};
}

Status CopyKeys(const Plan& plan, std::vector<std::string>& names) {
  for (const std::string& name : FilesBelow(plan.data, "keys")) {
    const std::string path = plan.data + "/" + name;
    if (name.ends_with(".new") || (name == "keys/master.key" && path != plan.master_key_file)) continue;
    TRY(CopyFile(path, plan.output + "/" + name));
    names.push_back(name);
  }
  return {};
}

Status CopyAll(store::Store& store, const Plan& plan, std::vector<std::string>& names) {
  TRY(store.CopyTo(plan.output + "/" + std::string(kDatabase)));
  names.emplace_back(kDatabase);
  TRY(CopyKeys(plan, names));
  for (int attempt = 1;; ++attempt) {
    const Status copied = CopyAudit(plan, names);
    const auto report = copied ? audit::Verify(plan.output) : Result<audit::Report>(std::unexpected(copied.error()));
    if (report && report->ok()) return {};
    if (attempt == kAttempts) {
      return Fail(report ? Error{.code = Code::kFailedPrecondition,
                                 .message = fmt::format("the audit log does not verify: {}", report->problems.front().message),
                                 .reason = "audit.tampered",
                                 .fix = "run `crossrole audit verify`"}
                         : report.error());
    }
  }
}

Status MakeOutput(const std::string& output) {
  std::error_code error;
  if (fs::exists(output, error)) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("`{}` is there already", output),
                      .fix = "give a folder that is not there; each backup gets one of its own"});
  }
  fs::create_directories(fs::path(output).parent_path(), error);
  if (::mkdir(output.c_str(), 0700) != 0) return Fail(Code::kUnavailable, fmt::format("`{}` cannot be made", output));
  return {};
}

// What was copied is under the key that the manifest will name.
Status RequireSameKey(store::Store& store, const std::string& id) {
  TRY_ASSIGN(const store::MasterKeyRecord now, KeyInUse(store));
  if (now.id == id) return {};
  return Fail(Error{.code = Code::kConflict, .message = "the master key was changed while the backup was made", .fix = "make the backup again"});
}

Result<Manifest> Backup(const Plan& plan) {
  const base::SystemClock clock;
  base::SystemRandom random;
  if (std::error_code none; !fs::exists(plan.data + "/" + std::string(kDatabase), none)) {
    return Fail(Error{.code = Code::kNotFound,
                      .message = fmt::format("there is no installation in `{}`", plan.data),
                      .fix = "give the --data of the server"});
  }
  TRY_ASSIGN(const auto store, store::Store::Open({.path = plan.data + "/" + std::string(kDatabase), .schema = store::Schema::kAsItIs}));
  TRY_ASSIGN(const store::MasterKeyRecord key, KeyInUse(*store));
  const MasterKeyRequest request{plan.configuration, plan.environment, plan.data, clock, random};
  TRY_ASSIGN(const keyring::Key master, UnlockMasterKey(request, {key.id, key.source, key.parameters}));
  TRY(MakeOutput(plan.output));
  Manifest manifest{.created_at = base::FormatRfc3339Seconds(clock.Now()),
                    .version = std::string(kVersion),
                    .master_key = key.id,
                    .source = key.source,
                    .parameters = key.parameters};
  std::vector<std::string> names;
  Status done = CopyAll(*store, plan, names);
  for (const std::string& name : names) manifest.files.push_back({.name = name});
  manifest.has_master_key = std::ranges::find(names, "keys/master.key") != names.end();
  if (done) done = RequireSameKey(*store, key.id);
  if (done) done = WriteManifest(plan.output, manifest, master);
  if (!done) {
    std::error_code ignored;
    fs::remove_all(plan.output, ignored);
    return Fail(done.error());
  }
  TRY(LeaveNote(*store, "backup.create", {{"folder", plan.output}, {"master_key_included", manifest.has_master_key}}, clock, random));
  return manifest;
}

std::string WordsAbout(const Manifest& manifest) {
  if (manifest.has_master_key) return "it holds the master key: whoever has it can read every secret in it";
  if (manifest.source == "file") return "the master key is not in it: keep a copy of its file in another place";
  return fmt::format("the master key is not in it; it comes from `{}`", manifest.source);
}

}  // namespace

int RunBackup(const cli::Context& context, const cli::Arguments& arguments) {
  HardenProcess();
  const auto configuration = LoadConfiguration(context, arguments);
  if (!configuration) return cli::PrintError(context, configuration.error());
  Plan plan{.data = DataPath(context, arguments),
            .output = fs::absolute(arguments.Text("folder").value_or("")).lexically_normal().string(),
            .configuration = *configuration,
            .environment = context.environment};
  while (plan.output.size() > 1 && plan.output.ends_with('/')) plan.output.pop_back();
  const std::string file = MasterKeyFile(*configuration, plan.data);
  const bool inside = file == plan.data + "/keys/master.key" && configuration->Text("keyring.source") == "file";
  if (inside && !arguments.Switch("--without-master-key")) plan.master_key_file = file;
  const auto manifest = Backup(plan);
  if (!manifest) return cli::PrintError(context, manifest.error());
  const std::uint64_t count = manifest->files.size();
  if (context.output == cli::Output::kJson) {
    cli::PrintJson(boost::json::object{{"folder", plan.output},
                                       {"created_at", manifest->created_at},
                                       {"files", count},
                                       {"master_key", manifest->master_key},
                                       {"master_key_included", manifest->has_master_key}});
    return 0;
  }
  cli::Print(fmt::format("{} files in {}\n{}\n", count, plan.output, WordsAbout(*manifest)));
  return 0;
}

}  // namespace crossrole::app
