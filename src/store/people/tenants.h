// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/handle.h"
#include "model/ids.h"
#include "store/page.h"
#include "store/transaction.h"

namespace crossrole::store {

class Store;

/// Whether a tenant may be used.
enum class TenantState : std::uint8_t { kActive, kDisabled };

/// One customer of the installation: the isolation boundary.
struct Tenant {
  model::TenantId id;
  model::Handle handle;  // immutable, never issued again
  model::SpaceId root_space;
  std::string name;
  TenantState state = TenantState::kActive;
  std::string settings = "{}";  // JSON object, e.g. {"external_id_suffix":"chosen"}
  std::int64_t version = 1;
  base::Time created_at{};
  base::Time updated_at{};
};

/// Adds a tenant; in an installation transaction. Errors: kConflict when the handle is or was in use.
base::Status InsertTenant(WriteTransaction& tx, const Tenant& tenant);
/// The tenant with that id; in an installation transaction.
base::Result<std::optional<Tenant>> FindTenant(ReadTransaction& tx, const model::TenantId& id);
/// The tenant with that handle; in an installation transaction.
base::Result<std::optional<Tenant>> FindTenantByHandle(ReadTransaction& tx, const model::Handle& handle);
/// Tenants in the order of their ids; in an installation transaction.
base::Result<std::vector<Tenant>> ListTenants(ReadTransaction& tx, const Page& page = {});
/// Gives each tenant to `visit`, a page at a time and outside of every transaction, until all are seen, `visit` fails or a stop is asked for.
/// Errors: those of the store and of `visit`.
base::Status ForEachTenant(Store& store, const std::stop_token& stop, const std::function<base::Status(const Tenant&)>& visit);
/// The tenant whose transaction this is. Errors: kNotFound.
base::Result<Tenant> OwnTenant(ReadTransaction& tx);
/// Stores name, state and settings of the transaction's tenant if `tenant.version` is still current, and returns
/// the new version. Errors: kConflict with `stale`.
base::Result<std::int64_t> UpdateOwnTenant(WriteTransaction& tx, const Tenant& tenant);
/// Deletes the transaction's tenant and everything of it. What must never be issued again stays: its handle
/// and its external IDs. Errors: kNotFound.
base::Status DeleteOwnTenant(WriteTransaction& tx, base::Time now);

}  // namespace crossrole::store
