// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/clock.h"
#include "sim/stack_resources/holders.h"
#include "sim/stack_resources/rows.h"

namespace crossrole::sim::stack_resources {

namespace api = aws::iam;

namespace {

// Makes room for one more version, as CloudFormation does.
base::Status DropOldestVersion(Call& call, const std::string& arn) {
  TRY_ASSIGN(const api::ListPolicyVersionsOutput versions, Do<api::ListPolicyVersions>(call, {.policy_arn = arn}));
  if (versions.versions.size() < policy::kManagedPolicyVersions) return {};
  const auto oldest = std::ranges::find_if(
      versions.versions, [](const api::PolicyVersion& version) { return !version.is_default_version.value_or(false); });
  TRY(Do<api::DeletePolicyVersion>(call, {.policy_arn = arn, .version_id = oldest->version_id}));
  return {};
}

base::Status ChangeDocument(const Target& target, Physical& policy) {
  Call& call = target.call;
  if (!Differ(policy.properties, target.properties, "PolicyDocument")) return {};
  TRY(DropOldestVersion(call, policy.id));
  TRY_ASSIGN(const api::CreatePolicyVersionOutput made,
             Do<api::CreatePolicyVersion>(call, {.policy_arn = policy.id,
                                                 .policy_document = DocumentIn(target.properties, "PolicyDocument"),
                                                 .set_as_default = true}));
  Apply(policy, target.properties, "PolicyDocument");
  policy.attributes["DefaultVersionId"] = made.policy_version.version_id;
  policy.attributes["UpdateDate"] = base::FormatRfc3339Seconds(call.Shown(call.now()));
  return {};
}

// Attaches it to whom `after` names.
base::Status Give(Call& call, Physical& policy, const Holders& after) {
  const Holders before = HoldersIn(policy.properties);
  for (const Holder& holder : after) {
    if (Has(before, holder)) continue;
    TRY(Attach(call, holder, policy.id));
    AddHolder(policy, holder);
  }
  policy.attributes["AttachmentCount"] = std::to_string(after.size());
  return {};
}

// Detaches it from all that `kept` does not name.
base::Status Take(Call& call, Physical& policy, const Holders& kept) {
  for (const Holder& holder : HoldersIn(policy.properties)) {
    if (Has(kept, holder)) continue;
    TRY(Detach(call, holder, policy.id));
    DropHolder(policy, holder);
  }
  return {};
}

}  // namespace

base::Status CreateManagedPolicy(const Target& target, Physical& made) {
  Call& call = target.call;
  TRY_ASSIGN(const api::CreatePolicyOutput answer,
             Do<api::CreatePolicy>(call, {.policy_name = NameFor(target, "ManagedPolicyName", 128),
                                          .path = TextIn(target.properties, "Path"),
                                          .policy_document = DocumentIn(target.properties, "PolicyDocument"),
                                          .description = TextIn(target.properties, "Description")}));
  const std::string now = base::FormatRfc3339Seconds(call.Shown(call.now()));
  made.id = answer.policy.arn;
  made.attributes = {{"PolicyArn", made.id},
                     {"PolicyId", answer.policy.policy_id.value_or("")},
                     {"DefaultVersionId", answer.policy.default_version_id.value_or("")},
                     {"IsAttachable", "true"},
                     {"PermissionsBoundaryUsageCount", "0"},
                     {"CreateDate", now},
                     {"UpdateDate", now}};
  return Give(call, made, HoldersIn(target.properties));
}

base::Status UpdateManagedPolicy(const Target& target, Physical& policy) {
  const Holders after = HoldersIn(target.properties);
  TRY(ChangeDocument(target, policy));
  TRY(Give(target.call, policy, after));
  return Take(target.call, policy, after);
}

base::Status RemoveManagedPolicy(Call& call, Physical& policy) {
  const std::string& arn = policy.id;
  TRY(Take(call, policy, {}));
  const auto versions = Do<api::ListPolicyVersions>(call, {.policy_arn = arn});
  if (!versions) return Gone(versions);
  for (const api::PolicyVersion& version : versions->versions) {
    if (version.is_default_version.value_or(false)) continue;
    TRY(Gone(Do<api::DeletePolicyVersion>(call, {.policy_arn = arn, .version_id = version.version_id})));
  }
  return Gone(Do<api::DeletePolicy>(call, {.policy_arn = arn}));
}

}  // namespace crossrole::sim::stack_resources
