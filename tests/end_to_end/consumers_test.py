# SPDX-License-Identifier: Apache-2.0
"""Other people's clients consume our credentials, by `credential_process`, container endpoint and environment, and go on
across refreshes. One moving clock for all programs: what expires, expires for server, AWS and client at the same time."""

import http.client
import json
import pathlib
import re
import subprocess
import sys
import time
import urllib.parse

import pytest
from harness import moving_clock, process
from harness import server as servers

HERE = pathlib.Path(__file__).resolve().parent
JAVASCRIPT = HERE.parent / "conformance" / "javascript"
LONG_LIVED = {"boto3": [sys.executable, str(HERE / "boto3_consumer.py")], "javascript": ["node", str(JAVASCRIPT / "consume.mjs")]}
# The default session is an hour; with this much gone every SDK wants new credentials, and the old ones still work.
NEARLY_AN_HOUR = 3400
MORE_THAN_AN_HOUR = 3700
UNAVAILABLE = 6


class World:
    """A simulated AWS, a server, an integration `prod` that is active, and their clock."""

    def __init__(self, clock, sim, server):
        self.clock, self.sim, self.server = clock, sim, server
        self.account = sim.customers[0]["account_id"]
        keys = sim.keys(sim.customers[0])
        server.api.post("/v1/integrations", {"handle": "prod", "kind": "account", "account_id": self.account}).expect(201)
        body = {"access_key_id": keys.access_key_id, "secret_access_key": keys.secret_access_key}
        started = server.api.post("/v1/integrations/prod/quickstart", body).expect(202)
        role = server.api.finish(started["job"])["integration"]
        assert role["state"] == "active", role
        self.assumed = f"arn:aws:sts::{self.account}:assumed-role/{role['role_name']}/"

    def environment(self, extra=None):
        """For a client of AWS: nothing but the endpoint is known beforehand."""
        cloud = {"AWS_ENDPOINT_URL": self.sim.url, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": ""}
        return self.server.command_environment({**self.clock.environment, **cloud, **(extra or {})})

    def run(self, *arguments, env=None):
        """Runs `crossrole ARGUMENTS…` under this clock."""
        return self.server.run(*arguments, env={**self.clock.environment, **(env or {})})

    def mints(self):
        """How many sessions AWS has made for us."""
        return sum(row["count"] - row["refused"] for row in self.sim.calls(service="sts", operation="AssumeRole"))


@pytest.fixture
def world(tmp_path, start_sim, start_server):
    clock = moving_clock.MovingClock(tmp_path)
    sim = start_sim(env=clock.environment)
    return World(clock, sim, start_server(sim, env=clock.environment))


class LongLived:
    """A client that runs on and makes a call when it is asked to."""

    def __init__(self, argv, env, errors):
        with errors.open("ab") as log:
            self.popen = subprocess.Popen([str(word) for word in argv], env=env, text=True, stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, stderr=log, cwd=JAVASCRIPT)
        self.errors = errors

    def call(self):
        self.popen.stdin.write("call\n")
        self.popen.stdin.flush()
        line = self.popen.stdout.readline()
        assert line, f"ended with {self.popen.wait()}:\n{self.errors.read_text()}"
        return json.loads(line)

    def close(self):
        """Ends it; answers the exit code."""
        self.popen.stdin.close()
        self.popen.stdout.close()
        return self.popen.wait(60)


class AwsCli:
    """The AWS CLI, anew for each call."""

    def __init__(self, env):
        self.env = env

    def call(self):
        who = servers.run_tool("aws", "--output", "json", "sts", "get-caller-identity", env=self.env)
        if who.code:
            return {"error": who.err}
        # All that it tells of the key are the last four characters.
        end = re.search(r"access_key +\*+(\w{4}) ", servers.run_tool("aws", "configure", "list", env=self.env).expect().out)[1]
        return {"access_key_id": end, "arn": who.json["Arn"]}

    def close(self):
        return 0


@pytest.fixture
def start_client(tmp_path):
    """`start_client(name, env, prefix=[])`; each must end well."""
    running = []

    def start(name, env, prefix=()):
        client = AwsCli(env) if name == "aws-cli" else LongLived([*prefix, *LONG_LIVED[name]], env, tmp_path / f"{name}.err")
        running.append(client)
        return client

    yield start
    codes = [client.close() for client in running]
    assert codes == [0] * len(codes)


@pytest.fixture
def serve(world, processes):
    """Runs `credentials serve`; answers its variables."""

    def start(*arguments):
        argv = [process.executable(), "credentials", "serve", "prod", *arguments]
        running = processes.start("serve", argv, world.environment())
        return json.loads(running.wait_for(lambda: next((line for line in running.output().splitlines() if line.startswith("{")), None)))

    return start


def process_profile(world, tmp_path):
    """A profile whose credentials come from `credentials process`."""
    config = tmp_path / "aws-config"
    config.write_text(f"[profile ours]\ncredential_process = {process.executable()} credentials process --integration prod\n")
    return {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "ours"}


def works(world, answer):
    assert "error" not in answer, answer
    assert answer["arn"].startswith(world.assumed)
    return answer["access_key_id"]


def works_with_others(world, client, *old, seconds=120):
    """Calls until the client has got other credentials, some do that beside the calls; each call must work."""
    end = time.monotonic() + seconds
    while (found := works(world, client.call())) in old:
        assert time.monotonic() < end, "it keeps the old credentials"
    return found


@pytest.mark.parametrize("source", ["process", "container"])
@pytest.mark.parametrize("name", ["boto3", "javascript", "aws-cli"])
def test_a_client_goes_on_across_refreshes(world, serve, start_client, tmp_path, name, source):
    variables = process_profile(world, tmp_path) if source == "process" else serve()
    client = start_client(name, world.environment(variables))
    first = works(world, client.call())
    before = world.mints()
    assert works(world, client.call()) == first
    assert world.mints() == before
    # The old ones would be good for minutes yet: new ones are there before they are needed.
    world.clock.advance(NEARLY_AN_HOUR)
    second = works_with_others(world, client, first)
    assert works(world, client.call()) == second
    # Nothing that it has is good any more.
    world.clock.advance(MORE_THAN_AN_HOUR)
    works_with_others(world, client, first, second)


@pytest.mark.parametrize("name", ["boto3", "javascript"])
def test_exec_with_refresh_carries_a_child_beyond_its_first_credentials(world, start_client, name):
    prefix = [process.executable(), "exec", "--integration", "prod", "--refresh", "--"]
    # Whatever else there is must not win over the endpoint.
    others = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x" * 40, "AWS_PROFILE": "absent"}
    client = start_client(name, world.environment(others), prefix)
    keys = [works(world, client.call())]
    for seconds in (NEARLY_AN_HOUR, MORE_THAN_AN_HOUR, 3 * MORE_THAN_AN_HOUR):
        world.clock.advance(seconds)
        keys.append(works_with_others(world, client, *keys))


@pytest.mark.parametrize("name", ["boto3", "javascript"])
def test_exec_without_refresh_gives_an_hour_and_again_one_when_run_again(world, start_client, name):
    prefix = [process.executable(), "exec", "--integration", "prod", "--"]
    child = start_client(name, world.environment(), prefix)
    first = works(world, child.call())
    world.clock.advance(MORE_THAN_AN_HOUR)
    assert "expired" in child.call()["error"].lower()
    assert works(world, start_client(name, world.environment(), prefix).call()) != first


def test_exec_gives_the_aws_cli_its_credentials(world):
    ours = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x" * 40, "AWS_PROFILE": "absent"}
    for flags in ([], ["--refresh"]):
        ran = world.run("exec", "--integration", "prod", *flags, "--", process.tool("aws"), "--output", "json",
                        "sts", "get-caller-identity", env=ours).expect()
        assert ran.json["Arn"].startswith(world.assumed)
        assert world.run("exec", "--integration", "prod", *flags, "--", process.tool("aws"), "iam", "list-users").code != 0


@pytest.mark.parametrize("name", ["boto3", "javascript", "aws-cli"])
def test_a_shell_takes_the_environment_and_again_when_it_has_expired(world, tmp_path, name):
    command = {"aws-cli": f"'{process.tool('aws')}' sts get-caller-identity --query Arn --output text"}
    command |= {each: "echo | " + " ".join(f"'{word}'" for word in argv) for each, argv in LONG_LIVED.items()}
    crossrole = process.executable()
    # Without the expiry AWS itself is asked; SDKs would not try.
    script = f"""set -e
        eval "$('{crossrole}' credentials env prod)"
        {command[name]}
        echo "$AWS_ACCESS_KEY_ID $AWS_SECURITY_TOKEN"
        unset AWS_CREDENTIAL_EXPIRATION
        read -r _
        {command[name]} 2>&1 || true
        eval "$('{crossrole}' credentials env prod)"
        {command[name]}
        echo "$AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN"
    """
    with (tmp_path / "shell.err").open("w") as errors:
        shell = subprocess.Popen(["sh", "-c", script], env=world.environment(), text=True, stdin=subprocess.PIPE, cwd=JAVASCRIPT,
                                 stdout=subprocess.PIPE, stderr=errors)
    who, first = shell.stdout.readline(), shell.stdout.readline().split()
    assert world.assumed in who and len(first) == 2, (who, first, (tmp_path / "shell.err").read_text())
    world.clock.advance(MORE_THAN_AN_HOUR)
    rest, _ = shell.communicate("on\n", timeout=120)
    lines = [line for line in rest.splitlines() if line.strip()]
    assert "ExpiredToken" in "".join(lines[:-2]), rest
    assert world.assumed in lines[-2], rest
    second = lines[-1].split()
    assert first[0] != second[0] and first[1] != second[1]


def test_a_client_of_the_endpoint_survives_an_outage_of_the_server(world, serve, start_client):
    # Not for the SDK for JavaScript: a refresh in its background that fails ends the process, or is never tried again.
    client = start_client("boto3", world.environment(serve()))
    first = works(world, client.call())
    world.server.kill()
    # They want new ones, and keep what they have while there are none.
    world.clock.advance(NEARLY_AN_HOUR)
    for _ in range(3):
        assert works(world, client.call()) == first
    world.server.start()
    works_with_others(world, client, first)


def test_a_client_of_the_endpoint_recovers_from_an_outage_that_was_too_long(world, serve, start_client):
    # Not for the SDK for JavaScript: its default chain keeps the first failure for good.
    client = start_client("boto3", world.environment(serve()))
    first = works(world, client.call())
    world.server.kill()
    world.clock.advance(MORE_THAN_AN_HOUR)
    assert "cannot connect" in client.call()["error"]
    world.server.start()
    assert works(world, client.call()) != first


def test_what_was_disabled_is_not_served_any_more(world, serve, start_client):
    client = start_client("boto3", world.environment(serve()))
    works(world, client.call())
    world.server.api.post("/v1/integrations/prod/disable").expect(200)
    # What AWS has handed out cannot be taken back; nothing follows it.
    world.clock.advance(MORE_THAN_AN_HOUR)
    assert "integration.disabled" in client.call()["error"]
    refused = world.run("credentials", "process", "prod")
    assert (refused.code, refused.out) == (1, "") and "disabled" in refused.err


def ask(variables, headers, path=None):
    """A request to the container endpoint by hand; `headers` replace Host too."""
    address = urllib.parse.urlsplit(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    connection.putrequest("GET", path or address.path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": address.netloc, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, answer.headers.as_string()


def test_the_endpoint_gives_nothing_to_others(world, serve):
    variables = serve()
    token = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    status, body, _ = ask(variables, {"Authorization": token})
    assert status == 200
    secrets = [json.loads(body)[name] for name in ("AccessKeyId", "SecretAccessKey", "Token")] + [token]
    right = {"Authorization": token}
    for headers, path, expected in (
        ({}, None, 401),
        ({"Authorization": ""}, None, 401),
        ({"Authorization": token[:-1]}, None, 401),
        ({"Authorization": f"Bearer {token}"}, None, 401),
        ({"Authorization": token.swapcase()}, None, 401),
        ({**right, "Host": "crossrole.example"}, None, 403),
        ({**right, "Host": "169.254.170.2"}, None, 403),
        ({**right, "Origin": "https://example.com"}, None, 403),
        ({**right, "Referer": "https://example.com/"}, None, 403),
        ({**right, "X-Forwarded-For": "127.0.0.1"}, None, 403),
        ({**right, "Forwarded": "for=127.0.0.1"}, None, 403),
        (right, "/", 404),
    ):
        status, body, head = ask(variables, headers, path)
        assert status == expected, (headers, path, body)
        assert set(json.loads(body)) == {"code", "message"}
        assert not [secret for secret in secrets if secret in body + head]
    assert ask(variables, right)[0] == 200


@pytest.mark.parametrize("name", ["boto3", "javascript", "aws-cli"])
@pytest.mark.parametrize("token", [None, "A" * 43])
def test_a_client_without_the_token_gets_nothing(world, serve, start_client, name, token):
    variables = serve()
    variables.pop("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    if token:
        variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = token
    minted = world.mints()
    answer = start_client(name, world.environment(variables)).call()
    assert "error" in answer and "arn" not in answer, answer
    assert world.mints() == minted


def test_the_endpoint_is_on_loopback_only(world):
    for address, words in (("0.0.0.0:0", "no loopback address"), ("[::]:0", "no loopback address"), (":0", "ADDRESS:PORT"),
                           ("127.0.0.1", "ADDRESS:PORT")):
        refused = world.run("credentials", "serve", "prod", "--listen", address)
        assert refused.code == 2 and refused.out == "" and words in refused.err, refused
        assert "insecure" not in refused.err


COMMANDS = [["credentials", "get"], ["credentials", "env"], ["credentials", "process"], ["credentials", "serve"],
            ["credentials", "console"], ["exec"], ["exec", "--refresh"]]


@pytest.mark.parametrize("command", COMMANDS, ids="-".join)
def test_refusals_end_with_the_codes_of_the_contract(world, tmp_path, command):
    witness = tmp_path / "ran"
    child = ["--", "touch", str(witness)] if command[0] == "exec" else []

    def ends(expected, words, integration="prod", env=None):
        ran = world.run(*command, "--integration", integration, *child, env=env)
        assert ran.code == expected, ran
        assert ran.out == "" and words in ran.err, ran
        problem = json.loads(ran.err) if ran.err.startswith("{") else {}
        assert problem.get("detail", words), ran

    ends(3, "absent", integration="absent")
    ends(4, "token", env={"CROSSROLE_TOKEN": "crs_01ARZ3NDEKTSV4RRFFQ69G5FAV_" + "A" * 43 + "_000000"})
    world.sim.faults({"service": "sts", "operation": "AssumeRole", "effect": "access_denied"})
    ends(5, "AssumeRole")
    world.sim.faults()
    world.server.api.post("/v1/integrations/prod/disable").expect(200)
    ends(1, "disabled")
    world.server.stop()
    ends(UNAVAILABLE, "cannot connect")
    assert world.run(*command, *child).code == 2
    assert not witness.exists()


def test_the_aws_cli_shows_why_our_process_failed(world, start_client, tmp_path):
    client = start_client("aws-cli", world.environment(process_profile(world, tmp_path)))
    world.server.stop()
    assert "cannot connect" in client.call()["error"]
