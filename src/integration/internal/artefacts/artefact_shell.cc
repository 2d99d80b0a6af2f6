// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/json.h"
#include "integration/internal/names.h"
#include "integration/internal/artefacts/quoting.h"
#include "integration/internal/artefacts/renderers.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;

constexpr std::string_view kShellHead =
    R"sh(# Needs the AWS CLI with credentials of an administrator of the account. It may be run again: it changes only
# what carries the tag of this integration, and stops at anything else. Its last line is the ARN of the role.
set -eu
# No pager, and no rewriting of paths by Git for Windows.
export AWS_PAGER='' MSYS_NO_PATHCONV=1

)sh";

constexpr std::string_view kFunctions = R"sh(
fail() {
  printf 'crossrole: %s\n' "$*" >&2
  exit 1
}

# Whether the command finds something; stops at any answer but NoSuchEntity.
finds() {
  if message=$("$@" 2>&1 >/dev/null); then
    return 0
  fi
  case $message in
    *NoSuchEntity*) return 1 ;;
  esac
  fail "$message"
}

# policy_tag ARN KEY
policy_tag() {
  aws iam get-policy --policy-arn="$1" --query="Policy.Tags[?Key=='$2'].Value | [0]" --output=text
}

# use_policy NAME FALLBACK DOCUMENT: makes or renews the policy and remembers its ARN.
use_policy() {
  arn="arn:$partition:iam::$account:policy$path$1"
  if ! finds aws iam get-policy --policy-arn="$arn"; then
    aws iam create-policy --policy-name="$1" --path="$path" --policy-document="$3" --tags="$tags" >/dev/null
  elif [ "$(policy_tag "$arn" crossrole:integration)" != "$integration" ]; then
    [ -n "$2" ] || fail "there is a policy $arn that this integration has not made"
    use_policy "$2" '' "$3"
  elif [ "$(policy_tag "$arn" crossrole:template)" != "$template" ]; then
    # IAM keeps five versions: the oldest that is not in use makes room.
    oldest=$(aws iam list-policy-versions --policy-arn="$arn" --query='Versions[?!IsDefaultVersion] | [3].VersionId' --output=text)
    [ "$oldest" = None ] || aws iam delete-policy-version --policy-arn="$arn" --version-id="$oldest"
    aws iam create-policy-version --policy-arn="$arn" --policy-document="$3" --set-as-default >/dev/null
    aws iam tag-policy --policy-arn="$arn" --tags="$tags"
  fi
}

# detach_all_but WANTED: takes off what an earlier version of this script made and this one does not want.
detach_all_but() {
  aws iam list-attached-role-policies --role-name="$role_name" --query='AttachedPolicies[].PolicyArn' --output=text |
    tr '\t' '\n' | while read -r arn; do
    case $1 in *" $arn "*) continue ;; esac
    case $arn in "arn:$partition:iam::$account:policy/"*) ;; *) continue ;; esac
    [ "$(policy_tag "$arn" crossrole:integration)" != "$integration" ] ||
      aws iam detach-role-policy --role-name="$role_name" --policy-arn="$arn"
  done
}

)sh";

std::string Variable(std::string_view name, std::string_view value) {
  return fmt::format("{}={}\n", name, ShellQuote(value));
}

std::string Settings(const Blueprint& plan) {
  json::array tags;
  for (const auto& [key, value] : plan.tags) tags.push_back(json::object{{"Key", key}, {"Value", value}});
  std::string out;
  out += Variable("integration", plan.integration.text());
  out += Variable("template", plan.version);
  out += Variable("partition", model::FactsOf(plan.partition).name);
  out += Variable("role_name", plan.role_name);
  out += Variable("path", plan.path);
  out += Variable("longest_session", fmt::format("{}", plan.longest_session.count()));
  out += Variable("tags", base::PrintJson(tags));
  out += Variable("trust", policy::Print(plan.trust));
  for (std::size_t i = 0; i < plan.policies.size(); ++i) {
    out += Variable(fmt::format("policy_{}", i + 1), policy::Print(plan.policies[i].document));
  }
  // As JSON, because the AWS CLI would read a file when the text itself begins with file://.
  if (!plan.description.empty()) {
    out += Variable("texts", base::PrintJson(json::object{{"Description", plan.description}}));
  }
  return out;
}

std::string AccountCheck(const Blueprint& plan) {
  std::string out = "account=$(aws sts get-caller-identity --query=Account --output=text)\n";
  if (plan.account) {
    out += fmt::format("[ \"$account\" = {0} ] || fail \"these credentials are of account $account, not of {0}\"\n",
                       plan.account->text());
  }
  return out + "\n";
}

std::string UsePolicies(const Blueprint& plan) {
  std::string out;
  for (std::size_t i = 0; i < plan.policies.size(); ++i) {
    out += fmt::format("use_policy {} {} \"$policy_{}\"\narn_{}=$arn\n", ShellQuote(plan.policies[i].name),
                       ShellQuote(plan.policies[i].fallback_name), i + 1, i + 1);
  }
  return out;
}

std::string MakeRole(const Blueprint& plan) {
  const std::string texts = plan.description.empty() ? "" : " --cli-input-json=\"$texts\"";
  const std::string boundary = plan.permissions_boundary_arn.empty()
                                   ? ""
                                   : " --permissions-boundary=" + ShellQuote(plan.permissions_boundary_arn);
  std::string out = R"sh(
if finds aws iam get-role --role-name="$role_name"; then
  owner=$(aws iam get-role --role-name="$role_name" --query="Role.Tags[?Key=='crossrole:integration'].Value | [0]" --output=text)
  [ "$owner" = "$integration" ] || fail "there is a role $role_name that this integration has not made"
  aws iam update-assume-role-policy --role-name="$role_name" --policy-document="$trust"
)sh";
  out += fmt::format(
      "  aws iam update-role --role-name=\"$role_name\" --max-session-duration=\"$longest_session\"{} >/dev/null\n",
      texts);
  if (!boundary.empty())
    out += fmt::format("  aws iam put-role-permissions-boundary --role-name=\"$role_name\"{}\n", boundary);
  out += "  aws iam tag-role --role-name=\"$role_name\" --tags=\"$tags\"\nelse\n";
  out += fmt::format(
      "  aws iam create-role --role-name=\"$role_name\" --path=\"$path\" --assume-role-policy-document=\"$trust\" \\\n"
      "    --max-session-duration=\"$longest_session\" --tags=\"$tags\"{}{} >/dev/null\nfi\n",
      boundary, texts);
  return out;
}

std::string AttachPolicies(const Blueprint& plan) {
  std::string out;
  std::string wanted;
  for (std::size_t i = 0; i < plan.policies.size(); ++i) {
    out += fmt::format("aws iam attach-role-policy --role-name=\"$role_name\" --policy-arn=\"$arn_{}\"\n", i + 1);
    wanted += fmt::format(" $arn_{}", i + 1);
  }
  for (const std::string& arn : plan.managed_policy_arns) {
    out += fmt::format("aws iam attach-role-policy --role-name=\"$role_name\" --policy-arn={}\n", ShellQuote(arn));
  }
  return out +
         fmt::format(
             "detach_all_but \"{} \"\n\naws iam get-role --role-name=\"$role_name\" --query=Role.Arn --output=text\n",
             wanted);
}

}  // namespace

std::string ShellScript(const Blueprint& plan) {
  std::string out = fmt::format("#!/bin/sh\n# Makes the role for the Crossrole integration {} ({}), template {}.\n",
                                plan.handle.text(), plan.integration.text(), plan.version);
  for (const std::string& warning : plan.warnings) out += fmt::format("# Warning: {}.\n", warning);
  out += kShellHead;
  out += Settings(plan);
  out += kFunctions;
  out += AccountCheck(plan);
  out += UsePolicies(plan);
  out += MakeRole(plan);
  return out + AttachPolicies(plan);
}

std::string ShellOneLiner(const Blueprint& plan) {
  return fmt::format("sh -c \"$(printf '%b' {})\"\n", PrintfQuote(ShellScript(plan)));
}

}  // namespace crossrole::integration
