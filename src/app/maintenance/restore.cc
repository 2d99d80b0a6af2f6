// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include "app/commands.h"
#include "app/data_directory.h"
#include "app/data_path.h"
#include "app/keyring_setup.h"
#include "app/load_configuration.h"
#include "app/maintenance/backup_files.h"
#include "app/maintenance/notes.h"
#include "audit/verify.h"
#include "base/json.h"
#include "base/random.h"
#include "cli/output.h"
#include "keyring/keyring.h"
#include "store/integrations.h"
#include "store/people/browser_sessions.h"
#include "store/people/tenants.h"
#include "store/people/tokens.h"
#include "store/settings.h"
#include "store/store.h"

namespace crossrole::app {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;
using base::Fail;
using base::Result;
using base::Status;

// Until everything else is in its place the database has a name that no server looks for.
constexpr std::string_view kUnfinished = "crossrole.db.restoring";
constexpr base::Time kEndOfTime = base::Time::max();

struct Restoring {
  std::string backup;
  const Configuration& configuration;
  const base::Environment& environment;
  const DataDirectory& data;
};

struct Restored {
  Manifest manifest{};
  std::uint64_t integrations = 0;
  std::uint64_t tokens = 0;
  std::uint64_t secrets = 0;
  std::uint64_t records = 0;
};

Status RequireEmpty(const std::string& data) {
  std::error_code error;
  if (!fs::exists(data, error) || fs::is_empty(data, error)) return {};
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = fmt::format("`{}` is not empty", data),
                    .fix = "give a --data that is not there or empty; what is in use is never written over"});
}

// Checked is what is used: the copy.
Status CopyIn(const Restoring& restoring, const Manifest& manifest) {
  for (const BackupFile& file : manifest.files) {
    const std::string copy = restoring.data.File(file.name == kDatabase ? std::string(kUnfinished) : file.name);
    TRY(CopyFile(restoring.backup + "/" + file.name, copy));
    TRY(CheckFile(file, copy));
  }
  for (const char* folder : {"audit", "keys"}) {
    if (std::error_code none; fs::exists(restoring.data.File(folder), none)) TRY(SyncFolder(restoring.data.File(folder)));
  }
  return {};
}

Result<std::uint64_t> VerifyAudit(const std::string& data) {
  TRY_ASSIGN(const audit::Report report, audit::Verify(data));
  if (report.ok()) return report.records;
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = fmt::format("the audit log in the backup does not verify: {}", report.problems.front().message),
                    .reason = "audit.tampered",
                    .fix = "run `crossrole audit verify --data` on the backup; take another one"});
}

// Tokens that were revoked after the backup would be valid again: none is.
Result<std::uint64_t> VoidTokens(store::Store& store, const model::TenantId& tenant, base::Time now) {
  std::uint64_t voided = 0;
  store::Page page{.limit = store::kLongPage};
  for (;;) {
    TRY_ASSIGN(const auto tokens, store.Read(tenant, [&](store::ReadTransaction& tx) { return store::ListTokens(tx, page); }));
    if (tokens.empty()) return voided;
    page.after = tokens.back().id.text();
    TRY(store.BulkWrite(tenant, tokens.size(), [&](store::WriteTransaction& tx, std::size_t index) {
      return store::RevokeToken(tx, tokens[index].id, now);
    }));
    voided += tokens.size();
  }
}

Result<std::uint64_t> CountIntegrations(store::Store& store, const model::TenantId& tenant) {
  std::uint64_t count = 0;
  store::Page page{.limit = store::kLongPage};
  for (;;) {
    TRY_ASSIGN(const auto integrations, store.Read(tenant, [&](store::ReadTransaction& tx) { return store::ListIntegrations(tx, {}, page); }));
    if (integrations.empty()) return count;
    page.after = integrations.back().id.text();
    count += integrations.size();
  }
}

// What to do about a backup without its master key.
Error WithWay(Error error) {
  if (error.reason == "keyring.key_missing") {
    error.fix = "name the key's file by CROSSROLE_KEYRING_KEY_FILE or `keyring.key_file`, or set `keyring.source` as it was";
  }
  return error;
}

// Before anything in it is believed.
Status RequireOurs(const Restoring& restoring, const ProvenManifest& proven) {
  const base::SystemClock clock;
  base::SystemRandom random;
  const Manifest& manifest = proven.manifest;
  const auto master = UnlockMasterKey({restoring.configuration, restoring.environment, restoring.data.path(), clock, random},
                                      {manifest.master_key, manifest.source, manifest.parameters});
  if (!master) return Fail(WithWay(master.error()));
  return CheckProof(proven, *master);
}

Status PrepareDatabase(const Restoring& restoring, Restored& restored) {
  const base::SystemClock clock;
  base::SystemRandom random;
  TRY_ASSIGN(const auto store, store::Store::Open({.path = restoring.data.File(kUnfinished)}));
  TRY_ASSIGN(const std::string damage, store->CheckIntegrity());
  if (!damage.empty()) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("the database in the backup is damaged: {}", damage),
                      .reason = "backup.damaged",
                      .fix = "take another backup"});
  }
  TRY_ASSIGN(const auto source, ConfiguredMasterKey({restoring.configuration, restoring.environment, restoring.data.path(), clock, random}));
  auto keyring = keyring::Keyring::Open({*store, clock, random, *source});
  if (!keyring) return Fail(WithWay(keyring.error()));
  TRY_ASSIGN(restored.secrets, (*keyring)->CheckAll());
  const base::Time now = clock.Now();
  TRY_ASSIGN(const auto tenants, store->ReadInstallation([](store::ReadTransaction& tx) { return store::ListTenants(tx, {.limit = 100'000}); }));
  for (const store::Tenant& tenant : tenants) {
    TRY_ASSIGN(const std::uint64_t tokens, VoidTokens(*store, tenant.id, now));
    TRY(store->Write(tenant.id, [&](store::WriteTransaction& tx) { return store::SweepBrowserSessions(tx, kEndOfTime, kEndOfTime); }));
    TRY_ASSIGN(const std::uint64_t integrations, CountIntegrations(*store, tenant.id));
    restored.tokens += tokens;
    restored.integrations += integrations;
  }
  TRY(store->WriteInstallation([&](store::WriteTransaction& tx) -> Status {
    TRY(store::DeleteSetting(tx, store::kFirstTokenWritten));
    return store::PutSetting(tx, store::kRestored, restored.manifest.created_at, now);
  }));
  return LeaveNote(*store, "backup.restore",
                   {{"backup_of", restored.manifest.created_at}, {"integrations", restored.integrations}, {"tokens_voided", restored.tokens}},
                   clock, random);
}

Result<Restored> Restore(const Restoring& restoring, const ProvenManifest& proven) {
  Restored restored{.manifest = proven.manifest};
  TRY(CopyIn(restoring, restored.manifest));
  TRY(RequireOurs(restoring, proven));
  TRY_ASSIGN(restored.records, VerifyAudit(restoring.data.path()));
  TRY(PrepareDatabase(restoring, restored));
  const std::string unfinished = restoring.data.File(kUnfinished);
  // Closed, the database has nothing beside it; else what is beside it would be lost by its new name.
  if (std::error_code none; fs::exists(unfinished + "-wal", none) && fs::file_size(unfinished + "-wal", none) > 0) {
    return Fail(Code::kUnavailable, "the database could not be closed in good order");
  }
  if (std::rename(unfinished.c_str(), restoring.data.File(kDatabase).c_str()) != 0) return Fail(Code::kUnavailable, "the database cannot get its name");
  TRY(SyncFolder(restoring.data.path()));
  return restored;
}

// Nothing half-restored stays behind; the directory was empty before.
void RemoveContents(const std::string& data) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(data, error)) {
    std::error_code ignored;
    fs::remove_all(entry.path(), ignored);
  }
}

Result<Restored> RestoreInto(const std::string& backup, const std::string& path, const Configuration& configuration,
                             const base::Environment& environment) {
  TRY(RequireEmpty(path));
  // Before anything is made: what is not a backup leaves no trace.
  TRY_ASSIGN(const ProvenManifest proven, ReadManifest(backup));
  TRY_ASSIGN(const DataDirectory data, DataDirectory::Open(path));
  auto restored = Restore({backup, configuration, environment, data}, proven);
  if (!restored) RemoveContents(path);
  return restored;
}

}  // namespace

int RunRestore(const cli::Context& context, const cli::Arguments& arguments) {
  HardenProcess();
  const auto configuration = LoadConfiguration(context, arguments);
  if (!configuration) return cli::PrintError(context, configuration.error());
  const std::string data = DataPath(context, arguments);
  const auto restored = RestoreInto(arguments.Text("folder").value_or(""), data, *configuration, context.environment);
  if (!restored) return cli::PrintError(context, restored.error());
  if (context.output == cli::Output::kJson) {
    cli::PrintJson(boost::json::object{{"data", data},
                                       {"backup_of", restored->manifest.created_at},
                                       {"integrations", restored->integrations},
                                       {"tokens_voided", restored->tokens},
                                       {"secrets", restored->secrets},
                                       {"audit_records", restored->records}});
    return 0;
  }
  cli::Print(fmt::format(
      "restored to {}: {} integrations, {} secrets, {} audit records, as of {}\n"
      "{} tokens are void. Start the server: it writes a new administrator token there, and verifies every integration\n"
      "again before it gives sessions.\n",
      data, restored->integrations, restored->secrets, restored->records, restored->manifest.created_at, restored->tokens));
  return 0;
}

}  // namespace crossrole::app
