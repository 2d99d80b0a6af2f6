// SPDX-License-Identifier: Apache-2.0
// policy [--rounds 15]: the time of one decision about sts:AssumeRole across accounts, by CPU clock, the median of some
// rounds.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "commands.h"
#include "policy/compile.h"
#include "policy/parse.h"
#include "policy/print.h"
#include "policy/trust.h"

namespace crossrole::bench {
namespace {

constexpr const char* kRole = "arn:aws:iam::444455556666:role/crossrole/Crossrole-8R5T6W9XYA";
constexpr const char* kExternalId = "t_01JD3E9ZK4M7Q2V8R5T6W9XYAC:abcdefghijklmnopqrstuvwxyz";

double ThreadCpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

policy::Document Read(const std::string& text, policy::DocumentKind kind) {
  auto document = policy::Parse(text, kind);
  CHECK(document.has_value());
  return *std::move(document);
}

policy::Document Identity(const std::string& text) { return Read(text, policy::DocumentKind::kIdentity); }

// `count` statements about other roles in front of the one that allows.
policy::Document ManyStatements(std::size_t count) {
  std::string text = R"({"Version":"2012-10-17","Statement":[)";
  for (std::size_t i = 1; i < count; ++i) {
    text += fmt::format(
        R"({{"Effect":"Allow","Action":["sts:AssumeRole","s3:Get*"],"Resource":"arn:aws:iam::{:012}:role/team-{}/*",)"
        R"("Condition":{{"StringEquals":{{"aws:PrincipalTag/team":"team-{}"}}}}}},)",
        i, i, i);
  }
  return Identity(text + R"({"Effect":"Allow","Action":"sts:AssumeRole","Resource":")" + kRole + R"("}]})");
}

// The question of a mint, complete with its context.
policy::Request Question() {
  const policy::AssumeRoleCall call{.caller = {.kind = policy::CallerKind::kRole,
                                               .account = "111122223333",
                                               .arn = "arn:aws:iam::111122223333:role/platform/Server",
                                               .session_arn = "arn:aws:sts::111122223333:assumed-role/Server/i-1",
                                               .unique_id = "AROAEXAMPLEEXAMPLE123"},
                                    .role_arn = kRole,
                                    .session_name = "tok_01JD3E9ZK4M7Q2V8R5T6W9XYAC@prod@default",
                                    .external_id = kExternalId,
                                    .context = {{"aws:SecureTransport", "true"},
                                                {"aws:RequestedRegion", "us-east-1"},
                                                {"aws:CurrentTime", "2026-01-02T03:04:05Z"},
                                                {"aws:EpochTime", "1767323045"},
                                                {"aws:SourceIp", "192.0.2.1"}}};
  return policy::RequestsOf(call).front();
}

double Microseconds(const policy::PolicySets& sets, policy::Detail detail, std::size_t rounds) {
  const policy::Request question = Question();
  const policy::EvaluateOptions options{.detail = detail};
  constexpr std::size_t kDecisions = 2000;
  std::vector<double> times;
  for (std::size_t round = 0; round < rounds; ++round) {
    const double begun = ThreadCpuSeconds();
    std::size_t allowed = 0;
    for (std::size_t i = 0; i < kDecisions; ++i)
      allowed += policy::Evaluate(question, sets, options).allowed() ? 1U : 0U;
    times.push_back((ThreadCpuSeconds() - begun) * 1e6 / kDecisions);
    CHECK(allowed == kDecisions);
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

// What another engine needs to be asked the same.
boost::json::object QuestionFor(const policy::Document& identity, const policy::Document& trust,
                                const std::vector<std::vector<const policy::Document*>>& scp) {
  const policy::Request question = Question();
  boost::json::object context;
  for (const auto& [key, values] : question.context.entries()) context[key] = values.front();
  boost::json::array levels;
  for (const auto& level : scp) {
    boost::json::array& documents = levels.emplace_back(boost::json::array()).as_array();
    for (const policy::Document* document : level) documents.push_back(policy::ToJson(*document));
  }
  return {{"principal", question.principal.session_arn},
          {"action", question.action},
          {"resource", question.resource},
          {"resource_account", "444455556666"},
          {"context", std::move(context)},
          {"identity", boost::json::array{policy::ToJson(identity)}},
          {"trust", policy::ToJson(trust)},
          {"scp", std::move(levels)}};
}

}  // namespace

boost::json::object RunPolicy(const Arguments& arguments) {
  const std::size_t rounds = arguments.Number("--rounds", 15);
  const policy::Document trust = Read(
      fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",)"
                  R"("Principal":{{"AWS":"arn:aws:iam::111122223333:role/platform/Server"}},"Action":"sts:AssumeRole",)"
                  R"("Condition":{{"StringEquals":{{"sts:ExternalId":"{}"}}}}}}]}})",
                  kExternalId),
      policy::DocumentKind::kTrust);
  const policy::Document identity =
      Identity(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]})");
  const policy::Document full =
      Read(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
           policy::DocumentKind::kServiceControl);
  const policy::Document guard = Read(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["organizations:LeaveOrganization","iam:CreateUser"],"Resource":"*"},)"
      R"({"Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}}]})",
      policy::DocumentKind::kServiceControl);
  const policy::Document many = ManyStatements(200);
  const policy::Compiled compiled_trust(trust), compiled_identity(identity), compiled_full(full), compiled_guard(guard),
      compiled_many(many);
  policy::PolicySets written{.identity = {{"identity", &identity}}, .resource = {{"trust", &trust}}};
  policy::PolicySets sets{.identity = {{"identity", &identity, &compiled_identity}},
                          .resource = {{"trust", &trust, &compiled_trust}}};
  for (const char* level : {"root", "ou", "account"}) {
    written.scp.push_back({level, {{"full", &full}, {"guard", &guard}}});
    sets.scp.push_back({level, {{"full", &full, &compiled_full}, {"guard", &guard, &compiled_guard}}});
  }
  const policy::PolicySets long_written{.identity = {{"many", &many}}, .resource = {{"trust", &trust}}};
  const policy::PolicySets long_sets{.identity = {{"many", &many, &compiled_many}},
                                     .resource = {{"trust", &trust, &compiled_trust}}};
  return {{"scp_us", Microseconds(sets, policy::Detail::kAnswerOnly, rounds)},
          {"scp_explained_us", Microseconds(sets, policy::Detail::kExplained, rounds)},
          {"scp_not_compiled_us", Microseconds(written, policy::Detail::kAnswerOnly, rounds)},
          {"statements_us", Microseconds(long_sets, policy::Detail::kAnswerOnly, rounds)},
          {"statements_not_compiled_us", Microseconds(long_written, policy::Detail::kAnswerOnly, rounds)},
          {"questions",
           {{"scp", QuestionFor(identity, trust, {{&full, &guard}, {&full, &guard}, {&full, &guard}})},
            {"statements", QuestionFor(many, trust, {})}}}};
}

}  // namespace crossrole::bench
