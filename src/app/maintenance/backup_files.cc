// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance/backup_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>

#include "base/file_digest.h"
#include "base/json.h"
#include "base/text.h"

namespace crossrole::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;
using base::Result;
using base::Status;

constexpr std::int64_t kFormat = 2;
constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr std::size_t kLongestManifest = std::size_t{1} << 20;
constexpr std::string_view kPurpose = "backup manifest";

std::unexpected<Error> Failure(const std::string& path, std::string_view what) {
  return Fail(Code::kUnavailable, fmt::format("`{}` cannot be {}: {}", path, what, std::strerror(errno)));
}

std::unexpected<Error> NotWhole(std::string message) {
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = std::move(message),
                    .reason = "backup.damaged",
                    .fix = "take another backup; this one is not as it was made"});
}

// A manifest comes from outside: it names nothing but what a backup holds.
bool IsNameOfBackup(std::string_view name) {
  if (name == kDatabase) return true;
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view folder = name.substr(0, slash);
  const std::string_view file = name.substr(slash + 1);
  return (folder == "audit" || folder == "keys") && !file.empty() && !file.starts_with('.') && file.find('/') == std::string_view::npos &&
         file.find('\0') == std::string_view::npos;
}

// The text of a small file; nothing when it is not there.
Result<std::optional<std::string>> ReadSmall(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return std::optional<std::string>();
  std::string text(kLongestManifest + 1, '\0');
  std::size_t size = 0;
  ssize_t read = 0;
  while (size < text.size() && (read = ::read(fd, text.data() + size, text.size() - size)) > 0) size += static_cast<std::size_t>(read);
  ::close(fd);
  if (read < 0 || size > kLongestManifest) return NotWhole(fmt::format("`{}` cannot be read", path));
  text.resize(size);
  return std::optional(std::move(text));
}

Status WriteSynced(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return Failure(path, "made");
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written) return Failure(path, "written");
  return {};
}

// Whether everything of `from` is in `to`, synced.
bool CopyBytes(int from, int to) {
  std::vector<char> piece(kPiece);
  for (;;) {
    const ssize_t size = ::read(from, piece.data(), piece.size());
    if (size == 0) return ::fsync(to) == 0;
    if (size < 0) return false;
    for (ssize_t done = 0; done < size;) {
      const ssize_t written = ::write(to, piece.data() + done, static_cast<std::size_t>(size - done));
      if (written < 0) return false;
      done += written;
    }
  }
}

}  // namespace

std::string PrintManifest(const Manifest& manifest) {
  json::array files;
  for (const BackupFile& file : manifest.files) files.push_back(json::object{{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  const json::object text{{"format", kFormat},
                          {"created_at", manifest.created_at},
                          {"version", manifest.version},
                          {"master_key", json::object{{"fingerprint", manifest.master_key},
                                                      {"source", manifest.source},
                                                      {"parameters", manifest.parameters},
                                                      {"included", manifest.has_master_key}}},
                          {"files", std::move(files)}};
  return base::PrintJsonPretty(text) + "\n";
}

Result<Manifest> ParseManifest(std::string_view text) {
  const auto value = base::ParseJson(text);
  if (!value) return NotWhole("the manifest of the backup is not one");
  try {
    if (value->at("format").to_number<std::int64_t>() != kFormat) {
      return Fail(Error{.code = Code::kFailedPrecondition,
                        .message = "the backup was made by another version of the program",
                        .reason = "backup.format",
                        .fix = "restore it with that version, and update then"});
    }
    const json::value& key = value->at("master_key");
    Manifest manifest{.created_at = std::string(value->at("created_at").as_string()),
                      .version = std::string(value->at("version").as_string()),
                      .master_key = std::string(key.at("fingerprint").as_string()),
                      .source = std::string(key.at("source").as_string()),
                      .parameters = std::string(key.at("parameters").as_string()),
                      .has_master_key = key.at("included").as_bool()};
    std::set<std::string, std::less<>> names;
    for (const json::value& file : value->at("files").as_array()) {
      manifest.files.push_back({.name = std::string(file.at("name").as_string()),
                                .bytes = file.at("bytes").to_number<std::uint64_t>(),
                                .sha256 = std::string(file.at("sha256").as_string())});
      const std::string& name = manifest.files.back().name;
      if (!IsNameOfBackup(name)) return NotWhole(fmt::format("the manifest names `{}`, which no backup holds", base::Shortened(name, 200)));
      if (!names.insert(name).second) return NotWhole(fmt::format("the manifest names `{}` twice", name));
    }
    if (!names.contains(kDatabase)) return NotWhole("the backup has no database");
    return manifest;
  } catch (const std::exception&) {
    return NotWhole("the manifest of the backup is not one");
  }
}

Status WriteManifest(const std::string& folder, Manifest manifest, const keyring::Key& master) {
  for (BackupFile& file : manifest.files) {
    std::error_code error;
    const std::string path = folder + "/" + file.name;
    file.bytes = fs::file_size(path, error);
    if (error) return Fail(Code::kUnavailable, fmt::format("`{}` cannot be read: {}", path, error.message()));
    TRY_ASSIGN(file.sha256, base::FileDigest(path));
  }
  const std::string text = PrintManifest(manifest);
  TRY(WriteSynced(folder + "/" + std::string(kManifest), text));
  TRY(WriteSynced(folder + "/" + std::string(kProof), keyring::Authenticate(master, kPurpose, text) + "\n"));
  return SyncFolder(folder);
}

Result<ProvenManifest> ReadManifest(const std::string& folder) {
  TRY_ASSIGN(auto text, ReadSmall(folder + "/" + std::string(kManifest)));
  if (!text) {
    return Fail(Error{.code = Code::kNotFound,
                      .message = fmt::format("there is no backup in `{}`", folder),
                      .fix = "give the folder that `crossrole backup` made"});
  }
  TRY_ASSIGN(auto proof, ReadSmall(folder + "/" + std::string(kProof)));
  if (!proof) return NotWhole(fmt::format("`{}` is missing in the backup", kProof));
  ProvenManifest proven{.manifest = {}, .text = *std::move(text), .proof = std::string(base::Trim(*proof))};
  TRY_ASSIGN(proven.manifest, ParseManifest(proven.text));
  for (const BackupFile& file : proven.manifest.files) TRY(CheckFile(file, folder + "/" + file.name));
  return proven;
}

Status CheckProof(const ProvenManifest& proven, const keyring::Key& master) {
  if (keyring::IsAuthentic(master, kPurpose, proven.text, proven.proof)) return {};
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = "the manifest of the backup is not as this installation wrote it",
                    .reason = "backup.not_authentic",
                    .fix = "take another backup, and find out who could write to where this one was"});
}

Status CheckFile(const BackupFile& file, const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(path, error))) return NotWhole(fmt::format("`{}` is missing in the backup", file.name));
  TRY_ASSIGN(const std::string digest, base::FileDigest(path));
  if (digest != file.sha256) return NotWhole(fmt::format("`{}` is not as the manifest says", file.name));
  return {};
}

Status CopyFile(const std::string& from, const std::string& to) {
  const std::string folder = fs::path(to).parent_path().string();
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return Failure(folder, "made");
  const int source = ::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (source < 0) return Failure(from, "opened");
  const int target = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (target < 0) {
    ::close(source);
    return Failure(to, "made");
  }
  const bool copied = CopyBytes(source, target);
  const int error = errno;
  ::close(source);
  ::close(target);
  errno = error;
  if (!copied) return Failure(to, "written");
  return {};
}

Status SyncFolder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failure(folder, "opened");
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  if (!synced) return Failure(folder, "synced");
  return {};
}

std::vector<std::string> FilesBelow(const std::string& folder, const std::string& below) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder + "/" + below, error)) {
    std::error_code none;
    if (entry.is_regular_file(none) && !entry.is_symlink(none)) names.push_back(below + "/" + entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace crossrole::app
