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
#include "sim/internal/rates.h"
#include "sim/internal/session_token.h"
#include "sim/internal/state.h"
#include "sim/internal/web_token.h"

namespace crossrole::sim {

class OperationTable;
namespace cloudtrail {
class Trail;
}

/// Input and output of a call, as the structs of its operation; null when it did not come so far.
struct Carried {
  std::shared_ptr<void> input{};
  std::shared_ptr<void> output{};
};

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
  cloudtrail::Trail* trail = nullptr;        // of what happened so far
  Carried* carried = nullptr;                // where the call's structs are left for the trail; null: nowhere
  Concurrency concurrency{};                 // how much of what takes time may be under way

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

/// The same rules without the reasons, which only refusals need.
policy::EvaluateOptions AnswerOnly(policy::EvaluateOptions options);

/// Decides `ask` with the caller's policies. Errors: AccessDenied in AWS's words.
base::Status Authorize(const Call& call, const Ask& ask);
/// The same, for the action of `operation` where `ask` names none.
base::Status AuthorizeOperation(const Call& call, const aws::Operation& operation, Ask ask);

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

/// Tells the trail of a call that an AWS service made on somebody's behalf.
void NotePerformed(Call& call, const aws::Operation& operation, const void* input, const void* output, const base::Status& status);

/// The operations the simulation knows. Filled once, then only read.
class OperationTable {
 public:
  /// One operation: its facts and how to carry it out.
  struct Entry {
    const aws::Operation* facts = nullptr;
    std::function<base::Status(Call&, const void* input, void* output)> perform{};  // the operation's structs
  };

  /// Adds `Op`: `ask(call, input)` gives what must be allowed, `handle(call, input)` the output.
  template <aws::IsOperation Op, typename Asker>
  void Add(Asker ask, base::Result<typename Op::Output> (*handle)(Call&, const typename Op::Input&));
  /// Carries out the operation of `entry` that `body` asks for; gives the body of the answer.
  static base::Result<std::string> Answer(const Entry& entry, Call& call, std::string_view body, std::string_view request_id);
  /// The operation, or nullptr.
  const Entry* Find(std::string_view service, std::string_view operation) const;
  /// Checks the input's constraints and carries `Op` out as the caller of `call`, authorised as such.
  template <aws::IsOperation Op>
  base::Result<typename Op::Output> Perform(Call& call, const typename Op::Input& input) const {
    typename Op::Output output;
    const Entry* entry = Find(Op::kService, Op::kName);
    CHECK(entry != nullptr);
    base::Status status = aws::ValidateInput(*entry->facts, &input);
    if (status) status = entry->perform(call, &input, &output);
    NotePerformed(call, *entry->facts, &input, &output, status);
    TRY(std::move(status));
    return output;
  }
  /// All of them, by service and name.
  const std::map<std::pair<std::string_view, std::string_view>, Entry>& entries() const { return entries_; }

 private:
  std::map<std::pair<std::string_view, std::string_view>, Entry> entries_;
};

// Little is made for each operation here: there are hundreds, and all but their own steps is the same.
template <aws::IsOperation Op, typename Asker>
void OperationTable::Add(Asker ask, base::Result<typename Op::Output> (*handle)(Call&, const typename Op::Input&)) {
  auto perform = [ask, handle](Call& call, const void* in, void* out) -> base::Status {
    const auto& input = *static_cast<const typename Op::Input*>(in);
    static_cast<void>(ask);
    if constexpr (!std::is_same_v<Asker, Unasked>) TRY(AuthorizeOperation(call, Op::kFacts, ask(call, input)));
    TRY_ASSIGN(*static_cast<typename Op::Output*>(out), handle(call, input));
    return {};
  };
  entries_.emplace(std::pair(Op::kService, Op::kName), Entry{.facts = &Op::kFacts, .perform = std::move(perform)});
}

}  // namespace crossrole::sim
