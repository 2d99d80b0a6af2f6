// SPDX-License-Identifier: Apache-2.0
#include "sim/identity_center/instance.h"
#include "sim/internal/optional_text.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::identity_center {
namespace {

namespace api = aws::sso;

constexpr std::string_view kOwnKey = "CUSTOMER_MANAGED_KEY";
constexpr std::string_view kAwsKey = "AWS_OWNED_KMS_KEY";

// Whoever has no instance sees none, without an error.
base::Result<api::ListInstancesOutput> List(Call& call, const api::ListInstancesInput&) {
  api::ListInstancesOutput output;
  organizations::Organization* organization = call.account().organization;
  if (organization == nullptr) return output;
  const Instance& instance = InstanceOf(*organization, call.random, call.now());
  output.instances.push_back({.instance_arn = instance.arn,
                              .identity_store_id = instance.store_id,
                              .owner_account_id = organization->management->id,
                              .name = UnlessEmpty(instance.name),
                              .created_date = call.Shown(instance.created),
                              .status = "ACTIVE"});
  return output;
}

base::Result<api::DescribeInstanceOutput> Describe(Call& call, const api::DescribeInstanceInput& input) {
  TRY_ASSIGN(const Instance* instance, FindInstance(call, input.instance_arn));
  api::EncryptionConfigurationDetails encryption{.key_type = std::string(instance->kms_key.empty() ? kAwsKey : kOwnKey),
                                                 .kms_key_arn = UnlessEmpty(instance->kms_key),
                                                 .encryption_status = "ENABLED"};
  return api::DescribeInstanceOutput{.instance_arn = instance->arn,
                                     .identity_store_id = instance->store_id,
                                     .owner_account_id = instance->organization->management->id,
                                     .name = UnlessEmpty(instance->name),
                                     .created_date = call.Shown(instance->created),
                                     .status = "ACTIVE",
                                     .encryption_configuration_details = std::move(encryption)};
}

// The key comes into force at once; whether KMS would let Identity Center use it nobody can say here.
base::Result<api::UpdateInstanceOutput> Update(Call& call, const api::UpdateInstanceInput& input) {
  TRY_ASSIGN(Instance* instance, FindInstance(call, input.instance_arn));
  if (input.encryption_configuration) {
    const std::string key = input.encryption_configuration->kms_key_arn.value_or("");
    if ((input.encryption_configuration->key_type == kOwnKey) != !key.empty()) {
      return Refuse("ValidationException", "KmsKeyArn is required with CUSTOMER_MANAGED_KEY, and cannot be specified with AWS_OWNED_KMS_KEY.");
    }
    instance->kms_key = key;
  }
  if (input.name) instance->name = *input.name;
  return api::UpdateInstanceOutput{};
}

}  // namespace

void AddInstanceOperations(OperationTable& table) {
  table.Add<api::ListInstances>(OnSet{}, List);
  table.Add<api::DescribeInstance>(OnSet{}, Describe);
  table.Add<api::UpdateInstance>(OnSet{}, Update);
}

}  // namespace crossrole::sim::identity_center
