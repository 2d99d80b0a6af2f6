// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "audit/record.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/jobs.h"
#include "store/transaction.h"
#include "tenancy/authenticate.h"

namespace crossrole::api {

/// The integration that a job is about, if its payload names one.
std::optional<model::IntegrationId> IntegrationOf(const store::Job& job);

/// Where an object is that a record or an event is about: what the permission to read of it is asked on. Nothing for what
/// belongs to the tenant as a whole, and for what is gone and left no word where it was; of these only the root space tells.
class About {
 public:
  /// Looks in one transaction, once for each object.
  explicit About(store::ReadTransaction& tx) : tx_(tx) {}
  /// Where `id` is. Errors: those of the store.
  base::Result<std::optional<tenancy::Target>> Of(const std::string& id);
  /// Where what `record` is about is, or was when it was deleted: the record of that says so. Errors: those of the store.
  base::Result<std::optional<tenancy::Target>> Of(const audit::Record& record);
  /// Where the integration of `job` is. Errors: those of the store.
  base::Result<std::optional<tenancy::Target>> Of(const store::Job& job);

 private:
  base::Result<std::optional<tenancy::Target>> Look(std::string_view id);
  base::Result<std::optional<tenancy::Target>> OfIntegration(const model::IntegrationId& id);

  store::ReadTransaction& tx_;
  std::map<std::string, std::optional<tenancy::Target>, std::less<>> known_;
};

/// Whether `caller` may read what is about `target`: whoever may read the tenant's whole may read each part.
inline bool MayReadAbout(const tenancy::Caller& caller, tenancy::Permission permission, const std::optional<tenancy::Target>& target) {
  return caller.MayIn(caller.spaces->root(), permission) || (target && caller.May(permission, *target));
}

}  // namespace crossrole::api
