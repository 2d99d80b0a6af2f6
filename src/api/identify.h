// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "api/services.h"
#include "base/result.h"
#include "http/message.h"
#include "tenancy/browser_session.h"

namespace crossrole::api {

/// Finds out who calls: by the token in `Authorization`, or, without that header, by the session cookie of a browser.
/// A browser adds its cookie to requests of whichever page: a change by a session has to carry its CSRF token and, where
/// the browser says it, come from our own origin.
/// Errors: kUnauthenticated; kPermissionDenied with reason `session.csrf` or `session.origin`.
base::Result<tenancy::Caller> Identify(const Services& services, const http::Request& request);

/// The session that the cookie of a request claims. Errors: kUnauthenticated.
base::Result<tenancy::PresentedSession> PresentedSessionOf(const Services& services, const http::Request& request);

/// Refuses a request that another site's page made a browser send. Errors: kPermissionDenied with reason `session.origin`.
base::Status CheckOrigin(const Services& services, const http::Request& request);

/// Whether cookies are for https only: people reach us by it, or, where nobody said how they do, the request came by it.
bool IsSecure(const Services& services, const http::Request& request);

/// The `Set-Cookie` that gives a browser its session; `text` "" takes it away.
std::string SessionCookie(const Services& services, const http::Request& request, std::string_view text);

}  // namespace crossrole::api
