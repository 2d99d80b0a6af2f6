// SPDX-License-Identifier: Apache-2.0
#include "sim/iam/service_role_names.h"

#include <algorithm>
#include <array>

namespace crossrole::sim::iam {
namespace {

constexpr std::string_view kDomain = ".amazonaws.com";

struct Row {
  std::string_view service;  // the principal without its domain
  std::string_view name;     // behind "AWSServiceRoleFor"
  Suffix suffix = Suffix::kRefused;
};

// Where the name is not simply that of the principal with capitals, or several roles are possible. Sorted.
// Source: the services' own pages on service-linked roles.
constexpr std::array kRows = std::to_array<Row>({
    {"accountdiscovery.ssm", "AmazonSSM_AccountDiscovery"},
    {"acm", "CertificateManager"},
    {"appmesh", "AppMesh"},
    {"apprunner", "AppRunner"},
    {"appstream.application-autoscaling", "ApplicationAutoScaling_AppStreamFleet"},
    {"auditmanager", "AuditManager"},
    {"autoscaling", "AutoScaling", Suffix::kAllowed},
    {"autoscaling-plans", "AutoScalingPlans_EC2AutoScaling"},
    {"braket", "AmazonBraket"},
    {"cassandra.application-autoscaling", "ApplicationAutoScaling_CassandraTable"},
    {"channels.lex", "LexChannels"},
    {"channels.lexv2", "LexV2Channels"},
    {"chime", "AmazonChime"},
    {"cks.kms", "KeyManagementServiceCustomKeyStores"},
    {"cloud9", "AWSCloud9"},
    {"cloudhsm", "CloudHSM"},
    {"cloudtrail", "CloudTrail"},
    {"codeguru-reviewer", "AmazonCodeGuruReviewer"},
    {"codestar-notifications", "CodeStarNotifications"},
    {"comprehend.application-autoscaling", "ApplicationAutoScaling_ComprehendEndpoint"},
    {"connect", "AmazonConnect", Suffix::kAllowed},
    {"continuousexport.discovery", "ApplicationDiscoveryServiceContinuousExport"},
    {"custom-resource.application-autoscaling", "ApplicationAutoScaling_CustomResource"},
    {"dax", "DAX"},
    {"delivery.logs", "LogDelivery"},
    {"devops-guru", "DevOpsGuru"},
    {"directconnect", "DirectConnect"},
    {"dms", "DMSServerless"},
    {"dms-fleet-advisor", "DMSFleetAdvisor"},
    {"docdb-elastic", "DocDB-Elastic"},
    {"dynamodb.application-autoscaling", "ApplicationAutoScaling_DynamoDBTable"},
    {"ec2.application-autoscaling", "ApplicationAutoScaling_EC2SpotFleetRequest"},
    {"ec2fleet", "EC2Fleet"},
    {"ecr", "ECRTemplate"},
    {"ecs", "ECS"},
    {"ecs.application-autoscaling", "ApplicationAutoScaling_ECSService"},
    {"eks", "AmazonEKS"},
    {"eks-connector", "AmazonEKSConnector"},
    {"eks-fargate", "AmazonEKSForFargate"},
    {"eks-nodegroup", "AmazonEKSNodegroup"},
    {"elasticache", "ElastiCache"},
    {"elasticache.application-autoscaling", "ApplicationAutoScaling_ElastiCacheRG"},
    {"elasticbeanstalk", "ElasticBeanstalk"},
    {"elasticfilesystem", "AmazonElasticFileSystem"},
    {"elasticloadbalancing", "ElasticLoadBalancing"},
    {"elasticmapreduce", "EMRCleanup"},
    {"email.cognito-idp", "AmazonCognitoIdpEmailService"},
    {"emr-containers", "AmazonEMRContainers"},
    {"emrwal", "EMRWAL"},
    {"es", "AmazonElasticsearchService"},
    {"events", "CloudWatchEvents"},
    {"events.workmail", "AmazonWorkMailEvents"},
    {"fis", "FIS"},
    {"globalaccelerator", "GlobalAccelerator"},
    {"grafana", "AmazonGrafana"},
    {"guardduty", "AmazonGuardDuty"},
    {"imagebuilder", "ImageBuilder"},
    {"inspector", "AmazonInspector"},
    {"inspector2", "AmazonInspector2"},
    {"iotmanagedintegrations", "IoTManagedIntegrations"},
    {"iotsitewise", "IoTSiteWise"},
    {"ivs", "IVSRecordToS3"},
    {"kafka.application-autoscaling", "ApplicationAutoScaling_KafkaCluster"},
    {"kafkaconnect", "KafkaConnect"},
    {"lakeformation", "LakeFormationDataAccess"},
    {"lambda.application-autoscaling", "ApplicationAutoScaling_LambdaConcurrency"},
    {"lex", "LexBots"},
    {"lexv2", "LexV2Bots", Suffix::kAllowed},
    {"license-management.marketplace", "MarketplaceLicenseManagement"},
    {"license-manager", "AWSLicenseManagerRole"},
    {"license-manager.master-account", "AWSLicenseManagerMasterAccountRole"},
    {"license-manager.member-account", "AWSLicenseManagerMemberAccountRole"},
    {"logger.cloudfront", "CloudFrontLogger"},
    {"m2", "AWSM2"},
    {"macie", "AmazonMacie"},
    {"malware-protection.guardduty", "AmazonGuardDutyMalwareProtection"},
    {"management.chatbot", "AWSChatbot"},
    {"mediatailor", "MediaTailor"},
    {"member.org.stacksets.cloudformation", "CloudFormationStackSetsOrgMember"},
    {"memorydb", "MemoryDB"},
    {"mgn", "ApplicationMigrationService"},
    {"migrationhub", "MigrationHub"},
    {"migrationhub-strategy", "MigrationHubStrategy"},
    {"mq", "AmazonMQ"},
    {"mrk.kms", "KeyManagementServiceMultiRegionKeys"},
    {"neptune.application-autoscaling", "ApplicationAutoScaling_NeptuneCluster"},
    {"notifications", "AwsUserNotifications"},
    {"observability.aoss", "AmazonOpenSearchServerless"},
    {"opensearchservice", "AmazonOpenSearchService"},
    {"ops.apigateway", "APIGateway"},
    {"ops.emr-serverless", "AmazonEMRServerless"},
    {"opsdatasync.ssm", "SystemsManagerOpsDataSync"},
    {"opsinsights.ssm", "AmazonSSM_OpsInsights"},
    {"panorama", "AWSPanorama"},
    {"pullthroughcache.ecr", "ECRPullThroughCache"},
    {"ram", "ResourceAccessManager"},
    {"rds", "RDS"},
    {"rds.application-autoscaling", "ApplicationAutoScaling_RDSCluster"},
    {"replication.cassandra", "KeyspacesReplication"},
    {"replication.dynamodb", "DynamoDBReplication"},
    {"replication.ecr", "ECRReplication"},
    {"reports.backup", "BackupReports"},
    {"repository.sync.codeconnections", "GitSync"},
    {"resource-explorer-2", "ResourceExplorer"},
    {"robomaker", "RoboMaker"},
    {"rolesanywhere", "RolesAnywhere"},
    {"route53resolver", "Route53Resolver"},
    {"s3-outposts", "S3OnOutposts"},
    {"sagemaker.application-autoscaling", "ApplicationAutoScaling_SageMakerEndpoint"},
    {"securityhub", "SecurityHub"},
    {"servicecatalog-appregistry", "AWSServiceCatalogAppRegistry"},
    {"ses", "AmazonSES"},
    {"shield", "AWSShield"},
    {"sms", "SMS"},
    {"spot", "EC2Spot"},
    {"spotfleet", "EC2SpotFleet"},
    {"ssm", "AmazonSSM"},
    {"ssm-incidents", "IncidentManager"},
    {"ssm-quicksetup", "SSMQuickSetup"},
    {"sso", "SSO"},
    {"stacksets.cloudformation", "CloudFormationStackSetsOrgAdmin"},
    {"storage-lens.s3", "S3StorageLens"},
    {"transcription.chime", "AmazonChimeTranscription"},
    {"transitgateway", "VPCTransitGateway"},
    {"trustedadvisor", "TrustedAdvisor"},
    {"voiceconnector.chime", "AmazonChimeVoiceConnector"},
    {"vpcorigin.cloudfront", "CloudFrontVPCOrigin"},
    {"waf", "WAFLogging"},
    {"waf-regional", "WAFRegionalLogging"},
    {"wafv2", "WAFV2Logging"},
    {"worklink", "AmazonWorkLink"},
});
static_assert(std::ranges::is_sorted(kRows, {}, &Row::service));

const Row* FindRow(std::string_view principal) {
  if (!principal.ends_with(kDomain)) return nullptr;
  const std::string_view service = principal.substr(0, principal.size() - kDomain.size());
  const auto row = std::ranges::lower_bound(kRows, service, {}, &Row::service);
  return row == kRows.end() || row->service != service ? nullptr : &*row;
}

// "access-analyzer" as "AccessAnalyzer".
std::string WithCapitals(std::string_view service) {
  std::string name;
  bool capital = true;
  for (const char c : service) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter) name += capital && c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    capital = !letter;
  }
  return name;
}

}  // namespace

std::string ServiceRoleName(std::string_view principal, std::string_view suffix) {
  const Row* const row = FindRow(principal);
  std::string name = "AWSServiceRoleFor";
  name += row != nullptr ? std::string(row->name) : WithCapitals(principal.substr(0, principal.find(kDomain)));
  if (!suffix.empty()) name.append("_").append(suffix);
  return name;
}

Suffix SuffixOf(std::string_view principal) {
  const Row* const row = FindRow(principal);
  return row == nullptr ? Suffix::kRefused : row->suffix;
}

}  // namespace crossrole::sim::iam
