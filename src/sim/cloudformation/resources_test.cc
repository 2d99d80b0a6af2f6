// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "aws/cloudformation.h"
#include "aws/iam.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

namespace iam = aws::iam;
using namespace aws::cloudformation;
using namespace std::chrono_literals;
using aws::Credentials;
using fakes::Allow;
using fakes::SimLab;
using Texts = std::vector<std::string>;

// A user with all that a user can have, and what depends on it.
constexpr std::string_view kPeople = R"(
Resources:
  Readers:
    Type: AWS::IAM::Group
    Properties: {Path: /teams/, ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']}
  Writers:
    Type: AWS::IAM::Group
    Properties:
      GroupName: writers
      Policies:
        - PolicyName: write
          PolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Action: 's3:Put*', Resource: '*'}}
  Ann:
    Type: AWS::IAM::User
    Properties:
      UserName: ann
      Path: /people/
      Groups: [!Ref Readers]
      LoginProfile: {Password: 'Correct-Horse-1', PasswordResetRequired: true}
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/SecurityAudit']
      PermissionsBoundary: arn:aws:iam::aws:policy/AdministratorAccess
      Policies:
        - PolicyName: own
          PolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Action: 's3:Get*', Resource: '*'}}
      Tags: [{Key: team, Value: blue}]
  Key:
    Type: AWS::IAM::AccessKey
    Properties: {UserName: !Ref Ann}
  More:
    Type: AWS::IAM::UserToGroupAddition
    Properties: {GroupName: !Ref Writers, Users: [!Ref Ann]}
  Policy:
    Type: AWS::IAM::UserPolicy
    Properties:
      UserName: !Ref Ann
      PolicyName: extra
      PolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Action: 'sts:*', Resource: '*'}}
Outputs:
  Arn: {Value: !GetAtt Ann.Arn}
  Group: {Value: !GetAtt Readers.Arn}
  Key: {Value: !Ref Key}
  Secret: {Value: !GetAtt Key.SecretAccessKey}
  Policy: {Value: !Ref Policy}
)";

// `text` with `what`, which occurs once, as `other`.
std::string With(std::string text, std::string_view what, std::string_view other) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  EXPECT_EQ(text.find(what, at + 1), std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), other);
}

class StackResourcesTest : public testing::Test {
 protected:
  // Makes the stack and lets it come to its end; its status.
  std::string Make(std::string_view body) { return MakeAs(admin, body); }
  std::string MakeAs(const Credentials& keys, std::string_view body) {
    lab.Must<CreateStack>(keys, {.stack_name = "stack", .template_body = std::string(body), .capabilities = {"CAPABILITY_NAMED_IAM"}});
    return Settle();
  }
  std::string Change(std::string_view body) { return ChangeAs(admin, body); }
  std::string ChangeAs(const Credentials& keys, std::string_view body) {
    lab.Must<UpdateStack>(keys, {.stack_name = "stack", .template_body = std::string(body), .capabilities = {"CAPABILITY_NAMED_IAM"}});
    return Settle();
  }
  // What a deleted stack ends as.
  std::string Delete() {
    const std::string id = *Describe("stack").stack_id;
    lab.Must<DeleteStack>(admin, {.stack_name = "stack"});
    lab.clock().Advance(60s);
    return Describe(id).stack_status;
  }
  std::string Settle() {
    lab.clock().Advance(60s);
    return Describe("stack").stack_status;
  }
  aws::cloudformation::Stack Describe(const std::string& name) {
    return lab.Must<DescribeStacks>(admin, {.stack_name = name}).stacks.at(0);
  }
  std::string Output(std::string_view key) {
    for (const auto& output : Describe("stack").outputs) {
      if (output.output_key == key) return output.output_value.value_or("");
    }
    return "";
  }
  // What Ref gives.
  std::string Id(const std::string& logical_id) {
    return lab.Must<DescribeStackResource>(admin, {.stack_name = "stack", .logical_resource_id = logical_id})
        .stack_resource_detail->physical_resource_id.value_or("");
  }
  // Why a resource failed, last.
  std::string Reason(std::string_view logical_id) {
    for (const auto& event : lab.Must<DescribeStackEvents>(admin, {.stack_name = "stack"}).stack_events) {
      const bool failed = event.resource_status.value_or("").ends_with("_FAILED");
      if (failed && event.logical_resource_id == logical_id) return event.resource_status_reason.value_or("");
    }
    return "";
  }
  std::string Refused(std::string_view body) {
    const auto made = lab.Call<ValidateTemplate>(admin, {.template_body = std::string(body)});
    return made ? "" : fakes::AwsWords(made.error());
  }
  Credentials Weak(std::string_view actions) {
    lab.Must<iam::CreateUser>(admin, {.user_name = "weak"});
    lab.Must<iam::PutUserPolicy>(admin, {.user_name = "weak", .policy_name = "p", .policy_document = Allow(actions)});
    auto key = lab.Must<iam::CreateAccessKey>(admin, {.user_name = "weak"}).access_key;
    return {.access_key_id = key.access_key_id, .secret_access_key = std::move(key.secret_access_key)};
  }

  iam::User Find(const std::string& name) { return lab.Must<iam::GetUser>(admin, {.user_name = name}).user; }
  bool HasUser(const std::string& name) { return lab.Refusal<iam::GetUser>(admin, {.user_name = name}).empty(); }
  Texts GroupsOf(const std::string& user) {
    Texts names;
    for (const auto& group : lab.Must<iam::ListGroupsForUser>(admin, {.user_name = user}).groups) names.push_back(group.group_name);
    return names;
  }
  Texts InlineOf(const std::string& user) { return lab.Must<iam::ListUserPolicies>(admin, {.user_name = user}).policy_names; }
  std::size_t AttachedTo(const std::string& user) {
    return lab.Must<iam::ListAttachedUserPolicies>(admin, {.user_name = user}).attached_policies.size();
  }
  std::string Iam(const std::string& resource) { return "arn:aws:iam::" + lab.Id(1) + ":" + resource; }

  SimLab lab{{.throttle = Throttle::kOff}};
  const Credentials admin = lab.Admin(1);
};

TEST_F(StackResourcesTest, AUserComesWithAllThatBelongsToIt) {
  ASSERT_EQ(Make(kPeople), "CREATE_COMPLETE");
  EXPECT_EQ(Output("Arn"), Iam("user/people/ann"));
  const iam::User user = Find("ann");
  EXPECT_EQ(user.arn, Output("Arn"));
  EXPECT_EQ(user.permissions_boundary->permissions_boundary_arn, "arn:aws:iam::aws:policy/AdministratorAccess");
  EXPECT_EQ(user.tags.at(0).value, "blue");
  EXPECT_EQ(GroupsOf("ann"), (Texts{Id("Readers"), "writers"}));
  EXPECT_EQ(InlineOf("ann"), (Texts{"extra", "own"}));
  EXPECT_EQ(AttachedTo("ann"), 1U);
  EXPECT_EQ(lab.Must<iam::GetLoginProfile>(admin, {.user_name = "ann"}).login_profile.password_reset_required, true);
  const Credentials key{.access_key_id = Output("Key"), .secret_access_key = base::Secret(Output("Secret"))};
  EXPECT_EQ(lab.Must<aws::sts::GetCallerIdentity>(key, {}).arn, user.arn);
  EXPECT_EQ(Output("Policy"), "extra|ann");
  EXPECT_TRUE(Id("More").starts_with("stack-More-"));
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
  EXPECT_FALSE(HasUser("ann"));
  EXPECT_TRUE(lab.Must<iam::ListGroups>(admin, {}).groups.empty());
}

TEST_F(StackResourcesTest, AUserChangesInPlace) {
  ASSERT_EQ(Make(kPeople), "CREATE_COMPLETE");
  const std::string id = Find("ann").user_id;
  std::string body = With(std::string(kPeople), "/people/", "/staff/");
  body = With(body, "Groups: [!Ref Readers]", "Groups: []");
  body = With(body, "GroupName: !Ref Writers", "GroupName: !Ref Readers");
  body = With(body, "      LoginProfile: {Password: 'Correct-Horse-1', PasswordResetRequired: true}\n", "");
  body = With(body, "      PermissionsBoundary: arn:aws:iam::aws:policy/AdministratorAccess\n", "");
  body = With(body, "['arn:aws:iam::aws:policy/SecurityAudit']", "[]");
  body = With(body, "PolicyName: own", "PolicyName: mine");
  body = With(body, "{Key: team, Value: blue}", "{Key: floor, Value: 2}");
  ASSERT_EQ(Change(body), "UPDATE_COMPLETE");
  const iam::User user = Find("ann");
  EXPECT_EQ(user.user_id, id);
  EXPECT_EQ(Output("Arn"), Iam("user/staff/ann"));
  EXPECT_FALSE(user.permissions_boundary);
  ASSERT_EQ(user.tags.size(), 1U);
  EXPECT_EQ(user.tags[0].key, "floor");
  EXPECT_EQ(GroupsOf("ann"), Texts{Id("Readers")});
  EXPECT_EQ(InlineOf("ann"), (Texts{"extra", "mine"}));
  EXPECT_EQ(AttachedTo("ann"), 0U);
  EXPECT_EQ(lab.Refusal<iam::GetLoginProfile>(admin, {.user_name = "ann"}), "NoSuchEntity");
  ASSERT_EQ(Change(kPeople), "UPDATE_COMPLETE");
  EXPECT_EQ(lab.Refusal<iam::GetLoginProfile>(admin, {.user_name = "ann"}), "");
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
}

TEST_F(StackResourcesTest, AUserOfAnotherNameIsAnotherUser) {
  ASSERT_EQ(Make(kPeople), "CREATE_COMPLETE");
  const std::string key = Id("Key");
  ASSERT_EQ(Change(With(std::string(kPeople), "UserName: ann\n", "UserName: bob\n")), "UPDATE_COMPLETE");
  EXPECT_FALSE(HasUser("ann"));
  EXPECT_EQ(GroupsOf("bob").size(), 2U);
  EXPECT_NE(Id("Key"), key);
  EXPECT_EQ(Id("Policy"), "extra|bob");
  EXPECT_EQ(lab.Must<iam::ListAccessKeys>(admin, {.user_name = "bob"}).access_key_metadata.size(), 1U);
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
}

TEST_F(StackResourcesTest, AnUpdateThatFailsLeavesAUserAsItWas) {
  ASSERT_EQ(Make(kPeople), "CREATE_COMPLETE");
  std::string body = With(std::string(kPeople), "/people/", "/staff/");
  body = With(body, "Groups: [!Ref Readers]", "Groups: [others]");
  body = With(body, "PolicyName: own", "PolicyName: mine");
  body = With(body, "policy/SecurityAudit", "policy/NoSuchPolicy");
  lab.Must<iam::CreateGroup>(admin, {.group_name = "others"});
  ASSERT_EQ(Change(body), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_NE(Reason("Ann").find("NoSuchPolicy does not exist"), std::string::npos) << Reason("Ann");
  EXPECT_EQ(Find("ann").path, "/people/");
  EXPECT_EQ(Output("Arn"), Iam("user/people/ann"));
  EXPECT_EQ(GroupsOf("ann"), (Texts{Id("Readers"), "writers"}));
  EXPECT_EQ(InlineOf("ann"), (Texts{"extra", "own"}));
  EXPECT_EQ(AttachedTo("ann"), 1U);
}

TEST_F(StackResourcesTest, AReplacementThatFailsIsTakenAwayAgain) {
  ASSERT_EQ(Make(kPeople), "CREATE_COMPLETE");
  std::string body = With(std::string(kPeople), "UserName: ann\n", "UserName: bob\n");
  body = With(body, "policy/SecurityAudit", "policy/NoSuchPolicy");
  ASSERT_EQ(Change(body), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_FALSE(HasUser("bob"));
  EXPECT_EQ(Id("Ann"), "ann");
  EXPECT_EQ(InlineOf("ann"), (Texts{"extra", "own"}));
}

TEST_F(StackResourcesTest, WhatFailsHalfwayIsRolledBack) {
  ASSERT_EQ(Make(With(std::string(kPeople), "policy/SecurityAudit", "policy/NoSuchPolicy")), "ROLLBACK_COMPLETE");
  EXPECT_FALSE(HasUser("ann"));
  EXPECT_TRUE(lab.Must<iam::ListGroups>(admin, {}).groups.empty());
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
}

TEST_F(StackResourcesTest, WhatTheCallerMayNotDoFailsTheStack) {
  const Credentials weak = Weak("cloudformation:*,iam:CreateUser,iam:DeleteUser,iam:TagUser,iam:CreateGroup,iam:DeleteGroup,"
                                "iam:AttachGroupPolicy,iam:DetachGroupPolicy,iam:PutGroupPolicy,iam:DeleteGroupPolicy,"
                                "iam:CreateLoginProfile,iam:DeleteLoginProfile");
  ASSERT_EQ(MakeAs(weak, kPeople), "ROLLBACK_COMPLETE");
  EXPECT_NE(Reason("Ann").find("user/weak is not authorized to perform: iam:AddUserToGroup"), std::string::npos) << Reason("Ann");
  EXPECT_NE(Reason("Ann").find("HandlerErrorCode: AccessDenied"), std::string::npos);
  EXPECT_FALSE(HasUser("ann"));
}

TEST_F(StackResourcesTest, AFailedUpdateNeedsNoPermissionForWhatItDidNotDo) {
  constexpr std::string_view kPolicy = R"(
Resources:
  Group: {Type: AWS::IAM::Group}
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Groups: [!Ref Group]
      PolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Action: 's3:Get*', Resource: '*'}}
)";
  ASSERT_EQ(Make(kPolicy), "CREATE_COMPLETE");
  const Credentials weak = Weak("cloudformation:*,iam:ListPolicyVersions");
  ASSERT_EQ(ChangeAs(weak, With(std::string(kPolicy), "s3:Get*", "s3:Put*")), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_NE(Reason("Policy").find("iam:CreatePolicyVersion"), std::string::npos) << Reason("Policy");
  EXPECT_EQ(lab.Must<iam::ListPolicyVersions>(admin, {.policy_arn = Id("Policy")}).versions.size(), 1U);
}

TEST_F(StackResourcesTest, AccessKeysAreSwitchedAndRotated) {
  constexpr std::string_view kKey = R"(
Resources:
  User: {Type: AWS::IAM::User}
  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref User, Serial: 1, Status: Inactive}}
)";
  ASSERT_EQ(Make(kKey), "CREATE_COMPLETE");
  const std::string user = Id("User");
  EXPECT_TRUE(user.starts_with("stack-User-")) << user;
  const auto only = [&] {
    const auto keys = lab.Must<iam::ListAccessKeys>(admin, {.user_name = user}).access_key_metadata;
    EXPECT_EQ(keys.size(), 1U);
    return keys.at(0);
  };
  const std::string first = Id("Key");
  EXPECT_EQ(only().status, "Inactive");
  const std::string active = With(std::string(kKey), ", Status: Inactive", "");
  ASSERT_EQ(Change(active), "UPDATE_COMPLETE");
  EXPECT_EQ(Id("Key"), first);
  EXPECT_EQ(only().status, "Active");
  ASSERT_EQ(Change(With(active, "Serial: 1", "Serial: 2")), "UPDATE_COMPLETE");
  EXPECT_NE(Id("Key"), first);
  EXPECT_EQ(only().access_key_id, Id("Key"));
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
  EXPECT_FALSE(HasUser(user));
}

TEST_F(StackResourcesTest, GroupsChangeInPlaceButForTheirNames) {
  constexpr std::string_view kGroup = R"(
Resources:
  Group:
    Type: AWS::IAM::Group
    Properties: {GroupName: first, ManagedPolicyArns: ['arn:aws:iam::aws:policy/SecurityAudit']}
Outputs:
  Arn: {Value: !GetAtt Group.Arn}
)";
  ASSERT_EQ(Make(kGroup), "CREATE_COMPLETE");
  const auto group = [&](const std::string& name) { return lab.Must<iam::GetGroup>(admin, {.group_name = name}).group; };
  const std::string id = group("first").group_id;
  const std::string moved = With(std::string(kGroup), "GroupName: first, ", "GroupName: first, Path: /teams/, ");
  ASSERT_EQ(Change(With(moved, "SecurityAudit", "ReadOnlyAccess")), "UPDATE_COMPLETE");
  EXPECT_EQ(group("first").group_id, id);
  EXPECT_EQ(Output("Arn"), Iam("group/teams/first"));
  const auto attached = lab.Must<iam::ListAttachedGroupPolicies>(admin, {.group_name = "first"}).attached_policies;
  ASSERT_EQ(attached.size(), 1U);
  EXPECT_EQ(attached[0].policy_name, "ReadOnlyAccess");
  ASSERT_EQ(Change(With(moved, "GroupName: first", "GroupName: second")), "UPDATE_COMPLETE");
  EXPECT_EQ(lab.Refusal<iam::GetGroup>(admin, {.group_name = "first"}), "NoSuchEntity");
  EXPECT_EQ(Output("Arn"), Iam("group/teams/second"));
  lab.Must<iam::CreateUser>(admin, {.user_name = "stranger"});
  lab.Must<iam::AddUserToGroup>(admin, {.group_name = "second", .user_name = "stranger"});
  EXPECT_EQ(Delete(), "DELETE_FAILED");
  EXPECT_NE(Reason("Group").find("must remove users from group first"), std::string::npos);
}

TEST_F(StackResourcesTest, InlinePoliciesFollowTheirNamesAndHolders) {
  constexpr std::string_view kPolicies = R"(
Resources:
  User: {Type: AWS::IAM::User, Properties: {UserName: ann}}
  Group: {Type: AWS::IAM::Group, Properties: {GroupName: team}}
  OfUser:
    Type: AWS::IAM::UserPolicy
    Properties:
      UserName: !Ref User
      PolicyName: one
      PolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Action: 's3:*', Resource: '*'}}
  OfGroup:
    Type: AWS::IAM::GroupPolicy
    Properties:
      GroupName: !Ref Group
      PolicyName: two
      PolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Action: 'ec2:*', Resource: '*'}}
  Shared:
    Type: AWS::IAM::Policy
    Properties:
      Users: [!Ref User]
      Groups: [!Ref Group]
      PolicyName: three
      PolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Action: 'sts:*', Resource: '*'}}
)";
  const auto of_group = [&] { return lab.Must<iam::ListGroupPolicies>(admin, {.group_name = "team"}).policy_names; };
  ASSERT_EQ(Make(kPolicies), "CREATE_COMPLETE");
  EXPECT_EQ(Id("OfUser"), "one|ann");
  EXPECT_EQ(Id("OfGroup"), "two|team");
  EXPECT_EQ(InlineOf("ann"), (Texts{"one", "three"}));
  EXPECT_EQ(of_group(), (Texts{"three", "two"}));
  const std::string shared = Id("Shared");
  std::string body = With(std::string(kPolicies), "s3:*", "sqs:*");
  body = With(body, "PolicyName: two", "PolicyName: four");
  body = With(body, "PolicyName: three", "PolicyName: five");
  body = With(body, "      Groups: [!Ref Group]\n", "");
  ASSERT_EQ(Change(body), "UPDATE_COMPLETE");
  EXPECT_EQ(InlineOf("ann"), (Texts{"five", "one"}));
  EXPECT_EQ(of_group(), Texts{"four"});
  EXPECT_EQ(Id("OfGroup"), "four|team");
  EXPECT_EQ(Id("Shared"), shared);
  const auto one = lab.Must<iam::GetUserPolicy>(admin, {.user_name = "ann", .policy_name = "one"});
  EXPECT_NE(one.policy_document.find("sqs%3A%2A"), std::string::npos) << one.policy_document;
  ASSERT_EQ(Change(With(body, "Users: [!Ref User]", "Users: [!Ref User, nobody]")), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(InlineOf("ann"), (Texts{"five", "one"}));
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
  EXPECT_FALSE(HasUser("ann"));
}

TEST_F(StackResourcesTest, AdditionsToGroupsFollowTheirLists) {
  constexpr std::string_view kAddition = R"(
Resources:
  Ann: {Type: AWS::IAM::User, Properties: {UserName: ann}}
  Bob: {Type: AWS::IAM::User, Properties: {UserName: bob}}
  One: {Type: AWS::IAM::Group, Properties: {GroupName: one}}
  Two: {Type: AWS::IAM::Group, Properties: {GroupName: two}}
  Added: {Type: AWS::IAM::UserToGroupAddition, DependsOn: [Ann, Bob, Two], Properties: {GroupName: !Ref One, Users: [ann]}}
Outputs:
  Id: {Value: !GetAtt Added.Id}
)";
  ASSERT_EQ(Make(kAddition), "CREATE_COMPLETE");
  EXPECT_EQ(GroupsOf("ann"), Texts{"one"});
  const std::string id = Id("Added");
  EXPECT_EQ(Output("Id"), id);
  const std::string other = With(std::string(kAddition), "Users: [ann]", "Users: [bob]");
  ASSERT_EQ(Change(other), "UPDATE_COMPLETE");
  EXPECT_TRUE(GroupsOf("ann").empty());
  EXPECT_EQ(GroupsOf("bob"), Texts{"one"});
  ASSERT_EQ(Change(With(other, "GroupName: !Ref One", "GroupName: !Ref Two")), "UPDATE_COMPLETE");
  EXPECT_EQ(GroupsOf("bob"), Texts{"two"});
  EXPECT_EQ(Id("Added"), id);
  ASSERT_EQ(Change(With(other, "Users: [bob]", "Users: [ann, nobody]")), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_TRUE(GroupsOf("ann").empty());
  EXPECT_EQ(GroupsOf("bob"), Texts{"two"});
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
}

TEST_F(StackResourcesTest, OidcProvidersAreReplacedForAnotherUrlOnly) {
  constexpr std::string_view kProvider = R"(
Resources:
  Provider:
    Type: AWS::IAM::OIDCProvider
    Properties:
      Url: https://one.example.com
      ClientIdList: [a, b]
      ThumbprintList: [0123456789abcdef0123456789abcdef01234567]
      Tags: [{Key: k, Value: v}]
Outputs:
  Arn: {Value: !GetAtt Provider.Arn}
)";
  const auto provider = [&] { return lab.Must<iam::GetOpenIDConnectProvider>(admin, {.open_id_connect_provider_arn = Id("Provider")}); };
  ASSERT_EQ(Make(kProvider), "CREATE_COMPLETE");
  EXPECT_EQ(Output("Arn"), Iam("oidc-provider/one.example.com"));
  EXPECT_EQ(Id("Provider"), Output("Arn"));
  EXPECT_EQ(provider().tags.size(), 1U);
  std::string body = With(std::string(kProvider), "[a, b]", "[b, c]");
  body = With(body, "[0123456789abcdef", "[ffffffffffffffff");
  body = With(body, "[{Key: k, Value: v}]", "[{Key: k, Value: w}, {Key: l, Value: x}]");
  ASSERT_EQ(Change(body), "UPDATE_COMPLETE");
  EXPECT_EQ(provider().client_id_list, (Texts{"b", "c"}));
  EXPECT_TRUE(provider().thumbprint_list.at(0).starts_with("ffff"));
  EXPECT_EQ(provider().tags.size(), 2U);
  ASSERT_EQ(Change(With(body, "0123456789abcdef01234567", "short")), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_TRUE(provider().thumbprint_list.at(0).starts_with("ffff"));
  ASSERT_EQ(Change(With(body, "one.example.com", "two.example.com")), "UPDATE_COMPLETE");
  EXPECT_EQ(Output("Arn"), Iam("oidc-provider/two.example.com"));
  EXPECT_EQ(lab.Must<iam::ListOpenIDConnectProviders>(admin, {}).open_id_connect_provider_list.size(), 1U);
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
  EXPECT_TRUE(lab.Must<iam::ListOpenIDConnectProviders>(admin, {}).open_id_connect_provider_list.empty());
}

TEST_F(StackResourcesTest, SamlProvidersAreReplacedForAnotherNameOnly) {
  const std::string metadata = "<EntityDescriptor>" + std::string(1000, 'x') + "</EntityDescriptor>";
  const std::string body = R"({"Resources": {"Provider": {"Type": "AWS::IAM::SAMLProvider", "Properties": {
      "Name": "first", "SamlMetadataDocument": ")" + metadata + R"(", "Tags": [{"Key": "k", "Value": "v"}]}}},
      "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Provider", "Arn"]}}, "Id": {"Value": {"Fn::GetAtt": "Provider.SamlProviderUUID"}}}})";
  const auto provider = [&] { return lab.Must<iam::GetSAMLProvider>(admin, {.saml_provider_arn = Id("Provider")}); };
  ASSERT_EQ(Make(body), "CREATE_COMPLETE");
  EXPECT_EQ(Output("Arn"), Iam("saml-provider/first"));
  EXPECT_EQ(Output("Id"), provider().saml_provider_uuid);
  const std::string id = Output("Id");
  std::string other = With(body, "</EntityDescriptor>", "y</EntityDescriptor>");
  other = With(other, R"("Value": "v")", R"("Value": "w")");
  ASSERT_EQ(Change(other), "UPDATE_COMPLETE");
  EXPECT_EQ(provider().saml_provider_uuid, id);
  EXPECT_TRUE(provider().saml_metadata_document.value_or("").ends_with("y</EntityDescriptor>"));
  EXPECT_EQ(provider().tags.at(0).value, "w");
  ASSERT_EQ(Change(With(other, "first", "second")), "UPDATE_COMPLETE");
  EXPECT_EQ(Id("Provider"), Iam("saml-provider/second"));
  EXPECT_EQ(lab.Must<iam::ListSAMLProviders>(admin, {}).saml_provider_list.size(), 1U);
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
  EXPECT_TRUE(lab.Must<iam::ListSAMLProviders>(admin, {}).saml_provider_list.empty());
}

TEST_F(StackResourcesTest, ServiceLinkedRolesHaveTheNamesOfTheirServices) {
  constexpr std::string_view kRole = R"(
Resources:
  Role:
    Type: AWS::IAM::ServiceLinkedRole
    Properties: {AWSServiceName: autoscaling.amazonaws.com, CustomSuffix: one, Description: first}
Outputs:
  Name: {Value: !GetAtt Role.RoleName}
)";
  const auto has = [&](const std::string& name) { return lab.Refusal<iam::GetRole>(admin, {.role_name = name}).empty(); };
  ASSERT_EQ(Make(kRole), "CREATE_COMPLETE");
  EXPECT_EQ(Id("Role"), "AWSServiceRoleForAutoScaling_one");
  EXPECT_EQ(Output("Name"), Id("Role"));
  ASSERT_EQ(Change(With(std::string(kRole), "Description: first", "Description: second")), "UPDATE_COMPLETE") << Reason("Role");
  EXPECT_EQ(lab.Must<iam::GetRole>(admin, {.role_name = Id("Role")}).role.description, "second");
  ASSERT_EQ(Change(With(std::string(kRole), "CustomSuffix: one", "CustomSuffix: two")), "UPDATE_COMPLETE");
  EXPECT_EQ(Id("Role"), "AWSServiceRoleForAutoScaling_two");
  EXPECT_FALSE(has("AWSServiceRoleForAutoScaling_one"));
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
  EXPECT_FALSE(has("AWSServiceRoleForAutoScaling_two"));
  EXPECT_EQ(Make(With(std::string(kRole), "autoscaling", "config")), "ROLLBACK_COMPLETE");
  EXPECT_NE(Reason("Role").find("Custom suffix is not allowed"), std::string::npos);
}

TEST_F(StackResourcesTest, MfaDevicesAreEnabledForTheirUser) {
  constexpr std::string_view kDevice = R"(
Resources:
  Ann: {Type: AWS::IAM::User, Properties: {UserName: ann}}
  Bob: {Type: AWS::IAM::User, Properties: {UserName: bob}}
  Device:
    Type: AWS::IAM::VirtualMFADevice
    DependsOn: [Ann, Bob]
    Properties: {VirtualMfaDeviceName: phone, Users: [ann], Tags: [{Key: k, Value: v}]}
Outputs:
  Serial: {Value: !GetAtt Device.SerialNumber}
)";
  const auto devices = [&](const std::string& user) { return lab.Must<iam::ListMFADevices>(admin, {.user_name = user}).mfa_devices.size(); };
  ASSERT_EQ(Make(kDevice), "CREATE_COMPLETE");
  EXPECT_EQ(Id("Device"), Iam("mfa/phone"));
  EXPECT_EQ(Output("Serial"), Id("Device"));
  EXPECT_EQ(devices("ann"), 1U);
  const std::string other = With(std::string(kDevice), "Users: [ann], Tags: [{Key: k, Value: v}]", "Users: [bob]");
  ASSERT_EQ(Change(other), "UPDATE_COMPLETE");
  EXPECT_EQ(devices("ann"), 0U);
  EXPECT_EQ(devices("bob"), 1U);
  EXPECT_TRUE(lab.Must<iam::ListMFADeviceTags>(admin, {.serial_number = Id("Device")}).tags.empty());
  ASSERT_EQ(Change(With(other, "Users: [bob]", "Users: [nobody]")), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(devices("bob"), 1U);
  ASSERT_EQ(Change(With(other, "VirtualMfaDeviceName: phone", "VirtualMfaDeviceName: stick")), "UPDATE_COMPLETE");
  EXPECT_EQ(Output("Serial"), Iam("mfa/stick"));
  EXPECT_EQ(lab.Must<iam::ListVirtualMFADevices>(admin, {}).virtual_mfa_devices.size(), 1U);
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
  EXPECT_TRUE(lab.Must<iam::ListVirtualMFADevices>(admin, {}).virtual_mfa_devices.empty());
}

TEST_F(StackResourcesTest, ManagedPoliciesTellTheirAttributes) {
  constexpr std::string_view kPolicy = R"(
Resources:
  Group: {Type: AWS::IAM::Group}
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Groups: [!Ref Group]
      PolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Action: 's3:Get*', Resource: '*'}}
Outputs:
  Count: {Value: !GetAtt Policy.AttachmentCount}
  Version: {Value: !GetAtt Policy.DefaultVersionId}
  Made: {Value: !GetAtt Policy.CreateDate}
  Changed: {Value: !GetAtt Policy.UpdateDate}
)";
  ASSERT_EQ(Make(kPolicy), "CREATE_COMPLETE");
  EXPECT_EQ(Output("Count"), "1");
  EXPECT_EQ(Output("Made"), Output("Changed"));
  std::string body = With(std::string(kPolicy), "      Groups: [!Ref Group]\n", "");
  ASSERT_EQ(Change(With(body, "s3:Get*", "s3:Put*")), "UPDATE_COMPLETE");
  EXPECT_EQ(Output("Count"), "0");
  EXPECT_EQ(Output("Version"), "v2");
  EXPECT_NE(Output("Made"), Output("Changed"));
}

TEST_F(StackResourcesTest, TagsOfTheStackComeAndGo) {
  constexpr std::string_view kUser = "Resources: {User: {Type: 'AWS::IAM::User', Properties: {UserName: ann, Tags: [{Key: own, Value: '1'}]}}}";
  UpdateStackInput input{.stack_name = "stack", .template_body = std::string(kUser), .capabilities = {"CAPABILITY_NAMED_IAM"}};
  ASSERT_EQ(Make(kUser), "CREATE_COMPLETE");
  const auto change = [&](std::vector<aws::cloudformation::Tag> tags) {
    input.tags = std::move(tags);
    lab.Must<UpdateStack>(admin, input);
    EXPECT_EQ(Settle(), "UPDATE_COMPLETE");
    return Find("ann").tags.size();
  };
  EXPECT_EQ(change({{.key = "cost", .value = "a"}, {.key = "team", .value = "b"}}), 3U);
  EXPECT_EQ(change({{.key = "team", .value = "b"}}), 2U);
}

TEST_F(StackResourcesTest, PropertiesAreCheckedByTheirType) {
  EXPECT_EQ(Make("Resources: {Key: {Type: 'AWS::IAM::AccessKey', Properties: {Colour: red, Status: [Active]}}}"), "ROLLBACK_COMPLETE");
  EXPECT_EQ(Reason("Key"),
            "Properties validation failed for resource Key with message:\n#: required key [UserName] not found\n"
            "#: extraneous key [Colour] is not permitted\n#/Status: expected type: String, found: JSONArray");
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
  EXPECT_EQ(Make("Resources: {User: {Type: 'AWS::IAM::User', Properties: {Groups: readers, LoginProfile: [x]}}}"), "ROLLBACK_COMPLETE");
  EXPECT_EQ(Reason("User"),
            "Properties validation failed for resource User with message:\n#/Groups: expected type: JSONArray, found: String\n"
            "#/LoginProfile: expected type: JSONObject, found: JSONArray");
}

TEST_F(StackResourcesTest, EveryTypeRefusesPropertiesThatItDoesNotHave) {
  for (const char* const type : {"AccessKey", "Group", "GroupPolicy", "ManagedPolicy", "OIDCProvider", "Policy", "Role",
                                 "RolePolicy", "SAMLProvider", "ServiceLinkedRole", "User", "UserPolicy", "UserToGroupAddition", "VirtualMFADevice"}) {
    EXPECT_EQ(Make(std::string("Resources: {It: {Type: 'AWS::IAM::") + type + "', Properties: {Colour: red}}}"), "ROLLBACK_COMPLETE") << type;
    EXPECT_NE(Reason("It").find("#: extraneous key [Colour] is not permitted"), std::string::npos) << type;
    EXPECT_EQ(Delete(), "DELETE_COMPLETE") << type;
  }
}

TEST_F(StackResourcesTest, TemplatesAreCheckedForTypesAndAttributes) {
  EXPECT_EQ(Refused("Resources: {A: {Type: 'AWS::IAM::InstanceProfile'}, B: {Type: 'AWS::IAM::ServerCertificate'}}"),
            "Template format error: Unrecognized resource types: [AWS::IAM::InstanceProfile, AWS::IAM::ServerCertificate]");
  EXPECT_EQ(Refused("Resources: {A: {Type: 'AWS::IAM::User'}}\nOutputs: {X: {Value: !GetAtt A.UserId}}"),
            "Template error: resource A does not support attribute type UserId in Fn::GetAtt");
  EXPECT_EQ(Refused("Resources: {A: {Type: 'AWS::IAM::User'}, B: {Type: 'AWS::IAM::Group', Properties: {GroupName: !Sub '${A.Name}'}}}"),
            "Template error: resource A does not support attribute type Name in Fn::GetAtt");
  EXPECT_EQ(Refused("Parameters: {P: {Type: String}}\nResources: {A: {Type: 'AWS::IAM::User'}}\nOutputs: {X: {Value: !GetAtt P.Arn}}"),
            "Template error: instance of Fn::GetAtt references undefined resource P");
}

TEST_F(StackResourcesTest, OnlyWhatGrantsSomethingIsAcknowledged) {
  const auto needed = [&](std::string body) {
    const auto read = lab.Must<ValidateTemplate>(admin, {.template_body = std::move(body)});
    return read.capabilities.empty() ? "" : read.capabilities[0];
  };
  EXPECT_EQ(needed("Resources: {A: {Type: 'AWS::IAM::OIDCProvider', Properties: {Url: 'https://one.example.com'}}}"), "");
  EXPECT_EQ(needed("Resources: {A: {Type: 'AWS::IAM::SAMLProvider', Properties: {Name: a}}}"), "");
  EXPECT_EQ(needed("Resources: {A: {Type: 'AWS::IAM::User'}}"), "CAPABILITY_IAM");
  EXPECT_EQ(needed("Resources: {A: {Type: 'AWS::IAM::User', Properties: {UserName: a}}}"), "CAPABILITY_NAMED_IAM");
  EXPECT_EQ(needed("Resources: {A: {Type: 'AWS::IAM::AccessKey', Properties: {UserName: a}}}"), "CAPABILITY_IAM");
}

TEST_F(StackResourcesTest, AResourceKeepsItsType) {
  ASSERT_EQ(Make("Resources: {It: {Type: 'AWS::IAM::User'}}"), "CREATE_COMPLETE");
  const auto changed = lab.Call<UpdateStack>(admin, {.stack_name = "stack",
                                                     .template_body = "Resources: {It: {Type: 'AWS::IAM::Group'}}",
                                                     .capabilities = {"CAPABILITY_IAM"}});
  ASSERT_FALSE(changed);
  EXPECT_EQ(fakes::AwsWords(changed.error()),
            "Update of resource type is not permitted. The new template modifies resource type of the following resources: [It]");
}

TEST_F(StackResourcesTest, ACustomNameIsNotReplacedUnderTheSame) {
  constexpr std::string_view kDevice = "Resources: {It: {Type: 'AWS::IAM::VirtualMFADevice', Properties: {Users: [], VirtualMfaDeviceName: a, Path: /x/}}}";
  ASSERT_EQ(Make(kDevice), "CREATE_COMPLETE");
  EXPECT_EQ(Change(With(std::string(kDevice), "/x/", "/y/")), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_NE(Reason("It").find("custom-named resource requires replacing"), std::string::npos);
}

TEST_F(StackResourcesTest, AStackGoesInTheOrderOfItsTemplate) {
  constexpr std::string_view kBefore = R"(
Resources:
  Ann: {Type: AWS::IAM::User, Properties: {UserName: ann}}
  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref Ann}}
)";
  constexpr std::string_view kAfter = R"(
Resources:
  Bob: {Type: AWS::IAM::User, Properties: {UserName: bob}}
  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref Bob}}
)";
  ASSERT_EQ(Make(kBefore), "CREATE_COMPLETE");
  ASSERT_EQ(Change(kAfter), "UPDATE_COMPLETE");
  // The key of the user that was dropped had to go before it.
  EXPECT_FALSE(HasUser("ann"));
  EXPECT_EQ(Delete(), "DELETE_COMPLETE");
  EXPECT_FALSE(HasUser("bob"));
}

}  // namespace
}  // namespace crossrole::sim
