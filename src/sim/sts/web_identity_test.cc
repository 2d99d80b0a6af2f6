// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>

#include "base/crypto.h"
#include "base/json.h"
#include "base/signing_key.h"
#include "fakes/fake_transport.h"
#include "fakes/sim_lab.h"
#include "sim/internal/web_token.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;
using aws::sts::AssumeRoleWithWebIdentity;
using aws::sts::GetCallerIdentity;
using fakes::SimLab;

constexpr std::string_view kAudience = "aws.workload.identity";

// An issuer with two keys, and a simulation that trusts it.
class Issuer {
 public:
  explicit Issuer(std::string url = "https://issuer.example/oidc/t_1") : url_(std::move(url)), lab_(Options()) {
    transport_.SetHandler([this](const aws::HttpRequest& request) { return Answer(request); });
    provider_ = *lab_.Must<aws::iam::CreateOpenIDConnectProvider>(
                         lab_.Admin(1), {.url = url_, .client_id_list = {std::string(kAudience)}})
                     .open_id_connect_provider_arn;
    role_ = lab_.MakeRole(1, "Workload", Trust("space:s_1:*"));
  }

  SimLab& lab() { return lab_; }
  fakes::FakeTransport& transport() { return transport_; }
  const std::string& provider() const { return provider_; }
  const std::string& role() const { return role_; }
  const std::string& url() const { return url_; }
  void set_issuer_in_document(std::string issuer) { told_issuer_ = std::move(issuer); }

  // A trust policy for tokens with our audience and a subject like `subject`.
  std::string Trust(const std::string& subject) const {
    const std::string name = url_.substr(url_.find("://") + 3);
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":")" + provider_ +
           R"("},"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"],"Condition":{"StringEquals":{")" +
           name + R"(:aud":")" + std::string(kAudience) + R"("},"StringLike":{")" + name + R"(:sub":")" + subject + R"("}}}]})";
  }

  json::object Claims() const {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_now().time_since_epoch()).count();
    return {{"iss", url_}, {"aud", kAudience}, {"sub", "space:s_1:stack:stk_1"}, {"iat", now - 10}, {"exp", now + 600}};
  }
  std::string Token(const json::object& claims, const base::SigningKey& key, std::string_view kid) const {
    const json::object header{{"alg", base::NameOf(key.algorithm())}, {"kid", kid}, {"typ", "JWT"}};
    std::string text = base::Base64UrlEncode(base::PrintJson(header)) + "." + base::Base64UrlEncode(base::PrintJson(claims));
    return text + "." + base::Base64UrlEncode(key.Sign(text));
  }
  std::string Token(const json::object& claims) const { return Token(claims, rsa_, "rsa"); }

  base::Result<aws::sts::AssumeRoleWithWebIdentityOutput> Assume(const std::string& token, aws::sts::AssumeRoleWithWebIdentityInput input = {}) {
    if (input.role_arn.empty()) input.role_arn = role_;
    input.role_session_name = "run";
    input.web_identity_token = base::Secret(std::string(token));
    return lab_.Call<AssumeRoleWithWebIdentity>(lab_.Admin(0), input);
  }
  std::string CodeOf(const json::object& claims) {
    const auto answer = Assume(Token(claims));
    return answer ? "" : answer.error().aws_code;
  }

  const base::SigningKey& rsa() const { return rsa_; }
  const base::SigningKey& ec() const { return ec_; }

 private:
  CloudOptions Options() {
    CloudOptions options;
    options.transport = &transport_;
    return options;
  }
  base::Time clock_now() const { return const_cast<SimLab&>(lab_).clock().Now(); }

  static json::object KeyJson(const base::SigningKey& key, std::string_view kid) {
    const base::PublicKeyParts parts = key.Public();
    json::object object{{"kid", kid}, {"use", "sig"}, {"alg", base::NameOf(key.algorithm())}};
    if (parts.curve.empty()) {
      object["kty"] = "RSA";
      object["n"] = base::Base64UrlEncode(parts.modulus);
      object["e"] = base::Base64UrlEncode(parts.exponent);
    } else {
      object["kty"] = "EC";
      object["crv"] = parts.curve;
      object["x"] = base::Base64UrlEncode(parts.x);
      object["y"] = base::Base64UrlEncode(parts.y);
    }
    return object;
  }

  base::Result<aws::HttpResponse> Answer(const aws::HttpRequest& request) const {
    if (request.path.ends_with("/.well-known/openid-configuration")) {
      const json::object document{{"issuer", told_issuer_.empty() ? url_ : told_issuer_}, {"jwks_uri", url_ + "/keys"}};
      return aws::HttpResponse{.status = 200, .body = base::PrintJson(document)};
    }
    const json::object keys{{"keys", json::array{KeyJson(rsa_, "rsa"), KeyJson(ec_, "ec")}}};
    return aws::HttpResponse{.status = 200, .body = base::PrintJson(keys)};
  }

  std::string url_;
  std::string told_issuer_;
  base::SigningKey rsa_ = base::SigningKey::Make(base::SignatureAlgorithm::kRs256);
  base::SigningKey ec_ = base::SigningKey::Make(base::SignatureAlgorithm::kEs256);
  fakes::FakeTransport transport_;
  SimLab lab_;
  std::string provider_;
  std::string role_;
};

TEST(WebIdentityTest, ATokenThatItsIssuerSignedOpensTheRole) {
  Issuer issuer;
  for (const auto& [key, kid] : {std::pair(&issuer.rsa(), "rsa"), std::pair(&issuer.ec(), "ec")}) {
    auto answer = issuer.Assume(issuer.Token(issuer.Claims(), *key, kid));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->assumed_role_user.arn, "arn:aws:sts::" + issuer.lab().Id(1) + ":assumed-role/Workload/run");
    EXPECT_EQ(answer->subject_from_web_identity_token, "space:s_1:stack:stk_1");
    EXPECT_EQ(answer->provider, issuer.provider());
    EXPECT_EQ(answer->audience, std::string(kAudience));
    const aws::Credentials session = SimLab::Take(std::move(answer->credentials));
    EXPECT_EQ(issuer.lab().Must<GetCallerIdentity>(session, {}).account, issuer.lab().Id(1));
  }
  EXPECT_EQ(issuer.transport().requests().front().path, "/oidc/t_1/.well-known/openid-configuration");
}

TEST(WebIdentityTest, NoSignatureButTheIssuersIsTaken) {
  Issuer issuer;
  const base::SigningKey foreign = base::SigningKey::Make(base::SignatureAlgorithm::kRs256);
  const auto code = [&](const std::string& token) {
    const auto answer = issuer.Assume(token);
    return answer ? std::string() : answer.error().aws_code;
  };
  EXPECT_EQ(code(issuer.Token(issuer.Claims(), foreign, "rsa")), "InvalidIdentityToken");
  EXPECT_EQ(code(issuer.Token(issuer.Claims(), issuer.rsa(), "other")), "InvalidIdentityToken");
  const std::string good = issuer.Token(issuer.Claims());
  std::string changed = good;
  json::object claims = issuer.Claims();
  claims["sub"] = "space:s_1:stack:other";
  changed.replace(good.find('.') + 1, good.rfind('.') - good.find('.') - 1, base::Base64UrlEncode(base::PrintJson(claims)));
  EXPECT_EQ(code(changed), "InvalidIdentityToken");
  const std::string unsigned_header = base::Base64UrlEncode(R"({"alg":"none"})");
  EXPECT_EQ(code(unsigned_header + good.substr(good.find('.'), good.rfind('.') - good.find('.')) + "."), "InvalidIdentityToken");
  EXPECT_EQ(code("no token"), "InvalidIdentityToken");
}

TEST(WebIdentityTest, AudienceSubjectIssuerAndTimesAreChecked) {
  Issuer issuer;
  EXPECT_EQ(issuer.CodeOf(issuer.Claims()), "");
  json::object claims = issuer.Claims();
  claims["aud"] = "somebody.else";
  EXPECT_EQ(issuer.CodeOf(claims), "InvalidIdentityToken");
  claims = issuer.Claims();
  claims["sub"] = "space:s_2:stack:stk_1";
  EXPECT_EQ(issuer.CodeOf(claims), "AccessDenied");
  claims = issuer.Claims();
  claims["iss"] = "https://issuer.example/oidc/t_2";
  EXPECT_EQ(issuer.CodeOf(claims), "InvalidIdentityToken");
  claims = issuer.Claims();
  claims["exp"] = claims["iat"].as_int64() - 1;
  EXPECT_EQ(issuer.CodeOf(claims), "ExpiredTokenException");
  claims = issuer.Claims();
  claims["nbf"] = claims["exp"];
  EXPECT_EQ(issuer.CodeOf(claims), "InvalidIdentityToken");
  for (const std::string_view claim : {"iss", "sub", "aud", "exp", "iat"}) {
    claims = issuer.Claims();
    claims.erase(claim);
    EXPECT_EQ(issuer.CodeOf(claims), "InvalidIdentityToken") << claim;
  }
}

TEST(WebIdentityTest, AnIssuerThatDoesNotAnswerOrTellsAnotherNameIsRefused) {
  Issuer issuer;
  issuer.set_issuer_in_document("https://issuer.example/oidc/t_2");
  EXPECT_EQ(issuer.CodeOf(issuer.Claims()), "InvalidIdentityToken");
  issuer.set_issuer_in_document("");
  issuer.transport().Push(500, "");
  EXPECT_EQ(issuer.CodeOf(issuer.Claims()), "IDPCommunicationError");
  issuer.transport().Push(200, "no JSON");
  EXPECT_EQ(issuer.CodeOf(issuer.Claims()), "IDPCommunicationError");
  EXPECT_EQ(issuer.CodeOf(issuer.Claims()), "");
}

TEST(WebIdentityTest, PlainHttpIsForThisMachineOnly) {
  Issuer local("http://127.0.0.1:8420/oidc/t_1");
  EXPECT_EQ(local.CodeOf(local.Claims()), "");
  SimLab lab;
  EXPECT_EQ(lab.Refusal<aws::iam::CreateOpenIDConnectProvider>(lab.Admin(1), {.url = "http://issuer.example"}), "ValidationError");
  EXPECT_EQ(lab.Refusal<aws::iam::CreateOpenIDConnectProvider>(lab.Admin(1), {.url = "https://issuer.example:8443"}), "ValidationError");
  EXPECT_EQ(lab.Refusal<aws::iam::CreateOpenIDConnectProvider>(lab.Admin(1), {.url = "https://issuer.example/?a=b"}), "ValidationError");
}

TEST(WebIdentityTest, TagsAndSourceIdentityOfTheTokenCountForTheSession) {
  Issuer issuer;
  json::object claims = issuer.Claims();
  claims["https://aws.amazon.com/tags"] = json::object{{"principal_tags", json::object{{"team", json::array{"a"}}}},
                                                       {"transitive_tag_keys", json::array{"team"}}};
  claims["https://aws.amazon.com/source_identity"] = "run_1";
  auto answer = issuer.Assume(issuer.Token(claims));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->source_identity, "run_1");
  EXPECT_GT(answer->packed_policy_size.value_or(0), 0);
}

TEST(WebIdentityTest, ProvidersAreFoundAndTheirClientsChange) {
  Issuer issuer;
  SimLab& lab = issuer.lab();
  const aws::Credentials admin = lab.Admin(1);
  EXPECT_EQ(lab.Refusal<aws::iam::CreateOpenIDConnectProvider>(admin, {.url = issuer.url()}), "EntityAlreadyExists");
  const auto shown = lab.Must<aws::iam::GetOpenIDConnectProvider>(admin, {.open_id_connect_provider_arn = issuer.provider()});
  EXPECT_EQ(shown.url, "issuer.example/oidc/t_1");
  lab.Must<aws::iam::RemoveClientIDFromOpenIDConnectProvider>(
      admin, {.open_id_connect_provider_arn = issuer.provider(), .client_id = std::string(kAudience)});
  EXPECT_EQ(issuer.CodeOf(issuer.Claims()), "InvalidIdentityToken");
  lab.Must<aws::iam::AddClientIDToOpenIDConnectProvider>(
      admin, {.open_id_connect_provider_arn = issuer.provider(), .client_id = std::string(kAudience)});
  EXPECT_EQ(issuer.CodeOf(issuer.Claims()), "");
  lab.Must<aws::iam::DeleteOpenIDConnectProvider>(admin, {.open_id_connect_provider_arn = issuer.provider()});
  EXPECT_EQ(issuer.CodeOf(issuer.Claims()), "InvalidIdentityToken");
}

TEST(WebIdentityTest, AStateKeepsProviders) {
  Issuer issuer;
  const std::string saved = issuer.lab().cloud().Save();
  ASSERT_TRUE(issuer.lab().cloud().Load(saved));
  EXPECT_EQ(issuer.CodeOf(issuer.Claims()), "");
}

TEST(OutboundIdentityTest, ATokenCanBeCheckedByTheKeysThatTheSimulationPublishes) {
  SimLab lab;
  const aws::Credentials admin = lab.Admin(1);
  const aws::sts::GetWebIdentityTokenInput wanted{.audience = {"partner"}, .signing_algorithm = "ES384"};
  EXPECT_EQ(lab.Refusal<aws::sts::GetWebIdentityToken>(admin, wanted), "OutboundWebIdentityFederationDisabledException");
  const auto enabled = lab.Must<aws::iam::EnableOutboundWebIdentityFederation>(admin, {});
  const std::string issuer = enabled.issuer_identifier.value_or("");
  EXPECT_EQ(lab.Refusal<aws::iam::EnableOutboundWebIdentityFederation>(admin, {}), "FeatureEnabled");
  EXPECT_EQ(lab.Must<aws::iam::GetOutboundWebIdentityFederationInfo>(admin, {}).issuer_identifier, issuer);
  auto token = lab.Must<aws::sts::GetWebIdentityToken>(admin, wanted);
  ASSERT_TRUE(token.web_identity_token);
  const auto path = [&](const std::string& url) { return url.substr(url.find("/outbound/")); };
  const auto document = base::ParseJson(lab.Control("GET", path(issuer) + "/.well-known/openid-configuration").body);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->at("issuer").as_string(), issuer);
  const auto keys = base::ParseJson(lab.Control("GET", path(std::string(document->at("jwks_uri").as_string()))).body);
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->at("keys").as_array().size(), 2U);
  const auto published = ReadKeySet(base::PrintJson(*keys));
  ASSERT_TRUE(published);
  const auto read = ReadWebToken(token.web_identity_token->Reveal());
  ASSERT_TRUE(read);
  EXPECT_TRUE(CheckSignature(*read, *published));
  EXPECT_EQ(read->issuer, issuer);
  EXPECT_EQ(read->subject, lab.AdminArn(1));
  EXPECT_EQ(read->audiences, std::vector<std::string>{"partner"});
  lab.Must<aws::iam::DisableOutboundWebIdentityFederation>(admin, {});
  EXPECT_EQ(lab.Refusal<aws::sts::GetWebIdentityToken>(admin, wanted), "OutboundWebIdentityFederationDisabledException");
}

}  // namespace
}  // namespace crossrole::sim
