// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "audit/disk.h"
#include "audit/internal/chain.h"
#include "audit/internal/head.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace crossrole::audit {

/// Where the parts of a log lie in a data directory.
struct Paths {
  explicit Paths(const std::string& data);
  std::string folder, log, head, beginning, checkpoint, sinks, keys, key;
};

/// The key that vouches for the log; nothing when there is none. Errors: kFailedPrecondition (damaged), kUnavailable.
base::Result<std::optional<base::Secret>> ReadKey(const std::string& path);
/// A new key.
base::Secret MakeKey(base::Random& random);
/// Stores a key. A file of that name afterwards holds a whole key, synced. Errors: kUnavailable.
base::Status StoreKey(const Paths& paths, const base::Secret& key);

/// Where the log stood once, so that opening need not read it from the beginning; under the key, not synced.
void WriteCheckpoint(const std::string& path, const base::Secret& key, const LogEnd& end);
/// The checkpoint, if there is one and it is ours.
std::optional<LogEnd> ReadCheckpoint(const std::string& path, const base::Secret& key);

/// Says durably, under the key, that the log begins behind `end`: what was before it is removed. Errors: kUnavailable.
base::Status StoreBeginning(const Paths& paths, const base::Secret& key, const LogEnd& end);
/// Where the log begins; at the very beginning unless something was removed. Nothing when the file that says so is not ours.
std::optional<LogEnd> ReadBeginning(const Paths& paths, const base::Secret& key);

/// The whole of a file; nothing when it cannot be read.
std::optional<std::string> ReadWholeFile(const std::string& path);
/// Writes a file in the place of the one that has that name, whole or not at all, and synced. Errors: kUnavailable.
base::Status ReplaceFile(const std::string& path, std::string_view text);

/// The failure of a call on a file.
base::Error FileError(int error, const std::string& path, std::string_view what);

}  // namespace crossrole::audit
