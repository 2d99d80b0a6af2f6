// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/settings.h"
#include "base/result.h"

namespace crossrole::aws::internal {

/// One section of an INI file: its settings, names in lower case, and its indented blocks (`s3 =` and lines below).
struct Section {
  std::map<std::string, std::string, std::less<>> values;
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> blocks;

  /// The value of `name`, or "".
  std::string Get(std::string_view name) const;
  /// Whether `name` is set, be it to nothing.
  bool Has(std::string_view name) const { return values.contains(name); }
};
/// Sections by name.
using Sections = std::map<std::string, Section, std::less<>>;

/// Parses the text of a config or credentials file as botocore does; a byte order mark is skipped (fuzz target).
/// Errors: kInvalidArgument with the line.
base::Result<Sections> ParseIni(std::string_view text);

/// Splits a command line as a POSIX shell does, without expanding anything. Errors: kInvalidArgument (open quotation).
base::Result<std::vector<std::string>> SplitCommand(std::string_view text);

/// What the two shared files say. Source: botocore's configloader and session.
struct SharedConfig {
  Sections profiles;         // of both files, the credentials file's settings first
  Sections config_profiles;  // of the config file alone
  Sections credentials;      // of the credentials file alone
  Sections services;         // `[services name]` of the config file
};

/// Reads `AWS_CONFIG_FILE` (`~/.aws/config`) and `AWS_SHARED_CREDENTIALS_FILE` (`~/.aws/credentials`); a missing file
/// is an empty one. Errors: kInvalidArgument, kTooLarge, kUnavailable (not readable).
base::Result<SharedConfig> LoadSharedConfig(const Environment& environment);

/// The whole text of a file of at most `limit` bytes, or nothing when there is none.
/// Errors: kTooLarge, kUnavailable.
base::Result<std::optional<std::string>> ReadSmallFile(const std::string& path, std::size_t limit = std::size_t{1} << 20);

/// `path` with a leading `~` replaced by `HOME`.
std::string ExpandHome(std::string_view path, const Environment& environment);

}  // namespace crossrole::aws::internal
