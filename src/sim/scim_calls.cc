// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudtrail/scim_event.h"
#include "sim/identity_center/scim.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/simulation.h"

namespace crossrole::sim {
namespace {

using identity_center::ScimError;
using identity_center::ScimTarget;

// As CloudTrail calls it. Source: Identity Center User Guide, "Logging IAM Identity Center SCIM API calls".
constexpr std::string_view kService = "identitystore-scim";
constexpr std::string_view kThrottled = "429";

// The error that an effect puts in place of the call; nothing for effects on its answer.
base::Status Obstacle(std::optional<Effect> effect) {
  if (effect == Effect::kThrottle) return ScimError(429, "Rate exceeded");
  if (effect == Effect::kServerError || effect == Effect::kTimeout) return ScimError(500, "Internal server error.");
  // The endpoint asks no STS, so there is no region to switch on.
  if (effect == Effect::kAccessDenied || effect == Effect::kRegionDisabled) return ScimError(403, "You do not have access to perform this action.");
  return {};
}

// One request under way.
struct ScimRequest {
  Simulation& simulation;
  const CloudOptions& options;
  base::Time now;
  const http::Request& request;
  ScimTarget target;
  std::optional<Effect> effect{};

  const Account* account() const { return target.instance == nullptr ? nullptr : target.instance->organization->management; }
};

base::Status Admit(ScimRequest& wanted) {
  const Account& account = *wanted.account();
  const std::string_view region = model::FactsOf(account.partition).default_region;
  wanted.effect = Strike(wanted.simulation.faults,
                         {.service = kService, .operation = wanted.target.operation, .account = account.id, .region = region},
                         *wanted.options.random);
  TRY(Obstacle(wanted.effect));
  const Rate rate = RateOf(kService, wanted.target.operation);
  const bool admitted = wanted.options.throttle == Throttle::kOff || wanted.simulation.buckets.Take(rate, account.id, region, wanted.now);
  if (!admitted) return ScimError(429, "Rate exceeded");
  return {};
}

base::Result<http::Response> CarryOut(ScimRequest& wanted) {
  if (wanted.target.instance == nullptr) return ScimError(401, "The bearer token is missing, wrong or expired.");
  if (!wanted.target.operation.empty()) TRY(Admit(wanted));
  return identity_center::AnswerScim({.instance = *wanted.target.instance,
                                      .random = *wanted.options.random,
                                      .now = wanted.now,
                                      .advance = wanted.simulation.advance,
                                      .request = wanted.request,
                                      .id = wanted.target.id});
}

// Whose token is not known, and what does not exist, is in nobody's trail.
void NoteInTrail(const ScimRequest& wanted, const base::Result<http::Response>& result) {
  const Account* const account = wanted.account();
  if (account == nullptr || wanted.target.operation.empty()) return;
  const std::string region(model::FactsOf(account->partition).default_region);
  const cloudtrail::ScimHappening happening{.operation = wanted.target.operation,
                                            .region = region,
                                            .tenant = wanted.target.instance->store_id,
                                            .token_id = wanted.target.token_id,
                                            .id = wanted.target.id,
                                            .request_id = MakeUuid(*wanted.options.random),
                                            .request = wanted.request,
                                            .error = result ? nullptr : &result.error(),
                                            .answer = result ? std::string_view(result->body) : std::string_view()};
  wanted.simulation.trail.NoteTold(*account, {.at = wanted.now, .region = region, .told = cloudtrail::TellOfScim(happening, *account)});
}

}  // namespace

ScimAnswer AnswerScimCall(Simulation& simulation, const CloudOptions& options, base::Time now, const http::Request& request) {
  ScimRequest wanted{.simulation = simulation,
                     .options = options,
                     .now = now,
                     .request = request,
                     .target = identity_center::FindScimTarget(simulation.world, now, request)};
  base::Result<http::Response> result = CarryOut(wanted);
  const Outcome outcome = result                                   ? Outcome::kAnswered
                          : result.error().aws_code == kThrottled  ? Outcome::kThrottled
                                                                   : Outcome::kRefused;
  const Account* const account = wanted.account();
  simulation.ledger.Count(kService, wanted.target.operation, account == nullptr ? "" : account->id, outcome);
  NoteInTrail(wanted, result);
  if (!result) return {identity_center::ScimErrorAnswer(result.error(), now - simulation.advance, *options.random), wanted.effect};
  return {*std::move(result), wanted.effect};
}

}  // namespace crossrole::sim
