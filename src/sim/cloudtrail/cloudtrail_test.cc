// SPDX-License-Identifier: Apache-2.0
#include "aws/cloudtrail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <set>

#include "aws/cloudformation.h"
#include "aws/iam.h"
#include "aws/organizations.h"
#include "aws/sts.h"
#include "base/json.h"
#include "fakes/sim_lab.h"
#include "sim/cloudtrail/trail.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using aws::cloudtrail::Event;
using aws::cloudtrail::LookupEvents;
using aws::cloudtrail::LookupEventsInput;
using fakes::SimLab;
using fakes::TrustFor;

const CloudOptions kUnthrottled{.throttle = Throttle::kOff};

std::vector<Event> Events(SimLab& lab, std::size_t account, LookupEventsInput input = {}, std::string_view region = "us-east-1") {
  return lab.Must<LookupEvents>(lab.Admin(account), input, region).events;
}

std::vector<Event> EventsBy(SimLab& lab, std::size_t account, std::string key, std::string value) {
  return Events(lab, account, {.lookup_attributes = {{.attribute_key = std::move(key), .attribute_value = std::move(value)}}});
}

json::object Told(const Event& event) { return base::ParseJson(event.cloud_trail_event.value_or("")).value().as_object(); }

std::string At(const json::value& value, std::string_view pointer) {
  boost::system::error_code error;
  const json::value* found = value.find_pointer(pointer, error);
  if (found == nullptr) return "(absent)";
  return found->is_string() ? std::string(found->get_string()) : base::PrintJson(*found);
}

std::set<std::string> NamesOf(const std::vector<Event>& events) {
  std::set<std::string> names;
  for (const Event& event : events) names.insert(event.event_name.value_or(""));
  return names;
}

aws::sts::AssumeRoleInput Ask(const std::string& role) {
  return {.role_arn = role,
          .role_session_name = "deploy@prod",
          .tags = {{.key = "team", .value = "a"}},
          .external_id = "t_1:secretless",
          .source_identity = "op_1"};
}

TEST(CloudTrailTest, BothAccountsReadOfASessionBetweenThem) {
  SimLab lab(kUnthrottled);
  const std::string role = lab.MakeRole(1, "Trusted", TrustFor(lab.AdminArn(0)));
  const auto session = lab.Must<aws::sts::AssumeRole>(lab.Admin(0), Ask(role), "eu-west-1");
  const LookupEventsInput assumed{.lookup_attributes = {{.attribute_key = "EventName", .attribute_value = "AssumeRole"}}};
  EXPECT_TRUE(Events(lab, 0, assumed).empty()) << "another region than the call's";
  const auto ours = Events(lab, 0, assumed, "eu-west-1"), theirs = Events(lab, 1, assumed, "eu-west-1");
  ASSERT_EQ(ours.size(), 1U);
  ASSERT_EQ(theirs.size(), 1U);
  const json::object caller = Told(ours[0]), owner = Told(theirs[0]);
  for (const json::object& event : {caller, owner}) {
    EXPECT_EQ(At(event, "/requestParameters/externalId"), "t_1:secretless");
    EXPECT_EQ(At(event, "/requestParameters/roleSessionName"), "deploy@prod");
    EXPECT_EQ(At(event, "/requestParameters/sourceIdentity"), "op_1");
    EXPECT_EQ(At(event, "/requestParameters/principalTags/team"), "a");
    EXPECT_EQ(At(event, "/requestParameters/roleArn"), role);
    EXPECT_EQ(At(event, "/responseElements/credentials/accessKeyId"), session.credentials.access_key_id);
    EXPECT_EQ(At(event, "/responseElements/assumedRoleUser/arn"), session.assumed_role_user.arn);
    EXPECT_EQ(At(event, "/resources/0/ARN"), role);
    EXPECT_EQ(At(event, "/resources/0/accountId"), lab.Id(1));
    EXPECT_EQ(At(event, "/awsRegion"), "eu-west-1");
    EXPECT_EQ(At(event, "/readOnly"), "true");
  }
  EXPECT_EQ(At(caller, "/userIdentity/type"), "IAMUser");
  EXPECT_EQ(At(caller, "/userIdentity/arn"), lab.AdminArn(0));
  EXPECT_EQ(ours[0].username, "administrator");
  EXPECT_EQ(At(owner, "/userIdentity/type"), "AWSAccount");
  EXPECT_EQ(At(owner, "/userIdentity/accountId"), lab.Id(0));
  EXPECT_EQ(At(owner, "/userIdentity/arn"), "(absent)");
  EXPECT_FALSE(theirs[0].username || theirs[0].access_key_id);
  EXPECT_EQ(At(caller, "/recipientAccountId"), lab.Id(0));
  EXPECT_EQ(At(owner, "/recipientAccountId"), lab.Id(1));
  EXPECT_EQ(At(caller, "/sharedEventID"), At(owner, "/sharedEventID"));
  EXPECT_EQ(At(caller, "/sharedEventID").size(), 36U);
  EXPECT_NE(ours[0].event_id, theirs[0].event_id);
}

TEST(CloudTrailTest, ASessionIsToldWithItsRoleAndItsSourceIdentity) {
  SimLab lab(kUnthrottled);
  const std::string role = lab.MakeRole(1, "Trusted", TrustFor(lab.AdminArn(0)));
  const auto session = lab.Assume(lab.Admin(0), Ask(role));
  lab.Must<aws::sts::GetCallerIdentity>(session, {});
  const auto events = EventsBy(lab, 1, "AccessKeyId", session.access_key_id);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].username, "deploy@prod");
  const json::object event = Told(events[0]);
  EXPECT_EQ(At(event, "/eventName"), "GetCallerIdentity");
  EXPECT_EQ(At(event, "/userIdentity/type"), "AssumedRole");
  EXPECT_EQ(At(event, "/userIdentity/arn"), "arn:aws:sts::" + lab.Id(1) + ":assumed-role/Trusted/deploy@prod");
  EXPECT_EQ(At(event, "/userIdentity/sessionContext/sessionIssuer/arn"), role);
  EXPECT_EQ(At(event, "/userIdentity/sessionContext/sessionIssuer/userName"), "Trusted");
  EXPECT_EQ(At(event, "/userIdentity/sessionContext/sourceIdentity"), "op_1");
  EXPECT_EQ(At(event, "/userIdentity/sessionContext/attributes/mfaAuthenticated"), "false");
  EXPECT_EQ(At(event, "/requestParameters"), "null");
  EXPECT_EQ(At(event, "/responseElements"), "null");
  EXPECT_EQ(At(event, "/sharedEventID"), "(absent)");
}

TEST(CloudTrailTest, ARefusalIsToldToWhoWasRefusedOnly) {
  SimLab lab(kUnthrottled);
  const std::string role = lab.MakeRole(1, "Shut", TrustFor(lab.AdminArn(2)));
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(lab.Admin(0), Ask(role)), "AccessDenied");
  EXPECT_EQ(lab.Refusal<aws::iam::GetRole>(lab.Admin(0), {.role_name = "Absent"}), "NoSuchEntity");
  EXPECT_TRUE(EventsBy(lab, 1, "EventName", "AssumeRole").empty());
  const auto denied = EventsBy(lab, 0, "EventName", "AssumeRole"), missing = EventsBy(lab, 0, "EventName", "GetRole");
  ASSERT_EQ(denied.size(), 1U);
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(At(Told(denied[0]), "/errorCode"), "AccessDenied");
  EXPECT_TRUE(At(Told(denied[0]), "/errorMessage").contains("is not authorized to perform: sts:AssumeRole on resource: " + role));
  EXPECT_EQ(At(Told(denied[0]), "/requestParameters"), "null");
  EXPECT_TRUE(denied[0].resources.empty());
  EXPECT_EQ(At(Told(missing[0]), "/errorCode"), "NoSuchEntityException");
  EXPECT_EQ(At(Told(missing[0]), "/requestParameters/roleName"), "Absent");
}

TEST(CloudTrailTest, CallsOfNobodyAreInNoTrail) {
  SimLab lab(kUnthrottled);
  aws::Credentials wrong = lab.Admin(0);
  wrong.secret_access_key = base::Secret(std::string(40, 'x'));
  EXPECT_EQ(lab.Refusal<aws::sts::GetCallerIdentity>(wrong, {}), "SignatureDoesNotMatch");
  EXPECT_TRUE(Events(lab, 0).empty());
}

TEST(CloudTrailTest, NoSecretIsInAnyEvent) {
  SimLab lab(kUnthrottled);
  const auto admin = lab.Admin(0);
  lab.Must<aws::iam::CreateUser>(admin, {.user_name = "u"});
  const auto key = lab.Must<aws::iam::CreateAccessKey>(admin, {.user_name = "u"}).access_key;
  const std::string password = "Correct-Horse-7-Battery";
  lab.Must<aws::iam::CreateLoginProfile>(admin, {.user_name = "u", .password = base::Secret(std::string(password))});
  const auto device = lab.Must<aws::iam::CreateVirtualMFADevice>(admin, {.virtual_mfa_device_name = "m"});
  const auto session = lab.Assume(admin, {.role_arn = lab.MakeRole(0, "R", TrustFor(lab.AdminArn(0))), .role_session_name = "ss"});
  std::string all;
  for (const Event& event : Events(lab, 0)) all += event.cloud_trail_event.value_or("");
  EXPECT_TRUE(all.contains(key.access_key_id));
  EXPECT_TRUE(all.contains(session.access_key_id));
  EXPECT_FALSE(all.contains(key.secret_access_key.Reveal()));
  EXPECT_FALSE(all.contains(password));
  EXPECT_FALSE(all.contains(session.secret_access_key.Reveal()));
  EXPECT_FALSE(all.contains(session.session_token.Reveal()));
  EXPECT_FALSE(all.contains("base32StringSeed"));
  EXPECT_FALSE(device.virtual_mfa_device.serial_number.empty());
}

TEST(CloudTrailTest, EventsAreFoundByEachAttribute) {
  SimLab lab(kUnthrottled);
  const auto admin = lab.Admin(0);
  const auto user = lab.Must<aws::iam::CreateUser>(admin, {.user_name = "ann"}).user;
  lab.Must<aws::iam::GetUser>(admin, {.user_name = "ann"});
  lab.Must<aws::sts::GetCallerIdentity>(admin, {});
  EXPECT_EQ(NamesOf(EventsBy(lab, 0, "EventSource", "iam.amazonaws.com")), (std::set<std::string>{"CreateUser", "GetUser"}));
  EXPECT_EQ(NamesOf(EventsBy(lab, 0, "ReadOnly", "false")), std::set<std::string>{"CreateUser"});
  EXPECT_EQ(NamesOf(EventsBy(lab, 0, "ResourceName", "ann")), (std::set<std::string>{"CreateUser", "GetUser"}));
  EXPECT_EQ(NamesOf(EventsBy(lab, 0, "ResourceName", user.arn)), std::set<std::string>{"CreateUser"});
  EXPECT_EQ(NamesOf(EventsBy(lab, 0, "ResourceType", "AWS::IAM::User")), (std::set<std::string>{"CreateUser", "GetUser"}));
  EXPECT_EQ(NamesOf(EventsBy(lab, 0, "AccessKeyId", admin.access_key_id)).size(), 4U);
  EXPECT_EQ(NamesOf(EventsBy(lab, 0, "Username", "administrator")).size(), 4U);
  EXPECT_TRUE(EventsBy(lab, 0, "Username", "ann").empty());
  const auto made = EventsBy(lab, 0, "EventName", "CreateUser");
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(NamesOf(EventsBy(lab, 0, "EventId", made[0].event_id.value_or(""))), std::set<std::string>{"CreateUser"});
  EXPECT_EQ(made[0].read_only, "false");
  EXPECT_EQ(At(Told(made[0]), "/responseElements/user/arn"), user.arn);
  EXPECT_TRUE(Events(lab, 1).empty()) << "another account's events";
}

TEST(CloudTrailTest, IamIsFiledInTheRegionOfGlobalServices) {
  SimLab lab({.throttle = Throttle::kOff, .partition = model::Partition::kAwsUsGov});
  lab.Must<aws::iam::CreateUser>(lab.Admin(0), {.user_name = "u"}, "us-gov-west-1");
  lab.Must<aws::sts::GetCallerIdentity>(lab.Admin(0), {}, "us-gov-east-1");
  EXPECT_EQ(NamesOf(Events(lab, 0, {}, "us-gov-west-1")), std::set<std::string>{"CreateUser"});
  EXPECT_EQ(NamesOf(Events(lab, 0, {}, "us-gov-east-1")), std::set<std::string>{"GetCallerIdentity"});
}

TEST(CloudTrailTest, PagesComeNewestFirstAndStayTheSameWhileNewEventsArrive) {
  SimLab lab(kUnthrottled);
  for (int i = 0; i < 7; ++i) lab.Must<aws::iam::CreateUser>(lab.Admin(0), {.user_name = "u" + std::to_string(i)});
  LookupEventsInput input{.lookup_attributes = {{.attribute_key = "EventName", .attribute_value = "CreateUser"}}, .max_results = 3};
  std::vector<std::string> users;
  do {
    const auto page = lab.Must<LookupEvents>(lab.Admin(0), input);
    for (const Event& event : page.events) users.push_back(At(Told(event), "/requestParameters/userName"));
    lab.Must<aws::iam::CreateUser>(lab.Admin(0), {.user_name = "later" + std::to_string(users.size())});
    input.next_token = page.next_token;
  } while (input.next_token);
  EXPECT_EQ(users, (std::vector<std::string>{"u6", "u5", "u4", "u3", "u2", "u1", "u0"}));
}

TEST(CloudTrailTest, WrongQuestionsGetTheirOwnErrors) {
  SimLab lab(kUnthrottled);
  const auto refusal = [&](const LookupEventsInput& input) { return lab.Refusal<LookupEvents>(lab.Admin(0), input); };
  const aws::cloudtrail::LookupAttribute name{.attribute_key = "EventName", .attribute_value = "CreateUser"};
  const std::string attributes = "InvalidLookupAttributesException";
  EXPECT_EQ(refusal({.lookup_attributes = {name, name}}), attributes);
  EXPECT_EQ(refusal({.lookup_attributes = {{.attribute_key = "Colour", .attribute_value = "red"}}}), attributes);
  EXPECT_EQ(refusal({.lookup_attributes = {{.attribute_key = "ReadOnly", .attribute_value = "yes"}}}), attributes);
  EXPECT_EQ(refusal({.lookup_attributes = {{.attribute_key = "Username", .attribute_value = ""}}}), attributes);
  EXPECT_EQ(refusal({.lookup_attributes = {{.attribute_key = "Username", .attribute_value = std::string(2000, 'a')}}}), "");
  EXPECT_EQ(refusal({.lookup_attributes = {{.attribute_key = "Username", .attribute_value = std::string(1001, '_')}}}), attributes);
  EXPECT_EQ(refusal({.max_results = 0}), "InvalidMaxResultsException");
  EXPECT_EQ(refusal({.max_results = 51}), "InvalidMaxResultsException");
  EXPECT_EQ(refusal({.start_time = lab.clock().Now(), .end_time = lab.clock().Now() - 1s}), "InvalidTimeRangeException");
  EXPECT_EQ(refusal({.next_token = "nonsense"}), "InvalidNextTokenException");
  EXPECT_EQ(refusal({.event_category = "data"}), "InvalidEventCategoryException");
  EXPECT_TRUE(Events(lab, 0, {.event_category = "insight"}).empty());
  lab.Must<aws::sts::GetCallerIdentity>(lab.Admin(0), {});
  const auto page = lab.Must<LookupEvents>(lab.Admin(0), {.max_results = 1});
  ASSERT_TRUE(page.next_token);
  EXPECT_EQ(refusal({.lookup_attributes = {name}, .next_token = page.next_token}), "InvalidNextTokenException");
}

TEST(CloudTrailTest, TimesBoundWhatIsFoundAndAMovedClockMakesEventsOlder) {
  SimLab lab(kUnthrottled);
  const base::Time start = lab.clock().Now();
  lab.Must<aws::iam::CreateUser>(lab.Admin(0), {.user_name = "u"});
  EXPECT_EQ(Events(lab, 0, {.start_time = start + 1s}).size(), 0U);
  EXPECT_GE(EventsBy(lab, 0, "EventName", "CreateUser").size(), 1U);
  EXPECT_EQ(Events(lab, 0, {.end_time = start - 1s}).size(), 0U);
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", R"({"advance_seconds": 3600})").status, 200);
  const auto older = EventsBy(lab, 0, "EventName", "CreateUser");
  ASSERT_EQ(older.size(), 1U);
  EXPECT_EQ(older[0].event_time, std::chrono::floor<std::chrono::seconds>(start - 3600s));
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", R"({"advance_seconds": 7776000})").status, 200);
  EXPECT_TRUE(EventsBy(lab, 0, "EventName", "CreateUser").empty()) << "older than 90 days";
}

TEST(CloudTrailTest, WhatCloudFormationDoesIsToldAsItsDoing) {
  SimLab lab({.throttle = Throttle::kOff, .stack_step = 0ms});
  const std::string body = R"({"Resources":{"P":{"Type":"AWS::IAM::ManagedPolicy","Properties":{"ManagedPolicyName":"Made","PolicyDocument":)" +
                           fakes::Allow("s3:Get*") + "}}}}";
  lab.Must<aws::cloudformation::CreateStack>(lab.Admin(0),
                                             {.stack_name = "s", .template_body = body, .capabilities = {"CAPABILITY_NAMED_IAM"}});
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", R"({"advance_seconds": 60})").status, 200);
  lab.Must<aws::cloudformation::DescribeStacks>(lab.Admin(0), {.stack_name = "s"});
  const auto events = EventsBy(lab, 0, "EventName", "CreatePolicy");
  ASSERT_EQ(events.size(), 1U);
  const json::object event = Told(events[0]);
  EXPECT_EQ(At(event, "/userIdentity/invokedBy"), "cloudformation.amazonaws.com");
  EXPECT_EQ(At(event, "/sourceIPAddress"), "cloudformation.amazonaws.com");
  EXPECT_EQ(At(event, "/requestParameters/policyName"), "Made");
  EXPECT_EQ(At(event, "/responseElements/policy/policyName"), "Made");
}

TEST(CloudTrailTest, ReadingTheTrailMustBeAllowedAndIsItselfInIt) {
  SimLab lab(kUnthrottled);
  const auto session =
      lab.Assume(lab.Admin(0), {.role_arn = lab.MakeRole(0, "Powerless", TrustFor(lab.AdminArn(0))), .role_session_name = "ss"});
  EXPECT_EQ(lab.Refusal<LookupEvents>(session, {}), "AccessDeniedException");
  const auto events = EventsBy(lab, 0, "EventName", "LookupEvents");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(At(Told(events[0]), "/errorCode"), "AccessDenied");
}

TEST(CloudTrailTest, RefusalsHaveTheNamesOfExceptionsAndNoPrefix) {
  SimLab lab({.throttle = Throttle::kOn});
  const auto error_of = [&](std::size_t account, std::string operation) {
    for (const Event& event : EventsBy(lab, account, "EventName", std::move(operation))) {
      if (const std::string code = At(Told(event), "/errorCode"); code != "(absent)") return code;
    }
    return std::string();
  };
  // By the service itself, not by a policy.
  EXPECT_EQ(lab.Refusal<aws::organizations::ListAccounts>(lab.Admin(2), {}), "AccessDeniedException");
  EXPECT_EQ(error_of(2, "ListAccounts"), "AccessDeniedException");
  for (int i = 0; i < 3; ++i) lab.Refusal<aws::organizations::ListRoots>(lab.Admin(1), {});
  EXPECT_EQ(error_of(1, "ListRoots"), "TooManyRequestsException");
  for (int i = 0; i < 61; ++i) lab.Refusal<aws::iam::ListGroups>(lab.Admin(0), {});
  EXPECT_EQ(error_of(0, "ListGroups"), "ThrottlingException");
  EXPECT_EQ(lab.Refusal<aws::cloudformation::DescribeStacks>(lab.Admin(0), {.stack_name = "none"}), "ValidationError");
  EXPECT_EQ(error_of(0, "DescribeStacks"), "ValidationException");
}

TEST(CloudTrailTest, ValuesOfAStacksParametersAreLeftOut) {
  SimLab lab(kUnthrottled);
  lab.Must<aws::cloudformation::CreateStack>(lab.Admin(0), {.stack_name = "s",
                                                            .template_body = "{\"Parameters\":{\"P\":{\"Type\":\"String\",\"NoEcho\":true}},"
                                                                             "\"Resources\":{\"G\":{\"Type\":\"AWS::IAM::Group\"}}}",
                                                            .parameters = {{.parameter_key = "P", .parameter_value = "open-sesame"}},
                                                            .capabilities = {"CAPABILITY_IAM"}});
  const auto events = EventsBy(lab, 0, "EventName", "CreateStack");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(At(Told(events[0]), "/requestParameters/parameters/0/parameterKey"), "P");
  EXPECT_FALSE(events[0].cloud_trail_event->contains("open-sesame"));
}

// The AWS SDK for JavaScript leaves out the packages that botocore writes.
TEST(CloudTrailTest, TheTargetMayBeShort) {
  SimLab lab(kUnthrottled);
  const auto status = [&](const std::string& target) {
    aws::HttpRequest request{.scheme = "http", .host = "127.0.0.1", .port = 4566, .body = "{}"};
    request.headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", target}};
    aws::SignRequest(request, lab.Admin(0), {.region = "us-east-1", .service = "cloudtrail"}, lab.clock().Now());
    return lab.Send(std::move(request)).value().status;
  };
  EXPECT_EQ(status("CloudTrail_20131101.LookupEvents"), 200);
  EXPECT_EQ(status("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"), 200);
  EXPECT_EQ(status("Trail_20131101.LookupEvents"), 400);
  EXPECT_EQ(status(".LookupEvents"), 400);
}

TEST(TrailTest, KeepsTheNewestCallsOfEachAccount) {
  World world;
  Account& account = world.AddAccount({.id = "111122223333", .name = "a"});
  const auto caller = std::make_shared<const Caller>(Caller{.principal = {}, .account = &account});
  cloudtrail::Trail trail(1);
  EXPECT_EQ(trail.Of(account), nullptr);
  constexpr std::size_t kCalls = cloudtrail::Trail::kOfAccount + 10;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < kCalls; ++i) {
    trail.Note(world, {.operation = &aws::sts::GetCallerIdentity::kFacts, .region = "us-east-1", .caller = caller}, nullptr);
  }
  const auto* entries = trail.Of(account);
  ASSERT_NE(entries, nullptr);
  EXPECT_EQ(entries->size(), cloudtrail::Trail::kOfAccount);
  EXPECT_EQ(entries->front().happening->number, 11U);
  EXPECT_EQ(entries->back().happening->number, kCalls);
  for (const auto& entry : *entries) ids.insert(trail.EventId(entry));
  EXPECT_EQ(ids.size(), entries->size());
}

}  // namespace
}  // namespace crossrole::sim
