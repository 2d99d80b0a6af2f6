// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/result.h"
#include "http/forwarded.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/metrics.h"
#include "http/responder.h"

namespace crossrole::http {

/// PEM files of the server's certificate (leaf first, then its chain) and private key.
struct TlsFiles {
  std::string certificate_file;
  std::string key_file;
};

/// Whether a server without TLS may listen where others can reach it.
enum class InsecureListen : bool { kRefuse, kAllow };

/// Where and how a server listens.
struct ServerOptions {
  std::string address = "127.0.0.1";  // an IP address or "localhost"; "" for none
  std::uint16_t port = 0;             // 0 picks a free one
  std::optional<TlsFiles> tls{};
  std::string unix_socket{};  // path of a socket to listen on as well, created 0600; "" for none
  Limits limits{};
  std::vector<std::string> allowed_hosts{};  // besides loopback names and the address connected to; "*" for any
  TrustedProxies proxies{};                 // whose word about a client counts
  InsecureListen insecure_listen = InsecureListen::kRefuse;
  std::size_t io_threads = 1;
  std::function<std::string(const Request&)> turn_key{};  // see Request::turn_key; called on an I/O thread; empty: no turns there
  const base::Clock* clock = nullptr;  // for `received_at`, ids and Date; the system's when null
  const base::Log* log = nullptr;      // one "http.request" line per answer; none when null
  Registry* metrics = nullptr;         // gets crossrole_http_*; none when null
};

/// Answers one request, now or later. Called on an I/O thread: it must not block; see `Dispatcher`.
using Handler = std::function<void(Request, Responder)>;

/// Numbers since the start, and of now.
struct ServerStats {
  std::size_t connections = 0;  // open now
  std::size_t streams = 0;      // open now
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;    // over a cap: 503 or closed
  std::uint64_t evicted = 0;    // idle ones closed to make room
  std::uint64_t requests = 0;   // given to the handler
  std::uint64_t rejected = 0;   // answered by the server itself: 4xx, 503
  std::uint64_t timed_out = 0;  // deadlines of clients and handlers that passed
};

/// An HTTP/1.1 server. Waiting for clients costs no thread: a few I/O threads serve all connections.
/// Destruction closes what is open and joins the threads; responders that outlive it deliver nowhere.
class Server {
 public:
  /// Listens and serves. Errors: kInvalidArgument (address, certificate, `field` names the option),
  /// kFailedPrecondition (not loopback without TLS; address in use).
  static base::Result<std::unique_ptr<Server>> Start(ServerOptions options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The TCP port, 0 without one.
  std::uint16_t port() const;
  /// `http://127.0.0.1:8420`: the scheme, address and port.
  std::string url() const;
  /// What readiness handlers report; false at first.
  void SetReady(bool ready);
  /// The last value set; false from `Drain` on.
  bool ready() const;
  /// Stops accepting, closes idle connections, ends streams, finishes requests in flight; true when all were
  /// finished by the deadline, else the rest is cut off. Blocks; not for I/O threads.
  bool Drain(base::Deadline deadline);
  /// Reads the certificate files again, for new connections. On an error the old ones stay in use.
  base::Status ReloadCertificates();
  /// Numbers for metrics and tests.
  ServerStats Stats() const;

 private:
  class State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace crossrole::http
