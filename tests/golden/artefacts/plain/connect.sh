#!/bin/sh
# Makes the role for the Crossrole integration prod_eu (int_01JD3EB0000000000000000ABC), template 2026-11-22.3a5b7944a324.
# Needs the AWS CLI with credentials of an administrator of the account. It may be run again: it changes only
# what carries the tag of this integration, and stops at anything else. Its last line is the ARN of the role.
set -eu
# No pager, and no rewriting of paths by Git for Windows.
export AWS_PAGER='' MSYS_NO_PATHCONV=1

integration='int_01JD3EB0000000000000000ABC'
template='2026-11-22.3a5b7944a324'
partition='aws'
role_name='Crossrole-0000000ABC'
path='/crossrole/'
longest_session='3600'
tags='[{"Key":"crossrole:integration","Value":"int_01JD3EB0000000000000000ABC"},{"Key":"crossrole:template","Value":"2026-11-22.3a5b7944a324"}]'
trust='{"Version":"2012-10-17","Statement":[{"Sid":"AssumeWithExternalId","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:role/crossrole/broker"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:k3v7x2m7q4r6t5w3z6y4b2d4fa"}}},{"Sid":"TagSession","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:role/crossrole/broker"},"Action":["sts:TagSession","sts:SetSourceIdentity"]}]}'
policy_1='{"Version":"2012-10-17","Statement":[{"Sid":"CrossroleReadSelf","Effect":"Allow","Action":"iam:GetRole","Resource":"arn:aws:iam::111122223333:role/crossrole/Crossrole-0000000ABC"},{"Sid":"CrossroleReviewSelf","Effect":"Allow","Action":["iam:ListAttachedRolePolicies","iam:ListRolePolicies"],"Resource":"arn:aws:iam::111122223333:role/crossrole/Crossrole-0000000ABC"},{"Sid":"CrossroleSimulateSelf","Effect":"Allow","Action":"iam:SimulatePrincipalPolicy","Resource":"arn:aws:iam::111122223333:role/crossrole/Crossrole-0000000ABC"}]}'

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

if finds aws iam get-role --role-name="$role_name"; then
  owner=$(aws iam get-role --role-name="$role_name" --query="Role.Tags[?Key=='crossrole:integration'].Value | [0]" --output=text)
  [ "$owner" = "$integration" ] || fail "there is a role $role_name that this integration has not made"
  aws iam update-assume-role-policy --role-name="$role_name" --policy-document="$trust"
  aws iam update-role --role-name="$role_name" --max-session-duration="$longest_session" >/dev/null
  aws iam tag-role --role-name="$role_name" --tags="$tags"
else
  aws iam create-role --role-name="$role_name" --path="$path" --assume-role-policy-document="$trust" \
    --max-session-duration="$longest_session" --tags="$tags" >/dev/null
fi
aws iam attach-role-policy --role-name="$role_name" --policy-arn="$arn_1"
detach_all_but " $arn_1 "

aws iam get-role --role-name="$role_name" --query=Role.Arn --output=text
