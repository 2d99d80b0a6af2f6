// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "http/message.h"
#include "model/ids.h"

namespace crossrole::api {

/// Which part of a list is asked for.
struct Page {
  std::size_t limit = 100;  // 1–500
  std::string after{};      // key of the last item of the page before; "" for the first page
};

/// Makes and reads page tokens: opaque, and bound to the tenant and the query by a MAC, so that one tenant's token says
/// nothing to another and a token cannot be carried to another list.
class PageTokens {
 public:
  /// `key` is the installation's key for page tokens.
  explicit PageTokens(base::Secret key) : key_(std::move(key)) {}
  /// The page that `request` asks for. Errors: kInvalidArgument (limit, page_token).
  base::Result<Page> Read(const http::Request& request, const model::TenantId& tenant) const;
  /// The token for the page behind the item with key `last`.
  std::string Next(const http::Request& request, const model::TenantId& tenant, std::string_view last) const;

 private:
  std::string Mac(const http::Request& request, const model::TenantId& tenant, std::string_view last) const;
  base::Secret key_;
};

}  // namespace crossrole::api
