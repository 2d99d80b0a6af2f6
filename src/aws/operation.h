// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/internal/shape.h"
#include "base/result.h"

// AWS operations as types. `aws/<service>.h` is generated at build time from src/aws/models/<service>.json; it has, for
// each operation in src/aws/operations.txt, a tag (`iam::CreateRole`) and its structs (`iam::CreateRoleInput`,
// `iam::CreateRoleOutput`). The four functions below turn those into wire text and back, on both sides of the wire.
// Members that AWS does not require are std::optional; lists, maps and strings of answers may be empty. Policy
// documents in answers of IAM are percent-encoded, as AWS sends them: decode with base::PercentDecode.

namespace crossrole::aws {

/// The wire protocols in use.
enum class Protocol : std::uint8_t {
  kQuery,  // form in, XML out: STS, IAM, CloudFormation
  kJson11,  // `application/x-amz-json-1.1` both ways: Organizations, IAM Identity Center, CloudTrail
  kRestJson,  // `application/json` both ways, the path names the operation: Account Management
};

/// An error a service declares.
struct DeclaredError {
  std::string_view code;  // as on the wire, e.g. "NoSuchEntity"
  int http_status = 400;
};

struct Operation;

/// What all operations of one service share.
struct Service {
  std::string_view name;  // as in operations.txt, e.g. "iam"
  std::string_view endpoint_prefix;  // see aws/endpoints.h
  std::string_view signing_name;
  std::string_view service_id;  // e.g. "Organizations", names AWS_ENDPOINT_URL_ORGANIZATIONS
  std::string_view version;  // e.g. "2010-05-08"
  std::string_view xml_namespace;  // Query only
  std::string_view target_prefix;  // JSON only
  Protocol protocol = Protocol::kQuery;
  bool milliseconds = false;  // answers carry fractions of seconds
  std::span<const Operation* const> operations{};
  std::span<const DeclaredError> errors{};  // sorted by code
};

/// Facts of one operation.
struct Operation {
  const Service* service;
  std::string_view name;
  std::string_view result_wrapper;  // Query only, e.g. "CreateRoleResult"; "" when nothing is answered
  const Shape* input;
  const Shape* output;
  const Lifetime* input_lifetime;
  const Lifetime* output_lifetime;
  bool idempotent = false;  // may be sent again after a lost answer
  bool is_signed = true;  // AssumeRoleWithWebIdentity and AssumeRoleWithSAML are not
  std::string_view path = "/";  // of its own in REST only
};

/// A struct of an operation that is known at run time only.
using AnyStruct = std::unique_ptr<void, void (*)(void*)>;

/// An empty input of `operation`.
AnyStruct MakeInput(const Operation& operation);
/// An empty output of `operation`.
AnyStruct MakeOutput(const Operation& operation);

/// A generated operation tag.
template <typename Op>
concept IsOperation = requires {
  typename Op::Input;
  typename Op::Output;
  { Op::kFacts } -> std::convertible_to<const Operation&>;
};

/// A request before it has an endpoint and a signature. Everything is sent by POST.
struct WireRequest {
  const Operation* operation = nullptr;
  std::string content_type{};
  std::vector<std::pair<std::string, std::string>> headers{};  // beyond Content-Type, e.g. X-Amz-Target
  std::string body{};
  std::string path = "/";
};

/// The operation of `service` named `name`, or nullptr.
const Operation* FindOperation(const Service& service, std::string_view name);
/// The operation of `service` at `path`, of services whose operations have paths; or nullptr.
const Operation* FindOperationAt(const Service& service, std::string_view path);

/// The HTTP status of an error `code`: what `service` declares, what all services share, or 400.
int StatusOfError(const Service& service, std::string_view code);

/// Which operation a request asks for.
struct RequestedAction {
  std::string name{};  // e.g. "AssumeRole"
  std::string version{};  // Query: e.g. "2011-06-15"; JSON: the target's prefix
};

/// Reads it from the `X-Amz-Target` header (JSON) or, when that is empty, from the body or the query string of a GET
/// (Query). Errors: kInvalidArgument with AWS's code and words.
base::Result<RequestedAction> ReadAction(std::string_view target, std::string_view body);

/// `Value '…' at 'roleName' failed to satisfy constraint: …` for what `input` violates. Errors: kInvalidArgument with
/// AWS's code and words.
base::Status ValidateInput(const Operation& operation, const void* input);

/// The codecs behind the templates below; `input` and `output` point to the operation's structs.
/// `DecodeResponseOf` and `DecodeRequestOf` take hostile text (fuzz targets).
WireRequest EncodeRequestOf(const Operation& operation, const void* input);
/// Fills `output` (freshly made) from the body of an answer with status 200.
base::Status DecodeResponseOf(const Operation& operation, std::string_view body, void* output);
/// Fills `input` (freshly made) from the body of a request.
base::Status DecodeRequestOf(const Operation& operation, std::string_view body, void* input);
/// The body of an answer with status 200.
std::string EncodeResponseOf(const Operation& operation, const void* output, std::string_view request_id);

/// The request for `input`, as a client sends it.
template <IsOperation Op>
WireRequest EncodeRequest(const typename Op::Input& input) {
  return EncodeRequestOf(Op::kFacts, &input);
}

/// Reads the body of an answer with status 200. Unknown elements are skipped.
/// Errors: kAwsRefused with reason `aws.bad_answer` when it cannot be read or lacks a field that the model requires.
template <IsOperation Op>
base::Result<typename Op::Output> DecodeResponse(std::string_view body) {
  typename Op::Output output;
  TRY(DecodeResponseOf(Op::kFacts, body, &output));
  return output;
}

/// Reads a request's body, as AWS does, and checks the model's constraints. Unknown parameters are skipped.
/// Errors: kInvalidArgument with `aws_code` and AWS's words, ready for `PrintError`.
template <IsOperation Op>
base::Result<typename Op::Input> DecodeRequest(std::string_view body) {
  typename Op::Input input;
  TRY(DecodeRequestOf(Op::kFacts, body, &input));
  return input;
}

/// The body of an answer with status 200, as AWS writes it.
template <IsOperation Op>
std::string EncodeResponse(const typename Op::Output& output, std::string_view request_id) {
  return EncodeResponseOf(Op::kFacts, &output, request_id);
}

/// The content type of answers and errors of `protocol`.
std::string_view ResponseContentType(Protocol protocol);

}  // namespace crossrole::aws
