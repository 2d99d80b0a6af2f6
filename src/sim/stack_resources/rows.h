// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/stack_resources/kind.h"

// What the rows of kinds.cc carry out.

namespace crossrole::sim::stack_resources {

/// AWS::IAM::AccessKey. Errors of all of these: those of IAM.
base::Status CreateAccessKey(const Target& target, Physical& made);
base::Status UpdateAccessKey(const Target& target, Physical& key);
base::Status RemoveAccessKey(Call& call, Physical& key);

/// AWS::IAM::Group.
base::Status CreateGroup(const Target& target, Physical& made);
base::Status UpdateGroup(const Target& target, Physical& group);
base::Status RemoveGroup(Call& call, Physical& group);

/// AWS::IAM::Policy, GroupPolicy, RolePolicy and UserPolicy.
base::Status CreateInline(const Target& target, Physical& made);
base::Status UpdateInline(const Target& target, Physical& policy);
base::Status RemoveInline(Call& call, Physical& policy);

/// AWS::IAM::ManagedPolicy.
base::Status CreateManagedPolicy(const Target& target, Physical& made);
base::Status UpdateManagedPolicy(const Target& target, Physical& policy);
base::Status RemoveManagedPolicy(Call& call, Physical& policy);

/// AWS::IAM::UserToGroupAddition.
base::Status CreateMemberships(const Target& target, Physical& made);
base::Status UpdateMemberships(const Target& target, Physical& addition);
base::Status RemoveMemberships(Call& call, Physical& addition);

/// AWS::IAM::VirtualMFADevice.
base::Status CreateMfaDevice(const Target& target, Physical& made);
base::Status UpdateMfaDevice(const Target& target, Physical& device);
base::Status RemoveMfaDevice(Call& call, Physical& device);

/// AWS::IAM::OIDCProvider.
base::Status CreateOidcProvider(const Target& target, Physical& made);
base::Status UpdateOidcProvider(const Target& target, Physical& provider);
base::Status RemoveOidcProvider(Call& call, Physical& provider);

/// AWS::IAM::SAMLProvider.
base::Status CreateSamlProvider(const Target& target, Physical& made);
base::Status UpdateSamlProvider(const Target& target, Physical& provider);
base::Status RemoveSamlProvider(Call& call, Physical& provider);

/// AWS::IAM::Role.
base::Status CreateRole(const Target& target, Physical& made);
base::Status UpdateRole(const Target& target, Physical& role);
base::Status RemoveRole(Call& call, Physical& role);

/// AWS::IAM::ServiceLinkedRole.
base::Status CreateServiceLinkedRole(const Target& target, Physical& made);
base::Status UpdateServiceLinkedRole(const Target& target, Physical& role);
base::Status RemoveServiceLinkedRole(Call& call, Physical& role);

/// AWS::CloudFormation::StackSet, whose stacks are made, changed and removed by operations of the set, one after the other.
base::Status CreateStackSet(const Target& target, Physical& made);
base::Status UpdateStackSet(const Target& target, Physical& set);
base::Status RemoveStackSet(Call& call, Physical& set);
base::Result<bool> SettleStackSet(Call& call, Physical& set, const boost::json::object* wanted);

/// AWS::IAM::User.
base::Status CreateUser(const Target& target, Physical& made);
base::Status UpdateUser(const Target& target, Physical& user);
base::Status RemoveUser(Call& call, Physical& user);

}  // namespace crossrole::sim::stack_resources
