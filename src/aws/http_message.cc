// SPDX-License-Identifier: Apache-2.0
#include "aws/http_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace crossrole::aws {
namespace {

using base::Code;
using base::Fail;

bool IsHostByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool IsAddressByte(char c) { return IsHostByte(c) || c == ':'; }

std::uint16_t PortOfScheme(std::string_view scheme) { return scheme == "http" ? 80 : 443; }

}  // namespace

std::string_view FindHeader(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (base::EqualsIgnoreCase(header.name, name)) return header.value;
  }
  return {};
}

void RemoveHeader(Headers& headers, std::string_view name) {
  std::erase_if(headers, [name](const Header& header) { return base::EqualsIgnoreCase(header.name, name); });
}

void SetHeader(Headers& headers, std::string_view name, std::string_view value) {
  RemoveHeader(headers, name);
  headers.push_back({.name = std::string(name), .value = std::string(value)});
}

std::string HostHeader(const HttpRequest& request) {
  std::string host = base::Lower(request.host);
  if (request.port != 0 && request.port != PortOfScheme(request.scheme)) host += fmt::format(":{}", request.port);
  return host;
}

std::string UrlOf(const HttpRequest& request) {
  return fmt::format("{}://{}{}{}{}", request.scheme, HostHeader(request), request.path,
                     request.query.empty() ? "" : "?", request.query);
}

bool IsHost(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return std::ranges::all_of(host.substr(1, host.size() - 2), IsAddressByte);
  }
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
         std::ranges::all_of(host, IsHostByte);
}

base::Result<HttpRequest> RequestTo(std::string_view url) {
  const auto refuse = [url](std::string_view why) {
    return Fail(Code::kInvalidArgument, fmt::format("`{}` is not a usable URL: {}", url, why));
  };
  if (!std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f; })) return refuse("it has blanks or control characters");
  HttpRequest request;
  const std::size_t scheme_end = url.find("://");
  request.scheme = base::Lower(url.substr(0, scheme_end));
  if (scheme_end == std::string_view::npos || (request.scheme != "https" && request.scheme != "http")) {
    return refuse("it must begin with https:// or http://");
  }
  request.plaintext = request.scheme == "http" ? Plaintext::kAllowed : Plaintext::kRefused;
  std::string_view rest = url.substr(scheme_end + 3);
  if (rest.contains('#')) return refuse("it has a fragment");
  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  rest.remove_prefix(authority.size());
  if (const std::size_t colon = authority.rfind(':'); colon != std::string_view::npos && !authority.ends_with(']')) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), request.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || request.port == 0) return refuse("its port is not a number");
    authority = authority.substr(0, colon);
  }
  if (!IsHost(authority)) return refuse("its host is not a name or an address");
  request.host = std::string(authority);
  const std::size_t question = rest.find('?');
  request.path = std::string(rest.substr(0, question));
  if (request.path.empty()) request.path = "/";
  if (question != std::string_view::npos) request.query = std::string(rest.substr(question + 1));
  return request;
}

}  // namespace crossrole::aws
