// SPDX-License-Identifier: Apache-2.0
#include "sim/identity_center/scim.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

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
  EXPECT_EQ(scim.Status("PUT", "/Groups/g", "{}"), 404);
  EXPECT_EQ(scim.Status("GET", "/ServiceProviderConfig"), 200);
  EXPECT_EQ(scim.Status("GET", "/Machines"), 404);
  scim.token = "wrong";
  EXPECT_EQ(scim.Status("GET", "/Users"), 401);
  const std::vector<std::string> wanted = {" management 2/2/0",           "CreateGroup management 1/0/0", "CreateUser management 2/1/0",
                                           "DeleteUser management 1/0/0", "GetUser management 1/0/0",     "ListUsers  1/1/0",
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

}  // namespace
}  // namespace crossrole::sim
