// SPDX-License-Identifier: Apache-2.0
#include "model/integration.h"

#include "base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <span>

namespace crossrole::model {
namespace {

constexpr std::array<std::string_view, 2> kKinds = {"account", "organization"};
constexpr std::array<std::string_view, 6> kPresets = {"crossrole",    "convox",       "spacelift",
                                                      "turbot_pipes", "conductorone", "cloudoptimo"};
constexpr std::array<std::string_view, 6> kStates = {"pending", "verifying", "active",
                                                     "failed",  "quarantined", "disabled"};
constexpr std::array<std::string_view, 3> kExternalIdStates = {"current", "previous", "retired"};

template <typename Enum>
base::Result<Enum> ParseName(std::span<const std::string_view> names, std::string_view name, std::string_view field) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = name.empty() ? fmt::format("no {} is given", field)
                                                        : fmt::format("`{}` is not a known {}", base::Shortened(name, 80), field),
                                .field = std::string(field),
                                .fix = fmt::format("use one of {}", fmt::join(names, ", "))});
}

}  // namespace

const IssuedExternalId* Integration::CurrentExternalId() const {
  for (const IssuedExternalId& issued : external_ids) {
    if (issued.state == ExternalIdState::kCurrent) return &issued;
  }
  return nullptr;
}

std::optional<AccountId> Integration::BindingAccount() const { return account_from_arn ? std::nullopt : account_id; }

std::optional<RoleArn> Integration::ExpectedRoleArn() const {
  if (role_arn) return role_arn;
  if (!account_id) return std::nullopt;
  auto expected = RoleArn::Make(partition, *account_id, role.role_path, role.role_name);
  return expected ? std::optional<RoleArn>(*expected) : std::nullopt;
}

std::string_view NameOf(IntegrationKindOf kind) { return kKinds.at(static_cast<std::size_t>(kind)); }
std::string_view NameOf(Preset preset) { return kPresets.at(static_cast<std::size_t>(preset)); }
std::string_view NameOf(IntegrationState state) { return kStates.at(static_cast<std::size_t>(state)); }
std::string_view NameOf(ExternalIdState state) { return kExternalIdStates.at(static_cast<std::size_t>(state)); }

base::Result<IntegrationKindOf> ParseIntegrationKind(std::string_view name) {
  return ParseName<IntegrationKindOf>(kKinds, name, "kind");
}
base::Result<Preset> ParsePreset(std::string_view name) { return ParseName<Preset>(kPresets, name, "preset"); }
base::Result<IntegrationState> ParseIntegrationState(std::string_view name) {
  return ParseName<IntegrationState>(kStates, name, "state");
}
base::Result<ExternalIdState> ParseExternalIdState(std::string_view name) {
  return ParseName<ExternalIdState>(kExternalIdStates, name, "state of an external ID");
}

}  // namespace crossrole::model
