// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace crossrole::http {

/// One header line: its name as it was sent, its value without the blanks around it.
struct Header {
  std::string name;
  std::string value;
};

/// Header lines in the order of the wire; names compare without regard to case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> lines) : lines_(lines) {}

  /// The value of the first line called `name`; valid until the headers change.
  std::optional<std::string_view> Find(std::string_view name) const;
  /// The values of all lines called `name`, in order.
  std::vector<std::string_view> All(std::string_view name) const;
  /// Whether there is a line called `name`.
  bool Has(std::string_view name) const { return Find(name).has_value(); }
  /// Appends a line.
  void Add(std::string name, std::string value);
  /// Replaces all lines called `name` by one.
  void Set(std::string_view name, std::string value);
  /// Removes all lines called `name`.
  void Remove(std::string_view name);
  /// The lines themselves.
  const std::vector<Header>& lines() const { return lines_; }

 private:
  std::vector<Header> lines_;
};

/// Names and values of a query or form, decoded, in order; a name may occur several times.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;

/// One request as a handler gets it: complete, within the limits, its `Host` allowed. The body and the
/// `Authorization` header may hold secrets: they are never logged, and whoever takes one out wipes it.
struct Request {
  std::string method;  // upper case as sent, e.g. "GET"
  std::string target;  // the raw request target, e.g. "/v1/x?a=%20"; what signatures cover
  std::string path;    // decoded; no empty, `.` or `..` segment, no `/` from an escape, no control character
  QueryPairs query{};
  Headers headers{};
  std::string body{};
  std::string remote_address{};  // of the client, behind trusted proxies: "127.0.0.1", "::1", or "unix"
  std::string request_id{};      // "req_<ULID>", made here
  std::string traceparent{};     // W3C trace context when the client sent a valid one, else ""
  base::Time received_at{};
  bool secure = false;  // arrived over TLS, here or at a trusted proxy
  std::string turn_key{};  // who takes turns with whom, from ServerOptions::turn_key; the remote address without one

  /// The first value of the query parameter `name`.
  std::optional<std::string_view> Query(std::string_view name) const;
};

/// One answer. Content-Length, Date, Connection and the security headers are added when it is sent, the
/// latter unless the answer has its own.
struct Response {
  int status = 200;
  Headers headers{};
  std::string body{};
};

/// An answer whose body is the JSON text `json`.
Response JsonResponse(int status, std::string json);
/// An answer of `text/plain; charset=utf-8`.
Response TextResponse(int status, std::string text);
/// An answer without a body, e.g. 204.
Response EmptyResponse(int status);
/// The standard phrase of `status`, e.g. "Not Found"; "" for an unknown one.
std::string_view ReasonPhrase(int status);

/// Whether `text` is a `traceparent` header that may be passed on. Source: W3C Trace Context 3.2.
bool IsTraceparent(std::string_view text);

}  // namespace crossrole::http
