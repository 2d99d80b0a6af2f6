// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/ids.h"
#include "store/people/browser_sessions.h"
#include "tenancy/authenticate.h"

namespace crossrole::tenancy {

/// The cookie that holds a session; behind TLS its name begins with `__Host-`, which binds it to this very host.
inline constexpr std::string_view kSessionCookie = "crossrole_session";
inline constexpr std::string_view kSecureSessionCookie = "__Host-crossrole_session";
/// The header that every change by a browser session has to carry.
inline constexpr std::string_view kCsrfHeader = "Crossrole-CSRF";

/// How long a session lives.
struct SessionLife {
  std::chrono::seconds idle{3600};
  std::chrono::seconds absolute{12 * 3600};
};

/// A session just made: the text goes into the cookie once, its hash is what is stored.
struct IssuedSession {
  base::Secret text;
  store::BrowserSession session;
};

/// What a presented cookie says before the store is asked.
struct PresentedSession {
  model::TenantId tenant;
  std::string id;        // a ULID
  base::Digest hash;     // of the whole text
  base::Secret csrf;     // what `kCsrfHeader` has to say
};

/// Whom a session is made for.
struct SessionHolder {
  model::TenantId tenant;
  model::OperatorId id;
};

/// Makes `crb_<tenant's ULID>_<ULID>_<43 base64url characters>` with 256 random bits.
IssuedSession IssueSession(const SessionHolder& holder, const SessionLife& life, base::Time now, base::Random& random);
/// Reads the value of a cookie. Errors: kUnauthenticated, always with the same words.
base::Result<PresentedSession> ParseSession(std::string_view text);
/// The CSRF token of a session: computed from its secret, so that nobody can have it who does not have the session, and
/// the session does not follow from it.
base::Secret CsrfTokenOf(std::string_view session_text);

/// The value of the cookie `name` in a `Cookie` header; nothing when it is missing, or there twice with other values.
std::optional<std::string_view> FindCookie(std::string_view header, std::string_view name);

/// Whether a session still counts.
bool IsAlive(const store::BrowserSession& session, const SessionLife& life, base::Time now);

/// A caller who came with a browser session.
struct BrowserCaller {
  Caller caller;
  store::BrowserSession session;
};

/// Finds out whose session this is. Notes its use, at most once a minute.
/// Errors: kUnauthenticated, with the same words for every cause: unknown, expired, idle too long, disabled, deleted.
base::Result<BrowserCaller> AuthenticateBrowser(const AuthenticationPorts& ports, const SessionLife& life,
                                                const PresentedSession& presented);

}  // namespace crossrole::tenancy
