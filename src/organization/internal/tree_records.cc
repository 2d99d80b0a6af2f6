// SPDX-License-Identifier: Apache-2.0
#include "organization/internal/tree_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <latch>
#include <map>
#include <utility>
#include <variant>

#include "base/guarded.h"
#include "base/json.h"

namespace crossrole::organization {
namespace {

// An organization has more accounts than records may wait in the log, and others wait there, too.
constexpr std::size_t kAtOnce = 256;

constexpr auto kAllChanges = std::to_array<Change>({Change::kAdded, Change::kRestored, Change::kRenamed, Change::kMoved,
                                                    Change::kStateChanged, Change::kHandleChanged, Change::kRemoved});

std::string NamesOf(const Changes& changes) {
  std::string names;
  for (const Change change : kAllChanges) {
    if (changes.Has(change)) names += (names.empty() ? "\"" : ",\"") + std::string(NameOf(change)) + "\"";
  }
  return names;
}

audit::Action ActionFor(const Changes& changes, bool is_folder) {
  const bool comes = changes.Has(Change::kAdded) || changes.Has(Change::kRestored);
  if (is_folder) {
    return changes.Has(Change::kRemoved) ? audit::Action("folder.delete")
                                         : comes ? audit::Action("folder.create") : audit::Action("folder.update");
  }
  return changes.Has(Change::kRemoved) ? audit::Action("connection.delete")
                                       : comes ? audit::Action("connection.create") : audit::Action("connection.update");
}

template <typename Row>
std::string IdOf(const std::variant<Row, store::RemovedNode>& row) {
  if (const auto* present = std::get_if<Row>(&row)) return present->id.text();
  return std::get<store::RemovedNode>(row).id;
}

}  // namespace

void TreeRecords::Note(const std::vector<PlannedNode>& nodes, const StoredTree& stored, bool is_folder) {
  for (const PlannedNode& node : nodes) {
    std::string id;
    if (node.known) id = is_folder ? IdOf(stored.folders[*node.known]) : IdOf(stored.connections[*node.known]);
    Noted noted{.id = std::move(id),
                .aws_id = node.after.key,
                .handle = node.after.handle.text(),
                .name = node.after.name,
                .parent = node.after.parent,
                .state = node.after.state,
                .changes = node.changes,
                .is_folder = is_folder};
    // A plan that is made anew has what is left of the one before.
    const auto [place, is_new] = places_.try_emplace(node.after.key, noted_.size());
    if (is_new) {
      noted_.push_back(std::move(noted));
    } else {
      noted_[place->second] = std::move(noted);
    }
  }
}

base::Status TreeRecords::Begin(const StoredTree& stored, const Plan& plan) {
  if (!intent_) {
    audit::Record record = audit::RecordOf(actor_, "organization.sync", integration_.text());
    record.phase = audit::RecordPhase::kIntent;
    record.outcome = audit::Outcome::kNone;
    TRY_ASSIGN(intent_, log_.AppendAndWait(std::move(record)));
  }
  Note(plan.folders, stored, true);
  Note(plan.connections, stored, false);
  Note(plan.removed_folders, stored, true);
  return {};
}

base::Status TreeRecords::AppendAll(std::span<audit::Record> records) {
  while (!records.empty()) {
    const std::size_t count = std::min(records.size(), kAtOnce);
    TRY(AppendSome(records.first(count)));
    records = records.subspan(count);
  }
  return {};
}

base::Status TreeRecords::AppendSome(std::span<audit::Record> records) {
  std::latch open(static_cast<std::ptrdiff_t>(records.size()));
  base::Guarded<std::optional<base::Error>> refused;
  for (audit::Record& record : records) {
    log_.Append(std::move(record), [&open, &refused](base::Status written) {
      if (!written) refused.With([&](auto& first) { first = written.error(); });
      open.count_down();
    });
  }
  open.wait();
  auto error = refused.With([](auto& first) { return first; });
  if (error) return base::Fail(*std::move(error));
  return {};
}

std::string TreeRecords::DetailsOf(const Noted& noted) const {
  const std::string state = noted.is_folder ? "" : fmt::format(R"("account_state":"{}",)", NameOf(noted.state));
  return fmt::format(R"({{"integration":"{}","aws_id":{},"parent_aws_id":{},"handle":"{}","name":{},{}"changes":[{}]}})", integration_.text(),
                     base::JsonQuote(noted.aws_id), noted.parent.empty() ? "null" : base::JsonQuote(noted.parent), noted.handle,
                     base::JsonQuote(noted.name), state, NamesOf(noted.changes));
}

base::Status TreeRecords::Finish(store::Store& store, const base::Status& outcome) {
  if (!intent_) return {};
  std::map<std::string, std::string> ids;  // by AWS id, of what is there now
  TRY(store.Read(actor_.tenant, [&](store::ReadTransaction& tx) -> base::Status {
    ids.clear();
    TRY_ASSIGN(const auto folders, store::ListFolders(tx, integration_));
    for (const store::Folder& folder : folders) ids.emplace(folder.ou_id, folder.id.text());
    TRY_ASSIGN(const auto connections, store::ListDiscovered(tx, integration_));
    for (const store::DiscoveredConnection& connection : connections) ids.emplace(connection.account_id.text(), connection.id.text());
    return {};
  }));
  std::vector<audit::Record> records;
  for (const Noted& noted : noted_) {
    const auto found = ids.find(noted.aws_id);
    const bool is_there = found != ids.end();
    // Of what was cut off nothing is said: the next sync does it.
    if (is_there == noted.changes.Has(Change::kRemoved)) continue;
    audit::Record record = audit::RecordOf(actor_, ActionFor(noted.changes, noted.is_folder), is_there ? found->second : noted.id);
    record.intent = intent_;
    record.details = DetailsOf(noted);
    records.push_back(std::move(record));
  }
  TRY(AppendAll(records));
  audit::Record record = audit::RecordOf(actor_, "organization.sync", integration_.text());
  record.phase = audit::RecordPhase::kOutcome;
  record.intent = intent_;
  record.details = fmt::format(R"({{"changes":{}}})", noted_.size());
  if (!outcome) {
    record.outcome = audit::OutcomeOf(outcome.error());
    record.reason = audit::ReasonOf(outcome.error());
  }
  TRY(log_.AppendAndWait(std::move(record)));
  return {};
}

}  // namespace crossrole::organization
