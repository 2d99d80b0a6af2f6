// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "store/people/operators.h"
#include "tenancy/browser_session.h"
#include "tenancy/operators.h"
#include "tenancy/sign_in_limits.h"

namespace crossrole::tenancy {

/// What signing in works with.
struct SignInPorts {
  OperatorPorts operators;
  SignInFailures& failures;
  SessionLife life;
};

/// What a successful sign-in leaves with the caller.
enum class SignInWay : std::uint8_t {
  kCookie,  // a browser session
  kToken,   // a token of his own, for the command line
};

/// Somebody who claims to be an operator.
struct SignInAttempt {
  std::string tenant{};    // handle
  std::string email{};
  base::Secret password{};
  SignInWay way = SignInWay::kCookie;
  std::string remote{};      // address
  std::string request_id{};
  std::string traceparent{};
};

/// Somebody who has proven it. One of `session` and `token` is there.
struct SignedIn {
  store::Operator person;
  std::optional<IssuedSession> session{};
  base::Secret token{};
  base::Time expires_at{};
};

/// An attempt whose password is still to be checked.
struct PendingSignIn {
  SignInAttempt attempt;                       // without its password
  std::optional<store::Operator> person{};     // who may sign in by password, if there is one
  std::string person_key{};                    // whose failures are counted
};

/// Begins to sign in: finds the operator, and refuses who failed too often. `check` gets what is to be given to
/// `FinishSignIn` with the outcome; it runs on the thread of passwords and must not wait. An unknown tenant, an unknown
/// address, a disabled operator and one without a password take the same way and the same time as a wrong password.
/// Errors: kThrottled with `retry_after`, kUnavailable, kInvalidArgument; `check` is not called then.
base::Status BeginSignIn(const SignInPorts& ports, SignInAttempt attempt,
                         std::function<void(PendingSignIn pending, bool is_right)> check);

/// Ends it: makes session or token, durably recorded before it is returned.
/// Errors: kUnauthenticated, with the same words for every cause.
base::Result<SignedIn> FinishSignIn(const SignInPorts& ports, PendingSignIn pending, bool is_right);

/// Makes session or token for somebody who has proven who he is. Errors: those of store and audit.
base::Result<SignedIn> Admit(const SignInPorts& ports, const SignInAttempt& attempt, const store::Operator& person,
                             std::string_view method);

/// The password that counts, and the one that shall.
struct PasswordChange {
  base::Secret current{};
  base::Secret wanted{};
};
/// Gives the calling operator another password, and ends all his sessions: whoever knows the old one is out.
/// Errors: kPermissionDenied with field `current_password`, kThrottled, kInvalidArgument; kNotFound for who is no operator.
base::Status ChangeOwnPassword(const SignInPorts& ports, const Caller& caller, PasswordChange change);

/// Ends one browser session.
base::Status SignOut(const SignInPorts& ports, const Caller& caller, std::string_view session_id);

/// The answer to every failed sign-in, whatever its cause.
base::Error NotSignedIn();

}  // namespace crossrole::tenancy
