// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "model/integration.h"

namespace crossrole::fakes {

/// The value of a result that cannot fail in a test.
template <typename T>
T Must(base::Result<T> result) {
  CHECK(result.has_value());
  return *std::move(result);
}

/// The tenant of the samples.
inline model::TenantId SampleTenant() { return Must(model::TenantId::Parse("t_01JD3E9ZK4M7Q2V8R5T6W9XYAB")); }
/// Its handle.
inline model::Handle SampleTenantHandle() { return Must(model::Handle::Parse("acme")); }
/// The external ID that was issued to the sample.
inline constexpr std::string_view kSampleExternalId = "t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:k3v7x2m7q4r6t5w3z6y4b2d4fa";
/// Our own principal.
inline constexpr std::string_view kSamplePrincipal = "arn:aws:iam::999999999999:role/crossrole/broker";

/// An integration of kind account as creation leaves it: account known, no role yet, the default names and packs.
inline model::Integration SampleIntegration() {
  model::Integration sample{.id = Must(model::IntegrationId::Parse("int_01JD3EB0000000000000000ABC")),
                            .tenant = SampleTenant(),
                            .space = Must(model::SpaceId::Parse("s_01JD3E9ZK4M7Q2V8R5T6W9XYAC")),
                            .handle = Must(model::Handle::Parse("prod_eu")),
                            .name = "Production"};
  sample.account_id = Must(model::AccountId::Parse("111122223333"));
  sample.role = {
      .role_name = "Crossrole-0000000ABC", .role_path = "/crossrole/", .policy_name = "CrossrolePolicy-0000000ABC"};
  sample.external_ids.push_back({.value = Must(model::ExternalId::Parse(kSampleExternalId))});
  sample.capabilities = {{.name = "self_check"}};
  sample.principal_arn = kSamplePrincipal;
  return sample;
}

/// The same with external IDs computed at each run.
inline model::Integration SamplePerRun() {
  model::Integration sample = SampleIntegration();
  sample.external_id_format = model::ExternalIdFormat::kPerRun;
  sample.external_ids.clear();
  return sample;
}

}  // namespace crossrole::fakes
