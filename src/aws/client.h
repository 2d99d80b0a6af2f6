// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "aws/budget.h"
#include "aws/circuits/circuits.h"
#include "aws/credentials.h"
#include "aws/endpoints.h"
#include "aws/http_message.h"
#include "aws/operation.h"
#include "aws/transport.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/random.h"
#include "base/result.h"
#include "model/partition.h"

namespace crossrole::aws {

namespace sts {
struct AssumeRole;
}
namespace internal {
class RoleCalls;
}

/// Something a client did that logs and metrics want to know.
struct ClientEvent {
  /// What happened.
  enum class Kind : std::uint8_t {
    kAttempt,    // one request was answered or lost
    kRetry,      // another attempt follows after `delay`
    kClockSkew,  // the clock was found `delay` off (positive: it is behind) and corrected
  };
  Kind kind = Kind::kAttempt;
  std::string_view service{};
  std::string_view operation{};
  std::string_view region{};
  std::string_view request_id{};  // ours
  std::string_view aws_code{};    // of a refusal
  int status = 0;                 // 0: no answer
  int attempt = 1;
  std::chrono::microseconds delay{0};
  std::chrono::microseconds took{0};  // kAttempt: from sending to answer
};

/// How often and how slowly attempts are repeated.
struct RetryRules {
  int max_attempts = 5;
  std::chrono::microseconds base = std::chrono::milliseconds(100);
  std::chrono::microseconds throttled_base = std::chrono::milliseconds(500);
  std::chrono::microseconds cap = std::chrono::seconds(20);
};

/// Everything that a client needs; references and pointers outlive it and the calls under way.
struct ClientConfig {
  model::Partition partition = model::Partition::kAws;
  std::string region{};  // may be empty for global services
  EndpointOverrides endpoints{};
  Fips fips = Fips::kNo;
  DualStack dual_stack = DualStack::kNo;
  std::shared_ptr<CredentialsProvider> credentials{};  // null: only operations that are not signed
  Transport& transport;
  Budgets* budgets = nullptr;     // null: no rate limit of our own
  Circuits* circuits = nullptr;   // null: what does not answer is asked on and on
  std::string budget_identity{};  // whose budget calls count against, e.g. the account; "": that of this provider
  const base::Clock& clock;
  base::Random& random;
  std::string user_agent = "crossrole";
  RetryRules retry{};
  std::chrono::microseconds attempt_limit = std::chrono::seconds(20);  // for one request and its answer
  std::function<void(const ClientEvent&)> observe = nullptr;           // called on any thread; must not block
};

/// What belongs to one call.
struct CallOptions {
  base::Deadline deadline;                 // for all attempts, waits included
  Lane lane = Lane::kSchedule;
  std::string tenant{};                    // whose turn it is in the budgets
  std::string request_id{};                // ours, put into the user agent
  std::string traceparent{};               // W3C trace context, its trace id put into the user agent
  std::optional<int> max_attempts{};       // instead of the configured number
  std::string account{};                   // whom the call is about, where that is not the caller: its faults are not its region's
};

/// Operations that go through a client. `sts:AssumeRole` does not: see aws/assume_role.h, which asks for an external ID.
template <typename Op>
concept IsCallable = IsOperation<Op> && !std::same_as<Op, sts::AssumeRole>;

/// Calls AWS with one set of credentials in one region: endpoint, budget, signature, retries, clock correction.
/// Thread-safe. Calls under way survive the client.
///
/// Errors of every call: kAwsRefused, kThrottled, kUnavailable with AWS's code in `aws_code` and its request id in
/// `details["aws_request_id"]`; those of Transport, Budgets, Circuits and the credentials; kAwsRefused with reason
/// `aws.bad_answer` for an answer that lacks a required field.
class Client {
 public:
  explicit Client(ClientConfig config);

  /// Calls AWS and waits. Never from a callback of the transport.
  template <IsCallable Op>
  base::Result<typename Op::Output> Call(const typename Op::Input& input, CallOptions options) const {
    return Decode<Op>(CallWire(EncodeRequest<Op>(input), std::move(options)));
  }
  /// Calls AWS; `done` runs exactly once, usually on the transport's thread: it must not block.
  template <IsCallable Op>
  void Submit(const typename Op::Input& input, CallOptions options,
              std::function<void(base::Result<typename Op::Output>)> done) const {
    SubmitWire(EncodeRequest<Op>(input), std::move(options),
               [done = std::move(done)](base::Result<HttpResponse> answer) { done(Decode<Op>(std::move(answer))); });
  }

  /// What it was made with.
  const ClientConfig& config() const;
  /// The time as AWS sees it: the clock, corrected if AWS has shown that it is off.
  base::Time AwsNow() const;

 private:
  friend class internal::RoleCalls;
  using WireDone = std::function<void(base::Result<HttpResponse>)>;

  void SubmitWire(WireRequest wire, CallOptions options, WireDone done) const;
  base::Result<HttpResponse> CallWire(WireRequest wire, CallOptions options) const;

  template <IsOperation Op>
  static base::Result<typename Op::Output> Decode(base::Result<HttpResponse> answer) {
    if (!answer.has_value()) return std::unexpected(std::move(answer).error());
    auto output = DecodeResponse<Op>(answer->body);
    FinishDecoding(Op::kFacts, *answer, output.has_value() ? nullptr : &output.error());
    return output;
  }
  // Wipes the body, which may hold credentials, and completes the error if there is one.
  static void FinishDecoding(const Operation& operation, HttpResponse& answer, base::Error* error);

  struct Shared;
  std::shared_ptr<Shared> shared_;
};

/// Calls `Op` page after page and gives each to `use`, which may fail to stop. `in_token` and `out_token` are the members
/// that hold the token (`&ListRolesInput::marker`, `&ListRolesOutput::marker`). Only the token decides whether there is
/// more: pages may be empty. Errors: those of the calls and of `use`; kAwsRefused with reason `aws.bad_answer` when AWS
/// repeats a token for ever.
template <IsCallable Op, typename InToken, typename OutToken, typename Use>
base::Status ForEachPage(const Client& client, typename Op::Input input, const CallOptions& options,
                         std::pair<InToken, OutToken> tokens, Use&& use) {
  for (;;) {
    TRY_ASSIGN(auto page, client.Call<Op>(input, options));
    const std::optional<std::string> next = std::invoke(tokens.second, page);
    TRY(use(std::move(page)));
    if (!next.has_value() || next->empty()) return {};
    std::optional<std::string>& last = std::invoke(tokens.first, input);
    if (last == next) {
      return base::Fail({.code = base::Code::kAwsRefused,
                         .message = std::string(Op::kFacts.name) + ": aws answered the same page token twice",
                         .reason = "aws.bad_answer"});
    }
    last = next;
  }
}

}  // namespace crossrole::aws
