// SPDX-License-Identifier: Apache-2.0
#include "policy/trust.h"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "fakes/policy_documents.h"
#include "policy/analyse.h"

namespace crossrole::policy {
namespace {

namespace json = boost::json;

constexpr const char* kBroker = "arn:aws:iam::999999999999:role/crossrole/broker";
constexpr const char* kRoleArn = "arn:aws:iam::111122223333:role/Case";

std::string Text(const json::value& value) { return std::string(value.get_string()); }

json::value Book() {
  std::ifstream file(CROSSROLE_SOURCE_DIR "/tests/golden/trust-policies.json");
  std::stringstream text;
  text << file.rdbuf();
  auto book = base::ParseJson(text.str());
  EXPECT_TRUE(book.has_value());
  return book.has_value() ? *std::move(book) : json::value();
}

AssumeRoleCall Call(std::optional<std::string> external_id) {
  return {.caller = *ReadPrincipal(kBroker), .role_arn = kRoleArn, .session_name = "probe", .external_id = std::move(external_id)};
}

AssumeRoleCall FullCall(std::optional<std::string> external_id) {
  AssumeRoleCall call = Call(std::move(external_id));
  call.tags = {{"crossrole:tenant", "t"}};
  call.source_identity = "op_1";
  return call;
}

// The probes of a case as real calls would be made: the positive one in full, negative ones in full and at their weakest.
std::map<std::string, std::string> Observe(const Document& trust, const std::string& id) {
  const auto full = [&](std::optional<std::string> value) { return EvaluateTrust(trust, FullCall(std::move(value))).allowed(); };
  const auto either = [&](const std::optional<std::string>& value) {
    return full(value) || EvaluateTrust(trust, Call(value)).allowed();
  };
  const auto word = [](bool allowed) { return std::string(allowed ? "allowed" : "denied"); };
  return {{"with_external_id", word(full(id))},
          {"without_external_id", word(either(std::nullopt))},
          {"wrong_external_id", word(either("t_01JD3E9ZK4M7Q2V8R5T6W9XYZZ:aaaaaaaaaaaaaaaaaaaaaaaaaa"))},
          {"changed_case", word(either(SwapCase(id)))},
          {"with_suffix", word(either(id + "x"))}};
}

TEST(TrustBookTest, EveryCaseAnswersAsTheBookSays) {
  const json::value book = Book();
  const std::string id = Text(book.at("external_id"));
  ASSERT_FALSE(book.at("cases").get_array().empty());
  for (const json::value& one : book.at("cases").get_array()) {
    const auto trust = FromJson(one.at("policy"), DocumentKind::kTrust);
    ASSERT_TRUE(trust.has_value()) << Text(one.at("name")) << ": " << trust.error().message;
    const auto observed = Observe(*trust, id);
    const bool works = observed.at("with_external_id") == "allowed";
    for (const auto& probe : one.at("probes").get_object()) {
      // Probes that a case cannot make mean anything once nothing gets in at all.
      const std::string name(probe.key());
      if (!works && name != "with_external_id") {
        EXPECT_EQ(Text(probe.value()), "denied");
        continue;
      }
      EXPECT_EQ(observed.at(name), Text(probe.value())) << Text(one.at("name")) << " " << name;
    }
  }
}

std::string Statements(const std::string& text) { return R"({"Version":"2012-10-17","Statement":[)" + text + "]}"; }

std::string Allow(const std::string& action, const std::string& condition = "") {
  return R"({"Effect":"Allow","Principal":{"AWS":")" + std::string(kBroker) + R"("},"Action":)" + action +
         (condition.empty() ? "" : R"(,"Condition":)" + condition) + "}";
}

constexpr const char* kIdEquals = R"({"StringEquals":{"sts:ExternalId":"right"}})";

TEST(TrustTest, EachActionOfTheCallIsDecidedOnItsOwn) {
  const Document trust = Trust(Statements(Allow(R"("sts:AssumeRole")", kIdEquals) + "," + Allow(R"("sts:TagSession")")));
  AssumeRoleCall call = Call("right");
  EXPECT_TRUE(EvaluateTrust(trust, call).allowed());
  call.tags = {{"a", "b"}};
  EXPECT_TRUE(EvaluateTrust(trust, call).allowed());
  call.source_identity = "x";
  const TrustDecision decision = EvaluateTrust(trust, call);
  EXPECT_EQ(decision.answer, Answer::kImplicitlyDenied);
  ASSERT_EQ(decision.parts.size(), 3U);
  EXPECT_EQ(decision.parts[0].first, "sts:AssumeRole");
  EXPECT_TRUE(decision.parts[0].second.allowed());
  EXPECT_TRUE(decision.parts[1].second.allowed());
  EXPECT_EQ(decision.parts[2].first, "sts:SetSourceIdentity");
  EXPECT_FALSE(decision.parts[2].second.allowed());
}

TEST(TrustTest, ADenyOfOneActionDeniesTheWholeCall) {
  const std::string deny = R"({"Effect":"Deny","Principal":"*","Action":"sts:TagSession"})";
  const Document trust = Trust(Statements(Allow(R"("sts:*")") + "," + deny));
  EXPECT_TRUE(EvaluateTrust(trust, Call("x")).allowed());
  EXPECT_EQ(EvaluateTrust(trust, FullCall("x")).answer, Answer::kExplicitlyDenied);
}

TEST(UndocumentedTest, TheExternalIdInOneStatementForAllActionsDependsOnItsVisibility) {
  const Document one = Trust(Statements(Allow(R"(["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"])", kIdEquals)));
  const Document two = Trust(Statements(Allow(R"("sts:AssumeRole")", kIdEquals) + "," + Allow(R"(["sts:TagSession","sts:SetSourceIdentity"])")));
  const EvaluateOptions everywhere{.undocumented = {.external_id = ExternalIdVisibility::kEveryAction}};
  EXPECT_FALSE(EvaluateTrust(one, FullCall("right")).allowed());
  EXPECT_TRUE(EvaluateTrust(one, FullCall("right"), everywhere).allowed());
  for (const EvaluateOptions& options : {EvaluateOptions{}, everywhere}) {
    EXPECT_TRUE(EvaluateTrust(two, FullCall("right"), options).allowed()) << "what we hand out is right either way";
    EXPECT_FALSE(EvaluateTrust(two, FullCall("wrong"), options).allowed());
    EXPECT_FALSE(EvaluateTrust(two, FullCall(std::nullopt), options).allowed());
  }
}

TEST(UndocumentedTest, ADenyWithoutTheExternalIdDependsOnItsVisibility) {
  // The Deny covers all actions, so that with kAssumeRoleOnly the absent key makes it hit TagSession.
  const std::string deny = R"({"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringNotEquals":{"sts:ExternalId":"right"}}})";
  const Document trust = Trust(Statements(Allow(R"("sts:*")") + "," + deny));
  EXPECT_EQ(EvaluateTrust(trust, FullCall("right")).answer, Answer::kExplicitlyDenied);
  EXPECT_TRUE(EvaluateTrust(trust, FullCall("right"), {.undocumented = {.external_id = ExternalIdVisibility::kEveryAction}}).allowed());
}

TEST(TrustTest, TheRequestsCarryTheKeysOfTheCall) {
  AssumeRoleCall call = FullCall("right");
  call.tags = {{"a", "1"}, {"b", "2"}};
  call.transitive_tag_keys = {"a"};
  const std::vector<Request> requests = RequestsOf(call);
  ASSERT_EQ(requests.size(), 3U);
  for (const Request& request : requests) {
    EXPECT_EQ(request.resource, kRoleArn);
    EXPECT_EQ(*request.context.Find("aws:TagKeys"), (ContextMap::Values{"a", "b"}));
    EXPECT_EQ(request.context.Find("aws:RequestTag/A")->front(), "1");
    EXPECT_EQ(request.context.Find("sts:TransitiveTagKeys")->front(), "a");
    EXPECT_EQ(request.context.Find("sts:SourceIdentity")->front(), "op_1");
    EXPECT_EQ(request.context.Find("sts:RoleSessionName")->front(), "probe");
    EXPECT_EQ(request.context.Find("aws:PrincipalArn")->front(), kBroker);
    EXPECT_EQ(request.context.Find("aws:ResourceAccount")->front(), "111122223333");
    EXPECT_EQ(request.context.Find("sts:ExternalId") != nullptr, request.action == "sts:AssumeRole");
  }
}

// T1
TEST(TrustTest, ADenyIsNoTrust) {
  const Document trust = Trust(Statements(R"({"Effect":"Deny","Principal":{"AWS":"999999999999"},"Action":"sts:AssumeRole"})"));
  EXPECT_EQ(EvaluateTrust(trust, Call("x")).answer, Answer::kExplicitlyDenied);
}

// T12
TEST(TrustTest, ConditionsOnTheSessionNameAndTagsAreEvaluated) {
  const Document trust = Trust(Statements(
      Allow(R"("sts:*")", R"({"StringLike":{"sts:RoleSessionName":"probe*"},"ForAllValues:StringLike":{"aws:TagKeys":["crossrole:*"]}})")));
  EXPECT_TRUE(EvaluateTrust(trust, FullCall("x")).allowed());
  AssumeRoleCall other = FullCall("x");
  other.session_name = "else";
  EXPECT_FALSE(EvaluateTrust(trust, other).allowed());
  AssumeRoleCall tags = FullCall("x");
  tags.tags["other"] = "y";
  EXPECT_FALSE(EvaluateTrust(trust, tags).allowed());
}

TEST(UndocumentedTest, WhetherRootUsersAssumeRolesIsAChoice) {
  const Document trust = Trust(Statements(R"({"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"sts:AssumeRole"})"));
  AssumeRoleCall call = Call(std::nullopt);
  call.caller = *ReadPrincipal("arn:aws:iam::999999999999:root");
  const TrustDecision decision = EvaluateTrust(trust, call);
  EXPECT_EQ(decision.answer, Answer::kImplicitlyDenied);
  EXPECT_EQ(decision.parts.front().second.layers, std::vector<Layer>{Layer::kCaller});
  EXPECT_TRUE(EvaluateTrust(trust, call, {.undocumented = {.root_assumes_roles = RootAssumesRoles::kAsOthers}}).allowed());
}

TEST(TrustTest, WebIdentityNeedsItsProviderAndItsConditions) {
  const Document trust = Trust(Statements(
      R"({"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/idp.example"},
          "Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"idp.example:sub":"space:1","idp.example:aud":"sts.amazonaws.com"}}})"));
  AssumeRoleCall call{.caller = {.kind = CallerKind::kFederated, .arn = "arn:aws:iam::111122223333:oidc-provider/idp.example"},
                      .role_arn = kRoleArn,
                      .action = "sts:AssumeRoleWithWebIdentity",
                      .context = {{"idp.example:sub", "space:1"}, {"idp.example:aud", "sts.amazonaws.com"}}};
  EXPECT_TRUE(EvaluateTrust(trust, call).allowed());
  call.context.Set("idp.example:sub", "space:2");
  EXPECT_FALSE(EvaluateTrust(trust, call).allowed());
  call.context.Set("idp.example:sub", "space:1");
  call.caller.arn = "arn:aws:iam::111122223333:oidc-provider/other.example";
  EXPECT_FALSE(EvaluateTrust(trust, call).allowed());
  call.action = "sts:AssumeRole";
  call.caller = *ReadPrincipal(kBroker);
  EXPECT_FALSE(EvaluateTrust(trust, call).allowed());
}

}  // namespace
}  // namespace crossrole::policy
