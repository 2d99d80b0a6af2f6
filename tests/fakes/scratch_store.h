// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "fakes/fake_clock.h"
#include "fakes/sample_integration.h"
#include "store/people/tenants.h"
#include "store/store.h"

namespace crossrole::fakes {

/// A store in a scratch file that runs every writing function twice.
inline std::unique_ptr<store::Store> OpenScratchStore(store::StoreOptions options = {}) {
  options.rerun = store::Rerun::kAlways;
  return Must(store::Store::Open(std::move(options)));
}

/// A tenant to be added.
inline store::Tenant MakeTenant(std::string_view id, std::string_view handle) {
  return {.id = Must(model::TenantId::Parse(id)),
          .handle = Must(model::Handle::Parse(handle)),
          .root_space = Must(model::SpaceId::Parse("s_01JD3E9ZK4M7Q2V8R5T6W9XYAC")),
          .name = std::string(handle),
          .created_at = FakeClock().Now()};
}

/// Adds a tenant and returns its id.
inline model::TenantId AddTenant(store::Store& store, std::string_view id, std::string_view handle) {
  const store::Tenant tenant = MakeTenant(id, handle);
  CHECK(store.WriteInstallation([&](store::WriteTransaction& tx) { return store::InsertTenant(tx, tenant); }).has_value());
  return tenant.id;
}

/// Adds the tenant of the samples, and another one.
inline model::TenantId AddSampleTenant(store::Store& store) {
  return AddTenant(store, SampleTenant().text(), SampleTenantHandle().text());
}
inline model::TenantId AddOtherTenant(store::Store& store) { return AddTenant(store, "t_01JD3E9ZK4M7Q2V8R5T6W9XYZZ", "other"); }

}  // namespace crossrole::fakes
