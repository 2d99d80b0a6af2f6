// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>

#include "api/body.h"
#include "api/internal/filtered_list.h"
#include "api/find_connection.h"
#include "api/handlers.h"
#include "base/text.h"
#include "integration/describe.h"
#include "integration/verify.h"
#include "store/integrations.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

base::Error NoSuchConnection(std::string_view id) {
  return {.code = base::Code::kNotFound, .message = "there is no connection `" + std::string(base::Shortened(id, 80)) + "`"};
}

base::Result<json::value> Listed(const Services& services, const Call& call) {
  store::ConnectionFilter filter;
  TRY_ASSIGN(filter.integration, call.Parsed("integration", model::IntegrationId::Parse));
  TRY_ASSIGN(filter.account_id, call.Parsed("account_id", model::AccountId::Parse));
  TRY_ASSIGN(filter.state, call.Parsed("state", store::ParseConnectionState));
  const auto list = [&](store::ReadTransaction& tx, const store::Page& page) { return store::ListConnections(tx, filter, page); };
  std::map<model::IntegrationId, bool> readable;  // a connection lies where its integration does
  const auto print = [&](store::ReadTransaction& tx, const store::Connection& connection) -> base::Result<json::value> {
    const auto [known, is_new] = readable.try_emplace(connection.integration, false);
    if (is_new) {
      TRY_ASSIGN(const auto integration, store::FindIntegration(tx, connection.integration));
      known->second = integration && call.caller->May(tenancy::Permission::kConnectionRead,
                                                      {.space = integration->space, .integration = integration->id});
    }
    return known->second ? integration::ToJson(connection) : json::value(nullptr);
  };
  return FilteredList(services, call, list, print);
}

}  // namespace

base::Result<store::Connection> FindConnection(const Services& services, const Call& call) {
  if (call.connection != nullptr) return *call.connection;
  const std::string& text = call.params.Get("id");
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<store::Connection> {
    std::optional<store::Connection> found;
    if (const auto id = model::ConnectionId::Parse(text)) {
      TRY_ASSIGN(found, store::FindConnection(tx, *id));
    } else if (const auto handle = model::Handle::Parse(text)) {
      TRY_ASSIGN(found, store::FindConnectionByHandle(tx, *handle));
    }
    if (!found) return base::Fail(NoSuchConnection(text));
    return *std::move(found);
  });
}

void ListConnections(Services& services, Call call, Reply reply) { reply.Of(200, Listed(services, call)); }

void ShowConnection(Services& services, Call call, Reply reply) {
  const auto connection = FindConnection(services, call);
  if (!connection) return reply.Fail(connection.error());
  reply.Object(200, integration::ToJson(*connection));
}

void TestConnection(Services& services, Call call, Reply reply) {
  const auto connection = FindConnection(services, call);
  if (!connection) return reply.Fail(connection.error());
  auto body = Body::Parse(call.request.body);
  if (!body) return reply.Fail(body.error());
  if (const auto finished = body->Finish(); !finished) return reply.Fail(finished.error());
  reply.responder().SetTimeLimit(std::chrono::seconds(60));
  const auto verification = services.verifier.Verify(call.actor, connection->integration.text(), {});
  if (!verification) return reply.Fail(verification.error());
  reply.Json(200, integration::ToJson(*verification));
}

}  // namespace crossrole::api
