// SPDX-License-Identifier: Apache-2.0
#include "http/problem.h"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <thread>

#include "base/json.h"
#include "base/thread_pool.h"
#include "http/internal/wire.h"
#include "http/metrics.h"

namespace crossrole::http {
namespace {

using base::Code;
using base::Error;

Error Sample() {
  return {.code = Code::kAwsRefused,
          .message = "AWS refused `iam:CreateRole`",
          .reason = "key.denied",
          .field = "access_key_id",
          .fix = "attach the policy",
          .aws_code = "AccessDenied",
          .details = {{"missing_actions", {"iam:CreateRole", "iam:PutRolePolicy"}}, {"status", {"not this one"}}}};
}

TEST(ProblemTest, HasTheMembersOfTheContract) {
  const Response response = ProblemResponse(Sample(), "req_1");
  EXPECT_EQ(response.status, 424);
  EXPECT_EQ(response.headers.Find("Content-Type"), "application/problem+json");
  EXPECT_EQ(response.body,
            R"({"type":"urn:crossrole:problem:aws_refused","title":"AWS refused","status":424,)"
            R"("detail":"AWS refused `iam:CreateRole`","code":"aws_refused","reason":"key.denied","field":"access_key_id",)"
            R"("fix":"attach the policy","aws_code":"AccessDenied","request_id":"req_1",)"
            R"("missing_actions":["iam:CreateRole","iam:PutRolePolicy"]})");
}

TEST(ProblemTest, TheStopBehindTheWordsOfAwsIsLeftOut) {
  const auto detail = [](Error error) { return ParseProblem(ProblemResponse(error, "")).message; };
  EXPECT_EQ(detail({.code = Code::kAwsRefused, .message = "aws answered NoSuchEntity: There is none. ", .aws_code = "NoSuchEntity"}),
            "aws answered NoSuchEntity: There is none");
  EXPECT_EQ(detail({.code = Code::kNotFound, .message = "there is no `x.`"}), "there is no `x.`");
}

TEST(ProblemTest, NothingIsNotQuoted) {
  const auto detail = [](std::string message) {
    return ParseProblem(ProblemResponse(Error{.code = Code::kInvalidArgument, .message = std::move(message)}, "")).message;
  };
  EXPECT_EQ(detail("`` is not a handle"), "an empty text is not a handle");
  EXPECT_EQ(detail("`a` is not `` here"), "`a` is not an empty text here");
  EXPECT_EQ(detail("`a`` is not a handle"), "`a`` is not a handle");
}

TEST(ProblemTest, LeavesOutWhatIsNotSet) {
  const Response response = ProblemResponse(Error{.code = Code::kNotFound, .message = "there is no `x`"}, "");
  EXPECT_EQ(response.body,
            R"({"type":"urn:crossrole:problem:not_found","title":"Not found","status":404,"detail":"there is no `x`","code":"not_found"})");
  EXPECT_FALSE(response.headers.Has("Retry-After"));
}

TEST(ProblemTest, AStaleVersionIsAFailedPrecondition) {
  EXPECT_EQ(ProblemResponse(Error{.code = Code::kConflict, .stale = true}, "").status, 412);
  EXPECT_EQ(ProblemResponse(Error{.code = Code::kConflict}, "").status, 409);
}

TEST(ProblemTest, ThrottledAndUnavailableSayWhenToComeBack) {
  EXPECT_EQ(ProblemResponse(Error{.code = Code::kThrottled}, "").headers.Find("Retry-After"), "1");
  EXPECT_EQ(ProblemResponse(Error{.code = Code::kUnavailable, .retry_after = std::chrono::seconds(7)}, "").headers.Find("Retry-After"),
            "7");
  EXPECT_EQ(ProblemResponse(Error{.code = Code::kUnauthenticated}, "").headers.Find("WWW-Authenticate"), "Bearer");
}

TEST(ProblemTest, ClientsReadTheSameErrorBack) {
  Error error = Sample();
  error.details.erase("status");
  error.retry_after = std::chrono::seconds(3);
  const Error read = ParseProblem(ProblemResponse(error, "req_1"));
  EXPECT_EQ(read.code, error.code);
  EXPECT_EQ(read.message, error.message);
  EXPECT_EQ(read.reason, error.reason);
  EXPECT_EQ(read.field, error.field);
  EXPECT_EQ(read.fix, error.fix);
  EXPECT_EQ(read.aws_code, error.aws_code);
  EXPECT_EQ(read.details, error.details);
  EXPECT_EQ(read.retry_after, error.retry_after);
  EXPECT_TRUE(ParseProblem(ProblemResponse(Error{.code = Code::kConflict, .stale = true}, "")).stale);
}

TEST(ProblemTest, AnAnswerThatIsNoProblemStillHasACode) {
  EXPECT_EQ(ParseProblem(TextResponse(502, "<html>")).code, Code::kUnavailable);
  EXPECT_EQ(ParseProblem(TextResponse(403, "")).code, Code::kPermissionDenied);
  EXPECT_EQ(ParseProblem(TextResponse(302, "[1]")).code, Code::kInternal);
  EXPECT_EQ(ParseProblem(TextResponse(404, "{}")).message, "the server answered with status 404");
}

TEST(MetricsTest, PrintsWhatPrometheusReads) {
  Registry registry;
  registry.AddCounter({.name = "c_total", .help = "Counts.", .labels = {{"kind", "a\"b"}}}).Add(3);
  registry.AddGauge({.name = "g", .help = "Goes."}).Set(-2);
  registry.AddCounter({.name = "c_total", .help = "Counts.", .labels = {{"kind", "z"}}}).Add();
  registry.AddReading({.name = "r", .help = "Reads."}, [] { return 1.5; });
  registry.AddTotal({.name = "t_total", .help = "Read, too."}, [] { return 7.0; });
  Histogram& histogram = registry.AddHistogram({.name = "h", .help = "Spreads."}, {0.5, 1});
  for (const double value : {0.25, 0.5, 0.75, 4.0}) histogram.Observe(value);
  EXPECT_EQ(registry.Print(),
            "# HELP c_total Counts.\n# TYPE c_total counter\nc_total{kind=\"a\\\"b\"} 3\nc_total{kind=\"z\"} 1\n"
            "# HELP g Goes.\n# TYPE g gauge\ng -2\n"
            "# HELP r Reads.\n# TYPE r gauge\nr 1.5\n"
            "# HELP t_total Read, too.\n# TYPE t_total counter\nt_total 7\n"
            "# HELP h Spreads.\n# TYPE h histogram\nh_bucket{le=\"0.5\"} 2\nh_bucket{le=\"1\"} 3\nh_bucket{le=\"+Inf\"} 4\n"
            "h_sum 5.5\nh_count 4\n");
}

TEST(MetricsTest, TheSameNameIsTheSameMetric) {
  Registry registry;
  Counter& one = registry.AddCounter({.name = "c", .help = "Counts."});
  EXPECT_EQ(&one, &registry.AddCounter({.name = "c", .help = "Counts."}));
  base::TaskGroup group;
  for (int i = 0; i < 4; ++i) {
    group.Start([&] {
      for (int n = 0; n < 1000; ++n) one.Add();
    });
  }
  group.Join();
  EXPECT_EQ(one.Value(), 4000U);
}

TEST(MessageTest, TraceparentsAreCheckedStrictly) {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  EXPECT_TRUE(IsTraceparent(good));
  EXPECT_TRUE(IsTraceparent("cc" + good.substr(2) + "-what-will-be"));
  EXPECT_FALSE(IsTraceparent("ff" + good.substr(2)));
  EXPECT_FALSE(IsTraceparent(good + "-x"));
  EXPECT_FALSE(IsTraceparent(good + "x"));
  EXPECT_FALSE(IsTraceparent("00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  EXPECT_FALSE(IsTraceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  EXPECT_FALSE(IsTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
  EXPECT_FALSE(IsTraceparent("cc" + good.substr(2) + "-\xff"));
  EXPECT_FALSE(IsTraceparent(""));
}

// The same message, however the network cuts it.
TEST(WireTest, ReadsTheSameRequestInPiecesOfAnySize) {
  const std::string text =
      "POST /a?b HTTP/1.1\r\nHost: h\r\nX: 1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3;x=y\r\nefg\r\n0\r\nT: 1\r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const Limits limits;
    internal::RequestReader reader(limits);
    std::string unread;
    int heads = 0;
    auto progress = internal::Progress::kNeedMore;
    for (std::size_t at = 0; at < text.size() && progress != internal::Progress::kDone; at += piece) {
      unread += text.substr(at, piece);
      do {
        const auto fed = reader.Feed(unread);
        unread.erase(0, fed.consumed);
        progress = fed.progress;
        heads += progress == internal::Progress::kHeadDone ? 1 : 0;
        ASSERT_NE(progress, internal::Progress::kFailed) << piece;
      } while (progress == internal::Progress::kHeadDone);
    }
    EXPECT_EQ(progress, internal::Progress::kDone) << piece;
    EXPECT_EQ(heads, 1);
    EXPECT_EQ(reader.body(), "abcdefg");
    EXPECT_EQ(reader.target(), "/a?b");
    EXPECT_EQ(reader.headers().lines().size(), 3U);
    EXPECT_EQ(unread, "");
  }
}

// Found by fuzzing: the parser gave up on an assertion when a last chunk went on by single bytes.
TEST(WireTest, ALineEndInFrontAndALastChunkWithTrailersMayComeByteByByte) {
  const Limits limits;
  internal::RequestReader reader(limits);
  const std::string text = "\r\nPOST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nabcd: e\r\n\r\n";
  std::string unread;
  auto progress = internal::Progress::kNeedMore;
  for (const char byte : text) {
    unread += byte;
    do {
      const auto fed = reader.Feed(unread);
      unread.erase(0, fed.consumed);
      progress = fed.progress;
    } while (progress == internal::Progress::kHeadDone);
  }
  EXPECT_EQ(progress, internal::Progress::kDone);
  EXPECT_EQ(unread, "");
}

TEST(WireTest, InterimAnswersAreSkipped) {
  internal::ResponseReader reader({.body_bytes = 100});
  std::string text = "HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
  auto fed = reader.Feed(text);
  ASSERT_EQ(fed.progress, internal::Progress::kHeadDone);
  fed = reader.Feed(text.substr(fed.consumed));
  ASSERT_EQ(fed.progress, internal::Progress::kDone);
  EXPECT_EQ(reader.response().body, "hi");
  EXPECT_FALSE(reader.response().headers.Has("X"));
}

}  // namespace
}  // namespace crossrole::http
