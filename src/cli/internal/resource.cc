// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/resource.h"

#include <fmt/format.h>

#include <boost/json/value.hpp>

#include "base/json.h"
#include "cli/integration_view.h"

namespace crossrole::cli {
namespace {

std::string PathOf(const Arguments& arguments, const Resource& resource) {
  return ObjectPath(resource.collection, arguments.Text("name").value_or(""));
}

base::Result<boost::json::value> Change(ApiClient& client, const Arguments& arguments, ApiRequest request) {
  request.if_match = arguments.Text("--if-match").value_or("");
  TRY_ASSIGN(const auto response, client.Send(request));
  if (response.body.empty()) return boost::json::value(nullptr);
  return base::ParseJson(response.body);
}

// What a change answers: consequences, or the object as it is now.
int PrintChanged(const Context& context, const boost::json::value& answer, const Resource& resource) {
  return Member(answer, "dependents") != nullptr ? PrintConsequences(context, answer) : PrintObject(context, answer, resource.lines);
}

}  // namespace

int ListResource(const Context& context, const Arguments& arguments, const Resource& resource, Query query) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto list, client.GetAll(fmt::format("/v1/{}", resource.collection), query, LimitFlag(arguments)));
    return PrintList(context, list, resource.row);
  });
}

int ShowResource(const Context& context, const Arguments& arguments, const Resource& resource) {
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto found, client.Get(PathOf(arguments, resource)));
    return PrintObject(context, found, resource.lines);
  });
}

int CreateResource(const Context& context, const Arguments& arguments, const Resource& resource,
                   const base::Result<boost::json::object>& body) {
  if (!body) return PrintError(context, body.error());
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto made, client.Call("POST", fmt::format("/v1/{}", resource.collection), *body));
    return PrintObject(context, made, resource.lines);
  });
}

int UpdateResource(const Context& context, const Arguments& arguments, const Resource& resource,
                   const base::Result<boost::json::object>& body) {
  if (!body) return PrintError(context, body.error());
  if (body->empty()) return PrintUsage(context, "nothing says what to change", "`--help` lists the flags");
  const Query query = {{"dry_run", arguments.Switch("--dry-run") ? "true" : ""}};
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto changed, Change(client, arguments,
                                          {.method = "PATCH",
                                           .target = WithQuery(PathOf(arguments, resource), query),
                                           .body = base::PrintJson(*body)}));
    return PrintChanged(context, changed, resource);
  });
}

int DeleteResource(const Context& context, const Arguments& arguments, const Resource& resource, Query query) {
  query.emplace_back("dry_run", arguments.Switch("--dry-run") ? "true" : "");
  return WithApi(context, arguments, [&](ApiClient& client) -> base::Result<int> {
    TRY_ASSIGN(const auto removed,
               Change(client, arguments, {.method = "DELETE", .target = WithQuery(PathOf(arguments, resource), query)}));
    return PrintChanged(context, removed, resource);
  });
}

}  // namespace crossrole::cli
