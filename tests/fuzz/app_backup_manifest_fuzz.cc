// SPDX-License-Identifier: Apache-2.0
// Manifests of backups, which come from where the backups lie. What is taken names nothing outside of a backup, nothing
// twice, and comes back from its own print.
#include <algorithm>
#include <string>

#include "app/maintenance/backup_files.h"
#include "input.h"

using crossrole::fuzz::Require;
namespace app = crossrole::app;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest = app::ParseManifest(crossrole::fuzz::TextOf(data, size));
  if (!manifest) {
    Require(manifest.error().code == crossrole::base::Code::kFailedPrecondition && !manifest.error().fix.empty());
    return 0;
  }
  bool has_database = false;
  for (const app::BackupFile& file : manifest->files) {
    const bool is_database = file.name == app::kDatabase;
    has_database = has_database || is_database;
    Require(is_database || file.name.starts_with("audit/") || file.name.starts_with("keys/"));
    Require(std::ranges::count(file.name, '/') == (is_database ? 0 : 1) && !file.name.contains("/.") && !file.name.contains('\0'));
    Require(std::ranges::count(manifest->files, file.name, &app::BackupFile::name) == 1);
  }
  Require(has_database);
  const std::string printed = app::PrintManifest(*manifest);
  const auto again = app::ParseManifest(printed);
  Require(again && app::PrintManifest(*again) == printed);
  return 0;
}
