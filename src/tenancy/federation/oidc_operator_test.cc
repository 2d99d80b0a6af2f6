// SPDX-License-Identifier: Apache-2.0
// What a provider's mapping gives and takes when somebody signs in there, and whom it may not take it from.
#include "tenancy/federation/oidc_operator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <latch>
#include <map>
#include <memory>
#include <thread>

#include "base/crypto.h"
#include "base/guarded.h"
#include "base/json.h"
#include "fakes/audit_folder.h"
#include "fakes/fake_transport.h"
#include "fakes/scratch_store.h"
#include "tenancy/operators.h"
#include "tenancy/owners.h"
#include "tenancy/role_bindings.h"
#include "tenancy/spaces.h"

namespace crossrole::tenancy {
namespace {

namespace json = boost::json;

constexpr std::string_view kIssuer = "https://id.example/realm";

class OidcOperatorTest : public testing::Test {
 protected:
  OidcOperatorTest() {
    transport_.SetHandler([this](const aws::HttpRequest& request) { return Answer(request); });
  }

  // Signs in at the issuer as somebody who is in these groups there.
  base::Result<OidcSignedIn> SignIn(const std::string& subject, const std::vector<std::string>& groups) {
    TRY_ASSIGN(const StartedSignIn started, StartOidcSignIn(ports_, {.provider = "corporate"}));
    const std::string code = subject + "-code";
    codes_.With([&](auto& codes) { codes[code] = IdToken(subject, groups, Parameter(started.location, "nonce")); });
    return FinishOidcSignIn(ports_, {.provider = "corporate",
                                     .code = code,
                                     .state = Parameter(started.location, "state"),
                                     .flow = started.flow,
                                     .attempt = {.remote = "192.0.2.44", .request_id = "req_sso"}});
  }
  static std::string Parameter(const std::string& url, const std::string& name) {
    const std::size_t at = url.find(name + "=") + name.size() + 1;
    return url.substr(at, url.find('&', at) - at);
  }
  std::string IdToken(const std::string& subject, const std::vector<std::string>& groups, const std::string& nonce) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.Now().time_since_epoch()).count();
    const json::object claims{{"iss", kIssuer}, {"aud", "crossrole"}, {"sub", subject}, {"iat", now}, {"exp", now + 600}, {"nonce", nonce},
                              {"name", "Somebody"}, {"email", subject + "@example.com"}, {"email_verified", true},
                              {"groups", json::array(groups.begin(), groups.end())}};
    const json::object header{{"alg", "RS256"}, {"kid", "k1"}, {"typ", "JWT"}};
    const std::string text = base::Base64UrlEncode(base::PrintJson(header)) + "." + base::Base64UrlEncode(base::PrintJson(claims));
    return text + "." + base::Base64UrlEncode(key_.Sign(text));
  }
  base::Result<aws::HttpResponse> Answer(const aws::HttpRequest& request) {
    const std::string base(kIssuer);
    json::object body;
    if (request.path.ends_with("/.well-known/openid-configuration")) {
      body = {{"issuer", base}, {"jwks_uri", base + "/keys"}, {"authorization_endpoint", base + "/authorize"}, {"token_endpoint", base + "/token"}};
    } else if (request.path.ends_with("/keys")) {
      const base::PublicKeyParts parts = key_.Public();
      body = {{"keys", json::array{json::object{{"kid", "k1"}, {"kty", "RSA"}, {"use", "sig"}, {"n", base::Base64UrlEncode(parts.modulus)},
                                                {"e", base::Base64UrlEncode(parts.exponent)}}}}};
    } else {
      codes_.With([&](auto& codes) { body = {{"id_token", codes[Parameter(request.body, "code")]}}; });
    }
    return aws::HttpResponse{.status = 200, .body = base::PrintJson(body)};
  }
  // "owner" for each binding in the root, "owner@below" for one elsewhere; in alphabetical order.
  std::vector<std::string> RolesOf(const store::Operator& person) {
    const auto bindings = fakes::Must(store_->Read(tenant_, [&](store::ReadTransaction& tx) {
      return store::ListRoleBindings(tx, {.principal = person.id.text()}, {.limit = 100});
    }));
    std::vector<std::string> roles;
    for (const store::RoleBinding& binding : bindings) roles.push_back(binding.role + (binding.space == root_ ? "" : "@below"));
    std::ranges::sort(roles);
    return roles;
  }
  // The last record about a taking that ended in such a way.
  std::optional<audit::Record> Taking(audit::Outcome outcome) {
    audit_->Flush();
    const auto page = fakes::Must(audit_->List({.tenant = tenant_, .action = "role_binding.delete"}));
    for (const audit::StoredRecord& stored : page.records) {
      if (stored.record.outcome == outcome) return stored.record;
    }
    return std::nullopt;
  }
  using Roles = std::vector<std::string>;

  fakes::FakeClock clock_;
  base::SystemRandom random_;
  std::unique_ptr<store::Store> store_ = fakes::OpenScratchStore();
  fakes::AuditFolder folder_;
  std::unique_ptr<audit::Log> audit_ = fakes::Must(folder_.Open());
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  model::SpaceId root_ = fakes::MakeTenant(tenant_.text(), "root").root_space;
  base::SigningKey key_ = base::SigningKey::Make(base::SignatureAlgorithm::kRs256);
  base::Guarded<std::map<std::string, std::string>> codes_{};  // the ID token of each code
  fakes::FakeTransport transport_;
  PasswordPool passwords_{{.cost = {.passes = 1, .bytes = std::size_t{8} << 10}}};
  SignInFailures failures_{clock_};
  SignInPorts sign_in_{.operators = {*store_, *audit_, clock_, random_, passwords_}, .failures = failures_, .life = {}};
  Memory memory_;
  AuthenticationPorts authentication_{*store_, clock_, memory_};
  Issuers issuers_{transport_, clock_};
  FlowSeal seal_{random_};
  std::vector<SignInProvider> providers_{{.name = "corporate",
                                          .issuer = std::string(kIssuer),
                                          .client_id = "crossrole",
                                          .tenant = fakes::SampleTenantHandle().text(),
                                          .roles = {{"owners", {.role = "owner"}}, {"readers", {.role = "reader"}}}}};
  OidcPorts ports_{sign_in_, authentication_, issuers_, providers_, seal_, "https://crossrole.example"};
};

TEST_F(OidcOperatorTest, GroupsGiveAndTakeTheRolesOfTheMapping) {
  const auto first = SignIn("ann", {"owners", "readers", "coffee"});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(RolesOf(first->signed_in.person), (Roles{"owner", "reader"}));
  ASSERT_TRUE(SignIn("bob", {"owners"}));
  const auto second = SignIn("ann", {"readers"});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->signed_in.person.id, first->signed_in.person.id);
  EXPECT_EQ(RolesOf(second->signed_in.person), Roles{"reader"});
  const auto taken = Taking(audit::Outcome::kSucceeded);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->actor, "system");
  EXPECT_EQ(taken->remote, "192.0.2.44");
  EXPECT_EQ(taken->request_id, "req_sso");
  EXPECT_NE(taken->details.find(R"("provider":"corporate")"), std::string::npos) << taken->details;
}

TEST_F(OidcOperatorTest, TheLastOwnerComesInAndStaysOneAndTheRecordSaysWhy) {
  ASSERT_TRUE(SignIn("ann", {"owners"}));
  const auto again = SignIn("ann", {"readers"});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(RolesOf(again->signed_in.person), (Roles{"owner", "reader"}));
  const auto kept = Taking(audit::Outcome::kRefused);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->reason, "role_binding.last_owner");
  EXPECT_NE(kept->details.find(again->signed_in.person.id.text()), std::string::npos) << kept->details;
  EXPECT_NE(kept->details.find(R"("role":"owner")"), std::string::npos) << kept->details;
  EXPECT_NE(kept->details.find(R"("provider":"corporate")"), std::string::npos) << kept->details;
}

TEST_F(OidcOperatorTest, WhoWasTheLastOwnerLosesItOnceSomebodyElseIsOne) {
  ASSERT_TRUE(SignIn("ann", {"owners"}));
  ASSERT_TRUE(SignIn("ann", {}));
  const auto bob = SignIn("bob", {"owners"});
  ASSERT_TRUE(bob);
  const auto ann = SignIn("ann", {});
  ASSERT_TRUE(ann);
  EXPECT_EQ(RolesOf(ann->signed_in.person), Roles{});
  EXPECT_EQ(RolesOf(bob->signed_in.person), Roles{"owner"});
}

TEST_F(OidcOperatorTest, AnOwnerWhoIsDisabledIsNobodyWhoStays) {
  const auto bob = SignIn("bob", {"owners"});
  ASSERT_TRUE(bob && SignIn("ann", {"owners"}));
  const Caller administrator{.actor = {.tenant = tenant_, .id = "tok_administrator", .installation_admin = true},
                             .authority = std::make_shared<const Authority>(Authority{.installation_admin = true}),
                             .spaces = std::make_shared<const SpaceTree>(root_)};
  ASSERT_TRUE(UpdateOperator(sign_in_.operators, administrator, bob->signed_in.person.id.text(), {.disabled = true}));
  const auto ann = SignIn("ann", {});
  ASSERT_TRUE(ann);
  EXPECT_EQ(RolesOf(ann->signed_in.person), Roles{"owner"});
}

TEST_F(OidcOperatorTest, TheLastOwnerOfASpaceBelowStaysOneThere) {
  const Ports rest{*store_, *audit_, clock_, random_};
  const Caller administrator{.actor = {.tenant = tenant_, .id = "tok_administrator", .installation_admin = true},
                             .authority = std::make_shared<const Authority>(Authority{.installation_admin = true}),
                             .spaces = std::make_shared<const SpaceTree>(root_)};
  const auto below = CreateSpace(rest, administrator, {.name = "below", .parent = root_});
  ASSERT_TRUE(below);
  providers_.front().roles["lab"] = {.role = "owner", .space = below->id};
  const auto ann = SignIn("ann", {"owners", "lab"});
  ASSERT_TRUE(ann && SignIn("bob", {"owners"}));
  ASSERT_TRUE(SignIn("ann", {}));
  EXPECT_EQ(RolesOf(ann->signed_in.person), Roles{"owner@below"});
}

TEST_F(OidcOperatorTest, OfTwoOwnersWhoLoseItAtOnceOneStays) {
  for (int round = 0; round < 10; ++round) {
    SCOPED_TRACE(round);
    const auto ann = SignIn("ann", {"owners"});
    const auto bob = SignIn("bob", {"owners"});
    ASSERT_TRUE(ann && bob);
    std::latch start(2);
    std::array<bool, 2> came_in{};
    const auto go = [&](std::size_t index, const std::string& who) {
      start.arrive_and_wait();
      came_in.at(index) = SignIn(who, {"readers"}).has_value();
    };
    {
      const std::jthread other([&] { go(1, "bob"); });
      go(0, "ann");
    }
    EXPECT_TRUE(came_in[0] && came_in[1]);
    const bool ann_owns = RolesOf(ann->signed_in.person) == Roles{"owner", "reader"};
    const bool bob_owns = RolesOf(bob->signed_in.person) == Roles{"owner", "reader"};
    ASSERT_NE(ann_owns, bob_owns);
  }
}

TEST_F(OidcOperatorTest, OneWhoSignsInTwiceAtOnceComesInTwice) {
  ASSERT_TRUE(SignIn("bob", {"owners"}));
  ASSERT_TRUE(SignIn("ann", {"owners"}));
  for (int round = 0; round < 10; ++round) {
    SCOPED_TRACE(round);
    const std::vector<std::string> groups = round % 2 == 0 ? std::vector<std::string>{"readers"} : std::vector<std::string>{"owners"};
    std::latch start(2);
    std::array<base::Status, 2> done;
    const auto go = [&](std::size_t index) {
      const auto started = StartOidcSignIn(ports_, {.provider = "corporate"});
      const std::string code = "ann-code-" + std::to_string(index);
      codes_.With([&](auto& codes) { codes[code] = IdToken("ann", groups, Parameter(started->location, "nonce")); });
      start.arrive_and_wait();
      const auto finished = FinishOidcSignIn(ports_, {.provider = "corporate",
                                                      .code = code,
                                                      .state = Parameter(started->location, "state"),
                                                      .flow = started->flow});
      if (!finished) done.at(index) = base::Fail(finished.error());
    };
    {
      const std::jthread other([&] { go(1); });
      go(0);
    }
    for (const base::Status& each : done) EXPECT_TRUE(each) << each.error().message;
  }
}

}  // namespace
}  // namespace crossrole::tenancy
