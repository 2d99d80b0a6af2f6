// SPDX-License-Identifier: Apache-2.0
#include "http/internal/screen.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace crossrole::http::internal {
namespace {

// Where the status says more than the code, the reason does, too.
std::string_view ReasonOf(int status) {
  switch (status) {
    case 414: return "target_too_long";
    case 417: return "expectation_failed";
    case 421: return "host_not_served";
    case 501: return "method_not_implemented";
    default: return "";
  }
}

Refusal Refuse(int status, std::string message, std::string fix = "") {
  const auto code = status == 414 ? base::Code::kTooLarge : base::Code::kInvalidArgument;
  return {.status = status,
          .error = {.code = code, .message = std::move(message), .reason = std::string(ReasonOf(status)), .fix = std::move(fix)}};
}

std::optional<Refusal> JudgeFraming(const RequestHead& head) {
  const auto lengths = head.headers.All("Content-Length");
  const auto codings = head.headers.All("Transfer-Encoding");
  if (lengths.size() > 1 || (!lengths.empty() && !codings.empty())) {
    return Refuse(400, "the length of the body is ambiguous");
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!lengths.empty() && !std::ranges::all_of(lengths.front(), is_digit)) {
    return Refuse(400, "Content-Length is not a number");
  }
  if (codings.empty()) return std::nullopt;
  if (head.version < 11) return Refuse(400, "HTTP/1.0 has no Transfer-Encoding");
  if (codings.size() > 1 || !base::EqualsIgnoreCase(codings.front(), "chunked")) {
    return Refuse(400, "the only Transfer-Encoding understood is `chunked`");
  }
  return std::nullopt;
}

std::optional<Refusal> JudgeHost(const RequestHead& head, std::string_view authority, const ScreenRules& rules) {
  const auto lines = head.headers.All("Host");
  if (lines.size() > 1) return Refuse(400, "more than one Host header");
  if (lines.empty() && head.version >= 11) return Refuse(400, "the Host header is missing");
  if (lines.empty() && authority.empty()) return std::nullopt;
  const auto sent = lines.empty() ? base::Result<std::string>(std::string()) : ParseHost(lines.front());
  const auto host = authority.empty() ? sent : ParseHost(authority);
  if (!sent || !host) return Refuse(400, "the host is malformed");
  if (rules.hosts.Allows(*host) || (rules.local_address && rules.local_address() == *host)) return std::nullopt;
  return Refuse(421, fmt::format("this server does not answer for the host `{}`", *host),
                "use the host of `server.public_url`, or the address that the server listens on");
}

}  // namespace

HostList::HostList(const std::vector<std::string>& hosts) : hosts_{"localhost", "127.0.0.1", "::1"} {
  for (const std::string& host : hosts) {
    if (host == "*") any_ = true;
    // An IPv6 address is allowed with or without its brackets.
    const auto parsed = ParseHost(host.contains(':') && !host.starts_with('[') ? "[" + host + "]" : host);
    if (const auto name = parsed ? parsed : ParseHost(host); name) hosts_.insert(*name);
  }
}

bool HostList::Allows(std::string_view host) const {
  return any_ || hosts_.contains(host) || host.ends_with(".localhost");
}

std::expected<Target, Refusal> ScreenHead(const RequestHead& head, const ScreenRules& rules) {
  if (auto refusal = JudgeFraming(head)) return std::unexpected(*std::move(refusal));
  if (head.target.size() > rules.limits.target_bytes) {
    return std::unexpected(Refuse(414, fmt::format("the request target is longer than {} bytes", rules.limits.target_bytes)));
  }
  if (head.method == "CONNECT") {
    return std::unexpected(Refuse(501, fmt::format("`{}` is not implemented", head.method)));
  }
  auto target = ParseTarget(head.target, rules.limits.query_pairs);
  if (!target) return std::unexpected(Refusal{.status = 400, .error = std::move(target).error()});
  if (target->path == "*" && head.method != "OPTIONS") return std::unexpected(Refuse(400, "`*` is for OPTIONS only"));
  if (auto refusal = JudgeHost(head, target->authority, rules)) return std::unexpected(*std::move(refusal));
  const auto expect = head.headers.Find("Expect");
  if (expect && head.version >= 11 && !base::EqualsIgnoreCase(*expect, "100-continue")) {
    return std::unexpected(Refuse(417, "the only expectation understood is `100-continue`"));
  }
  return *std::move(target);
}

bool ExpectsContinue(const RequestHead& head) {
  const auto expect = head.headers.Find("Expect");
  return head.version >= 11 && expect && base::EqualsIgnoreCase(*expect, "100-continue");
}

}  // namespace crossrole::http::internal
