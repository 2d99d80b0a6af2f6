// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ids.h"
#include "tenancy/permissions.h"

namespace crossrole::tenancy {

// Who may do what: pure, without clock, store or threads. What is not given is denied; nothing takes away.

/// A tenant's tree of spaces, as far as permissions are concerned. A node whose parent is missing hangs nowhere: nothing
/// is inherited there.
class SpaceTree {
 public:
  /// A tree that is only a root.
  explicit SpaceTree(model::SpaceId root) : root_(std::move(root)) {}
  /// Adds a space below `parent`.
  void Add(const model::SpaceId& id, const model::SpaceId& parent, bool inherit) { nodes_.insert_or_assign(id, Node{parent, inherit}); }
  /// Whether there is such a space.
  bool Has(const model::SpaceId& id) const { return id == root_ || nodes_.contains(id); }
  /// The top.
  const model::SpaceId& root() const { return root_; }
  /// Whether `below` is `above` or somewhere under it, inherited or not.
  bool IsWithin(const model::SpaceId& below, const model::SpaceId& above) const;
  /// Whether what is given in `above` counts in `below`: the same space, or one below it through spaces that inherit.
  bool Reaches(const model::SpaceId& above, const model::SpaceId& below) const;
  /// The space on the way from `below` up to `above` that does not inherit and so cuts the way, if one does.
  std::optional<model::SpaceId> CutAt(const model::SpaceId& above, const model::SpaceId& below) const;
  /// How deep a space lies; the root is 0.
  std::size_t Depth(const model::SpaceId& id) const;
  /// The spaces right below.
  std::vector<model::SpaceId> Children(const model::SpaceId& id) const;

 private:
  struct Node {
    model::SpaceId parent;
    bool inherit = true;
  };
  const Node* Find(const model::SpaceId& id) const;

  model::SpaceId root_;
  std::map<model::SpaceId, Node> nodes_;
};

/// No tree is deeper; a longer way up is a loop and leads nowhere.
inline constexpr std::size_t kDeepestSpace = 16;

/// Permissions given in a space.
struct Grant {
  std::string role;            // name of a built-in role, or role_…
  PermissionSet permissions;
  model::SpaceId space;
  std::string source;          // rb_… of a binding, tok_… of a token's own role
};

/// Everything that was given to somebody in one tenant.
struct Authority {
  bool installation_admin = false;  // may everything everywhere
  std::vector<Grant> grants{};
  // Set: nothing but these integrations and their connections can be touched.
  std::optional<std::vector<model::IntegrationId>> integrations{};
};

/// What a permission is asked on.
struct Target {
  std::optional<model::SpaceId> space{};               // nothing: the installation
  std::optional<model::IntegrationId> integration{};   // set when it is an integration, or something of one
};

/// Why a grant helps or does not.
enum class GrantVerdict : std::uint8_t {
  kAllows,
  kOtherPermissions,  // the role does not have the permission
  kOtherSpace,        // the target is not below the space of the grant
  kNotInherited,      // it is, but a space in between does not inherit
};

/// Whether, and why.
enum class Verdict : std::uint8_t {
  kAllowed,
  kEverybodys,          // allowed: the permission is everybody's who is known
  kAdministrator,       // allowed: the administrator of the installation
  kNoGrant,             // denied: no grant allows it there
  kOtherIntegration,    // denied: the token is for certain integrations, and this is not one of them
  kInstallationOnly,    // denied: only the administrator of the installation
};

/// A judgement with its reasons.
struct Decision {
  Verdict verdict = Verdict::kNoGrant;
  std::vector<GrantVerdict> grants{};  // one for each grant of the authority; only from `Explain`

  /// Whether it may be done.
  bool allowed() const { return verdict <= Verdict::kAdministrator; }
};

/// Whether `authority` has `permission` on `target`.
bool IsAllowed(const Authority& authority, const SpaceTree& tree, Permission permission, const Target& target);
/// The same with reasons.
Decision Explain(const Authority& authority, const SpaceTree& tree, Permission permission, const Target& target);
/// Whether `authority` has `permission` anywhere: what lists, and answers to strangers, begin with.
bool IsAllowedSomewhere(const Authority& authority, Permission permission);
/// What of `wanted` the holder of `authority` may not do in `space`, and so may not hand on there.
PermissionSet BeyondReach(const Authority& authority, const SpaceTree& tree, PermissionSet wanted, const model::SpaceId& space);

/// One name of each verdict, as in `GET /v1/permissions/explain`.
std::string_view NameOf(Verdict verdict);
/// "allows", "other_permissions" and so on.
std::string_view NameOf(GrantVerdict verdict);

/// Somebody who depends on that what counts in one space counts in another: a token of a space above on an integration
/// below, or (later) a stack below on an integration above.
struct Use {
  std::string id;  // of who depends
  model::SpaceId above;
  model::SpaceId below;
};

/// Who uses what, in one shape of the tree.
struct Usage {
  const SpaceTree& tree;
  const std::vector<Use>& uses;
};

/// The ids of those who lose what they use when `before` becomes `after`, which has the same uses in the same order, each
/// where it is then. Whoever could not use it before loses nothing.
std::vector<std::string> Lost(const Usage& before, const Usage& after);

}  // namespace crossrole::tenancy
