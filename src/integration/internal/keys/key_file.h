// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crossrole::integration {

/// What a name of a column, setting or member stands for, however it is written.
enum class KeyPart : std::uint8_t { kNone, kAccessKeyId, kSecret, kSessionToken, kUser, kPassword };
/// Reads a name by its letters alone: case, blanks, dashes and underscores do not matter.
KeyPart ReadKeyPart(std::string_view name);

/// One key as it stands in a file; views into the text of the file.
struct FoundKey {
  std::string_view access_key_id{};
  std::string_view secret{};
  std::string_view session_token{};
  std::string_view user{};
};

/// What is in a file besides keys, for the message when there are none.
struct FoundKeys {
  std::vector<FoundKey> keys{};
  bool has_passwords = false;  // a column of console passwords
  bool is_root_file = false;   // `AWSAccessKeyId=…`, `AWSSecretKey=…`, which only root users ever got
};

/// The bytes as UTF-8 without byte order mark: UTF-16 of either kind is converted, what is neither is read as
/// Latin-1. `room` is the only memory that the text ever lies in.
void DecodeText(std::string_view bytes, std::string& room);

/// The three kinds of files. `text` is changed in place: quotes and escapes are undone where they stand.
/// Errors: kInvalidArgument with reason `csv.unreadable` or `csv.too_large`.
base::Result<FoundKeys> ReadKeyTable(std::string& text);     ///< rows and columns
base::Result<FoundKeys> ReadKeySettings(std::string& text);  ///< `name = value` lines, with or without sections
base::Result<FoundKeys> ReadKeyJson(std::string& text);      ///< any JSON with the right members somewhere
/// Whether the text looks like settings, or like JSON; a table otherwise.
bool LooksLikeSettings(std::string_view text);
bool LooksLikeJson(std::string_view text);  ///< see above

/// The refusal of a file that cannot be read; `what` says why, without any of its contents.
std::unexpected<base::Error> Unreadable(std::string what);

}  // namespace crossrole::integration
