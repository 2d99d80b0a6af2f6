// SPDX-License-Identifier: Apache-2.0
#include "tenancy/sign_in.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <set>

#include "base/crypto.h"
#include "fakes/audit_folder.h"
#include "fakes/scratch_store.h"
#include "store/people/role_bindings.h"
#include "store/people/tokens.h"
#include "tenancy/token.h"

namespace crossrole::tenancy {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kPassword = "correct horse battery";

class SignInTest : public testing::Test {
 protected:
  fakes::FakeClock clock_;
  base::SeededRandom random_{7};
  std::unique_ptr<store::Store> store_ = fakes::OpenScratchStore();
  fakes::AuditFolder folder_;
  std::unique_ptr<audit::Log> audit_ = fakes::Must(folder_.Open());
  PasswordPool passwords_{{.cost = {.passes = 1, .bytes = std::size_t{8} << 10}}};
  SignInFailures failures_{clock_};
  Memory memory_;
  AuthenticationPorts authentication_{*store_, clock_, memory_};
  SignInPorts ports_{.operators = {*store_, *audit_, clock_, random_, passwords_}, .failures = failures_, .life = {}};
  model::TenantId tenant_ = fakes::AddSampleTenant(*store_);
  model::TenantId other_ = fakes::AddOtherTenant(*store_);
  Caller administrator_{.actor = {.tenant = tenant_, .id = "tok_administrator", .installation_admin = true},
                        .tenant_handle = fakes::SampleTenantHandle().text(),
                        .authority = std::make_shared<const Authority>(Authority{.installation_admin = true}),
                        .spaces = nullptr};

  store::Operator Make(std::string email = "ann@example.com", bool disabled = false) {
    return fakes::Must(CreateOperator(ports_.operators, administrator_,
                                      {.name = "Ann", .email = std::move(email), .password = base::Secret(std::string(kPassword)),
                                       .disabled = disabled}));
  }
  SignInAttempt Attempt(std::string email = "ann@example.com", std::string_view password = kPassword, std::string remote = "192.0.2.1") {
    return {.tenant = administrator_.tenant_handle,
            .email = std::move(email),
            .password = base::Secret(std::string(password)),
            .remote = std::move(remote)};
  }
  base::Result<SignedIn> Try(SignInAttempt attempt) {
    std::promise<base::Result<SignedIn>> answer;
    const auto begun = BeginSignIn(ports_, std::move(attempt), [&](PendingSignIn pending, bool is_right) {
      answer.set_value(FinishSignIn(ports_, std::move(pending), is_right));
    });
    if (!begun) return base::Fail(begun.error());
    return answer.get_future().get();
  }
  std::string CookieOf(const SignedIn& signed_in) { return std::string(signed_in.session->text.Reveal()); }
  bool IsIn(const std::string& cookie) {
    const auto presented = ParseSession(cookie);
    return presented && AuthenticateBrowser(authentication_, ports_.life, *presented).has_value();
  }
};

TEST_F(SignInTest, TheRightPasswordBeginsASessionThatStandsForTheOperator) {
  const store::Operator ann = Make();
  const auto signed_in = Try(Attempt("ANN@example.com"));
  ASSERT_TRUE(signed_in) << signed_in.error().message;
  const auto presented = ParseSession(CookieOf(*signed_in));
  ASSERT_TRUE(presented);
  const auto caller = AuthenticateBrowser(authentication_, ports_.life, *presented);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->caller.actor.id, ann.id.text());
  EXPECT_EQ(caller->caller.actor.tenant, tenant_);
  EXPECT_TRUE(caller->caller.authority->grants.empty());
  EXPECT_EQ(caller->session.hash.find(CookieOf(*signed_in)), std::string::npos);
}

TEST_F(SignInTest, EveryFailureIsAnsweredAlike) {
  Make();
  Make("off@example.com", true);
  ASSERT_TRUE(CreateOperator(ports_.operators, administrator_, {.name = "Sso", .email = "sso@example.com"}));
  std::vector<SignInAttempt> attempts;
  attempts.push_back(Attempt("ann@example.com", "wrong horse battery"));
  attempts.push_back(Attempt("nobody@example.com"));
  attempts.push_back(Attempt("no address"));
  attempts.push_back(Attempt("off@example.com"));
  attempts.push_back(Attempt("sso@example.com", ""));
  attempts.push_back(Attempt());
  attempts.back().tenant = "other";
  attempts.push_back(Attempt());
  attempts.back().tenant = "nowhere";
  attempts.push_back(Attempt());
  attempts.back().tenant = "Not A Handle";
  std::set<std::string> answers;
  for (SignInAttempt& attempt : attempts) {
    const auto refused = Try(std::move(attempt));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Code::kUnauthenticated);
    answers.insert(refused.error().message + refused.error().reason + refused.error().fix);
  }
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(SignInTest, TheSixthWrongPasswordWaitsWhetherOrNotThereIsSuchAPerson) {
  Make();
  for (const std::string email : {"ann@example.com", "nobody@example.com"}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(Try(Attempt(email, "wrong horse battery")).error().code, base::Code::kUnauthenticated);
    const auto locked = Try(Attempt(email));
    ASSERT_FALSE(locked) << "the right password must wait, too";
    EXPECT_EQ(locked.error().code, base::Code::kThrottled);
    EXPECT_EQ(locked.error().retry_after, seconds(1));
  }
  EXPECT_TRUE(Try(Attempt("ann@example.com", kPassword, "198.51.100.7"))) << "from elsewhere the person may come in";
  clock_.Advance(seconds(1));
  EXPECT_TRUE(Try(Attempt()));
}

TEST_F(SignInTest, TheWaitDoublesUpToAQuarterOfAnHourAndARightPasswordForgetsIt) {
  Make();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Try(Attempt("ann@example.com", "wrong horse battery")));
  seconds expected{1};
  for (int i = 0; i < 14; ++i) {
    const auto locked = Try(Attempt());
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().retry_after, expected) << i;
    clock_.Advance(expected);
    EXPECT_EQ(Try(Attempt("ann@example.com", "wrong horse battery")).error().code, base::Code::kUnauthenticated);
    expected = std::min(seconds(900), expected * 2);
  }
  clock_.Advance(expected);
  EXPECT_TRUE(Try(Attempt()));
  EXPECT_FALSE(Try(Attempt("ann@example.com", "wrong horse battery")));
  EXPECT_TRUE(Try(Attempt()));
}

TEST_F(SignInTest, ManyAddressesTogetherAreSlowedDown) {
  Make();
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(Try(Attempt("ann@example.com", "wrong horse battery", "192.0.2." + std::to_string(i))).error().code,
              base::Code::kUnauthenticated);
  }
  EXPECT_EQ(Try(Attempt("ann@example.com", "wrong horse battery", "203.0.113.9")).error().code, base::Code::kThrottled);
}

TEST_F(SignInTest, ASessionEndsWhenIdleAndAtItsAbsoluteEnd) {
  Make();
  const std::string idle = CookieOf(*Try(Attempt()));
  const std::string busy = CookieOf(*Try(Attempt()));
  for (int i = 0; i < 23; ++i) {
    clock_.Advance(minutes(31));
    EXPECT_TRUE(IsIn(busy)) << i;
  }
  EXPECT_FALSE(IsIn(idle));
  clock_.Advance(minutes(31));
  EXPECT_FALSE(IsIn(busy)) << "twelve hours are over";
}

TEST_F(SignInTest, DisablingANewPasswordAndDeletionEndWhatIsOpen) {
  for (int way = 0; way < 4; ++way) {
    const store::Operator person = Make("p" + std::to_string(way) + "@example.com");
    const std::string cookie = CookieOf(*Try(Attempt(person.email)));
    SignInAttempt for_token = Attempt(person.email);
    for_token.way = SignInWay::kToken;
    const auto token = Try(std::move(for_token));
    const std::string header = "Bearer " + std::string(token->token.Reveal());
    EXPECT_TRUE(IsIn(cookie));
    EXPECT_TRUE(Authenticate(authentication_, {.authorization = header}));
    const std::string id = person.id.text();
    if (way == 0) EXPECT_TRUE(UpdateOperator(ports_.operators, administrator_, id, {.disabled = true}));
    if (way == 1) EXPECT_TRUE(UpdateOperator(ports_.operators, administrator_, id, {.password = base::Secret("another horse battery")}));
    if (way == 2) EXPECT_TRUE(DeleteOperator(ports_.operators, administrator_, id, std::nullopt));
    if (way == 3) EXPECT_EQ(*SignOutOperator(ports_.operators, administrator_, id), 2);
    EXPECT_FALSE(IsIn(cookie)) << way;
    EXPECT_FALSE(Authenticate(authentication_, {.authorization = header})) << way;
    EXPECT_EQ(Try(Attempt(person.email)).has_value(), way == 3) << way;
  }
}

TEST_F(SignInTest, CookiesOfOtherTenantsForgedAndCutOnesAreNothing) {
  Make();
  const std::string cookie = CookieOf(*Try(Attempt()));
  ASSERT_TRUE(IsIn(cookie));
  std::string elsewhere = cookie;
  elsewhere.replace(4, 26, other_.text(), 2, 26);
  EXPECT_TRUE(ParseSession(elsewhere));
  EXPECT_FALSE(IsIn(elsewhere));
  std::string forged = cookie;
  forged.back() = forged.back() == 'A' ? 'E' : 'A';
  EXPECT_FALSE(IsIn(forged));
  for (std::size_t i = 0; i < cookie.size(); ++i) EXPECT_FALSE(IsIn(cookie.substr(0, i))) << i;
  EXPECT_FALSE(IsIn(cookie + "A"));
}

TEST_F(SignInTest, TheCsrfTokenFollowsFromTheSessionAndFromNothingElse) {
  Make();
  const std::string one = CookieOf(*Try(Attempt()));
  const std::string two = CookieOf(*Try(Attempt()));
  EXPECT_EQ(ParseSession(one)->csrf.Reveal(), CsrfTokenOf(one).Reveal());
  EXPECT_NE(CsrfTokenOf(one).Reveal(), CsrfTokenOf(two).Reveal());
  EXPECT_EQ(CsrfTokenOf(one).Reveal().find(one.substr(58)), std::string::npos);
}

TEST(CookieTest, IsFoundByItsWholeNameAndNotWhenThereAreTwo) {
  EXPECT_EQ(FindCookie("a=1; crossrole_session=x; b=2", "crossrole_session"), "x");
  EXPECT_EQ(FindCookie("crossrole_session=\"x\"", "crossrole_session"), "x");
  EXPECT_EQ(FindCookie("xcrossrole_session=x", "crossrole_session"), std::nullopt);
  EXPECT_EQ(FindCookie("crossrole_session=x; crossrole_session=y", "crossrole_session"), std::nullopt);
  EXPECT_EQ(FindCookie("", "crossrole_session"), std::nullopt);
}

TEST_F(SignInTest, AddressesAreUniqueWithoutRegardToCaseAndLookAlikesAreRefused) {
  Make();
  const auto same = CreateOperator(ports_.operators, administrator_, {.name = "Ann", .email = "ANN@EXAMPLE.COM"});
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().code, base::Code::kConflict);
  for (const char* email : {"", "ann", "@example.com", "ann@", "a@b@c", "ann @example.com", "\u0430nn@example.com", "ann@example.com\n"}) {
    const auto refused = CreateOperator(ports_.operators, administrator_, {.name = "Ann", .email = email});
    ASSERT_FALSE(refused) << email;
    EXPECT_EQ(refused.error().field, "email") << email;
  }
}

TEST_F(SignInTest, WhoMayLessCannotChangeWhoMayMore) {
  const store::Operator ann = Make();
  const Caller helpless{.actor = {.tenant = tenant_, .id = "tok_1"},
                        .authority = std::make_shared<const Authority>(),
                        .spaces = std::make_shared<const SpaceTree>(fakes::MakeTenant(tenant_.text(), "x").root_space)};
  EXPECT_TRUE(UpdateOperator(ports_.operators, helpless, ann.id.text(), {.name = "Anna"})) << "who may nothing is beyond nobody's reach";
  ASSERT_TRUE(store_->Write(tenant_, [&](store::WriteTransaction& tx) {
    return store::InsertRoleBinding(tx, {.id = fakes::Must(model::RoleBindingId::Parse("rb_01JD3E9ZK4M7Q2V8R5T6W9XYAC")),
                                         .tenant = tenant_, .principal = ann.id.text(), .role = "owner",
                                         .space = fakes::MakeTenant(tenant_.text(), "x").root_space});
  }));
  for (int way = 0; way < 3; ++way) {
    base::Code code{};
    if (way == 0) code = UpdateOperator(ports_.operators, helpless, ann.id.text(), {.password = base::Secret("another horse battery")}).error().code;
    if (way == 1) code = DeleteOperator(ports_.operators, helpless, ann.id.text(), std::nullopt).error().code;
    if (way == 2) code = SignOutOperator(ports_.operators, helpless, ann.id.text()).error().code;
    EXPECT_EQ(code, base::Code::kPermissionDenied) << way;
  }
  EXPECT_TRUE(Try(Attempt()));
}

TEST_F(SignInTest, ANewPasswordNeedsTheOldOne) {
  const store::Operator ann = Make();
  const std::string cookie = CookieOf(*Try(Attempt()));
  Caller self = administrator_;
  self.actor.installation_admin = false;
  self.actor.id = ann.id.text();
  self.operator_id = ann.id;
  const auto wrong = ChangeOwnPassword(ports_, self, {base::Secret("wrong horse battery"), base::Secret("another horse battery")});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().field, "current_password");
  EXPECT_TRUE(IsIn(cookie));
  ASSERT_TRUE(ChangeOwnPassword(ports_, self, {base::Secret(std::string(kPassword)), base::Secret("another horse battery")}));
  EXPECT_FALSE(IsIn(cookie));
  EXPECT_FALSE(Try(Attempt()));
  EXPECT_TRUE(Try(Attempt("ann@example.com", "another horse battery")));
}

TEST_F(SignInTest, EverySignInAndEveryRefusalIsInTheRecordWithoutThePassword) {
  const store::Operator ann = Make();
  EXPECT_TRUE(Try(Attempt()));
  EXPECT_FALSE(Try(Attempt("ann@example.com", "wrong horse battery")));
  audit_->Flush();
  const auto page = audit_->List({.tenant = tenant_, .action = "auth.sign_in"});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->records.size(), 3U);
  EXPECT_EQ(page->records.front().record.outcome, audit::Outcome::kRefused);
  EXPECT_EQ(page->records.front().record.target, ann.id.text());
  EXPECT_EQ(page->records.at(1).record.outcome, audit::Outcome::kSucceeded);
  for (const audit::StoredRecord& record : page->records) EXPECT_EQ(record.line.find("horse"), std::string::npos);
}

}  // namespace
}  // namespace crossrole::tenancy
