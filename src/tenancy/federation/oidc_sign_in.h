// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/signing_key.h"
#include "model/ids.h"
#include "tenancy/federation/issuers.h"
#include "tenancy/sign_in.h"

// Single sign-on by OpenID Connect: authorisation code with PKCE. Source: OpenID Connect Core 1.0, RFC 7636, RFC 9700.

namespace crossrole::tenancy {

/// What a group at a provider is worth here.
struct GroupRole {
  std::string role;                       // name or id
  std::optional<model::SpaceId> space{};  // nothing: the root
};

/// Where people of one tenant sign in. Only the server's configuration file makes providers.
struct SignInProvider {
  std::string name;    // part of URLs: letters, digits, hyphens
  std::string issuer;
  std::string client_id;
  std::shared_ptr<const base::Secret> client_secret{};  // null: a public client, protected by PKCE alone
  std::string tenant;                                    // handle
  std::string scopes{"openid email profile"};
  std::string groups_claim{"groups"};
  std::vector<base::SignatureAlgorithm> algorithms{base::SignatureAlgorithm::kRs256};
  bool email_is_verified = false;               // for providers that never say `email_verified`
  std::map<std::string, GroupRole> roles{};     // by group
};

/// Seals what a browser carries from the start of a sign-in to its end, under a key that dies with the process.
class FlowSeal {
 public:
  explicit FlowSeal(base::Random& random);
  /// Text for a cookie.
  std::string Close(std::string_view text) const;
  /// The inverse; nothing for what was not sealed here.
  std::optional<std::string> Open(std::string_view sealed) const;

 private:
  base::Secret key_;
};

/// What signing in at a provider works with.
struct OidcPorts {
  const SignInPorts& sign_in;
  const AuthenticationPorts& authentication;
  Issuers& issuers;
  const std::vector<SignInProvider>& providers;
  const FlowSeal& seal;
  std::string public_url;  // under which browsers come back unless they are known to have come by another, without a slash at the end
};

/// Where a browser goes, and what it carries on the way.
struct StartedSignIn {
  std::string location;
  std::string flow;  // for a cookie of this browser, for ten minutes
};

/// How long somebody may take at the provider.
inline constexpr std::chrono::minutes kFlowLife{10};

/// The provider of that name. Errors: kNotFound.
base::Result<const SignInProvider*> FindProvider(const OidcPorts& ports, std::string_view name);

/// A browser that wants to sign in.
struct OidcStart {
  std::string_view provider{};
  std::string_view return_to{"/"};  // a path of this server
  std::string came_by{};            // the URL it reached this server by, without a path; "" for `OidcPorts::public_url`
};

/// Begins: state, nonce and PKCE are made here and checked when the browser comes back. Errors: kNotFound, kInvalidArgument with field `return_to`, kUnavailable.
base::Result<StartedSignIn> StartOidcSignIn(const OidcPorts& ports, const OidcStart& start);

/// A browser that came back.
struct OidcReturn {
  std::string provider{};
  std::string code{};
  std::string state{};
  std::string flow{};        // of its cookie
  SignInAttempt attempt{};   // remote, request_id, traceparent
};

/// A sign-in that ended well.
struct OidcSignedIn {
  SignedIn signed_in;
  std::string return_to;
};

/// Ends: exchanges the code, checks the ID token, finds or makes the operator, gives and takes the roles that the
/// provider's mapping names, and begins a session.
/// Errors: kUnauthenticated, with the same words for every cause within the tokens; kPermissionDenied with reason
/// `sign_in.no_role` (no group of theirs has a role here), `sign_in.no_email` or `sign_in.address_taken`; kUnavailable.
base::Result<OidcSignedIn> FinishOidcSignIn(const OidcPorts& ports, OidcReturn back);

}  // namespace crossrole::tenancy
