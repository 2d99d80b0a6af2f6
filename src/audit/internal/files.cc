// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/text.h"

namespace crossrole::audit {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;

base::Status WriteSynced(const std::string& path, std::string_view text) {
  PosixDisk disk;
  const auto file = disk.Open(path, Missing::kCreate);
  if (!file) return Fail(FileError(file.error(), path, "made"));
  if (const auto cut = (*file)->Resize(0); !cut) return Fail(FileError(cut.error(), path, "written"));
  if (const auto written = WriteFully(**file, 0, text); !written) return Fail(FileError(written.error(), path, "written"));
  if (const auto synced = (*file)->Sync(); !synced) return Fail(FileError(synced.error(), path, "synced"));
  return {};
}

// A file that says where the log stood once must not be taken for one that says where it begins.
constexpr std::string_view kCheckpoint = "crossrole audit checkpoint\n";
constexpr std::string_view kBeginning = "crossrole audit beginning\n";

std::string PlaceMac(std::string_view what, const base::Secret& key, std::string_view body) {
  return base::HexEncode(base::AsText(base::HmacSha256(key.Reveal(), std::string(what) + std::string(body))));
}

base::Digest DigestFrom(const json::value& value) {
  base::Digest digest{};
  const auto bytes = base::HexDecode(std::string_view(value.as_string()));
  if (!bytes || bytes->size() != digest.size()) throw std::invalid_argument("digest");
  std::ranges::transform(*bytes, digest.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return digest;
}

std::string PrintPlace(std::string_view what, const base::Secret& key, const LogEnd& end) {
  json::object chains;
  for (const auto& [name, chain] : end.chains) {
    chains[name] = json::object{{"seq", chain.seq}, {"hash", base::HexEncode(base::AsText(chain.hash))}};
  }
  const std::string body = base::PrintJson(json::object{{"seq", end.seq},
                                                        {"offset", end.offset},
                                                        {"total", base::HexEncode(base::AsText(end.total))},
                                                        {"chains", std::move(chains)}});
  return PlaceMac(what, key, body) + "\n" + body;
}

std::optional<LogEnd> ParsePlace(std::string_view what, const base::Secret& key, std::string_view text) {
  const std::size_t newline = text.find('\n');
  if (newline == std::string_view::npos) return std::nullopt;
  const std::string_view body = text.substr(newline + 1);
  if (!base::ConstantTimeEqual(PlaceMac(what, key, body), text.substr(0, newline))) return std::nullopt;
  try {
    const json::value value = json::parse(json::string_view(body.data(), body.size()));
    LogEnd end{.seq = value.at("seq").to_number<std::uint64_t>(),
               .offset = value.at("offset").to_number<std::uint64_t>(),
               .total = DigestFrom(value.at("total"))};
    for (const auto& [name, chain] : value.at("chains").as_object()) {
      end.chains[std::string(name)] = {.seq = chain.at("seq").to_number<std::uint64_t>(), .hash = DigestFrom(chain.at("hash"))};
    }
    return end;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Paths::Paths(const std::string& data)
    : folder(data + "/audit"),
      log(folder + "/audit.jsonl"),
      head(folder + "/head"),
      beginning(folder + "/beginning"),
      checkpoint(folder + "/checkpoint"),
      sinks(data + "/sinks"),
      keys(data + "/keys"),
      key(keys + "/audit.key") {}

base::Result<std::optional<base::Secret>> ReadKey(const std::string& path) {
  auto text = ReadWholeFile(path);
  if (!text) return std::optional<base::Secret>();
  auto bytes = base::HexDecode(base::Trim(*text));
  base::Wipe(*text);
  if (!bytes || bytes->size() != base::Digest().size()) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("the audit key `{}` is damaged", path),
                      .reason = "audit.key_missing",
                      .fix = "put it back from a backup"});
  }
  return std::optional<base::Secret>(std::in_place, *std::move(bytes));
}

base::Secret MakeKey(base::Random& random) {
  std::array<std::uint8_t, 32> bytes{};
  random.Fill(bytes);
  return base::Secret(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

base::Status StoreKey(const Paths& paths, const base::Secret& key) {
  std::string text = base::HexEncode(key.Reveal()) + "\n";
  const std::string fresh = paths.key + ".new";
  const auto written = WriteSynced(fresh, text);
  base::Wipe(text);
  TRY(written);
  if (std::rename(fresh.c_str(), paths.key.c_str()) != 0) return Fail(FileError(errno, paths.key, "made"));
  PosixDisk disk;
  if (const auto synced = disk.SyncFolder(paths.keys); !synced) return Fail(FileError(synced.error(), paths.keys, "synced"));
  return {};
}

void WriteCheckpoint(const std::string& path, const base::Secret& key, const LogEnd& end) {
  // Losing it costs a longer start, nothing else: no sync, no error.
  const std::string fresh = path + ".new";
  PosixDisk disk;
  const auto file = disk.Open(fresh, Missing::kCreate);
  if (!file || !(*file)->Resize(0) || !WriteFully(**file, 0, PrintPlace(kCheckpoint, key, end))) return;
  static_cast<void>(std::rename(fresh.c_str(), path.c_str()));
}

std::optional<LogEnd> ReadCheckpoint(const std::string& path, const base::Secret& key) {
  const auto text = ReadWholeFile(path);
  return text ? ParsePlace(kCheckpoint, key, *text) : std::nullopt;
}

base::Status StoreBeginning(const Paths& paths, const base::Secret& key, const LogEnd& end) {
  TRY(ReplaceFile(paths.beginning, PrintPlace(kBeginning, key, end)));
  PosixDisk disk;
  if (const auto synced = disk.SyncFolder(paths.folder); !synced) return Fail(FileError(synced.error(), paths.folder, "synced"));
  return {};
}

std::optional<LogEnd> ReadBeginning(const Paths& paths, const base::Secret& key) {
  const auto text = ReadWholeFile(paths.beginning);
  return text ? ParsePlace(kBeginning, key, *text) : LogEnd{};
}

std::optional<std::string> ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

base::Status ReplaceFile(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  TRY(WriteSynced(fresh, text));
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return Fail(FileError(errno, path, "made"));
  return {};
}

Error FileError(int error, const std::string& path, std::string_view what) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return {.code = Code::kUnavailable,
          .message = full ? "storage is full" : fmt::format("`{}` cannot be {}: {}", path, what, std::strerror(error)),
          .reason = full ? "storage.full" : "storage.failed",
          .fix = full ? "free space on the disk that holds the data directory" : ""};
}

}  // namespace crossrole::audit
