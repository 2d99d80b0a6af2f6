// SPDX-License-Identifier: Apache-2.0
#include "tenancy/tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "model/handle.h"
#include "store/integrations.h"
#include "store/people/bearers.h"
#include "tenancy/authority.h"
#include "tenancy/roles.h"
#include "tenancy/token.h"

namespace crossrole::tenancy {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using store::Token;

constexpr std::size_t kMostIntegrations = 100;

Error Wrong(std::string field, std::string message) {
  return {.code = Code::kInvalidArgument, .message = std::move(message), .field = std::move(field)};
}

Error NoSuchIntegration(std::string_view text) {
  return Wrong("integrations", fmt::format("there is no integration `{}`", base::Shortened(text, 80)));
}

std::string HashOf(const IssuedToken& issued) { return base::HexEncode(base::AsText(issued.hash)); }

base::Result<model::Integration> FindListed(store::ReadTransaction& tx, const Caller& caller, const SpaceTree& tree,
                                            const std::string& text) {
  std::optional<model::Integration> found;
  if (const auto id = model::IntegrationId::Parse(text)) {
    TRY_ASSIGN(found, store::FindIntegration(tx, *id));
  } else if (const auto handle = model::Handle::Parse(text)) {
    TRY_ASSIGN(found, store::FindIntegrationByHandle(tx, *handle));
  }
  // What may not be seen is not there.
  const bool seen = found && IsAllowed(*caller.authority, tree, Permission::kIntegrationRead,
                                       {.space = found->space, .integration = found->id});
  if (!seen) return Fail(NoSuchIntegration(text));
  return *std::move(found);
}

// The integrations that the wish lists; nothing where it lists none.
base::Result<std::optional<std::vector<model::IntegrationId>>> Listed(store::ReadTransaction& tx, const Caller& caller,
                                                                     const SpaceTree& tree, const TokenWish& wish,
                                                                     const std::optional<model::SpaceId>& space) {
  if (!wish.integrations) return caller.authority->integrations;
  if (wish.integrations->empty() || wish.integrations->size() > kMostIntegrations) {
    return Fail(Wrong("integrations", fmt::format("give 1 to {} integrations, or leave them out", kMostIntegrations)));
  }
  std::vector<model::IntegrationId> ids;
  for (const std::string& text : *wish.integrations) {
    TRY_ASSIGN(const model::Integration integration, FindListed(tx, caller, tree, text));
    if (space && !tree.Reaches(*space, integration.space)) {
      return Fail(Wrong("integrations", fmt::format("the integration `{}` is not below the token's space", base::Shortened(text, 80))));
    }
    if (std::ranges::count(ids, integration.id) == 0) ids.push_back(integration.id);
  }
  return ids;
}

base::Status CheckWish(const TokenWish& wish, base::Time now) {
  TRY(model::CheckName(wish.name, "name"));
  if (wish.expires_at && *wish.expires_at <= now) return Fail(Wrong("expires_at", "this time is over"));
  return {};
}

// Every grant of the token must be the caller's to give.
base::Status CheckReach(const Caller& caller, const SpaceTree& tree, const Authority& wanted) {
  if (wanted.installation_admin && !caller.authority->installation_admin) {
    return Fail(Code::kPermissionDenied, "only the administrator of the installation may do this");
  }
  PermissionSet beyond;
  for (const Grant& grant : wanted.grants) beyond.Add(BeyondReach(*caller.authority, tree, grant.permissions, grant.space));
  if (!beyond.IsEmpty()) return Fail(CannotHandOn(beyond));
  return {};
}

base::Result<Token> LoadToken(store::ReadTransaction& tx, const model::TokenId& id, std::optional<std::int64_t> if_match) {
  TRY_ASSIGN(auto token, store::FindToken(tx, id));
  if (!token) return Fail(Code::kNotFound, fmt::format("there is no token `{}`", id.text()));
  if (!if_match || *if_match == token->version) return *std::move(token);
  return Fail(Error{.code = Code::kConflict,
                    .message = "the token was changed meanwhile",
                    .field = "If-Match",
                    .fix = "read it again, and repeat the change if it still makes sense",
                    .stale = true});
}

// Its text was given to one worker or run, and nobody else comes in as that.
base::Status RequireNoBearer(store::ReadTransaction& tx, const model::TokenId& id) {
  TRY_ASSIGN(const auto bearer, store::FindBearer(tx, id));
  if (!bearer) return {};
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = fmt::format("this token identifies `{}`", *bearer),
                    .reason = "token.identity",
                    .fix = "revoke it; a new one is made when it is needed"});
}

std::string DetailsOf(const Token& token) {
  return fmt::format(R"({{"name":{},"role":{},"space":{}}})", base::JsonQuote(token.name), base::JsonQuote(token.role),
                     token.space ? base::JsonQuote(token.space->text()) : "null");
}

// Stores a token that `fill` completes, and hands out its text.
template <typename Fill>
base::Result<MadeToken> Make(const Ports& ports, const Caller& caller, const TokenWish& wish, const Fill& fill) {
  const base::Time now = ports.clock.Now();
  TRY(CheckWish(wish, now));
  IssuedToken issued = IssueToken(now, ports.random);
  const Token blank{.id = issued.id,
                    .tenant = caller.actor.tenant,
                    .name = wish.name,
                    .role = "",
                    .maker = caller.actor.id,
                    .hash = HashOf(issued),
                    .expires_at = wish.expires_at.value_or(now + kTokenLife),
                    .created_at = now,
                    .updated_at = now};
  auto made = audit::RecordAround(
      ports.audit, audit::RecordOf(caller.actor, "token.create", issued.id.text()),
      [&](audit::EffectReport& report) -> base::Result<Token> {
        return ports.store.Write(caller.actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<Token> {
          Token token = blank;
          TRY(fill(tx, token));
          TRY(store::InsertToken(tx, token));
          if (!wish.bearer.empty()) TRY(store::InsertBearer(tx, token.id, wish.bearer));
          report.details = DetailsOf(token);
          return token;
        });
      });
  if (!made) return std::unexpected(made.error());
  return MadeToken{*std::move(made), std::move(issued.text)};
}

}  // namespace

base::Result<MadeToken> CreateToken(const Ports& ports, const Caller& caller, const TokenWish& wish) {
  return Make(ports, caller, wish, [&](store::WriteTransaction& tx, Token& token) -> base::Status {
    TRY_ASSIGN(const ResolvedRole role, FindRoleToGive(tx, wish.role));
    TRY_ASSIGN(const SpaceTree tree, LoadSpaces(tx));
    token.role = role.key;
    token.space = wish.space.value_or(tree.root());
    if (!tree.Has(*token.space)) return Fail(Wrong("space", fmt::format("there is no space `{}`", token.space->text())));
    TRY_ASSIGN(token.integrations, Listed(tx, caller, tree, wish, token.space));
    return CheckReach(caller, tree, {.grants = {{.role = role.key, .permissions = role.permissions, .space = *token.space, .source = ""}}});
  });
}

base::Result<MadeToken> CreateOwnToken(const Ports& ports, const Caller& caller, const TokenWish& wish) {
  if (!caller.operator_id) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = "only an operator has tokens of his own",
                      .reason = "token.no_operator",
                      .fix = "make a token with a role: `POST /v1/tokens`"});
  }
  return Make(ports, caller, wish, [&](store::WriteTransaction& tx, Token& token) -> base::Status {
    TRY_ASSIGN(const SpaceTree tree, LoadSpaces(tx));
    token.operator_id = caller.operator_id;
    TRY_ASSIGN(token.integrations, Listed(tx, caller, tree, wish, std::nullopt));
    return {};
  });
}

base::Result<MadeToken> RotateToken(const Ports& ports, const Caller& caller, const model::TokenId& id,
                                    std::optional<std::int64_t> if_match) {
  const base::Time now = ports.clock.Now();
  IssuedToken issued = ReissueToken(id, ports.random);
  auto rotated = audit::RecordAround(
      ports.audit, audit::RecordOf(caller.actor, "token.rotate", id.text()), [&](audit::EffectReport&) -> base::Result<Token> {
        return ports.store.Write(caller.actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<Token> {
          TRY_ASSIGN(Token token, LoadToken(tx, id, if_match));
          if (token.revoked_at || (token.expires_at && *token.expires_at <= now)) {
            return Fail(Error{.code = Code::kFailedPrecondition,
                              .message = "this token is void",
                              .reason = "token.void",
                              .fix = "make a new one"});
          }
          TRY(RequireNoBearer(tx, id));
          const bool own = caller.token && caller.token->id == id;
          if (!own && token.operator_id && token.operator_id != caller.operator_id) {
            return Fail(Code::kPermissionDenied, "this token is another operator's own");
          }
          if (!own && !token.operator_id) {
            TRY_ASSIGN(const SpaceTree tree, LoadSpaces(tx));
            TRY_ASSIGN(const Authority authority, LoadAuthorityOf(tx, token));
            TRY(CheckReach(caller, tree, authority));
          }
          token.hash = HashOf(issued);
          token.updated_at = now;
          TRY_ASSIGN(token.version, store::UpdateToken(tx, token));
          return token;
        });
      });
  if (!rotated) return std::unexpected(rotated.error());
  return MadeToken{*std::move(rotated), std::move(issued.text)};
}

base::Result<Token> RevokeToken(const Ports& ports, const Caller& caller, const model::TokenId& id,
                                std::optional<std::int64_t> if_match) {
  return audit::RecordAround(
      ports.audit, audit::RecordOf(caller.actor, "token.revoke", id.text()), [&](audit::EffectReport&) -> base::Result<Token> {
        return ports.store.Write(caller.actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<Token> {
          TRY(LoadToken(tx, id, if_match));
          TRY(store::RevokeToken(tx, id, ports.clock.Now()));
          return LoadToken(tx, id, {});
        });
      });
}

base::Status CheckTokenVersion(const Ports& ports, const Caller& caller, const model::TokenId& id, std::optional<std::int64_t> if_match) {
  TRY(ports.store.Read(caller.actor.tenant, [&](store::ReadTransaction& tx) { return LoadToken(tx, id, if_match); }));
  return {};
}

}  // namespace crossrole::tenancy
