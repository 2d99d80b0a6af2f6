// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <gtest/gtest.h>

#include "http/target.h"

namespace crossrole::http {
namespace {

using Outcome = RouteMatch::Outcome;

TEST(TargetTest, TakesTargetsApart) {
  const auto plain = ParseTarget("/v1/a%20b/%C3%A9/?x=1&y=a+b%2B&z&x=%0A");
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->path, "/v1/a b/\xc3\xa9/");
  EXPECT_EQ(plain->query, (QueryPairs{{"x", "1"}, {"y", "a b+"}, {"z", ""}, {"x", "\n"}}));
  EXPECT_EQ(ParseTarget("/")->path, "/");
  EXPECT_EQ(ParseTarget("/?")->path, "/");
  EXPECT_EQ(ParseTarget("*")->path, "*");
  EXPECT_EQ(ParseTarget("/a...b/..c")->path, "/a...b/..c");
  EXPECT_EQ(ParseTarget("/%252f")->path, "/%2f");
  const auto absolute = ParseTarget("HTTP://Example.com:80/a?b=c");
  ASSERT_TRUE(absolute.has_value());
  EXPECT_EQ(absolute->authority, "Example.com:80");
  EXPECT_EQ(absolute->path, "/a");
  EXPECT_EQ(ParseTarget("http://h?x=1")->path, "/");
}

TEST(TargetTest, RefusesWhatTwoReadersMayReadDifferently) {
  for (const char* text :
       {"", "a", "//", "//a", "/a//b", "/.", "/..", "/a/../b", "/%2e%2e/a", "/a/%2E", "/a%2fb", "/a%2Fb", "/a%5cb", "/a\\b",
        "/%00", "/a%0d%0ab", "/%7f", "/%", "/%4", "/%zz", "/a b", "/a#b", "/\xc3\xa9", "/%ff", "/%C0%AF", "ftp://h/", "http://",
        "http:///a", "http://user@h/", "?a", "/?a=%", "/?a=%00", "/?a=%ff"}) {
    EXPECT_FALSE(ParseTarget(text).has_value()) << text;
  }
  EXPECT_FALSE(ParseTarget("/?a&b&c", 2).has_value());
}

TEST(TargetTest, FormsKeepLineBreaksAndOrder) {
  const auto form = ParseForm("Action=CreateRole&&Policy=%7B%0A%7D&Empty=&=x");
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(*form, (QueryPairs{{"Action", "CreateRole"}, {"Policy", "{\n}"}, {"Empty", ""}, {"", "x"}}));
  EXPECT_TRUE(ParseForm("")->empty());
}

TEST(TargetTest, HostsLoseTheirPort) {
  EXPECT_EQ(*ParseHost("Example.COM:8420"), "example.com");
  EXPECT_EQ(*ParseHost("localhost."), "localhost");
  EXPECT_EQ(*ParseHost("[::1]:80"), "::1");
  EXPECT_EQ(*ParseHost("127.0.0.1:"), "127.0.0.1");
  for (const char* text : {"", ":80", "a b", "a:x", "a:123456", "[::1", "[::1]x", "[g]", "a/b", "a@b", "a,b", "a:1:2", "\xc3\xa9"}) {
    EXPECT_FALSE(ParseHost(text).has_value()) << text;
  }
}

Router Sample() {
  Router router;
  router.Add("GET", "/", 0);
  router.Add("GET", "/v1/integrations", 1);
  router.Add("POST", "/v1/integrations", 2);
  router.Add("GET", "/v1/integrations/{id}", 3);
  router.Add("DELETE", "/v1/integrations/{id}", 4);
  router.Add("POST", "/v1/integrations/{id}/verify", 5);
  router.Add("GET", "/v1/integrations/{id}/setup/{method}", 6);
  router.Add("POST", "/v1/integrations/preview", 7);
  router.Add("GET", "/assets/{path...}", 8);
  return router;
}

TEST(RouterTest, FindsRoutesAndTheirNames) {
  const Router router = Sample();
  EXPECT_EQ(router.Match("GET", "/").route, 0U);
  EXPECT_EQ(router.Match("POST", "/v1/integrations").route, 2U);
  const auto one = router.Match("GET", "/v1/integrations/int_1");
  ASSERT_EQ(one.outcome, Outcome::kFound);
  EXPECT_EQ(one.route, 3U);
  EXPECT_EQ(one.params.Get("id"), "int_1");
  const auto setup = router.Match("GET", "/v1/integrations/a b/setup/quick-create");
  ASSERT_EQ(setup.outcome, Outcome::kFound);
  EXPECT_EQ(setup.params.Get("id"), "a b");
  EXPECT_EQ(setup.params.Get("method"), "quick-create");
  EXPECT_EQ(router.Match("HEAD", "/v1/integrations").route, 1U);
  EXPECT_EQ(router.Match("GET", "/assets/js/app.js").params.Get("path"), "js/app.js");
}

TEST(RouterTest, ALiteralWinsButDoesNotHideOtherMethodsOfAName) {
  const Router router = Sample();
  EXPECT_EQ(router.Match("POST", "/v1/integrations/preview").route, 7U);
  const auto named = router.Match("GET", "/v1/integrations/preview");
  ASSERT_EQ(named.outcome, Outcome::kFound);
  EXPECT_EQ(named.route, 3U);
  EXPECT_EQ(named.params.Get("id"), "preview");
}

TEST(RouterTest, TellsMissingPathsFromForbiddenMethods) {
  const Router router = Sample();
  for (const char* path : {"/v1", "/v1/integrations/", "/v1/integrations/x/", "/v1/integrations/x/verify/y", "/V1/integrations",
                           "/assets", "/assets/", "/assets/a/", ""}) {
    EXPECT_NE(router.Match("GET", path).outcome, Outcome::kMethodNotAllowed) << path;
  }
  EXPECT_EQ(router.Match("GET", "/v1/integrations/").outcome, Outcome::kNotFound);
  const auto forbidden = router.Match("PUT", "/v1/integrations/x");
  EXPECT_EQ(forbidden.outcome, Outcome::kMethodNotAllowed);
  EXPECT_EQ(forbidden.allow, "DELETE, GET, HEAD, OPTIONS");
  EXPECT_EQ(router.Match("OPTIONS", "/v1/integrations/x/verify").allow, "OPTIONS, POST");
  EXPECT_EQ(router.Match("OPTIONS", "*").outcome, Outcome::kOptions);
}

TEST(MuxTest, AnswersWhatHasNoRoute) {
  Mux mux;
  mux.Handle("GET", "/a/{id}", [](const Request&, const PathParams& params, const Responder& responder) {
    responder.Send(TextResponse(200, params.Get("id")));
  });
  const auto ask = [&](std::string method, std::string path) {
    Response answer;
    mux.Serve({.method = std::move(method), .path = std::move(path), .request_id = "req_1"},
              Responder::To([&](Response response) { answer = std::move(response); }));
    return answer;
  };
  EXPECT_EQ(ask("GET", "/a/7").body, "7");
  EXPECT_EQ(ask("GET", "/b").status, 404);
  const Response forbidden = ask("POST", "/a/7");
  EXPECT_EQ(forbidden.status, 405);
  EXPECT_EQ(forbidden.headers.Find("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_NE(forbidden.body.find(R"("request_id":"req_1")"), std::string::npos);
  EXPECT_EQ(ask("OPTIONS", "/a/7").status, 204);
}

}  // namespace
}  // namespace crossrole::http
