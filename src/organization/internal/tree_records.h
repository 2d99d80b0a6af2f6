// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "audit/log.h"
#include "base/result.h"
#include "model/actor.h"
#include "model/ids.h"
#include "organization/stored_tree.h"
#include "store/store.h"

namespace crossrole::organization {

/// Records what one sync does to a tree: the intent before the first change, then one record for each folder and connection, and the
/// outcome. A sync that changes nothing leaves no record.
class TreeRecords {
 public:
  /// Everything outlives it.
  TreeRecords(audit::Log& log, const model::Actor& actor, const model::IntegrationId& integration)
      : log_(log), actor_(actor), integration_(integration) {}

  /// Notes a plan that is about to be carried out; the first one is recorded durably as the intent. Errors: kUnavailable.
  base::Status Begin(const StoredTree& stored, const Plan& plan);
  /// Records what was noted, as far as it is now in the store, and the outcome. Errors: kUnavailable; those of the store.
  base::Status Finish(store::Store& store, const base::Status& outcome);
  /// Whether there was anything to record.
  bool has_begun() const { return intent_.has_value(); }

 private:
  struct Noted {
    std::string id{};      // con_… or fld_…; "" for what was not there before
    std::string aws_id;
    std::string handle;
    std::string name;
    std::string parent{};  // AWS id of what it is in
    AccountState state = AccountState::kActive;
    Changes changes;
    bool is_folder = false;
  };
  void Note(const std::vector<PlannedNode>& nodes, const StoredTree& stored, bool is_folder);
  std::string DetailsOf(const Noted& noted) const;
  base::Status AppendAll(std::span<audit::Record> records);
  base::Status AppendSome(std::span<audit::Record> records);

  audit::Log& log_;
  const model::Actor& actor_;
  const model::IntegrationId& integration_;
  std::optional<model::EventId> intent_{};
  std::vector<Noted> noted_{};
  std::unordered_map<std::string, std::size_t> places_{};  // in `noted_`, by AWS id
};

}  // namespace crossrole::organization
