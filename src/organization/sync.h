// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "aws/client.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "model/ids.h"
#include "organization/read.h"
#include "organization/reconcile.h"
#include "organization/stored_tree.h"
#include "store/store.h"

namespace crossrole::organization {

/// What a sync works with. Everything outlives it.
struct SyncPorts {
  store::Store& store;
  const aws::Client& client;  // signs as the discovery role
  const base::Clock& clock;
  base::Random& random;
};

/// Which organization, and what has been agreed to.
struct SyncRequest {
  model::TenantId tenant;
  model::IntegrationId integration;
  MemberRole member;
  Consent consent{};
  // Called before a plan that changes something is carried out; its error stops the sync.
  std::function<base::Status(const StoredTree&, const Plan&)> on_plan{};
};

/// How many nodes of one kind a sync changed.
struct NodeCounts {
  std::size_t added = 0;    // restored ones included
  std::size_t changed = 0;
  std::size_t removed = 0;
  bool operator==(const NodeCounts&) const = default;
};

/// What a sync did, or would do.
struct SyncResult {
  Verdict verdict = Verdict::kGo;
  bool complete = false;
  std::size_t removals = 0;  // of connections; what `confirm_removals` has to say when they wait
  NodeCounts folders{};
  NodeCounts connections{};
  std::optional<base::Error> error{};  // why the listing is not complete
};

/// What a sync would start from and do.
struct SyncPreview {
  StoredTree stored;
  Reading reading;
  Reconciled reconciled;
};

/// Lists the organization and compares; writes nothing. Errors: those of ReadOrganization and the store.
base::Result<SyncPreview> PreviewSync(const SyncPorts& ports, const SyncRequest& request, const ReadOptions& options);

/// Lists the organization and makes folders and connections as they were listed, in many small commits; a sync that is cut off
/// is finished by the next. When nothing has changed nothing is written. Removals that need a person's word, and another
/// organization, stop it before the first change, and the number that waits is stored.
/// Errors: those of ReadOrganization and the store; kConflict when the tree is changed again and again meanwhile.
base::Result<SyncResult> Sync(const SyncPorts& ports, const SyncRequest& request, const ReadOptions& options);

}  // namespace crossrole::organization
