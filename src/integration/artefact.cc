// SPDX-License-Identifier: Apache-2.0
#include "integration/artefact.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/json.h"
#include "base/text.h"
#include "integration/internal/blueprint.h"
#include "integration/internal/artefacts/quoting.h"
#include "integration/internal/artefacts/renderers.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;

/// For which integrations a method is.
enum class MadeFor : std::uint8_t { kEvery, kOrganizations, kLater };

struct MethodFacts {
  std::string_view name;
  MadeFor made_for;
};

constexpr std::array<MethodFacts, 11> kMethods = {{{"cloudformation", MadeFor::kEvery},
                                                   {"cloudformation-stackset", MadeFor::kOrganizations},
                                                   {"cloudformation-bundle", MadeFor::kOrganizations},
                                                   {"quick-create", MadeFor::kEvery},
                                                   {"terraform", MadeFor::kEvery},
                                                   {"cli", MadeFor::kEvery},
                                                   {"cloudshell", MadeFor::kEvery},
                                                   {"console", MadeFor::kEvery},
                                                   {"kubernetes", MadeFor::kLater},
                                                   {"trust-policy", MadeFor::kEvery},
                                                   {"permission-policy", MadeFor::kEvery}}};

// One argument of a program may have 128 KiB on Linux; the one-liner is one.
constexpr std::size_t kOneLinerLimit = 100000;

constexpr std::string_view kJsonType = "application/json";

std::unexpected<Error> Refuse(std::string_view field, std::string message, std::string fix) {
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = std::move(message),
                    .field = std::string(field),
                    .fix = std::move(fix)});
}

std::unexpected<Error> Unavailable(std::string message, std::string reason, std::vector<std::string> others) {
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = std::move(message),
                    .reason = std::move(reason),
                    .fix = fmt::format("use one of {}", fmt::join(others, ", ")),
                    .details = {{"methods", std::move(others)}}});
}

std::vector<std::string> Without(std::vector<std::string> methods, std::string_view name) {
  std::erase(methods, name);
  return methods;
}

Artefact Named(const Blueprint& plan, std::string_view type, std::string_view ending, std::string body) {
  return {.content_type = std::string(type),
          .file_name = fmt::format("{}{}", plan.stack_name, ending),
          .version = plan.version,
          .body = std::move(body),
          .warnings = plan.warnings};
}

// The template of a stack set is that of a stack; what the set itself has to be like stands in its metadata.
base::Result<Artefact> StackSet(const Blueprint& plan, const ArtefactQuery& query) {
  json::value tree = CloudformationTemplate(plan);
  json::object set{{"Capabilities", json::array{"CAPABILITY_NAMED_IAM"}}};
  if (query.mode.empty() || query.mode == "service") {
    set["PermissionModel"] = "SERVICE_MANAGED";
    set["AutoDeployment"] = json::object{{"Enabled", true}, {"RetainStacksOnAccountRemoval", false}};
  } else if (query.mode == "self") {
    set["PermissionModel"] = "SELF_MANAGED";
  } else {
    return Refuse("mode", fmt::format("`{}` is not a mode of stack sets", base::Shortened(query.mode, 80)), "use service or self");
  }
  tree.at("Metadata").at("Crossrole").as_object()["StackSet"] = std::move(set);
  return PrintTemplate(plan, query, std::move(tree));
}

// The operator publishes the template of each integration below a bucket; the address may name which.
std::string FillIn(std::string_view url, const Blueprint& plan) {
  std::string out(url);
  const auto replace = [&](std::string_view what, const std::string& with) {
    for (std::size_t at = out.find(what); at != std::string::npos; at = out.find(what, at + with.size())) {
      out.replace(at, what.size(), with);
    }
  };
  replace("{integration}", plan.integration.text());
  replace("{version}", plan.version);
  return out;
}

base::Result<Artefact> QuickCreate(const Blueprint& plan, const ArtefactQuery& query, std::vector<std::string> others) {
  if (query.template_url.empty()) {
    return Unavailable(
        "quick-create needs a template that the console can read, and onboarding.template_url is not set",
        "setup.no_template_url", std::move(others));
  }
  const std::string template_url = FillIn(query.template_url, plan);
  const std::string url = QuickCreateUrl(plan, template_url);
  if (url.empty() || !template_url.starts_with("https://") || template_url.size() > 1024) {
    return Unavailable(url.empty() ? "the console of this partition is not known"
                                   : "onboarding.template_url is not an https address of at most 1024 characters",
                       "setup.no_template_url", std::move(others));
  }
  const json::object answer{{"url", url}, {"template_url", template_url}};
  return Named(plan, kJsonType, ".quick-create.json", base::PrintJson(answer));
}

base::Result<Artefact> Cloudshell(const Blueprint& plan, std::vector<std::string> others) {
  std::string line = ShellOneLiner(plan);
  if (line.size() > kOneLinerLimit) {
    return Unavailable("the policies are too long for one line of shell", "setup.method_unavailable",
                       std::move(others));
  }
  return Named(plan, "text/plain; charset=utf-8", ".txt", std::move(line));
}

// One policy as itself, ready to be attached; several as a list, since no document may be that long.
Artefact PermissionPolicy(const Blueprint& plan) {
  if (plan.policies.size() == 1) {
    return Named(plan, kJsonType, ".policy.json", policy::PrintPretty(plan.policies.front().document) + "\n");
  }
  json::array policies;
  for (const NamedPolicy& named : plan.policies) {
    policies.push_back(json::object{{"name", named.name}, {"document", policy::ToJson(named.document)}});
  }
  return Named(plan, kJsonType, ".policies.json",
               base::PrintJsonPretty(json::object{{"policies", std::move(policies)}}) + "\n");
}

base::Result<TrustScope> ReadTrustScope(const ArtefactQuery& query) {
  TrustScope scope{.next_principal_arn = query.next_principal_arn};
  for (const std::string& given : query.stacks) {
    for (const std::string_view slug : base::Split(given, ',')) scope.stacks.emplace_back(base::Trim(slug));
  }
  if (query.scope.empty()) {
    scope.reach = scope.stacks.empty() ? TrustReach::kAnyStack : TrustReach::kStacks;
  } else if (query.scope == "any") {
    scope.reach = TrustReach::kAnyStack;
    scope.stacks.clear();
  } else if (query.scope == "stack") {
    scope.reach = TrustReach::kStacks;
  } else if (query.scope == "exact") {
    scope.reach = TrustReach::kExact;
  } else {
    return Refuse("scope", fmt::format("`{}` is not a scope of trust", base::Shortened(query.scope, 80)),
                  "use any, stack or exact");
  }
  return scope;
}

}  // namespace

std::string_view NameOf(ArtefactMethod method) { return kMethods.at(static_cast<std::size_t>(method)).name; }

base::Result<ArtefactMethod> ParseArtefactMethod(std::string_view name) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kMethods.size(); ++i) {
    if (kMethods[i].name == name) return static_cast<ArtefactMethod>(i);
    names.push_back(kMethods[i].name);
  }
  const std::string near = base::NearestName(name, names);
  return Fail(Error{.code = Code::kNotFound,
                    .message = fmt::format("`{}` is not a method of setting up", base::Shortened(name, 80)),
                    .field = "method",
                    .fix = near.empty() ? fmt::format("use one of {}", fmt::join(names, ", "))
                                        : fmt::format("did you mean {}?", near)});
}

std::vector<std::string> MethodsFor(model::IntegrationKindOf kind) {
  std::vector<std::string> names;
  for (const MethodFacts& facts : kMethods) {
    const bool is_organization = kind == model::IntegrationKindOf::kOrganization;
    if (facts.made_for == MadeFor::kEvery || (is_organization && facts.made_for == MadeFor::kOrganizations)) names.emplace_back(facts.name);
  }
  return names;
}

base::Result<Artefact> MakeArtefact(ArtefactMethod method, const model::Integration& integration,
                                    const model::Handle& tenant, const ArtefactQuery& query) {
  std::vector<std::string> others = Without(MethodsFor(integration.kind), NameOf(method));
  const bool available = others.size() < MethodsFor(integration.kind).size();
  if (!available) {
    const bool later = std::ranges::find(kMethods, NameOf(method), &MethodFacts::name)->made_for == MadeFor::kLater;
    return Unavailable(later ? fmt::format("{} is not made by this version", NameOf(method))
                             : fmt::format("{} is not for integrations of kind {}", NameOf(method), model::NameOf(integration.kind)),
                       "setup.method_unavailable", std::move(others));
  }
  TRY_ASSIGN(const TrustScope scope, ReadTrustScope(query));
  TRY_ASSIGN(const Blueprint plan, method == ArtefactMethod::kConsole
                                       ? MakeBlueprintWithoutPath(integration, tenant, scope)
                                       : MakeBlueprint(integration, tenant, scope));
  switch (method) {
    case ArtefactMethod::kCloudformation:
      return PrintTemplate(plan, query, CloudformationTemplate(plan));
    case ArtefactMethod::kQuickCreate:
      return QuickCreate(plan, query, std::move(others));
    case ArtefactMethod::kTerraform:
      return Named(plan, "text/plain; charset=utf-8", ".tf", TerraformModule(plan));
    case ArtefactMethod::kCli:
      return Named(plan, "text/x-shellscript; charset=utf-8", ".sh", ShellScript(plan));
    case ArtefactMethod::kCloudshell:
      return Cloudshell(plan, std::move(others));
    case ArtefactMethod::kConsole:
      return Named(plan, "text/markdown; charset=utf-8", ".md", ConsoleSteps(plan));
    case ArtefactMethod::kTrustPolicy:
      return Named(plan, kJsonType, ".trust.json", policy::PrintPretty(plan.trust) + "\n");
    case ArtefactMethod::kPermissionPolicy:
      return PermissionPolicy(plan);
    case ArtefactMethod::kCloudformationStackset:
      return StackSet(plan, query);
    case ArtefactMethod::kCloudformationBundle:
    case ArtefactMethod::kKubernetes:
      break;
  }
  return Fail(Code::kInternal, "a method without an artefact");
}

}  // namespace crossrole::integration
