# SPDX-License-Identifier: Apache-2.0
"""An AWS organization in a simulated AWS, and its integration: roles made from our artefacts, and the tree as AWS tells it."""

import json

ALL_STATES = {"PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"}


def aws_tree(organizations):
    """What AWS says by the plainest calls: parents and names of folders and accounts, by AWS's ids."""
    folders, accounts = {}, {}

    def walk(folder, parent, name):
        folders[folder] = (parent, name)
        for page in organizations.get_paginator("list_accounts_for_parent").paginate(ParentId=folder):
            for each in page["Accounts"]:
                state = each.get("State") or each["Status"]
                assert state in ALL_STATES
                accounts[each["Id"]] = (folder, each["Name"], state.lower())
        for page in organizations.get_paginator("list_organizational_units_for_parent").paginate(ParentId=folder):
            for each in page["OrganizationalUnits"]:
                walk(each["Id"], folder, each["Name"])

    for root in organizations.list_roots()["Roots"]:
        walk(root["Id"], None, root["Name"])
    return folders, accounts


def our_tree(api, integration):
    """The same as the API tells it."""
    tree = api.get(f"/v1/integrations/{integration['id']}/organization/tree").expect(200)
    units = {folder["id"]: folder["ou_id"] for folder in tree["folders"]}
    folders = {folder["ou_id"]: (units.get(folder["parent"]), folder["name"]) for folder in tree["folders"]}
    accounts = {each["account_id"]: (units[each["folder"]], each["name"], each["account_state"]) for each in tree["connections"]}
    return folders, accounts


class Connected:
    """An integration of kind organization over the first organization of a simulated AWS, its discovery role made and proven."""

    def __init__(self, api, sim, account=None, **fields):
        self.api, self.sim = api, sim
        self.management = next(each for each in sim.accounts if each.get("management"))
        self.account = account or self.management
        self.organizations = self.client("organizations")
        body = {"handle": "org", "kind": "organization", "account_id": self.account["account_id"], **fields}
        self.integration = api.post("/v1/integrations", body).expect(201)
        self.path = f"/v1/integrations/{self.integration['id']}"
        self.make_role(self.account, "discovery")

    def client(self, service, account=None):
        return self.sim.client(service, self.sim.keys(account or self.management))

    def root(self):
        return self.organizations.list_roots()["Roots"][0]["Id"]

    def setup(self, method, whom):
        answer = self.api.get(f"{self.path}/setup/{method}", query={"for": whom})
        assert answer.status == 200, answer
        return answer.text.decode()

    def make_role(self, account, whom):
        """Makes the role of discovery or of a member by hand, as the artefacts say."""
        names = self.integration if whom == "discovery" else self.integration["member"]
        iam = self.client("iam", account)
        iam.create_role(RoleName=names["role_name"], Path=names["role_path"], AssumeRolePolicyDocument=self.setup("trust-policy", whom))
        policy = json.loads(self.setup("permission-policy", whom))
        documents = [each["document"] for each in policy["policies"]] if "policies" in policy else [policy]
        for number, document in enumerate(documents):
            iam.put_role_policy(RoleName=names["role_name"], PolicyName=f"crossrole-{number}", PolicyDocument=json.dumps(document))

    def verify(self):
        return self.api.post(self.path + "/verify", {"wait_seconds": 30}).expect(200)

    def sync(self, **body):
        """Imports, and answers what came of it."""
        return self.api.finish(self.api.post(self.path + "/organization/sync", body).expect(202)["job"])

    def imported(self):
        """Verifies and waits for the first import, which nobody has to ask for."""
        verification = self.verify()
        assert verification["ok"], verification
        tree = self.api.wait_for(self.path + "/organization/tree", lambda it: it["connections"], 60)
        self.sync()
        return tree

    def members(self):
        """The accounts besides the management account, with their administrators."""
        ids = {each["Id"] for page in self.organizations.get_paginator("list_accounts").paginate() for each in page["Accounts"]}
        found = {each["account_id"]: each for each in self.sim.control.get("/_sim/accounts").expect(200)}
        return [found[each] for each in sorted(ids) if each != self.management["account_id"]]

    def connection(self, account_id):
        return next(each for each in self.api.items("/v1/connections") if each["account_id"] == account_id)

    def trees(self):
        """Ours and AWS's, to be compared."""
        return our_tree(self.api, self.integration), aws_tree(self.organizations)


