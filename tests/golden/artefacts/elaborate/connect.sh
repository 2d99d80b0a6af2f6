#!/bin/sh
# Makes the role for the Crossrole integration prod_eu (int_01JD3EB0000000000000000ABC), template 2026-11-22.f9d1af8b33db.
# Needs the AWS CLI with credentials of an administrator of the account. It may be run again: it changes only
# what carries the tag of this integration, and stops at anything else. Its last line is the ARN of the role.
set -eu
# No pager, and no rewriting of paths by Git for Windows.
export AWS_PAGER='' MSYS_NO_PATHCONV=1

integration='int_01JD3EB0000000000000000ABC'
template='2026-11-22.f9d1af8b33db'
partition='aws'
role_name='Crossrole-0000000ABC'
path='/crossrole/'
longest_session='7200'
tags='[{"Key":"cost centre","Value":"4711 = A"},{"Key":"crossrole:integration","Value":"int_01JD3EB0000000000000000ABC"},{"Key":"crossrole:template","Value":"2026-11-22.f9d1af8b33db"},{"Key":"owner","Value":"ops@example.com"}]'
trust='{"Version":"2012-10-17","Statement":[{"Sid":"AssumeWithExternalId","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:role/crossrole/broker"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:k3v7x2m7q4r6t5w3z6y4b2d4fa"}}},{"Sid":"TagSession","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:role/crossrole/broker"},"Action":["sts:TagSession","sts:SetSourceIdentity"]}]}'
policy_1='{"Version":"2012-10-17","Statement":[{"Sid":"CrossroleReadSelf","Effect":"Allow","Action":"iam:GetRole","Resource":"arn:aws:iam::111122223333:role/crossrole/Crossrole-0000000ABC"},{"Sid":"CrossroleReviewSelf","Effect":"Allow","Action":["iam:ListAttachedRolePolicies","iam:ListRolePolicies"],"Resource":"arn:aws:iam::111122223333:role/crossrole/Crossrole-0000000ABC"},{"Sid":"CrossroleSimulateSelf","Effect":"Allow","Action":"iam:SimulatePrincipalPolicy","Resource":"arn:aws:iam::111122223333:role/crossrole/Crossrole-0000000ABC"},{"Sid":"CrossroleAccountAlias","Effect":"Allow","Action":"iam:ListAccountAliases","Resource":"*"},{"Sid":"ReadOnlyCompute","Effect":"Allow","Action":["apprunner:List*","autoscaling:Describe*","batch:Describe*","batch:List*","ec2:Describe*","ecr:DescribeImages","ecr:DescribeRepositories","ecr:ListImages","ecs:Describe*","ecs:List*","eks:Describe*","eks:List*","elasticbeanstalk:List*","imagebuilder:List*","lambda:GetAccountSettings","lambda:GetPolicy","lambda:List*","lightsail:GetInstances"],"Resource":"*"},{"Sid":"ReadOnlyStorage","Effect":"Allow","Action":["backup:Describe*","backup:List*","elasticfilesystem:Describe*","fsx:Describe*","glacier:DescribeVault","glacier:ListVaults","s3:GetAccountPublicAccessBlock","s3:GetBucketAcl","s3:GetBucketLocation","s3:GetBucketLogging","s3:GetBucketPolicy","s3:GetBucketPolicyStatus","s3:GetBucketPublicAccessBlock","s3:GetBucketTagging","s3:GetBucketVersioning","s3:GetEncryptionConfiguration","s3:GetLifecycleConfiguration","s3:GetReplicationConfiguration","s3:ListAllMyBuckets"],"Resource":"*"},{"Sid":"ReadOnlyData","Effect":"Allow","Action":["athena:List*","docdb-elastic:List*","dynamodb:Describe*","dynamodb:List*","elasticache:Describe*","elasticache:ListTagsForResource","es:Describe*","es:List*","firehose:Describe*","firehose:List*","glue:List*","kafka:Describe*","kafka:List*","kinesis:Describe*","kinesis:List*","memorydb:Describe*","rds:Describe*","rds:ListTagsForResource","redshift:Describe*","states:List*"],"Resource":"*"},{"Sid":"ReadOnlyNetwork","Effect":"Allow","Action":["apigateway:GET","cloudfront:List*","directconnect:Describe*","elasticloadbalancing:Describe*","globalaccelerator:Describe*","globalaccelerator:List*","network-firewall:Describe*","network-firewall:List*","route53:Get*","route53:List*","route53domains:List*","vpc-lattice:List*","wafv2:Get*","wafv2:List*"],"Resource":"*"},{"Sid":"ReadOnlyIdentity","Effect":"Allow","Action":["access-analyzer:Get*","access-analyzer:List*","acm:Describe*","acm:List*","cognito-idp:DescribeUserPool","cognito-idp:ListUserPools","iam:GenerateCredentialReport","iam:Get*","iam:List*","kms:Describe*","kms:GetKeyPolicy","kms:GetKeyRotationStatus","kms:List*","organizations:Describe*","organizations:List*","secretsmanager:DescribeSecret","secretsmanager:ListSecrets","ssm:DescribeInstanceInformation","ssm:DescribeParameters","ssm:ListTagsForResource","sso:Describe*","sso:List*","sts:GetCallerIdentity"],"Resource":"*"},{"Sid":"ReadOnlyOperations","Effect":"Allow","Action":["cloudformation:Describe*","cloudformation:List*","cloudtrail:Describe*","cloudtrail:GetEventSelectors","cloudtrail:GetTrail","cloudtrail:GetTrailStatus","cloudtrail:ListTrails","cloudtrail:LookupEvents","cloudwatch:Describe*","cloudwatch:GetMetricData","cloudwatch:GetMetricStatistics","cloudwatch:List*","config:Describe*","config:Get*","config:List*","events:Describe*","events:List*","guardduty:Get*","guardduty:List*","health:Describe*","inspector2:List*","logs:Describe*","logs:ListTagsForResource","resource-groups:List*","securityhub:Describe*","securityhub:Get*","securityhub:List*","servicequotas:Get*","servicequotas:List*","sns:GetTopicAttributes","sns:List*","sqs:GetQueueAttributes","sqs:List*","tag:Get*","trustedadvisor:List*"],"Resource":"*"}]}'
policy_2='{"Version":"2012-10-17","Statement":[{"Sid":"CostReports","Effect":"Allow","Action":["account:GetAccountInformation","account:ListRegions","bcm-data-exports:Get*","bcm-data-exports:List*","billing:Get*","billing:List*","budgets:Describe*","budgets:ListTagsForResource","budgets:ViewBudget","ce:Describe*","ce:Get*","ce:List*","consolidatedbilling:Get*","consolidatedbilling:List*","cur:Describe*","cur:GetUsageReport","freetier:Get*"],"Resource":"*"},{"Sid":"CostSavings","Effect":"Allow","Action":["compute-optimizer:Describe*","compute-optimizer:Get*","cost-optimization-hub:Get*","cost-optimization-hub:List*","pricing:DescribeServices","pricing:GetAttributeValues","pricing:GetPriceListFileUrl","pricing:GetProducts","pricing:ListPriceLists","savingsplans:Describe*","savingsplans:List*"],"Resource":"*"},{"Sid":"CostAttribution","Effect":"Allow","Action":["cloudwatch:GetMetricData","cloudwatch:GetMetricStatistics","cloudwatch:ListMetrics","ec2:DescribeInstances","ec2:DescribeRegions","ec2:DescribeReservedInstances","ec2:DescribeVolumes","organizations:Describe*","organizations:List*","rds:DescribeDBInstances","rds:DescribeReservedDBInstances","tag:GetResources","tag:GetTagKeys","tag:GetTagValues"],"Resource":"*"},{"Sid":"TerraformStateList","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::acme-state"},{"Sid":"TerraformStateObjects","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":["arn:aws:s3:::acme-state/live/*","arn:aws:s3:::acme-state/env:/*/live/*"]},{"Sid":"TerraformStateLockFiles","Effect":"Allow","Action":"s3:DeleteObject","Resource":["arn:aws:s3:::acme-state/live/*.tflock","arn:aws:s3:::acme-state/env:/*/live/*.tflock"]},{"Sid":"TerraformStateLockTable","Effect":"Allow","Action":["dynamodb:DeleteItem","dynamodb:DescribeTable","dynamodb:GetItem","dynamodb:PutItem"],"Resource":"arn:aws:dynamodb:*:111122223333:table/locks"}]}'
policy_3='{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme/${aws:PrincipalTag/team}/*","Condition":{"StringEquals":{"aws:ResourceTag/it'\''s":"a \"b\" %{c}"}}}]}'
texts='{"Description":"Broker'\''s \"role\": `one` of $HOME, 100 %"}'

fail() {
  printf 'crossrole: %s\n' "$*" >&2
  exit 1
}

# Whether the command finds something; stops at any answer but NoSuchEntity.
finds() {
  if message=$("$@" 2>&1 >/dev/null); then
    return 0
  fi
  case $message in
    *NoSuchEntity*) return 1 ;;
  esac
  fail "$message"
}

# policy_tag ARN KEY
policy_tag() {
  aws iam get-policy --policy-arn="$1" --query="Policy.Tags[?Key=='$2'].Value | [0]" --output=text
}

# use_policy NAME FALLBACK DOCUMENT: makes or renews the policy and remembers its ARN.
use_policy() {
  arn="arn:$partition:iam::$account:policy$path$1"
  if ! finds aws iam get-policy --policy-arn="$arn"; then
    aws iam create-policy --policy-name="$1" --path="$path" --policy-document="$3" --tags="$tags" >/dev/null
  elif [ "$(policy_tag "$arn" crossrole:integration)" != "$integration" ]; then
    [ -n "$2" ] || fail "there is a policy $arn that this integration has not made"
    use_policy "$2" '' "$3"
  elif [ "$(policy_tag "$arn" crossrole:template)" != "$template" ]; then
    # IAM keeps five versions: the oldest that is not in use makes room.
    oldest=$(aws iam list-policy-versions --policy-arn="$arn" --query='Versions[?!IsDefaultVersion] | [3].VersionId' --output=text)
    [ "$oldest" = None ] || aws iam delete-policy-version --policy-arn="$arn" --version-id="$oldest"
    aws iam create-policy-version --policy-arn="$arn" --policy-document="$3" --set-as-default >/dev/null
    aws iam tag-policy --policy-arn="$arn" --tags="$tags"
  fi
}

# detach_all_but WANTED: takes off what an earlier version of this script made and this one does not want.
detach_all_but() {
  aws iam list-attached-role-policies --role-name="$role_name" --query='AttachedPolicies[].PolicyArn' --output=text |
    tr '\t' '\n' | while read -r arn; do
    case $1 in *" $arn "*) continue ;; esac
    case $arn in "arn:$partition:iam::$account:policy/"*) ;; *) continue ;; esac
    [ "$(policy_tag "$arn" crossrole:integration)" != "$integration" ] ||
      aws iam detach-role-policy --role-name="$role_name" --policy-arn="$arn"
  done
}

account=$(aws sts get-caller-identity --query=Account --output=text)
[ "$account" = 111122223333 ] || fail "these credentials are of account $account, not of 111122223333"

use_policy 'CrossrolePolicy-0000000ABC' '' "$policy_1"
arn_1=$arn
use_policy 'CrossrolePolicy-0000000ABC-2' '' "$policy_2"
arn_2=$arn
use_policy 'CrossrolePolicy-0000000ABC-3' '' "$policy_3"
arn_3=$arn

if finds aws iam get-role --role-name="$role_name"; then
  owner=$(aws iam get-role --role-name="$role_name" --query="Role.Tags[?Key=='crossrole:integration'].Value | [0]" --output=text)
  [ "$owner" = "$integration" ] || fail "there is a role $role_name that this integration has not made"
  aws iam update-assume-role-policy --role-name="$role_name" --policy-document="$trust"
  aws iam update-role --role-name="$role_name" --max-session-duration="$longest_session" --cli-input-json="$texts" >/dev/null
  aws iam put-role-permissions-boundary --role-name="$role_name" --permissions-boundary='arn:aws:iam::111122223333:policy/boundary'
  aws iam tag-role --role-name="$role_name" --tags="$tags"
else
  aws iam create-role --role-name="$role_name" --path="$path" --assume-role-policy-document="$trust" \
    --max-session-duration="$longest_session" --tags="$tags" --permissions-boundary='arn:aws:iam::111122223333:policy/boundary' --cli-input-json="$texts" >/dev/null
fi
aws iam attach-role-policy --role-name="$role_name" --policy-arn="$arn_1"
aws iam attach-role-policy --role-name="$role_name" --policy-arn="$arn_2"
aws iam attach-role-policy --role-name="$role_name" --policy-arn="$arn_3"
aws iam attach-role-policy --role-name="$role_name" --policy-arn='arn:aws:iam::aws:policy/job-function/ViewOnlyAccess'
detach_all_but " $arn_1 $arn_2 $arn_3 "

aws iam get-role --role-name="$role_name" --query=Role.Arn --output=text
