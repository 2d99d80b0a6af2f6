// SPDX-License-Identifier: Apache-2.0
#include "sim/error_codes.h"

#include <algorithm>
#include <string_view>

#include "aws/organizations.h"

namespace crossrole::sim {
namespace {

int StatusOf(const aws::ServedError& error) {
  for (const std::string_view code : {"AccessDenied", "ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch",
                                      "MissingAuthenticationToken", "OptInRequired"}) {
    if (error.code == code) return 403;
  }
  return error.http_status;
}

// JSON services have words of their own for the same refusals.
std::string JsonCode(std::string_view code) {
  if (code == "InvalidClientTokenId") return "UnrecognizedClientException";
  if (code == "SignatureDoesNotMatch") return "InvalidSignatureException";
  if (code == "ExpiredToken") return "ExpiredTokenException";
  if (code == "MissingAuthenticationToken") return "MissingAuthenticationTokenException";
  if (code == "IncompleteSignature") return "IncompleteSignatureException";
  if (code == "AccessDenied") return "AccessDeniedException";
  if (code == "InvalidAction") return "UnknownOperationException";
  return std::string(code);
}

// What going too fast is called.
std::string_view ThrottlingCode(const aws::Service& service) {
  if (service.protocol == aws::Protocol::kQuery) return "Throttling";
  const bool declared = std::ranges::any_of(service.errors, [](const auto& each) { return each.code == "TooManyRequestsException"; });
  return declared ? "TooManyRequestsException" : "ThrottlingException";
}

void Slow(const aws::Service& service, aws::ServedError& error) {
  if (error.code != "Throttling") return;
  error.code = ThrottlingCode(service);
  // Source: the answers that users of Organizations quote.
  if (&service == &aws::organizations::kServiceFacts) error.message = "You have sent too many requests in too short a period of time. Try again later.";
}

// Services with paths use the statuses of HTTP, and errors of their own where they have them.
void MakeRest(const aws::Service& service, aws::ServedError& error) {
  const bool is_unknown = error.code == "InvalidAction";
  const bool is_refused = error.http_status == 403;
  error.code = JsonCode(error.code);
  const int declared = aws::StatusOfError(service, error.code);
  error.http_status = is_unknown ? 404 : is_refused ? 403 : declared;
}

}  // namespace

aws::ServedError WireError(const aws::Service& service, const base::Error& error) {
  aws::ServedError served = aws::ToServed(service, error);
  served.http_status = served.code == "InternalFailure" ? 500 : StatusOf(served);
  Slow(service, served);
  if (service.protocol == aws::Protocol::kJson11) {
    served.http_status = served.http_status >= 500 ? 500 : 400;
    served.code = JsonCode(served.code);
  }
  if (service.protocol == aws::Protocol::kRestJson) MakeRest(service, served);
  return served;
}

std::string TrailCode(const aws::Operation& operation, const base::Error& error) {
  const aws::Service& service = *operation.service;
  const std::string code = aws::ToServed(service, error).code;
  if (code == "ValidationError") return "ValidationException";
  if (code == "Throttling") return std::string(service.protocol == aws::Protocol::kQuery ? "ThrottlingException" : ThrottlingCode(service));
  if (service.protocol != aws::Protocol::kQuery) return code;
  const bool declared = std::ranges::any_of(service.errors, [&](const auto& each) { return each.code == code; });
  return declared && !code.ends_with("Exception") ? code + "Exception" : code;
}

}  // namespace crossrole::sim
