// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace crossrole::http {
namespace {

struct StatusPhrase {
  int status;
  std::string_view phrase;
};

constexpr auto kPhrases = std::to_array<StatusPhrase>({
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {424, "Failed Dependency"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
});

bool IsLowerHex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '0'; });
}

Response WithBody(int status, std::string_view type, std::string body) {
  return Response{.status = status, .headers = {{"Content-Type", std::string(type)}}, .body = std::move(body)};
}

}  // namespace

std::optional<std::string_view> Headers::Find(std::string_view name) const {
  for (const Header& line : lines_) {
    if (base::EqualsIgnoreCase(line.name, name)) return line.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Headers::All(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Header& line : lines_) {
    if (base::EqualsIgnoreCase(line.name, name)) values.emplace_back(line.value);
  }
  return values;
}

void Headers::Add(std::string name, std::string value) { lines_.push_back({std::move(name), std::move(value)}); }

void Headers::Set(std::string_view name, std::string value) {
  Remove(name);
  Add(std::string(name), std::move(value));
}

void Headers::Remove(std::string_view name) {
  std::erase_if(lines_, [&](const Header& line) { return base::EqualsIgnoreCase(line.name, name); });
}

std::optional<std::string_view> Request::Query(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Response JsonResponse(int status, std::string json) { return WithBody(status, "application/json", std::move(json)); }

Response TextResponse(int status, std::string text) {
  return WithBody(status, "text/plain; charset=utf-8", std::move(text));
}

Response EmptyResponse(int status) { return Response{.status = status}; }

std::string_view ReasonPhrase(int status) {
  const auto* found = std::ranges::find(kPhrases, status, &StatusPhrase::status);
  return found == kPhrases.end() ? std::string_view() : found->phrase;
}

bool IsTraceparent(std::string_view text) {
  if (text.size() < 55 || text.size() > 256) return false;
  const std::string_view version = text.substr(0, 2);
  const std::string_view trace = text.substr(3, 32);
  const std::string_view parent = text.substr(36, 16);
  if (text[2] != '-' || text[35] != '-' || text[52] != '-' || !IsLowerHex(version) || !IsLowerHex(trace) ||
      !IsLowerHex(parent) || !IsLowerHex(text.substr(53, 2)) || IsZero(trace) || IsZero(parent)) {
    return false;
  }
  const std::string_view rest = text.substr(55);
  if (version == "00") return rest.empty();
  const auto plain = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; };
  return version != "ff" && (rest.empty() || (rest.front() == '-' && std::ranges::all_of(rest, plain)));
}

}  // namespace crossrole::http
