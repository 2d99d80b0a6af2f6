// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "aws/transport.h"

namespace crossrole::aws {

/// The proxies to use, as the environment variables of the same names say. Nothing is read from the environment here.
struct ProxySettings {
  std::string http{};      // HTTP_PROXY: for plain http
  std::string https{};     // HTTPS_PROXY: for https, by CONNECT
  std::string no_proxy{};  // NO_PROXY: host names and suffixes, separated by commas
};

/// How a `CurlTransport` behaves.
struct CurlOptions {
  std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";  // PEM; the only trust anchors
  ProxySettings proxies{};
  std::size_t response_limit = std::size_t{64} << 20;  // bytes of one body
  long connections_per_host = 256;                     // in use at once; further requests wait, within their deadline
  long idle_connections = 512;                         // kept open for reuse, all hosts together
  std::chrono::milliseconds connect_limit = std::chrono::seconds(10);  // for name, TCP and TLS together
};

/// Sends requests with libcurl: one thread, connections reused, hundreds of requests in flight. https only, unless a
/// request says `Plaintext::kAllowed`. Destruction answers what is still under way with kUnavailable.
class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CurlOptions options);
  ~CurlTransport() override;

  void Submit(HttpRequest request, base::Deadline deadline, Callback done) override;
  void RunAfter(std::chrono::microseconds delay, std::function<void()> task) override;
  /// Answers what is under way, and whatever comes later, with kUnavailable and reason `aws.stopped`. Returns at once.
  void Stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace crossrole::aws
