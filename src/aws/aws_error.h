// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "aws/http_message.h"
#include "aws/operation.h"

namespace crossrole::aws {

/// The error in an answer whose status is not 200, whatever its body is: XML, JSON, HTML, nothing (fuzz target).
/// Code: kThrottled for throttling codes and 429; kUnavailable for 5xx and timeouts; else kAwsRefused. `aws_code` is
/// AWS's code or "", `message` holds AWS's words, `retry_after` what AWS asks for, `details["aws_request_id"]` the
/// request id when there is one.
base::Error ParseAwsError(const HttpResponse& response);

/// Whether AWS uses `aws_code` to say "too fast". Source: botocore's standard retry mode.
bool IsThrottlingCode(std::string_view aws_code);

/// Whether AWS refused a call because the caller lacks the permission; services differ in the code.
bool IsDenied(const base::Error& error);

/// The request id in an answer's headers, or "".
std::string_view RequestIdOf(const Headers& headers);

/// An error as the simulated AWS sends it.
struct ServedError {
  int http_status = 400;
  std::string code{};     // e.g. "AccessDenied"
  std::string message{};
};

/// What the simulated AWS answers for `error`: its `aws_code` with the status `service` declares for it, AWS's own
/// words unchanged.
ServedError ToServed(const Service& service, const base::Error& error);

/// The body of an error answer in the words of `service`'s protocol. In REST services the code stands also in the
/// header `x-amzn-ErrorType`, which is the caller's to set.
std::string PrintError(const Service& service, const ServedError& error, std::string_view request_id);

}  // namespace crossrole::aws
