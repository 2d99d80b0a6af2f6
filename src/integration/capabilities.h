// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/account_id.h"
#include "model/integration.h"
#include "model/partition.h"
#include "policy/document.h"

namespace crossrole::integration {

/// Who calls the actions of a pack: a feature of ours, or whoever gets a session.
enum class PackUse : std::uint8_t { kUsed, kGranted };
/// Whether new integrations have the pack without being asked.
enum class PackDefault : std::uint8_t { kOff, kOn };
/// What a statement is limited to.
enum class PackScope : std::uint8_t {
  kOwnRole,         ///< the integration's role itself
  kEverything,      ///< `*`
  kStateBucket,     ///< the bucket of terraform_state
  kStateObjects,    ///< its objects below the prefix
  kStateLockFiles,  ///< its `.tflock` objects below the prefix
  kStateLockTable,  ///< its DynamoDB table; the statement is left out without one
};
/// Whether a parameter must be given.
enum class Presence : std::uint8_t { kOptional, kRequired };

/// One statement of a pack.
struct PackStatement {
  std::string_view sid;  // unique over all packs
  std::span<const std::string_view> actions;
  PackScope scope;
  std::string_view why;  // one sentence
};

/// Something a pack has to be told.
struct PackParameter {
  std::string_view name;
  Presence presence;
  std::string_view meaning;
};

/// A named, versioned set of IAM actions. The customer's policies, the permission check, `GET /v1/capabilities` and
/// the reference page all derive from it.
struct Pack {
  std::string_view name;
  std::string_view version;  // the day of its last change
  PackUse use;
  PackDefault by_default;
  std::string_view purpose;  // one sentence
  std::span<const PackParameter> parameters;
  std::span<const PackStatement> statements;
};

/// THE table: every pack that can be chosen, used ones first.
std::span<const Pack> Packs();
/// The pack with that name, or nullptr.
const Pack* FindPack(std::string_view name);
/// All actions of a pack, in the order of its statements; empty for an unknown name. Of *used* packs these are exactly
/// the AWS actions that our features call.
std::vector<std::string> ActionsFor(std::string_view pack);

/// The packs that are on unless the operator says otherwise.
std::vector<model::CapabilityChoice> DefaultCapabilities();
/// Checks names and parameters. Errors: kInvalidArgument with field `capabilities`.
base::Status CheckCapabilities(std::span<const model::CapabilityChoice> choices);

/// What turns scopes into ARNs.
struct PackPlace {
  model::Partition partition = model::Partition::kAws;
  std::string account = "*";   // 12 digits, or `*` while unknown
  std::string own_role_arn{};  // as it stands in `Resource`: `*` for an unknown account, variables escaped
};

/// The statements of one chosen pack. `choice` has passed `CheckCapabilities`.
std::vector<policy::Statement> StatementsOf(const model::CapabilityChoice& choice, const PackPlace& place);

/// One action on one resource that a chosen pack allows.
struct Requirement {
  std::string action;    // as in the pack; it may be a pattern, `ec2:Describe*`
  std::string asked_as;  // the action to ask SimulatePrincipalPolicy about, which takes no patterns; "" for none
  std::string resource;  // an ARN or `*`
  bool operator==(const Requirement&) const = default;
};

/// What a chosen pack needs, action by action. Here `place.own_role_arn` is the plain ARN.
std::vector<Requirement> RequirementsOf(const model::CapabilityChoice& choice, const PackPlace& place);

/// One item of `GET /v1/capabilities`: `{name, version, use, default, purpose, parameters, statements}`.
boost::json::value ToJson(const Pack& pack);
/// What `crossrole policy required` prints for people. Errors: kNotFound for an unknown name.
base::Result<std::string> RequiredActionsText(std::span<const std::string> names);
/// The page docs/reference/capabilities.md.
std::string CapabilitiesPage();

/// "used" or "granted".
std::string_view NameOf(PackUse use);
/// "own_role", "everything", "state_bucket" …
std::string_view NameOf(PackScope scope);

}  // namespace crossrole::integration
