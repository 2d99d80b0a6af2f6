// SPDX-License-Identifier: Apache-2.0
#include "sim/identity_center/scim.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <set>
#include <utility>

#include "aws/cloudtrail.h"
#include "aws/identitystore.h"
#include "aws/sso.h"
#include "base/json.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;
namespace store = aws::identitystore;
using fakes::SimLab;

constexpr std::string_view kAda = R"({"userName":"ada","displayName":"Ada","name":{"givenName":"Ada","familyName":"Lovelace"}})";
constexpr std::string_view kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

// The endpoint of the made organization with a token for it.
struct Scim {
  SimLab lab;
  std::string token;

  explicit Scim(CloudOptions options = {.throttle = Throttle::kOff}) : lab(std::move(options)) {
    token = Text(base::ParseJson(lab.Control("POST", "/_sim/scim/tokens").body).value(), "token");
  }
  static std::string Text(const json::value& value, std::string_view name) { return std::string(value.at(name).as_string()); }

  Answer Send(std::string method, std::string path, std::string body = "") {
    http::Request request{.method = std::move(method), .target = "/scim/v2" + path, .path = "/scim/v2" + path, .body = std::move(body)};
    request.headers.Add("Authorization", "Bearer " + token);
    Answer answer;
    lab.cloud().Handle(request, [&](Answer given) { answer = std::move(given); });
    return answer;
  }
  int Status(std::string method, std::string path, std::string body = "") { return Send(std::move(method), std::move(path), std::move(body)).response.status; }
  json::value Made(std::string method, std::string path, std::string body) {
    const Answer answer = Send(std::move(method), std::move(path), std::move(body));
    EXPECT_LT(answer.response.status, 300) << answer.response.body;
    return base::ParseJson(answer.response.body).value();
  }
  void Fault(std::string_view effect, std::string_view operation) {
    const std::string rule = R"({"rules":[{"service":"identitystore-scim","operation":")" + std::string(operation) + R"(","effect":")" + std::string(effect) + "\"}]}";
    EXPECT_EQ(lab.Control("POST", "/_sim/faults", rule).status, 200);
  }
  // "CreateUser 3/2/1": how many, refused, throttled.
  std::vector<std::string> Counted() {
    std::vector<std::string> lines;
    for (const json::value& each : base::ParseJson(lab.Control("GET", "/_sim/calls").body)->as_array()) {
      const auto number = [&](std::string_view name) { return std::to_string(each.at(name).as_int64()); };
      const std::string account = Text(each, "account") == lab.Id(1) ? "management" : Text(each, "account");
      if (Text(each, "service") != "identitystore-scim") continue;
      lines.push_back(Text(each, "operation") + " " + account + " " + number("count") + "/" + number("refused") + "/" + number("throttled"));
    }
    return lines;
  }
};

TEST(ScimTest, CallsAreCountedUnderTheNamesThatCloudTrailHasForThem) {
  Scim scim;
  const std::string user = Scim::Text(scim.Made("POST", "/Users", std::string(kAda)), "id");
  EXPECT_EQ(scim.Status("POST", "/Users", std::string(kAda)), 409);
  EXPECT_EQ(scim.Status("GET", "/Users"), 200);
  EXPECT_EQ(scim.Status("GET", "/Users/" + user), 200);
  EXPECT_EQ(scim.Status("PUT", "/Users/" + user, std::string(kAda)), 200);
  EXPECT_EQ(scim.Status("PATCH", "/Users/" + user, "{}"), 400);
  EXPECT_EQ(scim.Status("DELETE", "/Users/" + user), 204);
  EXPECT_EQ(scim.Status("POST", "/Groups", R"({"displayName":"g"})"), 201);
  EXPECT_EQ(scim.Status("PUT", "/Groups/g", "{}"), 400);
  EXPECT_EQ(scim.Status("GET", "/ServiceProviderConfig"), 200);
  EXPECT_EQ(scim.Status("GET", "/Schemas"), 200);
  EXPECT_EQ(scim.Status("GET", "/Schemas/unknown"), 400);
  EXPECT_EQ(scim.Status("GET", "/ResourceTypes"), 200);
  EXPECT_EQ(scim.Status("GET", "/Machines"), 404);
  scim.token = "wrong";
  EXPECT_EQ(scim.Status("GET", "/Users"), 401);
  const std::vector<std::string> wanted = {" management 2/2/0",           "CreateGroup management 1/0/0", "CreateUser management 2/1/0",
                                           "DeleteUser management 1/0/0", "GetSchema management 1/1/0",   "GetUser management 1/0/0",
                                           "ListResourceTypes management 1/0/0", "ListSchemas management 1/0/0", "ListUsers  1/1/0",
                                           "ListUsers management 1/0/0",  "PatchUser management 1/1/0",   "PutUser management 1/0/0",
                                           "ServiceProviderConfig management 1/0/0"};
  EXPECT_EQ(scim.Counted(), wanted);
}

TEST(ScimTest, TwentyCallsASecondAreServed) {
  Scim scim({.throttle = Throttle::kOn});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(scim.Status("GET", i % 2 == 0 ? "/Users" : "/Groups"), 200) << i;
  const Answer slow = scim.Send("GET", "/Users");
  EXPECT_EQ(slow.response.status, 429);
  EXPECT_EQ(Scim::Text(base::ParseJson(slow.response.body).value(), "status"), "429");
  EXPECT_EQ(scim.Counted(), (std::vector<std::string>{"ListGroups management 10/0/0", "ListUsers management 11/0/1"}));
  scim.lab.Control("POST", "/_sim/clock", R"({"advance_seconds":1})");
  EXPECT_EQ(scim.Status("GET", "/Users"), 200);
}

TEST(ScimTest, FaultsStrikeLikeThoseOfOtherOperations) {
  Scim scim;
  for (const auto& [effect, status] : {std::pair("throttle", 429), std::pair("500", 500), std::pair("access_denied", 403)}) {
    scim.Fault(effect, "CreateUser");
    EXPECT_EQ(scim.Status("POST", "/Users", std::string(kAda)), status) << effect;
    EXPECT_EQ(scim.Status("GET", "/Users"), 200) << effect;
  }
  scim.Fault("reset", "CreateUser");
  EXPECT_EQ(scim.Send("POST", "/Users", std::string(kAda)).delivery, Delivery::kReset);
  scim.Fault("truncate", "ListUsers");
  const std::string half = scim.Send("GET", "/Users").response.body;
  EXPECT_FALSE(base::ParseJson(half)) << half;
  scim.Fault("malformed", "ListUsers");
  EXPECT_TRUE(scim.Send("GET", "/Users").response.body.starts_with("<!DOCTYPE"));
  scim.Fault("throttle", "Nothing");
  // The connection of the first one was dropped, when the user was there.
  EXPECT_EQ(scim.Status("POST", "/Users", std::string(kAda)), 409);
  EXPECT_TRUE(scim.Counted().back().starts_with("ListUsers")) << scim.Counted().back();
}

TEST(ScimTest, AddressesAndEnterpriseAttributesAreKeptInTheIdentityStore) {
  Scim scim;
  const std::string body = R"({"userName":"ada","displayName":"Ada","name":{"givenName":"Ada","familyName":"Lovelace"},)"
                           R"("addresses":[{"streetAddress":"12 St James's Square","postalCode":"SW1","country":"GB","primary":true}],)"
                           R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Engines","employeeNumber":"1","manager":{"value":"m1"}}})";
  const json::value made = scim.Made("POST", "/Users", body);
  EXPECT_EQ(Scim::Text(made.at("addresses").at(0), "postalCode"), "SW1");
  EXPECT_EQ(Scim::Text(made.at(kEnterprise).at("manager"), "value"), "m1");
  EXPECT_EQ(made.at("schemas").as_array().size(), 2U);
  const auto keys = scim.lab.Admin(1);
  const std::string id = Scim::Text(made, "id");
  const std::string store_id = *scim.lab.Must<aws::sso::ListInstances>(keys, {}).instances.at(0).identity_store_id;
  const auto user = scim.lab.Must<store::DescribeUser>(keys, {.identity_store_id = store_id, .user_id = id, .extensions = {"aws:identitystore:enterprise"}});
  EXPECT_EQ(user.addresses.at(0).street_address, "12 St James's Square");
  EXPECT_EQ(base::ParseJson(user.extensions.at("aws:identitystore:enterprise")).value(), made.at(kEnterprise));

  const std::string urn(kEnterprise);
  const auto patch = [&](const std::string& operation) {
    return scim.Status("PATCH", "/Users/" + id, R"({"Operations":[)" + operation + "]}");
  };
  EXPECT_EQ(patch(R"({"op":"replace","path":")" + urn + R"(:department","value":"Numbers"})"), 200);
  EXPECT_EQ(patch(R"({"op":"add","path":")" + urn + R"(:manager","value":"m2"})"), 200);
  EXPECT_EQ(patch(R"({"op":"remove","path":")" + urn + R"(:employeeNumber"})"), 200);
  EXPECT_EQ(patch(R"({"op":"remove","path":"addresses"})"), 200);
  for (const char* wrong : {R"(:shoe","value":"9"})", R"(:department","value":9})", R"(:manager.age","value":"9"})"}) {
    EXPECT_EQ(patch(R"({"op":"add","path":")" + urn + wrong), 400) << wrong;
  }
  const json::value now = scim.Made("GET", "/Users/" + id, "");
  EXPECT_EQ(base::PrintJson(now.at(kEnterprise)), R"({"department":"Numbers","manager":{"value":"m2"}})");
  EXPECT_FALSE(now.as_object().contains("addresses"));
  EXPECT_EQ(patch(R"({"op":"remove","path":")" + urn + R"("})"), 200);
  EXPECT_FALSE(scim.Made("GET", "/Users/" + id, "").as_object().contains(kEnterprise));
}

TEST(ScimTest, SchemasTellTheAttributesThatAreKept) {
  Scim scim;
  const json::value all = scim.Made("GET", "/Schemas", "");
  EXPECT_EQ(all.at("totalResults").as_int64(), 3);
  std::set<std::string> paths;
  for (const json::value& schema : all.at("Resources").as_array()) {
    EXPECT_EQ(scim.Made("GET", "/Schemas/" + Scim::Text(schema, "id"), ""), schema);
    for (const json::value& attribute : schema.at("attributes").as_array()) {
      const std::string name = Scim::Text(schema, "name") + ":" + Scim::Text(attribute, "name");
      EXPECT_TRUE(paths.insert(name).second) << name;
      const json::value* parts = attribute.as_object().if_contains("subAttributes");
      EXPECT_EQ(parts != nullptr, Scim::Text(attribute, "type") == "complex") << name;
      if (parts == nullptr) continue;
      for (const json::value& part : parts->as_array()) EXPECT_TRUE(paths.insert(name + "." + Scim::Text(part, "name")).second) << name;
    }
  }
  for (const char* path : {"User:userName", "User:name.givenName", "User:emails.primary", "Group:members.value", "EnterpriseUser:manager.value"}) {
    EXPECT_TRUE(paths.contains(path)) << path;
  }
  for (const char* path : {"User:photos", "User:ims", "User:password", "EnterpriseUser:manager.displayName"}) EXPECT_FALSE(paths.contains(path)) << path;
  const json::value types = scim.Made("GET", "/ResourceTypes", "");
  EXPECT_EQ(Scim::Text(types.at("Resources").at(0), "endpoint"), "/Users");
  EXPECT_EQ(Scim::Text(types.at("Resources").at(1), "schema"), "urn:ietf:params:scim:schemas:core:2.0:Group");
  EXPECT_EQ(Scim::Text(types.at("Resources").at(0).at("schemaExtensions").at(0), "schema"), kEnterprise);
}

TEST(ScimTest, WhatAwsDoesNotSupportIsRefusedAsUnsupported) {
  Scim scim;
  const std::string group = Scim::Text(scim.Made("POST", "/Groups", R"({"displayName":"g"})"), "id");
  for (const auto& [method, path] : {std::pair("PUT", "/Groups/" + group), std::pair("DELETE", std::string("/Users")), std::pair("POST", std::string("/Schemas")),
                                     std::pair("GET", std::string("/ResourceTypes/User")), std::pair("PATCH", std::string("/ServiceProviderConfig"))}) {
    const Answer answer = scim.Send(method, path, R"({"displayName":"other"})");
    EXPECT_EQ(answer.response.status, 400) << method << path;
    EXPECT_EQ(Scim::Text(base::ParseJson(answer.response.body).value(), "detail"), "The operation is not supported.") << method << path;
  }
  EXPECT_EQ(Scim::Text(scim.Made("GET", "/Groups/" + group, ""), "displayName"), "g");
  EXPECT_EQ(scim.Status("GET", "/Machines"), 404);
}

TEST(ScimTest, AReplacedUserKeepsWhatScimHasNoWordsFor) {
  Scim scim;
  const std::string id = Scim::Text(scim.Made("POST", "/Users", R"({"userName":"ada","displayName":"Ada","title":"Countess",)"
                                                                R"("name":{"givenName":"Ada","familyName":"Lovelace"}})"), "id");
  const auto keys = scim.lab.Admin(1);
  const std::string store_id = *scim.lab.Must<aws::sso::ListInstances>(keys, {}).instances.at(0).identity_store_id;
  scim.lab.Must<store::UpdateUser>(keys, {.identity_store_id = store_id, .user_id = id,
                                          .operations = {{.attribute_path = "photos", .attribute_value = R"([{"value":"https://example.com/ada.png"}])"}}});
  const json::value replaced = scim.Made("PUT", "/Users/" + id, std::string(kAda));
  EXPECT_FALSE(replaced.as_object().contains("photos"));
  EXPECT_FALSE(replaced.as_object().contains("title"));
  const auto user = scim.lab.Must<store::DescribeUser>(keys, {.identity_store_id = store_id, .user_id = id});
  ASSERT_EQ(user.photos.size(), 1U);
  EXPECT_EQ(user.photos[0].value, "https://example.com/ada.png");
}

TEST(ScimTest, ConstraintsOfUsersHold) {
  Scim scim;
  const auto with = [](std::string_view more) { return std::string(kAda.substr(0, kAda.size() - 1)) + "," + std::string(more) + "}"; };
  EXPECT_EQ(scim.Status("POST", "/Users", with(R"("groups":[{"value":"g"}])")), 400);
  EXPECT_EQ(scim.Status("POST", "/Users", with(R"("emails":[{"value":"ada@example.com"}])")), 400);
  EXPECT_EQ(scim.Status("POST", "/Users", with(R"("emails":[{"value":"ada@example.com","primary":false}])")), 400);
  const std::string id = Scim::Text(scim.Made("POST", "/Users", with(R"("emails":[{"value":"ada@example.com","primary":true}],"photos":[{"value":"x"}])")), "id");
  EXPECT_EQ(scim.Status("PUT", "/Users/" + id, with(R"("groups":[])")), 400);
  const auto patch = [&](std::string_view operations) { return scim.Status("PATCH", "/Users/" + id, R"({"Operations":[)" + std::string(operations) + "]}"); };
  EXPECT_EQ(patch(R"({"op":"replace","path":"active","value":false},{"op":"replace","path":"active","value":true})"), 400);
  EXPECT_EQ(patch(R"({"op":"replace","path":"userName","value":"b"},{"op":"replace","value":{"userName":"c"}})"), 400);
  EXPECT_EQ(patch(R"({"op":"replace","path":"userName","value":"b"},{"op":"replace","path":"active","value":false})"), 200);
}

TEST(ScimTest, CallsAreInTheTrailOfTheManagementAccountWithPeopleMasked) {
  Scim scim;
  const std::string id = Scim::Text(scim.Made("POST", "/Users", std::string(kAda)), "id");
  EXPECT_EQ(scim.Status("PATCH", "/Users/" + id, R"({"schemas":["s"],"Operations":[{"op":"remove","value":"Ada"}]})"), 400);
  EXPECT_EQ(scim.Status("GET", "/Users/" + id), 200);
  const std::string good = std::exchange(scim.token, "wrong");
  EXPECT_EQ(scim.Status("GET", "/Users"), 401);
  scim.token = good;
  const auto keys = scim.lab.Admin(1);
  const aws::cloudtrail::LookupEventsInput by_source{
      .lookup_attributes = {{.attribute_key = "EventSource", .attribute_value = "identitystore-scim.amazonaws.com"}}};
  const auto events = scim.lab.Must<aws::cloudtrail::LookupEvents>(keys, by_source).events;
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].event_name, "GetUser");
  EXPECT_EQ(events[0].read_only, "true");
  const auto told = [&](std::size_t index) { return base::ParseJson(events[index].cloud_trail_event.value_or("")).value(); };
  EXPECT_EQ(Scim::Text(told(0).at("requestParameters"), "id"), id);
  EXPECT_TRUE(told(0).at("responseElements").is_null());
  const json::value patched = told(1);
  EXPECT_EQ(Scim::Text(patched, "errorCode"), "ValidationException");
  EXPECT_EQ(base::PrintJson(patched.at("requestParameters").at("httpBody")),
            R"({"schemas":["s"],"operations":[{"op":"REMOVE","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]})");
  const json::value made = told(2);
  EXPECT_EQ(Scim::Text(made, "eventName"), "CreateUser");
  EXPECT_EQ(Scim::Text(made.at("userIdentity"), "type"), "WebIdentityUser");
  EXPECT_EQ(Scim::Text(made.at("userIdentity"), "accountId"), scim.lab.Id(1));
  EXPECT_EQ(Scim::Text(made.at("responseElements"), "id"), id);
  EXPECT_EQ(made.at("responseElements").at("active"), true);
  EXPECT_TRUE(Scim::Text(made.at("responseElements").at("meta"), "created").ends_with("M")) << "a time as events have it";
  for (const auto& event : events) {
    const std::string text = event.cloud_trail_event.value_or("");
    for (const std::string_view hidden : {std::string_view("Ada"), std::string_view("Lovelace"), std::string_view(scim.token)}) EXPECT_FALSE(text.contains(hidden)) << text;
    EXPECT_EQ(event.access_key_id, Scim::Text(made.at("userIdentity"), "accessKeyId"));
  }
}

}  // namespace
}  // namespace crossrole::sim
