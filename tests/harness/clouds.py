# SPDX-License-Identifier: Apache-2.0
"""The two simulated clouds that tests run against: our own (`crossrole sim`) and moto, which nobody here wrote."""

from dataclasses import dataclass

import boto3
import botocore.config

from harness import api, process

REGION = "us-east-1"


@dataclass(frozen=True)
class Keys:
    """One set of credentials."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    @classmethod
    def from_sts(cls, credentials):
        """From the `Credentials` of an STS answer."""
        return cls(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])

    @classmethod
    def from_session(cls, session):
        """From what our API hands out."""
        return cls(session["access_key_id"], session["secret_access_key"], session["session_token"])

    def environment(self):
        """As variables for an AWS client."""
        named = {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}
        return {**named, "AWS_SESSION_TOKEN": self.session_token} if self.session_token else named


class Cloud:
    """A simulated AWS at `url`."""

    def __init__(self, running, url):
        self.process, self.url = running, url

    def client(self, service, keys, region=REGION, **config):
        """A boto3 client that signs with `keys` and tries once."""
        settings = {"retries": {"total_max_attempts": 1}, "connect_timeout": 10, "read_timeout": 60, **config}
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
            config=botocore.config.Config(**settings),
        )

    def environment(self, keys, region=REGION):
        """What makes any AWS client talk to this cloud as the owner of `keys`."""
        return {"AWS_ENDPOINT_URL": self.url, "AWS_REGION": region, "AWS_DEFAULT_REGION": region, **keys.environment()}


class Sim(Cloud):
    """`crossrole sim` and its control routes."""

    def __init__(self, running, url):
        super().__init__(running, url)
        self.control = api.Api(url)
        self.accounts = self.control.get("/_sim/accounts").expect(200)
        self.platform = next(account for account in self.accounts if account.get("platform"))
        self.customers = [account for account in self.accounts if not account.get("platform")]

    @staticmethod
    def keys(account):
        """The administrator user of an account."""
        return Keys(account["access_key_id"], account["secret_access_key"])

    def faults(self, *rules):
        """Replaces all rules for faults; without any, nothing fails any more."""
        return self.control.post("/_sim/faults", {"rules": list(rules)}).expect(200, 204)

    def stop_clock(self):
        """The simulated clock stands still until it is moved: what is under way does not end while a slow client looks at it."""
        return self.control.post("/_sim/clock", {"stopped": True}).expect(200)

    def advance(self, seconds):
        """Moves the simulated clock."""
        return self.control.post("/_sim/clock", {"advance_seconds": seconds}).expect(200, 204)

    def calls(self, **wanted):
        """What was called, e.g. `calls(operation="AssumeRole", account=…)`."""
        rows = self.control.get("/_sim/calls").expect(200)
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    def forget_calls(self):
        """Starts the count anew."""
        self.control.delete("/_sim/calls").expect(200, 204)

    def reset(self):
        """Back to the beginning."""
        self.control.post("/_sim/reset").expect(200, 204)


class Moto(Cloud):
    """moto's server. Any keys belong to its default account unless `INITIAL_NO_AUTH_ACTION_COUNT` is set."""

    account_id = "123456789012"
    keys = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

    def reset(self):
        """Forgets everything."""
        api.Api(self.url).post("/moto-api/reset").expect(200)


def start_sim(processes, *arguments, name="sim", env=None):
    """Starts `crossrole sim` with these command line arguments."""
    port = process.free_port()
    argv = [process.executable(), "sim", "--listen", f"127.0.0.1:{port}", *arguments]
    running = processes.start(name, argv, env)
    url = f"http://127.0.0.1:{port}"
    running.wait_for_url(url + "/_sim/accounts")
    return Sim(running, url)


def start_moto(processes, name="moto", env=None):
    """Starts moto. `env={"INITIAL_NO_AUTH_ACTION_COUNT": "n"}`: from the n-th call on it checks signatures and policies."""
    port = process.free_port()
    running = processes.start(name, [process.tool("moto_server"), "-H", "127.0.0.1", "-p", port], env)
    url = f"http://127.0.0.1:{port}"
    running.wait_for_url(url + "/moto-api/")
    return Moto(running, url)
