# SPDX-License-Identifier: Apache-2.0
"""`crossrole server` and the command line that talks to it."""

import json
import subprocess
from dataclasses import dataclass

from harness import api, process


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    def expect(self, code=0):
        """This, when it ended with `code`."""
        assert self.code == code, f"expected exit code {code}, got {self.code}\n{self.out}\n{self.err}"
        return self


class Server:
    """A control plane on loopback. `url`, `data`, `token` and `api` are what a test needs of it."""

    def __init__(self, processes, env=None, arguments=(), data=None, name="server"):
        self.processes, self.name = processes, name
        self.env, self.arguments = dict(env or {}), list(arguments)
        self.data = data or processes.folder / f"{name}-data"
        self.port = process.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.start()

    def start(self):
        """Starts it on the same data directory and port; used again after `stop` or `kill`."""
        argv = [process.executable(), "server", "--listen", f"127.0.0.1:{self.port}", "--data", self.data, *self.arguments]
        self.process = self.processes.start(self.name, argv, self.env)
        self.process.wait_for_url(self.url + "/healthz")
        self.token = (self.data / "admin-token").read_text().strip()
        self.api = api.Api(self.url, self.token)
        return self

    def stop(self):
        """An orderly end."""
        code = self.process.stop()
        assert code == 0, f"the server ended with {code}:\n{self.process.output()[-4000:]}"

    def kill(self):
        """What a power cut leaves."""
        self.process.kill()

    def restart(self):
        """An orderly end and a new start."""
        self.stop()
        return self.start()

    def command_environment(self, env=None):
        """The environment in which `crossrole` and what it starts find this server."""
        home = self.processes.folder / "home"
        ours = {"CROSSROLE_SERVER": self.url, "CROSSROLE_TOKEN": self.token}
        return process.clean_environment(home, {**ours, **(env or {})})

    def run(self, *arguments, env=None, stdin=None, seconds=120):
        """Runs `crossrole ARGUMENTS…` as the administrator of this server."""
        done = subprocess.run([str(process.executable()), *map(str, arguments)], env=self.command_environment(env),
                              input=stdin, stdin=subprocess.DEVNULL if stdin is None else None, capture_output=True, text=True,
                              timeout=seconds, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)


def run_tool(name, *arguments, env, cwd=None, seconds=120):
    """Runs a program of the test tools, such as `aws`, with exactly this environment."""
    done = subprocess.run([str(process.tool(name)), *map(str, arguments)], env=env, cwd=cwd, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=seconds, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)
