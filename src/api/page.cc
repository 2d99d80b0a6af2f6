// SPDX-License-Identifier: Apache-2.0
#include "api/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/crypto.h"

namespace crossrole::api {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::size_t kMacSize = 16;
constexpr std::size_t kMostItems = 500;

std::unexpected<Error> BadToken() {
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = "the page token does not belong to this list",
                    .field = "page_token",
                    .fix = "begin again without `page_token`"});
}

std::string UrlToStandard(std::string_view text) {
  std::string standard(text);
  std::ranges::replace(standard, '-', '+');
  std::ranges::replace(standard, '_', '/');
  return standard;
}

}  // namespace

std::string PageTokens::Mac(const http::Request& request, const model::TenantId& tenant, std::string_view last) const {
  std::vector<std::string> filters;
  for (const auto& [name, value] : request.query) {
    if (name != "page_token" && name != "limit") filters.push_back(fmt::format("{}:{}={}:{}", name.size(), name, value.size(), value));
  }
  std::ranges::sort(filters);
  std::string text = fmt::format("{}\n{}\n{}\n", tenant.text(), request.path, last);
  for (const std::string& filter : filters) text += filter + "\n";
  const base::Digest digest = base::HmacSha256(key_.Reveal(), text);
  return std::string(base::AsText(digest).substr(0, kMacSize));
}

std::string PageTokens::Next(const http::Request& request, const model::TenantId& tenant, std::string_view last) const {
  return base::Base64UrlEncode(Mac(request, tenant, last) + std::string(last));
}

base::Result<Page> PageTokens::Read(const http::Request& request, const model::TenantId& tenant) const {
  Page page;
  if (const auto limit = request.Query("limit")) {
    const auto [end, error] = std::from_chars(limit->data(), limit->data() + limit->size(), page.limit);
    if (error != std::errc{} || end != limit->data() + limit->size() || page.limit < 1 || page.limit > kMostItems) {
      return Fail(Error{.code = Code::kInvalidArgument,
                        .message = fmt::format("`limit` must be 1 to {}", kMostItems),
                        .field = "limit"});
    }
  }
  if (const auto token = request.Query("page_token")) {
    const auto bytes = base::Base64Decode(UrlToStandard(*token));
    if (!bytes || bytes->size() < kMacSize) return BadToken();
    page.after = bytes->substr(kMacSize);
    if (!base::ConstantTimeEqual(Mac(request, tenant, page.after), bytes->substr(0, kMacSize))) return BadToken();
  }
  return page;
}

}  // namespace crossrole::api
