// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "sim/iam/entities.h"
#include "sim/iam/extras.h"
#include "sim/iam/operations.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

constexpr std::array<std::string_view, 3> kServices = {"codecommit.amazonaws.com", "cassandra.amazonaws.com", "bedrock.amazonaws.com"};
constexpr std::size_t kPerService = 2;
constexpr std::string_view kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kPassword = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string NewPassword(const Call& call) { return base::RandomText(call.random, kPassword, 44); }

std::string StatusOf(const OtherCredential& credential) { return credential.active ? "Active" : "Inactive"; }

// With its password, which is told only when it is new.
api::ServiceSpecificCredential ShowNew(const Call& call, const User& user, const OtherCredential& credential) {
  return {.create_date = call.Shown(credential.created),
          .service_name = credential.service,
          .service_user_name = credential.body,
          .service_password = base::Secret(std::string(credential.password)),
          .service_specific_credential_id = credential.id,
          .user_name = user.name,
          .status = StatusOf(credential)};
}

api::ServiceSpecificCredentialMetadata ShowListed(const Call& call, const User& user, const OtherCredential& credential) {
  return {.user_name = user.name,
          .status = StatusOf(credential),
          .service_user_name = credential.body,
          .create_date = call.Shown(credential.created),
          .service_specific_credential_id = credential.id,
          .service_name = credential.service};
}

template <typename Input>
base::Result<std::pair<std::shared_ptr<const User>, OtherCredential>> Find(const Call& call, const Input& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  const auto& all = ExtrasOf(*user).service_credentials;
  const auto it = std::ranges::find(all, input.service_specific_credential_id, &OtherCredential::id);
  if (it == all.end()) return Refuse("NoSuchEntity", "No such credential " + input.service_specific_credential_id + " exists");
  return std::pair(user, *it);
}

void Replace(Call& call, const User& user, const OtherCredential& credential) {
  ChangeExtras(call, user, [&](UserExtras& extras) {
    *std::ranges::find(extras.service_credentials, credential.id, &OtherCredential::id) = credential;
  });
}

base::Result<api::CreateServiceSpecificCredentialOutput> Create(Call& call, const api::CreateServiceSpecificCredentialInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  if (std::ranges::find(kServices, input.service_name) == kServices.end()) {
    return Refuse("NotSupportedService", "No such service " + input.service_name + " is supported for Service Specific Credentials");
  }
  const auto& all = ExtrasOf(*user).service_credentials;
  if (std::ranges::count(all, input.service_name, &OtherCredential::service) >= static_cast<std::ptrdiff_t>(kPerService)) {
    return Refuse("LimitExceeded", "Cannot exceed quota for ServiceSpecificCredentialsPerUser: " + std::to_string(kPerService));
  }
  const OtherCredential credential{.id = "ACCA" + base::RandomText(call.random, kCapitals, 17),
                                   .body = user->name + "-at-" + call.account().id,
                                   .service = input.service_name,
                                   .password = NewPassword(call),
                                   .created = call.now()};
  ChangeExtras(call, *user, [&](UserExtras& extras) { extras.service_credentials.push_back(credential); });
  return api::CreateServiceSpecificCredentialOutput{.service_specific_credential = ShowNew(call, *user, credential)};
}

base::Result<api::UpdateServiceSpecificCredentialOutput> Update(Call& call, const api::UpdateServiceSpecificCredentialInput& input) {
  TRY_ASSIGN(auto found, Find(call, input));
  found.second.active = input.status == "Active";
  Replace(call, *found.first, found.second);
  return api::UpdateServiceSpecificCredentialOutput{};
}

base::Result<api::ResetServiceSpecificCredentialOutput> Reset(Call& call, const api::ResetServiceSpecificCredentialInput& input) {
  TRY_ASSIGN(auto found, Find(call, input));
  found.second.password = NewPassword(call);
  Replace(call, *found.first, found.second);
  return api::ResetServiceSpecificCredentialOutput{.service_specific_credential = ShowNew(call, *found.first, found.second)};
}

base::Result<api::DeleteServiceSpecificCredentialOutput> Delete(Call& call, const api::DeleteServiceSpecificCredentialInput& input) {
  TRY_ASSIGN(const auto found, Find(call, input));
  ChangeExtras(call, *found.first, [&](UserExtras& extras) {
    std::erase_if(extras.service_credentials, [&](const OtherCredential& each) { return each.id == found.second.id; });
  });
  return api::DeleteServiceSpecificCredentialOutput{};
}

base::Result<api::ListServiceSpecificCredentialsOutput> List(Call& call, const api::ListServiceSpecificCredentialsInput& input) {
  std::vector<api::ServiceSpecificCredentialMetadata> credentials;
  const auto add = [&](const User& user) {
    for (const OtherCredential& each : ExtrasOf(user).service_credentials) {
      if (!input.service_name || each.service == *input.service_name) credentials.push_back(ShowListed(call, user, each));
    }
  };
  if (input.all_users.value_or(false)) {
    call.account().users.Each([&](const auto& user) { add(*user); });
  } else {
    TRY_ASSIGN(const auto user, FindEntity(call, input));
    add(*user);
  }
  api::ListServiceSpecificCredentialsOutput output;
  TRY(Page(input, std::move(credentials), [](const auto& each) -> std::string_view { return each.service_specific_credential_id; },
           output.service_specific_credentials, output));
  return output;
}

}  // namespace

void AddServiceCredentialOperations(OperationTable& table) {
  table.Add<api::CreateServiceSpecificCredential>(OnEntity{}, Create);
  table.Add<api::UpdateServiceSpecificCredential>(OnEntity{}, Update);
  table.Add<api::ResetServiceSpecificCredential>(OnEntity{}, Reset);
  table.Add<api::DeleteServiceSpecificCredential>(OnEntity{}, Delete);
  table.Add<api::ListServiceSpecificCredentials>(OnEntity{}, List);
}

}  // namespace crossrole::sim::iam
