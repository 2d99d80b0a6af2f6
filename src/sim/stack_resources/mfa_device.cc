// SPDX-License-Identifier: Apache-2.0
#include "sim/stack_resources/properties.h"
#include "sim/stack_resources/rows.h"

namespace crossrole::sim::stack_resources {

namespace api = aws::iam;

namespace {

// AWS computes two codes from the seed; the simulated devices have no clock and take any two that differ.
base::Status Enable(Call& call, Physical& device, const Texts& users) {
  for (const std::string& user : Without(users, TextsIn(device.properties, "Users"))) {
    TRY(Do<api::EnableMFADevice>(call, {.user_name = user,
                                        .serial_number = device.id,
                                        .authentication_code1 = "000001",
                                        .authentication_code2 = "000002"}));
    AddText(device, "Users", user);
  }
  return {};
}

base::Status Deactivate(Call& call, Physical& device, const Texts& kept) {
  for (const std::string& user : Without(TextsIn(device.properties, "Users"), kept)) {
    TRY(Gone(Do<api::DeactivateMFADevice>(call, {.user_name = user, .serial_number = device.id})));
    DropText(device, "Users", user);
  }
  return {};
}

}  // namespace

base::Status CreateMfaDevice(const Target& target, Physical& made) {
  const boost::json::object& properties = target.properties;
  TRY_ASSIGN(const api::CreateVirtualMFADeviceOutput answer,
             Do<api::CreateVirtualMFADevice>(target.call, {.path = TextIn(properties, "Path"),
                                                           .virtual_mfa_device_name = NameFor(target, "VirtualMfaDeviceName", 226),
                                                           .tags = TagsFor(target)}));
  made.id = answer.virtual_mfa_device.serial_number;
  made.attributes = {{"SerialNumber", made.id}};
  return Enable(target.call, made, TextsIn(properties, "Users"));
}

base::Status UpdateMfaDevice(const Target& target, Physical& device) {
  Call& call = target.call;
  const Texts users = TextsIn(target.properties, "Users");
  // A device has one user: the old one leaves it first.
  TRY(Deactivate(call, device, users));
  TRY(Enable(call, device, users));
  const TagChange tags = ChangeOfTags(target, device);
  if (!tags.set.empty()) TRY(Do<api::TagMFADevice>(call, {.serial_number = device.id, .tags = tags.set}));
  Apply(device, target.properties, "Tags");
  if (!tags.dropped.empty()) TRY(Do<api::UntagMFADevice>(call, {.serial_number = device.id, .tag_keys = tags.dropped}));
  return {};
}

base::Status RemoveMfaDevice(Call& call, Physical& device) {
  TRY(Deactivate(call, device, {}));
  return Gone(Do<api::DeleteVirtualMFADevice>(call, {.serial_number = device.id}));
}

}  // namespace crossrole::sim::stack_resources
