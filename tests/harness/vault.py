# SPDX-License-Identifier: Apache-2.0
"""Starting a server that may refuse, tokens of SoftHSM, and running the commands of an installation."""

import os
import pathlib
import subprocess

from harness import process
from harness.server import Ran

SOFTHSM = pathlib.Path("/usr/lib/softhsm/libsofthsm2.so")


def run(server_or_folder, *arguments, env=None, seconds=120):
    """Runs `crossrole ARGUMENTS…` on this machine's data, without a server's address or token."""
    folder = getattr(server_or_folder, "processes", None)
    home = (folder.folder if folder else pathlib.Path(server_or_folder)) / "home"
    home.mkdir(exist_ok=True)
    done = subprocess.run([str(process.executable()), *map(str, arguments)], env=process.clean_environment(home, env), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=seconds, check=False)
    assert not process.SANITIZER_REPORT.search(done.stderr), done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def refused_start(server, *arguments, **changes):
    """What a start of this stopped server says when it refuses; `changes` are variables, None takes one away."""
    env = {name: value for name, value in {**server.env, **changes}.items() if value is not None}
    refused = run(server, "server", "--listen", f"127.0.0.1:{server.port}", "--data", server.data, *(arguments or server.arguments), env=env)
    assert refused.code in (1, 2, 5), refused
    return refused


class Token:
    """A token of SoftHSM in a folder of its own."""

    def __init__(self, folder, label="crossrole", pin="correct-pin"):
        self.folder, self.label, self.pin = pathlib.Path(folder), label, pin
        (self.folder / "tokens").mkdir(parents=True)
        self.configuration = self.folder / "softhsm2.conf"
        self.configuration.write_text(f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        assert SOFTHSM.exists(), f"{SOFTHSM} is missing: tools/bootstrap.sh test installs it"
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "so-" + pin],
                       env={**os.environ, **self.environment}, check=True, capture_output=True)

    @property
    def environment(self):
        return {"SOFTHSM2_CONF": str(self.configuration)}

    def variables(self, **changes):
        """What a server needs to use it."""
        return {**self.environment, "CROSSROLE_KEYRING_SOURCE": "pkcs11", "CROSSROLE_KEYRING_PKCS11_MODULE": str(SOFTHSM),
                "CROSSROLE_KEYRING_PKCS11_TOKEN": self.label, "CROSSROLE_MASTER_KEY": self.pin, **changes}
