// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "aws/operation.h"

namespace crossrole::aws::internal {

/// Fills `output` from the XML body of an answer of the Query protocol. Unknown elements are skipped.
/// Errors: kAwsRefused with reason `aws.bad_answer`.
base::Status DecodeXml(const Operation& operation, std::string_view body, void* output);

/// The XML body of an answer, as AWS writes it.
std::string EncodeXml(const Operation& operation, const void* output, std::string_view request_id);

/// `text` as character data; what XML 1.0 cannot carry becomes U+FFFD.
void AppendXmlText(std::string& xml, std::string_view text);

/// What an error answer of the Query protocol says.
struct XmlError {
  std::string code{};
  std::string message{};
  std::string request_id{};
};

/// Reads `<ErrorResponse><Error>…`, and its variants `<Response><Errors><Error>…` and a bare `<Error>`; false when
/// `body` is something else.
bool ParseXmlError(std::string_view body, XmlError& error);

/// The error for an answer that cannot be read.
base::Error BadAnswer(std::string message);

}  // namespace crossrole::aws::internal
