// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "aws/http_message.h"
#include "base/deadline.h"
#include "base/result.h"

namespace crossrole::aws {

/// Sends HTTP requests. The primitive is asynchronous; `Send` waits for it. Redirects are never followed.
class Transport {
 public:
  using Callback = std::function<void(base::Result<HttpResponse>)>;
  virtual ~Transport() = default;

  /// Sends `request` and calls `done` exactly once, with whatever status was answered. `done` runs on the transport's
  /// only thread (or on the caller's, when the request is refused at once): it must not block.
  /// Errors: kInvalidArgument, kUnavailable with reason `aws.unreachable`, `aws.timeout`, `aws.answer_too_large` or
  /// `aws.stopped`; see `NothingSent`.
  virtual void Submit(HttpRequest request, base::Deadline deadline, Callback done) = 0;
  /// Runs `task` after `delay`, on the transport's thread; at once when the transport is being destroyed.
  virtual void RunAfter(std::chrono::microseconds delay, std::function<void()> task) = 0;
  /// Waits for the answer. Never to be called from a callback.
  base::Result<HttpResponse> Send(HttpRequest request, base::Deadline deadline);
};

/// How much of a failed request may have reached the other side.
enum class Sent : std::uint8_t { kNothing, kMaybe };
/// The error of a connection that failed. `message` is a whole sentence.
base::Error UnreachableError(std::string message, Sent sent);
/// The error of a deadline that passed before the answer.
base::Error TimeoutError(std::string message, Sent sent);
/// The error of what is asked, or still waits, while no more requests are sent.
base::Error StoppedError();
/// Whether a transport error proves that not one byte of the request left, so that even `Repeat::kOnce` may be repeated.
bool NothingSent(const base::Error& error);

}  // namespace crossrole::aws
