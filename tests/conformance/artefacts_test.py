# SPDX-License-Identifier: Apache-2.0
"""The golden artefacts as other people's readers see them: cfn-lint, YAML, HCL. All methods make the same role."""

import json
import pathlib
import re
import subprocess
import sys

import hcl2
import pytest
import yaml

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "artefacts"
ORGANIZATION = GOLDEN.with_name("organization")
FOLDERS = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())


def template_of(folder):
    return json.loads((GOLDEN / folder / "template.json").read_text(encoding="utf-8"))


def resolve(value, parameters, own_role):
    """A template's value with its functions replaced by what they stand for."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return parameters[value["Ref"]]
        if set(value) == {"Fn::Join"}:
            return own_role
        return {key: resolve(item, parameters, own_role) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, parameters, own_role) for item in value]
    return value


def unquote(value):
    """What Terraform makes of the strings that python-hcl2 leaves as they are written."""
    if isinstance(value, dict):
        return {unquote(key): unquote(item) for key, item in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [unquote(item) for item in value]
    if isinstance(value, str):
        if len(value) >= 2 and value[0] == value[-1] == '"':
            value = json.loads(value)
        return value.replace("$${", "${").replace("%%{", "%{")
    return value


def encoded(expression):
    """The document of a `jsonencode(…)`."""
    inner = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", expression, re.S).group(1)
    return unquote(hcl2.loads(f"document = {inner}\n")["document"])


def without_single_lists(value):
    """IAM takes a value and a list of one for the same."""
    if isinstance(value, dict):
        return {key: without_single_lists(item) for key, item in value.items()}
    if isinstance(value, list):
        return without_single_lists(value[0]) if len(value) == 1 else [without_single_lists(item) for item in value]
    return value


def shell_variables(folder):
    """The settings at the head of the script, as a shell reads them."""
    script = (GOLDEN / folder / "connect.sh").read_text(encoding="utf-8")
    head = script[:script.index("fail() {")]
    names = re.findall(r"^(\w+)='", head, re.M)
    printed = subprocess.run(["sh", "-c", head + "".join(f"printf '%s\\0' \"${name}\"\n" for name in names)],
                             capture_output=True, text=True, check=True).stdout
    return dict(zip(names, printed.split("\0")))


def test_cfn_lint_finds_nothing():
    command = pathlib.Path(sys.executable).with_name("cfn-lint")
    templates = sorted(GOLDEN.glob("*/template.*"))
    assert len(templates) == 2 * len(FOLDERS)
    done = subprocess.run([command, *templates], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_cfn_lint_finds_nothing_in_templates_for_organizations(tmp_path):
    """Among them what a bundle carries within itself for the other accounts."""
    templates = sorted(ORGANIZATION.glob("*/*.json")) + sorted(ORGANIZATION.glob("*/*.yaml"))
    assert len(templates) == 2 * 4
    for bundle in sorted(ORGANIZATION.glob("*/bundle.json")):
        inner = tmp_path / f"{bundle.parent.name}.json"
        body = json.loads(bundle.read_text(encoding="utf-8"))["Resources"]["Members"]["Properties"]["TemplateBody"]
        inner.write_text(body, encoding="utf-8")
        templates.append(inner)
        assert yaml.safe_load(bundle.with_suffix(".yaml").read_text(encoding="utf-8")) == json.loads(bundle.read_text(encoding="utf-8"))
    command = pathlib.Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([command, *templates], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_cfn_lint_knows_iam_actions(tmp_path):
    """The test above says something about the actions of our packs only if a wrong one would be found."""
    template = template_of("plain")
    template["Resources"]["Policy1"]["Properties"]["PolicyDocument"]["Statement"][0]["Action"] = "iam:GetRoll"
    (tmp_path / "t.json").write_text(json.dumps(template), encoding="utf-8")
    command = pathlib.Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([command, tmp_path / "t.json"], capture_output=True, text=True, check=False)
    assert "getroll" in done.stdout.lower()


@pytest.mark.parametrize("folder", FOLDERS)
def test_yaml_and_json_are_one_template(folder):
    assert yaml.safe_load((GOLDEN / folder / "template.yaml").read_text(encoding="utf-8")) == template_of(folder)


@pytest.mark.parametrize("folder", FOLDERS)
def test_shell_and_template_make_the_same_role(folder):
    template = template_of(folder)
    shell = shell_variables(folder)
    parameters = {name: item["Default"] for name, item in template["Parameters"].items()}
    role = template["Resources"]["Role"]["Properties"]
    own_role = json.loads(shell["policy_1"])["Statement"][0]["Resource"]
    assert json.loads(shell["trust"]) == resolve(role["AssumeRolePolicyDocument"], parameters, own_role)
    assert json.loads(shell["tags"]) == role["Tags"]
    assert (shell["role_name"], shell["path"], int(shell["longest_session"])) == (parameters["RoleName"], role["Path"], role["MaxSessionDuration"])
    policies = [item["Properties"]["PolicyDocument"] for name, item in template["Resources"].items() if name.startswith("Policy")]
    for number, document in enumerate(policies, 1):
        assert json.loads(shell[f"policy_{number}"]) == resolve(document, parameters, own_role)


@pytest.mark.parametrize("folder", FOLDERS)
def test_terraform_and_template_make_the_same_role(folder):
    template = template_of(folder)
    module = hcl2.loads((GOLDEN / folder / "main.tf").read_text(encoding="utf-8"))
    resources, written = {}, {}
    for block in module["resource"]:
        for kind, named in block.items():
            for name, body in named.items():
                written[f"{unquote(kind)}.{unquote(name)}"] = body
                resources[f"{unquote(kind)}.{unquote(name)}"] = unquote(body)
    parameters = {name: item["Default"] for name, item in template["Parameters"].items()}
    role = template["Resources"]["Role"]["Properties"]
    made = resources["aws_iam_role.crossrole"]
    assert (made["name"], made["path"], made["max_session_duration"]) == (parameters["RoleName"], role["Path"], role["MaxSessionDuration"])
    own_role = encoded(written["aws_iam_policy.crossrole_1"]["policy"])["Statement"][0]["Resource"]
    trust = resolve(role["AssumeRolePolicyDocument"], parameters, own_role)
    assert without_single_lists(encoded(written["aws_iam_role.crossrole"]["assume_role_policy"])) == without_single_lists(trust)
    assert made.get("description") == role.get("Description")
    assert made.get("permissions_boundary") == role.get("PermissionsBoundary")
    assert made["tags"] == {tag["Key"]: tag["Value"] for tag in role["Tags"]}
    attached = [name for name in resources if name.startswith("aws_iam_role_policy_attachment.")]
    assert len(attached) == len(role["ManagedPolicyArns"])
    policies = {name: item["Properties"] for name, item in template["Resources"].items() if name.startswith("Policy")}
    for number, item in enumerate(policies.values(), 1):
        policy = resources[f"aws_iam_policy.crossrole_{number}"]
        assert (policy["name"], policy["path"]) == (item["ManagedPolicyName"], item["Path"])
        document = resolve(item["PolicyDocument"], parameters, own_role)
        assert without_single_lists(encoded(written[f"aws_iam_policy.crossrole_{number}"]["policy"])) == without_single_lists(document)
        assert policy["tags"]["crossrole:integration"] == item["Description"].split("=", 1)[1]
