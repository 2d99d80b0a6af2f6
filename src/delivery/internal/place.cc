// SPDX-License-Identifier: Apache-2.0
#include "delivery/internal/place.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace crossrole::delivery {
namespace {

// Where the port begins, or the end.
std::size_t PortColon(std::string_view authority) {
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return std::min(colon, authority.size());
}

}  // namespace

std::string_view HostOf(std::string_view authority) {
  std::string_view host = authority.substr(0, PortColon(authority));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

bool IsLoopbackHost(std::string_view host) { return host == "127.0.0.1" || host == "::1" || base::EqualsIgnoreCase(host, "localhost"); }

base::Result<HostPort> ParseHostPort(std::string_view authority) {
  const std::size_t colon = PortColon(authority);
  HostPort place{.host = std::string(HostOf(authority))};
  const char* end = authority.data() + authority.size();
  const bool named = !place.host.empty() && std::ranges::all_of(place.host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == ':' || c == '_';
  });
  const bool whole = named && colon + 1 < authority.size() && std::from_chars(authority.data() + colon + 1, end, place.port).ptr == end && place.port != 0;
  if (whole) return place;
  return base::Fail(base::Code::kInvalidArgument, fmt::format("`{}` is not a host and port", base::Shortened(authority, 80)));
}

}  // namespace crossrole::delivery
