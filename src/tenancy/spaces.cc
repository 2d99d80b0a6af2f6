// SPDX-License-Identifier: Apache-2.0
#include "tenancy/spaces.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "model/handle.h"
#include "store/integrations.h"
#include "store/organization/shares.h"
#include "store/people/role_bindings.h"
#include "store/people/tenants.h"
#include "store/people/tokens.h"
#include "tenancy/authority.h"

namespace crossrole::tenancy {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using store::Space;


Error Refusal(std::string reason, std::string message, std::string field = "") {
  return {.code = Code::kFailedPrecondition, .message = std::move(message), .reason = std::move(reason), .field = std::move(field)};
}

Error WouldLose(std::vector<std::string> ids) {
  Error error = Refusal("space.would_lose", "there it could not be used any more by what uses it now", "space");
  error.fix = "choose a space that they reach, or revoke or change them first";
  error.details["would_lose"] = std::move(ids);
  return error;
}

base::Result<Space> LoadSpace(store::ReadTransaction& tx, const model::SpaceId& id) {
  TRY_ASSIGN(auto space, store::FindSpace(tx, id));
  if (!space) return Fail(Code::kNotFound, fmt::format("there is no space `{}`", id.text()));
  return *std::move(space);
}

base::Status CheckVersion(const Space& space, std::optional<std::int64_t> if_match) {
  if (!if_match || *if_match == space.version) return {};
  return Fail(Error{.code = Code::kConflict,
                    .message = "the space was changed meanwhile",
                    .field = "If-Match",
                    .fix = "read it again, and repeat the change if it still makes sense",
                    .stale = true});
}

// Calls `visit` for each object of a list that comes in pages.
template <typename List, typename Visit>
base::Status ForEach(const List& list, const Visit& visit) {
  store::Page page{.limit = store::kLongPage};
  while (true) {
    TRY_ASSIGN(const auto found, list(page));
    for (const auto& object : found) TRY(visit(object));
    if (found.size() < store::kLongPage) return {};
    page.after = found.back().id.text();
  }
}

// Tokens that are for certain integrations, each with each of them.
base::Result<std::vector<Use>> FindUses(store::ReadTransaction& tx, base::Time now, const std::optional<model::IntegrationId>& only) {
  TRY_ASSIGN(const store::Tenant tenant, store::OwnTenant(tx));
  std::vector<Use> uses;
  TRY(ForEach([&](const store::Page& page) { return store::ListTokens(tx, page); }, [&](const store::Token& token) -> base::Status {
    const bool alive = !token.revoked_at && (!token.expires_at || now < *token.expires_at);
    if (!alive || !token.integrations) return {};
    for (const model::IntegrationId& id : *token.integrations) {
      if (only && *only != id) continue;
      TRY_ASSIGN(const auto integration, store::FindIntegration(tx, id));
      if (!integration) continue;
      uses.push_back({.id = token.id.text(), .above = token.space.value_or(tenant.root_space), .below = integration->space});
    }
    return {};
  }));
  return uses;
}

std::vector<std::string> Unique(std::vector<std::string> ids) {
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

base::Status CheckPlace(const SpaceTree& tree, const model::SpaceId& parent) {
  if (!tree.Has(parent)) {
    return Fail(Error{.code = Code::kInvalidArgument, .message = fmt::format("there is no space `{}`", parent.text()), .field = "parent"});
  }
  return {};
}

base::Status CheckDepth(const SpaceTree& tree) {
  for (std::vector<model::SpaceId> level = {tree.root()}; !level.empty();) {
    std::vector<model::SpaceId> next;
    for (const model::SpaceId& id : level) {
      if (tree.Depth(id) > kDeepestSpace) {
        return Fail(Refusal("space.too_deep", fmt::format("spaces would lie more than {} levels deep", kDeepestSpace), "parent"));
      }
      const auto children = tree.Children(id);
      next.insert(next.end(), children.begin(), children.end());
    }
    level = std::move(next);
  }
  return {};
}

// A space as it would be, and who would lose something by it.
struct Reshaped {
  Space space;
  std::vector<std::string> lost;
};

base::Result<Reshaped> Reshape(store::ReadTransaction& tx, const model::SpaceId& id, const SpaceChange& change, base::Time now) {
  TRY_ASSIGN(Space space, LoadSpace(tx, id));
  TRY(CheckVersion(space, change.if_match));
  if (!space.parent) return Fail(Refusal("space.root", "the root space cannot be changed"));
  TRY_ASSIGN(const SpaceTree before, LoadSpaces(tx));
  if (change.parent) {
    TRY(CheckPlace(before, *change.parent));
    if (before.IsWithin(*change.parent, id)) {
      return Fail(Refusal("space.loop", "a space cannot be moved below itself", "parent"));
    }
    space.parent = change.parent;
  }
  space.name = change.name.value_or(space.name);
  TRY(model::CheckName(space.name, "name"));
  space.inherit = change.inherit.value_or(space.inherit);
  space.updated_at = now;
  SpaceTree after = before;
  after.Add(space.id, *space.parent, space.inherit);
  TRY(CheckDepth(after));
  TRY_ASSIGN(const std::vector<Use> uses, FindUses(tx, now, {}));
  return Reshaped{std::move(space), Unique(Lost({before, uses}, {after, uses}))};
}

// What goes with a space, and what stands in the way of its going.
base::Result<Consequences> ConsequencesOfDeleting(store::ReadTransaction& tx, const Space& space, base::Time now) {
  Consequences consequences{.removed = {space.id.text()}};
  TRY_ASSIGN(const SpaceTree tree, LoadSpaces(tx));
  for (const model::SpaceId& child : tree.Children(space.id)) consequences.dependents.push_back(child.text());
  TRY(ForEach([&](const store::Page& page) { return store::ListIntegrations(tx, {.space = space.id}, page); },
              [&](const model::Integration& integration) -> base::Status {
                consequences.dependents.push_back(integration.id.text());
                return {};
              }));
  TRY(ForEach([&](const store::Page& page) { return store::ListTokens(tx, page); }, [&](const store::Token& token) -> base::Status {
    const bool alive = !token.revoked_at && (!token.expires_at || now < *token.expires_at);
    if (alive && token.space == space.id) consequences.dependents.push_back(token.id.text());
    return {};
  }));
  TRY(ForEach([&](const store::Page& page) { return store::ListRoleBindings(tx, {.space = space.id.text()}, page); },
              [&](const store::RoleBinding& binding) -> base::Status {
                consequences.removed.push_back(binding.id.text());
                return {};
              }));
  return consequences;
}

base::Result<Consequences> LoadConsequences(store::ReadTransaction& tx, const model::SpaceId& id, std::optional<std::int64_t> if_match,
                                            base::Time now) {
  TRY_ASSIGN(const Space space, LoadSpace(tx, id));
  TRY(CheckVersion(space, if_match));
  if (!space.parent) return Fail(Refusal("space.root", "the root space cannot be deleted"));
  return ConsequencesOfDeleting(tx, space, now);
}

// What stays of a space: its name, and whose readers could read it as well, so that they are told of its end.
base::Result<std::string> LastWord(store::ReadTransaction& tx, const model::SpaceId& id) {
  TRY_ASSIGN(const auto space, store::FindSpace(tx, id));
  if (!space) return std::string("{}");
  const std::string above = space->parent && space->inherit ? fmt::format(R"(,"space":"{}")", space->parent->text()) : "";
  return fmt::format(R"({{"name":{}{}}})", base::JsonQuote(space->name), above);
}

}  // namespace

base::Result<Space> CreateSpace(const Ports& ports, const Caller& caller, const SpaceWish& wish) {
  TRY(model::CheckName(wish.name, "name"));
  const base::Time now = ports.clock.Now();
  const Space space{.id = model::SpaceId::Make(now, ports.random),
                    .tenant = caller.actor.tenant,
                    .parent = wish.parent.value_or(caller.spaces->root()),
                    .inherit = wish.inherit,
                    .name = wish.name,
                    .created_at = now,
                    .updated_at = now};
  return audit::RecordAround(
      ports.audit, audit::RecordOf(caller.actor, "space.create", space.id.text()),
      [&](audit::EffectReport& report) -> base::Result<Space> {
        report.details = fmt::format(R"({{"name":{},"parent":"{}"}})", base::JsonQuote(space.name), space.parent->text());
        return ports.store.Write(space.tenant, [&](store::WriteTransaction& tx) -> base::Result<Space> {
          TRY_ASSIGN(SpaceTree tree, LoadSpaces(tx));
          TRY(CheckPlace(tree, *space.parent));
          tree.Add(space.id, *space.parent, space.inherit);
          TRY(CheckDepth(tree));
          TRY(store::InsertSpace(tx, space));
          return space;
        });
      });
}

base::Result<Space> UpdateSpace(const Ports& ports, const Caller& caller, const model::SpaceId& id, const SpaceChange& change) {
  return audit::RecordAround(ports.audit, audit::RecordOf(caller.actor, "space.update", id.text()), [&](audit::EffectReport&) {
    return ports.store.Write(caller.actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<Space> {
      TRY_ASSIGN(Reshaped reshaped, Reshape(tx, id, change, ports.clock.Now()));
      if (!reshaped.lost.empty()) return Fail(WouldLose(std::move(reshaped.lost)));
      TRY_ASSIGN(reshaped.space.version, store::UpdateSpace(tx, reshaped.space));
      return std::move(reshaped.space);
    });
  });
}

base::Result<Consequences> PreviewUpdateSpace(const Ports& ports, const Caller& caller, const model::SpaceId& id,
                                              const SpaceChange& change) {
  return ports.store.Read(caller.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<Consequences> {
    TRY_ASSIGN(Reshaped reshaped, Reshape(tx, id, change, ports.clock.Now()));
    return Consequences{.dependents = std::move(reshaped.lost)};
  });
}

base::Result<Consequences> DeleteSpace(const Ports& ports, const Caller& caller, const model::SpaceId& id,
                                       std::optional<std::int64_t> if_match) {
  audit::Record record = audit::RecordOf(caller.actor, "space.delete", id.text());
  TRY_ASSIGN(record.details, ports.store.Read(caller.actor.tenant, [&](store::ReadTransaction& tx) { return LastWord(tx, id); }));
  return audit::RecordAround(ports.audit, record, [&](audit::EffectReport& report) {
    report.details = record.details;
    return ports.store.Write(caller.actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<Consequences> {
      TRY_ASSIGN(Consequences consequences, LoadConsequences(tx, id, if_match, ports.clock.Now()));
      if (!consequences.dependents.empty()) {
        Error error = Refusal("space.not_empty", "there is still something in the space");
        error.fix = "move, delete or revoke it first; `dry_run=true` lists it";
        error.details["dependents"] = consequences.dependents;
        return Fail(std::move(error));
      }
      TRY(store::DeleteRoleBindingsIn(tx, id));
      TRY(store::DeleteSharesWith(tx, id));
      TRY(store::DeleteSpace(tx, id));
      return consequences;
    });
  });
}

base::Result<Consequences> PreviewDeleteSpace(const Ports& ports, const Caller& caller, const model::SpaceId& id,
                                              std::optional<std::int64_t> if_match) {
  return ports.store.Read(caller.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<Consequences> {
    return LoadConsequences(tx, id, if_match, ports.clock.Now());
  });
}

base::Result<std::vector<std::string>> LostByMove(store::ReadTransaction& tx, const model::IntegrationId& integration,
                                                  const model::SpaceId& from, const model::SpaceId& to, base::Time now) {
  TRY_ASSIGN(const SpaceTree tree, LoadSpaces(tx));
  if (!tree.Has(to)) {
    return Fail(Error{.code = Code::kInvalidArgument, .message = fmt::format("there is no space `{}`", to.text()), .field = "space"});
  }
  TRY_ASSIGN(const std::vector<Use> uses, FindUses(tx, now, integration));
  std::vector<Use> moved = uses;
  for (Use& use : moved) {
    if (use.below == from) use.below = to;
  }
  return Unique(Lost({tree, uses}, {tree, moved}));
}

base::Status CheckMove(store::ReadTransaction& tx, const model::IntegrationId& integration, const model::SpaceId& from,
                       const model::SpaceId& to, base::Time now) {
  TRY_ASSIGN(auto lost, LostByMove(tx, integration, from, to, now));
  if (!lost.empty()) return Fail(WouldLose(std::move(lost)));
  return {};
}

}  // namespace crossrole::tenancy
