// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/thread_pool.h"
#include "cli/internal/refresher.h"
#include "http/message.h"
#include "http/server.h"

namespace crossrole::cli {

/// The container credentials endpoint that AWS SDKs ask, on loopback only. Every request needs its token; requests
/// that a browser or a proxy made are refused. Source: AWS SDK reference, container credential provider.
class ContainerEndpoint {
 public:
  /// What it needs; clock and random outlive it.
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    FetchSession fetch{};
    const base::Clock& clock;
    base::Random& random;
  };
  /// Listens. Errors: as `http::Server::Start`; others than loopback addresses are refused.
  static base::Result<std::unique_ptr<ContainerEndpoint>> Start(Options options);
  ~ContainerEndpoint();
  ContainerEndpoint(const ContainerEndpoint&) = delete;
  ContainerEndpoint& operator=(const ContainerEndpoint&) = delete;

  /// Fetches credentials now, so that a refusal is known before anybody asks. Errors: those of the fetch.
  base::Result<session::Minted> Warm() { return refresher_.Get(); }
  /// AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION_TOKEN.
  std::vector<std::pair<std::string, std::string>> Variables() const;

 private:
  explicit ContainerEndpoint(Options options);
  void Handle(const http::Request& request, const http::Responder& responder);
  base::Status Check(const http::Request& request) const;

  Refresher refresher_;
  base::Secret token_;
  std::string host_;  // "127.0.0.1:54321"
  std::unique_ptr<http::Server> server_;
  base::ThreadPool pool_;
};

}  // namespace crossrole::cli
