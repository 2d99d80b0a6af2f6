// SPDX-License-Identifier: Apache-2.0
// Requests as the simulated AWS receives them, in both protocols. The first byte chooses what is read.
#include "aws/iam.h"
#include "aws/operation.h"
#include "aws/organizations.h"
#include "aws/sts.h"
#include "input.h"

namespace aws = crossrole::aws;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body = crossrole::fuzz::TextOf(data + 1, size - 1);
  switch (data[0] % 5) {
    case 0: (void)aws::DecodeRequest<aws::sts::AssumeRole>(body); break;
    case 1: (void)aws::DecodeRequest<aws::iam::CreateRole>(body); break;
    case 2: (void)aws::DecodeRequest<aws::iam::SimulatePrincipalPolicy>(body); break;
    case 3: (void)aws::DecodeRequest<aws::organizations::DescribeOrganization>(body); break;
    default: (void)aws::ReadAction("", body); break;
  }
  return 0;
}
