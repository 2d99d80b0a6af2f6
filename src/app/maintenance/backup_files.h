// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "keyring/key.h"

// A backup is a folder laid out as a data directory, with a manifest: `crossrole audit verify --data` reads it, too. Beside
// the manifest lies a proof that it was written by somebody who had the master key, which whoever restores has, too.

namespace crossrole::app {

/// The file that says what belongs to a backup.
inline constexpr std::string_view kManifest = "manifest.json";
/// The file that proves who wrote the manifest; written last, so that a backup without it is not whole.
inline constexpr std::string_view kProof = "manifest.proof";
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
  std::string parameters;       // what that source needs to get at the key
  bool has_master_key = false;  // whether the key is in the backup
  std::vector<BackupFile> files{};
};

/// A manifest as it was read, and what proves it.
struct ProvenManifest {
  Manifest manifest;
  std::string text;
  std::string proof;
};

/// The text of a manifest.
std::string PrintManifest(const Manifest& manifest);
/// The inverse; whoever wrote the text names nothing but what a backup holds. Errors: kFailedPrecondition.
base::Result<Manifest> ParseManifest(std::string_view text);

/// Writes the manifest of the files that are in `folder` with its proof, synced. Errors: kUnavailable.
base::Status WriteManifest(const std::string& folder, Manifest manifest, const keyring::Key& master);
/// Reads a manifest and compares every file with it. Errors: kNotFound (no backup there), kFailedPrecondition (a file is
/// missing, changed or not of a backup).
base::Result<ProvenManifest> ReadManifest(const std::string& folder);
/// Whether the manifest was written by somebody with that master key. Errors: kFailedPrecondition, `backup.not_authentic`.
base::Status CheckProof(const ProvenManifest& proven, const keyring::Key& master);
/// Compares one file, now at `path`, with the manifest. Errors: kFailedPrecondition, kUnavailable.
base::Status CheckFile(const BackupFile& file, const std::string& path);
/// Copies one file, mode 0600, synced; its folders are made, mode 0700. Errors: kUnavailable.
base::Status CopyFile(const std::string& from, const std::string& to);
/// Makes the names in a folder durable. Errors: kUnavailable.
base::Status SyncFolder(const std::string& folder);
/// The names of the plain files in `folder`/`below`, each with `below` in front, sorted.
std::vector<std::string> FilesBelow(const std::string& folder, const std::string& below);

}  // namespace crossrole::app
