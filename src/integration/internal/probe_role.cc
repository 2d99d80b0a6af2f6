// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/probe_role.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "aws/assume_role.h"
#include "base/thread_pool.h"
#include "integration/aws_access.h"
#include "integration/rotate.h"

namespace crossrole::integration {
namespace {

using std::chrono::seconds;

constexpr seconds kShortestSession{900};  // whatever the role's maximum is, this much it allows
constexpr seconds kProbeLimit{20};
constexpr std::chrono::milliseconds kRetryEvery{2000};

// Whether a probe is sent as the real call or as the least that STS takes.
enum class Strength : std::uint8_t { kFull, kWeakest };

std::string SessionNameOf(const ProbeCall& call) {
  std::string name = fmt::format("crossrole-verify@{}@{}", call.integration.handle.text(), call.tenant.text());
  return name.substr(0, 64);
}

aws::SessionShape ShapeOf(const ProbeCall& call, Strength strength) {
  aws::SessionShape shape{.session_name = SessionNameOf(call), .duration = kShortestSession};
  if (strength == Strength::kWeakest) return shape;
  if (call.integration.source_identity) shape.source_identity = "crossrole-verify";
  if (call.integration.session_tags) {
    shape.tags = {{"crossrole:tenant", call.integration.tenant.text()},
                  {"crossrole:space", call.integration.space.text()},
                  {"crossrole:integration", call.integration.id.text()}};
  }
  return shape;
}

aws::CallOptions OptionsFor(const ProbeCall& call) {
  return {.deadline = base::Deadline::After(kProbeLimit),
          .lane = aws::Lane::kVerify,
          .tenant = call.integration.tenant.text(),
          .request_id = call.request_id};
}

Observed ObservedOf(aws::ProbeOutcome outcome) {
  switch (outcome) {
    case aws::ProbeOutcome::kAllowed: return Observed::kAllowed;
    case aws::ProbeOutcome::kDenied: return Observed::kDenied;
    case aws::ProbeOutcome::kUnknown: break;
  }
  return Observed::kUnknown;
}

base::Result<aws::Client> SignerOf(const ProbeCall& call) {
  if (call.signer) return *call.signer;
  return call.ports.aws.Own(call.integration.partition, call.integration.region);
}

struct Answer {
  Observed observed = Observed::kUnknown;
  std::string aws_code;
  std::string detail;
};

Answer Send(const ProbeCall& call, const std::optional<std::string>& external_id, Strength strength) {
  const auto client = SignerOf(call);
  if (!client) return {.detail = client.error().message};
  std::optional<std::string_view> id;
  if (external_id) id = *external_id;
  const auto answer = aws::ProbeAssumeRole(*client, call.role, id, ShapeOf(call, strength), OptionsFor(call));
  if (!answer) return {.detail = answer.error().message};
  Answer seen{ObservedOf(answer->outcome), answer->aws_code, ""};
  if (seen.observed == Observed::kUnknown) seen.detail = answer->message;
  return seen;
}

ProbeOutcome ProbeRight(const ProbeCall& call, const std::string& right) {
  const Answer answer = Send(call, right, Strength::kFull);
  return {.kind = policy::ProbeKind::kWithExternalId, .observed = answer.observed, .aws_code = answer.aws_code, .detail = answer.detail};
}

ProbeOutcome ProbeWrong(const ProbeCall& call, const ProbeIds& ids, policy::ProbeKind kind) {
  if (ids.Skips(kind)) return {.kind = kind, .observed = Observed::kSkipped};
  const auto value = ids.ValueFor(kind);
  const Answer full = Send(call, value, Strength::kFull);
  const Answer weakest = Send(call, value, Strength::kWeakest);
  const Observed observed = CombineCalls(full.observed, weakest.observed);
  const Answer& telling = full.observed == observed ? full : weakest;
  return {.kind = kind, .observed = observed, .aws_code = telling.aws_code, .detail = telling.detail};
}

using Outcomes = std::array<ProbeOutcome, 5>;

Outcomes ProbeValue(const ProbeCall& call, const ProbeIds& ids) {
  Outcomes outcomes;
  for (std::size_t i = 0; i < outcomes.size(); ++i) outcomes[i] = {.kind = kProbeKinds[i], .observed = Observed::kNotChecked};
  outcomes[0] = ProbeRight(call, ids.right);
  if (outcomes[0].observed != Observed::kAllowed || call.ports.settings.negative_probes == NegativeProbes::kOff) return outcomes;
  base::TaskGroup group;
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    group.Start([&, i] { outcomes[i] = ProbeWrong(call, ids, kProbeKinds[i]); });
  }
  group.Join();
  return outcomes;
}

// The values to try, the preferred one first. During a rotation the new one may not be in the trust yet.
std::vector<model::ExternalId> Candidates(const model::Integration& integration) {
  std::vector<model::ExternalId> values;
  const model::IssuedExternalId* current = integration.CurrentExternalId();
  const model::IssuedExternalId* in_use = ExternalIdInUse(integration);
  if (current != nullptr) values.push_back(current->value);
  if (in_use != nullptr && in_use != current) values.push_back(in_use->value);
  return values;
}

ProbeSeries ProbeIssued(const ProbeCall& call) {
  ProbeSeries series;
  for (const model::ExternalId& value : Candidates(call.integration)) {
    const ProbeIds ids = MakeProbeIds(call.integration.external_id_format, value.text(), call.ports.random);
    series.outcomes = ProbeValue(call, ids);
    series.right_values = {value.text()};
    series.wrong_value = ids.wrong;
    if (series.outcomes[0].observed == Observed::kAllowed) {
      series.accepted = value;
      break;
    }
  }
  return series;
}

ProbeSeries ProbePerRun(const ProbeCall& call) {
  ProbeSeries series;
  std::vector<Outcomes> sets;
  const std::string stack = call.stack.empty() ? std::string(kSampleStack) : call.stack;
  for (const model::Phase phase : {model::Phase::kRead, model::Phase::kWrite}) {
    const auto value = model::ExternalId::PerRun(call.tenant, call.integration.id, stack, phase);
    if (!value) continue;
    const ProbeIds ids = MakeProbeIds(call.integration.external_id_format, value->text(), call.ports.random);
    sets.push_back(ProbeValue(call, ids));
    series.right_values.push_back(value->text());
    series.wrong_value = ids.wrong;
    if (sets.back()[0].observed == Observed::kAllowed) series.accepted = *value;
  }
  series.outcomes = CombineSets(sets);
  return series;
}

}  // namespace

ProbeSeries ProbeRole(const ProbeCall& call) {
  for (;;) {
    ProbeSeries series =
        call.integration.external_id_format == model::ExternalIdFormat::kPerRun ? ProbePerRun(call) : ProbeIssued(call);
    const bool accepted = series.outcomes[0].observed == Observed::kAllowed;
    if (accepted || call.until.Left() < kRetryEvery || call.stop.stop_requested()) return series;
    std::this_thread::sleep_for(kRetryEvery);
  }
}

Inspection InspectRole(const ProbeSeries& series, const ProbeCall& call) {
  const auto client = SignerOf(call);
  if (!client || !series.accepted) return {};
  const model::Integration& integration = call.integration;
  const aws::CallOptions options{
      .deadline = base::Deadline::After(kProbeLimit), .lane = aws::Lane::kVerify, .tenant = integration.tenant.text()};
  aws::SessionShape shape{.session_name = "crossrole-inspect", .duration = kShortestSession, .session_policy = InspectionPolicy()};
  auto assumed = aws::AssumeRole(*client, aws::AssumeRoleRequest(call.role, *series.accepted, std::move(shape)), options);
  if (!assumed) return {};
  const aws::Client session = call.ports.aws.With(std::move(assumed->credentials), integration.partition, integration.region);
  return Inspect({.session = session, .options = options, .role = call.role}, integration);
}

}  // namespace crossrole::integration
