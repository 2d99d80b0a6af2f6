// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "audit/disk.h"
#include "audit/internal/chain.h"
#include "audit/internal/files.h"
#include "audit/internal/head.h"
#include "audit/log.h"
#include "base/result.h"
#include "base/secret.h"

namespace crossrole::audit {

/// A log that is ready to be written to: its head vouches for exactly what it holds.
struct OpenedLog {
  base::Secret key;
  std::unique_ptr<File> log;
  std::unique_ptr<File> head_file;
  LogEnd begin;
  LogEnd end;
  Head head;
  OpenReport report;
};

/// Opens, makes or repairs the log of a data directory. Errors: those of `Log::Open`.
base::Result<OpenedLog> OpenLog(const LogOptions& options, Disk& disk);

/// The failure of a log that is not what its head vouches for.
base::Error Tampered(std::string_view what);

}  // namespace crossrole::audit
