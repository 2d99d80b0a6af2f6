// SPDX-License-Identifier: Apache-2.0
#include "api/openapi.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <set>
#include <string>

#include "api/components.h"
#include "api/internal/limited.h"
#include "api/route.h"
#include "base/json.h"
#include "base/text.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

// What any request may meet before its route is asked.
constexpr std::string_view kEverywhere = "400 405 408 413 414 417 421 431 500 503";

json::string_view View(std::string_view text) { return {text.data(), text.size()}; }

json::object Reference(std::string_view part, std::string_view name) {
  return {{"$ref", fmt::format("#/components/{}/{}", part, name)}};
}

// Makes the operations from the table of routes; what they refer to must be among the components.
class Description {
 public:
  explicit Description(json::object components) : components_(std::move(components)) {}

  json::object Paths() const {
    json::object paths;
    for (const Route& route : Routes()) {
      json::value& path = paths[View(route.pattern)];
      if (path.is_null()) path.emplace_object();
      path.as_object()[base::Lower(route.method)] = Operation(route);
    }
    return paths;
  }
  json::object TakeComponents() { return std::move(components_); }

 private:
  const json::object& Schema(std::string_view name) const {
    return components_.at("schemas").as_object().at(View(name)).as_object();
  }

  bool Has(std::string_view part, std::string_view name) const { return components_.at(View(part)).as_object().contains(View(name)); }

  bool HasVersion(const Route& route) const {
    if (route.response_schema.empty() || route.response_schema.contains('/')) return false;
    const json::value* properties = Schema(route.response_schema).if_contains("properties");
    const json::value* version = properties == nullptr ? nullptr : properties->as_object().if_contains("version");
    return version != nullptr && version->at("type") == "integer";
  }

  // A parameter is described under its name, or under that of the answer (of a document: the last word of its path) and its name where
  // it differs.
  json::object Parameter(const Route& route, std::string_view name) const {
    const bool is_document = route.response_schema.contains('/');
    const std::string_view scope = is_document ? route.pattern.substr(route.pattern.rfind('/') + 1) : route.response_schema;
    const std::string own = fmt::format("{}.{}", scope, name);
    const std::string_view found = Has("parameters", own) ? std::string_view(own) : name;
    CHECK(Has("parameters", found));
    return Reference("parameters", found);
  }

  json::array Parameters(const Route& route) const {
    json::array parameters;
    for (const std::string_view part : base::Split(route.pattern, '/')) {
      if (part.size() > 2 && part.front() == '{') parameters.push_back(Parameter(route, part.substr(1, part.size() - 2)));
    }
    for (const std::string_view name : QueryNames(route)) parameters.push_back(Parameter(route, name));
    if (route.replay == Replay::kByKey) parameters.push_back(Parameter(route, "Idempotency-Key"));
    if (TakesVersion(route)) parameters.push_back(Parameter(route, "If-Match"));
    if (route.response_schema == "text/event-stream") parameters.push_back(Parameter(route, "Last-Event-ID"));
    if (route.permission != tenancy::Permission::kPublic) parameters.push_back(Parameter(route, "Crossrole-Tenant"));
    return parameters;
  }

  json::object Content(const Route& route) const {
    json::object content;
    if (route.response_schema.contains('/')) {
      for (const std::string_view type : base::Split(route.response_schema, ' ')) {
        // Readers of a YAML answer may have taken it apart before they hold it to its schema.
        json::object schema;
        if (type != "application/yaml") schema["type"] = type == "application/json" ? "object" : "string";
        content[View(type)] = json::object{{"schema", std::move(schema)}};
      }
      return content;
    }
    json::object schema = Reference("schemas", route.response_schema);
    if (route.query.contains("dry_run")) {
      schema = json::object{{"anyOf", json::array{std::move(schema), Reference("schemas", "Consequences")}}};
    }
    content["application/json"] = json::object{{"schema", std::move(schema)}};
    return content;
  }

  json::object Success(const Route& route) const {
    json::object success{{"description", View(route.summary)}, {"content", Content(route)}};
    json::object headers;
    if (HasVersion(route)) headers["ETag"] = Reference("headers", "ETag");
    if (route.replay == Replay::kByKey) headers["Idempotency-Replayed"] = Reference("headers", "Idempotency-Replayed");
    if (route.pattern.ends_with("/setup/{method}")) headers["Crossrole-Warning"] = Reference("headers", "Crossrole-Warning");
    if (!headers.empty()) success["headers"] = std::move(headers);
    return success;
  }

  static std::set<std::string, std::less<>> Problems(const Route& route) {
    std::set<std::string, std::less<>> statuses;
    const auto add = [&](std::string_view text) {
      if (text.empty()) return;
      for (const std::string_view status : base::Split(text, ' ')) statuses.emplace(status);
    };
    add(kEverywhere);
    if (IsLimited(route.pattern)) add("429");
    add(route.problems);
    if (route.permission != tenancy::Permission::kPublic) add("401 403");
    if (route.pattern.contains('{')) add("404");
    if (TakesVersion(route)) add("412");
    if (route.method != "GET") add("415");
    return statuses;
  }

  json::object Responses(const Route& route) const {
    json::object responses{{std::to_string(route.success_status), Success(route)}};
    for (const std::string& status : Problems(route)) {
      CHECK(Has("responses", status));
      responses[status] = Reference("responses", status);
    }
    // Whoever asks whether the server is ready wants to know why not, too.
    if (route.response_schema == "Readiness") {
      json::object content = Content(route);
      content["application/problem+json"] = json::object{{"schema", Reference("schemas", "Problem")}};
      responses["503"] = json::object{{"description", "Not ready, or no room for the request."}, {"content", std::move(content)}};
    }
    return responses;
  }

  json::object RequestBody(const Route& route) const {
    json::object content{{"application/json", json::object{{"schema", Reference("schemas", route.request_schema)}}}};
    // A credentials file is taken as it is.
    if (route.request_schema.starts_with("Keys")) content["text/csv"] = json::object{{"schema", json::object{{"type", "string"}}}};
    const bool required = Schema(route.request_schema).contains("required");
    return {{"required", required}, {"content", std::move(content)}};
  }

  json::object Operation(const Route& route) const {
    json::object operation{{"summary", View(route.summary)},
                           {"operationId", fmt::format("{} {}", route.method, route.pattern)},
                           {"x-crossrole-permission", View(tenancy::NameOf(route.permission))},
                           {"parameters", Parameters(route)},
                           {"responses", Responses(route)}};
    if (route.permission == tenancy::Permission::kPublic) operation["security"] = json::array();
    if (!route.request_schema.empty()) operation["requestBody"] = RequestBody(route);
    if (const json::value* more = components_.at("x-descriptions").as_object().if_contains(fmt::format("{} {}", route.method, route.pattern))) {
      operation["description"] = *more;
    }
    return operation;
  }

  json::object components_;
};

}  // namespace

json::value OpenApi(std::string_view version) {
  auto components = base::ParseJson(Components().front().text);
  CHECK(components.has_value() && components->is_object());
  Description description(std::move(components->as_object()));
  json::object paths = description.Paths();
  json::object described = description.TakeComponents();
  described.erase("x-descriptions");
  return json::object{{"openapi", "3.1.0"},
                      {"info", json::object{{"title", "Crossrole"},
                                            {"version", View(version)},
                                            {"license", json::object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
                      {"security", json::array{json::object{{"bearer", json::array()}}}},
                      {"paths", std::move(paths)},
                      {"components", std::move(described)}};
}

}  // namespace crossrole::api
