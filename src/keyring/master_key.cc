// SPDX-License-Identifier: Apache-2.0
#include "keyring/master_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/crypto.h"
#include "base/text.h"
#include "keyring/internal/parameters.h"

namespace crossrole::keyring {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using base::Result;
using base::Secret;
using base::Status;

constexpr std::size_t kLargestFile = 4096;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kShortestPassphrase = 12;

std::unexpected<Error> FileFailure(const std::string& path, std::string_view what) {
  return Fail(Code::kUnavailable, fmt::format("the master key `{}` cannot be {}: {}", path, what, std::strerror(errno)));
}

Status WriteWhole(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return FileFailure(fresh, "made");
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written || ::rename(fresh.c_str(), path.c_str()) != 0) return FileFailure(path, "written");
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int directory = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return FileFailure(folder, "opened");
  const bool synced = ::fsync(directory) == 0;
  ::close(directory);
  if (!synced) return FileFailure(folder, "synced");
  return {};
}

/// The text of the file; nothing when there is none.
Result<std::optional<Secret>> ReadWhole(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return std::optional<Secret>();
  if (fd < 0) return FileFailure(path, "opened");
  struct stat facts{};
  std::string text(kLargestFile, '\0');
  const ssize_t size = ::fstat(fd, &facts) == 0 ? ::read(fd, text.data(), text.size()) : -1;
  ::close(fd);
  if (size < 0) return FileFailure(path, "read");
  text.resize(static_cast<std::size_t>(size));
  if ((facts.st_mode & 077) != 0) {
    base::Wipe(text);
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("others may read the master key `{}`", path),
                      .reason = "keyring.key_readable",
                      .fix = fmt::format("run chmod 600 {}", path)});
  }
  return std::optional<Secret>(std::in_place, std::move(text));
}

class FileSource final : public MasterKeySource {
 public:
  FileSource(std::string path, base::Random& random) : path_(std::move(path)), random_(random) {}

  std::string_view name() const override { return "file"; }

  Result<MadeKey> MakeFirst() override {
    TRY_ASSIGN(auto keys, Read());
    if (!keys.empty()) return MadeKey{.key = std::move(keys.back())};
    return MakeNext();
  }

  Result<MadeKey> MakeNext() override {
    TRY_ASSIGN(auto keys, Read());
    keys.push_back(Key::Make(random_));
    TRY(Write(keys));
    return MadeKey{.key = std::move(keys.back())};
  }

  Result<Key> Unlock(std::string_view fingerprint, std::string_view) override {
    TRY_ASSIGN(auto keys, Read());
    for (Key& key : keys) {
      if (key.Fingerprint() == fingerprint) return std::move(key);
    }
    if (keys.empty()) {
      return Fail(KeyMissing(fmt::format("its file `{}` is not there", path_), "put it back from where you keep a copy of it"));
    }
    return Fail(WrongKey(fmt::format("the file `{}`", path_), fingerprint));
  }

  Status Settle(std::string_view fingerprint) override {
    TRY_ASSIGN(auto keys, Read());
    std::erase_if(keys, [&](const Key& key) { return key.Fingerprint() != fingerprint; });
    return Write(keys);
  }

 private:
  Result<std::vector<Key>> Read() const {
    TRY_ASSIGN(const auto text, ReadWhole(path_));
    std::vector<Key> keys;
    if (!text) return keys;
    for (const std::string_view line : base::Split(text->Reveal(), '\n')) {
      if (base::Trim(line).empty()) continue;
      auto key = ParseKey(Secret(std::string(line)));
      if (!key) return Fail(base::WithContext(key.error(), fmt::format("`{}`", path_)));
      keys.push_back(*std::move(key));
    }
    return keys;
  }

  Status Write(const std::vector<Key>& keys) const {
    std::string text;
    text.reserve(keys.size() * (2 * kKeySize + 1));
    for (const Key& key : keys) {
      std::string line = base::HexEncode(key.Reveal());
      text += line;
      text += '\n';
      base::Wipe(line);
    }
    const Status written = WriteWhole(path_, text);
    base::Wipe(text);
    return written;
  }

  const std::string path_;
  base::Random& random_;
};

class TextSource final : public MasterKeySource {
 public:
  TextSource(Secret text, std::string variable) : text_(std::move(text)), variable_(std::move(variable)) {}

  std::string_view name() const override { return "environment"; }

  Result<MadeKey> MakeFirst() override {
    TRY_ASSIGN(Key key, Read());
    return MadeKey{.key = std::move(key)};
  }
  Result<MadeKey> MakeNext() override { return MakeFirst(); }

  Result<Key> Unlock(std::string_view fingerprint, std::string_view) override {
    TRY_ASSIGN(Key key, Read());
    if (key.Fingerprint() != fingerprint) return Fail(WrongKey(fmt::format("the variable {}", variable_), fingerprint));
    return key;
  }

 private:
  Result<Key> Read() const {
    if (text_.empty()) return Fail(KeyMissing(fmt::format("the variable {} is not set", variable_), "set it to 64 hexadecimal digits"));
    auto key = ParseKey(text_);
    if (!key) return Fail(base::WithContext(key.error(), variable_));
    return key;
  }

  const Secret text_;
  const std::string variable_;
};

class PassphraseSource final : public MasterKeySource {
 public:
  PassphraseSource(Secret passphrase, std::string where, base::Random& random)
      : passphrase_(std::move(passphrase)), where_(std::move(where)), random_(random) {}

  std::string_view name() const override { return "passphrase"; }

  Result<MadeKey> MakeFirst() override {
    TRY(Check());
    if (passphrase_.size() < kShortestPassphrase) {
      return Fail(Error{.code = Code::kInvalidArgument,
                        .message = fmt::format("the passphrase in {} is shorter than {} characters", where_, kShortestPassphrase),
                        .fix = "take several words that nobody would put together"});
    }
    PassphraseRules rules{.salt = std::string(kSaltSize, '\0')};
    random_.Fill({reinterpret_cast<std::uint8_t*>(rules.salt.data()), rules.salt.size()});
    TRY_ASSIGN(Key key, KeyFromPassphrase(passphrase_, rules));
    return MadeKey{.key = std::move(key),
                   .parameters = PrintPassphraseRules(rules)};
  }
  Result<MadeKey> MakeNext() override { return MakeFirst(); }

  Result<Key> Unlock(std::string_view fingerprint, std::string_view parameters) override {
    TRY(Check());
    TRY_ASSIGN(const PassphraseRules rules, ReadPassphraseRules(parameters));
    TRY_ASSIGN(Key key, KeyFromPassphrase(passphrase_, rules));
    if (key.Fingerprint() != fingerprint) return Fail(WrongKey(fmt::format("the passphrase in {}", where_), fingerprint));
    return key;
  }

 private:
  Status Check() const {
    if (!passphrase_.empty()) return {};
    return Fail(KeyMissing(fmt::format("there is no passphrase in {}", where_), "give it there, or by `keyring.passphrase_file`"));
  }

  const Secret passphrase_;
  const std::string where_;
  base::Random& random_;
};

}  // namespace

std::unique_ptr<MasterKeySource> FromFile(std::string path, base::Random& random) {
  return std::make_unique<FileSource>(std::move(path), random);
}

std::unique_ptr<MasterKeySource> FromText(Secret text, std::string variable) {
  return std::make_unique<TextSource>(std::move(text), std::move(variable));
}

std::unique_ptr<MasterKeySource> FromPassphrase(Secret passphrase, std::string where, base::Random& random) {
  return std::make_unique<PassphraseSource>(std::move(passphrase), std::move(where), random);
}

Error KeyMissing(std::string_view what, std::string_view fix) {
  return {.code = Code::kFailedPrecondition,
          .message = fmt::format("the master key of this installation is missing: {}", what),
          .reason = "keyring.key_missing",
          .fix = std::string(fix)};
}

Error WrongKey(std::string_view where, std::string_view wanted) {
  return {.code = Code::kFailedPrecondition,
          .message = fmt::format("{} is not the master key of this installation, whose fingerprint is {}", where, wanted),
          .reason = "keyring.wrong_key",
          .fix = "give the key that the secrets in the database were sealed with; without it they are lost, and so is the use of this database"};
}

}  // namespace crossrole::keyring
