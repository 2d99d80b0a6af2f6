// SPDX-License-Identifier: Apache-2.0
#include "http/responder.h"

#include <atomic>
#include <utility>

#include "http/problem.h"

namespace crossrole::http {
namespace {

class CallbackSink final : public ResponseSink {
 public:
  explicit CallbackSink(std::function<void(Response)> receive) : receive_(std::move(receive)) {}

  void Deliver(Response response) override { receive_(std::move(response)); }
  std::shared_ptr<EventStream> BeginStream(StreamHead) override {
    receive_(ProblemResponse(base::Error{.code = base::Code::kUnavailable, .message = "no streams here"}, ""));
    return nullptr;
  }
  void SetTimeLimit(std::chrono::milliseconds) override {}
  bool Gone() const override { return false; }

 private:
  std::function<void(Response)> receive_;
};

}  // namespace

struct Responder::State {
  State(std::shared_ptr<ResponseSink> to, std::string id) : sink(std::move(to)), request_id(std::move(id)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (answered.exchange(true)) return;
    sink->Deliver(ProblemResponse(
        base::Error{.code = base::Code::kInternal, .message = "the request was dropped without an answer"}, request_id));
  }

  const std::shared_ptr<ResponseSink> sink;
  const std::string request_id;
  std::atomic<bool> answered{false};
};

StreamHead EventStreamHead() {
  return StreamHead{.headers = {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}},
                    .heartbeat = ": keepalive\n\n"};
}

Responder::Responder(std::shared_ptr<ResponseSink> sink, std::string request_id)
    : state_(std::make_shared<State>(std::move(sink), std::move(request_id))) {}

Responder Responder::To(std::function<void(Response)> receive) {
  return Responder(std::make_shared<CallbackSink>(std::move(receive)), "");
}

bool Responder::Send(Response response) const {
  if (state_->answered.exchange(true)) return false;
  state_->sink->Deliver(std::move(response));
  return true;
}

std::shared_ptr<EventStream> Responder::StartStream(StreamHead head) const {
  if (state_->answered.exchange(true)) return nullptr;
  return state_->sink->BeginStream(std::move(head));
}

bool Responder::Abort() const {
  if (state_->answered.exchange(true)) return false;
  state_->sink->Abort();
  return true;
}

void Responder::SetTimeLimit(std::chrono::milliseconds from_now) const { state_->sink->SetTimeLimit(from_now); }

bool Responder::Gone() const { return state_->sink->Gone(); }

const std::string& Responder::request_id() const { return state_->request_id; }

}  // namespace crossrole::http
