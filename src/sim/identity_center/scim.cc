// SPDX-License-Identifier: Apache-2.0
#include "sim/identity_center/scim.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "sim/internal/identifiers.h"

namespace crossrole::sim::identity_center {
namespace {

namespace json = boost::json;

constexpr std::string_view kRoot = "/scim/v2/";
constexpr std::string_view kConfiguration = "ServiceProviderConfig";
constexpr std::size_t kPage = 50;
constexpr std::size_t kTokens = 2;  // that an instance may have. Source: Identity Center User Guide, "Rotate an access token"
constexpr std::chrono::days kTokenLife{365};
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

std::string HashOf(std::string_view token) { return std::string(base::AsText(base::Sha256(token))); }

http::Response Answer(int status, const json::object& body) {
  http::Response response = http::JsonResponse(status, base::PrintJson(body));
  response.headers.Set("Content-Type", "application/scim+json");
  return response;
}

// A token's id, which tells nothing of the token.
std::string TokenIdOf(std::string_view hash) {
  std::string id = base::HexEncode(hash.substr(0, 16));
  for (const std::size_t at : {8U, 13U, 18U, 23U}) id.insert(at, "-");
  return id;
}

void FindByToken(const World& world, const http::Request& request, base::Time now, ScimTarget& target) {
  const std::string_view header = request.headers.Find("Authorization").value_or("");
  constexpr std::string_view kBearer = "Bearer ";
  if (!header.starts_with(kBearer)) return;
  const std::string hash = HashOf(header.substr(kBearer.size()));
  for (const auto& organization : world.organizations()) {
    Instance* instance = organization->identity_center.get();
    if (instance == nullptr) continue;
    const auto token = instance->scim_tokens.find(hash);
    if (token == instance->scim_tokens.end() || token->second <= now) continue;
    target.instance = instance;
    target.token_id = TokenIdOf(hash);
  }
}

json::object Configuration() {
  const json::object no{{"supported", false}};
  return {{"schemas", json::array{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"}},
          {"documentationUri", "https://docs.aws.amazon.com/singlesignon/latest/userguide/manage-your-identity-source-idp.html"},
          {"authenticationSchemes",
           json::array{json::object{{"type", "oauthbearertoken"},
                                    {"name", "OAuth Bearer Token"},
                                    {"description", "Authentication scheme using the OAuth Bearer Token Standard"},
                                    {"specUri", "https://www.rfc-editor.org/info/rfc6750"},
                                    {"primary", true}}}},
          {"patch", {{"supported", true}}},
          {"bulk", {{"supported", false}, {"maxOperations", 1}, {"maxPayloadSize", 1048576}}},
          {"filter", {{"supported", true}, {"maxResults", kPage}}},
          {"changePassword", no},
          {"sort", no},
          {"etag", no}};
}

// The operations of a collection. Source: SCIM Implementation Developer Guide, "Supported API operations".
struct Operations {
  std::string_view collection;
  std::string_view list, create, get, put, patch, remove;
};
constexpr std::array<Operations, 5> kOperations = {
    {{"Users", "ListUsers", "CreateUser", "GetUser", "PutUser", "PatchUser", "DeleteUser"},
     {"Groups", "ListGroups", "CreateGroup", "GetGroup", "", "PatchGroup", "DeleteGroup"},
     {"Schemas", "ListSchemas", "", "GetSchema", "", "", ""},
     {"ResourceTypes", "ListResourceTypes", "", "", "", "", ""},
     {kConfiguration, kConfiguration, "", "", "", "", ""}}};

const Operations* OperationsOf(std::string_view collection) {
  const auto of = std::ranges::find(kOperations, collection, &Operations::collection);
  return of == kOperations.end() ? nullptr : &*of;
}

std::string_view OperationOf(const Operations& of, const std::string& method, bool is_one) {
  if (!is_one) return method == "GET" ? of.list : method == "POST" ? of.create : "";
  if (method == "GET") return of.get;
  if (method == "PUT") return of.put;
  if (method == "PATCH") return of.patch;
  return method == "DELETE" ? of.remove : "";
}

// The collection that a path is about, and what stands behind it.
std::pair<std::string_view, std::string_view> SplitPath(std::string_view path) {
  if (!path.starts_with(kRoot)) return {};
  path.remove_prefix(kRoot.size());
  const std::size_t slash = std::min(path.find('/'), path.size());
  return {path.substr(0, slash), path.substr(std::min(slash + 1, path.size()))};
}

// Reads `"…"` with its escapes from the front of `text`.
std::optional<std::string> TakeQuoted(std::string_view& text) {
  if (!text.starts_with('"')) return std::nullopt;
  std::size_t end = 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  if (end >= text.size()) return std::nullopt;
  const auto value = base::ParseJson(text.substr(0, end + 1));
  text.remove_prefix(end + 1);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::string_view TakeWord(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return word;
}

base::Result<std::size_t> NumberOf(const http::Request& request, std::string_view name, std::size_t otherwise) {
  const auto text = request.Query(name);
  if (!text) return otherwise;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return ScimError(400, std::string(name) + " is not a number.");
  return number;
}

}  // namespace

std::string ScimCall::Shown(base::Time time) const { return base::FormatRfc3339Seconds(time - advance); }

std::unexpected<base::Error> ScimError(int status, std::string detail) {
  return base::Fail({.code = base::Code::kAwsRefused, .message = std::move(detail), .aws_code = std::to_string(status)});
}

base::Result<json::object> ReadScimBody(const http::Request& request) {
  const auto body = base::ParseJson(request.body);
  if (!body || !body->is_object()) return ScimError(400, "Request is unparsable, syntactically incorrect, or violates schema.");
  return body->get_object();
}

base::Result<std::vector<json::object>> ReadScimOperations(const http::Request& request) {
  TRY_ASSIGN(const json::object body, ReadScimBody(request));
  const json::value* operations = body.if_contains("Operations");
  if (operations == nullptr || !operations->is_array() || operations->get_array().empty()) return ScimError(400, "Operations are missing.");
  std::vector<json::object> read;
  for (const json::value& each : operations->get_array()) {
    if (!each.is_object()) return ScimError(400, "An operation is no object.");
    json::object operation = each.get_object();
    const std::string op = base::Lower(ScimText(operation, "op"));
    if (op != "add" && op != "replace" && op != "remove") return ScimError(400, "An operation must be add, replace or remove.");
    operation["op"] = op;
    read.push_back(std::move(operation));
  }
  return read;
}

std::string ScimText(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

base::Result<ScimFilter> ReadScimFilter(const http::Request& request) {
  ScimFilter filter;
  const std::string text(request.Query("filter").value_or(""));
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string name(TakeWord(rest));
    const bool equals = base::EqualsIgnoreCase(TakeWord(rest), "eq");
    auto value = TakeQuoted(rest);
    if (name.empty() || !equals || !value) return ScimError(400, "The filter is not supported: use `attribute eq \"value\"`.");
    filter.emplace_back(std::move(name), *std::move(value));
    if (rest.empty()) break;
    TakeWord(rest);
    if (!base::EqualsIgnoreCase(TakeWord(rest), "and") || rest.empty()) return ScimError(400, "Filters are joined by `and` only.");
  }
  return filter;
}

base::Result<http::Response> ScimList(const http::Request& request, std::vector<json::object> resources) {
  TRY_ASSIGN(const std::size_t start, NumberOf(request, "startIndex", 1));
  TRY_ASSIGN(const std::size_t count, NumberOf(request, "count", kPage));
  const std::size_t first = std::min(resources.size(), std::max<std::size_t>(start, 1) - 1);
  const std::size_t end = std::min(resources.size(), first + std::min(count, kPage));
  json::array page;
  for (std::size_t i = first; i < end; ++i) page.push_back(std::move(resources[i]));
  const std::size_t shown = page.size();
  return Answer(200, {{"totalResults", resources.size()},
                      {"itemsPerPage", shown},
                      {"startIndex", first + 1},
                      {"schemas", json::array{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}},
                      {"Resources", std::move(page)}});
}

http::Response ScimResource(int status, const json::object& resource) { return Answer(status, resource); }

ScimTarget FindScimTarget(const World& world, base::Time now, const http::Request& request) {
  const auto [collection, id] = SplitPath(request.path);
  ScimTarget target{.id = std::string(id)};
  FindByToken(world, request, now, target);
  const Operations* of = OperationsOf(collection);
  if (of != nullptr) target.operation = OperationOf(*of, request.method, !id.empty());
  return target;
}

base::Result<http::Response> AnswerScim(const ScimCall& call) {
  const std::string_view collection = SplitPath(call.request.path).first;
  const Operations* of = OperationsOf(collection);
  if (of == nullptr) return ScimError(404, "Endpoint not found.");
  // Among them `PUT` of a group. Source: SCIM Implementation Developer Guide, "Errors".
  if (OperationOf(*of, call.request.method, !call.id.empty()).empty()) return ScimError(400, "The operation is not supported.");
  if (collection == "Users") return AnswerScimUsers(call);
  if (collection == "Groups") return AnswerScimGroups(call);
  if (collection == "Schemas") return AnswerScimSchemas(call);
  if (collection == "ResourceTypes") return AnswerScimResourceTypes(call);
  return Answer(200, Configuration());
}

http::Response ScimErrorAnswer(const base::Error& error, base::Time shown, base::Random& random) {
  int status = 500;
  std::from_chars(error.aws_code.data(), error.aws_code.data() + error.aws_code.size(), status);
  http::Response response = Answer(status, {{"schemas", json::array{"urn:ietf:params:scim:api:messages:2.0:Error"}},
                                            {"detail", error.message},
                                            {"status", std::to_string(status)},
                                            {"exceptionRequestId", MakeUuid(random)},
                                            {"timeStamp", base::FormatRfc3339Seconds(shown)}});
  if (status == 401) response.headers.Set("WWW-Authenticate", "Bearer");
  return response;
}

http::Response AnswerScimTokens(World& world, base::Random& random, base::Time now, const http::Request& request) {
  const auto refuse = [&](int status, std::string why) { return http::JsonResponse(status, base::PrintJson(json::object{{"detail", std::move(why)}})); };
  std::string account;
  if (!request.body.empty()) {
    const auto body = base::ParseJson(request.body);
    if (!body || !body->is_object()) return refuse(400, "the body is no object");
    account = ScimText(body->get_object(), "account_id");
  }
  organizations::Organization* organization = nullptr;
  if (!account.empty()) {
    const Account* found = world.FindAccount(account);
    organization = found == nullptr ? nullptr : found->organization;
  } else if (!world.organizations().empty()) {
    organization = world.organizations().front().get();
  }
  if (organization == nullptr) return refuse(404, "no such account in an organization");
  Instance& instance = InstanceOf(*organization, random, now);
  std::erase_if(instance.scim_tokens, [&](const auto& each) { return each.second <= now; });
  if (instance.scim_tokens.size() >= kTokens) return refuse(409, "the identity store has two tokens already");
  const std::string token = base::RandomText(random, kAlphabet, 64);
  instance.scim_tokens.emplace(HashOf(token), now + kTokenLife);
  return http::JsonResponse(200, base::PrintJson(json::object{{"endpoint", "/scim/v2"}, {"token", token}, {"identity_store_id", instance.store_id}}));
}

}  // namespace crossrole::sim::identity_center
