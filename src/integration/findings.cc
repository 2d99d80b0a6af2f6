// SPDX-License-Identifier: Apache-2.0
#include "integration/findings.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "base/json.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> kSeverities = {"error", "warning", "info"};

constexpr std::string_view kPageHead = R"(# Findings

<!-- Made from the table in src/integration/internal/findings_table.cc; `integration_test --update-golden` writes it. -->

What a verification of a role can report. Every finding has a code, a severity and its evidence: `probe`, an answer of
AWS to a real call, or `document`, the text of the role's trust policy and its settings. With an `error` the
verification is not `ok` and the integration does not become `active`. Findings that a corrected trust policy would
remove carry it as `fix.policy`.

Until the role can be assumed with its external ID, only `trust.not_assumable` (or `sts.region_disabled`) and findings
on a trust policy that was given with the ARN are reported.
)";

std::string TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

}  // namespace

Finding MakeFinding(std::string_view code, FindingEvidence evidence, std::string message, std::string fix_policy) {
  const FindingFacts* facts = FindFindingFacts(code);
  CHECK(facts != nullptr);
  return {.code = std::string(code),
          .severity = facts->severity,
          .evidence = evidence,
          .message = std::move(message),
          .fix_policy = std::move(fix_policy)};
}

json::value ToJson(const Finding& finding) {
  json::object object{{"code", finding.code},
                      {"severity", NameOf(finding.severity)},
                      {"evidence", NameOf(finding.evidence)},
                      {"message", finding.message}};
  if (!finding.fix_policy.empty()) {
    // Our own text: were it no JSON, the finding is worth more than its fix.
    if (auto policy = base::ParseJson(finding.fix_policy)) object["fix"] = json::object{{"policy", *std::move(policy)}};
  }
  return object;
}

base::Result<Finding> FindingFromJson(const json::value& value) {
  const json::object* object = value.if_object();
  const FindingFacts* facts = object == nullptr ? nullptr : FindFindingFacts(TextOf(*object, "code"));
  if (facts == nullptr) return base::Fail(base::Code::kInternal, "a stored finding has no known code");
  Finding finding = MakeFinding(
      facts->code, TextOf(*object, "evidence") == "document" ? FindingEvidence::kDocument : FindingEvidence::kProbe,
      TextOf(*object, "message"));
  const json::value* fix = object->if_contains("fix");
  const json::value* policy = fix != nullptr && fix->is_object() ? fix->get_object().if_contains("policy") : nullptr;
  if (policy != nullptr) finding.fix_policy = base::PrintJson(*policy);
  return finding;
}

std::string_view NameOf(Severity severity) { return kSeverities.at(static_cast<std::size_t>(severity)); }

std::string_view NameOf(FindingEvidence evidence) { return evidence == FindingEvidence::kProbe ? "probe" : "document"; }

std::string FindingsPage() {
  std::string out(kPageHead);
  out += "\n| code | severity | cause | fix |\n|---|---|---|---|\n";
  for (const FindingFacts& facts : FindingTable()) {
    out += fmt::format("| `{}` | {} | {} | {} |\n", facts.code, NameOf(facts.severity), facts.cause, facts.fix);
  }
  return out;
}

}  // namespace crossrole::integration
