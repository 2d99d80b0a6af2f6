// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace crossrole::http {

/// The HTTP status of `error`: that of its code, 412 for a stale version.
int StatusOf(const base::Error& error);

/// `error` as `application/problem+json`: type, title, status, detail, code, then reason, field, fix and aws_code where
/// they are set, request_id, and each list of `details` as a member. Retry-After comes with `retry_after`, and with
/// every 429 and 503; WWW-Authenticate with 401. Source: RFC 9457; contract section 5.
Response ProblemResponse(const base::Error& error, std::string_view request_id);

/// The same under a status that no code has (405, 408, 414, 421, 431 …).
Response ProblemResponse(int status, const base::Error& error, std::string_view request_id);

/// The error in an answer that is not a success, for clients: the inverse of `ProblemResponse`. An answer that is no
/// problem+json gives the code that fits its status, and a message that names the status.
base::Error ParseProblem(const Response& response);

}  // namespace crossrole::http
