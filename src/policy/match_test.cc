// SPDX-License-Identifier: Apache-2.0
#include "policy/match.h"

#include <gtest/gtest.h>

#include <string>

#include "policy/internal/glob.h"
#include "policy/principal.h"

namespace crossrole::policy {
namespace {

struct GlobCase {
  const char* pattern;
  const char* text;
  bool matches;
};

TEST(GlobTest, FollowsTheTable) {
  const GlobCase cases[] = {
      {"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "a\nb", true}, {"a", "a", true}, {"a", "A", false},
      {"a*", "a", true}, {"a*", "ba", false}, {"*a", "ba", true}, {"*a", "ab", false}, {"a*c", "abcc", true},  // T24
      {"a*b*c", "aXbYbZc", true}, {"a*b*c", "acb", false}, {"**", "x", true}, {"a**b", "ab", true},
      {"?", "", false}, {"?", "a", true}, {"?", "ab", false}, {"a?c", "ac", false},  // T6
      {"??", "\xC3\xA9x", true}, {"?", "\xC3\xA9", true}, {"??", "\xC3\xA9", false}, {"*?b*", "\xE2\x82\xAC" "b", true},
      {"*??b*", "\xE2\x82\xAC" "b", false}, {"*?", "a", true}, {"*?", "", false}, {"?*?", "a", false}, {"?*?", "ab", true},
      {"a.b", "axb", false}, {"a[b]", "a[b]", true}, {"a[b]", "ab", false}, {"a+(b$", "a+(b$", true},  // T6
      {"*ab", "aab", true}, {"*aab", "aaab", true}, {"a*a", "a", false}, {"ab*ba", "aba", false}};
  for (const GlobCase& one : cases) EXPECT_EQ(MatchGlob(one.pattern, one.text), one.matches) << one.pattern << " " << one.text;
}

TEST(GlobTest, ManyStarsDoNotExplode) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "a*";
  EXPECT_FALSE(MatchGlob(pattern + "b", std::string(100000, 'a')));
  EXPECT_TRUE(MatchGlob(pattern, std::string(100000, 'a')));
}

TEST(ActionTest, FollowsTheTable) {
  const GlobCase cases[] = {{"*", "s3:GetObject", true}, {"s3:GetObject", "S3:getobject", true}, {"S3:GET*", "s3:GetObject", true},
                            {"s3:Get?bject", "s3:GetObject", true}, {"s3:Get?Object", "s3:GetObject", false},
                            {"s3:*", "s3express:GetObject", false}, {"s3", "s3:GetObject", false}, {"*:GetObject", "s3:GetObject", true},
                            {"*:*", "iam:GetRole", true}, {"iam:*Role", "iam:GetRolePolicy", false}, {"iam:*Role*", "iam:GetRolePolicy", true},
                            {"iam:Get*", "GetRole", false}};
  for (const GlobCase& one : cases) EXPECT_EQ(MatchAction(one.pattern, one.text), one.matches) << one.pattern << " " << one.text;
}

TEST(ArnTest, FollowsTheTable) {
  const GlobCase cases[] = {
      {"*", "anything", true},
      {"arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y:z", true},
      {"arn:aws:s3:::b*", "arn:aws:s3:::bucket/x", true},
      {"arn:aws:iam::*:role/x", "arn:aws:iam::111122223333:role/x", true},
      {"arn:aws:iam::*:role/x", "arn:aws:iam::1:2:role/x", false},  // T15: a star stays in its part
      {"arn:aws:*:role/x", "arn:aws:iam::111122223333:role/x", false},
      {"arn:*:iam::111122223333:role/x", "arn:aws-cn:iam::111122223333:role/x", true},
      {"arn:aws:iam::111122223333:role/X", "arn:aws:iam::111122223333:role/x", false},  // T6, T24: case matters
      {"arn:aws:iam::111122223333:role/x", "*", false},
      {"arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:role/a/b/c", true},
      {"arn:aws:sns:us-east-?:111122223333:t", "arn:aws:sns:us-east-1:111122223333:t", true},
      {"arn:aws:s3:::b+c", "arn:aws:s3:::bbc", false},
      {"arn:aws", "arn:aws", false}};
  for (const GlobCase& one : cases) EXPECT_EQ(MatchArn(one.pattern, one.text), one.matches) << one.pattern << " " << one.text;
}

Principal RoleSession() {
  return {.kind = CallerKind::kRole,
          .account = "111122223333",
          .arn = "arn:aws:iam::111122223333:role/team/deploy",
          .session_arn = "arn:aws:sts::111122223333:assumed-role/deploy/run-1",
          .unique_id = "AROADEPLOYDEPLOYDEPLO"};
}

Principal User() {
  return {.kind = CallerKind::kUser, .account = "111122223333", .arn = "arn:aws:iam::111122223333:user/a/ann", .unique_id = "AIDAANNANNANNANNANNAN"};
}

Principal FederatedUser() {
  Principal principal = User();
  principal.kind = CallerKind::kFederatedUser;
  principal.session_arn = "arn:aws:sts::111122223333:federated-user/bob";
  return principal;
}

Principal Root() { return {.kind = CallerKind::kRootUser, .account = "111122223333", .arn = "arn:aws:iam::111122223333:root"}; }

PrincipalMatch Aws(const char* text, const Principal& caller) {
  return Match(PrincipalValue{.type = PrincipalType::kAws, .text = text}, caller);
}

TEST(PrincipalTest, ARoleSessionIsMatchedByRoleSessionAndId) {
  const Principal caller = RoleSession();
  EXPECT_EQ(Aws("arn:aws:iam::111122223333:role/team/deploy", caller), PrincipalMatch::kRole);
  EXPECT_EQ(Aws("AROADEPLOYDEPLOYDEPLO", caller), PrincipalMatch::kRole);
  EXPECT_EQ(Aws("arn:aws:sts::111122223333:assumed-role/deploy/run-1", caller), PrincipalMatch::kDirect);
  EXPECT_EQ(Aws("arn:aws:sts::111122223333:assumed-role/deploy/run-2", caller), PrincipalMatch::kNone);
  EXPECT_EQ(Aws("arn:aws:iam::111122223333:role/deploy", caller), PrincipalMatch::kNone) << "another path is another role";
  EXPECT_EQ(Aws("arn:aws:iam::111122223333:role/team/Deploy", caller), PrincipalMatch::kNone) << "case matters";
  EXPECT_EQ(Aws("AROASOMEBODYELSEXXXXX", caller), PrincipalMatch::kNone) << "a role made anew has another ID";
  EXPECT_EQ(Aws("arn:aws:iam::111122223333:user/team/deploy", caller), PrincipalMatch::kNone);
}

TEST(PrincipalTest, ASessionOfUnknownPathIsMatchedByRoleName) {
  Principal caller = RoleSession();
  caller.arn.clear();
  EXPECT_EQ(Aws("arn:aws:iam::111122223333:role/team/deploy", caller), PrincipalMatch::kRole);
  EXPECT_EQ(Aws("arn:aws:iam::111122223333:role/team/other", caller), PrincipalMatch::kNone);
  EXPECT_EQ(Aws("arn:aws:iam::444455556666:role/team/deploy", caller), PrincipalMatch::kNone);
}

TEST(PrincipalTest, TheAccountIsMatchedByIdAndRootAlike) {
  for (const Principal& caller : {RoleSession(), User(), FederatedUser(), Root()}) {
    EXPECT_EQ(Aws("111122223333", caller), PrincipalMatch::kAccount);
    EXPECT_EQ(Aws("arn:aws:iam::111122223333:root", caller), PrincipalMatch::kAccount);
    EXPECT_EQ(Aws("444455556666", caller), PrincipalMatch::kNone);
    EXPECT_EQ(Aws("arn:aws-cn:iam::111122223333:root", caller), PrincipalMatch::kAccount) << "the same as the number, which has no partition";
    EXPECT_EQ(Aws("*", caller), PrincipalMatch::kEveryone);
  }
}

// T3
TEST(PrincipalTest, ARoleThatIsNamedLikeRootIsNotTheAccount) {
  EXPECT_EQ(Aws("arn:aws:iam::111122223333:role/x/chroot", RoleSession()), PrincipalMatch::kNone);
  EXPECT_EQ(Aws("arn:aws:iam::111122223333:user/root", User()), PrincipalMatch::kNone);
}

TEST(PrincipalTest, UsersAndTheirFederatedSessions) {
  EXPECT_EQ(Aws("arn:aws:iam::111122223333:user/a/ann", User()), PrincipalMatch::kDirect);
  EXPECT_EQ(Aws("AIDAANNANNANNANNANNAN", User()), PrincipalMatch::kDirect);
  EXPECT_EQ(Aws("arn:aws:iam::111122223333:user/a/ann", FederatedUser()), PrincipalMatch::kUserOfFederatedUser);
  EXPECT_EQ(Aws("AIDAANNANNANNANNANNAN", FederatedUser()), PrincipalMatch::kUserOfFederatedUser);
  EXPECT_EQ(Aws("arn:aws:sts::111122223333:federated-user/bob", FederatedUser()), PrincipalMatch::kDirect);
  EXPECT_EQ(Aws("arn:aws:sts::111122223333:federated-user/bob", User()), PrincipalMatch::kNone);
}

TEST(PrincipalTest, ServicesAndProvidersMatchOnlyTheirOwnKind) {
  const Principal service{.kind = CallerKind::kService, .arn = "lambda.amazonaws.com"};
  const Principal federated{.kind = CallerKind::kFederated, .arn = "arn:aws:iam::1:oidc-provider/x.example"};
  const auto match = [](PrincipalType type, const char* text, const Principal& caller) {
    return Match(PrincipalValue{.type = type, .text = text}, caller);
  };
  EXPECT_EQ(match(PrincipalType::kService, "lambda.amazonaws.com", service), PrincipalMatch::kDirect);
  EXPECT_EQ(match(PrincipalType::kService, "ec2.amazonaws.com", service), PrincipalMatch::kNone);
  EXPECT_EQ(match(PrincipalType::kAws, "lambda.amazonaws.com", service), PrincipalMatch::kNone);
  EXPECT_EQ(match(PrincipalType::kFederated, "arn:aws:iam::1:oidc-provider/x.example", federated), PrincipalMatch::kDirect);
  EXPECT_EQ(match(PrincipalType::kFederated, "arn:aws:iam::1:oidc-provider/y.example", federated), PrincipalMatch::kNone);
  EXPECT_EQ(match(PrincipalType::kService, "lambda.amazonaws.com", User()), PrincipalMatch::kNone);
  EXPECT_EQ(match(PrincipalType::kCanonicalUser, "x", User()), PrincipalMatch::kNone);
  EXPECT_EQ(Aws("*", service), PrincipalMatch::kEveryone);
  EXPECT_EQ(Aws("*", Principal{}), PrincipalMatch::kEveryone);
}

TEST(PrincipalTest, NotPrincipalSparesOnlyWhoIsListedWithAllItBelongsTo) {
  const auto element = [](std::initializer_list<const char*> texts) {
    PrincipalElement list{.form = Form::kIsNot};
    for (const char* text : texts) list.values.push_back({.type = PrincipalType::kAws, .text = text});
    return list;
  };
  constexpr const char* kRoot = "arn:aws:iam::111122223333:root";
  constexpr const char* kRole = "arn:aws:iam::111122223333:role/team/deploy";
  constexpr const char* kSession = "arn:aws:sts::111122223333:assumed-role/deploy/run-1";
  EXPECT_TRUE(IsSpared(element({kRoot, kRole, kSession}), RoleSession(), Boundary::kNone));
  EXPECT_FALSE(IsSpared(element({kRole, kSession}), RoleSession(), Boundary::kNone));
  EXPECT_FALSE(IsSpared(element({kRoot, kRole}), RoleSession(), Boundary::kNone));
  EXPECT_FALSE(IsSpared(element({kRoot, kSession}), RoleSession(), Boundary::kNone));
  EXPECT_FALSE(IsSpared(element({kRoot, kRole, kSession}), RoleSession(), Boundary::kPresent)) << "a boundary always loses";
  EXPECT_TRUE(IsSpared(element({kRoot, "arn:aws:iam::111122223333:user/a/ann"}), User(), Boundary::kNone));
  EXPECT_FALSE(IsSpared(element({"arn:aws:iam::111122223333:user/a/ann"}), User(), Boundary::kNone));
  EXPECT_TRUE(IsSpared(element({kRoot}), Root(), Boundary::kNone));
  EXPECT_TRUE(IsSpared(element({"*"}), User(), Boundary::kNone));
  EXPECT_FALSE(IsSpared(element({kRoot}), Principal{}, Boundary::kNone));
}

TEST(PrincipalTest, ReadsArnsOfAllKinds) {
  EXPECT_EQ(ReadPrincipal("arn:aws:iam::111122223333:root")->kind, CallerKind::kRootUser);
  EXPECT_EQ(ReadPrincipal("arn:aws:iam::111122223333:user/x", "AIDAX")->unique_id, "AIDAX");
  EXPECT_EQ(ReadPrincipal("arn:aws-us-gov:iam::111122223333:role/p/x")->partition, "aws-us-gov");
  const auto session = ReadPrincipal("arn:aws:sts::111122223333:assumed-role/x/y");
  EXPECT_EQ(session->kind, CallerKind::kRole);
  EXPECT_EQ(session->arn, "");
  EXPECT_EQ(session->session_arn, "arn:aws:sts::111122223333:assumed-role/x/y");
  EXPECT_EQ(ReadPrincipal("arn:aws:sts::111122223333:federated-user/x")->kind, CallerKind::kFederatedUser);
  EXPECT_EQ(ReadPrincipal("ec2.amazonaws.com")->kind, CallerKind::kService);
  EXPECT_EQ(ReadPrincipal("*")->kind, CallerKind::kAnonymous);
  for (const char* text : {"", "x", "arn:aws:iam::1:user/x", "arn:aws:iam::111122223333:group/x", "arn:aws:s3:::b", "arn:aws:iam::111122223333:role/*"}) {
    EXPECT_FALSE(ReadPrincipal(text).has_value()) << text;
  }
}

TEST(PrincipalTest, KeysOfTheCallerAreThoseOfAws) {
  const auto value = [](const Principal& caller, const char* key) -> std::string {
    ContextMap context;
    AddPrincipalKeys(context, caller);
    const auto* values = context.Find(key);
    return values == nullptr ? "-" : values->front();
  };
  EXPECT_EQ(value(RoleSession(), "aws:PrincipalArn"), "arn:aws:iam::111122223333:role/team/deploy") << "the role, not the session";
  EXPECT_EQ(value(RoleSession(), "aws:userid"), "AROADEPLOYDEPLOYDEPLO:run-1");
  EXPECT_EQ(value(RoleSession(), "aws:username"), "-") << "roles have none";
  EXPECT_EQ(value(RoleSession(), "aws:PrincipalType"), "AssumedRole");
  EXPECT_EQ(value(User(), "aws:username"), "ann");
  EXPECT_EQ(value(User(), "aws:userid"), "AIDAANNANNANNANNANNAN");
  EXPECT_EQ(value(FederatedUser(), "aws:PrincipalArn"), "arn:aws:sts::111122223333:federated-user/bob");
  EXPECT_EQ(value(FederatedUser(), "aws:userid"), "111122223333:bob");
  EXPECT_EQ(value(Root(), "aws:PrincipalType"), "Account");
  EXPECT_EQ(value(Principal{}, "aws:PrincipalArn"), "-");
  EXPECT_EQ(value(Principal{.kind = CallerKind::kService, .arn = "x.amazonaws.com"}, "aws:PrincipalIsAWSService"), "true");
  EXPECT_EQ(value(User(), "aws:PrincipalIsAWSService"), "false");
}

TEST(PrincipalTest, RoleNamesComeFromRolesAndSessions) {
  EXPECT_EQ(RoleNameOf("arn:aws:iam::111122223333:role/a/b/c"), "c");
  EXPECT_EQ(RoleNameOf("arn:aws:sts::111122223333:assumed-role/c/session"), "c");
  EXPECT_EQ(RoleNameOf("arn:aws:iam::111122223333:user/c"), "");
  EXPECT_EQ(RoleNameOf(""), "");
}

}  // namespace
}  // namespace crossrole::policy
