# SPDX-License-Identifier: Apache-2.0
"""An organization on moto, an AWS that nobody here wrote: create, preview, import, rename, move, leave, close, come later.

Every AssumeRole succeeds in moto, so members' roles prove nothing there and are not part of this; nor is what no call of AWS's does, such as
suspending an account.
"""

import json

import pytest
from harness import clouds
from harness.organizations import aws_tree, our_tree

MANAGEMENT = "111122223333"
PROBES_OFF = {"CROSSROLE_VERIFICATION_NEGATIVE_PROBES": "off"}


def allow(actions):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})


def make_user(iam, name, actions):
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=allow(actions))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return clouds.Keys(key["AccessKeyId"], key["SecretAccessKey"])


class Imported:
    """An integration over an organization with a unit and three accounts."""

    def __init__(self, moto, start_server):
        ours = make_user(moto.client("iam", moto.keys), "crossrole", "sts:AssumeRole")
        first = moto.client("sts", moto.keys).assume_role(RoleArn=f"arn:aws:iam::{MANAGEMENT}:role/first", RoleSessionName="first")
        keys = make_user(moto.client("iam", clouds.Keys.from_sts(first["Credentials"])), "admin", "*")
        self.aws = moto.client("organizations", keys)
        self.aws.create_organization(FeatureSet="ALL")
        self.root = self.aws.list_roots()["Roots"][0]["Id"]
        self.accounts = [self.make_account(name) for name in ("Shop", "Shop", "Bücher")]
        self.api = start_server(moto, keys=ours, env=PROBES_OFF).api
        self.integration = self.api.post("/v1/integrations", {"handle": "org", "kind": "organization", "account_id": MANAGEMENT}).expect(201)
        self.path = f"/v1/integrations/{self.integration['id']}"
        trust = self.api.get(self.path + "/setup/trust-policy").text.decode()
        moto.client("iam", keys).create_role(RoleName=self.integration["role_name"], Path=self.integration["role_path"],
                                             AssumeRolePolicyDocument=trust)
        verification = self.api.post(self.path + "/verify").expect(200)
        assert verification["ok"], verification
        self.sync()

    def make_account(self, name):
        email = f"a{len(self.aws.list_accounts()['Accounts'])}@example.com"
        status = self.aws.create_account(AccountName=name, Email=email)["CreateAccountStatus"]
        return self.aws.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]["AccountId"]

    def sync(self, **body):
        result = self.api.finish(self.api.post(self.path + "/organization/sync", body).expect(202)["job"])
        assert result["complete"], result
        return result

    def expect_same(self):
        assert our_tree(self.api, self.integration) == aws_tree(self.aws)


@pytest.fixture
def imported(moto, start_server):
    return Imported(moto, start_server)


def test_an_organization_on_moto_is_mirrored_and_each_change_of_it_followed(imported):
    imported.expect_same()
    aws = imported.aws
    handles = sorted(each["handle"] for each in imported.api.items("/v1/connections") if each["account_id"] in imported.accounts)
    assert handles[0] in ("buecher", "bucher") and handles[1] == "shop" and handles[2].startswith("shop_"), handles
    unit = aws.create_organizational_unit(ParentId=imported.root, Name="Workloads")["OrganizationalUnit"]["Id"]
    inner = aws.create_organizational_unit(ParentId=unit, Name="Inner")["OrganizationalUnit"]["Id"]
    preview = imported.api.post(imported.path + "/organization/preview").expect(200)
    assert sorted(preview["added"]) == sorted([unit, inner]) and preview["changed"] == preview["removed"] == []
    imported.sync()
    imported.expect_same()
    aws.move_account(AccountId=imported.accounts[0], SourceParentId=imported.root, DestinationParentId=inner)
    aws.update_organizational_unit(OrganizationalUnitId=inner, Name="Inner 2")
    imported.sync()
    imported.expect_same()
    later = imported.make_account("Later")
    imported.sync()
    imported.expect_same()
    aws.remove_account_from_organization(AccountId=later)
    result = imported.sync(confirm_removals=1)
    assert result["connections"]["removed"] == 1
    imported.expect_same()
    aws.close_account(AccountId=imported.accounts[1])
    imported.sync()
    imported.expect_same()
    assert imported.sync()["connections"] == {"added": 0, "changed": 0, "removed": 0}
