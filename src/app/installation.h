// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "app/configuration.h"
#include "base/environment.h"
#include "base/log.h"
#include "base/result.h"

namespace crossrole::app {

/// How an installation is opened.
struct InstallationOptions {
  Configuration configuration;
  base::Environment environment{};  // AWS's standard variables are read from here
  std::string data;                 // the data directory
  bool insecure_listen = false;     // plain HTTP on other than loopback addresses
  base::Log* log = nullptr;         // required; its threshold follows `log.level`
};

/// One running server: store, audit record, jobs, the way to AWS, and the API in front of them. Composed here and
/// nowhere else.
class Installation {
 public:
  /// Opens the data directory and everything in it, makes tenant and first token on the first start, and finds out who
  /// we are. Errors: kInvalidArgument (configuration), kFailedPrecondition (data in use, made by a newer program, audit
  /// record tampered with, our own role's path unreadable), kUnavailable.
  static base::Result<std::unique_ptr<Installation>> Open(InstallationOptions options);
  ~Installation();
  Installation(const Installation&) = delete;
  Installation& operator=(const Installation&) = delete;

  /// Listens, runs jobs, and becomes ready. Errors: kFailedPrecondition (address).
  base::Status Start();
  /// Not ready, no new connections, finishes what is under way within 25 s, flushes. Idempotent.
  void Stop();
  /// Reads certificates, log level, budgets and limits again. Errors: kInvalidArgument; the old ones stay in use then.
  base::Status Reload(const Configuration& configuration);

  /// Where the API listens, e.g. `http://127.0.0.1:8420`.
  std::string url() const;
  /// The file with the first administrator token.
  std::string token_file() const;
  /// Whether this start wrote that file.
  bool first_start() const;

 private:
  struct Parts;
  explicit Installation(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// Where to listen.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
};
/// Splits `host:port`; IPv6 in square brackets. Errors: kInvalidArgument.
base::Result<ListenAddress> ParseListenAddress(std::string_view text);

}  // namespace crossrole::app
