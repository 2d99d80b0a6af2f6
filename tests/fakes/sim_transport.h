// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "aws/transport.h"
#include "base/text.h"
#include "sim/cloud.h"
#include "sim/internal/delay.h"

namespace crossrole::fakes {

/// A transport whose other end is a simulated AWS in this process. A reset connection is `UnreachableError`.
class SimTransport final : public aws::Transport {
 public:
  /// `cloud` outlives the transport.
  explicit SimTransport(sim::Cloud& cloud) : cloud_(cloud) {}

  /// Runs `task` before each request is answered; nothing: none. Not while requests are under way.
  void BeforeEach(std::function<void()> task) { before_each_ = std::move(task); }

  void Submit(aws::HttpRequest request, base::Deadline, Callback done) override {
    if (before_each_) before_each_();
    cloud_.Handle(ToServer(request), [done = std::move(done)](sim::Answer answer) {
      if (answer.delivery == sim::Delivery::kReset) {
        return done(base::Fail(aws::UnreachableError("the connection was reset", aws::Sent::kMaybe)));
      }
      aws::HttpResponse response{.status = answer.response.status, .body = std::move(answer.response.body)};
      for (const http::Header& header : answer.response.headers.lines()) {
        response.headers.push_back({header.name, header.value});
      }
      done(std::move(response));
    });
  }
  void RunAfter(std::chrono::microseconds delay, std::function<void()> task) override {
    delay_.Run(std::chrono::ceil<std::chrono::milliseconds>(delay), std::move(task));
  }

  /// A client's request as a server receives it.
  static http::Request ToServer(const aws::HttpRequest& request) {
    http::Request received{.method = request.method,
                           .target = request.query.empty() ? request.path : request.path + "?" + request.query,
                           .path = base::PercentDecode(request.path),
                           .body = request.body,
                           .remote_address = "127.0.0.1",
                           .request_id = "req_test"};
    received.headers.Add("Host", aws::HostHeader(request));
    for (const aws::Header& header : request.headers) received.headers.Add(header.name, header.value);
    return received;
  }

 private:
  sim::Cloud& cloud_;
  sim::Delay delay_;
  std::function<void()> before_each_{};
};

}  // namespace crossrole::fakes
