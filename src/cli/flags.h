// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "cli/command.h"

namespace crossrole::cli {

/// Several lists of flags as one, for the tables of commands.
template <std::size_t... kSizes>
consteval auto Concat(const std::array<Flag, kSizes>&... parts) {
  std::array<Flag, (kSizes + ...)> all{};
  std::size_t at = 0;
  const auto append = [&](const auto& part) {
    for (const Flag& flag : part) all[at++] = flag;
  };
  (append(parts), ...);
  return all;
}

/// The flags of every command that talks to a server.
inline constexpr auto kServerFlags = std::to_array<Flag>({
    {"--server", FlagKind::kText, "URL of the server; else CROSSROLE_SERVER, the profile, http://127.0.0.1:8420"},
    {"--profile", FlagKind::kText, "profile written by `crossrole login`; else CROSSROLE_PROFILE, `default`"},
    {"--token-file", FlagKind::kText, "file that holds the token; else CROSSROLE_TOKEN, the profile"},
    {"--token-stdin", FlagKind::kSwitch, "read the token from standard input"},
    {"--ca-file", FlagKind::kText, "PEM file of the authorities that the server's certificate is checked against"},
});

/// The flags of every list.
inline constexpr auto kPageFlags =
    Concat(std::to_array<Flag>({{"--limit", FlagKind::kInteger, "at most so many; all without"}}), kServerFlags);

/// The flags of every change and deletion.
inline constexpr auto kChangeFlags = std::to_array<Flag>({
    {"--if-match", FlagKind::kText, "the version that is changed; another is refused"},
    {"--dry-run", FlagKind::kSwitch, "only say what would happen"},
});

/// The flags of commands that hand out temporary credentials.
inline constexpr auto kMintFlags = std::to_array<Flag>({
    {"--integration", FlagKind::kText, "handle or id of the integration"},
    {"--connection", FlagKind::kText, "handle or id of the connection, instead"},
    {"--phase", FlagKind::kText, "read or write, for external IDs per run"},
    {"--duration-seconds", FlagKind::kInteger, "how long the credentials live: 900 to the integration's own"},
    {"--session-name", FlagKind::kText, "your part of the session's name"},
    {"--session-policy", FlagKind::kText, "file with a policy that narrows what the session may do"},
    {"--policy-arns", FlagKind::kTexts, "managed policy that narrows what the session may do"},
    {"--tags", FlagKind::kTexts, "key=value, a session tag; gets the prefix `x:`"},
    {"--reason", FlagKind::kText, "why, for the audit record"},
    {"--region", FlagKind::kText, "where the credentials will be used"},
});

}  // namespace crossrole::cli
