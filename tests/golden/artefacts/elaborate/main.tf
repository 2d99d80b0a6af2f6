# Role for the Crossrole integration prod_eu (int_01JD3EB0000000000000000ABC), template 2026-11-22.f9d1af8b33db.
# `terraform init && terraform apply`, then give the output role_arn to Crossrole.

terraform {
  required_version = ">= 1.2"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 4.0"
    }
  }
}

data "aws_caller_identity" "current" {
  lifecycle {
    postcondition {
      condition     = self.account_id == "111122223333"
      error_message = "These credentials are not of account 111122223333."
    }
  }
}

resource "aws_iam_policy" "crossrole_1" {
  name = "CrossrolePolicy-0000000ABC"
  path = "/crossrole/"
  policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid"      = "CrossroleReadSelf"
        "Effect"   = "Allow"
        "Action"   = "iam:GetRole"
        "Resource" = "arn:aws:iam::111122223333:role/crossrole/Crossrole-0000000ABC"
      },
      {
        "Sid"    = "CrossroleReviewSelf"
        "Effect" = "Allow"
        "Action" = [
          "iam:ListAttachedRolePolicies",
          "iam:ListRolePolicies",
        ]
        "Resource" = "arn:aws:iam::111122223333:role/crossrole/Crossrole-0000000ABC"
      },
      {
        "Sid"      = "CrossroleSimulateSelf"
        "Effect"   = "Allow"
        "Action"   = "iam:SimulatePrincipalPolicy"
        "Resource" = "arn:aws:iam::111122223333:role/crossrole/Crossrole-0000000ABC"
      },
      {
        "Sid"      = "CrossroleAccountAlias"
        "Effect"   = "Allow"
        "Action"   = "iam:ListAccountAliases"
        "Resource" = "*"
      },
      {
        "Sid"    = "ReadOnlyCompute"
        "Effect" = "Allow"
        "Action" = [
          "apprunner:List*",
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
          "lightsail:GetInstances",
        ]
        "Resource" = "*"
      },
      {
        "Sid"    = "ReadOnlyStorage"
        "Effect" = "Allow"
        "Action" = [
          "backup:Describe*",
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
          "s3:ListAllMyBuckets",
        ]
        "Resource" = "*"
      },
      {
        "Sid"    = "ReadOnlyData"
        "Effect" = "Allow"
        "Action" = [
          "athena:List*",
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
          "states:List*",
        ]
        "Resource" = "*"
      },
      {
        "Sid"    = "ReadOnlyNetwork"
        "Effect" = "Allow"
        "Action" = [
          "apigateway:GET",
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
          "wafv2:List*",
        ]
        "Resource" = "*"
      },
      {
        "Sid"    = "ReadOnlyIdentity"
        "Effect" = "Allow"
        "Action" = [
          "access-analyzer:Get*",
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
          "sts:GetCallerIdentity",
        ]
        "Resource" = "*"
      },
      {
        "Sid"    = "ReadOnlyOperations"
        "Effect" = "Allow"
        "Action" = [
          "cloudformation:Describe*",
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
          "trustedadvisor:List*",
        ]
        "Resource" = "*"
      },
    ]
  })
  tags = {
    "cost centre"           = "4711 = A"
    "crossrole:integration" = "int_01JD3EB0000000000000000ABC"
    "crossrole:template"    = "2026-11-22.f9d1af8b33db"
    "owner"                 = "ops@example.com"
  }
}

resource "aws_iam_policy" "crossrole_2" {
  name = "CrossrolePolicy-0000000ABC-2"
  path = "/crossrole/"
  policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid"    = "CostReports"
        "Effect" = "Allow"
        "Action" = [
          "account:GetAccountInformation",
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
          "freetier:Get*",
        ]
        "Resource" = "*"
      },
      {
        "Sid"    = "CostSavings"
        "Effect" = "Allow"
        "Action" = [
          "compute-optimizer:Describe*",
          "compute-optimizer:Get*",
          "cost-optimization-hub:Get*",
          "cost-optimization-hub:List*",
          "pricing:DescribeServices",
          "pricing:GetAttributeValues",
          "pricing:GetPriceListFileUrl",
          "pricing:GetProducts",
          "pricing:ListPriceLists",
          "savingsplans:Describe*",
          "savingsplans:List*",
        ]
        "Resource" = "*"
      },
      {
        "Sid"    = "CostAttribution"
        "Effect" = "Allow"
        "Action" = [
          "cloudwatch:GetMetricData",
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
          "tag:GetTagValues",
        ]
        "Resource" = "*"
      },
      {
        "Sid"      = "TerraformStateList"
        "Effect"   = "Allow"
        "Action"   = "s3:ListBucket"
        "Resource" = "arn:aws:s3:::acme-state"
      },
      {
        "Sid"    = "TerraformStateObjects"
        "Effect" = "Allow"
        "Action" = [
          "s3:GetObject",
          "s3:PutObject",
        ]
        "Resource" = [
          "arn:aws:s3:::acme-state/live/*",
          "arn:aws:s3:::acme-state/env:/*/live/*",
        ]
      },
      {
        "Sid"    = "TerraformStateLockFiles"
        "Effect" = "Allow"
        "Action" = "s3:DeleteObject"
        "Resource" = [
          "arn:aws:s3:::acme-state/live/*.tflock",
          "arn:aws:s3:::acme-state/env:/*/live/*.tflock",
        ]
      },
      {
        "Sid"    = "TerraformStateLockTable"
        "Effect" = "Allow"
        "Action" = [
          "dynamodb:DeleteItem",
          "dynamodb:DescribeTable",
          "dynamodb:GetItem",
          "dynamodb:PutItem",
        ]
        "Resource" = "arn:aws:dynamodb:*:111122223333:table/locks"
      },
    ]
  })
  tags = {
    "cost centre"           = "4711 = A"
    "crossrole:integration" = "int_01JD3EB0000000000000000ABC"
    "crossrole:template"    = "2026-11-22.f9d1af8b33db"
    "owner"                 = "ops@example.com"
  }
}

resource "aws_iam_policy" "crossrole_3" {
  name = "CrossrolePolicy-0000000ABC-3"
  path = "/crossrole/"
  policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid"      = "Own"
        "Effect"   = "Allow"
        "Action"   = "s3:GetObject"
        "Resource" = "arn:aws:s3:::acme/$${aws:PrincipalTag/team}/*"
        "Condition" = {
          "StringEquals" = {
            "aws:ResourceTag/it's" = "a \"b\" %%{c}"
          }
        }
      },
    ]
  })
  tags = {
    "cost centre"           = "4711 = A"
    "crossrole:integration" = "int_01JD3EB0000000000000000ABC"
    "crossrole:template"    = "2026-11-22.f9d1af8b33db"
    "owner"                 = "ops@example.com"
  }
}

resource "aws_iam_role" "crossrole" {
  name                 = "Crossrole-0000000ABC"
  path                 = "/crossrole/"
  description          = "Broker's \"role\": `one` of $HOME, 100 %"
  max_session_duration = 7200
  permissions_boundary = "arn:aws:iam::111122223333:policy/boundary"
  assume_role_policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid"    = "AssumeWithExternalId"
        "Effect" = "Allow"
        "Principal" = {
          "AWS" = "arn:aws:iam::999999999999:role/crossrole/broker"
        }
        "Action" = "sts:AssumeRole"
        "Condition" = {
          "StringEquals" = {
            "sts:ExternalId" = "t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:k3v7x2m7q4r6t5w3z6y4b2d4fa"
          }
        }
      },
      {
        "Sid"    = "TagSession"
        "Effect" = "Allow"
        "Principal" = {
          "AWS" = "arn:aws:iam::999999999999:role/crossrole/broker"
        }
        "Action" = [
          "sts:TagSession",
          "sts:SetSourceIdentity",
        ]
      },
    ]
  })
  tags = {
    "cost centre"           = "4711 = A"
    "crossrole:integration" = "int_01JD3EB0000000000000000ABC"
    "crossrole:template"    = "2026-11-22.f9d1af8b33db"
    "owner"                 = "ops@example.com"
  }
  depends_on = [data.aws_caller_identity.current]
}

resource "aws_iam_role_policy_attachment" "crossrole_1" {
  role       = aws_iam_role.crossrole.name
  policy_arn = aws_iam_policy.crossrole_1.arn
}

resource "aws_iam_role_policy_attachment" "crossrole_2" {
  role       = aws_iam_role.crossrole.name
  policy_arn = aws_iam_policy.crossrole_2.arn
}

resource "aws_iam_role_policy_attachment" "crossrole_3" {
  role       = aws_iam_role.crossrole.name
  policy_arn = aws_iam_policy.crossrole_3.arn
}

resource "aws_iam_role_policy_attachment" "managed_1" {
  role       = aws_iam_role.crossrole.name
  policy_arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
}

output "role_arn" {
  value = aws_iam_role.crossrole.arn
}

output "external_id" {
  value = "t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:k3v7x2m7q4r6t5w3z6y4b2d4fa"
}

output "template_version" {
  value = "2026-11-22.f9d1af8b33db"
}
