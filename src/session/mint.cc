// SPDX-License-Identifier: Apache-2.0
#include "session/mint.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "audit/log.h"
#include "aws/assume_role.h"
#include "base/crypto.h"
#include "base/fault_point.h"
#include "base/json.h"
#include "base/text.h"
#include "integration/aws_access.h"
#include "integration/find.h"
#include "integration/members/discovery.h"
#include "integration/members/organization_parts.h"
#include "integration/members/roles.h"
#include "integration/rotate.h"
#include "policy/parse.h"
#include "policy/print.h"
#include "store/connections.h"
#include "store/organization_tree.h"

namespace crossrole::session {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using std::chrono::seconds;

constexpr seconds kMintLimit{20};

// One hand-out on its way through: intent, AWS, outcome. Kept alive by the callbacks that still have to come.
struct Mission {
  Ports ports;
  model::Actor actor;
  std::shared_ptr<const integration::Found> found;
  MintRequest request;
  SessionPlan plan;
  std::vector<model::ExternalId> external_ids;  // to be tried in order; two only during a rotation
  CacheKey key;
  std::optional<model::Integration> discovery{};  // whose role is assumed first
  std::optional<aws::Client> signer{};            // signs as that role, once it is
  base::Deadline deadline = base::Deadline::After(kMintLimit);

  const model::Integration& integration() const { return found->integration; }
};
using SharedMission = std::shared_ptr<Mission>;
using AwsDone = std::function<void(base::Result<Minted>)>;

// What ends the state in which nothing is handed out.
std::string_view WayOut(const model::Integration& integration) {
  if (integration.state == model::IntegrationState::kDisabled) return "enable the integration";
  if (integration.state == model::IntegrationState::kVerifying) return "try again once it is verified";
  if (integration.state != model::IntegrationState::kPending) return "see its last verification for the cause";
  if (integration.assume_on_worker) return "only its workers assume this role";
  return integration.role_arn ? "try again once it is verified" : "make its role by one of the setup artefacts, or name the role that is there";
}

Error NotActive(const model::Integration& integration) {
  return {.code = Code::kFailedPrecondition,
          .message = fmt::format("the integration `{}` is {}", integration.handle.text(), model::NameOf(integration.state)),
          .reason = fmt::format("integration.{}", model::NameOf(integration.state)),
          .fix = std::string(WayOut(integration))};
}

base::Result<std::vector<model::ExternalId>> ExternalIdsFor(const model::Integration& integration,
                                                            const model::Handle& tenant, const MintRequest& request) {
  if (integration.external_id_format == model::ExternalIdFormat::kPerRun) {
    if (request.stack.empty() || !request.phase) {
      return Fail(Error{.code = Code::kInvalidArgument,
                        .message = "sessions of this integration belong to a phase of a stack",
                        .field = request.stack.empty() ? "stack" : "phase"});
    }
    TRY_ASSIGN(model::ExternalId value, model::ExternalId::PerRun(tenant, integration.id, request.stack, *request.phase));
    return std::vector{std::move(value)};
  }
  const model::IssuedExternalId* in_use = integration::ExternalIdInUse(integration);
  if (in_use == nullptr) return Fail(Code::kFailedPrecondition, "no external ID was issued for this integration");
  std::vector values{in_use->value};
  // During a rotation the customer's trust may already name the new value only.
  const model::IssuedExternalId* current = integration.CurrentExternalId();
  if (current != nullptr && current != in_use) values.push_back(current->value);
  return values;
}

// Whose role is to be assumed, and how.
struct Way {
  std::shared_ptr<const integration::Found> found;  // an organization as what the member's role is made of
  std::optional<model::Integration> discovery{};
};

Error NotUsable(const store::Connection& connection) {
  const bool is_suspended = connection.state == store::ConnectionState::kSuspended;
  return {.code = Code::kFailedPrecondition,
          .message = fmt::format("the connection `{}` is {}", connection.handle.text(), store::NameOf(connection.state)),
          .reason = fmt::format("connection.{}", store::NameOf(connection.state)),
          .fix = is_suspended ? fmt::format("AWS says that account {} is {}; it gives sessions again once it is active there and was imported",
                                            connection.account_id.text(), connection.account_state)
                              : "test it, and see its last error for the cause"};
}

Error NoAccount(const model::Integration& integration) {
  return {.code = Code::kFailedPrecondition,
          .message = fmt::format("`{}` is an organization, and sessions are those of one account", integration.handle.text()),
          .reason = "integration.kind",
          .fix = "name one of its connections"};
}

// An account that became an organization's gives sessions as before until an import has taken its connection over.
base::Result<std::shared_ptr<const integration::Found>> FindFormer(const Ports& ports, const integration::Found& found,
                                                                   const store::Connection* connection) {
  const model::Integration& integration = found.integration;
  std::vector<store::Connection> own;
  if (integration.kind != model::IntegrationKindOf::kOrganization) return nullptr;
  if (connection == nullptr && integration.account_id) {
    TRY_ASSIGN(own, ports.integrations.store.Read(integration.tenant, [&](store::ReadTransaction& tx) {
      return store::ListConnections(tx, {.integration = integration.id, .account_id = integration.account_id});
    }));
    if (!own.empty()) connection = &own.front();
  }
  if (connection == nullptr) return nullptr;
  auto account = integration::FormerAccount(integration, *connection);
  if (!account) return nullptr;
  return std::make_shared<const integration::Found>(integration::Found{.integration = *std::move(account), .tenant = found.tenant});
}

base::Result<Way> FindWay(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle, const store::Connection* connection) {
  TRY_ASSIGN(auto found, integration::FindKnown(ports.integrations, ports.known, actor, id_or_handle));
  TRY_ASSIGN(auto before, FindFormer(ports, *found, connection));
  if (before) return Way{.found = std::move(before)};
  if (found->integration.state != model::IntegrationState::kActive) return Fail(NotActive(found->integration));
  if (found->integration.kind != model::IntegrationKindOf::kOrganization) return Way{.found = std::move(found)};
  if (connection == nullptr) return Fail(NoAccount(found->integration));
  if (connection->state != store::ConnectionState::kActive) return Fail(NotUsable(*connection));
  TRY_ASSIGN(const auto access, ports.integrations.store.Read(actor.tenant, [&](store::ReadTransaction& tx) {
    return store::FindMemberAccess(tx, found->integration.id);
  }));
  if (!access) return Fail(Code::kInternal, "an organization without member roles");
  integration::Found member = *found;
  TRY_ASSIGN(member.integration, integration::MemberRoleOf(std::move(member.integration), *access, connection->account_id));
  member.integration.handle = connection->handle;
  // A role that was named anew has not been proven.
  if (member.integration.role_arn->text() != connection->role_arn) return Fail(NotUsable(*connection));
  Way way{.found = std::make_shared<const integration::Found>(std::move(member))};
  if (access->via == store::MemberVia::kDiscoveryRole) way.discovery = found->integration;
  return way;
}

base::Result<SharedMission> Prepare(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                    const store::Connection* connection, MintRequest request) {
  TRY_ASSIGN(Way way, FindWay(ports, actor, id_or_handle, connection));
  const model::Integration& integration = way.found->integration;
  if (!request.session_policy.empty()) {
    const auto document = policy::Parse(request.session_policy, policy::DocumentKind::kSession);
    if (!document) {
      Error error = document.error();  // with what is wrong with it
      error.code = Code::kInvalidArgument;
      error.field = "session_policy";
      return Fail(std::move(error));
    }
    request.session_policy = policy::Print(*document);
  }
  TRY_ASSIGN(const integration::OwnIdentity identity, ports.integrations.aws.IdentityFor(way.discovery ? *way.discovery : integration));
  TRY_ASSIGN(SessionPlan plan, PlanSession(integration, actor, way.found->tenant.handle.text(), request,
                                           way.discovery ? integration::Chaining::kYes : identity.chaining));
  TRY_ASSIGN(auto external_ids, ExternalIdsFor(integration, way.found->tenant.handle, request));
  CacheKey key = CacheKeyOf({.integration = integration,
                             .actor = actor,
                             .request = request,
                             .plan = plan,
                             .external_id = external_ids.front().text(),
                             .endpoint_url = ports.integrations.aws.endpoint_url()});
  return std::make_shared<Mission>(Mission{.ports = ports,
                                           .actor = actor,
                                           .found = way.found,
                                           .request = std::move(request),
                                           .plan = std::move(plan),
                                           .external_ids = std::move(external_ids),
                                           .key = std::move(key),
                                           .discovery = std::move(way.discovery)});
}

audit::Record RecordFor(const Mission& mission) {
  audit::Record record = audit::RecordOf(mission.actor, "session.mint", mission.integration().id.text());
  const model::RoleArn& role = *mission.integration().role_arn;
  record.details = fmt::format(R"({{"role_arn":{},"session_name":{},"duration_seconds":{},"region":{},"reason":{}}})",
                               base::JsonQuote(role.text()), base::JsonQuote(mission.plan.session_name),
                               mission.plan.duration.count(), base::JsonQuote(mission.plan.region),
                               base::JsonQuote(base::Shortened(mission.request.reason, 500)));
  return record;
}

aws::SessionShape ShapeOf(const Mission& mission) {
  aws::SessionShape shape{.session_name = mission.plan.session_name,
                          .duration = mission.plan.duration,
                          .policy_arns = mission.request.policy_arns};
  if (!mission.plan.source_identity.empty()) shape.source_identity = mission.plan.source_identity;
  if (!mission.request.session_policy.empty()) shape.session_policy = mission.request.session_policy;
  shape.tags.assign(mission.plan.tags.begin(), mission.plan.tags.end());
  return shape;
}

Minted MintedFrom(const Mission& mission, aws::AssumedRole assumed, base::Time aws_now) {
  const base::Time expiration = assumed.credentials.expiration.value_or(aws_now + mission.plan.duration);
  return {.access_key_id = std::move(assumed.credentials.access_key_id),
          .secret_access_key = std::move(assumed.credentials.secret_access_key),
          .session_token = std::move(assumed.credentials.session_token),
          .expiration = expiration,
          .clock_ahead = aws_now - mission.ports.integrations.clock.Now(),
          .account_id = mission.integration().role_arn->account().text(),
          .assumed_role_arn = std::move(assumed.assumed_role_arn),
          .region = mission.plan.region,
          .granted = mission.plan.duration,
          .limited_by = mission.plan.limited_by,
          .endpoint_url = mission.ports.integrations.aws.endpoint_url()};
}

// STS tells the limit that was exceeded, not what the role's maximum is: an hour is what every role allows.
bool ExceedsRoleMaximum(const Error& error) {
  return error.aws_code == "ValidationError" && error.message.contains("MaxSessionDuration");
}

base::Result<aws::Client> SignerOf(const Mission& mission) {
  if (mission.signer) return *mission.signer;
  return mission.ports.integrations.aws.Own(mission.integration().partition, mission.integration().region);
}

void Assume(const SharedMission& mission, std::size_t attempt, AwsDone done) {
  const auto client = SignerOf(*mission);
  if (!client) return done(std::unexpected(client.error()));
  const aws::AssumeRoleRequest request(*mission->integration().role_arn, mission->external_ids.at(attempt), ShapeOf(*mission));
  const aws::CallOptions options{.deadline = mission->deadline,
                                 .lane = aws::Lane::kMint,
                                 .tenant = mission->actor.tenant.text(),
                                 .request_id = mission->actor.request_id,
                                 .traceparent = mission->actor.traceparent};
  aws::SubmitAssumeRole(*client, request, options,
                        [mission, attempt, client = *client, done = std::move(done)](base::Result<aws::AssumedRole> answer) {
    base::FaultPoint("mint.after_sts");
    if (answer) return done(MintedFrom(*mission, *std::move(answer), client.AwsNow()));
    if (ExceedsRoleMaximum(answer.error()) && mission->plan.duration > seconds(3600)) {
      mission->plan = LimitToRole(std::move(mission->plan), seconds(3600));
      return Assume(mission, attempt, done);
    }
    if (answer.error().aws_code == "AccessDenied" && attempt + 1 < mission->external_ids.size()) {
      return Assume(mission, attempt + 1, done);
    }
    done(std::unexpected(base::WithContext(answer.error(), "the role cannot be assumed")));
  });
}

// The discovery role first, where members are entered through it.
void Begin(const SharedMission& mission, AwsDone done) {
  if (!mission->discovery) return Assume(mission, 0, std::move(done));
  const model::Integration& discovery = *mission->discovery;
  const auto request = integration::DiscoveryRequest(discovery);
  if (!request) return done(std::unexpected(request.error()));
  const auto client = mission->ports.integrations.aws.Own(discovery.partition, discovery.region);
  if (!client) return done(std::unexpected(client.error()));
  const aws::CallOptions options{.deadline = mission->deadline,
                                 .lane = aws::Lane::kMint,
                                 .tenant = mission->actor.tenant.text(),
                                 .request_id = mission->actor.request_id,
                                 .traceparent = mission->actor.traceparent};
  aws::SubmitAssumeRole(*client, *request, options, [mission, done = std::move(done)](base::Result<aws::AssumedRole> answer) {
    if (!answer) return done(std::unexpected(base::WithContext(answer.error(), "the discovery role cannot be assumed")));
    mission->signer = mission->ports.integrations.aws.With(std::move(answer->credentials), mission->integration().partition,
                                                           mission->integration().region);
    Assume(mission, 0, done);
  });
}

// Records the intent, asks STS, records the outcome; each durably before the next step.
void Fetch(const SharedMission& mission, AwsDone done) {
  audit::Log& log = mission->ports.integrations.audit;
  audit::Record intent = RecordFor(*mission);
  intent.phase = audit::RecordPhase::kIntent;
  intent.outcome = audit::Outcome::kNone;
  const model::EventId intent_id = log.NewId();
  intent.id = intent_id;
  log.Append(std::move(intent), [mission, intent_id, done = std::move(done)](base::Status recorded) {
    if (!recorded) return done(std::unexpected(recorded.error()));
    base::FaultPoint("mint.after_audit");
    Begin(mission, [mission, intent_id, done](base::Result<Minted> result) {
      audit::Record outcome = RecordFor(*mission);
      outcome.phase = audit::RecordPhase::kOutcome;
      outcome.intent = intent_id;
      if (!result) {
        outcome.outcome = audit::OutcomeOf(result.error());
        outcome.reason = audit::ReasonOf(result.error());
      }
      auto shared = std::make_shared<base::Result<Minted>>(std::move(result));
      mission->ports.integrations.audit.Append(std::move(outcome), [shared, done](base::Status written) {
        if (!written) return done(std::unexpected(written.error()));
        done(std::move(*shared));
      });
    });
  });
}

// A session that is handed out a second time is recorded again: who got it, not only that it was made.
void HandOut(const SharedMission& mission, std::shared_ptr<const Minted> session, Served served, const MintDone& done) {
  if (served == Served::kFetched) return done(session->Clone());
  audit::Record record = RecordFor(*mission);
  record.reason = served == Served::kCached ? "cached" : "stale";
  mission->ports.integrations.audit.Append(std::move(record), [session = std::move(session), done](base::Status recorded) {
    if (!recorded) return done(std::unexpected(recorded.error()));
    done(session->Clone());
  });
}

std::string Joined(const std::map<std::string, std::string>& map) {
  std::string text;
  for (const auto& [key, value] : map) text += fmt::format("{}:{}{}:{}", key.size(), key, value.size(), value);
  return text;
}

}  // namespace

CacheKey CacheKeyOf(const KeyParts& parts) {
  const model::Integration& integration = parts.integration;
  std::string text;
  // Lengths in front, so that no two lists of parts run together to the same text.
  const auto add = [&](std::string_view part) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  };
  add(integration.tenant.text());
  add(integration.id.text());
  add(std::to_string(integration.power_version));
  add(std::to_string(integration.endpoint_version));
  add(integration.role_arn ? integration.role_arn->text() : "");
  add(integration.principal_arn);
  add(integration.region);
  add(parts.external_id);
  add(parts.endpoint_url);
  add(parts.actor.id);
  add(parts.request.phase ? model::NameOf(*parts.request.phase) : "");
  add(parts.request.stack);
  add(parts.request.session_policy);
  add(base::Join(parts.request.policy_arns, "\n"));
  add(parts.plan.session_name);
  add(parts.plan.source_identity);
  add(Joined(parts.plan.tags));
  add(parts.plan.region);
  add(std::to_string(parts.plan.asked.count()));
  return {std::string(base::AsText(base::Sha256(text))), integration.id.text()};
}

namespace {

void MintPrepared(const Ports& ports, base::Result<SharedMission> prepared, MintDone done) {
  if (!prepared) return done(std::unexpected(prepared.error()));
  const SharedMission mission = *std::move(prepared);
  ports.cache.Get(
      mission->key, mission->plan.asked, [mission](AwsDone fetched) { Fetch(mission, std::move(fetched)); },
      [mission, done = std::move(done)](base::Result<std::shared_ptr<const Minted>> session, Served served) {
        if (!session) return done(std::unexpected(session.error()));
        HandOut(mission, *std::move(session), served, done);
      });
}

}  // namespace

void Mint(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle, MintRequest request, MintDone done) {
  MintPrepared(ports, Prepare(ports, actor, id_or_handle, nullptr, std::move(request)), std::move(done));
}

void MintForConnection(const Ports& ports, const model::Actor& actor, const store::Connection& connection, MintRequest request, MintDone done) {
  MintPrepared(ports, Prepare(ports, actor, connection.integration.text(), &connection, std::move(request)), std::move(done));
}

}  // namespace crossrole::session
