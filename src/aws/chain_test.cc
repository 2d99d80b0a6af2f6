// SPDX-License-Identifier: Apache-2.0
#include "aws/chain.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

namespace crossrole::aws {
namespace {

std::string StsAnswer(const std::string& operation, const std::string& key) {
  return "<" + operation + "Response><" + operation + "Result><Credentials><AccessKeyId>" + key +
         "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-01-02T04:04:05Z</Expiration>"
         "</Credentials><AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/Own/x</Arn>"
         "</AssumedRoleUser></" + operation + "Result></" + operation + "Response>";
}

class ChainTest : public testing::Test {
 protected:
  ChainTest() {
    std::string name = (std::filesystem::temp_directory_path() / "crossrole-chain-XXXXXX").string();
    home_ = mkdtemp(name.data());
    std::filesystem::create_directory(home_ / ".aws");
    environment_ = {{"HOME", home_.string()}, {"AWS_EC2_METADATA_DISABLED", "true"}, {"PATH", "/usr/bin:/bin"}};
  }
  ~ChainTest() override { std::filesystem::remove_all(home_); }

  std::string Write(const std::string& name, const std::string& text) {
    const auto path = home_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  std::string Script(const std::string& text) {
    const std::string path = Write("tool.sh", "#!/bin/sh\n" + text + "\n");
    chmod(path.c_str(), 0700);
    return path;
  }
  ChainConfig Config(std::string profile = "") {
    return {.environment = environment_, .profile = std::move(profile), .transport = transport_, .clock = clock_, .random = random_, .region = "eu-west-1"};
  }
  base::Result<Credentials> Fetch(std::string profile = "") { return FetchFromChain(Config(std::move(profile)), base::Deadline::After(std::chrono::seconds(20))); }
  // The access key found, or the message of the error.
  std::string Found(std::string profile = "") {
    const auto found = Fetch(std::move(profile));
    return found.has_value() ? found->access_key_id : "error: " + found.error().message;
  }
  void SetEnvironmentKeys() { environment_.insert({{"AWS_ACCESS_KEY_ID", "ENV"}, {"AWS_SECRET_ACCESS_KEY", "s"}}); }
  static std::string SignedBy(const HttpRequest& request) {
    const std::string_view authorization = FindHeader(request.headers, "Authorization");
    const std::size_t begin = authorization.find("Credential=");
    return begin == std::string_view::npos ? "" : std::string(authorization.substr(begin + 11, authorization.find('/') - begin - 11));
  }

  std::filesystem::path home_;
  Environment environment_;
  fakes::FakeClock clock_;
  fakes::FakeTransport transport_{&clock_};
  base::SeededRandom random_{1};
};

TEST_F(ChainTest, NothingConfiguredIsToldWithAFix) {
  const auto found = Fetch();
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().reason, "aws.no_credentials");
  EXPECT_FALSE(found.error().fix.empty());
  EXPECT_TRUE(transport_.requests().empty());
}

TEST_F(ChainTest, KeysInTheEnvironmentComeFirst) {
  SetEnvironmentKeys();
  Write(".aws/credentials", "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n");
  EXPECT_EQ(Found(), "ENV");
  environment_["AWS_PROFILE"] = "default";
  EXPECT_EQ(Found(), "ENV") << "AWS_PROFILE does not name a profile explicitly";
  EXPECT_EQ(Found("default"), "FILE");
  environment_.insert({{"AWS_SESSION_TOKEN", "new"}, {"AWS_CREDENTIAL_EXPIRATION", "2026-02-01T00:00:00Z"}, {"AWS_ACCOUNT_ID", "111122223333"}});
  auto found = Fetch();
  EXPECT_EQ(found->session_token.Reveal(), "new");
  EXPECT_EQ(found->expiration, *base::ParseRfc3339("2026-02-01T00:00:00Z"));
  EXPECT_EQ(found->account_id, "111122223333");
  environment_["AWS_SECURITY_TOKEN"] = "old name";
  EXPECT_EQ(Fetch()->session_token.Reveal(), "old name");
  environment_.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_TRUE(Found().contains("AWS_SECRET_ACCESS_KEY")) << Found();
}

TEST_F(ChainTest, TheFilesAreReadCredentialsFirst) {
  Write(".aws/config", "[default]\naws_access_key_id = CONFIG\naws_secret_access_key = s\naws_session_token = t\n[profile other]\naws_access_key_id = OTHER\naws_secret_access_key = s\n");
  EXPECT_EQ(Found(), "CONFIG");
  Write(".aws/credentials", "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n");
  EXPECT_EQ(Found(), "FILE");
  environment_["AWS_PROFILE"] = "other";
  EXPECT_EQ(Found(), "OTHER");
  environment_["AWS_PROFILE"] = "nobody";
  EXPECT_TRUE(Found().contains("nobody")) << Found();
  environment_.erase("AWS_PROFILE");
  environment_["AWS_SHARED_CREDENTIALS_FILE"] = Write("elsewhere", "[default]\naws_access_key_id = ELSEWHERE\naws_secret_access_key = s\n");
  EXPECT_EQ(Found(), "ELSEWHERE");
  Write("elsewhere", "[default]\naws_access_key_id = ELSEWHERE\n");
  EXPECT_TRUE(Found().contains("aws_secret_access_key")) << Found();
}

TEST_F(ChainTest, ARoleIsAssumedWithItsSourceProfile) {
  Write(".aws/config", "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/Own\nsource_profile = base\nexternal_id = e/1\nduration_seconds = 900\nrole_session_name = me\n");
  Write(".aws/credentials", "[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n");
  transport_.Push(200, StsAnswer("AssumeRole", "ROLE"));
  const auto found = Fetch("role");
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->access_key_id, "ROLE");
  EXPECT_EQ(found->account_id, "111122223333");
  EXPECT_EQ(found->expiration, *base::ParseRfc3339("2026-01-02T04:04:05Z"));
  const auto request = transport_.requests().at(0);
  EXPECT_EQ(request.host, "sts.eu-west-1.amazonaws.com");
  EXPECT_EQ(SignedBy(request), "BASE");
  for (const char* part : {"ExternalId=e%2F1", "DurationSeconds=900", "RoleSessionName=me"}) EXPECT_TRUE(request.body.contains(part)) << request.body;
}

TEST_F(ChainTest, RolesMayBeChained) {
  Write(".aws/config",
        "[profile a]\nrole_arn = arn:aws-us-gov:iam::111122223333:role/A\nsource_profile = b\n"
        "[profile b]\nrole_arn = arn:aws:iam::111122223333:role/B\nsource_profile = c\n"
        "[profile c]\ncredential_process = /bin/false\naws_access_key_id = C\naws_secret_access_key = s\n");
  Write(".aws/credentials", "[c]\naws_access_key_id = C\naws_secret_access_key = s\n");
  transport_.Push(200, StsAnswer("AssumeRole", "B"));
  transport_.Push(200, StsAnswer("AssumeRole", "A"));
  EXPECT_EQ(Found("a"), "A");
  EXPECT_EQ(SignedBy(transport_.requests().at(0)), "C");
  EXPECT_EQ(SignedBy(transport_.requests().at(1)), "B");
  EXPECT_EQ(transport_.requests().at(1).host, "sts.us-gov-west-1.amazonaws.com") << "the region given is not in this partition";
}

TEST_F(ChainTest, MistakesInRoleProfilesAreNamed) {
  Write(".aws/config",
        "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a\n"
        "[profile none]\nrole_arn = r\n[profile both]\nrole_arn = r\nsource_profile = a\ncredential_source = Environment\n"
        "[profile missing]\nrole_arn = r\nsource_profile = nobody\n[profile odd]\nrole_arn = r\ncredential_source = Moon\n"
        "[profile mfa]\nrole_arn = r\nsource_profile = a\nmfa_serial = m\n[profile keyless]\nrole_arn = r\nsource_profile = empty\n[profile empty]\nregion = x\n"
        "[profile person]\nsso_session = s\n[profile self]\nrole_arn = arn:aws:iam::111122223333:role/Own\nsource_profile = self\naws_access_key_id = SELF\naws_secret_access_key = s\n");
  EXPECT_TRUE(Found("a").contains("circle")) << Found("a");
  EXPECT_TRUE(Found("none").contains("needs `source_profile`")) << Found("none");
  EXPECT_TRUE(Found("both").contains("both")) << Found("both");
  EXPECT_TRUE(Found("missing").contains("`nobody` does not exist")) << Found("missing");
  EXPECT_TRUE(Found("odd").contains("Moon")) << Found("odd");
  EXPECT_TRUE(Found("mfa").contains("mfa_serial")) << Found("mfa");
  EXPECT_TRUE(Found("keyless").contains("`empty` has no credentials")) << Found("keyless");
  EXPECT_TRUE(Found("person").contains("person")) << Found("person");
  EXPECT_TRUE(transport_.requests().empty());
  transport_.Push(200, StsAnswer("AssumeRole", "ROLE"));
  EXPECT_EQ(Found("self"), "ROLE");
  EXPECT_EQ(SignedBy(transport_.requests().at(0)), "SELF");
}

TEST_F(ChainTest, ARefusedRoleIsAnErrorAndNotAReasonToGoOn) {
  Write(".aws/config", "[default]\nrole_arn = arn:aws:iam::111122223333:role/Own\ncredential_source = Environment\n");
  SetEnvironmentKeys();
  EXPECT_EQ(Found(), "ENV") << "keys in the environment come before the profile";
  environment_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/";
  transport_.Push(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>");
  const auto found = Fetch("default");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().aws_code, "AccessDenied");
  EXPECT_EQ(SignedBy(transport_.requests().at(0)), "ENV");
}

TEST_F(ChainTest, AWebIdentityTokenIsReadAnewAndSentUnsigned) {
  const std::string token = Write("token", "first\n");
  environment_.insert({{"AWS_WEB_IDENTITY_TOKEN_FILE", token}, {"AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/Own"}});
  transport_.Push(200, StsAnswer("AssumeRoleWithWebIdentity", "WEB"));
  EXPECT_EQ(Found(), "WEB");
  Write("token", "second");
  transport_.Push(200, StsAnswer("AssumeRoleWithWebIdentity", "WEB2"));
  EXPECT_EQ(Found(), "WEB2");
  EXPECT_TRUE(transport_.requests().at(0).body.contains("WebIdentityToken=first&") || transport_.requests().at(0).body.ends_with("WebIdentityToken=first"));
  EXPECT_TRUE(transport_.requests().at(1).body.contains("WebIdentityToken=second"));
  EXPECT_EQ(SignedBy(transport_.requests().at(0)), "");
  std::filesystem::remove(token);
  EXPECT_TRUE(Found().contains("missing or empty")) << Found();
  environment_.erase("AWS_ROLE_ARN");
  EXPECT_TRUE(Found().contains("AWS_ROLE_ARN")) << Found();
}

TEST_F(ChainTest, AProfileMayNameATokenFileAndServeAsASource) {
  const std::string token = Write("token", "jwt");
  Write(".aws/config", "[profile web]\nweb_identity_token_file = " + token + "\nrole_arn = arn:aws:iam::111122223333:role/Web\n[profile top]\nrole_arn = arn:aws:iam::111122223333:role/Top\nsource_profile = web\n");
  transport_.Push(200, StsAnswer("AssumeRoleWithWebIdentity", "WEB"));
  transport_.Push(200, StsAnswer("AssumeRole", "TOP"));
  EXPECT_EQ(Found("top"), "TOP");
  EXPECT_EQ(SignedBy(transport_.requests().at(1)), "WEB");
}

TEST_F(ChainTest, ACredentialProcessIsRunWithoutAShell) {
  const std::string tool = Script(
      R"(echo noise >&2; echo "{\"Version\":1,\"AccessKeyId\":\"$1\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\"Expiration\":\"2026-01-02T05:00:00Z\"}")");
  Write(".aws/config", "[default]\ncredential_process = " + tool + " 'A $HOME'\naws_account_id = 111122223333\n");
  const auto found = Fetch();
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->access_key_id, "A $HOME");
  EXPECT_EQ(found->session_token.Reveal(), "t");
  EXPECT_EQ(found->account_id, "111122223333");
  EXPECT_EQ(found->expiration, *base::ParseRfc3339("2026-01-02T05:00:00Z"));
}

TEST_F(ChainTest, AProcessThatFailsIsToldByItsStandardError) {
  Write(".aws/config", "[default]\ncredential_process = " + Script("echo please sign in >&2; exit 3") + "\n");
  EXPECT_TRUE(Found().contains("it ended with 3: please sign in")) << Found();
  Script("echo '{\"Version\":2,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"secret!\"}'");
  EXPECT_TRUE(Found().contains("`Version` 1")) << Found();
  Script("echo '{\"Version\":1,\"SecretAccessKey\":\"secret!\"}'");
  EXPECT_TRUE(Found().contains("AccessKeyId") && !Found().contains("secret!")) << Found();
  Script("echo secret!");
  EXPECT_TRUE(Found().contains("not a JSON object") && !Found().contains("secret!")) << Found();
  Script("kill -9 $$");
  EXPECT_TRUE(Found().contains("137")) << Found();
  Script("yes | head -c 3000000");
  EXPECT_TRUE(Found().contains("too much")) << Found();
  Write(".aws/config", "[default]\ncredential_process = no-such-program-here\n");
  EXPECT_TRUE(Found().contains("no program")) << Found();
}

TEST_F(ChainTest, AProcessThatHangsIsKilledWithItsChildren) {
  Write(".aws/config", "[default]\ncredential_process = " + Script("sleep 1000 & sleep 1000") + "\n");
  const auto found = FetchFromChain(Config(), base::Deadline::After(std::chrono::milliseconds(100)));
  ASSERT_FALSE(found.has_value());
  EXPECT_TRUE(found.error().message.contains("did not end in time")) << found.error().message;
}

constexpr const char* kContainerKeys =
    R"({"AccessKeyId":"BOX","SecretAccessKey":"s","Token":"t","Expiration":"2026-01-02T05:00:00Z","AccountId":"111122223333"})";

TEST_F(ChainTest, TheContainerEndpointIsAskedWithItsToken) {
  environment_.insert({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:900/x?y=1"}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer abc"}});
  transport_.Push(200, kContainerKeys);
  const auto found = Fetch();
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->access_key_id, "BOX");
  EXPECT_EQ(found->account_id, "111122223333");
  auto request = transport_.requests().at(0);
  EXPECT_EQ(UrlOf(request), "http://127.0.0.1:900/x?y=1");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.route, Route::kDirect);
  EXPECT_EQ(FindHeader(request.headers, "Authorization"), "Bearer abc");
  environment_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = Write("token", "from-file\n");
  environment_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/1";
  transport_.Push(200, kContainerKeys);
  EXPECT_EQ(Found(), "BOX");
  request = transport_.requests().at(1);
  EXPECT_EQ(UrlOf(request), "http://169.254.170.2/v2/credentials/1");
  EXPECT_EQ(FindHeader(request.headers, "Authorization"), "from-file");
}

TEST_F(ChainTest, OnlyTrustedHostsAreAskedWithoutTls) {
  transport_.SetHandler([](const auto&) { return HttpResponse{.status = 200, .body = kContainerKeys}; });
  for (const char* url : {"http://localhost:1/", "http://127.8.9.1/", "http://[::1]:2/", "http://169.254.170.2/", "http://169.254.170.23/", "http://[fd00:ec2::23]/", "https://anywhere.example/"}) {
    environment_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_EQ(Found(), "BOX") << url;
  }
  const std::size_t asked = transport_.requests().size();
  for (const char* url : {"http://example.com/", "http://10.0.0.1/", "http://127.0.0.1.example.com/", "http://localhost.example/", "http://[::2]/", "http://169.254.170.24/", "ftp://localhost/", "nonsense"}) {
    environment_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_TRUE(Found().starts_with("error: the container credentials endpoint")) << url;
  }
  EXPECT_EQ(transport_.requests().size(), asked);
}

TEST_F(ChainTest, TheContainerEndpointHasThreeTries) {
  environment_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/";
  transport_.Push(500, "");
  transport_.Push(base::Fail(UnreachableError("refused", Sent::kNothing)));
  transport_.Push(200, kContainerKeys);
  EXPECT_EQ(Found(), "BOX");
  transport_.SetHandler([](const auto&) { return HttpResponse{.status = 503}; });
  EXPECT_TRUE(Found().contains("status 503")) << Found();
  environment_["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "a\nb";
  EXPECT_TRUE(Found().contains("more than one line")) << Found();
}

class InstanceTest : public ChainTest {
 protected:
  InstanceTest() {
    environment_.erase("AWS_EC2_METADATA_DISABLED");
    transport_.SetHandler([this](const HttpRequest& request) { return Answer(request); });
  }
  base::Result<HttpResponse> Answer(const HttpRequest& request) {
    const std::string path = request.path;
    if (request.method == "PUT") {
      if (token_error_) return std::unexpected(*token_error_);
      return HttpResponse{.status = token_status_, .body = token_status_ == 200 ? "tok" : ""};
    }
    if (FindHeader(request.headers, "X-aws-ec2-metadata-token") != "tok" && needs_token_) return HttpResponse{.status = 401};
    if (path == "/latest/meta-data/iam/security-credentials/") return HttpResponse{.status = role_.empty() ? 404 : 200, .body = role_};
    return HttpResponse{.status = 200, .body = R"({"Code":")" + code_ + R"(","AccessKeyId":"EC2","SecretAccessKey":"s","Token":"t","Expiration":"2026-01-02T05:00:00Z"})"};
  }

  int token_status_ = 200;
  std::optional<base::Error> token_error_;
  bool needs_token_ = true;
  std::string role_ = "my-role";
  std::string code_ = "Success";
};

TEST_F(InstanceTest, GivesTheKeysOfItsRole) {
  EXPECT_EQ(Found(), "EC2");
  const auto requests = transport_.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(UrlOf(requests[0]), "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(FindHeader(requests[0].headers, "x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(UrlOf(requests[2]), "http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role");
  EXPECT_EQ(requests[2].route, Route::kDirect);
}

TEST_F(InstanceTest, FallsBackToVersionOneOnlyWhereTwoIsRefused) {
  needs_token_ = false;
  for (const int status : {403, 404, 405}) {
    token_status_ = status;
    EXPECT_EQ(Found(), "EC2") << status;
  }
  token_error_ = TimeoutError("slow", Sent::kMaybe);
  EXPECT_EQ(Found(), "EC2");
  environment_["AWS_EC2_METADATA_V1_DISABLED"] = "true";
  EXPECT_TRUE(Found().contains("version 1 is switched off")) << Found();
  environment_.erase("AWS_EC2_METADATA_V1_DISABLED");
  token_error_.reset();
  token_status_ = 400;
  EXPECT_TRUE(Found().contains("status 400")) << Found();
}

TEST_F(InstanceTest, NoInstanceNoRoleOrSwitchedOffMeansNoCredentials) {
  token_error_ = UnreachableError("no route", Sent::kNothing);
  EXPECT_EQ(Fetch().error().reason, "aws.no_credentials");
  EXPECT_EQ(transport_.requests().size(), 1U) << "whoever does not listen is not asked again";
  token_error_.reset();
  role_ = "";
  EXPECT_EQ(Fetch().error().reason, "aws.no_credentials");
  const std::size_t asked = transport_.requests().size();
  environment_["AWS_EC2_METADATA_DISABLED"] = "TRUE";
  EXPECT_EQ(Fetch().error().reason, "aws.no_credentials");
  EXPECT_EQ(transport_.requests().size(), asked);
}

TEST_F(InstanceTest, StrangeAnswersAreErrors) {
  role_ = "../../x";
  EXPECT_TRUE(Found().contains("not the name of a role")) << Found();
  role_ = "my-role";
  code_ = "AssumeRoleUnauthorizedAccess";
  EXPECT_TRUE(Found().contains("AssumeRoleUnauthorizedAccess")) << Found();
}

TEST_F(InstanceTest, TheEndpointMayBeNamed) {
  environment_["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] = "IPv6";
  EXPECT_EQ(Found(), "EC2");
  EXPECT_EQ(transport_.requests().back().host, "[fd00:ec2::254]");
  environment_["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1338";
  EXPECT_EQ(Found(), "EC2");
  EXPECT_EQ(UrlOf(transport_.requests().back()), "http://127.0.0.1:1338/latest/meta-data/iam/security-credentials/my-role");
}

TEST_F(InstanceTest, MayBeTheSourceOfARole) {
  Write(".aws/config", "[default]\nrole_arn = arn:aws:iam::111122223333:role/Own\ncredential_source = Ec2InstanceMetadata\n");
  for (int i = 0; i < 3; ++i) {
    HttpRequest request;
    request.method = i == 0 ? "PUT" : "GET";
    request.path = i == 1 ? "/latest/meta-data/iam/security-credentials/" : "/x";
    request.headers = {{"X-aws-ec2-metadata-token", "tok"}};
    transport_.Push(Answer(request));
  }
  transport_.Push(200, StsAnswer("AssumeRole", "ROLE"));
  EXPECT_EQ(Found(), "ROLE");
  EXPECT_EQ(SignedBy(transport_.requests().back()), "EC2");
}

TEST_F(ChainTest, TheProviderLooksAgainOnlyWhenItMust) {
  Write(".aws/credentials", "[default]\naws_access_key_id = ONE\naws_secret_access_key = s\n");
  const auto provider = StandardChain(Config());
  const auto deadline = base::Deadline::After(std::chrono::seconds(20));
  const auto first = *provider->Get(deadline);
  EXPECT_EQ(first->access_key_id, "ONE");
  Write(".aws/credentials", "[default]\naws_access_key_id = TWO\naws_secret_access_key = s\n");
  EXPECT_EQ((*provider->Get(deadline))->access_key_id, "ONE");
  provider->Reject(*first);
  EXPECT_EQ((*provider->Get(deadline))->access_key_id, "TWO");
}

}  // namespace
}  // namespace crossrole::aws
