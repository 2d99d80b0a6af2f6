// SPDX-License-Identifier: Apache-2.0
#include "api/openapi.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/schemas.h"
#include "api/route.h"
#include "base/json.h"
#include "base/text.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

json::string_view View(std::string_view text) { return {text.data(), text.size()}; }

json::object Reference(std::string_view schema) { return {{"$ref", fmt::format("#/components/schemas/{}", schema)}}; }

json::object Parameter(std::string_view name, std::string_view where, bool required, std::string_view type = "string") {
  return {{"name", View(name)}, {"in", View(where)}, {"required", required}, {"schema", json::object{{"type", View(type)}}}};
}

json::array ParametersOf(const Route& route) {
  json::array parameters;
  for (const std::string_view part : base::Split(route.pattern, '/')) {
    if (part.size() > 2 && part.front() == '{') parameters.push_back(Parameter(part.substr(1, part.size() - 2), "path", true));
  }
  if (!route.query.empty()) {
    for (const std::string_view name : base::Split(route.query, ' ')) {
      const std::string_view type = name == "limit" ? "integer" : name == "dry_run" || name == "force" ? "boolean" : "string";
      parameters.push_back(Parameter(name, "query", false, type));
    }
  }
  if (route.replay == Replay::kByKey) parameters.push_back(Parameter("Idempotency-Key", "header", false));
  if (route.method == "PATCH" || route.method == "PUT" || route.method == "DELETE") {
    parameters.push_back(Parameter("If-Match", "header", false));
  }
  return parameters;
}

json::object Content(std::string_view schema) {
  if (schema.contains('/')) return {{View(schema), json::object{{"schema", json::object{{"type", "string"}}}}}};
  return {{"application/json", json::object{{"schema", Reference(schema)}}}};
}

json::object ResponsesOf(const Route& route) {
  json::object success{{"description", View(route.summary)}};
  if (!route.response_schema.empty()) success["content"] = Content(route.response_schema);
  const json::object problem{{"description", "What went wrong."},
                             {"content", json::object{{"application/problem+json", json::object{{"schema", Reference("Problem")}}}}}};
  return {{std::to_string(route.success_status), std::move(success)}, {"default", problem}};
}

json::object OperationOf(const Route& route) {
  json::object operation{{"summary", View(route.summary)},
                         {"operationId", fmt::format("{} {}", route.method, route.pattern)},
                         {"x-crossrole-permission", View(tenancy::NameOf(route.permission))},
                         {"parameters", ParametersOf(route)},
                         {"responses", ResponsesOf(route)}};
  if (route.permission == tenancy::Permission::kPublic) operation["security"] = json::array();
  if (!route.request_schema.empty()) {
    json::object content = Content(route.request_schema);
    // A credentials file is taken as it is.
    if (route.request_schema == "Keys") content["text/csv"] = json::object{{"schema", json::object{{"type", "string"}}}};
    operation["requestBody"] = json::object{{"content", std::move(content)}};
  }
  return operation;
}

}  // namespace

json::value OpenApi(std::string_view version) {
  json::object paths;
  for (const Route& route : Routes()) {
    json::value& path = paths[View(route.pattern)];
    if (path.is_null()) path.emplace_object();
    path.as_object()[base::Lower(route.method)] = OperationOf(route);
  }
  auto schemas = base::ParseJson(Schemas().front().text);
  CHECK(schemas.has_value());
  return json::object{
      {"openapi", "3.1.0"},
      {"info", json::object{{"title", "Crossrole"}, {"version", View(version)}, {"license", json::object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"security", json::array{json::object{{"bearer", json::array()}}}},
      {"paths", std::move(paths)},
      {"components", json::object{{"securitySchemes", json::object{{"bearer", json::object{{"type", "http"}, {"scheme", "bearer"}}}}},
                                  {"schemas", *std::move(schemas)}}}};
}

}  // namespace crossrole::api
