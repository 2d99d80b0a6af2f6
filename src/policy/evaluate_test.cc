// SPDX-License-Identifier: Apache-2.0
#include "policy/evaluate.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>

#include "fakes/policy_documents.h"

namespace crossrole::policy {
namespace {

constexpr const char* kAccount = "111122223333";
constexpr const char* kOther = "444455556666";
constexpr const char* kBucket = "arn:aws:s3:::b/x";
constexpr const char* kRole = "arn:aws:iam::111122223333:role/target";

const std::string kAllowAll = R"({"Version":"2012-10-17","Statement":{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}})";
const std::string kAllowNothing = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"none:None","Resource":"*"}})";
const std::string kDenyS3 = R"({"Version":"2012-10-17","Statement":{"Sid":"NoS3","Effect":"Deny","Action":"s3:*","Resource":"*"}})";

std::string Bucket(const std::string& principal, const char* effect = "Allow") {
  return R"({"Version":"2012-10-17","Statement":{"Effect":")" + std::string(effect) + R"(","Principal":)" + principal +
         R"(,"Action":"s3:*","Resource":"*"}})";
}
std::string Aws(const std::string& text) { return R"({"AWS":")" + text + R"("})"; }

Principal User(const char* account = kAccount) {
  return {.kind = CallerKind::kUser, .account = account, .arn = "arn:aws:iam::" + std::string(account) + ":user/ann", .unique_id = "AIDAANNANNANNANNANNAN"};
}
Principal Role(const char* account = kAccount) {
  return {.kind = CallerKind::kRole,
          .account = account,
          .arn = "arn:aws:iam::" + std::string(account) + ":role/p/deploy",
          .session_arn = "arn:aws:sts::" + std::string(account) + ":assumed-role/deploy/run",
          .unique_id = "AROADEPLOYDEPLOYDEPLO"};
}
Principal Federated() {
  Principal principal = User();
  principal.kind = CallerKind::kFederatedUser;
  principal.session_arn = "arn:aws:sts::111122223333:federated-user/bob";
  return principal;
}
Principal Root(const char* account = kAccount) {
  return {.kind = CallerKind::kRootUser, .account = account, .arn = "arn:aws:iam::" + std::string(account) + ":root"};
}

// Builds policy sets out of texts, whose documents it owns.
class World {
 public:
  PolicySets sets;

  World& Identity(const std::string& text) { return Add(sets.identity, "identity", text, DocumentKind::kIdentity); }
  World& Resource(const std::string& text) { return Add(sets.resource, "resource", text, DocumentKind::kResource); }
  World& Trust(const std::string& text) { return Add(sets.resource, "trust", text, DocumentKind::kTrust); }
  World& Session(const std::string& text) { return Add(sets.session, "session", text, DocumentKind::kSession); }
  World& Boundary(const std::string& text) {
    sets.boundary = {.name = "boundary", .document = Keep(text, DocumentKind::kBoundary)};
    return *this;
  }
  World& Endpoint(const std::string& text) {
    sets.vpc_endpoint = {.name = "endpoint", .document = Keep(text, DocumentKind::kResource)};
    return *this;
  }
  World& Scp(std::initializer_list<std::string> level) {
    return AddLevel(sets.scp, level, DocumentKind::kServiceControl);
  }
  World& Rcp(std::initializer_list<std::string> level) {
    return AddLevel(sets.rcp, level, DocumentKind::kResourceControl);
  }
  Decision Decide(Principal principal, std::string action = "s3:GetObject", std::string resource = kBucket,
                  std::string resource_account = kAccount) const {
    Request request{.principal = std::move(principal), .action = std::move(action), .resource = std::move(resource), .resource_account = std::move(resource_account)};
    AddPrincipalKeys(request.context, request.principal);
    return Evaluate(request, sets);
  }

 private:
  const Document* Keep(const std::string& text, DocumentKind kind) { return &documents_.emplace_back(MustParse(text, kind)); }
  World& Add(std::vector<PolicyRef>& list, const char* name, const std::string& text, DocumentKind kind) {
    list.push_back({.name = name, .document = Keep(text, kind)});
    return *this;
  }
  World& AddLevel(std::vector<PolicyLevel>& levels, std::initializer_list<std::string> texts, DocumentKind kind) {
    PolicyLevel level{.name = "level"};
    for (const std::string& text : texts) level.policies.push_back({.name = "p", .document = Keep(text, kind)});
    levels.push_back(std::move(level));
    return *this;
  }
  std::deque<Document> documents_;
};

TEST(EvaluateTest, NothingAllowsIsAnImplicitDeny) {
  const Decision decision = World().Decide(User());
  EXPECT_EQ(decision.answer, Answer::kImplicitlyDenied);
  EXPECT_EQ(decision.layers, std::vector<Layer>{Layer::kIdentity});
  EXPECT_TRUE(decision.statements.empty());
}

TEST(EvaluateTest, ADenyBeatsEveryAllowAndIsNamed) {
  World world;
  world.Identity(kAllowAll).Identity(kDenyS3).Resource(Bucket(Aws("arn:aws:iam::111122223333:user/ann")));
  const Decision decision = world.Decide(User());
  EXPECT_EQ(decision.answer, Answer::kExplicitlyDenied);
  EXPECT_EQ(decision.layers, std::vector<Layer>{Layer::kIdentity});
  ASSERT_EQ(decision.statements.size(), 3U);
  EXPECT_EQ(decision.statements[2], (StatementMatch{.layer = Layer::kIdentity, .policy = "identity", .index = 0, .sid = "NoS3", .effect = Effect::kDeny}));
  EXPECT_TRUE(world.Decide(User(), "ec2:RunInstances", "*").allowed());
}

// T7: each permission is decided for itself.
TEST(EvaluateTest, AnAllowedActionIsNotHurtByAnotherDeny) {
  World world;
  world.Identity(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:Put*"],"Resource":"*"},{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}]})");
  EXPECT_TRUE(world.Decide(User(), "s3:GetObject").allowed());
  EXPECT_EQ(world.Decide(User(), "s3:PutObject").answer, Answer::kExplicitlyDenied);
}

// T4
TEST(EvaluateTest, NotActionAndNotResourceMatchEverythingElse) {
  World deny;
  deny.Identity(kAllowAll).Identity(R"({"Statement":{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::ok/*"}})");
  EXPECT_EQ(deny.Decide(User(), "s3:GetObject", "arn:aws:s3:::b/x").answer, Answer::kExplicitlyDenied);
  EXPECT_TRUE(deny.Decide(User(), "s3:GetObject", "arn:aws:s3:::ok/x").allowed());
  World allow;
  allow.Identity(R"({"Statement":{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::secret/*"}})");
  EXPECT_TRUE(allow.Decide(User(), "new:Service", "*").allowed()) << "services that do not exist yet are included";
  EXPECT_FALSE(allow.Decide(User(), "iam:GetRole", kRole).allowed());
  EXPECT_FALSE(allow.Decide(User(), "s3:GetObject", "arn:aws:s3:::secret/x").allowed());
}

// T5
TEST(EvaluateTest, AConditionalDenyDeniesOnlyWhenItsConditionHolds) {
  World world;
  world.Identity(kAllowAll).Identity(R"({"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}})");
  EXPECT_TRUE(world.Decide(User()).allowed());
}

TEST(EvaluateTest, ActionsWithoutResourceTypesNeverMatchAnArn) {
  World world;
  world.Identity(R"({"Statement":{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"arn:aws:s3:::*"}})");
  EXPECT_FALSE(world.Decide(User(), "s3:ListAllMyBuckets", "*").allowed());
}

TEST(EvaluateTest, GetCallerIdentityCannotBeDenied) {
  World world;
  world.Identity(R"({"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})");
  EXPECT_TRUE(world.Decide(User(), "sts:GetCallerIdentity", "*").allowed());
}

TEST(ResourceVariableTest, ExpandsBehindTheFifthColonOnly) {
  World world;
  world.Identity(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":["arn:aws:s3:::home/${aws:username}/*","arn:aws:iam::${aws:PrincipalAccount}:user/x"]}})");
  EXPECT_TRUE(world.Decide(User(), "s3:GetObject", "arn:aws:s3:::home/ann/x").allowed());
  EXPECT_FALSE(world.Decide(User(), "s3:GetObject", "arn:aws:s3:::home/bob/x").allowed());
  EXPECT_FALSE(world.Decide(Role(), "s3:GetObject", "arn:aws:s3:::home/ann/x").allowed()) << "roles have no user name";
  EXPECT_FALSE(world.Decide(User(), "iam:GetUser", "arn:aws:iam::111122223333:user/x").allowed());
}

// T17
TEST(ResourceVariableTest, IsTextInOldDocuments) {
  World world;
  world.Identity(R"({"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::home/${aws:username}"}})");
  EXPECT_FALSE(world.Decide(User(), "s3:GetObject", "arn:aws:s3:::home/ann").allowed());
  EXPECT_TRUE(world.Decide(User(), "s3:GetObject", "arn:aws:s3:::home/${aws:username}").allowed());
}

TEST(ResourceVariableTest, AStarInAValueIsNoWildcard) {
  World world;
  world.Identity(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:username}"}})");
  Principal star = User();
  star.arn = "arn:aws:iam::111122223333:user/*";
  EXPECT_FALSE(world.Decide(star, "s3:GetObject", "arn:aws:s3:::secret").allowed());
}

TEST(ResourceVariableTest, WithoutValueNeitherResourceNorNotResourceMatches) {
  World world;
  world.Identity(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::${aws:username}"}})");
  EXPECT_FALSE(world.Decide(Role(), "s3:GetObject", "arn:aws:s3:::x").allowed());
  EXPECT_TRUE(world.Decide(User(), "s3:GetObject", "arn:aws:s3:::x").allowed());
}

// Reference 1.3: which implicit denies a grant by the resource survives in one account.
struct SameAccount {
  const char* name;
  Principal caller;
  std::string principal;  // of the resource policy
  bool alone;             // resource policy only
  bool with_boundary;     // … and a boundary that is silent
  bool with_session;      // … and a session policy that is silent
};

class SameAccountTest : public testing::TestWithParam<SameAccount> {};

TEST_P(SameAccountTest, FollowsTheTableOfAws) {
  const SameAccount& one = GetParam();
  EXPECT_EQ(World().Resource(Bucket(one.principal)).Decide(one.caller).allowed(), one.alone);
  EXPECT_EQ(World().Resource(Bucket(one.principal)).Boundary(kAllowNothing).Decide(one.caller).allowed(), one.with_boundary);
  EXPECT_EQ(World().Resource(Bucket(one.principal)).Session(kAllowNothing).Decide(one.caller).allowed(), one.with_session);
  EXPECT_FALSE(World().Resource(Bucket(one.principal)).Boundary(kDenyS3).Decide(one.caller).allowed()) << "a Deny always wins";
}

// Source: IAM User Guide, "Permissions for GetFederationToken": without session policy, only what names the session itself.
TEST(EvaluateTest, AGrantToTheUserOfAFederatedUserNeedsASessionPolicy) {
  const std::string user = Aws("arn:aws:iam::111122223333:user/ann");
  EXPECT_EQ(World().Resource(Bucket(user)).Decide(Federated()).layers, std::vector<Layer>({Layer::kIdentity, Layer::kSession}));
  EXPECT_TRUE(World().Resource(Bucket(user)).Session(kAllowAll).Decide(Federated()).allowed());
  EXPECT_FALSE(World().Resource(Bucket(user)).Session(kAllowAll).Boundary(kAllowNothing).Decide(Federated()).allowed());
}

INSTANTIATE_TEST_SUITE_P(
    Table, SameAccountTest,
    testing::Values(SameAccount{"AccountForUser", User(), Aws(kAccount), false, false, false},
                    SameAccount{"RootArnForRole", Role(), Aws("arn:aws:iam::111122223333:root"), false, false, false},
                    SameAccount{"User", User(), Aws("arn:aws:iam::111122223333:user/ann"), true, true, true},
                    SameAccount{"UserById", User(), Aws("AIDAANNANNANNANNANNAN"), true, true, true},
                    SameAccount{"UserOfFederatedUser", Federated(), Aws("arn:aws:iam::111122223333:user/ann"), false, false, false},
                    SameAccount{"RoleArn", Role(), Aws("arn:aws:iam::111122223333:role/p/deploy"), true, false, false},
                    SameAccount{"RoleId", Role(), Aws("AROADEPLOYDEPLOYDEPLO"), true, false, false},
                    SameAccount{"Session", Role(), Aws("arn:aws:sts::111122223333:assumed-role/deploy/run"), true, true, true},
                    SameAccount{"FederatedSession", Federated(), Aws("arn:aws:sts::111122223333:federated-user/bob"), true, true, true},
                    SameAccount{"EveryoneForRole", Role(), "\"*\"", true, true, true},
                    SameAccount{"EveryoneForUser", User(), Aws("*"), true, true, true}),
    [](const auto& info) { return info.param.name; });

TEST(SameAccountTest, TheIdentityPathNeedsBoundaryAndSession) {
  EXPECT_TRUE(World().Identity(kAllowAll).Decide(Role()).allowed());
  EXPECT_EQ(World().Identity(kAllowAll).Boundary(kAllowNothing).Decide(Role()).layers, std::vector<Layer>{Layer::kBoundary});
  EXPECT_EQ(World().Identity(kAllowAll).Session(kAllowNothing).Decide(Role()).layers, std::vector<Layer>{Layer::kSession});
  EXPECT_TRUE(World().Identity(kAllowAll).Boundary(kAllowAll).Session(kAllowNothing).Session(kAllowAll).Decide(Role()).allowed())
      << "session policies add up among themselves";
  EXPECT_FALSE(World().Boundary(kAllowAll).Session(kAllowAll).Decide(Role()).allowed()) << "they only narrow";
}

TEST(SameAccountTest, AFederatedUserWithoutSessionPolicyHasNothingOfItsUser) {
  EXPECT_EQ(World().Identity(kAllowAll).Decide(Federated()).layers, std::vector<Layer>{Layer::kSession});
  EXPECT_TRUE(World().Identity(kAllowAll).Session(kAllowAll).Decide(Federated()).allowed());
}

TEST(SameAccountTest, DelegationToTheAccountNeedsNoResourcePolicyAtAllForOrdinaryServices) {
  EXPECT_TRUE(World().Identity(kAllowAll).Decide(User()).allowed());
  EXPECT_TRUE(World().Identity(kAllowAll).Resource(Bucket(Aws(kOther))).Decide(User()).allowed());
}

// T20
TEST(ExplicitTrustTest, ARoleIsNotAssumedBecauseAnIdentityPolicySaysSo) {
  const auto trust = [](const std::string& principal) {
    return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":)" + principal + R"(,"Action":"sts:AssumeRole"}})";
  };
  const auto assume = [](World& world, const Principal& caller) { return world.Decide(caller, "sts:AssumeRole", kRole); };
  World administrator;
  administrator.Identity(kAllowAll).Trust(trust(Aws(kOther)));
  const Decision silent = assume(administrator, User());
  EXPECT_EQ(silent.answer, Answer::kImplicitlyDenied);
  EXPECT_EQ(silent.layers, std::vector<Layer>{Layer::kResource});
  World named;
  named.Trust(trust(Aws("arn:aws:iam::111122223333:user/ann")));
  EXPECT_TRUE(assume(named, User()).allowed()) << "the name is enough";
  World account;
  account.Trust(trust(Aws(kAccount)));
  EXPECT_EQ(assume(account, User()).layers, std::vector<Layer>{Layer::kIdentity});
  account.Identity(kAllowAll);
  EXPECT_TRUE(assume(account, User()).allowed());
  World self;
  self.Identity(kAllowAll).Trust(trust(Aws(kOther)));
  EXPECT_FALSE(self.Decide(Role(), "sts:AssumeRole", Role().arn).allowed()) << "a role does not assume itself unless its trust says so";
}

TEST(ExplicitTrustTest, KmsKeysToo) {
  constexpr const char* kKey = "arn:aws:kms:us-east-1:111122223333:key/k";
  EXPECT_FALSE(World().Identity(kAllowAll).Decide(User(), "kms:Decrypt", kKey).allowed());
  World delegated;
  delegated.Identity(kAllowAll).Resource(R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}})");
  EXPECT_TRUE(delegated.Decide(User(), "kms:Decrypt", kKey).allowed());
  EXPECT_TRUE(World().Identity(kAllowAll).Decide(User(), "kms:ListKeys", "*").allowed());
  EXPECT_FALSE(NeedsExplicitGrant("sts:GetFederationToken", "arn:aws:sts::111122223333:federated-user/x"));
  EXPECT_FALSE(NeedsExplicitGrant("iam:GetRole", kRole));
}

TEST(CrossAccountTest, BothSidesMustAllow) {
  for (const std::string& principal : {std::string("\"*\""), Aws(kOther), Aws("arn:aws:iam::444455556666:role/p/deploy"),
                                       Aws("arn:aws:sts::444455556666:assumed-role/deploy/run")}) {
    const Principal caller = Role(kOther);
    EXPECT_EQ(World().Resource(Bucket(principal)).Decide(caller).layers, std::vector<Layer>{Layer::kIdentity}) << principal;
    EXPECT_TRUE(World().Resource(Bucket(principal)).Identity(kAllowAll).Decide(caller).allowed()) << principal;
    EXPECT_FALSE(World().Resource(Bucket(principal)).Identity(kAllowAll).Boundary(kAllowNothing).Decide(caller).allowed()) << principal;
    EXPECT_FALSE(World().Resource(Bucket(principal)).Identity(kAllowAll).Session(kAllowNothing).Decide(caller).allowed()) << principal;
  }
  EXPECT_EQ(World().Identity(kAllowAll).Decide(Role(kOther)).layers, std::vector<Layer>{Layer::kResource});
  EXPECT_EQ(World().Identity(kAllowAll).Resource(Bucket(Aws(kAccount))).Decide(Role(kOther)).layers, std::vector<Layer>{Layer::kResource});
}

// T13
TEST(CrossAccountTest, TheOwnerIsTheResourcesNotTheCallers) {
  World world;
  world.Identity(kAllowAll);
  EXPECT_FALSE(world.Decide(User(), "s3:GetObject", kBucket, kOther).allowed());
  EXPECT_TRUE(world.Decide(User(), "s3:GetObject", kBucket, kAccount).allowed());
  EXPECT_FALSE(world.Decide(User(), "sqs:SendMessage", "arn:aws:sqs:us-east-1:444455556666:q", "").allowed()) << "the account in the ARN";
  EXPECT_TRUE(world.Decide(User(), "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q", "").allowed());
}

TEST(CrossAccountTest, PartitionsAreNeverCrossed) {
  World world;
  world.Identity(kAllowAll).Resource(Bucket("\"*\""));
  const Decision decision = world.Decide(User(), "s3:GetObject", "arn:aws-cn:s3:::b/x");
  EXPECT_EQ(decision.answer, Answer::kImplicitlyDenied);
  EXPECT_EQ(decision.layers, std::vector<Layer>{Layer::kPartition});
}

const std::string kFull = kAllowAll;
const std::string kRcpFull = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}})";
const std::string kRcpDeny = R"({"Version":"2012-10-17","Statement":{"Sid":"Ours","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",
  "Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}}})";

// T8, T21
TEST(ScpTest, EveryLevelMustAllowAndOneMayDeny) {
  const auto decide = [](World& world) { return world.Identity(kAllowAll).Decide(User()); };
  World all;
  all.Scp({kFull}).Scp({kFull}).Scp({kFull});
  EXPECT_TRUE(decide(all).allowed());
  World gap;
  gap.Scp({kFull}).Scp({kAllowNothing}).Scp({kFull});
  EXPECT_EQ(decide(gap).answer, Answer::kImplicitlyDenied);
  EXPECT_EQ(decide(gap).layers, std::vector<Layer>{Layer::kServiceControl}) << "not the identity policy";
  World empty;
  empty.Scp({kFull}).Scp({});
  EXPECT_EQ(decide(empty).layers, std::vector<Layer>{Layer::kServiceControl});
  World deny;
  deny.Scp({kFull}).Scp({kFull, kDenyS3}).Scp({kFull});
  const Decision denied = decide(deny);
  EXPECT_EQ(denied.answer, Answer::kExplicitlyDenied);
  EXPECT_EQ(denied.layers, std::vector<Layer>{Layer::kServiceControl});
}

TEST(ScpTest, GrantsNothingAndSparesServicesAndServiceLinkedRoles) {
  EXPECT_FALSE(World().Scp({kFull}).Decide(User()).allowed());
  Principal linked = Role();
  linked.arn = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
  EXPECT_TRUE(World().Scp({kFull, kDenyS3}).Identity(kAllowAll).Decide(linked).allowed());
  const Principal service{.kind = CallerKind::kService, .arn = "x.amazonaws.com"};
  EXPECT_TRUE(World().Scp({kDenyS3}).Resource(Bucket(R"({"Service":"x.amazonaws.com"})")).Decide(service).allowed());
}

TEST(ScpTest, LimitsRootUsersAndGrantsByTheResource) {
  EXPECT_FALSE(World().Scp({kFull, kDenyS3}).Decide(Root()).allowed());
  EXPECT_FALSE(World().Scp({kAllowNothing}).Resource(Bucket(Aws("arn:aws:iam::111122223333:user/ann"))).Decide(User()).allowed());
}

TEST(RcpTest, BindsStrangersButNotServiceLinkedRoles) {
  World world;
  world.Rcp({kRcpFull, kRcpDeny}).Identity(kAllowAll).Resource(Bucket("\"*\""));
  const auto decide = [&](Principal caller, std::optional<std::string> organization) {
    Request request{.principal = std::move(caller), .action = "s3:GetObject", .resource = kBucket, .resource_account = kAccount};
    AddPrincipalKeys(request.context, request.principal);
    if (organization.has_value()) request.context.Set("aws:PrincipalOrgID", *organization);
    return Evaluate(request, world.sets);
  };
  EXPECT_TRUE(decide(User(), "o-1").allowed());
  EXPECT_EQ(decide(Role(kOther), "o-2").answer, Answer::kExplicitlyDenied);
  EXPECT_EQ(decide(Role(kOther), "o-2").layers, std::vector<Layer>{Layer::kResourceControl});
  EXPECT_EQ(decide(Root(), "o-2").answer, Answer::kExplicitlyDenied);
  EXPECT_EQ(decide({.kind = CallerKind::kService, .arn = "x.amazonaws.com"}, std::nullopt).answer, Answer::kExplicitlyDenied)
      << "an absent key satisfies the negated operator";
  Principal linked = Role();
  linked.arn = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
  EXPECT_TRUE(decide(linked, "o-2").allowed());
}

TEST(RcpTest, ALevelWithoutAllowDenies) {
  World world;
  world.Rcp({kRcpFull}).Rcp({}).Identity(kAllowAll);
  EXPECT_EQ(world.Decide(User()).layers, std::vector<Layer>{Layer::kResourceControl});
}

// T17
TEST(RootUserTest, HasEverythingInItsAccountWithoutPolicies) {
  EXPECT_TRUE(World().Decide(Root()).allowed());
  EXPECT_FALSE(World().Resource(Bucket("\"*\"", "Deny")).Decide(Root()).allowed());
  EXPECT_FALSE(World().Decide(Root(kOther)).allowed());
  EXPECT_TRUE(World().Resource(Bucket(Aws(kOther))).Decide(Root(kOther)).allowed());
  EXPECT_FALSE(World().Decide(Root(), "kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/k").allowed()) << "keys need their policy";
}

TEST(OtherCallersTest, NeedTheResourcePolicyAlone) {
  const Principal anonymous;
  EXPECT_FALSE(World().Identity(kAllowAll).Decide(anonymous).allowed());
  EXPECT_TRUE(World().Resource(Bucket("\"*\"")).Decide(anonymous).allowed());
  EXPECT_TRUE(World().Resource(Bucket(Aws("*"))).Decide(anonymous).allowed());
  EXPECT_FALSE(World().Resource(Bucket(Aws(kAccount))).Decide(anonymous).allowed());
  const Principal service{.kind = CallerKind::kService, .arn = "lambda.amazonaws.com"};
  EXPECT_TRUE(World().Resource(Bucket(R"({"Service":["x.amazonaws.com","lambda.amazonaws.com"]})")).Decide(service).allowed());
  EXPECT_EQ(World().Resource(Bucket(R"({"Service":"x.amazonaws.com"})")).Decide(service).layers, std::vector<Layer>{Layer::kResource});
}

TEST(EndpointTest, IsOneMoreFilterThatKnowsPrincipals) {
  EXPECT_TRUE(World().Identity(kAllowAll).Endpoint(Bucket("\"*\"")).Decide(User()).allowed());
  EXPECT_EQ(World().Identity(kAllowAll).Endpoint(Bucket(Aws(kOther))).Decide(User()).layers, std::vector<Layer>{Layer::kVpcEndpoint});
  EXPECT_EQ(World().Identity(kAllowAll).Endpoint(Bucket("\"*\"", "Deny")).Decide(User()).answer, Answer::kExplicitlyDenied);
}

TEST(NotPrincipalTest, DeniesEverybodyWhoIsNotListedWithItsAccount) {
  const auto bucket = [](const std::string& principals) {
    return R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","NotPrincipal":{"AWS":)" + principals + R"(},"Action":"s3:*","Resource":"*"}})";
  };
  const std::string listed = R"(["arn:aws:iam::111122223333:user/ann","arn:aws:iam::111122223333:root"])";
  EXPECT_TRUE(World().Identity(kAllowAll).Resource(bucket(listed)).Decide(User()).allowed());
  EXPECT_FALSE(World().Identity(kAllowAll).Resource(bucket(listed)).Decide(Role()).allowed());
  EXPECT_FALSE(World().Identity(kAllowAll).Boundary(kAllowAll).Resource(bucket(listed)).Decide(User()).allowed());
  EXPECT_FALSE(World().Identity(kAllowAll).Resource(bucket(R"("arn:aws:iam::111122223333:user/ann")")).Decide(User()).allowed());
}

TEST(DetailTest, TheAnswerIsTheSameWithoutExplanation) {
  World world;
  world.Identity(kAllowAll).Scp({kFull}).Resource(Bucket("\"*\""));
  const Request request{.principal = User(), .action = "s3:GetObject", .resource = kBucket, .resource_account = kAccount};
  const Decision plain = Evaluate(request, world.sets, {.detail = Detail::kAnswerOnly});
  EXPECT_TRUE(plain.allowed());
  EXPECT_TRUE(plain.layers.empty());
  EXPECT_TRUE(plain.statements.empty());
  const Decision explained = Evaluate(request, world.sets);
  EXPECT_EQ(explained.layers, (std::vector<Layer>{Layer::kServiceControl, Layer::kResource}));
  EXPECT_EQ(explained.statements.size(), 3U);
}

TEST(ExplanationTest, AllMatchesOfTheResourceAreKeptWithTheirKind) {
  World world;
  world.Resource(Bucket(Aws(kAccount))).Resource(Bucket(Aws("arn:aws:iam::111122223333:role/p/deploy"))).Resource(Bucket("\"*\""));
  const Decision decision = world.Decide(Role());
  ASSERT_EQ(decision.statements.size(), 3U);
  EXPECT_EQ(decision.statements[0].principal, PrincipalMatch::kAccount);
  EXPECT_EQ(decision.statements[1].principal, PrincipalMatch::kRole);
  EXPECT_EQ(decision.statements[2].principal, PrincipalMatch::kEveryone);
}

}  // namespace
}  // namespace crossrole::policy
