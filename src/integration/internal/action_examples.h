// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace crossrole::integration {

/// An AWS action that the action pattern of a pack covers, such as `ec2:DescribeInstances` for `ec2:Describe*`; "" when
/// the table has none.
std::string_view ExampleOf(std::string_view pattern);

}  // namespace crossrole::integration
