// SPDX-License-Identifier: Apache-2.0
#include "tenancy/federation/token_exchange.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <set>

#include "base/crypto.h"
#include "base/json.h"
#include "fakes/audit_folder.h"
#include "fakes/fake_transport.h"
#include "fakes/scratch_store.h"
#include "tenancy/authenticate.h"
#include "tenancy/federation/identity_token.h"

namespace crossrole::tenancy {
namespace {

namespace json = boost::json;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kIssuer = "https://issuer.example/ci";

class TokenExchangeTest : public testing::Test {
 protected:
  TokenExchangeTest() {
    transport_.SetHandler([this](const aws::HttpRequest& request) { return Answer(request); });
    rules_.push_back({.name = "deploy",
                      .issuer = std::string(kIssuer),
                      .audience = "crossrole.example",
                      .claims = {{"repository", "acme/infra"}, {"environment", "production"}},
                      .tenant = fakes::SampleTenantHandle().text(),
                      .role = "operator"});
  }

  json::object Claims() const {
    const auto now = std::chrono::duration_cast<seconds>(clock_.Now().time_since_epoch()).count();
    return {{"iss", kIssuer}, {"aud", "crossrole.example"}, {"sub", "repo:acme/infra"}, {"iat", now - 10}, {"exp", now + 600},
            {"repository", "acme/infra"}, {"environment", "production"}};
  }
  std::string Token(const json::object& claims, const json::object& header = {}) const {
    json::object all{{"alg", "RS256"}, {"kid", key_id_}, {"typ", "JWT"}};
    for (const auto& member : header) all[member.key()] = member.value();
    std::string text = base::Base64UrlEncode(base::PrintJson(all)) + "." + base::Base64UrlEncode(base::PrintJson(claims));
    return text + "." + base::Base64UrlEncode(key_.Sign(text));
  }
  base::Result<ExchangedToken> Exchange(std::string token) {
    return ExchangeToken(ports_, {.token = base::Secret(std::move(token)), .remote = "192.0.2.1", .request_id = "req_1"});
  }
  // The reason in the record; "" when it was exchanged. The answer is the same for all.
  std::string ReasonOf(std::string token) {
    const auto exchanged = Exchange(std::move(token));
    if (exchanged) return "";
    EXPECT_EQ(exchanged.error().code, base::Code::kUnauthenticated);
    answers_.insert(exchanged.error().message + exchanged.error().reason + exchanged.error().fix);
    audit_->Flush();
    const auto page = audit_->List({.action = "token.exchange"});
    CHECK(page.has_value() && !page->records.empty());
    return page->records.front().record.reason;
  }
  base::Result<aws::HttpResponse> Answer(const aws::HttpRequest& request) const {
    if (is_away_) return base::Fail(aws::UnreachableError("away", aws::Sent::kNothing));
    if (request.path.ends_with("/.well-known/openid-configuration")) {
      return aws::HttpResponse{.status = 200, .body = base::PrintJson(json::object{{"issuer", told_issuer_}, {"jwks_uri", std::string(kIssuer) + "/keys"}})};
    }
    const base::PublicKeyParts parts = key_.Public();
    const json::object key{{"kid", key_id_}, {"kty", "RSA"}, {"use", "sig"}, {"n", base::Base64UrlEncode(parts.modulus)},
                           {"e", base::Base64UrlEncode(parts.exponent)}};
    return aws::HttpResponse{.status = 200, .body = base::PrintJson(json::object{{"keys", json::array{key}}})};
  }

  fakes::FakeClock clock_;
  base::SeededRandom random_{7};
  std::unique_ptr<store::Store> store_ = fakes::OpenScratchStore();
  fakes::AuditFolder folder_;
  std::unique_ptr<audit::Log> audit_ = fakes::Must(folder_.Open());
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  base::SigningKey key_ = base::SigningKey::Make(base::SignatureAlgorithm::kRs256);
  std::string key_id_ = "k1";
  std::string told_issuer_{kIssuer};
  bool is_away_ = false;
  fakes::FakeTransport transport_;
  Issuers issuers_{transport_, clock_};
  std::vector<ExchangeRule> rules_;
  ExchangePorts ports_{*store_, *audit_, clock_, random_, issuers_, rules_};
  Memory memory_;
  std::set<std::string> answers_;
};

TEST_F(TokenExchangeTest, ATokenThatFitsARuleBecomesOneOfOursWithTheRulesRole) {
  const auto exchanged = Exchange(Token(Claims()));
  ASSERT_TRUE(exchanged) << exchanged.error().message;
  EXPECT_EQ(exchanged->expires_at, clock_.Now() + minutes(15));
  const std::string header = "Bearer " + std::string(exchanged->text.Reveal());
  const auto caller = Authenticate({*store_, clock_, memory_}, {.authorization = header});
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->actor.id, exchanged->id.text());
  EXPECT_EQ(caller->actor.tenant, tenant_);
  EXPECT_EQ(caller->authority->grants.front().role, "operator");
  EXPECT_FALSE(caller->actor.installation_admin);
  clock_.Advance(minutes(15));
  EXPECT_FALSE(Authenticate({*store_, clock_, memory_}, {.authorization = header}));
}

TEST_F(TokenExchangeTest, EveryWrongTokenIsRefusedInTheSameWords) {
  const auto with = [&](std::string_view name, json::value value) {
    json::object claims = Claims();
    claims[name] = std::move(value);
    return Token(claims);
  };
  const auto without = [&](std::string_view name) {
    json::object claims = Claims();
    claims.erase(name);
    return Token(claims);
  };
  const auto now = std::chrono::duration_cast<seconds>(clock_.Now().time_since_epoch()).count();
  EXPECT_EQ(ReasonOf(Token(Claims())), "");
  EXPECT_EQ(ReasonOf(with("iss", "https://issuer.example")), "token.issuer");
  EXPECT_EQ(ReasonOf(with("iss", "https://issuer.example/ci/")), "token.issuer");
  EXPECT_EQ(ReasonOf(with("aud", "somebody.else")), "token.issuer");
  EXPECT_EQ(ReasonOf(with("aud", json::array{"a", 7})), "token.issuer");
  EXPECT_EQ(ReasonOf(with("exp", now - 61)), "token.expired");
  EXPECT_EQ(ReasonOf(with("exp", "tomorrow")), "token.expired");
  EXPECT_EQ(ReasonOf(without("exp")), "token.expired");
  EXPECT_EQ(ReasonOf(with("nbf", now + 120)), "token.not_before");
  EXPECT_EQ(ReasonOf(with("nbf", "soon")), "token.not_before");
  EXPECT_EQ(ReasonOf(with("iat", now + 120)), "token.issued");
  EXPECT_EQ(ReasonOf(without("iat")), "token.issued");
  EXPECT_EQ(ReasonOf(without("sub")), "token.subject");
  EXPECT_EQ(ReasonOf(with("repository", "acme/infra2")), "token.claims");
  EXPECT_EQ(ReasonOf(with("repository", "ACME/infra")), "token.claims");
  EXPECT_EQ(ReasonOf(without("environment")), "token.claims");
  EXPECT_EQ(ReasonOf(Token(Claims(), {{"typ", "at+jwt"}})), "token.type");
  EXPECT_EQ(ReasonOf(Token(Claims(), {{"alg", "none"}})), "token.algorithm");
  EXPECT_EQ(ReasonOf(Token(Claims(), {{"alg", "HS256"}})), "token.algorithm");
  EXPECT_EQ(ReasonOf(Token(Claims(), {{"alg", "RS512"}})), "token.signature");
  EXPECT_EQ(ReasonOf(Token(Claims(), {{"kid", "other"}})), "token.signature");
  EXPECT_EQ(ReasonOf("no token"), "token.malformed");
  EXPECT_EQ(ReasonOf(""), "token.malformed");
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(TokenExchangeTest, AnAlgorithmThatTheRuleDoesNotNameIsRefusedThoughTheSignatureIsRight) {
  rules_.front().algorithms = {base::SignatureAlgorithm::kEs256};
  EXPECT_EQ(ReasonOf(Token(Claims())), "token.algorithm");
}

TEST_F(TokenExchangeTest, ATokenOfAnUnknownIssuerMakesTheServerCallNobody) {
  json::object claims = Claims();
  claims["iss"] = "http://169.254.169.254/latest";
  EXPECT_EQ(ReasonOf(Token(claims)), "token.issuer");
  EXPECT_TRUE(transport_.requests().empty());
}

TEST_F(TokenExchangeTest, KeysAreRememberedAndAChangedKeyIsFetchedOnceAMinute) {
  EXPECT_EQ(ReasonOf(Token(Claims())), "");
  EXPECT_EQ(ReasonOf(Token(Claims())), "");
  EXPECT_EQ(transport_.requests().size(), 2U) << "the description and the keys, once";
  key_ = base::SigningKey::Make(base::SignatureAlgorithm::kRs256);
  key_id_ = "k2";
  EXPECT_EQ(ReasonOf(Token(Claims())), "token.signature");
  EXPECT_EQ(transport_.requests().size(), 2U) << "an unknown key does not make the server ask at once";
  clock_.Advance(seconds(60));
  EXPECT_EQ(ReasonOf(Token(Claims())), "");
  EXPECT_EQ(transport_.requests().size(), 4U);
}

TEST_F(TokenExchangeTest, AnIssuerThatIsAwayIsUnavailableAndItsKeysCountForAnHour) {
  is_away_ = true;
  const auto away = Exchange(Token(Claims()));
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, base::Code::kUnavailable);
  is_away_ = false;
  clock_.Advance(seconds(5));
  EXPECT_TRUE(Exchange(Token(Claims())));
  is_away_ = true;
  clock_.Advance(minutes(59));
  EXPECT_TRUE(Exchange(Token(Claims())));
  clock_.Advance(minutes(2));
  EXPECT_FALSE(Exchange(Token(Claims())));
}

TEST_F(TokenExchangeTest, AnIssuerThatCallsItselfOtherwiseIsNotBelieved) {
  told_issuer_ = "https://issuer.example/other";
  const auto refused = Exchange(Token(Claims()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "issuer.unreadable");
}

TEST_F(TokenExchangeTest, ARuleWhoseRoleOrTenantIsNotThereGivesNothing) {
  rules_.front().role = "nobody_made_this";
  EXPECT_FALSE(Exchange(Token(Claims())));
  rules_.front().role = "operator";
  rules_.front().tenant = "nowhere";
  EXPECT_EQ(Exchange(Token(Claims())).error().code, base::Code::kUnauthenticated);
}

TEST(ClaimsTest, AreComparedWordForWordAndListsByTheirEntries) {
  base::JsonWebToken token;
  token.claims = json::object{{"text", "a"}, {"number", 7}, {"flag", true}, {"list", json::array{"x", 1}}, {"object", json::object{{"a", "b"}}}};
  for (const auto& [name, value] : std::map<std::string, std::string>{{"text", "a"}, {"number", "7"}, {"flag", "true"}, {"list", "x"}}) {
    EXPECT_TRUE(HasClaims(token, {{name, value}})) << name;
    EXPECT_FALSE(HasClaims(token, {{name, value + " "}})) << name;
  }
  EXPECT_TRUE(HasClaims(token, {{"list", "1"}}));
  EXPECT_FALSE(HasClaims(token, {{"object", "b"}}));
  EXPECT_FALSE(HasClaims(token, {{"missing", ""}}));
  EXPECT_FALSE(HasClaims(token, {{"text", "*"}}));
}

}  // namespace
}  // namespace crossrole::tenancy
