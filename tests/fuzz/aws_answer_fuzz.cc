// SPDX-License-Identifier: Apache-2.0
// Answers of AWS in both protocols, errors included. The first byte chooses what is read.
#include "aws/aws_error.h"
#include "aws/http_message.h"
#include "aws/iam.h"
#include "aws/operation.h"
#include "aws/organizations.h"
#include "aws/sts.h"
#include "input.h"

namespace aws = crossrole::aws;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body = crossrole::fuzz::TextOf(data + 1, size - 1);
  switch (data[0] % 6) {
    case 0: (void)aws::DecodeResponse<aws::sts::AssumeRole>(body); break;
    case 1: (void)aws::DecodeResponse<aws::iam::GetRole>(body); break;
    case 2: (void)aws::DecodeResponse<aws::iam::SimulatePrincipalPolicy>(body); break;
    case 3: (void)aws::DecodeResponse<aws::organizations::DescribeOrganization>(body); break;
    case 4: (void)aws::ParseAwsError({.status = 403, .body = std::string(body)}); break;
    default: (void)aws::ParseAwsError({.status = 503, .body = std::string(body)}); break;
  }
  return 0;
}
