// SPDX-License-Identifier: Apache-2.0
#include "tenancy/spaces.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/body.h"
#include "api/internal/filtered_list.h"
#include "api/handlers.h"
#include "base/text.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;
using tenancy::Permission;

json::array ArrayOf(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::value SpaceJson(const store::Space& space) {
  return json::object{{"id", space.id.text()},
                      {"version", space.version},
                      {"created_at", base::FormatRfc3339(space.created_at)},
                      {"updated_at", base::FormatRfc3339(space.updated_at)},
                      {"name", space.name},
                      {"parent", space.parent ? json::value(space.parent->text()) : json::value(nullptr)},
                      {"inherit", space.inherit}};
}

base::Result<json::value> Printed(const base::Result<store::Space>& space) {
  if (!space) return std::unexpected(space.error());
  return SpaceJson(*space);
}

base::Result<tenancy::SpaceWish> ReadWish(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  tenancy::SpaceWish wish{.name = body.Text("name").value_or(""), .parent = ReadSpace(body, "parent"), .inherit = body.Boolean("inherit").value_or(true)};
  TRY(body.Finish());
  return wish;
}

base::Result<tenancy::SpaceChange> ReadChange(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  tenancy::SpaceChange change{.name = body.Text("name"), .parent = ReadSpace(body, "parent"), .inherit = body.Boolean("inherit")};
  TRY(body.Finish());
  TRY_ASSIGN(change.if_match, call.IfMatch());
  return change;
}

// The path names a space of the tenant: that was found out before.
model::SpaceId IdOf(const Call& call) { return *model::SpaceId::Parse(call.params.Get("id")); }

}  // namespace

json::value ConsequencesJson(const tenancy::Consequences& consequences) {
  return json::object{{"renamed", json::array()},
                      {"removed", ArrayOf(consequences.removed)},
                      {"invalidated", ArrayOf(consequences.invalidated)},
                      {"dependents", ArrayOf(consequences.dependents)}};
}

void CreateSpace(Services& services, Call call, Reply reply) {
  const auto wish = ReadWish(call);
  if (!wish) return reply.Fail(wish.error());
  reply.Of(201, Printed(tenancy::CreateSpace(PeoplePorts(services), *call.caller, *wish)));
}

void ListSpaces(Services& services, Call call, Reply reply) {
  const auto list = [](store::ReadTransaction& tx, const store::Page& page) -> base::Result<std::vector<store::Space>> {
    TRY_ASSIGN(auto spaces, store::ListSpaces(tx));
    std::ranges::sort(spaces, {}, &store::Space::id);
    std::erase_if(spaces, [&](const store::Space& space) { return space.id.text() <= page.after; });
    if (spaces.size() > page.limit) spaces.erase(spaces.begin() + static_cast<std::ptrdiff_t>(page.limit), spaces.end());
    return spaces;
  };
  reply.Of(200, FilteredList(services, call, list, [&](store::ReadTransaction&, const store::Space& space) -> base::Result<json::value> {
             return call.caller->MayIn(space.id, Permission::kSpaceRead) ? SpaceJson(space) : json::value(nullptr);
           }));
}

void ShowSpace(Services& services, Call call, Reply reply) {
  const auto space = services.integrations.store.Read(call.actor.tenant,
                                                      [&](store::ReadTransaction& tx) { return store::FindSpace(tx, IdOf(call)); });
  if (!space) return reply.Fail(space.error());
  if (!*space) return reply.Fail({.code = base::Code::kNotFound, .message = "there is no space `" + IdOf(call).text() + "`"});
  reply.Object(200, SpaceJson(**space));
}

void UpdateSpace(Services& services, Call call, Reply reply) {
  const auto change = ReadChange(call);
  if (!change) return reply.Fail(change.error());
  const tenancy::Ports ports = PeoplePorts(services);
  PreviewOrChange(
      call, reply, [&] { return tenancy::PreviewUpdateSpace(ports, *call.caller, IdOf(call), *change); },
      [&] { return Printed(tenancy::UpdateSpace(ports, *call.caller, IdOf(call), *change)); });
}

void DeleteSpace(Services& services, Call call, Reply reply) {
  const auto if_match = call.IfMatch();
  if (!if_match) return reply.Fail(if_match.error());
  const tenancy::Ports ports = PeoplePorts(services);
  PreviewOrChange(
      call, reply, [&] { return tenancy::PreviewDeleteSpace(ports, *call.caller, IdOf(call), *if_match); },
      [&]() -> base::Result<json::value> {
        TRY_ASSIGN(const auto consequences, tenancy::DeleteSpace(ports, *call.caller, IdOf(call), *if_match));
        return ConsequencesJson(consequences);
      });
}

}  // namespace crossrole::api
