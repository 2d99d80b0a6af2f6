// SPDX-License-Identifier: Apache-2.0
#include "aws/aws_error.h"

#include <gtest/gtest.h>

#include "aws/iam.h"
#include "aws/organizations.h"

namespace crossrole::aws {
namespace {

HttpResponse Answer(int status, std::string body, Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

constexpr std::string_view kDenied =
    R"(<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code>)"
    "<Message>User: arn:aws:iam::1:user/a is not authorized\nto perform: sts:AssumeRole</Message></Error>"
    "<RequestId>r-1</RequestId></ErrorResponse>";

TEST(AwsErrorTest, AQueryErrorKeepsItsCode) {
  const base::Error error = ParseAwsError(Answer(403, std::string(kDenied)));
  EXPECT_EQ(error.code, base::Code::kAwsRefused);
  EXPECT_EQ(error.aws_code, "AccessDenied");
  EXPECT_EQ(error.message,
            "aws answered AccessDenied: User: arn:aws:iam::1:user/a is not authorized to perform: sts:AssumeRole");
  EXPECT_EQ(error.details.at("aws_request_id"), std::vector<std::string>{"r-1"});
}

TEST(AwsErrorTest, AJsonErrorIsReadInAllItsForms) {
  for (const std::string_view body :
       {R"({"__type":"AccountNotFoundException","message":"no"})",
        R"({"__type":"com.amazonaws.organizations#AccountNotFoundException","Message":"no"})",
        R"({"code":"AccountNotFoundException:http://x","message":"no"})",
        R"({"Error":{"Code":"AccountNotFoundException","Message":"no"}})"}) {
    const base::Error error = ParseAwsError(Answer(400, std::string(body)));
    EXPECT_EQ(error.aws_code, "AccountNotFoundException") << body;
    EXPECT_EQ(error.message, "aws answered AccountNotFoundException: no") << body;
  }
  const base::Error from_header = ParseAwsError(
      Answer(400, "{}", {{"X-Amzn-ErrorType", "ThrottlingException:http://x"}, {"x-amzn-RequestId", "r-2"}}));
  EXPECT_EQ(from_header.aws_code, "ThrottlingException");
  EXPECT_EQ(from_header.code, base::Code::kThrottled);
  EXPECT_EQ(from_header.details.at("aws_request_id"), std::vector<std::string>{"r-2"});
}

TEST(AwsErrorTest, TheKindOfFailureFollowsFromCodeAndStatus) {
  const auto code_of = [](int status, std::string_view code) {
    return ParseAwsError(
               Answer(status, "<ErrorResponse><Error><Code>" + std::string(code) + "</Code></Error></ErrorResponse>"))
        .code;
  };
  EXPECT_EQ(code_of(400, "Throttling"), base::Code::kThrottled);
  EXPECT_EQ(code_of(503, "SlowDown"), base::Code::kThrottled);
  EXPECT_EQ(code_of(429, "Whatever"), base::Code::kThrottled);
  EXPECT_EQ(code_of(500, "ServiceFailure"), base::Code::kUnavailable);
  EXPECT_EQ(code_of(400, "RequestTimeout"), base::Code::kUnavailable);
  EXPECT_EQ(code_of(403, "AccessDenied"), base::Code::kAwsRefused);
  EXPECT_EQ(code_of(404, "NoSuchEntity"), base::Code::kAwsRefused);
}

TEST(AwsErrorTest, AnAnswerThatIsNoErrorOfAwsIsStillAnError) {
  for (const std::string_view body :
       {"", "<html><body>Bad gateway</body></html>", "<Error", "{\"a\":", "nonsense", "\xff\xff", "[1]", "<a/>"}) {
    const base::Error error = ParseAwsError(Answer(502, std::string(body)));
    EXPECT_EQ(error.code, base::Code::kUnavailable) << body;
    EXPECT_EQ(error.aws_code, "") << body;
    EXPECT_EQ(error.message, "aws answered with status 502") << body;
  }
  EXPECT_EQ(ParseAwsError(Answer(403, "")).code, base::Code::kAwsRefused);
}

TEST(AwsErrorTest, RetryAfterIsKept) {
  EXPECT_EQ(ParseAwsError(Answer(503, "", {{"Retry-After", "7"}})).retry_after, std::chrono::seconds(7));
  EXPECT_FALSE(ParseAwsError(Answer(503, "", {{"Retry-After", "-7"}})).retry_after.has_value());
  EXPECT_FALSE(
      ParseAwsError(Answer(503, "", {{"Retry-After", "Fri, 02 Jan 2026 03:04:05 GMT"}})).retry_after.has_value());
}

TEST(AwsErrorTest, ALongMessageIsCut) {
  const base::Error error =
      ParseAwsError(Answer(400, R"({"__type":"X","message":")" + std::string(100000, 'm') + "\"}"));
  EXPECT_LT(error.message.size(), 5000U);
}

TEST(AwsErrorTest, WhatTheServerPrintsTheClientReads) {
  const ServedError served =
      ToServed(iam::kServiceFacts, {.message = "The role <x> & \"y\"", .aws_code = "NoSuchEntity"});
  EXPECT_EQ(served.http_status, 404);
  const base::Error xml = ParseAwsError(Answer(404, PrintError(iam::kServiceFacts, served, "r-9")));
  EXPECT_EQ(xml.aws_code, "NoSuchEntity");
  EXPECT_EQ(xml.message, "aws answered NoSuchEntity: The role <x> & \"y\"");
  EXPECT_EQ(xml.details.at("aws_request_id"), std::vector<std::string>{"r-9"});
  const base::Error json =
      ParseAwsError(Answer(400, PrintError(organizations::kServiceFacts, {.code = "A", .message = "b\"c"}, "r")));
  EXPECT_EQ(json.message, "aws answered A: b\"c");
}

TEST(AwsErrorTest, OrganizationsCallsInputThatTheModelForbidsByItsOwnName) {
  const base::Error error{.message = "1 validation error detected", .aws_code = "ValidationException"};
  EXPECT_EQ(ToServed(organizations::kServiceFacts, error).code, "InvalidInputException");
  EXPECT_EQ(ToServed(iam::kServiceFacts, error).code, "ValidationException");
}

TEST(AwsErrorTest, AnErrorThatQuotesWhatIsNoUtf8IsJsonAllTheSame) {
  const std::string body = PrintError(organizations::kServiceFacts, {.code = "A", .message = "no operation List\xE9"}, "r");
  EXPECT_EQ(body, R"({"__type":"A","message":"no operation List?"})");
}

TEST(AwsErrorTest, AnErrorOfOurOwnTellsNothingAboutTheInside) {
  const ServedError served =
      ToServed(iam::kServiceFacts, {.code = base::Code::kInternal, .message = "disk at /var broke"});
  EXPECT_EQ(served.http_status, 500);
  EXPECT_EQ(served.code, "InternalFailure");
  EXPECT_FALSE(served.message.contains("disk"));
}

}  // namespace
}  // namespace crossrole::aws
