// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "cli/groups.h"
#include "cli/input.h"
#include "cli/output.h"
#include "integration/capabilities.h"
#include "policy/explain.h"
#include "policy/lint.h"

namespace crossrole::cli {
namespace {

using base::Code;

struct KindName {
  std::string_view name;
  policy::DocumentKind kind;
};
constexpr std::array<KindName, 7> kKinds = {{{"trust", policy::DocumentKind::kTrust},
                                             {"identity", policy::DocumentKind::kIdentity},
                                             {"boundary", policy::DocumentKind::kBoundary},
                                             {"session", policy::DocumentKind::kSession},
                                             {"resource", policy::DocumentKind::kResource},
                                             {"scp", policy::DocumentKind::kServiceControl},
                                             {"rcp", policy::DocumentKind::kResourceControl}}};

base::Result<policy::LintReport> Lint(const Arguments& arguments) {
  const std::string name = arguments.Text("--kind").value_or("trust");
  const auto known = std::ranges::find(kKinds, name, &KindName::name);
  if (known == kKinds.end()) {
    return base::Fail(Code::kInvalidArgument,
                      fmt::format("`--kind` is trust, identity, boundary, session, resource, scp or rcp, not `{}`", name));
  }
  const std::string principal = arguments.Text("--principal-arn").value_or("");
  const std::vector<std::string> external_ids = arguments.Texts("--external-id");
  const bool is_trust = known->kind == policy::DocumentKind::kTrust;
  if (!is_trust && (!principal.empty() || !external_ids.empty())) {
    return base::Fail(Code::kInvalidArgument, "`--principal-arn` and `--external-id` are for trust policies");
  }
  TRY_ASSIGN(const std::string text, ReadInput(arguments.Text("file").value_or("")));
  auto report = is_trust ? policy::LintTrust(text, {.principal_arn = principal, .external_ids = external_ids})
                         : policy::LintPolicy(text, known->kind);
  const bool malformed = !report && !report.error().aws_code.empty();
  if (malformed) return policy::ReportOf(report.error());
  return report;
}

int RunLint(const Context& context, const Arguments& arguments) {
  const auto report = Lint(arguments);
  if (!report) return PrintError(context, report.error());
  if (context.output == Output::kJson) {
    PrintJson(policy::ToJson(*report));
  } else {
    Print(policy::Describe(*report));
  }
  return report->ok() ? 0 : 1;
}

base::Result<std::vector<policy::NamedText>> ReadTexts(const std::vector<std::string>& paths) {
  std::vector<policy::NamedText> texts;
  for (const std::string& path : paths) {
    TRY_ASSIGN(std::string text, ReadInput(path));
    texts.push_back({.name = path, .text = std::move(text)});
  }
  return texts;
}

// Each flag is one level of the organization; several policies of a level are separated by commas.
base::Result<std::vector<std::vector<policy::NamedText>>> ReadLevels(const std::vector<std::string>& flags) {
  std::vector<std::vector<policy::NamedText>> levels;
  for (const std::string& flag : flags) {
    const auto parts = base::Split(flag, ',');
    TRY_ASSIGN(auto level, ReadTexts({parts.begin(), parts.end()}));
    levels.push_back(std::move(level));
  }
  return levels;
}

base::Result<std::vector<policy::EvaluatedAction>> Evaluate(const Arguments& arguments) {
  policy::EvaluationTexts texts;
  const std::string missing = arguments.Text("--missing-keys").value_or("absent");
  if (missing != "absent" && missing != "unknown") {
    return base::Fail(Code::kInvalidArgument, fmt::format("`--missing-keys` is absent or unknown, not `{}`", missing));
  }
  if (missing == "unknown") texts.missing_keys = policy::MissingKeys::kUnknown;
  TRY_ASSIGN(texts.request, ReadInput(arguments.Text("request").value_or("")));
  TRY_ASSIGN(texts.identity, ReadTexts(arguments.Texts("--identity")));
  TRY_ASSIGN(texts.trust, ReadTexts(arguments.Texts("--trust")));
  TRY_ASSIGN(texts.resource, ReadTexts(arguments.Texts("--resource")));
  TRY_ASSIGN(texts.boundary, ReadTexts(arguments.Texts("--boundary")));
  TRY_ASSIGN(texts.session, ReadTexts(arguments.Texts("--session")));
  TRY_ASSIGN(texts.vpc_endpoint, ReadTexts(arguments.Texts("--vpc-endpoint")));
  TRY_ASSIGN(texts.scp, ReadLevels(arguments.Texts("--scp")));
  TRY_ASSIGN(texts.rcp, ReadLevels(arguments.Texts("--rcp")));
  return policy::EvaluateTexts(texts);
}

int RunEvaluate(const Context& context, const Arguments& arguments) {
  const auto actions = Evaluate(arguments);
  if (!actions) return PrintError(context, actions.error());
  if (context.output == Output::kJson) {
    PrintJson(policy::ToJson(*actions));
  } else {
    Print(policy::Describe(*actions));
  }
  return 0;
}

int RunRequired(const Context& context, const Arguments& arguments) {
  const auto names = arguments.Texts("capability");
  const auto text = integration::RequiredActionsText(names);
  if (!text) return PrintError(context, text.error());
  if (context.output == Output::kTable) {
    Print(*text);
    return 0;
  }
  boost::json::array packs;
  for (const std::string& name : names) packs.push_back(integration::ToJson(*integration::FindPack(name)));
  PrintJson(packs);
  return 0;
}

constexpr auto kFile = std::to_array<Positional>({{"file", Presence::kRequired, "the policy; - for standard input"}});
constexpr auto kRequest = std::to_array<Positional>(
    {{"request", Presence::kRequired, "JSON file: principal, action, resource, context …; - for standard input"}});
constexpr auto kCapability = std::to_array<Positional>({{"capability", Presence::kMany, "name of a pack, e.g. inventory"}});

constexpr auto kLintFlags =
    std::to_array<Flag>({{"--kind", FlagKind::kText, "trust (the default), identity, boundary, session, resource, scp or rcp"},
                         {"--principal-arn", FlagKind::kText, "who should be let in; else whoever the policy names"},
                         {"--external-id", FlagKind::kTexts, "that should be asked for; else those of the policy"}});
constexpr auto kEvaluateFlags = std::to_array<Flag>({
    {"--identity", FlagKind::kTexts, "identity policy of the principal"},
    {"--trust", FlagKind::kTexts, "trust policy of the role"},
    {"--resource", FlagKind::kTexts, "policy of another resource"},
    {"--boundary", FlagKind::kTexts, "permissions boundary"},
    {"--session", FlagKind::kTexts, "session policy"},
    {"--vpc-endpoint", FlagKind::kTexts, "policy of the VPC endpoint that the request passes"},
    {"--scp", FlagKind::kTexts, "service control policies of one level, separated by commas; root first"},
    {"--rcp", FlagKind::kTexts, "resource control policies of one level, separated by commas; root first"},
    {"--missing-keys", FlagKind::kText, "absent (the default): as in a request; unknown: say what the answer depends on"},
});

constexpr auto kCommands = std::to_array<Command>({
    {"policy lint", "Says in plain words what a policy does and where it is open.", kLintFlags, kFile, RunLint},
    {"policy evaluate", "Decides a request from files, and says why.", kEvaluateFlags, kRequest, RunEvaluate},
    {"policy required", "Prints the IAM actions that a capability needs.", {}, kCapability, RunRequired},
});

}  // namespace

std::span<const Command> PolicyCommands() { return kCommands; }

}  // namespace crossrole::cli
