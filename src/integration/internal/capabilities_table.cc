// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "integration/capabilities.h"

namespace crossrole::integration {
namespace {

using std::string_view;

constexpr std::array<string_view, 1> kSelfRead = {"iam:GetRole"};
constexpr std::array<string_view, 2> kSelfReview = {"iam:ListAttachedRolePolicies", "iam:ListRolePolicies"};
constexpr std::array<string_view, 1> kSelfSimulate = {"iam:SimulatePrincipalPolicy"};
constexpr std::array<PackStatement, 3> kSelfCheck = {{
    {"CrossroleReadSelf", kSelfRead, PackScope::kOwnRole,
     "Reads the role's own trust policy and longest session, so that a verification can name what is wrong with them."},
    {"CrossroleReviewSelf", kSelfReview, PackScope::kOwnRole,
     "Lists the names of the role's own policies for the review page."},
    {"CrossroleSimulateSelf", kSelfSimulate, PackScope::kOwnRole,
     "Asks IAM which actions of the chosen capabilities the role lacks, without performing them."},
}};

constexpr std::array<string_view, 1> kAlias = {"iam:ListAccountAliases"};
constexpr std::array<PackStatement, 1> kAccountAlias = {{
    {"CrossroleAccountAlias", kAlias, PackScope::kEverything,
     "Reads the account's alias, to show it beside the number; IAM knows no narrower resource for it."},
}};

constexpr std::array<string_view, 8> kOrganizationList = {"organizations:DescribeAccount",
                                                          "organizations:DescribeOrganization",
                                                          "organizations:DescribeOrganizationalUnit",
                                                          "organizations:ListAccounts",
                                                          "organizations:ListAccountsForParent",
                                                          "organizations:ListOrganizationalUnitsForParent",
                                                          "organizations:ListParents",
                                                          "organizations:ListRoots"};
constexpr std::array<PackStatement, 1> kOrganization = {{
    {"CrossroleListOrganization", kOrganizationList, PackScope::kEverything,
     "Lists roots, organizational units and accounts, to mirror them; these actions know no narrower resource that is known before."},
}};

constexpr std::array<string_view, 18> kCompute = {"apprunner:List*",
                                                  "autoscaling:Describe*",
                                                  "batch:Describe*",
                                                  "batch:List*",
                                                  "ec2:Describe*",
                                                  "ecr:DescribeImages",
                                                  "ecr:DescribeRepositories",
                                                  "ecr:ListImages",
                                                  "ecs:Describe*",
                                                  "ecs:List*",
                                                  "eks:Describe*",
                                                  "eks:List*",
                                                  "elasticbeanstalk:List*",
                                                  "imagebuilder:List*",
                                                  "lambda:GetAccountSettings",
                                                  "lambda:GetPolicy",
                                                  "lambda:List*",
                                                  "lightsail:GetInstances"};
constexpr std::array<string_view, 19> kStorage = {"backup:Describe*",
                                                  "backup:List*",
                                                  "elasticfilesystem:Describe*",
                                                  "fsx:Describe*",
                                                  "glacier:DescribeVault",
                                                  "glacier:ListVaults",
                                                  "s3:GetAccountPublicAccessBlock",
                                                  "s3:GetBucketAcl",
                                                  "s3:GetBucketLocation",
                                                  "s3:GetBucketLogging",
                                                  "s3:GetBucketPolicy",
                                                  "s3:GetBucketPolicyStatus",
                                                  "s3:GetBucketPublicAccessBlock",
                                                  "s3:GetBucketTagging",
                                                  "s3:GetBucketVersioning",
                                                  "s3:GetEncryptionConfiguration",
                                                  "s3:GetLifecycleConfiguration",
                                                  "s3:GetReplicationConfiguration",
                                                  "s3:ListAllMyBuckets"};
constexpr std::array<string_view, 20> kData = {"athena:List*",
                                               "docdb-elastic:List*",
                                               "dynamodb:Describe*",
                                               "dynamodb:List*",
                                               "elasticache:Describe*",
                                               "elasticache:ListTagsForResource",
                                               "es:Describe*",
                                               "es:List*",
                                               "firehose:Describe*",
                                               "firehose:List*",
                                               "glue:List*",
                                               "kafka:Describe*",
                                               "kafka:List*",
                                               "kinesis:Describe*",
                                               "kinesis:List*",
                                               "memorydb:Describe*",
                                               "rds:Describe*",
                                               "rds:ListTagsForResource",
                                               "redshift:Describe*",
                                               "states:List*"};
constexpr std::array<string_view, 14> kNetwork = {"apigateway:GET",
                                                  "cloudfront:List*",
                                                  "directconnect:Describe*",
                                                  "elasticloadbalancing:Describe*",
                                                  "globalaccelerator:Describe*",
                                                  "globalaccelerator:List*",
                                                  "network-firewall:Describe*",
                                                  "network-firewall:List*",
                                                  "route53:Get*",
                                                  "route53:List*",
                                                  "route53domains:List*",
                                                  "vpc-lattice:List*",
                                                  "wafv2:Get*",
                                                  "wafv2:List*"};
constexpr std::array<string_view, 23> kIdentity = {"access-analyzer:Get*",
                                                   "access-analyzer:List*",
                                                   "acm:Describe*",
                                                   "acm:List*",
                                                   "cognito-idp:DescribeUserPool",
                                                   "cognito-idp:ListUserPools",
                                                   "iam:GenerateCredentialReport",
                                                   "iam:Get*",
                                                   "iam:List*",
                                                   "kms:Describe*",
                                                   "kms:GetKeyPolicy",
                                                   "kms:GetKeyRotationStatus",
                                                   "kms:List*",
                                                   "organizations:Describe*",
                                                   "organizations:List*",
                                                   "secretsmanager:DescribeSecret",
                                                   "secretsmanager:ListSecrets",
                                                   "ssm:DescribeInstanceInformation",
                                                   "ssm:DescribeParameters",
                                                   "ssm:ListTagsForResource",
                                                   "sso:Describe*",
                                                   "sso:List*",
                                                   "sts:GetCallerIdentity"};
constexpr std::array<string_view, 35> kOperations = {"cloudformation:Describe*",
                                                     "cloudformation:List*",
                                                     "cloudtrail:Describe*",
                                                     "cloudtrail:GetEventSelectors",
                                                     "cloudtrail:GetTrail",
                                                     "cloudtrail:GetTrailStatus",
                                                     "cloudtrail:ListTrails",
                                                     "cloudtrail:LookupEvents",
                                                     "cloudwatch:Describe*",
                                                     "cloudwatch:GetMetricData",
                                                     "cloudwatch:GetMetricStatistics",
                                                     "cloudwatch:List*",
                                                     "config:Describe*",
                                                     "config:Get*",
                                                     "config:List*",
                                                     "events:Describe*",
                                                     "events:List*",
                                                     "guardduty:Get*",
                                                     "guardduty:List*",
                                                     "health:Describe*",
                                                     "inspector2:List*",
                                                     "logs:Describe*",
                                                     "logs:ListTagsForResource",
                                                     "resource-groups:List*",
                                                     "securityhub:Describe*",
                                                     "securityhub:Get*",
                                                     "securityhub:List*",
                                                     "servicequotas:Get*",
                                                     "servicequotas:List*",
                                                     "sns:GetTopicAttributes",
                                                     "sns:List*",
                                                     "sqs:GetQueueAttributes",
                                                     "sqs:List*",
                                                     "tag:Get*",
                                                     "trustedadvisor:List*"};
constexpr std::array<PackStatement, 6> kReadOnly = {{
    {"ReadOnlyCompute", kCompute, PackScope::kEverything, "Lists and describes machines, containers and functions."},
    {"ReadOnlyStorage", kStorage, PackScope::kEverything,
     "Lists buckets, file systems and backups with their settings, never the contents of an object."},
    {"ReadOnlyData", kData, PackScope::kEverything,
     "Lists and describes databases, caches and streams, never their rows or messages."},
    {"ReadOnlyNetwork", kNetwork, PackScope::kEverything, "Lists and describes networks, load balancers and names."},
    {"ReadOnlyIdentity", kIdentity, PackScope::kEverything,
     "Lists and describes identities, policies, keys and certificates, never the value of a secret."},
    {"ReadOnlyOperations", kOperations, PackScope::kEverything,
     "Lists and describes stacks, trails, metrics, alarms, findings and quotas."},
}};

constexpr std::array<string_view, 17> kReports = {"account:GetAccountInformation",
                                                  "account:ListRegions",
                                                  "bcm-data-exports:Get*",
                                                  "bcm-data-exports:List*",
                                                  "billing:Get*",
                                                  "billing:List*",
                                                  "budgets:Describe*",
                                                  "budgets:ListTagsForResource",
                                                  "budgets:ViewBudget",
                                                  "ce:Describe*",
                                                  "ce:Get*",
                                                  "ce:List*",
                                                  "consolidatedbilling:Get*",
                                                  "consolidatedbilling:List*",
                                                  "cur:Describe*",
                                                  "cur:GetUsageReport",
                                                  "freetier:Get*"};
constexpr std::array<string_view, 11> kSavings = {
    "compute-optimizer:Describe*", "compute-optimizer:Get*",   "cost-optimization-hub:Get*",
    "cost-optimization-hub:List*", "pricing:DescribeServices", "pricing:GetAttributeValues",
    "pricing:GetPriceListFileUrl", "pricing:GetProducts",      "pricing:ListPriceLists",
    "savingsplans:Describe*",      "savingsplans:List*"};
constexpr std::array<string_view, 14> kAttribution = {"cloudwatch:GetMetricData",
                                                      "cloudwatch:GetMetricStatistics",
                                                      "cloudwatch:ListMetrics",
                                                      "ec2:DescribeInstances",
                                                      "ec2:DescribeRegions",
                                                      "ec2:DescribeReservedInstances",
                                                      "ec2:DescribeVolumes",
                                                      "organizations:Describe*",
                                                      "organizations:List*",
                                                      "rds:DescribeDBInstances",
                                                      "rds:DescribeReservedDBInstances",
                                                      "tag:GetResources",
                                                      "tag:GetTagKeys",
                                                      "tag:GetTagValues"};
constexpr std::array<PackStatement, 3> kCost = {{
    {"CostReports", kReports, PackScope::kEverything, "Reads cost and usage reports, budgets and billing settings."},
    {"CostSavings", kSavings, PackScope::kEverything, "Reads AWS's own recommendations for saving, and price lists."},
    {"CostAttribution", kAttribution, PackScope::kEverything,
     "Reads names, tags and utilisation of what costs are put down to."},
}};

constexpr std::array<PackParameter, 3> kStateParameters = {{
    {"bucket", Presence::kRequired, "name of the S3 bucket that holds the state"},
    {"key_prefix", Presence::kOptional, "beginning of the keys in the bucket; all keys without it"},
    {"dynamodb_table", Presence::kOptional, "name of the table that holds the locks, where one is used"},
}};
constexpr std::array<string_view, 1> kStateList = {"s3:ListBucket"};
constexpr std::array<string_view, 2> kStateObjects = {"s3:GetObject", "s3:PutObject"};
constexpr std::array<string_view, 1> kStateLockFiles = {"s3:DeleteObject"};
constexpr std::array<string_view, 4> kStateLocks = {"dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem",
                                                    "dynamodb:PutItem"};
constexpr std::array<PackStatement, 4> kTerraformState = {{
    {"TerraformStateList", kStateList, PackScope::kStateBucket,
     "Lists the keys of the bucket, as the backend does to find workspaces."},
    {"TerraformStateObjects", kStateObjects, PackScope::kStateObjects, "Reads and writes the state."},
    {"TerraformStateLockFiles", kStateLockFiles, PackScope::kStateLockFiles,
     "Removes the lock file of the backend, and nothing else."},
    {"TerraformStateLockTable", kStateLocks, PackScope::kStateLockTable,
     "Takes and frees the lock in the table of the backend."},
}};

// Packs of features that do not exist yet are not here: what is offered is what something calls.
constexpr std::array<Pack, 6> kPacks = {{
    {"self_check",
     "2026-11-22",
     PackUse::kUsed,
     PackDefault::kOn,
     "The role reads itself and its own policies and simulates itself; nothing wider.",
     {},
     kSelfCheck},
    {"account_alias", "2026-11-22", PackUse::kUsed, PackDefault::kOff, "Shows the account's alias.", {}, kAccountAlias},
    {"organization",
     "2026-11-22",
     PackUse::kUsed,
     PackDefault::kOff,
     "Lists an organization; only the discovery role of an integration of kind organization has it, and always.",
     {},
     kOrganization},
    {"read_only",
     "2026-11-22",
     PackUse::kGranted,
     PackDefault::kOff,
     "Sessions may look at the settings of everything, and at the contents of nothing.",
     {},
     kReadOnly},
    {"cost",
     "2026-11-22",
     PackUse::kGranted,
     PackDefault::kOff,
     "Sessions may read costs, budgets, prices and what they are put down to.",
     {},
     kCost},
    {"terraform_state", "2026-11-22", PackUse::kGranted, PackDefault::kOff,
     "Sessions may use one S3 bucket as the backend of Terraform or OpenTofu.", kStateParameters, kTerraformState},
}};

}  // namespace

std::span<const Pack> Packs() { return kPacks; }

const Pack* FindPack(std::string_view name) {
  const auto* found = std::ranges::find(kPacks, name, &Pack::name);
  return found == kPacks.end() ? nullptr : found;
}

}  // namespace crossrole::integration
