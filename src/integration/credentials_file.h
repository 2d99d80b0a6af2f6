// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace crossrole::integration {

/// Limits on a credentials file.
inline constexpr std::size_t kCredentialsFileBytes = 65536;
inline constexpr std::size_t kCredentialsFileRows = 100;

/// An access key as somebody brought it. Move-only.
struct KeyPair {
  std::string access_key_id;
  base::Secret secret;
  base::Secret session_token{};         // empty for long-term keys
  std::string user{};                   // as the file names it, or ""
  std::vector<std::string> warnings{};  // sentences; never with a secret
};

/// Reads a credentials file of any known kind: what the IAM console has offered since 2012 and what people make of it
/// (byte order marks, UTF-16, CRLF or CR, quotes, semicolons or tabs, no header), `~/.aws/credentials`, `export` lines,
/// and JSON of the AWS CLI, of credential_process, or of our own API. `user` chooses among several, by name or access
/// key ID. Takes over the bytes and wipes them; no error or warning repeats any of them but names of users.
/// Errors: kInvalidArgument with reason `csv.no_keys` (with `fix` for files of console passwords), `csv.root_key`,
/// `csv.several_users` (details `users`), `csv.unreadable`, `csv.too_large`, `key.session_token_missing`.
/// Source: vendors.md 2.5; AWS CLI `aws configure import`.
base::Result<KeyPair> ReadCredentialsFile(std::string bytes, const std::optional<std::string>& user = std::nullopt);

/// Checks a pair that was typed in. Errors: kInvalidArgument with reason `csv.unreadable` or
/// `key.session_token_missing`.
base::Result<KeyPair> CheckKeyPair(KeyPair pair);

}  // namespace crossrole::integration
