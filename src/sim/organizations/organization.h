// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "policy/evaluate.h"
#include "sim/internal/state.h"

// What exists in one organization. An organization of thousands of accounts has few policies, so that everything that
// many accounts share is referred to by id.

namespace crossrole::sim::identity_center {
struct Instance;
}

namespace crossrole::sim::organizations {

/// How deep units may be below one another, the root not counted.
inline constexpr std::size_t kDeepest = 5;
/// What the random part of Organizations' ids is made of.
inline constexpr std::string_view kIdLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

/// The root or an organizational unit.
struct Unit {
  std::string id;      // r-… or ou-…
  std::string name;
  std::string parent{};  // "" for the root
  std::vector<std::string> units{};     // children in the order of their making
  std::vector<std::string> accounts{};  // ids, in the order of their arrival
};

/// How an account came to be in the organization.
enum class Joined : std::uint8_t { kCreated, kInvited };

/// An account as the organization sees it.
struct Member {
  Account* account = nullptr;
  std::string parent;  // id of a unit
  Joined how = Joined::kCreated;
  base::Time since{};
};

/// What a policy controls.
enum class PolicyType : std::uint8_t { kServiceControl, kResourceControl };
/// "SERVICE_CONTROL_POLICY" …
std::string_view NameOf(PolicyType type);

/// A policy of the organization.
struct OrganizationPolicy {
  std::string id;  // p-…
  std::string name;
  std::string description{};
  PolicyType type = PolicyType::kServiceControl;
  bool aws_managed = false;
  PolicyText content{};
};

/// A CreateAccount that was asked for.
struct CreateStatus {
  std::string id;  // car-…
  std::string account_name;
  std::string account_id{};
  std::string state{};  // IN_PROGRESS, SUCCEEDED or FAILED
  std::string failure{};
  base::Time requested{};
  base::Time completed{};
};

/// An invitation.
struct Handshake {
  std::string id;  // h-…
  std::string account_id;
  std::string notes{};
  std::string state = "REQUESTED";
  base::Time requested{};
  base::Time expires{};
};

/// One organization.
struct Organization {
  std::string id;  // o-…
  Account* management = nullptr;
  std::string root;
  std::map<std::string, Unit, std::less<>> units{};
  std::map<std::string, Member, std::less<>> members{};  // by account id
  std::map<std::string, OrganizationPolicy, std::less<>> policies{};
  std::map<std::string, std::vector<std::string>, std::less<>> attached{};  // policy ids by target
  std::set<PolicyType> enabled_types{};
  std::map<std::string, std::map<std::string, base::Time>, std::less<>> delegated{};  // service and since when, by account
  std::map<std::string, base::Time> trusted_services{};
  std::map<std::string, CreateStatus, std::less<>> creations{};
  std::map<std::string, Handshake, std::less<>> handshakes{};
  std::map<std::string, Tags, std::less<>> tags{};  // by id of account, unit, root or policy
  std::set<std::string, std::less<>> root_features{};  // "RootSessions", "RootCredentialsManagement"
  std::shared_ptr<identity_center::Instance> identity_center{};  // null until somebody asks

  /// `arn:<partition>:organizations::<management account>:<kind>/<organization><rest>`.
  std::string Arn(std::string_view kind, std::string_view rest = "") const;
  /// ARNs of what is in it.
  std::string ArnOf(const Unit& unit) const;
  std::string ArnOf(const Account& account) const;
  std::string ArnOf(const OrganizationPolicy& policy) const;
  /// `o-…/r-…/ou-…/`, as aws:PrincipalOrgPaths has it.
  std::string PathOf(std::string_view unit_id) const;
  /// The units above (and with) `unit_id`, root first.
  std::vector<const Unit*> LineOf(std::string_view unit_id) const;
};

/// Makes an organization with `management` as its only account.
Organization& MakeOrganization(World& world, Account& management, base::Random& random, base::Time now);
/// Adds an account under the unit `parent`, with the policies that everything new has.
void AddMember(Organization& organization, Account& account, std::string_view parent, Joined how, base::Time now);
/// Takes an account out.
void RemoveMember(Organization& organization, Account& account);
/// Adds a unit, with the policies that everything new has.
Unit& AddUnit(Organization& organization, std::string_view parent, std::string name, base::Random& random);

/// The policies of `type` that bind `account`, root first; nothing for the management account, outside an organization,
/// and while the type is not enabled.
std::vector<policy::PolicyLevel> LevelsFor(const World& world, const Account& account, PolicyType type);

}  // namespace crossrole::sim::organizations
