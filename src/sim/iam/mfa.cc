// SPDX-License-Identifier: Apache-2.0
#include "sim/iam/entities.h"
#include "sim/iam/extras.h"
#include "sim/iam/operations.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

constexpr std::size_t kDevicesPerUser = 8;
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::unexpected<base::Error> NoDevice(std::string_view serial) {
  return Refuse("NoSuchEntity", "VirtualMFADevice with serial number " + std::string(serial) + " doesn't exist.");
}

base::Result<MfaDevice*> FindDevice(Call& call, std::string_view serial) {
  auto& devices = ExtrasOf(call.account()).mfa_devices;
  const auto device = devices.find(serial);
  if (device == devices.end()) return NoDevice(serial);
  return &device->second;
}

base::Result<api::CreateVirtualMFADeviceOutput> CreateDevice(Call& call, const api::CreateVirtualMFADeviceInput& input) {
  MfaDevice device{.arn = call.account().IamArn("mfa" + input.path.value_or("/") + input.virtual_mfa_device_name)};
  TRY_ASSIGN(device.tags, ReadTags(input.tags));
  auto& devices = ExtrasOf(call.account()).mfa_devices;
  if (devices.contains(device.arn)) {
    return Refuse("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.");
  }
  api::VirtualMFADevice shown{.serial_number = device.arn,
                              .base32_string_seed = base::RandomText(call.random, kBase32, 64),
                              .qr_code_png = "",
                              .tags = ShowTags(device.tags)};
  devices.emplace(device.arn, std::move(device));
  return api::CreateVirtualMFADeviceOutput{.virtual_mfa_device = std::move(shown)};
}

base::Result<api::DeleteVirtualMFADeviceOutput> DeleteDevice(Call& call, const api::DeleteVirtualMFADeviceInput& input) {
  TRY_ASSIGN(const MfaDevice* device, FindDevice(call, input.serial_number));
  if (!device->user.empty()) return Refuse("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.");
  ExtrasOf(call.account()).mfa_devices.erase(input.serial_number);
  return api::DeleteVirtualMFADeviceOutput{};
}

base::Result<api::ListVirtualMFADevicesOutput> ListDevices(Call& call, const api::ListVirtualMFADevicesInput& input) {
  const std::string wanted = input.assignment_status.value_or("Any");
  std::vector<api::VirtualMFADevice> devices;
  for (const auto& [arn, device] : ExtrasOf(call.account()).mfa_devices) {
    if ((wanted == "Assigned" && device.user.empty()) || (wanted == "Unassigned" && !device.user.empty())) continue;
    api::VirtualMFADevice shown{.serial_number = arn};
    if (const auto user = call.account().users.Find(device.user)) {
      shown.user = ShowUser(call, *user, Show::kListed);
      shown.enable_date = call.Shown(device.enabled);
    }
    devices.push_back(std::move(shown));
  }
  api::ListVirtualMFADevicesOutput output;
  TRY(Page(input, std::move(devices), [](const auto& device) -> std::string_view { return device.serial_number; },
           output.virtual_mfa_devices, output));
  return output;
}

base::Status CheckCodes(const std::string& first, const std::string& second) {
  if (first != second) return {};
  return Refuse("InvalidAuthenticationCode", "Authentication code for device is not valid.");
}

base::Result<api::EnableMFADeviceOutput> EnableDevice(Call& call, const api::EnableMFADeviceInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  TRY_ASSIGN(MfaDevice* device, FindDevice(call, input.serial_number));
  TRY(CheckCodes(input.authentication_code1, input.authentication_code2));
  if (!device->user.empty()) {
    return Refuse("EntityAlreadyExists", "MFADevice is already in use.");
  }
  const auto& devices = ExtrasOf(call.account()).mfa_devices;
  const auto owned = std::ranges::count_if(devices, [&](const auto& each) { return each.second.user == user->name; });
  if (static_cast<std::size_t>(owned) >= kDevicesPerUser) {
    return Refuse("LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: " + std::to_string(kDevicesPerUser));
  }
  device->user = user->name;
  device->enabled = call.now();
  return api::EnableMFADeviceOutput{};
}

// The device of a user. Errors: NoSuchEntity.
template <typename Input>
base::Result<MfaDevice*> FindOwned(Call& call, const Input& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  TRY_ASSIGN(MfaDevice* device, FindDevice(call, input.serial_number));
  if (device->user != user->name) return NoDevice(input.serial_number);
  return device;
}

base::Result<api::DeactivateMFADeviceOutput> DeactivateDevice(Call& call, const api::DeactivateMFADeviceInput& input) {
  TRY_ASSIGN(MfaDevice* device, FindOwned(call, input));
  device->user.clear();
  return api::DeactivateMFADeviceOutput{};
}

base::Result<api::ResyncMFADeviceOutput> ResyncDevice(Call& call, const api::ResyncMFADeviceInput& input) {
  TRY(FindOwned(call, input));
  TRY(CheckCodes(input.authentication_code1, input.authentication_code2));
  return api::ResyncMFADeviceOutput{};
}

base::Result<api::ListMFADevicesOutput> ListOwned(Call& call, const api::ListMFADevicesInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  std::vector<api::MFADevice> devices;
  for (const auto& [arn, device] : ExtrasOf(call.account()).mfa_devices) {
    if (device.user == user->name) {
      devices.push_back({.user_name = user->name, .serial_number = arn, .enable_date = call.Shown(device.enabled)});
    }
  }
  api::ListMFADevicesOutput output;
  TRY(Page(input, std::move(devices), [](const auto& device) -> std::string_view { return device.serial_number; },
           output.mfa_devices, output));
  return output;
}

base::Result<api::GetMFADeviceOutput> GetDevice(Call& call, const api::GetMFADeviceInput& input) {
  TRY_ASSIGN(const MfaDevice* device, FindDevice(call, input.serial_number));
  if (input.user_name && device->user != *input.user_name) return NoDevice(input.serial_number);
  api::GetMFADeviceOutput output{.serial_number = device->arn};
  if (!device->user.empty()) {
    output.user_name = device->user;
    output.enable_date = call.Shown(device->enabled);
  }
  return output;
}

base::Result<api::TagMFADeviceOutput> TagDevice(Call& call, const api::TagMFADeviceInput& input) {
  TRY_ASSIGN(MfaDevice* device, FindDevice(call, input.serial_number));
  TRY_ASSIGN(const Tags tags, ReadTags(input.tags));
  MergeTags(device->tags, tags);
  return api::TagMFADeviceOutput{};
}

base::Result<api::UntagMFADeviceOutput> UntagDevice(Call& call, const api::UntagMFADeviceInput& input) {
  TRY_ASSIGN(MfaDevice* device, FindDevice(call, input.serial_number));
  EraseTags(device->tags, input.tag_keys);
  return api::UntagMFADeviceOutput{};
}

base::Result<api::ListMFADeviceTagsOutput> ListDeviceTags(Call& call, const api::ListMFADeviceTagsInput& input) {
  TRY_ASSIGN(const MfaDevice* device, FindDevice(call, input.serial_number));
  api::ListMFADeviceTagsOutput output;
  TRY(Page(input, ShowTags(device->tags), [](const api::Tag& tag) -> std::string_view { return tag.key; }, output.tags, output));
  return output;
}

// For operations on a device.
struct OnDevice {
  template <typename Input>
  Ask operator()(const Call& call, const Input& input) const {
    Ask ask{.resource = input.serial_number};
    const auto& devices = ExtrasOf(std::as_const(call.account())).mfa_devices;
    if (const auto device = devices.find(input.serial_number); device != devices.end()) {
      AddResourceTags(ask.context, device->second.tags);
    }
    if constexpr (requires { input.tag_keys; }) ask.context.SetList("aws:TagKeys", input.tag_keys);
    if constexpr (requires { input.tags; }) OnEntity::AddTags(ask.context, input.tags);
    return ask;
  }
};

Ask OnNewDevice(const Call& call, const api::CreateVirtualMFADeviceInput& input) {
  Ask ask{.resource = call.account().IamArn("mfa" + input.path.value_or("/") + input.virtual_mfa_device_name)};
  OnEntity::AddTags(ask.context, input.tags);
  return ask;
}

}  // namespace

void AddMfaOperations(OperationTable& table) {
  table.Add<api::CreateVirtualMFADevice>(OnNewDevice, CreateDevice);
  table.Add<api::DeleteVirtualMFADevice>(OnDevice{}, DeleteDevice);
  table.Add<api::ListVirtualMFADevices>(OnAnything{}, ListDevices);
  table.Add<api::EnableMFADevice>(OnEntity{}, EnableDevice);
  table.Add<api::DeactivateMFADevice>(OnEntity{}, DeactivateDevice);
  table.Add<api::ResyncMFADevice>(OnEntity{}, ResyncDevice);
  table.Add<api::ListMFADevices>(OnEntity{}, ListOwned);
  table.Add<api::GetMFADevice>(OnDevice{}, GetDevice);
  table.Add<api::TagMFADevice>(OnDevice{}, TagDevice);
  table.Add<api::UntagMFADevice>(OnDevice{}, UntagDevice);
  table.Add<api::ListMFADeviceTags>(OnDevice{}, ListDeviceTags);
}

}  // namespace crossrole::sim::iam
