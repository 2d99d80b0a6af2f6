// SPDX-License-Identifier: Apache-2.0
#include "integration/capabilities.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <set>

#include "base/text.h"
#include "integration/internal/action_examples.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;

std::unexpected<Error> RefuseChoice(std::string message, std::string fix) {
  return Fail(Error{
      .code = Code::kInvalidArgument, .message = std::move(message), .field = "capabilities", .fix = std::move(fix)});
}

bool IsAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool IsBucketName(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
  return text.size() >= 3 && text.size() <= 63 && std::ranges::all_of(text, allowed) && text.front() != '.' &&
         text.front() != '-' && text.back() != '.' && text.back() != '-';
}

// Narrower than what S3 allows: a prefix ends up in an ARN pattern, where wildcards and variables have a meaning.
bool IsKeyPrefix(std::string_view text) {
  const auto allowed = [](char c) { return IsAlnum(c) || std::string_view("!-_.'()/=+@,:").contains(c); };
  return !text.empty() && text.size() <= 512 && text.front() != '/' && std::ranges::all_of(text, allowed);
}

bool IsTableName(std::string_view text) {
  const auto allowed = [](char c) { return IsAlnum(c) || c == '_' || c == '-' || c == '.'; };
  return text.size() >= 3 && text.size() <= 255 && std::ranges::all_of(text, allowed);
}

bool IsParameterValue(std::string_view name, std::string_view value) {
  if (name == "bucket") return IsBucketName(value);
  if (name == "key_prefix") return IsKeyPrefix(value);
  return IsTableName(value);
}

base::Status CheckParameters(const Pack& pack, const model::CapabilityChoice& choice) {
  for (const auto& [name, value] : choice.parameters) {
    if (std::ranges::find(pack.parameters, name, &PackParameter::name) == pack.parameters.end()) {
      return RefuseChoice(fmt::format("capability `{}` has no parameter `{}`", pack.name, base::Shortened(name, 80)),
                    pack.parameters.empty() ? "give none" : "see GET /v1/capabilities");
    }
    if (!IsParameterValue(name, value)) {
      return RefuseChoice(fmt::format("`{}` is not a valid {} for capability `{}`", base::Shortened(value, 80), name, pack.name),
                    "see GET /v1/capabilities");
    }
  }
  for (const PackParameter& parameter : pack.parameters) {
    if (parameter.presence == Presence::kRequired && !choice.parameters.contains(std::string(parameter.name))) {
      return RefuseChoice(fmt::format("capability `{}` needs the parameter `{}`", pack.name, parameter.name),
                    fmt::format("give it the {}", parameter.meaning));
    }
  }
  return {};
}

std::string Parameter(const model::CapabilityChoice& choice, const char* name) {
  const auto found = choice.parameters.find(name);
  return found == choice.parameters.end() ? "" : found->second;
}

// Workspaces other than the default one lie below `env:/<workspace>/`.
std::vector<std::string> StateKeys(const model::CapabilityChoice& choice, std::string_view partition,
                                   std::string_view ending) {
  const std::string bucket = Parameter(choice, "bucket");
  const std::string prefix = Parameter(choice, "key_prefix");
  std::vector<std::string> keys = {fmt::format("arn:{}:s3:::{}/{}*{}", partition, bucket, prefix, ending)};
  if (!prefix.empty()) keys.push_back(fmt::format("arn:{}:s3:::{}/env:/*/{}*{}", partition, bucket, prefix, ending));
  return keys;
}

// Empty: the statement has nothing to apply to and is left out.
std::vector<std::string> ResourcesOf(PackScope scope, const model::CapabilityChoice& choice, const PackPlace& place) {
  const std::string_view partition = model::FactsOf(place.partition).name;
  switch (scope) {
    case PackScope::kOwnRole:
      return {place.own_role_arn};
    case PackScope::kEverything:
      return {"*"};
    case PackScope::kStateBucket:
      return {fmt::format("arn:{}:s3:::{}", partition, Parameter(choice, "bucket"))};
    case PackScope::kStateObjects:
      return StateKeys(choice, partition, "");
    case PackScope::kStateLockFiles:
      return StateKeys(choice, partition, ".tflock");
    case PackScope::kStateLockTable: {
      const std::string table = Parameter(choice, "dynamodb_table");
      if (table.empty()) return {};
      return {fmt::format("arn:{}:dynamodb:*:{}:table/{}", partition, place.account, table)};
    }
  }
  return {};
}

std::string_view ScopeInWords(PackScope scope) {
  switch (scope) {
    case PackScope::kOwnRole:
      return "the role itself";
    case PackScope::kEverything:
      return "everything";
    case PackScope::kStateBucket:
      return "the bucket";
    case PackScope::kStateObjects:
      return "objects below the prefix";
    case PackScope::kStateLockFiles:
      return "lock files below the prefix";
    case PackScope::kStateLockTable:
      return "the lock table";
  }
  return "";
}

std::string PackText(const Pack& pack) {
  std::string out = fmt::format("{} (version {}, {})\n{}\n", pack.name, pack.version, NameOf(pack.use), pack.purpose);
  for (const PackStatement& statement : pack.statements) {
    out += fmt::format("\n  {}, on {}\n  {}\n", statement.sid, ScopeInWords(statement.scope), statement.why);
    for (const std::string_view action : statement.actions) out += fmt::format("    {}\n", action);
  }
  return out;
}

constexpr std::string_view kPageHead = R"(# Capabilities

<!-- Made from the table in src/integration/internal/capabilities_table.cc; `integration_test --update-golden` writes it. -->

A capability is a named, versioned pack of IAM actions. Every artefact of an integration contains exactly the packs
that were chosen for it, and the permission check asks IAM about exactly these.

*Used* packs hold what features of Crossrole call: a feature calls no action outside its packs, and a pack holds no
action that nothing calls. *Granted* packs are for what people and programs do with the sessions they get.
)";

}  // namespace

std::vector<std::string> ActionsFor(std::string_view pack) {
  std::vector<std::string> actions;
  if (const Pack* found = FindPack(pack); found != nullptr) {
    for (const PackStatement& statement : found->statements) {
      actions.insert(actions.end(), statement.actions.begin(), statement.actions.end());
    }
  }
  return actions;
}

std::vector<model::CapabilityChoice> DefaultCapabilities() {
  std::vector<model::CapabilityChoice> choices;
  for (const Pack& pack : Packs()) {
    if (pack.by_default == PackDefault::kOn) choices.push_back({.name = std::string(pack.name)});
  }
  return choices;
}

base::Status CheckCapabilities(std::span<const model::CapabilityChoice> choices) {
  std::vector<std::string_view> names;
  for (const Pack& pack : Packs()) names.push_back(pack.name);
  std::set<std::string_view> seen;
  for (const model::CapabilityChoice& choice : choices) {
    const Pack* pack = FindPack(choice.name);
    if (pack == nullptr) {
      const std::string near = base::NearestName(choice.name, names);
      return RefuseChoice(fmt::format("`{}` is not a capability of this version", base::Shortened(choice.name, 80)),
                    near.empty() ? fmt::format("use any of {}", fmt::join(names, ", "))
                                 : fmt::format("did you mean {}? There are {}", near, fmt::join(names, ", ")));
    }
    if (!seen.insert(pack->name).second) {
      return RefuseChoice(fmt::format("capability `{}` is named twice", pack->name), "name it once");
    }
    TRY(CheckParameters(*pack, choice));
  }
  return {};
}

std::vector<policy::Statement> StatementsOf(const model::CapabilityChoice& choice, const PackPlace& place) {
  std::vector<policy::Statement> statements;
  const Pack* pack = FindPack(choice.name);
  CHECK(pack != nullptr);
  for (const PackStatement& wanted : pack->statements) {
    std::vector<std::string> resources = ResourcesOf(wanted.scope, choice, place);
    if (resources.empty()) continue;
    policy::Statement statement{.sid = std::string(wanted.sid), .effect = policy::Effect::kAllow};
    statement.action = {.form = policy::Form::kIs, .patterns = {wanted.actions.begin(), wanted.actions.end()}};
    statement.resource = {.form = policy::Form::kIs, .patterns = std::move(resources)};
    statements.push_back(std::move(statement));
  }
  return statements;
}

std::vector<Requirement> RequirementsOf(const model::CapabilityChoice& choice, const PackPlace& place) {
  std::vector<Requirement> requirements;
  for (const policy::Statement& statement : StatementsOf(choice, place)) {
    for (const std::string& action : statement.action.patterns) {
      requirements.push_back({.action = action,
                              .asked_as = action.contains('*') ? std::string(ExampleOf(action)) : action,
                              .resource = statement.resource.patterns.front()});
    }
  }
  return requirements;
}

json::value ToJson(const Pack& pack) {
  json::array parameters;
  for (const PackParameter& parameter : pack.parameters) {
    parameters.push_back(json::object{{"name", parameter.name},
                                      {"required", parameter.presence == Presence::kRequired},
                                      {"meaning", parameter.meaning}});
  }
  json::array statements;
  for (const PackStatement& statement : pack.statements) {
    json::array actions;
    for (const std::string_view action : statement.actions) actions.emplace_back(action);
    statements.push_back(json::object{{"sid", statement.sid},
                                      {"actions", std::move(actions)},
                                      {"scope", NameOf(statement.scope)},
                                      {"why", statement.why}});
  }
  return json::object{{"name", pack.name},
                      {"version", pack.version},
                      {"use", NameOf(pack.use)},
                      {"default", pack.by_default == PackDefault::kOn},
                      {"purpose", pack.purpose},
                      {"parameters", std::move(parameters)},
                      {"statements", std::move(statements)}};
}

base::Result<std::string> RequiredActionsText(std::span<const std::string> names) {
  std::string out;
  for (const std::string& name : names) {
    const Pack* pack = FindPack(name);
    if (pack == nullptr) {
      return Fail(Error{.code = Code::kNotFound,
                        .message = fmt::format("`{}` is not a capability of this version", base::Shortened(name, 80)),
                        .field = "capability",
                        .fix = "see the list in docs/reference/capabilities.md"});
    }
    out += (out.empty() ? "" : "\n") + PackText(*pack);
  }
  return out;
}

std::string CapabilitiesPage() {
  std::string out(kPageHead);
  for (const Pack& pack : Packs()) {
    out += fmt::format("\n## {}\n\n{} {} pack, version {}{}.\n", pack.name, pack.purpose,
                       pack.use == PackUse::kUsed ? "Used" : "Granted", pack.version,
                       pack.by_default == PackDefault::kOn ? ", on unless left out" : "");
    if (!pack.parameters.empty()) {
      out += "\n| parameter | | meaning |\n|---|---|---|\n";
      for (const PackParameter& parameter : pack.parameters) {
        out += fmt::format("| `{}` | {} | {} |\n", parameter.name,
                           parameter.presence == Presence::kRequired ? "required" : "optional", parameter.meaning);
      }
    }
    out += "\n| Sid | resource | actions | why |\n|---|---|---|---|\n";
    for (const PackStatement& statement : pack.statements) {
      out += fmt::format("| `{}` | {} | `{}` | {} |\n", statement.sid, ScopeInWords(statement.scope),
                         fmt::join(statement.actions, "` `"), statement.why);
    }
  }
  return out;
}

std::string_view NameOf(PackUse use) { return use == PackUse::kUsed ? "used" : "granted"; }

std::string_view NameOf(PackScope scope) {
  constexpr std::array<std::string_view, 6> kNames = {"own_role",      "everything",       "state_bucket",
                                                      "state_objects", "state_lock_files", "state_lock_table"};
  return kNames.at(static_cast<std::size_t>(scope));
}

}  // namespace crossrole::integration
