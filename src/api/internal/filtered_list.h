// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <utility>

#include "api/route.h"
#include "api/services.h"
#include "store/page.h"
#include "tenancy/ports.h"

namespace crossrole::api {

/// One page of a list without what the caller may not read: `list(tx, page)` gives objects with an `id`, in the order of
/// their ids; `print(tx, object)` gives a `Result<json::value>`, null for what is left out. Pages are full as long as
/// there is something to fill them with, so that nobody learns from a gap.
template <typename List, typename Print>
base::Result<boost::json::value> FilteredList(const Services& services, const Call& call, const List& list, const Print& print) {
  TRY_ASSIGN(const Page page, services.pages.Read(call.request, call.actor.tenant));
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<boost::json::value> {
    boost::json::array items;
    std::string last;
    for (store::Page part{.limit = page.limit + 1, .after = page.after};;) {
      TRY_ASSIGN(const auto found, list(tx, part));
      for (const auto& object : found) {
        TRY_ASSIGN(boost::json::value item, print(tx, object));
        if (item.is_null()) continue;
        if (items.size() == page.limit) {
          return boost::json::object{{"items", std::move(items)},
                                     {"next_page_token", services.pages.Next(call.request, call.actor.tenant, last)}};
        }
        items.push_back(std::move(item));
        last = object.id.text();
      }
      if (found.size() < part.limit) return boost::json::object{{"items", std::move(items)}, {"next_page_token", nullptr}};
      part.after = found.back().id.text();
    }
  });
}

/// What the use cases of people's rights work with.
inline tenancy::Ports PeoplePorts(const Services& services) {
  return {services.integrations.store, services.integrations.audit, services.integrations.clock, services.integrations.random};
}

/// `{"renamed","removed","invalidated","dependents"}`. Source: contract section 4.
boost::json::value ConsequencesJson(const tenancy::Consequences& consequences);

/// Answers a change: its preview with `?dry_run=true`, else what `change` returns, printed by `print`.
template <typename Preview, typename Change>
void PreviewOrChange(const Call& call, const Reply& reply, const Preview& preview, const Change& change) {
  const auto dry_run = call.Flag("dry_run");
  if (!dry_run) return reply.Fail(dry_run.error());
  if (!*dry_run) return reply.Of(200, change());
  const auto consequences = preview();
  if (!consequences) return reply.Fail(consequences.error());
  reply.Json(200, ConsequencesJson(*consequences));
}

}  // namespace crossrole::api
