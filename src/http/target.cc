// SPDX-License-Identifier: Apache-2.0
#include "http/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.h"

namespace crossrole::http {
namespace {

using base::Code;
using base::Fail;
using base::Result;

enum class Plus : bool { kStays, kIsBlank };

std::optional<std::string> DecodeStrictly(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const std::string byte = base::PercentDecode(text.substr(i, 3));
      if (i + 2 >= text.size() || byte.size() != 1) return std::nullopt;
      decoded += byte;
      i += 2;
    } else {
      decoded += plus == Plus::kIsBlank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

bool IsControl(char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f; }

base::Status CheckSegment(std::string_view segment) {
  if (segment == "." || segment == "..") return Fail(Code::kInvalidArgument, "the path has a dot segment");
  if (std::ranges::any_of(segment, [](char c) { return c == '/' || c == '\\' || IsControl(c); })) {
    return Fail(Code::kInvalidArgument, "the path has an escaped slash, a backslash or a control character");
  }
  if (!base::IsUtf8(segment)) return Fail(Code::kInvalidArgument, "the path is not UTF-8");
  return {};
}

Result<std::string> DecodePath(std::string_view raw) {
  if (raw == "/") return std::string("/");
  std::string path;
  const auto segments = base::Split(raw.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].empty() && i + 1 < segments.size()) {
      return Fail(Code::kInvalidArgument, "the path has an empty segment");
    }
    const auto segment = DecodeStrictly(segments[i], Plus::kStays);
    if (!segment) return Fail(Code::kInvalidArgument, "the path has a broken escape");
    TRY(CheckSegment(*segment));
    path += '/';
    path += *segment;
  }
  return path;
}

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && base::EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

// Leaves the origin form in `text` and returns the authority of an absolute form.
Result<std::string> TakeAuthority(std::string_view& text) {
  const std::size_t scheme = StartsWithIgnoringCase(text, "http://") ? 7 : StartsWithIgnoringCase(text, "https://") ? 8 : 0;
  if (scheme == 0) return Fail(Code::kInvalidArgument, "the request target is not a path");
  text.remove_prefix(scheme);
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  const std::string authority(text.substr(0, end));
  text.remove_prefix(end);
  if (authority.empty() || authority.contains('@')) {
    return Fail(Code::kInvalidArgument, "the request target has no usable host");
  }
  return authority;
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool IsPort(std::string_view text) {
  return text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<QueryPairs> ParseForm(std::string_view text, std::size_t max_pairs) {
  QueryPairs pairs;
  if (text.empty()) return pairs;
  for (const std::string_view part : base::Split(text, '&')) {
    if (part.empty()) continue;
    if (pairs.size() == max_pairs) return Fail(Code::kInvalidArgument, fmt::format("more than {} parameters", max_pairs));
    const std::size_t equals = std::min(part.find('='), part.size());
    auto name = DecodeStrictly(part.substr(0, equals), Plus::kIsBlank);
    auto value = DecodeStrictly(part.substr(std::min(equals + 1, part.size())), Plus::kIsBlank);
    if (!name || !value) return Fail(Code::kInvalidArgument, "a parameter has a broken escape");
    if (name->contains('\0') || value->contains('\0') || !base::IsUtf8(*name) || !base::IsUtf8(*value)) {
      return Fail(Code::kInvalidArgument, "a parameter is not UTF-8 text");
    }
    pairs.emplace_back(*std::move(name), *std::move(value));
  }
  return pairs;
}

Result<Target> ParseTarget(std::string_view text, std::size_t max_pairs) {
  if (text.empty() || std::ranges::any_of(text, [](char c) { return c <= ' ' || c >= 0x7f || c == '#' || c == '\\'; })) {
    return Fail(Code::kInvalidArgument, "the request target has a character that must be escaped");
  }
  Target target;
  if (text == "*") {
    target.path = "*";
    return target;
  }
  if (text.front() != '/') {
    TRY_ASSIGN(target.authority, TakeAuthority(text));
  }
  const std::size_t mark = std::min(text.find('?'), text.size());
  const std::string_view raw_path = mark == 0 ? std::string_view("/") : text.substr(0, mark);
  TRY_ASSIGN(target.path, DecodePath(raw_path));
  TRY_ASSIGN(target.query, ParseForm(text.substr(std::min(mark + 1, text.size())), max_pairs));
  return target;
}

Result<std::string> ParseHost(std::string_view text) {
  const auto refused = Fail(Code::kInvalidArgument, "the host is malformed");
  std::string host = base::Lower(base::Trim(text));
  std::string port;
  const bool bracketed = host.starts_with('[');
  const std::size_t end = bracketed ? host.find(']') : host.find(':');
  if (bracketed) {
    if (end == std::string::npos) return refused;
    port = host.substr(end + 1);
    host = host.substr(1, end - 1);
    if (host.find_first_not_of("0123456789abcdef:.") != std::string::npos) return refused;
  } else if (end != std::string::npos) {
    port = host.substr(end);
    host.resize(end);
  }
  if (!port.empty() && (port.front() != ':' || !IsPort(std::string_view(port).substr(1)))) return refused;
  if (!bracketed && host.ends_with('.')) host.pop_back();
  if (host.empty() || host.size() > 253 || (!bracketed && !std::ranges::all_of(host, IsHostCharacter))) return refused;
  return host;
}

}  // namespace crossrole::http
