// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "model/ids.h"
#include "model/partition.h"
#include "organization/reconcile.h"
#include "organization/tree.h"
#include "store/organization_tree.h"
#include "store/store.h"

namespace crossrole::organization {

/// What connects us to every account of an organization.
struct MemberRole {
  model::Partition partition = model::Partition::kAws;
  std::string path = "/";
  std::string name;
  std::string external_id{};
};

/// What the store has of the organization of one integration: as nodes, and as the rows behind them in the same order.
struct StoredTree {
  store::ImportedOrganization organization;
  KnownTree known{};
  std::vector<std::variant<store::Folder, store::RemovedNode>> folders{};
  std::vector<std::variant<store::DiscoveredConnection, store::RemovedNode>> connections{};
};

/// Reads it in one transaction.
base::Result<StoredTree> LoadTree(store::Store& store, const model::TenantId& tenant, const model::IntegrationId& integration);

/// Changes of rows, to be made in their order; each may be made again.
using Steps = std::vector<std::function<base::Status(store::WriteTransaction&)>>;

/// For whom and with what new rows are made.
struct StepContext {
  const model::TenantId& tenant;
  const MemberRole& member;
  base::Time now;
  base::Random& random;
};

/// The steps that carry out `plan`. They fail with kConflict when a row has changed since `stored` was loaded: load and
/// compare again then. Errors: kInvalidArgument (no such member role can exist).
base::Result<Steps> StepsFor(const StoredTree& stored, const Plan& plan, const StepContext& context);

}  // namespace crossrole::organization
