// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/aws_policies.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/crypto.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim {
namespace {

struct Row {
  std::string_view name;
  std::string_view path;
  std::string_view description;
  std::string_view actions;  // comma-separated
};

// Services that the wide read-only policies name, with the verbs they read by.
constexpr std::string_view kReadServices =
    "access-analyzer,account,acm,apigateway,athena,autoscaling,backup,batch,budgets,ce,cloudformation,cloudfront,cloudtrail,"
    "cloudwatch,codebuild,codepipeline,cognito-idp,config,dynamodb,ec2,ecr,ecs,eks,elasticache,elasticbeanstalk,"
    "elasticfilesystem,elasticloadbalancing,es,events,firehose,glue,guardduty,iam,identitystore,inspector2,kinesis,kms,"
    "lambda,logs,organizations,rds,redshift,route53,s3,sagemaker,secretsmanager,securityhub,sns,sqs,ssm,sso,states,sts,tag";

constexpr std::array<Row, 29> kRows = {{
    {"AdministratorAccess", "/", "Provides full access to AWS services and resources.", "*"},
    {"IAMAuditRootUserCredentials", "/root-task/", "Reads what credentials the root user of a member account has.",
     "iam:ListAccessKeys,iam:ListSigningCertificates,iam:GetLoginProfile,iam:ListMFADevices,iam:GetUser,"
     "iam:GetAccessKeyLastUsed,iam:GetAccountSummary"},
    {"IAMCreateRootUserPassword", "/root-task/", "Lets the root user of a member account recover its password.",
     "iam:CreateLoginProfile,iam:GetLoginProfile"},
    {"IAMDeleteRootUserCredentials", "/root-task/", "Removes credentials of the root user of a member account.",
     "iam:DeleteAccessKey,iam:DeleteSigningCertificate,iam:DeleteLoginProfile,iam:DeactivateMFADevice,iam:ListAccessKeys,"
     "iam:ListSigningCertificates,iam:GetLoginProfile,iam:ListMFADevices,iam:GetUser,iam:GetAccessKeyLastUsed"},
    {"S3UnlockBucketPolicy", "/root-task/", "Removes a bucket policy that locks everybody out.",
     "s3:DeleteBucketPolicy,s3:PutBucketPolicy,s3:GetBucketPolicy,s3:ListAllMyBuckets"},
    {"SQSUnlockQueuePolicy", "/root-task/", "Removes a queue policy that locks everybody out.",
     "sqs:SetQueueAttributes,sqs:GetQueueAttributes,sqs:ListQueues,sqs:GetQueueUrl"},
    {"ReadOnlyAccess", "/", "Provides read-only access to AWS services and resources.",
     "@Get,@List,@Describe,@BatchGet,@Search,@View,@Lookup,s3:Get*,s3:List*,dynamodb:Query,dynamodb:Scan,iam:Generate*,"
     "iam:Simulate*,sts:GetCallerIdentity"},
    {"IAMFullAccess", "/", "Provides full access to IAM via the AWS Management Console.",
     "iam:*,organizations:DescribeAccount,organizations:DescribeOrganization,organizations:DescribeOrganizationalUnit,"
     "organizations:DescribePolicy,organizations:ListChildren,organizations:ListParents,organizations:ListPoliciesForTarget,"
     "organizations:ListRoots,organizations:ListPolicies,organizations:ListTargetsForPolicy"},
    {"IAMReadOnlyAccess", "/", "Provides read only access to IAM via the AWS Management Console.",
     "iam:GenerateCredentialReport,iam:GenerateServiceLastAccessedDetails,iam:Get*,iam:List*,"
     "iam:SimulateCustomPolicy,iam:SimulatePrincipalPolicy"},
    {"SecurityAudit", "/", "The security audit template grants access to read security configuration metadata.",
     "access-analyzer:Get*,access-analyzer:List*,account:Get*,account:ListRegions,acm:Describe*,acm:List*,"
     "cloudformation:Describe*,cloudformation:GetTemplate,cloudformation:List*,cloudtrail:Describe*,cloudtrail:Get*,"
     "cloudtrail:List*,cloudtrail:LookupEvents,config:Describe*,config:Get*,config:List*,ec2:Describe*,ecr:Describe*,"
     "ecr:GetRepositoryPolicy,eks:Describe*,eks:List*,guardduty:Get*,guardduty:List*,iam:GenerateCredentialReport,"
     "iam:GenerateServiceLastAccessedDetails,iam:Get*,iam:List*,iam:SimulateCustomPolicy,iam:SimulatePrincipalPolicy,"
     "identitystore:Describe*,identitystore:List*,kms:Describe*,kms:Get*,kms:List*,lambda:GetPolicy,lambda:List*,"
     "organizations:Describe*,organizations:List*,s3:GetBucket*,s3:GetAccountPublicAccessBlock,s3:ListAllMyBuckets,"
     "secretsmanager:DescribeSecret,secretsmanager:GetResourcePolicy,secretsmanager:ListSecrets,sns:Get*,sns:List*,"
     "sqs:GetQueueAttributes,sqs:ListQueues,sso:Describe*,sso:Get*,sso:List*,tag:GetResources,tag:GetTagKeys"},
    {"AWSOrganizationsReadOnlyAccess", "/", "Provides read-only access to AWS Organizations.",
     "organizations:Describe*,organizations:List*,account:GetAlternateContact,account:GetContactInformation,"
     "account:ListRegions,account:GetRegionOptStatus,account:GetPrimaryEmail"},
    {"AWSOrganizationsFullAccess", "/", "Provides full access to AWS Organizations.",
     "organizations:*,account:Get*,account:Put*,account:List*"},
    {"AWSCloudFormationFullAccess", "/", "Provides full access to AWS CloudFormation.", "cloudformation:*"},
    {"AWSCloudFormationReadOnlyAccess", "/", "Provides access to AWS CloudFormation via the AWS Management Console.",
     "cloudformation:Describe*,cloudformation:EstimateTemplateCost,cloudformation:Get*,cloudformation:List*,"
     "cloudformation:ValidateTemplate,cloudformation:Detect*"},
    {"AmazonS3FullAccess", "/", "Provides full access to all buckets via the AWS Management Console.",
     "s3:*,s3-object-lambda:*"},
    {"AmazonS3ReadOnlyAccess", "/", "Provides read only access to all buckets via the AWS Management Console.",
     "s3:Get*,s3:List*,s3:Describe*,s3-object-lambda:Get*,s3-object-lambda:List*"},
    {"AmazonEC2FullAccess", "/", "Provides full access to Amazon EC2 via the AWS Management Console.",
     "ec2:*,elasticloadbalancing:*,cloudwatch:*,autoscaling:*"},
    {"AmazonEC2ReadOnlyAccess", "/", "Provides read only access to Amazon EC2 via the AWS Management Console.",
     "ec2:Describe*,ec2:GetSecurityGroupsForVpc,elasticloadbalancing:Describe*,cloudwatch:ListMetrics,"
     "cloudwatch:GetMetricStatistics,cloudwatch:Describe*,autoscaling:Describe*"},
    {"AmazonDynamoDBFullAccess", "/", "Provides full access to Amazon DynamoDB via the AWS Management Console.",
     "dynamodb:*"},
    {"CloudWatchReadOnlyAccess", "/", "Provides read only access to CloudWatch.",
     "autoscaling:Describe*,cloudwatch:BatchGet*,cloudwatch:Describe*,cloudwatch:Get*,cloudwatch:List*,logs:Get*,"
     "logs:List*,logs:Describe*,logs:FilterLogEvents,sns:Get*,sns:List*"},
    {"AWSBillingReadOnlyAccess", "/", "Allows users to view bills on the Billing Console.",
     "account:GetAccountInformation,aws-portal:ViewBilling,billing:Get*,billing:List*,budgets:Describe*,"
     "budgets:ViewBudget,ce:Describe*,ce:Get*,ce:List*,consolidatedbilling:Get*,cur:Describe*,cur:Get*,freetier:Get*,"
     "invoicing:Get*,payments:Get*,tax:Get*"},
    {"PowerUserAccess", "/", "Provides full access to AWS services and resources, but no management of users and groups.",
     "!iam:*,organizations:*,account:*"},
    {"AWSSupportAccess", "/", "Allows users to access the AWS Support Center.", "support:*"},
    {"ViewOnlyAccess", "/job-function/", "This policy grants permissions to view resources and basic metadata.",
     "@Describe,@List,iam:GetAccountSummary,iam:GetLoginProfile,s3:ListAllMyBuckets,cloudwatch:GetMetricData,"
     "cloudwatch:GetMetricStatistics,sts:GetCallerIdentity"},
    {"Billing", "/job-function/", "Grants permissions for billing and cost management.",
     "aws-portal:*Billing,aws-portal:*Usage,aws-portal:*PaymentMethods,budgets:*,ce:*,cur:*,billing:*,payments:*,tax:*"},
    {"SupportUser", "/job-function/", "This policy grants permissions to troubleshoot and resolve issues.",
     "support:*,@Describe,@List"},
    {"DatabaseAdministrator", "/job-function/", "Grants full access permissions to AWS database services.",
     "cloudwatch:*,dynamodb:*,ec2:Describe*,elasticache:*,iam:ListRoles,iam:GetRole,kms:ListKeys,logs:*,rds:*,redshift:*,"
     "s3:*,sns:*"},
    {"NetworkAdministrator", "/job-function/", "Grants full access permissions to set up AWS network resources.",
     "ec2:*,elasticloadbalancing:*,cloudfront:*,cloudwatch:*,directconnect:*,logs:*,route53:*,route53domains:*,sns:*"},
    {"SystemAdministrator", "/job-function/", "Grants full access permissions necessary for resources required for "
     "application and development operations.",
     "autoscaling:*,cloudtrail:*,cloudwatch:*,codecommit:*,codedeploy:*,codepipeline:*,config:*,ec2:*,iam:Get*,iam:List*,"
     "kms:Describe*,kms:List*,lambda:*,logs:*,rds:Describe*,rds:ListTagsForResource,route53:*,s3:*,ses:*,sns:*,sqs:*,ssm:*"},
}};

std::vector<std::string_view> PartsOf(std::string_view list) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    parts.push_back(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return parts;
}

// `@Get` stands for Get* of every service that is read; `!` in front of all makes a NotAction.
std::string DocumentOf(std::string_view actions) {
  const bool negated = actions.starts_with('!');
  if (negated) actions.remove_prefix(1);
  std::string list;
  const auto add = [&](std::string_view action) {
    if (!list.empty()) list += ",";
    list.append("\"").append(action).append("\"");
  };
  for (const std::string_view action : PartsOf(actions)) {
    if (!action.starts_with('@')) {
      add(action);
      continue;
    }
    for (const std::string_view service : PartsOf(kReadServices)) {
      add(std::string(service) + ":" + std::string(action.substr(1)) + "*");
    }
  }
  return std::string(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",")") + (negated ? "NotAction" : "Action") +
         "\":[" + list + R"(],"Resource":"*"}]})";
}

// The same id in every run, as AWS's are the same in every account.
std::string IdOf(std::string_view name) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const base::Digest digest = base::Sha256(name);
  std::string id = "ANPA";
  for (std::size_t i = 0; i < 17; ++i) id += kAlphabet[digest[i] % kAlphabet.size()];
  return id;
}

}  // namespace

AwsPolicyNames MakeAwsPolicies(model::Partition partition, base::Time created) {
  AwsPolicyNames policies;
  const std::string prefix = "arn:" + std::string(model::FactsOf(partition).name) + ":iam::aws:policy";
  for (const Row& row : kRows) {
    auto policy = std::make_shared<ManagedPolicy>();
    policy->id = IdOf(row.name);
    policy->name = row.name;
    policy->path = row.path;
    policy->arn = prefix + policy->path + policy->name;
    policy->description = row.description;
    policy->created = policy->updated = created;
    base::Result<PolicyText> document = StorePolicy(DocumentOf(row.actions), policy::DocumentKind::kIdentity);
    CHECK(document.has_value());
    policy->versions.push_back({.number = 1, .policy = *std::move(document), .created = created});
    policies.emplace(policy->name, std::move(policy));
  }
  return policies;
}

}  // namespace crossrole::sim
