// SPDX-License-Identifier: Apache-2.0
#include "organization/sync.h"

#include <utility>

#include "base/text.h"

namespace crossrole::organization {
namespace {

using base::Result;
using base::Status;

constexpr int kAttempts = 5;
constexpr std::size_t kShownMessage = 500;

NodeCounts Count(const std::vector<PlannedNode>& nodes) {
  NodeCounts counts;
  for (const PlannedNode& node : nodes) {
    if (node.changes.Has(Change::kRemoved)) {
      ++counts.removed;
    } else if (node.changes.Has(Change::kAdded) || node.changes.Has(Change::kRestored)) {
      ++counts.added;
    } else {
      ++counts.changed;
    }
  }
  return counts;
}

SyncResult ResultOf(const Reconciled& reconciled, const Reading& reading) {
  SyncResult result{.verdict = reconciled.verdict,
                    .complete = reconciled.complete,
                    .removals = reconciled.removals,
                    .folders = Count(reconciled.plan.folders),
                    .connections = Count(reconciled.plan.connections),
                    .error = reading.error};
  result.folders.removed = reconciled.plan.removed_folders.size();
  return result;
}

// The organization's row after a listing. Another organization leaves it as it is.
store::ImportedOrganization RowAfter(const StoredTree& stored, const Reading& reading, const Reconciled& reconciled) {
  store::ImportedOrganization row = stored.organization;
  const bool waits = reconciled.verdict == Verdict::kRemovalsWait;
  row.removals_waiting = waits ? static_cast<std::int64_t>(reconciled.removals) : 0;
  row.error_code = !reading.error ? "" : reading.error->reason.empty() ? reading.error->aws_code : reading.error->reason;
  row.error_message = reading.error ? std::string(base::Shortened(reading.error->message, kShownMessage)) : "";
  if (reconciled.verdict == Verdict::kGo) {
    row.organization_id = reading.listing.organization;
    row.management_account = reading.listing.management_account;
  } else if (reconciled.verdict == Verdict::kOtherOrganization) {
    row.error_code = "organization.other";
    row.error_message = "the credentials lead to another organization, `" + reading.listing.organization + "`";
  }
  return row;
}

// Before the nodes, so that a sync that is cut off has said whose they are.
Status PutRow(const SyncPorts& ports, const SyncRequest& request, const StoredTree& stored, store::ImportedOrganization row) {
  if (row == stored.organization) return {};
  row.changed_at = ports.clock.Now();
  return ports.store.Write(request.tenant, [&](store::WriteTransaction& tx) -> Status {
    // Somebody may have changed the prefix while AWS was listed.
    TRY_ASSIGN(const auto current, store::FindImportedOrganization(tx, row.integration));
    if (current) row.handle_prefix = current->handle_prefix;
    return store::PutImportedOrganization(tx, row);
  });
}

Status CarryOut(const SyncPorts& ports, const SyncRequest& request, const StoredTree& stored, const Plan& plan) {
  if (plan.empty()) return {};
  if (request.on_plan) TRY(request.on_plan(stored, plan));
  const StepContext context{.tenant = request.tenant, .member = request.member, .now = ports.clock.Now(), .random = ports.random};
  TRY_ASSIGN(const Steps steps, StepsFor(stored, plan, context));
  return ports.store.BulkWrite(request.tenant, steps.size(),
                               [&](store::WriteTransaction& tx, std::size_t index) { return steps[index](tx); });
}

}  // namespace

Result<SyncPreview> PreviewSync(const SyncPorts& ports, const SyncRequest& request, const ReadOptions& options) {
  TRY_ASSIGN(StoredTree stored, LoadTree(ports.store, request.tenant, request.integration));
  TRY_ASSIGN(Reading reading, ReadOrganization(ports.client, stored.known, options));
  Reconciled reconciled = Reconcile(stored.known, reading.listing, stored.organization.handle_prefix, request.consent);
  return SyncPreview{.stored = std::move(stored), .reading = std::move(reading), .reconciled = std::move(reconciled)};
}

Result<SyncResult> Sync(const SyncPorts& ports, const SyncRequest& request, const ReadOptions& options) {
  TRY_ASSIGN(SyncPreview preview, PreviewSync(ports, request, options));
  SyncResult result = ResultOf(preview.reconciled, preview.reading);
  for (int attempt = 1;; ++attempt) {
    TRY(PutRow(ports, request, preview.stored, RowAfter(preview.stored, preview.reading, preview.reconciled)));
    if (preview.reconciled.verdict != Verdict::kGo) return result;
    const Status done = CarryOut(ports, request, preview.stored, preview.reconciled.plan);
    if (done) return result;
    if (done.error().code != base::Code::kConflict || attempt == kAttempts) return base::Fail(done.error());
    // Somebody changed a row in between: what has been done stands, the rest is compared anew.
    TRY_ASSIGN(preview.stored, LoadTree(ports.store, request.tenant, request.integration));
    Reconciled again = Reconcile(preview.stored.known, preview.reading.listing, preview.stored.organization.handle_prefix, request.consent);
    // What is left of removals that were agreed to is agreed to.
    if (again.verdict == Verdict::kRemovalsWait && again.removals <= result.removals) again.verdict = Verdict::kGo;
    preview.reconciled = std::move(again);
    result.verdict = preview.reconciled.verdict;
  }
}

}  // namespace crossrole::organization
