// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

// A backup is a folder laid out as a data directory, with a manifest: `crossrole audit verify --data` reads it, too.

namespace crossrole::app {

/// The file that says what belongs to a backup; written last, so that one without it is not whole.
inline constexpr std::string_view kManifest = "manifest.json";
/// The database in a data directory.
inline constexpr std::string_view kDatabase = "crossrole.db";

/// One file of a backup.
struct BackupFile {
  std::string name;  // below the folder
  std::uint64_t bytes = 0;
  std::string sha256;
};

/// What a manifest says.
struct Manifest {
  std::string created_at;
  std::string version;          // of the program
  std::string master_key;       // fingerprint of the master key that the secrets are under
  std::string source;           // where that key comes from
  bool has_master_key = false;  // whether the key is in the backup
  std::vector<BackupFile> files{};
};

/// Writes the manifest of the files that are in `folder`, synced. Errors: kUnavailable.
base::Status WriteManifest(const std::string& folder, Manifest manifest);
/// Reads a manifest and compares every file with it. Errors: kNotFound (no backup there), kFailedPrecondition (a file is
/// missing, changed or not of a backup).
base::Result<Manifest> ReadManifest(const std::string& folder);
/// Copies one file, mode 0600, synced; its folders are made, mode 0700. Errors: kUnavailable.
base::Status CopyFile(const std::string& from, const std::string& to);
/// Makes the names in a folder durable. Errors: kUnavailable.
base::Status SyncFolder(const std::string& folder);
/// The names of the plain files in `folder`/`below`, each with `below` in front, sorted.
std::vector<std::string> FilesBelow(const std::string& folder, const std::string& below);

}  // namespace crossrole::app
