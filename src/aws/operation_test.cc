// SPDX-License-Identifier: Apache-2.0
#include "aws/operation.h"

#include <gtest/gtest.h>

#include <set>

#include "aws/account.h"
#include "aws/cloudformation.h"
#include "aws/cloudtrail.h"
#include "aws/iam.h"
#include "aws/identitystore.h"
#include "aws/kms.h"
#include "aws/internal/pattern.h"
#include "aws/organizations.h"
#include "aws/sso.h"
#include "aws/sts.h"
#include "base/text.h"

namespace crossrole::aws {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

base::Time At(std::string_view text) { return base::ParseRfc3339(text).value(); }

constexpr std::string_view kCallerIdentity =
    R"(<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::111122223333:user/ann</Arn>
    <UserId>AIDAEXAMPLE</UserId>
    <Account>111122223333</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>)";

std::string Replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string changed(text);
  changed.replace(changed.find(from), from.size(), to);
  return changed;
}

TEST(OperationTest, AQueryRequestIsWrittenAsAwsExpects) {
  sts::AssumeRoleInput input{.role_arn = "arn:aws:iam::111122223333:role/deploy", .role_session_name = "ann"};
  input.tags = {{.key = "team", .value = "a b&c"}, {.key = "env", .value = ""}};
  input.transitive_tag_keys = {"team"};
  input.duration_seconds = 900;
  const WireRequest request = EncodeRequest<sts::AssumeRole>(input);
  EXPECT_EQ(request.content_type, "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_EQ(request.body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fdeploy"
            "&RoleSessionName=ann&DurationSeconds=900&Tags.member.1.Key=team&Tags.member.1.Value=a%20b%26c"
            "&Tags.member.2.Key=env&Tags.member.2.Value=&TransitiveTagKeys.member.1=team");
}

TEST(OperationTest, AQueryRequestComesBackAsItWas) {
  sts::AssumeRoleInput input{.role_arn = "arn:aws:iam::111122223333:role/deploy", .role_session_name = "ann"};
  input.tags = {{.key = "größe", .value = "a+b c"}};
  input.external_id = "x:y/z";
  const auto read = DecodeRequest<sts::AssumeRole>(EncodeRequest<sts::AssumeRole>(input).body);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->role_arn, input.role_arn);
  ASSERT_EQ(read->tags.size(), 1U);
  EXPECT_EQ(read->tags[0].key, "größe");
  EXPECT_EQ(read->tags[0].value, "a+b c");
  EXPECT_EQ(read->external_id, "x:y/z");
  EXPECT_FALSE(read->duration_seconds.has_value());
}

TEST(OperationTest, AnAnswerComesBackAsItWas) {
  iam::ListRolesOutput output{.is_truncated = true, .marker = "next&<more>"};
  output.roles.push_back({.path = "/",
                          .role_name = "a\r\nb",
                          .role_id = "AROA1",
                          .arn = "arn:aws:iam::1:role/a",
                          .create_date = At("2026-01-02T03:04:05.250Z"),
                          .assume_role_policy_document = "%7B%22Version%22%3A%222012-10-17%22%7D",
                          .max_session_duration = 7200});
  output.roles[0].tags = {{.key = "k", .value = " v "}};
  const std::string xml = EncodeResponse<iam::ListRoles>(output, "r-7");
  EXPECT_TRUE(
      xml.starts_with(R"(<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolesResult>)"));
  EXPECT_TRUE(xml.contains("<ResponseMetadata><RequestId>r-7</RequestId></ResponseMetadata>"));
  const auto read = DecodeResponse<iam::ListRoles>(xml);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(read->roles.size(), 1U);
  EXPECT_EQ(read->roles[0].role_name, "a\r\nb");
  EXPECT_EQ(read->roles[0].create_date, At("2026-01-02T03:04:05Z"));
  EXPECT_EQ(read->roles[0].max_session_duration, 7200);
  EXPECT_EQ(read->roles[0].tags.at(0).value, " v ");
  EXPECT_EQ(read->is_truncated, true);
  EXPECT_EQ(read->marker, "next&<more>");
}

TEST(OperationTest, PolicyDocumentsStayPercentEncoded) {
  const std::string document = "%7B%22Statement%22%3A%5B%5D%7D";
  const std::string xml =
      "<GetRolePolicyResponse><GetRolePolicyResult><RoleName>r</RoleName><PolicyName>p</PolicyName>"
      "<PolicyDocument>" +
      document + "</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>";
  const auto read = DecodeResponse<iam::GetRolePolicy>(xml);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->policy_document, document);
  EXPECT_EQ(base::PercentDecode(read->policy_document), R"({"Statement":[]})");
}

TEST(OperationTest, CredentialsAreSecretsOnBothSides) {
  static_assert(!std::is_copy_constructible_v<sts::Credentials>);
  static_assert(std::is_same_v<decltype(sts::Credentials::session_token), base::Secret>);
  static_assert(std::is_same_v<decltype(sts::AssumeRoleWithWebIdentityInput::web_identity_token), base::Secret>);
  static_assert(std::is_same_v<decltype(iam::AccessKey::secret_access_key), base::Secret>);
  static_assert(std::is_same_v<decltype(organizations::Account::email), std::optional<std::string>>);
  sts::AssumeRoleOutput output;
  output.credentials = {.access_key_id = "ASIAEXAMPLEEXAMPLE",
                        .secret_access_key = base::Secret("hidden"),
                        .session_token = base::Secret("token"),
                        .expiration = At("2026-01-02T03:04:05Z")};
  output.assumed_role_user = {.assumed_role_id = "AROA:ann", .arn = "arn:aws:sts::1:assumed-role/r/ann"};
  const auto read = DecodeResponse<sts::AssumeRole>(EncodeResponse<sts::AssumeRole>(output, "r"));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->credentials.secret_access_key.Reveal(), "hidden");
  EXPECT_EQ(read->credentials.session_token.Reveal(), "token");
}

TEST(OperationTest, AnAnswerWithoutARequiredFieldIsAnErrorThatNamesIt) {
  const std::string whole =
      "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>"
      "<SecretAccessKey>s</SecretAccessKey><Expiration>2026-01-02T03:04:05Z</Expiration>"
      "</Credentials></AssumeRoleResult></AssumeRoleResponse>";
  const auto read = DecodeResponse<sts::AssumeRole>(whole);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message, "aws answered without the required field `Credentials.SessionToken`");
  EXPECT_EQ(read.error().code, base::Code::kAwsRefused);
  EXPECT_EQ(read.error().reason, "aws.bad_answer");
  const auto empty = DecodeResponse<sts::AssumeRole>("<AssumeRoleResponse/>");
  ASSERT_FALSE(empty.has_value());
  EXPECT_EQ(empty.error().message, "aws answered without the required field `Credentials`");
}

TEST(OperationTest, TheFieldThatIsMissingInAListIsNamedWithItsIndex) {
  const std::string xml =
      "<ListUsersResponse><ListUsersResult><Users><member><Path>/</Path><UserName>a</UserName><UserId>A</UserId>"
      "<Arn>x</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate></member><member><Path>/</Path></member>"
      "</Users></ListUsersResult></ListUsersResponse>";
  const auto read = DecodeResponse<iam::ListUsers>(xml);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message, "aws answered without the required field `Users[1].UserName`");
}

TEST(OperationTest, UnknownElementsOfAnAnswerAreSkipped) {
  const auto read = DecodeResponse<sts::GetCallerIdentity>(
      Replaced(kCallerIdentity, "<Account>", "<New><Deep>1</Deep></New><!-- c --><Account>"));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->account, "111122223333");
}

TEST(OperationTest, ABrokenAnswerIsAnError) {
  for (std::size_t end = 0; end + 1 < kCallerIdentity.size(); ++end) {
    EXPECT_FALSE(DecodeResponse<sts::GetCallerIdentity>(kCallerIdentity.substr(0, end)).has_value()) << end;
  }
  const std::vector<std::string> broken = {
      "<html><body>Sign in to the network</body></html>",
      "<!DOCTYPE a [<!ENTITY x \"y\">]>" + std::string(kCallerIdentity),
      std::string(kCallerIdentity) + std::string(kCallerIdentity),
      Replaced(kCallerIdentity, "AIDAEXAMPLE", "\xff\xfe"),
      Replaced(kCallerIdentity, "<UserId>AIDAEXAMPLE</UserId>", "<UserId>A</UserId><UserId>B</UserId>"),
      "{}",
      std::string("\0\0", 2),
  };
  for (const std::string& body : broken) EXPECT_FALSE(DecodeResponse<sts::GetCallerIdentity>(body).has_value()) << body;
}

TEST(OperationTest, AnAnswerToAnOperationWithoutOutputMustStillBeAnAnswer) {
  EXPECT_TRUE(
      DecodeResponse<iam::DeleteRole>("<DeleteRoleResponse><ResponseMetadata/></DeleteRoleResponse>").has_value());
  EXPECT_FALSE(DecodeResponse<iam::DeleteRole>("<html></html>").has_value());
  EXPECT_FALSE(DecodeResponse<iam::DeleteRole>("").has_value());
}

TEST(OperationTest, DeepNestingIsRefused) {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  for (int i = 0; i < 100000; ++i) deep += "</a>";
  const auto xml = DecodeResponse<sts::GetCallerIdentity>(Replaced(kCallerIdentity, "<Account>", deep + "<Account>"));
  ASSERT_FALSE(xml.has_value());
  EXPECT_EQ(xml.error().message, "aws answered with XML nested too deeply");
  const std::string json = "{\"Organization\":" + std::string(100000, '[') + std::string(100000, ']') + "}";
  EXPECT_FALSE(DecodeResponse<organizations::DescribeOrganization>(json).has_value());
}

TEST(OperationTest, TimesAreReadInAllFormsAndWrittenInTheOneOfTheProtocol) {
  for (const std::string_view text : {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z", "1767323045", "1767323045.0",
                                      "1.767323045E9", "Fri, 02 Jan 2026 03:04:05 GMT"}) {
    const std::string xml =
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>s</StackName><StackStatus>x"
        "</StackStatus><CreationTime>" +
        std::string(text) + "</CreationTime></member></Stacks></DescribeStacksResult></DescribeStacksResponse>";
    const auto read = DecodeResponse<cloudformation::DescribeStacks>(xml);
    ASSERT_TRUE(read.has_value()) << text;
    EXPECT_EQ(read->stacks.at(0).creation_time, At("2026-01-02T03:04:05Z")) << text;
  }
  for (const std::string_view text : {"", "soon", "1e300", "nan", "99999999999999999999", "2026-13-02T03:04:05Z"}) {
    const std::string xml =
        "<GetAccessKeyLastUsedResponse><GetAccessKeyLastUsedResult><AccessKeyLastUsed><LastUsedDate>" +
        std::string(text) +
        "</LastUsedDate></AccessKeyLastUsed></GetAccessKeyLastUsedResult></GetAccessKeyLastUsedResponse>";
    EXPECT_FALSE(DecodeResponse<iam::GetAccessKeyLastUsed>(xml).has_value()) << text;
  }
  cloudformation::DescribeStacksOutput stacks;
  stacks.stacks.push_back(
      {.stack_name = "s", .creation_time = At("2026-01-02T03:04:05.250Z"), .stack_status = "CREATE_COMPLETE"});
  EXPECT_TRUE(
      EncodeResponse<cloudformation::DescribeStacks>(stacks, "r").contains("<CreationTime>2026-01-02T03:04:05.250Z<"));
  organizations::DescribeAccountOutput account;
  account.account = {.id = "111122223333", .arn = "arn", .joined_timestamp = At("2026-01-02T03:04:05.5Z")};
  EXPECT_TRUE(
      EncodeResponse<organizations::DescribeAccount>(account, "r").contains("\"JoinedTimestamp\":1767323045.500"));
}

TEST(OperationTest, AJsonServiceWorksBothWays) {
  const WireRequest request = EncodeRequest<organizations::ListParents>({.child_id = "111122223333", .max_results = 5});
  EXPECT_EQ(request.content_type, "application/x-amz-json-1.1");
  ASSERT_EQ(request.headers.size(), 1U);
  EXPECT_EQ(request.headers[0].first, "X-Amz-Target");
  EXPECT_EQ(request.headers[0].second, "AWSOrganizationsV20161128.ListParents");
  EXPECT_EQ(request.body, R"({"ChildId":"111122223333","MaxResults":5})");
  const auto input = DecodeRequest<organizations::ListParents>(request.body);
  ASSERT_TRUE(input.has_value()) << input.error().message;
  EXPECT_EQ(input->max_results, 5);

  organizations::ListParentsOutput output;
  output.parents.push_back({.id = "r-abcd", .type = "ROOT"});
  const auto read = DecodeResponse<organizations::ListParents>(EncodeResponse<organizations::ListParents>(output, "r"));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->parents.at(0).id, "r-abcd");
  EXPECT_FALSE(read->next_token.has_value());
}

TEST(OperationTest, AJsonAnswerIsCheckedLikeAnXmlOne) {
  const auto missing = DecodeResponse<organizations::ListParents>(R"({"Parents":[{"Type":"ROOT","Id":null}]})");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().message, "aws answered without the required field `Parents[0].Id`");
  for (const std::string_view body :
       {"[]", "{", "null", R"({"Parents":{}})", R"({"Parents":["x"]})", R"({"NextToken":3})"}) {
    EXPECT_FALSE(DecodeResponse<organizations::ListParents>(body).has_value()) << body;
  }
}

TEST(OperationTest, AConstraintIsRefusedInTheWordsOfAws) {
  const auto read = DecodeRequest<iam::GetRole>("Action=GetRole&Version=2010-05-08&RoleName=" + std::string(65, 'x'));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().aws_code, "ValidationError");
  EXPECT_EQ(read.error().message,
            "1 validation error detected: Value '" + std::string(65, 'x') +
                "' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64");
  const auto several = DecodeRequest<sts::AssumeRole>("RoleArn=short&DurationSeconds=60&Tags.member.1.Value=v");
  ASSERT_FALSE(several.has_value());
  EXPECT_EQ(several.error().message,
            "4 validation errors detected: Value 'short' at 'roleArn' failed to satisfy constraint: Member must have "
            "length greater "
            "than or equal to 20; Value null at 'roleSessionName' failed to satisfy constraint: Member must not be "
            "null; Value '60' "
            "at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900; "
            "Value null at "
            "'tags.1.member.key' failed to satisfy constraint: Member must not be null");
  const auto pattern = DecodeRequest<iam::GetRole>("RoleName=a%20b");
  ASSERT_FALSE(pattern.has_value());
  EXPECT_TRUE(pattern.error().message.contains("Member must satisfy regular expression pattern: [\\w+=,.@-]+"));
  const auto value = DecodeRequest<cloudformation::CreateStack>("StackName=s&OnFailure=PANIC");
  ASSERT_FALSE(value.has_value());
  EXPECT_TRUE(value.error().message.contains("Member must satisfy enum value set: [DO_NOTHING, ROLLBACK, DELETE]"));
}

TEST(OperationTest, ASecretIsNotRepeatedInARefusal) {
  const auto read = DecodeRequest<sts::AssumeRoleWithWebIdentity>(
      "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr&RoleSessionName=ann&WebIdentityToken=abc");
  ASSERT_FALSE(read.has_value());
  EXPECT_TRUE(read.error().message.contains("Value at 'webIdentityToken' failed")) << read.error().message;
}

TEST(OperationTest, ARequestThatIsNotOneIsRefused) {
  for (const std::string_view body : {"RoleName=%ff", "RoleName=a&RoleName=b", "RoleName.x=1"}) {
    EXPECT_FALSE(DecodeRequest<iam::GetRole>(body).has_value()) << body;
  }
  EXPECT_FALSE(DecodeRequest<sts::AssumeRole>("DurationSeconds=abc").has_value());
  EXPECT_FALSE(DecodeRequest<iam::GetRole>("RoleName=a&x=" + std::string(std::size_t{5} << 20, 'x')).has_value());
  EXPECT_FALSE(DecodeRequest<iam::UntagRole>("RoleName=a&TagKeys.member.2=b").has_value());
  EXPECT_FALSE(DecodeRequest<iam::UntagRole>("RoleName=a&TagKeys.member.1=a&TagKeys.member.3=b").has_value());
  EXPECT_TRUE(DecodeRequest<iam::UntagRole>("RoleName=a&TagKeys.member.1=a&TagKeys.member.2=b").has_value());
  std::string many = "RoleName=a";
  for (int i = 0; i < 30000; ++i) many += "&p" + std::to_string(i) + "=";
  EXPECT_FALSE(DecodeRequest<iam::GetRole>(many).has_value());
  EXPECT_TRUE(DecodeRequest<iam::GetRole>("RoleName=a&Unknown=1&&").has_value());
}

TEST(OperationTest, AnEmptyListSaysSomethingOnlyWhereTheListOfOperationsSaysSo) {
  EXPECT_FALSE(
      EncodeRequest<iam::CreateRole>({.role_name = "r", .assume_role_policy_document = "{}"}).body.contains("Tags"));
  cloudformation::UpdateStackInput input{.stack_name = "s"};
  EXPECT_FALSE(EncodeRequest<cloudformation::UpdateStack>(input).body.contains("Tags"));
  input.tags.emplace();
  const std::string body = EncodeRequest<cloudformation::UpdateStack>(input).body;
  EXPECT_TRUE(body.ends_with("&Tags=")) << body;
  EXPECT_TRUE(DecodeRequest<cloudformation::UpdateStack>(body).value().tags.has_value());
  // In answers AWS writes empty lists, save a few.
  EXPECT_TRUE(EncodeResponse<iam::ListAttachedRolePolicies>({}, "r").contains("<AttachedPolicies></AttachedPolicies>"));
  EXPECT_FALSE(EncodeResponse<iam::GetRole>({}, "r").contains("Tags"));
}

TEST(OperationTest, AMapGoesThere) {
  iam::GetAccountSummaryOutput output;
  output.summary_map = {{"Roles", 3}, {"Users", 0}};
  const std::string xml = EncodeResponse<iam::GetAccountSummary>(output, "r");
  EXPECT_TRUE(xml.contains("<SummaryMap><entry><key>Roles</key><value>3</value></entry>"));
  EXPECT_EQ(DecodeResponse<iam::GetAccountSummary>(xml).value().summary_map, output.summary_map);
}

TEST(OperationTest, OnlyWhatIsHarmlessToRepeatIsIdempotent) {
  EXPECT_TRUE(iam::GetRole::kIdempotent);
  EXPECT_TRUE(sts::AssumeRole::kFacts.idempotent);
  EXPECT_FALSE(iam::CreateRole::kFacts.idempotent);
  EXPECT_FALSE(iam::DeleteRole::kFacts.idempotent);
  EXPECT_FALSE(sts::AssumeRoleWithWebIdentity::kFacts.is_signed);
  EXPECT_TRUE(sts::AssumeRole::kFacts.is_signed);
}

TEST(OperationTest, OperationsAndErrorsAreFoundByName) {
  EXPECT_EQ(FindOperation(iam::kServiceFacts, "CreateRole"), &iam::CreateRole::kFacts);
  EXPECT_EQ(FindOperation(iam::kServiceFacts, "CreateRol"), nullptr);
  EXPECT_EQ(StatusOfError(iam::kServiceFacts, "NoSuchEntity"), 404);
  EXPECT_EQ(StatusOfError(iam::kServiceFacts, "EntityAlreadyExists"), 409);
  EXPECT_EQ(StatusOfError(iam::kServiceFacts, "AccessDenied"), 403);
}

TEST(OperationTest, TheActionOfARequestIsReadInBothProtocols) {
  EXPECT_EQ(ReadAction("", "Version=2011-06-15&Action=AssumeRole").value().name, "AssumeRole");
  EXPECT_EQ(ReadAction("AWSOrganizationsV20161128.ListRoots", "{}").value().name, "ListRoots");
  EXPECT_EQ(ReadAction("", "Version=2011-06-15").error().aws_code, "MissingAction");
  EXPECT_FALSE(ReadAction("ListRoots", "{}").has_value());
}

// Every pattern of every shape must be one that the matcher knows: it lets pass what it does not know.
void CollectPatterns(const Shape& shape, std::set<const Shape*>& seen, std::vector<std::string_view>& patterns) {
  if (!seen.insert(&shape).second) return;
  if (!shape.pattern.empty()) patterns.push_back(shape.pattern);
  for (const Field& field : shape.fields) CollectPatterns(*field.shape, seen, patterns);
  if (shape.element != nullptr) CollectPatterns(*shape.element, seen, patterns);
  if (shape.key != nullptr) CollectPatterns(*shape.key, seen, patterns);
}

TEST(OperationTest, OperationsOfRestHaveAPathAndAJsonBody) {
  const WireRequest request = EncodeRequest<account::PutAccountName>({.account_name = "new", .account_id = "111122223333"});
  EXPECT_EQ(request.path, "/putAccountName");
  EXPECT_EQ(request.content_type, "application/json");
  EXPECT_TRUE(request.headers.empty());
  EXPECT_EQ(request.body, R"({"AccountName":"new","AccountId":"111122223333"})");
  EXPECT_EQ(FindOperationAt(account::kServiceFacts, "/putAccountName"), &account::PutAccountName::kFacts);
  EXPECT_EQ(FindOperationAt(account::kServiceFacts, "/putaccountname"), nullptr);
  EXPECT_EQ(FindOperationAt(sts::kServiceFacts, "/"), nullptr) << "all its operations are at /";
  EXPECT_EQ(EncodeRequest<sts::GetCallerIdentity>({}).path, "/");
  EXPECT_EQ(DecodeRequest<account::PutAccountName>(request.body)->account_name, "new");
  EXPECT_TRUE(DecodeResponse<account::PutAccountName>("").has_value());
  account::GetAccountInformationOutput output{.account_created_date = base::Time(std::chrono::seconds(1767323045))};
  EXPECT_EQ(EncodeResponse<account::GetAccountInformation>(output, "r"), R"({"AccountCreatedDate":"2026-01-02T03:04:05Z"})");
}

TEST(OperationTest, EveryPatternOfEveryModelIsUnderstood) {
  std::set<const Shape*> seen;
  std::vector<std::string_view> patterns;
  for (const Service* service :
       {&sts::kServiceFacts, &iam::kServiceFacts, &cloudformation::kServiceFacts, &organizations::kServiceFacts,
        &sso::kServiceFacts, &identitystore::kServiceFacts, &cloudtrail::kServiceFacts, &account::kServiceFacts,
        &kms::kServiceFacts}) {
    for (const Operation* operation : service->operations) CollectPatterns(*operation->input, seen, patterns);
  }
  EXPECT_GT(patterns.size(), 30U);
  for (const std::string_view pattern : patterns) {
    // The one that looks ahead: durations of Identity Center, which the simulation reads itself.
    EXPECT_NE(internal::IsUnderstood(pattern), pattern.contains("(?=")) << pattern;
  }
}

// The hostile half of the codecs, over every operation: nothing here may crash, whatever it answers.
TEST(OperationTest, CutAndChangedAnswersNeverCrash) {
  for (const Service* service :
       {&sts::kServiceFacts, &iam::kServiceFacts, &cloudformation::kServiceFacts, &organizations::kServiceFacts,
        &sso::kServiceFacts, &identitystore::kServiceFacts, &cloudtrail::kServiceFacts, &account::kServiceFacts,
        &kms::kServiceFacts}) {
    for (const Operation* operation : service->operations) {
      const AnyStruct output = MakeOutput(*operation);
      const std::string body = EncodeResponseOf(*operation, output.get(), "r");
      for (std::size_t i = 0; i < body.size(); i += 3) {
        std::string changed = body;
        changed[i] = static_cast<char>(changed[i] ^ 0x15);
        (void)DecodeResponseOf(*operation, changed, MakeOutput(*operation).get());
        (void)DecodeRequestOf(*operation, changed, MakeInput(*operation).get());
      }
    }
  }
}

}  // namespace
}  // namespace crossrole::aws
