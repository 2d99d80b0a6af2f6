// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/limits.h"
#include "http/message.h"

namespace crossrole::http::internal {

/// How far a message was read.
enum class Progress : std::uint8_t { kNeedMore, kHeadDone, kDone, kFailed };

/// What one call of `Feed` did with its bytes. Bytes not consumed are presented again, with more behind them.
struct Fed {
  Progress progress = Progress::kNeedMore;
  std::size_t consumed = 0;
};

/// Why a message cannot be read or may not be served: a status, and the error for its problem.
struct Refusal {
  int status = 400;
  base::Error error{};
};

/// Reads one HTTP/1 request from bytes as they come. Knows nothing of sockets, so that it can be fuzzed.
class RequestReader {
 public:
  explicit RequestReader(const Limits& limits);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// Starts over for the next request.
  void Reset();
  /// Reads from `data`. `kHeadDone` comes exactly once, before any byte of the body is consumed.
  Fed Feed(std::string_view data);
  /// Why reading failed.
  Refusal Failure() const;

  /// The parts of the request line; from kHeadDone on (method and target as soon as they were read).
  const std::string& method() const;
  const std::string& target() const;
  /// 10 or 11.
  int version() const;
  /// The header lines, trailers left out.
  Headers& headers();
  /// Whether the connection may carry another request.
  bool KeepAlive() const;
  /// Whether a body follows the head.
  bool HasBody() const;
  /// The body so far.
  std::string& body();

 private:
  class State;
  std::unique_ptr<State> state_;
};

/// Reads one HTTP/1 answer from bytes as they come; interim (1xx) answers are skipped.
class ResponseReader {
 public:
  /// Takes pieces of the body; false stops the reading.
  using OnBody = std::function<bool(std::string_view)>;
  /// What the reader has to know.
  struct Options {
    std::size_t head_bytes = 64 * 1024;
    std::size_t body_bytes = 0;
    bool head_request = false;  // the answer to HEAD has no body
  };

  explicit ResponseReader(Options options);
  ~ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  /// Reads from `data`.
  Fed Feed(std::string_view data);
  /// Tells that the server closed the connection; kDone or kFailed.
  Progress FeedEnd();
  /// From now on gives the body to `on_body` instead of keeping it; call at kHeadDone.
  void DivertBody(OnBody on_body);
  /// Why reading failed: kTooLarge, or kInternal for what is not HTTP.
  base::Error Failure() const;
  /// The answer; its body is complete at kDone.
  Response& response();
  /// Whether the connection may carry another request.
  bool KeepAlive() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace crossrole::http::internal
