// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

namespace crossrole::http {

/// The one table of limits and deadlines of the server (its pools are below). What exceeds one is answered as the comment says.
struct Limits {
  // One request.
  std::size_t header_bytes = 16 * 1024;                // request line and headers: 431
  std::size_t header_count = 100;                      // 431
  std::size_t target_bytes = 8 * 1024;                 // 414
  std::size_t query_pairs = 200;                       // 400
  std::size_t body_bytes = 1024 * 1024;                // 413
  std::chrono::milliseconds tls_handshake_time{10'000};  // closed
  std::chrono::milliseconds header_time{10'000};       // from the first byte, or the accept, to the empty line: 408
  std::chrono::milliseconds body_time{10'000};         // plus the body's share at `body_bytes_per_second`: 408
  std::size_t body_bytes_per_second = 16 * 1024;
  std::chrono::milliseconds request_time{30'000};      // the handler's; see Responder::SetTimeLimit: 503
  std::chrono::milliseconds write_time{20'000};        // plus the answer's share at `write_bytes_per_second`: closed
  std::size_t write_bytes_per_second = 16 * 1024;

  // Connections.
  std::chrono::milliseconds idle_time{60'000};         // between two requests: closed
  std::size_t connections = 4096;                      // the longest idle one is closed, else 503
  std::size_t connections_per_address = 2048;          // an IPv6 address counts as its /64: 503
  std::size_t requests_per_connection = 100'000;       // then closed after an answer
  std::chrono::milliseconds linger_time{2'000};        // reading on after a refusal, so that the client sees the answer
  std::size_t linger_bytes = 16 * 1024 * 1024;         // a file of some MB dropped by mistake gets its 413, not a reset
  int backlog = 1024;

  // Streams.
  std::size_t streams = 1024;                          // 503
  std::size_t stream_buffer_bytes = 256 * 1024;        // the client is dropped
  std::chrono::milliseconds stream_heartbeat{15'000};

  // The server itself.
  std::chrono::milliseconds tick{250};                 // how exactly the deadlines above are kept
  std::chrono::seconds retry_after{1};                 // with every 503 of the server's own
};

/// The size of one lane of the dispatcher. What does not fit is answered 503 with Retry-After.
struct LaneOptions {
  std::size_t threads = 4;
  std::size_t queue = 1024;         // waiting requests of all keys
  std::size_t queue_per_key = 256;  // of one key, so that one tenant cannot fill the queue
  std::size_t running_per_key = 0;  // of one key at a time; 0: no bound
};
/// The lane of handlers that do not wait.
inline constexpr LaneOptions kFastLane{};
/// The lane of handlers that wait. One key gets at most half of its threads.
inline constexpr LaneOptions kBlockingLane{.threads = 32, .queue = 512, .queue_per_key = 128, .running_per_key = 16};

/// Limits that routes enforce themselves. Source: contract section 4.
inline constexpr std::size_t kCredentialFileBytes = 64 * 1024;
/// How long a server that was told to stop finishes requests.
inline constexpr std::chrono::seconds kDrainTime{25};

}  // namespace crossrole::http
