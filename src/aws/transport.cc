// SPDX-License-Identifier: Apache-2.0
#include "aws/transport.h"

#include <future>
#include <memory>

namespace crossrole::aws {
namespace {

constexpr const char* kSentDetail = "aws.sent";

base::Error Failure(std::string message, const char* reason, Sent sent) {
  base::Error error{.code = base::Code::kUnavailable, .message = std::move(message), .reason = reason};
  if (sent == Sent::kNothing) error.details[kSentDetail] = {"nothing"};
  return error;
}

}  // namespace

base::Result<HttpResponse> Transport::Send(HttpRequest request, base::Deadline deadline) {
  auto promise = std::make_shared<std::promise<base::Result<HttpResponse>>>();
  auto answer = promise->get_future();
  Submit(std::move(request), deadline,
         [promise](base::Result<HttpResponse> result) { promise->set_value(std::move(result)); });
  return answer.get();
}

base::Error UnreachableError(std::string message, Sent sent) { return Failure(std::move(message), "aws.unreachable", sent); }

base::Error TimeoutError(std::string message, Sent sent) { return Failure(std::move(message), "aws.timeout", sent); }

base::Error StoppedError() {
  return {.code = base::Code::kUnavailable, .message = "no more requests are sent: shutting down", .reason = "aws.stopped"};
}

bool NothingSent(const base::Error& error) {
  const auto found = error.details.find(kSentDetail);
  return found != error.details.end() && found->second == std::vector<std::string>{"nothing"};
}

}  // namespace crossrole::aws
