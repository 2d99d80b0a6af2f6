// SPDX-License-Identifier: Apache-2.0
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <functional>

#include "api/body.h"
#include "api/internal/find_connection.h"
#include "api/internal/node_paths.h"
#include "api/handlers.h"
#include "api/services.h"
#include "base/json.h"
#include "session/console.h"
#include "session/mint.h"
#include "session/render.h"

namespace crossrole::api {
namespace {

base::Result<session::MintRequest> ReadMint(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  session::MintRequest request{.session_name = body.Text("session_name").value_or(""),
                               .policy_arns = body.Texts("policy_arns").value_or(std::vector<std::string>()),
                               .tags = body.TextMap("tags").value_or(std::map<std::string, std::string>()),
                               .reason = body.Text("reason").value_or(""),
                               .region = body.Text("region").value_or("")};
  if (const auto seconds = body.Integer("duration_seconds")) request.duration = std::chrono::seconds(*seconds);
  if (const auto phase = body.Text("phase")) {
    const auto parsed = model::ParsePhase(*phase);
    if (parsed) {
      request.phase = *parsed;
    } else {
      body.Refuse("phase", parsed.error().message, parsed.error().fix);
    }
  }
  // A policy may come as the document itself or as its text.
  if (const boost::json::value* policy = body.Any("session_policy")) {
    request.session_policy = policy->is_string() ? std::string(policy->get_string()) : base::PrintJson(*policy);
  }
  TRY(body.Finish());
  return request;
}

// The same for a connection: that of an organization is used where what counts for it says, unless the request says otherwise.
base::Result<session::MintRequest> ReadMintFor(const Services& services, const Call& call, const store::Connection& connection) {
  TRY_ASSIGN(session::MintRequest request, ReadMint(call));
  if (!request.region.empty() || !connection.folder) return request;
  TRY(services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Status {
    TRY_ASSIGN(const NodePaths paths, NodePaths::ReadAbove(tx, connection.integration, *connection.folder));
    request.region = RegionOf(connection, paths);
    return {};
  }));
  return request;
}

session::MintDone Answer(const Reply& reply) {
  return [reply](base::Result<session::Minted> minted) {
    if (!minted) return reply.Fail(minted.error());
    reply.SecretJson(201, session::SessionJson(*minted).Reveal());
  };
}

std::function<void(base::Result<session::ConsoleLink>)> LinkAnswer(const Reply& reply) {
  return [reply](base::Result<session::ConsoleLink> link) {
    if (!link) return reply.Fail(link.error());
    reply.SecretJson(201, session::LinkJson(*link).Reveal());
  };
}

}  // namespace

void MintForIntegration(Services& services, Call call, Reply reply) {
  auto request = ReadMint(call);
  if (!request) return reply.Fail(request.error());
  session::Mint(services.sessions, call.actor, call.params.Get("id"), *std::move(request), Answer(reply));
}

void MintForConnection(Services& services, Call call, Reply reply) {
  const auto connection = FindConnection(services, call);
  if (!connection) return reply.Fail(connection.error());
  auto request = ReadMintFor(services, call, *connection);
  if (!request) return reply.Fail(request.error());
  session::MintForConnection(services.sessions, call.actor, *connection, *std::move(request), Answer(reply));
}

void ConsoleForIntegration(Services& services, Call call, Reply reply) {
  auto request = ReadMint(call);
  if (!request) return reply.Fail(request.error());
  session::SignIn(services.sessions, call.actor, call.params.Get("id"), *std::move(request), LinkAnswer(reply));
}

void ConsoleForConnection(Services& services, Call call, Reply reply) {
  const auto connection = FindConnection(services, call);
  if (!connection) return reply.Fail(connection.error());
  auto request = ReadMintFor(services, call, *connection);
  if (!request) return reply.Fail(request.error());
  session::SignInForConnection(services.sessions, call.actor, *connection, *std::move(request), LinkAnswer(reply));
}

}  // namespace crossrole::api
