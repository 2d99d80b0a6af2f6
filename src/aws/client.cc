// SPDX-License-Identifier: Apache-2.0
#include "aws/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "aws/aws_error.h"
#include "aws/internal/clock_skew.h"
#include "aws/internal/retry.h"
#include "aws/sign.h"
#include "base/secret.h"
#include "base/text.h"

namespace crossrole::aws {
namespace {

using base::Code;
using base::Fail;
using internal::Failure;
using std::chrono::microseconds;

std::string NameOf(const Operation& operation) { return fmt::format("{}:{}", operation.service->name, operation.name); }

// Only what no proxy and no log takes for something else.
void AppendToken(std::string_view prefix, std::string_view text, std::string& out) {
  if (text.empty()) return;
  out += prefix;
  for (const char c : text.substr(0, 64)) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (good) out += c;
  }
}

std::string UserAgent(const std::string& base, const CallOptions& options) {
  std::string agent = base;
  AppendToken(" req/", options.request_id, agent);
  // traceparent is version-traceid-parent-flags.
  const auto parts = base::Split(options.traceparent, '-');
  if (parts.size() == 4) AppendToken(" trace/", parts[1], agent);
  return agent;
}

// A timeout of ours that was shorter says nothing about AWS.
constexpr std::chrono::seconds kFairTime{5};

// For how long a call waits for a circuit to close: most outages are short, and nobody notices these.
constexpr std::chrono::seconds kPatience{2};

Sign SignOf(const base::Error& error, microseconds took) {
  if (error.reason == "aws.unreachable") return NothingSent(error) ? Sign::kUnreachable : Sign::kFailed;
  return error.reason == "aws.timeout" && took >= kFairTime ? Sign::kTimedOut : Sign::kNothing;
}

bool SaysExpired(std::string_view aws_code) {
  return aws_code == "ExpiredToken" || aws_code == "ExpiredTokenException" || aws_code == "RequestExpired";
}

}  // namespace

struct Client::Shared {
  const ClientConfig config;
  SigningKeyCache keys{};
  internal::ClockSkew skew{};

  std::string BudgetIdentity() const {
    return config.budget_identity.empty() ? fmt::format("{}", fmt::ptr(config.credentials.get())) : config.budget_identity;
  }

  // Never the credentials: of one account there may be many, and all of them meet its faults.
  std::string AccountOf(const CallOptions& options) const {
    if (!options.account.empty()) return options.account;
    if (!config.budget_identity.empty()) return config.budget_identity;
    return options.tenant.empty() ? "nobody" : options.tenant;
  }
};

namespace {

// One call with all its attempts. It keeps itself alive through the callbacks it hands out.
template <typename Shared>
class Conversation : public std::enable_shared_from_this<Conversation<Shared>> {
 public:
  Conversation(std::shared_ptr<Shared> shared, WireRequest wire, CallOptions options, std::function<void(base::Result<HttpResponse>)> done)
      : shared_(std::move(shared)), wire_(std::move(wire)), options_(std::move(options)), done_(std::move(done)) {}
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation() { base::Wipe(wire_.body); }

  void Start() {
    const ClientConfig& config = shared_->config;
    auto endpoint = ResolveEndpoint(service().name,
                                    {.partition = config.partition, .region = config.region, .fips = config.fips, .dual_stack = config.dual_stack},
                                    config.endpoints);
    if (!endpoint.has_value()) return End(std::unexpected(std::move(endpoint).error()));
    endpoint_ = *std::move(endpoint);
    auto target = RequestTo(endpoint_.url);
    if (!target.has_value()) return End(std::unexpected(std::move(target).error()));
    target_ = *std::move(target);
    if (operation().is_signed && config.credentials == nullptr) {
      return End(Fail({.code = Code::kFailedPrecondition, .message = "there are no credentials to sign with", .reason = "aws.credentials"}));
    }
    pool_ = PoolOf(service().name, operation().name, shared_->BudgetIdentity(), endpoint_.signing_region);
    circuit_ = {.service = std::string(service().name), .region = endpoint_.signing_region, .account = shared_->AccountOf(options_)};
    Attempt();
  }

 private:
  const Operation& operation() const { return *wire_.operation; }
  const Service& service() const { return *operation().service; }
  auto Self() { return this->shared_from_this(); }
  microseconds Left() const {
    return std::chrono::duration_cast<microseconds>(options_.deadline.at() - shared_->config.clock.SteadyNow());
  }

  // What proves a role, or who we are, asks in any case: a state is not guessed, and these are few calls. Their answers count like all.
  bool ObeysCircuit() const { return shared_->config.circuits != nullptr && options_.lane != Lane::kVerify; }

  void Attempt() {
    ++attempt_;
    if (ObeysCircuit()) {
      if (base::Status leave = shared_->config.circuits->Look(circuit_); !leave) return Stop(std::move(leave).error());
    }
    Budgets* budgets = shared_->config.budgets;
    if (budgets == nullptr) return Authenticate();
    budgets->Acquire({.pool = pool_, .lane = options_.lane, .tenant = options_.tenant, .deadline = options_.deadline},
                     [self = Self()](base::Status granted) {
                       if (!granted.has_value()) return self->Fall(std::move(granted).error());
                       self->Authenticate();
                     });
  }

  void Authenticate() {
    if (!operation().is_signed) return Send(nullptr);
    shared_->config.credentials->Submit(options_.deadline, [self = Self()](base::Result<SharedCredentials> credentials) {
      if (!credentials.has_value()) return self->Fall(std::move(credentials).error());
      self->Send(*std::move(credentials));
    });
  }

  void Send(SharedCredentials credentials) {
    const ClientConfig& config = shared_->config;
    // Asked again, after the time that budget and credentials took; from here on there is an answer in any case.
    if (ObeysCircuit()) {
      const auto pass = config.circuits->Admit(circuit_);
      if (!pass) return Stop(pass.error());
      pass_ = *pass;
    }
    HttpRequest request = target_;
    request.method = "POST";
    request.path = wire_.path;
    request.body = wire_.body;
    request.repeat = operation().idempotent ? Repeat::kIdempotent : Repeat::kOnce;
    request.headers.push_back({"Content-Type", wire_.content_type});
    for (const auto& [name, value] : wire_.headers) request.headers.push_back({name, value});
    request.headers.push_back({"User-Agent", UserAgent(config.user_agent, options_)});
    if (credentials != nullptr) {
      SignRequest(request, *credentials, {.region = endpoint_.signing_region, .service = endpoint_.signing_name},
                  shared_->skew.Correct(config.clock.Now()), shared_->keys);
    }
    const base::SteadyTime sent_at = config.clock.SteadyNow();
    const base::Deadline limit = base::Deadline::Earlier(options_.deadline, base::Deadline(sent_at + config.attempt_limit));
    config.transport.Submit(std::move(request), limit,
                            [self = Self(), credentials = std::move(credentials), sent_at](base::Result<HttpResponse> answer) {
                              self->Judge(std::move(answer), credentials, sent_at);
                            });
  }

  void Judge(base::Result<HttpResponse> answer, const SharedCredentials& credentials, base::SteadyTime sent_at) {
    const auto took = std::chrono::duration_cast<microseconds>(shared_->config.clock.SteadyNow() - sent_at);
    if (!answer.has_value()) {
      Report({.kind = ClientEvent::Kind::kAttempt, .took = took});
      Note(SignOf(answer.error(), took));
      const Failure failure = internal::JudgeTransportError(answer.error());
      return RetryOrFall(failure, std::move(answer).error());
    }
    if (answer->status == 200) {
      Report({.kind = ClientEvent::Kind::kAttempt, .status = 200, .took = took});
      Note(Sign::kAnswered);
      return End(std::move(answer));
    }
    base::Error error = ParseAwsError(*answer);
    Report({.kind = ClientEvent::Kind::kAttempt, .aws_code = error.aws_code, .status = answer->status, .took = took});
    Note(answer->status >= 500 && error.code != Code::kThrottled ? Sign::kFailed : Sign::kAnswered);
    if (credentials != nullptr && SaysExpired(error.aws_code)) shared_->config.credentials->Reject(*credentials);
    if (error.code == Code::kThrottled && shared_->config.budgets != nullptr) shared_->config.budgets->OnThrottled(pool_);
    if (CorrectClock(error, *answer, credentials)) return Attempt();
    RetryOrFall(internal::JudgeAnswer(answer->status, error), std::move(error));
  }

  // A refused signature proves that nothing was done: signing again is right for every operation, but once only.
  bool CorrectClock(const base::Error& error, const HttpResponse& answer, const SharedCredentials& credentials) {
    if (credentials == nullptr || clock_corrected_) return false;
    const auto offset = shared_->skew.Learn(error.aws_code, FindHeader(answer.headers, "Date"), shared_->config.clock.Now());
    if (!offset) return false;
    clock_corrected_ = true;
    Report({.kind = ClientEvent::Kind::kClockSkew, .aws_code = error.aws_code, .status = answer.status, .delay = *offset});
    return true;
  }

  void RetryOrFall(const Failure& failure, base::Error error) {
    RetryRules rules = shared_->config.retry;
    if (options_.max_attempts) rules.max_attempts = *options_.max_attempts;
    const auto delay = internal::DelayBeforeRetry(rules, {.failure = failure,
                                                .repeat = operation().idempotent ? Repeat::kIdempotent : Repeat::kOnce,
                                                .attempts_made = attempt_ - (clock_corrected_ ? 1 : 0),
                                                .unit = shared_->config.random.Unit(),
                                                .left = Left()});
    if (!delay) return Fall(std::move(error));
    Report({.kind = ClientEvent::Kind::kRetry, .aws_code = error.aws_code, .delay = *delay});
    failed_ = std::move(error);
    shared_->config.transport.RunAfter(*delay, [self = Self()] { self->Attempt(); });
  }

  // What an earlier attempt met says more than that there is no leave for another one.
  void Stop(base::Error refusal) {
    const std::chrono::seconds rest = refusal.retry_after.value_or(kPatience);
    if (waited_ + rest <= kPatience && rest < Left()) {
      waited_ += rest;
      --attempt_;  // it was none
      shared_->config.transport.RunAfter(rest, [self = Self()] { self->Attempt(); });
      return;
    }
    if (!failed_) return Fall(std::move(refusal));
    failed_->retry_after = refusal.retry_after;
    Fall(*std::move(failed_));
  }

  void Fall(base::Error error) { End(Fail(base::WithContext(std::move(error), NameOf(operation())))); }

  void End(base::Result<HttpResponse> answer) {
    const auto done = std::exchange(done_, nullptr);
    CHECK(done != nullptr);
    done(std::move(answer));
  }

  void Note(Sign sign) const {
    if (shared_->config.circuits != nullptr) shared_->config.circuits->Note(circuit_, pass_, sign);
  }

  void Report(ClientEvent event) const {
    if (!shared_->config.observe) return;
    event.service = service().name;
    event.operation = operation().name;
    event.region = endpoint_.signing_region;
    event.request_id = options_.request_id;
    event.attempt = attempt_;
    shared_->config.observe(event);
  }

  const std::shared_ptr<Shared> shared_;
  WireRequest wire_;
  const CallOptions options_;
  std::function<void(base::Result<HttpResponse>)> done_;
  Endpoint endpoint_{};
  HttpRequest target_{};
  PoolKey pool_{};
  CircuitKey circuit_{};
  Pass pass_{};
  std::optional<base::Error> failed_{};  // of the attempt before
  std::chrono::seconds waited_{0};       // for a circuit
  int attempt_ = 0;
  bool clock_corrected_ = false;
};

}  // namespace

Client::Client(ClientConfig config) : shared_(new Shared{.config = std::move(config)}) {}

const ClientConfig& Client::config() const { return shared_->config; }

base::Time Client::AwsNow() const { return shared_->skew.Correct(shared_->config.clock.Now()); }

void Client::SubmitWire(WireRequest wire, CallOptions options, WireDone done) const {
  std::make_shared<Conversation<Shared>>(shared_, std::move(wire), std::move(options), std::move(done))->Start();
}

base::Result<HttpResponse> Client::CallWire(WireRequest wire, CallOptions options) const {
  auto promise = std::make_shared<std::promise<base::Result<HttpResponse>>>();
  auto answer = promise->get_future();
  SubmitWire(std::move(wire), std::move(options),
             [promise](base::Result<HttpResponse> result) { promise->set_value(std::move(result)); });
  return answer.get();
}

void Client::FinishDecoding(const Operation& operation, HttpResponse& answer, base::Error* error) {
  base::Wipe(answer.body);
  if (error == nullptr) return;
  *error = base::WithContext(std::move(*error), NameOf(operation));
  if (const std::string_view id = RequestIdOf(answer.headers); !id.empty()) error->details["aws_request_id"] = {std::string(id)};
}

}  // namespace crossrole::aws
