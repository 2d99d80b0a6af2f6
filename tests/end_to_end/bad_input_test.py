# SPDX-License-Identifier: Apache-2.0
"""Bad input: a clear error that names what is wrong, and nothing half-done. On the simulated AWS."""

import json

import pytest
from harness import process, tenants

GOLDEN = process.ROOT / "tests" / "golden"
FILES = GOLDEN / "credentials-csv"
BOOK = json.loads((GOLDEN / "trust-policies.json").read_text(encoding="utf-8"))
EXAMPLE_ID, EXAMPLE_SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SELF_CHECK = ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:SimulatePrincipalPolicy"]
CSV = {"Content-Type": "text/csv"}
DENY_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]})


@pytest.fixture
def customer(sim):
    return sim.customers[0]


@pytest.fixture
def iam(sim, customer):
    return sim.client("iam", sim.keys(customer))


@pytest.fixture
def integration(server):
    return server.api.post("/v1/integrations", {"handle": "prod", "kind": "account"}).expect(201)


def allow(actions, resource):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]})


def inventory(iam):
    """Roles and policies of the account, and what the roles say."""
    roles = {role["Arn"]: json.dumps([role["AssumeRolePolicyDocument"], role["MaxSessionDuration"]]) for role in iam.list_roles()["Roles"]}
    return roles, {policy["Arn"]: policy["DefaultVersionId"] for policy in iam.list_policies(Scope="Local")["Policies"]}


def quickstart(api, content, handle="prod", **options):
    return api.call("POST", f"/v1/integrations/{handle}/quickstart", content, headers=CSV, **options)


def failed(api, answer):
    """The error of the job that was started."""
    job = answer.expect(202)["job"]
    done = api.wait_for(f"/v1/jobs/{job}", lambda it: it["state"] in ("succeeded", "failed"))
    assert done["state"] == "failed", done
    return done["error"]


def with_keys(content, keys):
    """A sample file with keys of a simulated account instead of the example's."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        for example, real in ((EXAMPLE_ID, keys.access_key_id), (EXAMPLE_SECRET, keys.secret_access_key)):
            content = content.replace(example.encode(encoding), real.encode(encoding))
    return content


WRONG_ARNS = [
    ("arn:aws:iam::111122223333:user/ann", "role_arn.not_a_role", "not"),
    ("arn:aws:iam::111122223333:root", "role_arn.not_a_role", "not"),
    ("arn:aws:sts::111122223333:assumed-role/Prod/ann", "role_arn.not_a_role", "session"),
    ("arn:aws:iam::111122223333:policy/Prod", "role_arn.not_a_role", "not"),
    ("arn:aws:iam::111122223333:role/", "role_arn.not_a_role", "not"),
    ("arn:aws:iam::111122223333:role/team/", "role_arn.not_a_role", "not"),
    ("arn:aws:iam::111122223333:role/*", "role_arn.not_a_role", "not"),
    ("arn:aws:iam::111122223333:role/Prod Role", "role_arn.not_a_role", "not"),
    ("arn:aws:iam:: 111122223333:role/Prod", "role_arn.not_a_role", "not"),
    ("arn:aws:iam::11112222333:role/Prod", "role_arn.not_a_role", "not"),
    ("arn:aws:iam:us-east-1:111122223333:role/Prod", "role_arn.not_a_role", "not"),
    ("https://console.aws.amazon.com/iam/home#/roles/details/Prod", "role_arn.not_a_role", "not"),
    ("Prod", "role_arn.not_a_role", "not"),
    ("  ", "role_arn.not_a_role", "not"),
    ("arn:aws:iam::111122223333:role/" + "x" * 65, "role_arn.not_a_role", "not"),
    ("arn:aws-cn:iam::111122223333:role/Prod", "role_arn.other_partition", "partition"),
    ("arn:aws-us-gov:iam::111122223333:role/Prod", "role_arn.other_partition", "partition"),
    ("arn:mars:iam::111122223333:role/Prod", "role_arn.not_a_role", "mars"),
    ("arn:aws:iam::444455556666:role/Prod", "role_arn.other_account", "111122223333"),
]


def test_a_wrong_arn_is_refused_by_its_shape(server):
    server.api.post("/v1/integrations", {"handle": "prod", "kind": "account", "account_id": "111122223333"}).expect(201)
    for arn, reason, words in WRONG_ARNS:
        refused = server.api.put("/v1/integrations/prod/role", {"role_arn": arn})
        assert (refused.status, refused.json["code"], refused.json.get("field")) == (400, "invalid_argument", "role_arn"), refused
        assert refused.json["reason"] == reason and words in refused.json["detail"], refused
        told = server.run("integration", "connect", "prod", arn)
        assert told.code == 2 and json.loads(told.err)["detail"] == refused.json["detail"], told
    unchanged = server.api.get("/v1/integrations/prod").expect(200)
    assert (unchanged["state"], unchanged["role_arn"], unchanged["account_id"]) == ("pending", None, "111122223333")


def test_an_account_that_only_an_arn_named_is_replaced_until_it_is_proven(server, sim, iam, customer):
    created = server.api.post("/v1/integrations", {"handle": "prod", "kind": "account"}).expect(201)
    right = customer["account_id"]
    name = f"role{created['role_path']}{created['role_name']}"
    mistyped = f"arn:aws:iam::{right[1:]}{right[0]}:{name}"
    server.api.put("/v1/integrations/prod/role", {"role_arn": mistyped}).expect(200)
    before = server.api.get("/v1/connections?integration=prod").expect(200)["items"]
    preview = server.api.put("/v1/integrations/prod/role?dry_run=true", {"role_arn": f"arn:aws:iam::{right}:{name}"}).expect(200)
    assert preview["removed"] == [each["id"] for each in before]

    trust = server.api.get("/v1/integrations/prod/setup/trust-policy").json
    iam.create_role(RoleName=created["role_name"], Path=created["role_path"], AssumeRolePolicyDocument=json.dumps(trust))
    corrected = server.api.put("/v1/integrations/prod/role", {"role_arn": f"arn:aws:iam::{right}:{name}"}).expect(200)
    assert corrected["account_id"] == right
    [record] = [each for each in server.api.items("/v1/audit") if each["action"] == "integration.connect" and right in json.dumps(each["details"])]
    assert record["details"]["role_arn"] == corrected["role_arn"] and record["details"]["role_arn_before"] == mistyped
    assert server.api.post("/v1/integrations/prod/verify", {"wait_seconds": 60}).expect(200)["ok"]
    [connection] = server.api.get("/v1/connections?integration=prod").expect(200)["items"]
    assert (connection["account_id"], connection["state"]) == (right, "active")

    # From now on it is no longer only said.
    refused = server.api.put("/v1/integrations/prod/role", {"role_arn": mistyped})
    assert (refused.status, refused.json["reason"]) == (400, "role_arn.other_account"), refused
    server.restart()
    assert server.api.put("/v1/integrations/prod/role", {"role_arn": mistyped}).json["reason"] == "role_arn.other_account"


def policies(number):
    return [f"arn:aws:iam::aws:policy/Policy{index}" for index in range(number)]


def test_a_role_asks_for_no_more_policies_than_aws_can_allow(server):
    """Ten by default, and at most 25; one is our own."""
    body = {"handle": "prod", "kind": "account", "managed_policy_arns": policies(25)}
    refused = server.api.post("/v1/integrations", body)
    assert (refused.status, refused.json["field"]) == (400, "managed_policy_arns") and "26" in refused.json["detail"], refused
    server.api.post("/v1/integrations", {**body, "managed_policy_arns": policies(24)}).expect(201)
    refused = server.api.patch("/v1/integrations/prod", {"managed_policy_arns": policies(25)})
    assert (refused.status, refused.json["field"]) == (400, "managed_policy_arns"), refused
    shown = server.api.get("/v1/integrations/prod/setup/terraform")
    assert "25 managed policies" in shown.headers["Crossrole-Warning"] and shown.headers["Crossrole-Warning"] in shown.text.decode()
    told = server.run("integration", "setup", "prod", "terraform").expect()
    assert told.out.encode() == shown.text and told.err == f"warning: {shown.headers['Crossrole-Warning']}\n"
    server.api.patch("/v1/integrations/prod", {"managed_policy_arns": policies(9)}).expect(200)
    assert "Crossrole-Warning" not in server.api.get("/v1/integrations/prod/setup/terraform").headers


def test_what_is_missing_is_not_quoted(server):
    """Between backticks stands what somebody said, never nothing."""
    for missing in (server.api.post("/v1/integrations", {"handle": "prod"}), server.api.post("/v1/integrations", {"kind": "account"}),
                    server.api.post("/v1/integrations", {"handle": "prod", "kind": ""}), server.api.get("/v1/permissions/explain"),
                    server.api.get("/v1/permissions/explain?action="), server.api.get("/v1/integrations?state="),
                    server.api.get("/v1/connections?integration="), server.api.get("/v1/connections?account_id="),
                    server.api.post("/v1/spaces", {}), server.api.post("/v1/operators", {}), server.api.post("/v1/roles", {}),
                    server.api.post("/v1/role-bindings", {}), server.api.post("/v1/tokens", {}), server.api.post("/v1/tenants", {})):
        assert missing.status == 400 and "``" not in missing.text.decode(), missing


def test_words_of_iam_about_a_document_stand_in_a_sentence_of_ours(server, integration):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "here"}]}
    for refused in (server.api.post("/v1/integrations", {"handle": "other", "kind": "account", "policy_document": document}),
                    server.api.put(f"/v1/integrations/{integration['id']}/role",
                                   {"role_arn": "arn:aws:iam::111122223333:role/x", "trust_policy": document})):
        problem = refused.expect(400)
        assert problem["detail"].startswith(f"`{problem['field']}` is refused: ") and not problem["detail"].endswith("."), problem
        assert problem["fix"].startswith("Statement"), problem


def test_connections_are_listed_by_the_handle_of_their_integration(server):
    for number, handle in enumerate(("one", "two")):
        server.api.post("/v1/integrations", {"handle": handle, "kind": "account", "account_id": f"11112222333{number}"}).expect(201)
    one = server.api.get("/v1/integrations/one").expect(200)
    by_handle = server.api.get("/v1/connections?integration=one").expect(200)
    assert [each["handle"] for each in by_handle["items"]] == ["one"]
    assert by_handle == server.api.get(f"/v1/connections?integration={one['id']}").expect(200)
    assert server.api.get("/v1/connections?integration=nobodys").expect(200)["items"] == []
    refused = server.api.get("/v1/connections?integration=No%20one")
    assert (refused.status, refused.json["field"]) == (400, "integration"), refused


@pytest.mark.parametrize("method,words", [("kubernetes", "not made by this version"), ("cloudformation-bundle", "not for integrations of kind account")])
def test_an_artefact_that_there_is_not_says_whether_there_is_for_others(server, integration, method, words):
    refused = server.api.get(f"/v1/integrations/{integration['id']}/setup/{method}").expect(409)
    assert refused["reason"] == "setup.method_unavailable" and words in refused["detail"] and method not in refused["methods"], refused


@pytest.mark.parametrize("name", ["format", "scope", "for"])
def test_an_artefact_is_not_asked_for_with_an_empty_choice(server, integration, name):
    refused = server.api.get(f"/v1/integrations/{integration['id']}/setup/trust-policy", query={name: ""})
    assert (refused.status, refused.json["code"], refused.json["field"]) == (400, "invalid_argument", name), refused
    server.api.get(f"/v1/integrations/{integration['id']}/setup/trust-policy").expect(200)


def test_blanks_quotes_and_a_path_are_no_mistake(server, integration):
    arn = "arn:aws:iam::111122223333:role/team/a/Prod"
    for pasted in (arn, f' \t"{arn}"\r\n', f"'{arn}'"):
        connected = server.api.put("/v1/integrations/prod/role", {"role_arn": pasted}).expect(200)
        assert (connected["role_arn"], connected["account_id"]) == (arn, "111122223333")
    assert integration["account_id"] is None


def test_one_server_is_enough_for_all_numbers_and_texts(start_server, sim):
    server = start_server(sim, env={"CROSSROLE_EXTERNAL_ID_SUFFIX": "chosen"})
    base = {"handle": "prod", "kind": "account"}
    custom = {"assume_on_worker": True}
    refused = [
        ({"duration_seconds": 899}, "duration_seconds", "900"),
        ({"duration_seconds": 43201}, "duration_seconds", "43200"),
        ({"region": "x.example.com/"}, "region", "x.example.com/"),
        ({"region": "us-east-1.evil.example"}, "region", "evil"),
        ({"region": "cn-north-1"}, "region", "cn-north-1"),
        ({"regions": ["x.example.com/"]}, "regions", "x.example.com/"),
        ({"external_id": {"suffix": "a" * 65}}, "external_id.suffix", "64"),
        ({"external_id": {"suffix": "a" * 7}}, "external_id.suffix", "8"),
        ({"external_id": {"suffix": "UPPER-CASE"}}, "external_id.suffix", ""),
        ({"external_id": {"format": "custom", "value": "x" * 1225}, **custom}, "external_id.value", "1224"),
        ({"external_id": {"format": "custom", "value": "x"}, **custom}, "external_id.value", "2"),
        ({"external_id": {"format": "custom", "value": "with blank"}, **custom}, "external_id.value", ""),
        ({"external_id": {"format": "custom", "value": "mine-all-mine"}}, "external_id.format", "worker"),
        ({"account_id": "11112222333"}, "account_id", "12"),
        ({"role_name": "x" * 65}, "role_name", ""),
        ({"role_path": "no-slash"}, "role_path", ""),
        ({"permissions_boundary_arn": "arn:aws:iam::111122223333:role/x"}, "permissions_boundary_arn", ""),
        ({"capabilities": ["self_chekc"]}, "capabilities", "self_check"),
        ({"partition": "mars"}, "partition", "mars"),
        ({"preset": "mars"}, "preset", "mars"),
        ({"name": "a\u202eb"}, "name", ""),
        ({"hanlde": "x"}, "hanlde", "handle"),
    ]
    wrong = []
    for change, field, words in refused:
        answer = server.api.post("/v1/integrations", {**base, **change})
        said = answer.json if answer.status == 400 else {}
        if not str(said.get("field", "")).startswith(field) or words not in said["detail"] + said.get("fix", ""):
            wrong.append((change, answer))
    assert not wrong
    assert server.api.items("/v1/integrations") == []
    created = server.api.post("/v1/integrations", base).expect(201)
    for change, field in (({"duration_seconds": 899}, "duration_seconds"), ({"duration_seconds": 43201}, "duration_seconds"),
                          ({"region": "x.example.com/"}, "region")):
        answer = server.api.patch("/v1/integrations/prod", change)
        assert (answer.status, answer.json["field"]) == (400, field), answer
    assert server.api.get("/v1/integrations/prod").json["version"] == created["version"]
    assert server.run("integration", "create", "b", "--duration-seconds", "43201").code == 2
    assert server.run("integration", "create", "b", "--duration-seconds", "long").code == 2


def test_a_session_is_not_asked_for_longer_or_elsewhere_than_allowed(server, sim, iam, customer, integration):
    content = with_keys((FILES / "semicolons.csv").read_bytes(), sim.keys(customer))
    result = server.api.finish(quickstart(server.api, content).expect(202)["job"])
    assert result["integration"]["state"] == "active"
    sim.forget_calls()
    for change, field in (({"duration_seconds": 899}, "duration_seconds"), ({"duration_seconds": 43201}, "duration_seconds"),
                          ({"duration_seconds": 3601}, "duration_seconds"), ({"region": "x.example.com/"}, "region"),
                          ({"tags": {"crossrole:tenant": "t"}}, "tags"), ({"policy_arns": ["arn:aws:iam::aws:role/x"]}, "policy_arns")):
        answer = server.api.post("/v1/integrations/prod/sessions", change)
        assert answer.status == 400 and answer.json["field"].startswith(field), answer
    assert sim.calls(operation="AssumeRole") == []


def test_every_file_of_the_book_is_read_or_refused_with_its_own_reason(server, sim, iam, customer):
    expected = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
    reasons = {"error: no keys": "csv.no_keys", "error: root key": "csv.root_key", "error: choose one": "csv.several_users"}
    for number, (name, want) in enumerate(sorted(expected.items())):
        handle = f"file{number}"
        created = server.api.post("/v1/integrations", {"handle": handle, "kind": "account"}).expect(201)
        before = inventory(iam)
        answer = quickstart(server.api, with_keys((FILES / name).read_bytes(), sim.keys(customer)), handle)
        if want == "ok":
            assert server.api.finish(answer.expect(202)["job"])["integration"]["state"] == "active", name
            trust = iam.get_role(RoleName=created["role_name"])["Role"]["AssumeRolePolicyDocument"]
            assert created["external_id"] in json.dumps(trust), name
            continue
        if want.startswith("error"):
            [reason] = [reason for start, reason in reasons.items() if want.startswith(start)]
            assert (answer.status, answer.json["reason"]) == (400, reason), (name, answer)
        else:
            assert failed(server.api, answer)["reason"] == "key.denied", name
        assert inventory(iam) == before, name
        assert "hunter2" not in answer.text.decode() and sim.keys(customer).secret_access_key not in answer.text.decode()


def test_what_spreadsheets_and_editors_make_of_a_file_is_read(server, sim, customer, integration):
    text = with_keys(f"User name,Access key ID,Secret access key\naj,{EXAMPLE_ID},{EXAMPLE_SECRET}\n".encode(), sim.keys(customer)).decode()
    variants = {
        "BOM": b"\xef\xbb\xbf" + text.encode(),
        "CRLF": text.replace("\n", "\r\n").encode(),
        "BOM and CRLF and semicolons": b"\xef\xbb\xbf" + text.replace("\n", "\r\n").replace(",", ";").encode(),
        "tabs": text.replace(",", "\t").encode(),
        "UTF-16 with BOM": text.encode("utf-16"),
        "UTF-16 big endian": b"\xfe\xff" + text.encode("utf-16-be"),
        "UTF-16 without BOM": text.encode("utf-16-le"),
        "credentials file": f"[default]\naws_access_key_id={sim.keys(customer).access_key_id}\n"
                            f"aws_secret_access_key={sim.keys(customer).secret_access_key}\n".encode(),
    }
    for attempt, (name, content) in enumerate(variants.items()):
        result = server.api.finish(quickstart(server.api, content).expect(202)["job"])
        assert result["integration"]["state"] == "active", name
        assert bool(result["created"]) == (attempt == 0), name


def test_among_two_users_one_must_be_chosen(server, sim, iam, customer, integration):
    before, content = inventory(iam), with_keys((FILES / "two-users.csv").read_bytes(), sim.keys(customer))
    refused = quickstart(server.api, content)
    assert (refused.status, refused.json["reason"], refused.json["users"]) == (400, "csv.several_users", ["a", "b"])
    assert quickstart(server.api, content, query={"user": "c"}).json["users"] == ["a", "b"]
    assert inventory(iam) == before
    chosen = server.api.finish(quickstart(server.api, content, query={"user": "a"}).expect(202)["job"])
    assert chosen["integration"]["state"] == "active"


USELESS_FILES = [
    (b"", 400, "csv.no_keys"),
    (b"\r\n\r\n", 400, "csv.no_keys"),
    (b"User name,Access key ID,Secret access key\r\n", 400, "csv.no_keys"),
    (b"hello", 400, "csv.no_keys"),
    (b"\x7fELF\x00\x00\x00\x01\x02", 400, "csv.unreadable"),
    (f"Access key ID,Secret access key\n{EXAMPLE_ID},\n".encode(), 400, "csv.unreadable"),
    (f"Access key ID,Secret access key\nASIAIOSFODNN7EXAMPLE,{EXAMPLE_SECRET}\n".encode(), 400, "key.session_token_missing"),
    (b"a" * (64 * 1024 + 1), 400, "csv.too_large"),
    (b"a" * (1024 * 1024), 400, "csv.too_large"),
    (b"a" * (10 * 1024 * 1024), 413, None),
]


def test_files_without_a_usable_key_are_refused(server, sim, integration, tmp_path):
    sim.forget_calls()
    file = tmp_path / "credentials.csv"
    for content, status, reason in USELESS_FILES:
        refused = quickstart(server.api, content)
        assert (refused.status, refused.json.get("reason")) == (status, reason), (content[:80], refused)
        assert refused.headers["Content-Type"] == "application/problem+json" and refused.json["detail"]
        file.write_bytes(content)
        told = server.run("integration", "quickstart", "prod", file)
        # The command line does not even read what no file with keys can be.
        assert told.code == 2 and json.loads(told.err)["reason"] == (reason or "file.too_large"), (content[:80], told)
    assert server.api.get("/v1/integrations/prod").json["version"] == integration["version"]
    assert sim.calls(service="iam") == []


def test_keys_that_are_denied_wrong_or_of_another_account_change_nothing(server, sim, iam, customer):
    server.api.post("/v1/integrations", {"handle": "prod", "kind": "account", "account_id": customer["account_id"]}).expect(201)
    iam.create_user(UserName="half")
    half = iam.create_access_key(UserName="half")["AccessKey"]
    begins = ["iam:CreatePolicy", "iam:TagPolicy", "iam:GetPolicy", "iam:DeletePolicy"]
    iam.put_user_policy(UserName="half", PolicyName="half", PolicyDocument=allow(begins, "*"))
    iam.create_user(UserName="off")
    off = iam.create_access_key(UserName="off")["AccessKey"]
    iam.update_access_key(UserName="off", AccessKeyId=off["AccessKeyId"], Status="Inactive")
    before = inventory(iam)
    good, stranger, ours = sim.keys(customer), sim.keys(sim.customers[1]), sim.keys(sim.platform)
    for access_key_id, secret, reason in ((half["AccessKeyId"], half["SecretAccessKey"], "key.denied"),
                                          (off["AccessKeyId"], off["SecretAccessKey"], "key.denied"),
                                          (good.access_key_id, EXAMPLE_SECRET, "key.denied"),
                                          (EXAMPLE_ID, EXAMPLE_SECRET, "key.denied"),
                                          (stranger.access_key_id, stranger.secret_access_key, "key.other_account"),
                                          (ours.access_key_id, ours.secret_access_key, "key.other_account")):
        body = {"access_key_id": access_key_id, "secret_access_key": secret}
        error = failed(server.api, server.api.post("/v1/integrations/prod/quickstart", body))
        assert error["reason"] == reason, error
        assert secret not in json.dumps(error)
        assert "left_behind" not in error and inventory(iam) == before, error
    body = {"access_key_id": half["AccessKeyId"], "secret_access_key": half["SecretAccessKey"]}
    error = failed(server.api, server.api.post("/v1/integrations/prod/quickstart", body))
    assert (error["code"], error["status"]) == ("aws_refused", 424), error
    assert error["missing_actions"] == ["iam:CreateRole", "iam:AttachRolePolicy"], error
    assert "left_behind" not in error and inventory(iam) == before


def test_a_key_that_may_neither_undo_nor_be_asked_is_tried_before_anything_is_made(server, sim, iam, customer, integration):
    iam.create_user(UserName="half")
    key = iam.create_access_key(UserName="half")["AccessKey"]
    body = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
    needed = ["iam:CreatePolicy", "iam:TagPolicy", "iam:CreateRole", "iam:TagRole", "iam:AttachRolePolicy"]
    before = inventory(iam)
    for missing in needed:
        rest = [action for action in needed if action != missing]
        iam.put_user_policy(UserName="half", PolicyName="half", PolicyDocument=allow(rest, "*"))
        error = failed(server.api, server.api.post("/v1/integrations/prod/quickstart", body))
        assert (error["reason"], error["missing_actions"]) == ("key.denied", [missing]), error
        assert "left_behind" not in error and inventory(iam) == before, error
    # With all of them, and not one more, it is enough.
    iam.put_user_policy(UserName="half", PolicyName="half", PolicyDocument=allow(needed, "*"))
    result = server.api.finish(server.api.post("/v1/integrations/prod/quickstart", body).expect(202)["job"])
    assert (result["integration"]["state"], len(result["created"]), result["warnings"]) == ("active", 2, []), result


def case_policy(case, integration, accounts):
    """The policy of a case of the book with our principal, external ID and accounts in it."""
    book_id, own_id = BOOK["external_id"], integration["external_id"]
    text = json.dumps(case["policy"]).replace(BOOK["our_principal"], integration["principal_arn"])
    for length in (len(book_id), len(book_id) - 1, book_id.index(":") + 1):
        text = text.replace(book_id[:length], own_id[:length])
    for known, real in accounts.items():
        text = text.replace(known, real)
    return text


def test_every_trust_policy_of_the_book_ends_as_it_says(start_sim, start_server):
    sim = start_sim("--accounts", "4", "--throttle", "off")
    server = start_server(sim)
    customer, stranger = sim.customers[:2]
    accounts = {"999999999999": sim.platform["account_id"], "888888888888": stranger["account_id"],
                BOOK["role_account"]: customer["account_id"]}
    iam, wrong = sim.client("iam", sim.keys(customer)), {}
    assert len(BOOK["cases"]) >= 15
    for number, case in enumerate(BOOK["cases"]):
        path, name = f"/v1/integrations/case{number}", f"Case{number}"
        body = {"handle": f"case{number}", "kind": "account", "role_name": name, "role_path": "/"}
        created = server.api.post("/v1/integrations", body).expect(201)
        policy = case_policy(case, created, accounts)
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="self", PolicyDocument=allow(SELF_CHECK, role))
        assumable = case["probes"]["with_external_id"] == "allowed"
        # What cannot be read is judged as it was given.
        given = {} if assumable else {"trust_policy": json.loads(policy)}
        server.api.put(path + "/role", {"role_arn": role, **given}).expect(200)
        verification = server.api.post(path + "/verify").expect(200)
        observed = {probe["name"]: probe["observed"] for probe in verification["probes"]}
        codes = {finding["code"] for finding in verification["findings"]}
        minted = server.api.post(path + "/sessions")
        # Until the positive probe passes the others are not even asked.
        expected = case["probes"] if assumable else {**dict.fromkeys(case["probes"], "not_checked"), "with_external_id": "denied"}
        facts = {"ok": (verification["ok"], case["ok"]), "probes": (observed, expected), "findings": (codes, set(case["findings"])),
                 "state": (verification["state"], "active" if case["ok"] else "failed"),
                 "mint": (minted.status, 201 if case["ok"] else 409)}
        if not case["ok"]:
            facts["findings"] = (set(case["findings"]) - codes, set())
        different = {fact: pair for fact, pair in facts.items() if pair[0] != pair[1]}
        if different:
            wrong[case["name"]] = different
    assert not wrong


def test_a_role_of_that_name_that_is_not_ours_is_not_touched(server, sim, iam, customer, integration):
    iam.create_role(RoleName=integration["role_name"], Path="/theirs/", AssumeRolePolicyDocument=DENY_ALL, MaxSessionDuration=7200)
    before = inventory(iam)
    content = with_keys((FILES / "iam-console-2016.csv").read_bytes(), sim.keys(customer))
    error = failed(server.api, quickstart(server.api, content))
    theirs = f"arn:aws:iam::{customer['account_id']}:role/theirs/{integration['role_name']}"
    assert (error["status"], error["reason"], error["existing"]) == (409, "aws.name_taken", [theirs]), error
    assert theirs in error["detail"]
    assert inventory(iam) == before
    assert iam.list_role_tags(RoleName=integration["role_name"])["Tags"] == []
    assert server.api.get("/v1/integrations/prod").json["state"] == "pending"
    # Neither does an offboarding.
    job = server.api.call("POST", "/v1/integrations/prod/offboard", content, headers=CSV).expect(202)["job"]
    assert server.api.finish(job)["removed"] == []
    assert inventory(iam) == before


def test_a_policy_of_that_name_that_is_not_ours_is_not_touched(server, sim, iam, customer, integration):
    theirs = iam.create_policy(PolicyName=integration["policy_name"], PolicyDocument=allow("s3:ListBucket", "*"))["Policy"]["Arn"]
    before = inventory(iam)
    error = failed(server.api, quickstart(server.api, with_keys((FILES / "iam-console-2016.csv").read_bytes(), sim.keys(customer))))
    assert (error["status"], error["reason"], error["existing"]) == (409, "aws.name_taken", [theirs]), error
    assert inventory(iam) == before


def test_the_policy_of_a_preset_gives_way_to_one_that_is_not_ours(server, sim, iam, customer):
    created = server.api.post("/v1/integrations", {"handle": "rack", "kind": "account", "preset": "convox"}).expect(201)
    theirs = iam.create_policy(PolicyName="ConvoxPolicy", Path="/convox/", PolicyDocument=allow("s3:ListBucket", "*"))["Policy"]["Arn"]
    content = with_keys((FILES / "iam-console-2016.csv").read_bytes(), sim.keys(customer))
    result = server.api.finish(quickstart(server.api, content, "rack").expect(202)["job"])
    assert f"{theirs}-{created['id'][-10:]}" in result["created"] and theirs not in result["created"]
    assert iam.get_policy(PolicyArn=theirs)["Policy"]["AttachmentCount"] == 0


def test_a_role_that_another_tenant_has_claimed_is_as_if_it_were_not_there(server, sim, iam, customer):
    theirs = tenants.add_tenant(server, "neighbour")
    integrations = [api.post("/v1/integrations", {"handle": "prod", "kind": "account"}).expect(201) for api in (theirs, server.api)]
    principal = integrations[0]["principal_arn"]
    allowed = [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": [integration["external_id"] for integration in integrations]}}},
               {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]}]
    trust = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    role = iam.create_role(RoleName="Shared", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="Shared", PolicyName="self", PolicyDocument=allow(SELF_CHECK, role))
    theirs.put("/v1/integrations/prod/role", {"role_arn": role}).expect(200)
    first = theirs.post("/v1/integrations/prod/verify").expect(200)
    assert first["ok"], first
    calls = []
    for api, wanted in ((theirs, True), (server.api, False)):
        if not wanted:
            api.put("/v1/integrations/prod/role", {"role_arn": role}).expect(200)
            api.wait_for("/v1/integrations/prod", lambda it: it["state"] == "failed")
        sim.forget_calls()
        verification = api.post("/v1/integrations/prod/verify").expect(200)
        assert verification["ok"] is wanted, verification
        calls.append({(row["service"], row["operation"]): row["count"] for row in sim.calls()})
    # The same as for a role that does not exist, after the same calls.
    assert {probe["name"]: probe["observed"] for probe in verification["probes"]}["with_external_id"] == "denied"
    assert [finding["code"] for finding in verification["findings"]] == ["trust.not_assumable"]
    assert verification["account"] is None and verification["policies"] == {"attached": [], "inline": []}
    assert principal in json.dumps(verification["findings"][0]["fix"]) and integrations[0]["external_id"] not in json.dumps(verification)
    assert calls[0] == calls[1]
    assert server.api.post("/v1/integrations/prod/sessions").status == 409
    # Once they let it go it can be claimed.
    theirs.delete("/v1/integrations/prod", query={"confirm": "prod"}).expect(200)
    assert server.api.post("/v1/integrations/prod/verify").expect(200)["ok"]


def test_json_that_is_none_or_too_much_is_refused(server):
    for body, status, words in ((b"{", 400, ""), (b"[]", 400, ""), (b'{"handle": "a", "handle": "b", "kind": "account"}', 400, "handle"),
                                (b"[" * 40 + b"]" * 40, 400, ""), (b'{"handle": "' + b"a" * (1024 * 1024) + b'"}', 413, "")):
        answer = server.api.call("POST", "/v1/integrations", body, headers={"Content-Type": "application/json"})
        assert answer.status == status and words in answer.json["detail"], answer
    assert server.api.items("/v1/integrations") == []
