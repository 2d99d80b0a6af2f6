// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/environment.h"
#include "base/result.h"
#include "base/secret.h"

namespace crossrole::cli {

/// What `crossrole login` keeps about one server.
struct Profile {
  std::string server;
  base::Secret token{};
  std::string ca_file{};
  bool signed_in = false;  // the token is of a sign-in by password, and ends with the profile
};

/// `<configuration>/crossrole/<name>.json`, where the configuration is XDG_CONFIG_HOME or ~/.config.
/// Errors: kInvalidArgument for a name that is no file name, or when there is no home.
base::Result<std::string> ProfilePath(const base::Environment& environment, std::string_view name);
/// Reads a profile; nothing when there is none. Errors: kFailedPrecondition when others may read it,
/// kInvalidArgument when it is damaged.
base::Result<std::optional<Profile>> LoadProfile(const base::Environment& environment, std::string_view name);
/// Writes a profile as a whole, for its owner only (0600 in a folder 0700). Returns its path.
base::Result<std::string> SaveProfile(const base::Environment& environment, std::string_view name, const Profile& profile);
/// Removes a profile; false when there was none.
base::Result<bool> RemoveProfile(const base::Environment& environment, std::string_view name);

}  // namespace crossrole::cli
