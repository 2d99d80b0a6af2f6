// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace crossrole::sim::iam {

/// Whether a service may have several service-linked roles in an account, told apart by a suffix.
enum class Suffix : std::uint8_t { kRefused, kAllowed };

/// What the service-linked role of a service principal is called, "AWSServiceRoleFor…", with `_suffix` when there is one. Of services
/// whose pages give another name, that; of all others one made of the principal.
std::string ServiceRoleName(std::string_view principal, std::string_view suffix);
/// Whether the service's roles may have suffixes.
Suffix SuffixOf(std::string_view principal);

}  // namespace crossrole::sim::iam
