// SPDX-License-Identifier: Apache-2.0
#include "tenancy/sign_in.h"

#include <fmt/format.h>

#include <future>
#include <memory>
#include <utility>

#include "base/text.h"
#include "model/handle.h"
#include "store/people/tenants.h"
#include "store/people/tokens.h"
#include "tenancy/token.h"

namespace crossrole::tenancy {
namespace {

using base::Code;
using base::Error;
using base::Fail;

Error TooManyFailures(std::chrono::seconds wait) {
  return {.code = Code::kThrottled,
          .message = "too many wrong passwords for this address",
          .reason = "sign_in.locked",
          .fix = fmt::format("wait {} seconds", wait.count()),
          .retry_after = wait};
}

// Who signs in by a password; nothing for everybody else.
base::Result<std::optional<store::Operator>> FindPerson(store::Store& store, const SignInAttempt& attempt) {
  const auto handle = model::Handle::Parse(attempt.tenant);
  if (!handle || !CheckEmail(attempt.email)) return std::nullopt;
  TRY_ASSIGN(const auto tenant,
             store.ReadInstallation([&](store::ReadTransaction& tx) { return store::FindTenantByHandle(tx, *handle); }));
  if (!tenant || tenant->state != store::TenantState::kActive) return std::nullopt;
  TRY_ASSIGN(auto person, store.Read(tenant->id, [&](store::ReadTransaction& tx) {
    return store::FindOperatorByEmail(tx, attempt.email);
  }));
  if (!person || person->disabled || person->password_hash.empty()) return std::nullopt;
  return person;
}

audit::Record RecordOf(const SignInAttempt& attempt, const std::optional<store::Operator>& person) {
  audit::Record record{.action = "auth.sign_in",
                       .target = person ? person->id.text() : "unknown",
                       .request_id = attempt.request_id,
                       .remote = attempt.remote,
                       .trace = attempt.traceparent};
  if (!person) return record;
  record.tenant = person->tenant;
  record.actor = person->id.text();
  return record;
}

store::Token TokenFor(const store::Operator& person, const IssuedToken& issued, base::Time now, base::Time expires_at) {
  return {.id = issued.id,
          .tenant = person.tenant,
          .name = "sign-in",
          .role = "",
          .operator_id = person.id,
          .maker = person.id.text(),
          .hash = base::HexEncode(base::AsText(issued.hash)),
          .expires_at = expires_at,
          .created_at = now,
          .updated_at = now};
}

}  // namespace

Error NotSignedIn() {
  return {.code = Code::kUnauthenticated,
          .message = "the address or the password is wrong",
          .reason = "sign_in.refused",
          .fix = "check both, and the tenant"};
}

base::Status BeginSignIn(const SignInPorts& ports, SignInAttempt attempt,
                         std::function<void(PendingSignIn pending, bool is_right)> check) {
  if (attempt.password.size() > kLongestPassword || attempt.email.size() > kLongestPassword) return Fail(NotSignedIn());
  TRY_ASSIGN(auto person, FindPerson(ports.operators.store, attempt));
  const std::string key = fmt::format("{}/{}", base::Shortened(attempt.tenant, 80), base::Lower(attempt.email));
  if (const auto wait = ports.failures.Begin(key, attempt.remote)) return Fail(TooManyFailures(*wait));
  const std::string remote = attempt.remote;
  std::string hash = person ? person->password_hash : "";
  base::Secret password = std::move(attempt.password);
  const auto pending = std::make_shared<PendingSignIn>(PendingSignIn{std::move(attempt), std::move(person), key});
  const base::Status queued =
      ports.operators.passwords.Verify(remote, std::move(password), std::move(hash),
                                       [pending, check = std::move(check)](bool is_right) { check(std::move(*pending), is_right); });
  if (!queued) ports.failures.Dropped(key, remote);
  return queued;
}

base::Result<SignedIn> FinishSignIn(const SignInPorts& ports, PendingSignIn pending, bool is_right) {
  if (!is_right || !pending.person) {
    audit::Record record = RecordOf(pending.attempt, pending.person);
    record.outcome = audit::Outcome::kRefused;
    record.reason = "sign_in.refused";
    ports.operators.audit.Append(std::move(record), [](base::Status) {});
    return Fail(NotSignedIn());
  }
  ports.failures.Succeeded(pending.person_key, pending.attempt.remote);
  return Admit(ports, pending.attempt, *pending.person, "password");
}

base::Result<SignedIn> Admit(const SignInPorts& ports, const SignInAttempt& attempt, const store::Operator& person,
                             std::string_view method) {
  const OperatorPorts& operators = ports.operators;
  const base::Time now = operators.clock.Now();
  SignedIn signed_in{.person = person, .expires_at = now + ports.life.absolute};
  std::optional<store::Token> token;
  if (attempt.way == SignInWay::kToken) {
    IssuedToken issued = IssueToken(now, operators.random);
    token = TokenFor(person, issued, now, signed_in.expires_at);
    signed_in.token = std::move(issued.text);
  } else {
    signed_in.session = IssueSession({person.tenant, person.id}, ports.life, now, operators.random);
  }
  const auto write = [&](store::WriteTransaction& tx) -> base::Status {
    // He may have been disabled, or given another password, while this one was checked.
    TRY_ASSIGN(const auto current, store::FindOperator(tx, person.id));
    if (!current || current->disabled || current->password_hash != person.password_hash) return Fail(NotSignedIn());
    TRY(store::RecordSignIn(tx, person.id, now));
    return token ? store::InsertToken(tx, *token) : store::InsertBrowserSession(tx, signed_in.session->session);
  };
  const auto admitted = audit::RecordAround(operators.audit, RecordOf(attempt, person), [&](audit::EffectReport& report) -> base::Result<bool> {
    report.details = fmt::format(R"({{"method":"{}"}})", method);
    TRY(operators.store.Write(person.tenant, write));
    return true;
  });
  if (!admitted) return Fail(admitted.error());
  return signed_in;
}

base::Status ChangeOwnPassword(const SignInPorts& ports, const Caller& caller, PasswordChange change) {
  const OperatorPorts& operators = ports.operators;
  const std::string id = caller.operator_id ? caller.operator_id->text() : "";
  TRY_ASSIGN(const store::Operator person, FindOperator(operators, caller, id));
  TRY(CheckPassword(change.wanted.Reveal(), person.email));
  const std::string& remote = caller.actor.remote;
  if (const auto wait = ports.failures.Begin(id, remote)) return Fail(TooManyFailures(*wait));
  const auto answer = std::make_shared<std::promise<bool>>();
  const base::Status queued = operators.passwords.Verify(id, std::move(change.current), person.password_hash,
                                                         [answer](bool is_right) { answer->set_value(is_right); });
  if (!queued) ports.failures.Dropped(id, remote);
  TRY(queued);
  if (!answer->get_future().get()) {
    return Fail(Error{.code = Code::kPermissionDenied,
                      .message = "the current password is wrong",
                      .reason = "sign_in.refused",
                      .field = "current_password"});
  }
  ports.failures.Succeeded(id, remote);
  TRY(UpdateOperator(operators, caller, id, {.password = std::move(change.wanted), .if_match = person.version}));
  return {};
}

base::Status SignOut(const SignInPorts& ports, const Caller& caller, std::string_view session_id) {
  const auto done = audit::RecordAround(
      ports.operators.audit, audit::RecordOf(caller.actor, "auth.sign_out", caller.actor.id),
      [&](audit::EffectReport&) -> base::Result<bool> {
        TRY(ports.operators.store.Write(caller.actor.tenant, [&](store::WriteTransaction& tx) {
          return store::DeleteBrowserSession(tx, session_id);
        }));
        return true;
      });
  if (!done) return Fail(done.error());
  return {};
}

}  // namespace crossrole::tenancy
