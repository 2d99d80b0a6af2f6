// SPDX-License-Identifier: Apache-2.0
#include "sim/cloud.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <ranges>
#include <utility>

#include "aws/account.h"
#include "aws/aws_error.h"
#include "aws/cloudformation.h"
#include "aws/cloudtrail.h"
#include "aws/iam.h"
#include "aws/identitystore.h"
#include "aws/organizations.h"
#include "aws/sso.h"
#include "aws/sts.h"
#include "aws/verify_signature.h"
#include "base/crypto.h"
#include "base/json.h"
#include "http/problem.h"
#include "sim/account_management/operations.h"
#include "sim/call.h"
#include "sim/cloudformation/operations.h"
#include "sim/cloudtrail/operations.h"
#include "sim/error_codes.h"
#include "sim/iam/operations.h"
#include "sim/identity_center/operations.h"
#include "sim/identity_center/scim.h"
#include "sim/internal/authenticate.h"
#include "sim/internal/delay.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"
#include "sim/internal/simulation.h"
#include "sim/internal/snapshot.h"
#include "sim/organizations/operations.h"
#include "sim/sts/operations.h"

namespace crossrole::sim {
namespace {

// How long a request that is to time out is held; longer than any client waits.
constexpr std::chrono::seconds kSilence{150};

std::string TokenKey(const CloudOptions& options) {
  const std::string seed = "crossrole simulation " + std::to_string(options.seed);
  return std::string(base::AsText(base::Sha256(seed)));
}

const aws::Service* ServiceOf(std::string_view signing_name) {
  for (const aws::Service* service : {&aws::sts::kServiceFacts, &aws::iam::kServiceFacts, &aws::cloudformation::kServiceFacts,
                                      &aws::organizations::kServiceFacts, &aws::cloudtrail::kServiceFacts, &aws::account::kServiceFacts,
                                      &aws::sso::kServiceFacts, &aws::identitystore::kServiceFacts}) {
    if (service->signing_name == signing_name) return service;
  }
  return nullptr;
}

// For requests without a signature: the services that answer some of those.
const aws::Service* ServiceOfVersion(std::string_view version) {
  return version == aws::sts::kServiceFacts.version ? &aws::sts::kServiceFacts : nullptr;
}

bool IsThrottled(const base::Error& error) { return error.aws_code == "Throttling"; }

// What a session of a user may call at all, whatever its policies say. Source: IAM User Guide, "Compare AWS STS credentials".
bool MayCall(const Caller& caller, const aws::Operation& operation) {
  if (!caller.session || caller.session->kind == SessionKind::kAssumedRole || caller.session->kind == SessionKind::kRoot) return true;
  // A session that was made with an MFA code may do what its user may.
  if (caller.session->kind == SessionKind::kUser && caller.session->mfa == Mfa::kYes) return true;
  return operation.service != &aws::iam::kServiceFacts;
}

aws::ReceivedRequest ReceivedOf(const http::Request& request) {
  aws::ReceivedRequest received{.method = request.method, .body = request.body};
  const std::string_view target = request.target;
  const std::size_t mark = target.find('?');
  received.path = target.substr(0, mark);
  if (mark != std::string_view::npos) received.query = target.substr(mark + 1);
  for (const http::Header& header : request.headers.lines()) received.headers.push_back({header.name, header.value});
  return received;
}

// What AWS has and the simulation says so of, since a client that is told of a wrong name would look for its own mistake.
constexpr std::array<std::string_view, 6> kOfDrift = {"DetectStackDrift",            "DetectStackResourceDrift",
                                                      "DetectStackSetDrift",         "DescribeStackDriftDetectionStatus",
                                                      "DescribeStackResourceDrifts", "ListStackInstanceResourceDrifts"};

base::Status RefuseUnsimulated(const aws::Service* service, std::string_view operation) {
  if (service != &aws::cloudformation::kServiceFacts) return {};
  if (operation == "ImportStacksToStackSet") return Refuse("NotImplemented", "The simulation does not import stacks into stack sets");
  if (std::ranges::find(kOfDrift, operation) == kOfDrift.end()) return {};
  return Refuse("NotImplemented", "The simulation does not detect drift");
}

// One AWS request on its way.
struct Wanted {
  const http::Request& request;
  aws::ReceivedRequest received;
  std::optional<aws::VerifiedSignature> claim;
  const aws::Service* service = nullptr;
  bool json = false;
  std::string operation{};
  std::string version{};
  std::string region{};
  std::string request_id{};
  std::shared_ptr<const Caller> caller{};
  std::optional<Effect> effect{};
  std::optional<IssuerKeys> issuer_keys{};
  const aws::Operation* facts = nullptr;  // once it is known to exist
  Carried carried{};

  std::string_view body() const { return request.method == "GET" ? received.query : std::string_view(request.body); }
};

// The error that an effect puts in place of the call; nothing for effects on its answer.
std::optional<base::Error> Obstacle(const Wanted& wanted, Effect effect, const std::string& account) {
  const auto error = [](std::string_view code, std::string message) {
    return base::Error{.code = base::Code::kAwsRefused, .message = std::move(message), .aws_code = std::string(code)};
  };
  switch (effect) {
    case Effect::kThrottle: return error("Throttling", "Rate exceeded");
    case Effect::kServerError:
      return error("InternalFailure", "The request processing has failed because of an unknown error, exception or failure.");
    case Effect::kTimeout: return error("InternalFailure", "");
    case Effect::kAccessDenied:
      return NotAuthorized(*wanted.caller, fmt::format("{}:{}", wanted.service->name, wanted.operation), "*", "");
    case Effect::kRegionDisabled:
      return error("RegionDisabledException",
                   fmt::format("STS is not activated in this region for account:{}. Your account administrator can activate "
                               "STS in this region using the IAM Console.",
                               account));
    case Effect::kReset:
    case Effect::kTruncate:
    case Effect::kMalformed: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

class Cloud::State : public std::enable_shared_from_this<Cloud::State> {
 public:
  explicit State(CloudOptions options);
  void Handle(const http::Request& request, const Done& done);
  std::vector<AccountKeys> Accounts() const;
  std::vector<std::string> Operations() const;
  std::string Save() const;
  base::Status Load(std::string_view saved);
  void SetUndocumented(const policy::Undocumented& undocumented);

 private:
  http::Response Control(const http::Request& request);
  void AnswerAws(const http::Request& request, const Done& done);
  Wanted Read(const http::Request& request);
  std::string IssuerFor(const Wanted& wanted) const;
  void AnswerWithKeys(const http::Request& request, const std::string& issuer, const Done& done);
  void Finish(Wanted wanted, const Done& done);
  void NoteCall(Wanted& wanted, const base::Result<std::string>& result);
  base::Result<std::string> CarryOut(Wanted& wanted);
  base::Status Admit(Simulation& simulation, Wanted& wanted, const aws::Operation& operation) const;
  base::Result<std::shared_ptr<const Caller>> Authenticate(Wanted& wanted);
  void Deliver(Wanted wanted, base::Result<std::string> result, const Done& done);
  void HandOver(Answer answer, std::optional<Effect> effect, const Done& done);
  Spread SpreadOf(const Simulation& simulation) const {
    return {.now = simulation.TimeAt(options_.clock->Now()), .delay = options_.propagation};
  }

  const CloudOptions options_;
  const SessionTokens tokens_;
  OperationTable operations_;
  policy::EvaluateOptions evaluation_;
  mutable std::mutex mutex_;
  std::unique_ptr<Simulation> simulation_;  // behind the mutex
  Delay delay_;
};

Cloud::State::State(CloudOptions options)
    : options_(std::move(options)), tokens_(TokenKey(options_)), simulation_(std::make_unique<Simulation>(options_)) {
  sts::AddOperations(operations_);
  iam::AddRoleOperations(operations_);
  iam::AddUserOperations(operations_);
  iam::AddGroupOperations(operations_);
  iam::AddManagedPolicyOperations(operations_);
  iam::AddEntityPolicyOperations(operations_);
  iam::AddAccountOperations(operations_);
  iam::AddSimulateOperations(operations_);
  iam::AddLoginOperations(operations_);
  iam::AddMfaOperations(operations_);
  iam::AddOtherCredentialOperations(operations_);
  iam::AddServiceCredentialOperations(operations_);
  iam::AddOidcProviderOperations(operations_);
  iam::AddSamlProviderOperations(operations_);
  iam::AddReportOperations(operations_);
  iam::AddServiceLinkedRoleOperations(operations_);
  iam::AddFederationSwitches(operations_);
  organizations::AddOperations(operations_);
  identity_center::AddOperations(operations_);
  cloudformation::AddOperations(operations_);
  cloudtrail::AddOperations(operations_);
  account_management::AddOperations(operations_);
}

void Cloud::State::SetUndocumented(const policy::Undocumented& undocumented) {
  std::lock_guard lock(mutex_);
  evaluation_.undocumented = undocumented;
}

std::vector<AccountKeys> Cloud::State::Accounts() const {
  std::lock_guard lock(mutex_);
  return AccountsOf(simulation_->world);
}

std::vector<std::string> Cloud::State::Operations() const {
  std::vector<std::string> names;
  for (const auto& [key, entry] : operations_.entries()) names.push_back(fmt::format("{}:{}", key.first, key.second));
  return names;
}

std::string Cloud::State::Save() const {
  std::lock_guard lock(mutex_);
  return SaveSimulation(*simulation_);
}

base::Status Cloud::State::Load(std::string_view saved) {
  std::unique_lock lock(mutex_);
  const AwsPolicySets known = simulation_->world.aws_policies();
  lock.unlock();
  TRY_ASSIGN(auto simulation, LoadSimulation(options_, saved, known));
  lock.lock();
  std::swap(simulation_, simulation);
  lock.unlock();
  return {};
}

http::Response Cloud::State::Control(const http::Request& request) {
  if (request.headers.Has("Origin")) {
    const base::Error error{.code = base::Code::kPermissionDenied, .message = "requests of web pages are refused"};
    return http::ProblemResponse(error, request.request_id);
  }
  if (request.method == "GET" && request.path == "/_sim/operations") {
    return http::JsonResponse(200, fmt::format("[{}]", fmt::join(Operations() | std::views::transform(base::JsonQuote), ",")));
  }
  std::lock_guard lock(mutex_);
  if (request.method == "POST" && request.path == "/_sim/reset") {
    simulation_ = std::make_unique<Simulation>(options_);
    return http::JsonResponse(200, "{}");
  }
  if (request.method == "POST" && request.path == "/_sim/scim/tokens") {
    return identity_center::AnswerScimTokens(simulation_->world, *options_.random, SpreadOf(*simulation_).now, request);
  }
  return AnswerControl(*simulation_, options_.clock->Now(), request);
}

void Cloud::State::Handle(const http::Request& request, const Done& done) {
  if (request.path.starts_with("/_sim/") || request.path == "/_sim") return done({Control(request)});
  if (request.path.starts_with("/outbound/")) {
    std::unique_lock lock(mutex_);
    http::Response response = AnswerOutboundIssuer(simulation_->world, request);
    lock.unlock();
    return done({std::move(response)});
  }
  if (request.path.starts_with("/scim/v2")) {
    std::unique_lock lock(mutex_);
    ScimAnswer answer = AnswerScimCall(*simulation_, options_, SpreadOf(*simulation_).now, request);
    lock.unlock();
    return HandOver({std::move(answer.response)}, answer.effect, done);
  }
  if (request.path == "/federation") {
    std::unique_lock lock(mutex_);
    http::Response response = AnswerFederation(*simulation_, tokens_, *options_.random, SpreadOf(*simulation_).now, request);
    lock.unlock();
    return done({std::move(response)});
  }
  AnswerAws(request, done);
}

// The keys of the issuer come before the lock is taken: meanwhile others are served.
void Cloud::State::AnswerWithKeys(const http::Request& request, const std::string& issuer, const Done& done) {
  auto kept = std::make_shared<const http::Request>(request);
  FetchIssuerKeys(*options_.transport, issuer, [weak = weak_from_this(), kept, done](IssuerKeys keys) {
    const std::shared_ptr<State> state = weak.lock();
    if (!state) return done({.response = http::TextResponse(503, "the simulation has ended\n")});
    Wanted wanted = state->Read(*kept);
    wanted.issuer_keys = std::move(keys);
    state->Finish(std::move(wanted), done);
  });
}

std::string Cloud::State::IssuerFor(const Wanted& wanted) const {
  if (options_.transport == nullptr || wanted.operation != aws::sts::AssumeRoleWithWebIdentity::kName) return "";
  const auto input = aws::DecodeRequest<aws::sts::AssumeRoleWithWebIdentity>(wanted.body());
  if (!input) return "";
  std::lock_guard lock(mutex_);
  return sts::IssuerToAsk(simulation_->world, input->role_arn, input->web_identity_token.Reveal());
}

void Cloud::State::AnswerAws(const http::Request& request, const Done& done) {
  Wanted wanted = Read(request);
  const std::string issuer = IssuerFor(wanted);
  if (!issuer.empty()) return AnswerWithKeys(request, issuer, done);
  Finish(std::move(wanted), done);
}

Wanted Cloud::State::Read(const http::Request& request) {
  Wanted wanted{.request = request, .received = ReceivedOf(request), .claim = std::nullopt};
  wanted.request_id = MakeUuid(*options_.random);
  wanted.claim = aws::ClaimedScope(wanted.received);
  const std::string target(request.headers.Find("X-Amz-Target").value_or(""));
  wanted.json = !target.empty();
  if (const auto action = aws::ReadAction(target, wanted.body())) {
    wanted.operation = action->name;
    wanted.version = action->version;
  }
  if (wanted.claim) wanted.region = wanted.claim->region == "aws-global" ? "us-east-1" : wanted.claim->region;
  wanted.service = wanted.claim ? ServiceOf(wanted.claim->service) : ServiceOfVersion(wanted.version);
  if (wanted.service != nullptr && wanted.service->protocol == aws::Protocol::kRestJson) {
    const aws::Operation* operation = request.method == "POST" ? aws::FindOperationAt(*wanted.service, request.path) : nullptr;
    wanted.operation = operation == nullptr ? "" : operation->name;
    wanted.version = wanted.service->version;
    wanted.json = false;
  }
  return wanted;
}

void Cloud::State::Finish(Wanted wanted, const Done& done) {
  base::Result<std::string> result = CarryOut(wanted);
  {
    std::lock_guard lock(mutex_);
    const Outcome outcome = result                          ? Outcome::kAnswered
                            : IsThrottled(result.error())   ? Outcome::kThrottled
                                                            : Outcome::kRefused;
    const std::string service = wanted.service != nullptr ? std::string(wanted.service->name)
                                : wanted.claim            ? wanted.claim->service
                                                          : std::string();
    simulation_->ledger.Count(service, wanted.operation, wanted.caller ? wanted.caller->account->id : "", outcome);
    NoteCall(wanted, result);
  }
  Deliver(std::move(wanted), std::move(result), done);
}

// Who is not known, and what does not exist, is in nobody's trail.
void Cloud::State::NoteCall(Wanted& wanted, const base::Result<std::string>& result) {
  if (!wanted.caller || wanted.facts == nullptr) return;
  cloudtrail::Happening happening{.operation = wanted.facts,
                                  .at = SpreadOf(*simulation_).now,
                                  .region = wanted.region,
                                  .caller = wanted.caller,
                                  .request_id = wanted.request_id,
                                  .carried = std::move(wanted.carried)};
  const base::Error* error = result ? nullptr : &result.error();
  simulation_->trail.Note(simulation_->world, std::move(happening), error);
}

base::Result<std::shared_ptr<const Caller>> Cloud::State::Authenticate(Wanted& wanted) {
  const aws::VerifyRules rules{
      .find_secret = [this](std::string_view key, std::string_view token) -> std::optional<base::Secret> {
        std::lock_guard lock(mutex_);
        return FindSecret(simulation_->world, tokens_, SpreadOf(*simulation_).seen(), key, token);
      },
      .now = options_.clock->Now(),
      .is_region = [](std::string_view region) {
        return region == "aws-global" || model::PartitionOfRegion(region).has_value();
      }};
  TRY_ASSIGN(const aws::VerifiedSignature signature, aws::VerifySignature(wanted.received, rules));
  std::lock_guard lock(mutex_);
  TRY_ASSIGN(Caller caller, Identify(simulation_->world, tokens_, SpreadOf(*simulation_), signature));
  caller.source_address = wanted.request.remote_address;
  caller.user_agent = std::string(wanted.request.headers.Find("User-Agent").value_or(""));
  return std::make_shared<const Caller>(std::move(caller));
}

base::Result<std::string> Cloud::State::CarryOut(Wanted& wanted) {
  const OperationTable::Entry* entry =
      wanted.service == nullptr ? nullptr : operations_.Find(wanted.service->name, wanted.operation);
  if (entry == nullptr || entry->facts->is_signed) {
    TRY_ASSIGN(wanted.caller, Authenticate(wanted));
  }
  // JSON services name their version in the target; some clients leave the packages in front of it out.
  const auto is_version = [&] {
    const std::string_view version = wanted.json ? wanted.service->target_prefix : wanted.service->version;
    return wanted.version == version || (wanted.json && version.ends_with("." + wanted.version));
  };
  if (entry == nullptr) TRY(RefuseUnsimulated(wanted.service, wanted.operation));
  if (entry == nullptr || !is_version()) {
    return Refuse("InvalidAction", fmt::format("Could not find operation {} for version {}",
                                               wanted.operation.empty() ? "(none)" : wanted.operation,
                                               wanted.version.empty() ? "NO_VERSION_SPECIFIED" : wanted.version));
  }
  std::lock_guard lock(mutex_);
  Simulation& simulation = *simulation_;
  wanted.facts = entry->facts;
  if (!wanted.caller) {
    Account& first = *simulation.world.accounts().front();
    wanted.caller = std::make_shared<const Caller>(
        Caller{.principal = {}, .account = &first, .source_address = wanted.request.remote_address,
               .user_agent = std::string(wanted.request.headers.Find("User-Agent").value_or(""))});
    wanted.region = std::string(model::FactsOf(first.partition).default_region);
  }
  TRY(Admit(simulation, wanted, *entry->facts));
  Account& account = *wanted.caller->account;
  const Spread spread = SpreadOf(simulation);
  const std::string& used = wanted.caller->session ? wanted.caller->principal.unique_id : wanted.caller->access_key_id;
  if (!used.empty()) account.last_use.insert_or_assign(used, LastUse{spread.now, std::string(wanted.service->name), wanted.region});
  Call call{.world = simulation.world,
            .caller = wanted.caller,
            .region = wanted.region,
            .spread = spread,
            .advance = simulation.advance,
            .tokens = tokens_,
            .random = *options_.random,
            .operations = operations_,
            .evaluation = evaluation_,
            .host = std::string(wanted.request.headers.Find("Host").value_or("")),
            .issuer_keys = wanted.issuer_keys ? &*wanted.issuer_keys : nullptr,
            .trail = &simulation.trail,
            .carried = &wanted.carried,
            .concurrency = options_.throttle == Throttle::kOn ? Concurrency(options_.rate_scale) : Concurrency()};
  cloudformation::RunDue(call, options_.stack_step);
  identity_center::RunDue(call);
  return OperationTable::Answer(*entry, call, wanted.body(), wanted.request_id);
}

// Faults, rates, and what sessions of users may never call.
base::Status Cloud::State::Admit(Simulation& simulation, Wanted& wanted, const aws::Operation& operation) const {
  const Account& account = *wanted.caller->account;
  const std::string target = sts::TargetAccountOf(wanted.body());
  wanted.effect = Strike(simulation.faults,
                         {.service = wanted.service->name,
                          .operation = wanted.operation,
                          .account = account.id,
                          .target_account = target,
                          .region = wanted.region},
                         *options_.random);
  if (wanted.effect) {
    auto obstacle = Obstacle(wanted, *wanted.effect, target.empty() ? account.id : target);
    if (obstacle) return base::Fail(*std::move(obstacle));
  }
  if (wanted.service == &aws::iam::kServiceFacts) {
    wanted.region = std::string(model::FactsOf(account.partition).default_region);
  }
  const Rate rate = RateOf(wanted.service->name, wanted.operation);
  if (options_.throttle == Throttle::kOn &&
      !simulation.buckets.Take(rate, account.id, wanted.region, SpreadOf(simulation).now)) {
    return Refuse("Throttling", "Rate exceeded");
  }
  if (!MayCall(*wanted.caller, operation)) {
    return Refuse("InvalidClientTokenId", "The security token included in the request is invalid");
  }
  return {};
}

void Cloud::State::Deliver(Wanted wanted, base::Result<std::string> result, const Done& done) {
  Answer answer;
  const aws::Service& service = wanted.service != nullptr ? *wanted.service
                                : wanted.json             ? aws::organizations::kServiceFacts
                                                          : aws::sts::kServiceFacts;
  answer.response.headers.Set("Content-Type", std::string(aws::ResponseContentType(service.protocol)));
  answer.response.headers.Set("x-amzn-RequestId", wanted.request_id);
  if (result) {
    answer.response.body = *std::move(result);
  } else {
    const aws::ServedError error = WireError(service, result.error());
    if (service.protocol == aws::Protocol::kRestJson) answer.response.headers.Set("x-amzn-ErrorType", error.code);
    answer.response.status = error.http_status;
    answer.response.body = aws::PrintError(service, error, wanted.request_id);
  }
  HandOver(std::move(answer), wanted.effect, done);
}

void Cloud::State::HandOver(Answer answer, std::optional<Effect> effect, const Done& done) {
  std::string& body = answer.response.body;
  if (effect == Effect::kTruncate) body.resize(body.size() / 2);
  if (effect == Effect::kMalformed) body = "<!DOCTYPE html><html><body><p>Something went wrong</body></html>";
  const bool silent = effect == Effect::kTimeout;
  if (silent || effect == Effect::kReset) answer.delivery = Delivery::kReset;
  delay_.Run(silent ? kSilence : options_.latency,
             [done, answer = std::move(answer)]() mutable { done(std::move(answer)); });
}

Cloud::Cloud(CloudOptions options) {
  CHECK(options.clock != nullptr && options.random != nullptr);
  state_ = std::make_shared<State>(std::move(options));
}

Cloud::~Cloud() = default;

void Cloud::Handle(const http::Request& request, Done done) { state_->Handle(request, done); }

std::vector<AccountKeys> Cloud::Accounts() const { return state_->Accounts(); }

std::vector<std::string> Cloud::Operations() const { return state_->Operations(); }

std::string Cloud::Save() const { return state_->Save(); }

base::Status Cloud::Load(std::string_view saved) { return state_->Load(saved); }

void Cloud::SetUndocumented(const policy::Undocumented& undocumented) { state_->SetUndocumented(undocumented); }

void Serve(Cloud& cloud, const http::Request& request, const http::Responder& responder) {
  responder.SetTimeLimit(kSilence + std::chrono::seconds(30));
  cloud.Handle(request, [responder](Answer answer) {
    if (answer.delivery == Delivery::kReset) {
      responder.Abort();
    } else {
      responder.Send(std::move(answer.response));
    }
  });
}

}  // namespace crossrole::sim
