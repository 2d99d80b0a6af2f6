// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/operation.h"
#include "base/random.h"
#include "base/result.h"
#include "policy/context.h"
#include "policy/evaluate.h"
#include "policy/principal.h"
#include "sim/internal/session_token.h"
#include "sim/internal/state.h"
#include "sim/internal/web_token.h"

namespace crossrole::sim {

class OperationTable;

/// Who calls, once the signature has been found good.
struct Caller {
  policy::Principal principal;        // user, role or federated user with ARN and unique ID
  Account* account = nullptr;         // whose credentials these are
  std::string access_key_id{};
  std::optional<Session> session{};   // with temporary credentials
  std::string source_address{};
  std::string user_agent{};
  std::string via{};                  // the AWS service that calls on the caller's behalf, e.g. "cloudformation.amazonaws.com"

  /// The ARN as GetCallerIdentity and error messages show it.
  const std::string& arn() const { return principal.session_arn.empty() ? principal.arn : principal.session_arn; }
  /// `AIDA…`, `AROA…:session` or `account:federated name`.
  std::string user_id() const;
};

/// What a handler works with besides its input. Lives for one request, under the lock of the world.
struct Call {
  World& world;
  std::shared_ptr<const Caller> caller;
  std::string region;
  Spread spread;                       // the simulation's time, which may be ahead of the machine's
  std::chrono::microseconds advance;   // how far
  const SessionTokens& tokens;
  base::Random& random;
  const OperationTable& operations;
  const policy::EvaluateOptions& evaluation;
  std::string host{};                        // the address of the simulation, as the caller named it
  const IssuerKeys* issuer_keys = nullptr;   // of the issuer of a web identity token; null when nobody asked

  /// The caller's account.
  Account& account() const { return *caller->account; }
  /// The simulation's time.
  base::Time now() const { return spread.now; }
  /// A time of the simulation as clients are told it: relative to their own clocks, so that a session minted for an
  /// hour says an hour from now, and that what happened before the clock was moved is that much older.
  base::Time Shown(base::Time time) const { return time - advance; }
};

/// What has to be allowed for an operation to go ahead.
struct Ask {
  std::string resource = "*";
  std::string label{};            // how AWS's refusal calls the resource; "" for the ARN
  policy::ContextMap context{};   // keys of this action; the common ones are added
  std::string action{};           // "" for the operation's own
  std::string owner{};            // the account that the resource counts as one of; "" for the one in its ARN
};

/// Says that the handler authorises itself, or that nobody can be refused.
struct Unasked {};

/// Decides `ask` with the caller's policies. Errors: AccessDenied in AWS's words.
base::Status Authorize(const Call& call, const Ask& ask);

/// AWS's error for a caller who may not; `reason` as in "because no identity-based policy allows …", or "".
base::Error NotAuthorized(const Caller& caller, std::string_view action, std::string_view label,
                          std::string_view reason);

/// Policies that apply to a caller, with what keeps them alive.
struct CallerPolicies {
  policy::PolicySets sets;
  std::vector<std::shared_ptr<const void>> owners{};
};

/// The caller's policies as authorisation sees them now.
CallerPolicies PoliciesOf(const World& world, const Caller& caller, base::Time moment);
/// Those of a user or role without a session, for simulations.
CallerPolicies PoliciesOf(const World& world, const Account& account, std::shared_ptr<const User> user, base::Time moment);
CallerPolicies PoliciesOf(const World& world, const Account& account, std::shared_ptr<const Role> role, base::Time moment);

/// Adds the keys that every request has: the principal's, its tags, time, network.
void AddCommonKeys(const Call& call, policy::ContextMap& context);
/// Adds `aws:ResourceOrgID` and its like for something in `account`.
void AddResourceOrganization(const Account& account, policy::ContextMap& context);
/// Adds `aws:ResourceTag/…` and `iam:ResourceTag/…`.
void AddResourceTags(policy::ContextMap& context, const Tags& tags);
/// Adds `aws:RequestTag/…` and `aws:TagKeys`.
void AddRequestTags(policy::ContextMap& context, const Tags& tags);

/// The operations the simulation knows. Filled once, then only read.
class OperationTable {
 public:
  /// One operation: its facts and how to carry it out.
  struct Entry {
    const aws::Operation* facts = nullptr;
    std::function<base::Result<std::string>(Call&, std::string_view body, std::string_view request_id)> answer{};
    std::function<base::Status(Call&, const void* input, void* output)> perform{};
  };

  /// Adds `Op`: `ask(call, input)` gives what must be allowed, `handle(call, input)` the output.
  template <aws::IsOperation Op, typename Asker>
  void Add(Asker ask, base::Result<typename Op::Output> (*handle)(Call&, const typename Op::Input&));
  /// The operation, or nullptr.
  const Entry* Find(std::string_view service, std::string_view operation) const;
  /// Checks the input's constraints and carries `Op` out as the caller of `call`, authorised as such.
  template <aws::IsOperation Op>
  base::Result<typename Op::Output> Perform(Call& call, const typename Op::Input& input) const {
    typename Op::Output output;
    const Entry* entry = Find(Op::kService, Op::kName);
    CHECK(entry != nullptr);
    TRY(aws::ValidateInput(*entry->facts, &input));
    TRY(entry->perform(call, &input, &output));
    return output;
  }
  /// All of them, by service and name.
  const std::map<std::pair<std::string_view, std::string_view>, Entry>& entries() const { return entries_; }

 private:
  std::map<std::pair<std::string_view, std::string_view>, Entry> entries_;
};

template <aws::IsOperation Op, typename Asker>
void OperationTable::Add(Asker ask, base::Result<typename Op::Output> (*handle)(Call&, const typename Op::Input&)) {
  using Input = typename Op::Input;
  using Output = typename Op::Output;
  const auto run = [ask, handle](Call& call, const Input& input) -> base::Result<Output> {
    static_cast<void>(ask);
    if constexpr (!std::is_same_v<Asker, Unasked>) {
      Ask what = ask(call, input);
      if (what.action.empty()) what.action = std::string(Op::kService) + ":" + std::string(Op::kName);
      TRY(Authorize(call, what));
    }
    return handle(call, input);
  };
  entries_.emplace(
      std::pair(Op::kService, Op::kName),
      Entry{.facts = &Op::kFacts,
       .answer = [run](Call& call, std::string_view body, std::string_view request_id) -> base::Result<std::string> {
         TRY_ASSIGN(const Input input, aws::DecodeRequest<Op>(body));
         TRY_ASSIGN(const Output output, run(call, input));
         return aws::EncodeResponse<Op>(output, request_id);
       },
       .perform = [run](Call& call, const void* input, void* output) -> base::Status {
         TRY_ASSIGN(*static_cast<Output*>(output), run(call, *static_cast<const Input*>(input)));
         return {};
       }});
}

}  // namespace crossrole::sim
