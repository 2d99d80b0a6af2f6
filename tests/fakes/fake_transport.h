// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "aws/transport.h"
#include "fakes/fake_clock.h"

namespace crossrole::fakes {

/// A transport whose answers a test writes. Answers that were queued come first, in their order; then the handler
/// decides; without one the request is unreachable. Answers at once on the caller's thread. Thread-safe.
class FakeTransport final : public aws::Transport {
 public:
  using Answer = base::Result<aws::HttpResponse>;
  using Handler = std::function<Answer(const aws::HttpRequest&)>;

  FakeTransport() = default;
  /// Delays asked for by `RunAfter` move `clock` before their task runs.
  explicit FakeTransport(FakeClock* clock) : clock_(clock) {}

  /// Queues an answer.
  void Push(Answer answer) {
    std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
  }
  /// Queues an answer with `status` and `body`.
  void Push(int status, std::string body, aws::Headers headers = {}) {
    Push(aws::HttpResponse{.status = status, .headers = std::move(headers), .body = std::move(body)});
  }
  /// Answers what no queued answer is there for.
  void SetHandler(Handler handler) {
    std::lock_guard lock(mutex_);
    handler_ = std::move(handler);
  }

  void Submit(aws::HttpRequest request, base::Deadline, Callback done) override {
    done(AnswerTo(std::move(request)));
  }
  void RunAfter(std::chrono::microseconds delay, std::function<void()> task) override {
    {
      std::lock_guard lock(mutex_);
      delays_.push_back(delay);
    }
    if (clock_ != nullptr) clock_->Advance(delay);
    task();
  }

  /// What was sent, in order.
  std::vector<aws::HttpRequest> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  /// Delays asked for by `RunAfter`, in order.
  std::vector<std::chrono::microseconds> delays() const {
    std::lock_guard lock(mutex_);
    return delays_;
  }

 private:
  Answer AnswerTo(aws::HttpRequest request) {
    Handler handler;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
      if (!answers_.empty()) {
        Answer answer = std::move(answers_.front());
        answers_.pop_front();
        return answer;
      }
      handler = handler_;
    }
    if (handler) return handler(request);
    return base::Fail(aws::UnreachableError("nothing answers at `" + request.host + "`", aws::Sent::kNothing));
  }

  FakeClock* clock_ = nullptr;
  mutable std::mutex mutex_;
  std::deque<Answer> answers_;
  Handler handler_;
  std::vector<aws::HttpRequest> requests_;
  std::vector<std::chrono::microseconds> delays_;
};

}  // namespace crossrole::fakes
