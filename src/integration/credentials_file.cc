// SPDX-License-Identifier: Apache-2.0
#include "integration/credentials_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "integration/internal/keys/key_file.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::size_t kUsualKeyIdLength = 20;
constexpr std::size_t kUsualSecretLength = 40;

// Wipes a text when it goes, whatever the way out.
class WipeOnExit {
 public:
  explicit WipeOnExit(std::string& text) : text_(text) {}
  ~WipeOnExit() { base::Wipe(text_); }
  WipeOnExit(const WipeOnExit&) = delete;
  WipeOnExit& operator=(const WipeOnExit&) = delete;

 private:
  std::string& text_;
};

std::unexpected<Error> Refuse(std::string reason, std::string message, std::string fix) {
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = std::move(message),
                    .reason = std::move(reason),
                    .fix = std::move(fix)});
}

bool IsAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool IsKeyId(std::string_view text) {
  return text.size() >= 8 && text.size() <= 128 && std::ranges::all_of(text, IsAlnum);
}

bool IsSecret(std::string_view text) {
  const auto allowed = [](char c) { return IsAlnum(c) || c == '/' || c == '+' || c == '='; };
  return text.size() >= 16 && text.size() <= 128 && std::ranges::all_of(text, allowed);
}

// Tokens are base 64 of any length; blanks or quotes in one come from copying.
bool IsToken(std::string_view text) {
  return text.size() <= 16384 && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '"'; });
}

// How a key is called in a list of several. A name that could be a secret in the wrong column is not repeated.
std::string NameOf(const FoundKey& key) {
  const auto visible = [](char c) { return c >= ' ' && c < 0x7f && c != '`'; };
  const bool harmless = !key.user.empty() && key.user.size() <= 64 && std::ranges::all_of(key.user, visible) &&
                        !(key.user.size() >= 25 && IsSecret(key.user));
  if (harmless) return std::string(key.user);
  return IsKeyId(key.access_key_id) ? std::string(key.access_key_id) : "";
}

base::Result<FoundKeys> ReadAny(std::string& text) {
  if (LooksLikeJson(text)) return ReadKeyJson(text);
  if (LooksLikeSettings(text)) return ReadKeySettings(text);
  return ReadKeyTable(text);
}

std::vector<FoundKey> Distinct(const std::vector<FoundKey>& keys) {
  std::vector<FoundKey> distinct;
  for (const FoundKey& key : keys) {
    if (std::ranges::find(distinct, key.access_key_id, &FoundKey::access_key_id) == distinct.end())
      distinct.push_back(key);
  }
  return distinct;
}

std::unexpected<Error> Several(const std::vector<FoundKey>& keys, std::string message) {
  std::vector<std::string> users;
  for (const FoundKey& key : keys) users.push_back(NameOf(key));
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = std::move(message),
                    .reason = "csv.several_users",
                    .fix = fmt::format("choose one by ?user=: {}", fmt::join(users, ", ")),
                    .details = {{"users", std::move(users)}}});
}

base::Result<FoundKey> Choose(const FoundKeys& found, const std::optional<std::string>& user) {
  if (found.is_root_file) {
    return Refuse("csv.root_key", "this is the key of a root user, which must not be used for this",
                  "make an IAM user with an access key, use that, and delete the root key");
  }
  if (found.keys.empty()) {
    return found.has_passwords
               ? Refuse("csv.no_keys", "this file has a password for the console and no access key",
                        "in IAM, open the user, Security credentials, Create access key, and download that file")
               : Refuse("csv.no_keys", "there is no access key in this file",
                        "give a file with an access key ID and a secret access key");
  }
  std::vector<FoundKey> keys = Distinct(found.keys);
  if (user) {
    std::vector<FoundKey> chosen;
    std::ranges::copy_if(keys, std::back_inserter(chosen),
                         [&](const FoundKey& key) { return key.user == *user || key.access_key_id == *user; });
    if (chosen.empty()) return Several(keys, "there is no key of that user in the file");
    keys = std::move(chosen);
  }
  if (keys.size() > 1) return Several(keys, fmt::format("there are {} access keys in the file", keys.size()));
  return keys.front();
}

}  // namespace

base::Result<KeyPair> CheckKeyPair(KeyPair pair) {
  if (!IsKeyId(pair.access_key_id)) return Unreadable("what stands for the access key ID is not one");
  if (!IsSecret(pair.secret.Reveal())) return Unreadable("what stands for the secret access key is not one");
  if (!IsToken(pair.session_token.Reveal())) return Unreadable("what stands for the session token is not one");
  if (pair.access_key_id.starts_with("ASIA") && pair.session_token.empty()) {
    return Refuse("key.session_token_missing", "this is a temporary access key, and its session token is missing",
                  "give the session token too, or the key of an IAM user");
  }
  if (pair.access_key_id.size() != kUsualKeyIdLength) {
    pair.warnings.push_back(fmt::format("the access key ID has {} characters, AWS issues {}", pair.access_key_id.size(),
                                        kUsualKeyIdLength));
  }
  if (pair.secret.size() != kUsualSecretLength) {
    pair.warnings.push_back(
        fmt::format("the secret access key has {} characters, AWS issues {}", pair.secret.size(), kUsualSecretLength));
  }
  return pair;
}

base::Result<KeyPair> ReadCredentialsFile(std::string bytes, const std::optional<std::string>& user) {
  const WipeOnExit wipe_bytes(bytes);
  if (bytes.size() > kCredentialsFileBytes) {
    return Refuse("csv.too_large", fmt::format("the file is longer than {} bytes", kCredentialsFileBytes),
                  "give the file as the AWS console made it");
  }
  std::string text;
  const WipeOnExit wipe_text(text);
  DecodeText(bytes, text);
  if (text.contains('\0')) return Unreadable("the file is not text");
  TRY_ASSIGN(const FoundKeys found, ReadAny(text));
  TRY_ASSIGN(const FoundKey key, Choose(found, user));
  const std::string name = NameOf(key);
  return CheckKeyPair({.access_key_id = std::string(key.access_key_id),
                       .secret = base::Secret(std::string(key.secret)),
                       .session_token = base::Secret(std::string(key.session_token)),
                       .user = name == key.access_key_id ? "" : name});
}

}  // namespace crossrole::integration
