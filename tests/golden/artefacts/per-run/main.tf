# Role for the Crossrole integration prod_eu (int_01JD3EB0000000000000000ABC), template 2026-11-22.aede324b294a.
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
    ]
  })
  tags = {
    "crossrole:integration" = "int_01JD3EB0000000000000000ABC"
    "crossrole:template"    = "2026-11-22.aede324b294a"
  }
}

resource "aws_iam_role" "crossrole" {
  name                 = "Crossrole-0000000ABC"
  path                 = "/crossrole/"
  max_session_duration = 3600
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
          "StringLike" = {
            "sts:ExternalId" = "acme@int_01JD3EB0000000000000000ABC@*"
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
    "crossrole:integration" = "int_01JD3EB0000000000000000ABC"
    "crossrole:template"    = "2026-11-22.aede324b294a"
  }
  depends_on = [data.aws_caller_identity.current]
}

resource "aws_iam_role_policy_attachment" "crossrole_1" {
  role       = aws_iam_role.crossrole.name
  policy_arn = aws_iam_policy.crossrole_1.arn
}

output "role_arn" {
  value = aws_iam_role.crossrole.arn
}

output "external_id" {
  value = "acme@int_01JD3EB0000000000000000ABC@*"
}

output "template_version" {
  value = "2026-11-22.aede324b294a"
}
