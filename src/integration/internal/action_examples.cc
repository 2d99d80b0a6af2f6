// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/action_examples.h"

#include <algorithm>
#include <array>

namespace crossrole::integration {
namespace {

struct Example {
  std::string_view pattern;
  std::string_view action;
};

// Sorted by pattern. IAM simulates no patterns; one real action of each shows whether the pattern was granted.
constexpr auto kExamples = std::to_array<Example>({
    {"access-analyzer:Get*", "access-analyzer:GetAnalyzer"},
    {"access-analyzer:List*", "access-analyzer:ListAnalyzers"},
    {"acm:Describe*", "acm:DescribeCertificate"},
    {"acm:List*", "acm:ListCertificates"},
    {"apprunner:List*", "apprunner:ListServices"},
    {"athena:List*", "athena:ListWorkGroups"},
    {"autoscaling:Describe*", "autoscaling:DescribeAutoScalingGroups"},
    {"backup:Describe*", "backup:DescribeBackupVault"},
    {"backup:List*", "backup:ListBackupVaults"},
    {"batch:Describe*", "batch:DescribeJobQueues"},
    {"batch:List*", "batch:ListJobs"},
    {"bcm-data-exports:Get*", "bcm-data-exports:GetExport"},
    {"bcm-data-exports:List*", "bcm-data-exports:ListExports"},
    {"billing:Get*", "billing:GetBillingData"},
    {"billing:List*", "billing:ListBillingViews"},
    {"budgets:Describe*", "budgets:DescribeBudgetActionsForAccount"},
    {"ce:Describe*", "ce:DescribeCostCategoryDefinition"},
    {"ce:Get*", "ce:GetCostAndUsage"},
    {"ce:List*", "ce:ListCostCategoryDefinitions"},
    {"cloudformation:Describe*", "cloudformation:DescribeStacks"},
    {"cloudformation:List*", "cloudformation:ListStacks"},
    {"cloudfront:List*", "cloudfront:ListDistributions"},
    {"cloudtrail:Describe*", "cloudtrail:DescribeTrails"},
    {"cloudwatch:Describe*", "cloudwatch:DescribeAlarms"},
    {"cloudwatch:List*", "cloudwatch:ListMetrics"},
    {"compute-optimizer:Describe*", "compute-optimizer:DescribeRecommendationExportJobs"},
    {"compute-optimizer:Get*", "compute-optimizer:GetEnrollmentStatus"},
    {"config:Describe*", "config:DescribeConfigurationRecorders"},
    {"config:Get*", "config:GetResourceConfigHistory"},
    {"config:List*", "config:ListDiscoveredResources"},
    {"consolidatedbilling:Get*", "consolidatedbilling:GetAccountBillingRole"},
    {"consolidatedbilling:List*", "consolidatedbilling:ListLinkedAccounts"},
    {"cost-optimization-hub:Get*", "cost-optimization-hub:GetPreferences"},
    {"cost-optimization-hub:List*", "cost-optimization-hub:ListRecommendations"},
    {"cur:Describe*", "cur:DescribeReportDefinitions"},
    {"directconnect:Describe*", "directconnect:DescribeConnections"},
    {"docdb-elastic:List*", "docdb-elastic:ListClusters"},
    {"dynamodb:Describe*", "dynamodb:DescribeTable"},
    {"dynamodb:List*", "dynamodb:ListTables"},
    {"ec2:Describe*", "ec2:DescribeInstances"},
    {"ecs:Describe*", "ecs:DescribeClusters"},
    {"ecs:List*", "ecs:ListClusters"},
    {"eks:Describe*", "eks:DescribeCluster"},
    {"eks:List*", "eks:ListClusters"},
    {"elasticache:Describe*", "elasticache:DescribeCacheClusters"},
    {"elasticbeanstalk:List*", "elasticbeanstalk:ListPlatformVersions"},
    {"elasticfilesystem:Describe*", "elasticfilesystem:DescribeFileSystems"},
    {"elasticloadbalancing:Describe*", "elasticloadbalancing:DescribeLoadBalancers"},
    {"es:Describe*", "es:DescribeElasticsearchDomains"},
    {"es:List*", "es:ListDomainNames"},
    {"events:Describe*", "events:DescribeRule"},
    {"events:List*", "events:ListRules"},
    {"firehose:Describe*", "firehose:DescribeDeliveryStream"},
    {"firehose:List*", "firehose:ListDeliveryStreams"},
    {"freetier:Get*", "freetier:GetFreeTierUsage"},
    {"fsx:Describe*", "fsx:DescribeFileSystems"},
    {"globalaccelerator:Describe*", "globalaccelerator:DescribeAccelerator"},
    {"globalaccelerator:List*", "globalaccelerator:ListAccelerators"},
    {"glue:List*", "glue:ListJobs"},
    {"guardduty:Get*", "guardduty:GetDetector"},
    {"guardduty:List*", "guardduty:ListDetectors"},
    {"health:Describe*", "health:DescribeEvents"},
    {"iam:Get*", "iam:GetUser"},
    {"iam:List*", "iam:ListUsers"},
    {"imagebuilder:List*", "imagebuilder:ListImages"},
    {"inspector2:List*", "inspector2:ListFindings"},
    {"kafka:Describe*", "kafka:DescribeCluster"},
    {"kafka:List*", "kafka:ListClusters"},
    {"kinesis:Describe*", "kinesis:DescribeStream"},
    {"kinesis:List*", "kinesis:ListStreams"},
    {"kms:Describe*", "kms:DescribeKey"},
    {"kms:List*", "kms:ListKeys"},
    {"lambda:List*", "lambda:ListFunctions"},
    {"logs:Describe*", "logs:DescribeLogGroups"},
    {"memorydb:Describe*", "memorydb:DescribeClusters"},
    {"network-firewall:Describe*", "network-firewall:DescribeFirewall"},
    {"network-firewall:List*", "network-firewall:ListFirewalls"},
    {"organizations:Describe*", "organizations:DescribeOrganization"},
    {"organizations:List*", "organizations:ListAccounts"},
    {"rds:Describe*", "rds:DescribeDBInstances"},
    {"redshift:Describe*", "redshift:DescribeClusters"},
    {"resource-groups:List*", "resource-groups:ListGroups"},
    {"route53:Get*", "route53:GetHostedZone"},
    {"route53:List*", "route53:ListHostedZones"},
    {"route53domains:List*", "route53domains:ListDomains"},
    {"savingsplans:Describe*", "savingsplans:DescribeSavingsPlans"},
    {"savingsplans:List*", "savingsplans:ListTagsForResource"},
    {"securityhub:Describe*", "securityhub:DescribeHub"},
    {"securityhub:Get*", "securityhub:GetFindings"},
    {"securityhub:List*", "securityhub:ListMembers"},
    {"servicequotas:Get*", "servicequotas:GetServiceQuota"},
    {"servicequotas:List*", "servicequotas:ListServiceQuotas"},
    {"sns:List*", "sns:ListTopics"},
    {"sqs:List*", "sqs:ListQueues"},
    {"sso:Describe*", "sso:DescribePermissionSet"},
    {"sso:List*", "sso:ListInstances"},
    {"states:List*", "states:ListStateMachines"},
    {"tag:Get*", "tag:GetResources"},
    {"trustedadvisor:List*", "trustedadvisor:ListChecks"},
    {"vpc-lattice:List*", "vpc-lattice:ListServices"},
    {"wafv2:Get*", "wafv2:GetWebACL"},
    {"wafv2:List*", "wafv2:ListWebACLs"},
});
static_assert(std::ranges::is_sorted(kExamples, {}, &Example::pattern));

}  // namespace

std::string_view ExampleOf(std::string_view pattern) {
  const auto found = std::ranges::lower_bound(kExamples, pattern, {}, &Example::pattern);
  return found != kExamples.end() && found->pattern == pattern ? found->action : std::string_view();
}

}  // namespace crossrole::integration
