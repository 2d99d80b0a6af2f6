// SPDX-License-Identifier: Apache-2.0
#include "api/identify.h"

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/text.h"
#include "tenancy/token.h"

namespace crossrole::api {
namespace {

using base::Code;
using base::Error;
using base::Fail;

std::string_view CookieName(const Services& services, const http::Request& request) {
  return IsSecure(services, request) ? tenancy::kSecureSessionCookie : tenancy::kSessionCookie;
}

bool IsChange(const http::Request& request) { return request.method != "GET" && request.method != "HEAD"; }

std::string_view WithoutScheme(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

std::unexpected<Error> OtherOrigin() {
  return Fail(Error{.code = Code::kPermissionDenied,
                    .message = "the request comes from a page of another site",
                    .reason = "session.origin"});
}

base::Status CheckCsrf(const http::Request& request, const tenancy::PresentedSession& session) {
  const std::string_view given = request.headers.Find(tenancy::kCsrfHeader).value_or("");
  if (base::ConstantTimeEqual(given, session.csrf.Reveal())) return {};
  return Fail(Error{.code = Code::kPermissionDenied,
                    .message = "a change by a browser session needs the session's CSRF token",
                    .reason = "session.csrf",
                    .fix = fmt::format("send `csrf_token` of `GET /v1/auth/session` in the header `{}`", tenancy::kCsrfHeader)});
}

}  // namespace

bool IsSecure(const Services& services, const http::Request& request) {
  const std::string& known = services.sign_in_settings.public_url;
  return known.empty() ? request.secure : known.starts_with("https://");
}

std::string SessionCookie(const Services& services, const http::Request& request, std::string_view text) {
  std::string cookie = fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax", CookieName(services, request), text);
  if (IsSecure(services, request)) cookie += "; Secure";
  cookie += text.empty() ? "; Max-Age=0" : fmt::format("; Max-Age={}", services.sign_in.life.absolute.count());
  return cookie;
}

base::Status CheckOrigin(const Services& services, const http::Request& request) {
  const auto site = request.headers.Find("Sec-Fetch-Site");
  if (site && *site != "same-origin" && *site != "none") return OtherOrigin();
  const auto origin = request.headers.Find("Origin");
  if (!origin) return {};
  const bool is_public = !services.sign_in_settings.public_url.empty() && *origin == services.sign_in_settings.public_url;
  const bool is_here = WithoutScheme(*origin) == request.headers.Find("Host").value_or("") && !WithoutScheme(*origin).empty();
  if (is_public || is_here) return {};
  return OtherOrigin();
}

base::Result<tenancy::PresentedSession> PresentedSessionOf(const Services& services, const http::Request& request) {
  const auto cookies = request.headers.All("Cookie");
  if (cookies.size() != 1) return Fail(tenancy::NotAuthenticated());
  const auto text = tenancy::FindCookie(cookies.front(), CookieName(services, request));
  if (!text) return Fail(tenancy::NotAuthenticated());
  return tenancy::ParseSession(*text);
}

base::Result<tenancy::Caller> Identify(const Services& services, const http::Request& request) {
  if (request.headers.Has("Authorization") || !request.headers.Has("Cookie")) {
    return tenancy::Authenticate(services.authentication,
                                 {.authorization = request.headers.Find("Authorization").value_or(""),
                                  .tenant_header = request.headers.Find("Crossrole-Tenant")});
  }
  TRY_ASSIGN(const tenancy::PresentedSession session, PresentedSessionOf(services, request));
  TRY_ASSIGN(tenancy::BrowserCaller found, tenancy::AuthenticateBrowser(services.authentication, services.sign_in.life, session));
  const auto tenant = request.headers.Find("Crossrole-Tenant");
  if (tenant && *tenant != session.tenant.text()) return Fail(tenancy::OtherTenant());
  if (IsChange(request)) {
    TRY(CheckOrigin(services, request));
    TRY(CheckCsrf(request, session));
  }
  return std::move(found.caller);
}

}  // namespace crossrole::api
