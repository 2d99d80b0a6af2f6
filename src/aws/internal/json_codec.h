// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "aws/operation.h"

namespace crossrole::aws::internal {

/// `object` as JSON, in requests and answers alike.
enum class Side : std::uint8_t { kRequest, kAnswer };

/// The JSON text of a struct.
std::string EncodeJson(const Shape& shape, const void* object, Side side);

/// Fills `output` from the body of an answer. Unknown keys are skipped.
/// Errors: kAwsRefused with reason `aws.bad_answer`.
base::Status DecodeJsonAnswer(const Operation& operation, std::string_view body, void* output);

/// Fills `input` from the body of a request and checks the model's constraints.
/// Errors: kInvalidArgument with AWS's code and words.
base::Status DecodeJsonRequest(const Operation& operation, std::string_view body, void* input);

}  // namespace crossrole::aws::internal
