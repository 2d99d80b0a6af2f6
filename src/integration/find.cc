// SPDX-License-Identifier: Apache-2.0
#include "integration/find.h"

#include <fmt/format.h>

#include "base/text.h"

namespace crossrole::integration {

base::Error NoSuchIntegration(std::string_view id_or_handle) {
  return {.code = base::Code::kNotFound, .message = fmt::format("there is no integration `{}`", base::Shortened(id_or_handle, 80))};
}

base::Result<model::Integration> Load(store::ReadTransaction& tx, std::string_view id_or_handle) {
  std::optional<model::Integration> found;
  if (const auto id = model::IntegrationId::Parse(id_or_handle)) {
    TRY_ASSIGN(found, store::FindIntegration(tx, *id));
  } else if (const auto handle = model::Handle::Parse(id_or_handle)) {
    TRY_ASSIGN(found, store::FindIntegrationByHandle(tx, *handle));
  }
  if (!found) return base::Fail(NoSuchIntegration(id_or_handle));
  return *std::move(found);
}

base::Result<model::Integration> Find(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle) {
  return ports.store.Read(actor.tenant, [&](store::ReadTransaction& tx) { return Load(tx, id_or_handle); });
}

base::Result<Found> FindWithTenant(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle) {
  return ports.store.Read(actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<Found> {
    TRY_ASSIGN(model::Integration integration, Load(tx, id_or_handle));
    TRY_ASSIGN(store::Tenant tenant, store::OwnTenant(tx));
    return Found{std::move(integration), std::move(tenant)};
  });
}

base::Result<std::shared_ptr<const Found>> FindKnown(const Ports& ports, Known& known, const model::Actor& actor,
                                                     std::string_view id_or_handle) {
  // An id of a tenant holds no blank, so that no two pairs run together to the same key.
  const std::string key = fmt::format("{} {}", actor.tenant.text(), id_or_handle);
  return known.Get(ports.store, key, [&] { return FindWithTenant(ports, actor, id_or_handle); });
}

}  // namespace crossrole::integration
