// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/message.h"

namespace crossrole::http {

/// Whom a client talks to.
struct ClientOptions {
  std::string base_url{};    // "http://host:port", "https://host" or "unix:/path", without a path of its own
  std::string ca_file{};     // PEM; the system's authorities when ""
  base::Secret bearer{};     // sent as `Authorization: Bearer` when set
  std::string user_agent = "crossrole";
  std::chrono::milliseconds connect_time{5'000};
  std::size_t body_bytes = 64 * 1024 * 1024;  // longer answers are refused
};

/// What to ask for.
struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query, encoded
  Headers headers{};
  std::string body{};
};

/// Receives one line of a stream without its line end; false ends the stream.
using OnLine = std::function<bool(std::string_view line)>;

/// A small blocking HTTP/1.1 client for the command line: one server, one connection that is kept for the next
/// request, no redirects, no proxies. TLS is set up only for https. Not thread-safe.
class Client {
 public:
  /// Reads the options; does not connect. Errors: kInvalidArgument (base_url). A `ca_file` is read when connecting.
  static base::Result<std::unique_ptr<Client>> Create(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Asks and waits for the whole answer, whatever its status. A request is sent again on a fresh connection only
  /// where that is safe (GET, HEAD, PUT, DELETE on a kept connection that turned out dead).
  /// Errors: kUnavailable (connection, TLS, time), kTooLarge, kInternal (not HTTP).
  base::Result<Response> Send(ClientRequest request, base::Deadline deadline);
  /// Asks for a stream and gives each line to `on_line` until the server ends it, `on_line` returns false or the
  /// deadline passes. An answer other than 2xx is returned with its body instead. Errors: as `Send`.
  base::Result<Response> Stream(ClientRequest request, base::Deadline deadline, OnLine on_line);

 private:
  class State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace crossrole::http
