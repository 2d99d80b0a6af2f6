// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "integration/internal/keys/key_file.h"

namespace crossrole::integration {
namespace {

std::string_view NextLine(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view line = base::Trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

bool IsComment(std::string_view line) { return line.empty() || line.front() == '#' || line.front() == ';'; }

bool IsSection(std::string_view line) { return line.size() > 2 && line.front() == '[' && line.back() == ']'; }

struct Setting {
  std::string_view name;
  std::string_view value;
};

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-. ").contains(c);
}

// `name = value`, also as `export name=value`, `set name=value` and `$Env:name = "value"`.
Setting ReadSetting(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return {};
  std::string_view name = base::Trim(line.substr(0, equals));
  std::string_view value = base::Trim(line.substr(equals + 1));
  for (const std::string_view prefix : {"export ", "set ", "setx ", "$env:"}) {
    if (name.size() > prefix.size() && base::EqualsIgnoreCase(name.substr(0, prefix.size()), prefix))
      name.remove_prefix(prefix.size());
  }
  if (!value.empty() && value.back() == ';') value = base::Trim(value.substr(0, value.size() - 1));
  const bool quoted =
      value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
  if (quoted) value = value.substr(1, value.size() - 2);
  if (!std::ranges::all_of(name, IsNameCharacter)) return {};
  return {.name = base::Trim(name), .value = value};
}

std::string_view ProfileOf(std::string_view section) {
  std::string_view name = base::Trim(section.substr(1, section.size() - 2));
  if (name.starts_with("profile ")) name = base::Trim(name.substr(8));
  return name;
}

base::Status Close(FoundKey& key, FoundKeys& found) {
  if (key.access_key_id.empty() != key.secret.empty()) {
    return Unreadable(fmt::format("the file has {}", key.secret.empty()
                                                         ? "an access key ID without its secret access key"
                                                         : "a secret access key without its access key ID"));
  }
  if (!key.access_key_id.empty()) found.keys.push_back(key);
  key = {};
  return {};
}

// The old file of root users says `AWSSecretKey`; nothing else ever did.
bool IsRootName(std::string_view name) { return name == "AWSSecretKey"; }

}  // namespace

bool LooksLikeSettings(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = NextLine(text);
    if (IsComment(line)) continue;
    return IsSection(line) || !ReadSetting(line).name.empty();
  }
  return false;
}

base::Result<FoundKeys> ReadKeySettings(std::string& text) {
  FoundKeys found;
  FoundKey key;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = NextLine(rest);
    if (IsComment(line)) continue;
    if (IsSection(line)) {
      TRY(Close(key, found));
      key.user = ProfileOf(line);
      continue;
    }
    const Setting setting = ReadSetting(line);
    found.is_root_file = found.is_root_file || IsRootName(setting.name);
    switch (ReadKeyPart(setting.name)) {
      case KeyPart::kAccessKeyId:
        // Several users one after another without sections.
        if (!key.access_key_id.empty() && !key.secret.empty()) TRY(Close(key, found));
        key.access_key_id = setting.value;
        break;
      case KeyPart::kSecret:
        key.secret = setting.value;
        break;
      case KeyPart::kSessionToken:
        key.session_token = setting.value;
        break;
      case KeyPart::kUser:
      case KeyPart::kPassword:
      case KeyPart::kNone:
        break;
    }
  }
  TRY(Close(key, found));
  return found;
}

}  // namespace crossrole::integration
