// SPDX-License-Identifier: Apache-2.0
#include "aws/operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/internal/constraints.h"
#include "aws/internal/form.h"
#include "aws/internal/json_codec.h"
#include "aws/internal/xml.h"

namespace crossrole::aws {
namespace {

// Errors that every service may answer without declaring them. Source: "Common Error Types" in the IAM API
// reference (IncompleteSignature: 400) and "Common Errors" in those of other services.
constexpr std::array kCommonErrors = {
    DeclaredError{"AccessDenied", 403},         DeclaredError{"ExpiredToken", 403},
    DeclaredError{"IncompleteSignature", 400},  DeclaredError{"InternalFailure", 500},
    DeclaredError{"InternalServerError", 500},  DeclaredError{"InvalidClientTokenId", 403},
    DeclaredError{"MalformedQueryString", 404}, DeclaredError{"MissingAuthenticationToken", 403},
    DeclaredError{"OptInRequired", 403},        DeclaredError{"RequestEntityTooLarge", 413},
    DeclaredError{"ServiceUnavailable", 503},   DeclaredError{"SignatureDoesNotMatch", 403},
};
static_assert(std::ranges::is_sorted(kCommonErrors, {}, &DeclaredError::code));

const DeclaredError* FindError(std::span<const DeclaredError> errors, std::string_view code) {
  const auto found = std::ranges::lower_bound(errors, code, {}, &DeclaredError::code);
  return found != errors.end() && found->code == code ? &*found : nullptr;
}

}  // namespace

AnyStruct MakeInput(const Operation& operation) {
  return {operation.input_lifetime->make(), operation.input_lifetime->destroy};
}

AnyStruct MakeOutput(const Operation& operation) {
  return {operation.output_lifetime->make(), operation.output_lifetime->destroy};
}

const Operation* FindOperation(const Service& service, std::string_view name) {
  const auto found = std::ranges::lower_bound(service.operations, name, {}, &Operation::name);
  return found != service.operations.end() && (*found)->name == name ? *found : nullptr;
}

const Operation* FindOperationAt(const Service& service, std::string_view path) {
  const auto found = std::ranges::find(service.operations, path, &Operation::path);
  return service.protocol == Protocol::kRestJson && found != service.operations.end() ? *found : nullptr;
}

int StatusOfError(const Service& service, std::string_view code) {
  const DeclaredError* error = FindError(service.errors, code);
  if (error == nullptr) error = FindError(kCommonErrors, code);
  return error == nullptr ? 400 : error->http_status;
}

base::Result<RequestedAction> ReadAction(std::string_view target, std::string_view body) {
  if (!target.empty()) {
    const std::size_t dot = target.rfind('.');
    if (dot == std::string_view::npos) {
      return base::Fail(internal::RefuseRequest("UnknownOperationException", "The target names no operation"));
    }
    return RequestedAction{.name = std::string(target.substr(dot + 1)), .version = std::string(target.substr(0, dot))};
  }
  TRY_ASSIGN(const internal::Form form, internal::Form::Parse(body));
  const std::string* action = form.Find("Action");
  const std::string* version = form.Find("Version");
  if (action == nullptr || action->empty()) {
    return base::Fail(internal::RefuseRequest("MissingAction", "The request must contain the parameter Action"));
  }
  return RequestedAction{.name = *action, .version = version == nullptr ? "" : *version};
}

base::Status ValidateInput(const Operation& operation, const void* input) {
  internal::Path path;
  internal::Violations violations(operation.service->protocol);
  internal::CheckAll(*operation.input, input, path, violations);
  return violations.ToStatus();
}

WireRequest EncodeRequestOf(const Operation& operation, const void* input) {
  WireRequest request{.operation = &operation, .path = std::string(operation.path)};
  if (operation.service->protocol == Protocol::kQuery) {
    request.content_type = "application/x-www-form-urlencoded; charset=utf-8";
    request.body = internal::EncodeForm(operation, input);
    return request;
  }
  request.content_type = std::string(ResponseContentType(operation.service->protocol));
  if (operation.service->protocol == Protocol::kJson11) {
    request.headers.emplace_back("X-Amz-Target",
                                 fmt::format("{}.{}", operation.service->target_prefix, operation.name));
  }
  request.body = internal::EncodeJson(*operation.input, input, internal::Side::kRequest);
  return request;
}

base::Status DecodeResponseOf(const Operation& operation, std::string_view body, void* output) {
  return operation.service->protocol == Protocol::kQuery ? internal::DecodeXml(operation, body, output)
                                                         : internal::DecodeJsonAnswer(operation, body, output);
}

base::Status DecodeRequestOf(const Operation& operation, std::string_view body, void* input) {
  if (operation.service->protocol != Protocol::kQuery) return internal::DecodeJsonRequest(operation, body, input);
  TRY_ASSIGN(const internal::Form form, internal::Form::Parse(body));
  return internal::DecodeForm(operation, form, input);
}

std::string EncodeResponseOf(const Operation& operation, const void* output, std::string_view request_id) {
  return operation.service->protocol == Protocol::kQuery
             ? internal::EncodeXml(operation, output, request_id)
             : internal::EncodeJson(*operation.output, output, internal::Side::kAnswer);
}

std::string_view ResponseContentType(Protocol protocol) {
  switch (protocol) {
    case Protocol::kQuery: return "text/xml";
    case Protocol::kJson11: return "application/x-amz-json-1.1";
    case Protocol::kRestJson: return "application/json";
  }
  return "";
}

}  // namespace crossrole::aws
