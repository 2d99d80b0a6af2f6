# SPDX-License-Identifier: Apache-2.0
"""Programs that run beside a test: started with a clean environment, awaited, stopped by their own process object."""

import collections
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What a sanitizer prints when it has found something.
SANITIZER_REPORT = re.compile(r"ERROR: (Address|Leak|Thread)Sanitizer|WARNING: ThreadSanitizer|runtime error:")
# A sanitized program on a busy machine is slow to start.
START_SECONDS = 60


def executable():
    """The program under test: CROSSROLE_EXECUTABLE, or the release build."""
    path = pathlib.Path(os.environ.get("CROSSROLE_EXECUTABLE", ROOT / "build" / "crossrole"))
    return path if path.is_absolute() else ROOT / path


def build_folder():
    """Where the test tools were built: CROSSROLE_BUILD, or build/dev."""
    path = pathlib.Path(os.environ.get("CROSSROLE_BUILD", ROOT / "build" / "dev"))
    return path if path.is_absolute() else ROOT / path


def tool(name):
    """A program of the test tools' virtual environment, such as `aws`."""
    path = ROOT / ".venv" / "bin" / name
    assert path.exists(), f"{path} is missing: tools/bootstrap.sh test installs it"
    return path


# What was given out lately stays ours: another process that looks for a port at the same time does not get it. UDP's ports
# are others than TCP's.
_reserved = collections.deque(maxlen=100)


def _ports():
    """Ports that no outgoing connection takes while a server is between its end and its next start."""
    try:
        first_outgoing = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        first_outgoing = 32768
    return range(10000, first_outgoing) if first_outgoing > 12000 else range(10000, 65536)


def free_port():
    """A port of the loopback address that nobody uses, and that nobody else gets soon."""
    for port in random.sample(_ports(), 1000):
        reservation = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            reservation.bind(("127.0.0.1", port))
            with socket.socket() as listener:
                listener.bind(("127.0.0.1", port))
        except OSError:
            reservation.close()
            continue
        _reserved.append(reservation)
        return port
    raise AssertionError("there is no free port")


def clean_environment(home, extra=None):
    """The environment without AWS's and our variables, with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CROSSROLE_", "XDG_"))}
    # A test must never reach the instance metadata of the machine it runs on.
    return {**kept, "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1,localhost", **(extra or {})}


class Process:
    """One running program. Its output goes to `log`."""

    def __init__(self, name, argv, folder, env=None):
        self.name = name
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.argv = [str(word) for word in argv]
        home = pathlib.Path(folder) / "home"
        home.mkdir(exist_ok=True)
        with self.log.open("ab") as output:
            self.popen = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                          env=clean_environment(home, env), start_new_session=True)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def running(self):
        return self.popen.poll() is None

    def output(self):
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def wait_for(self, probe, seconds=START_SECONDS):
        """The first answer of `probe` that is not an exception or None. Fails when the program ends before."""
        end = time.monotonic() + seconds
        while True:
            try:
                answer = probe()
                if answer is not None:
                    return answer
                problem = "no answer yet"
            except (OSError, ValueError, urllib.error.URLError) as error:
                problem = repr(error)
            if not self.running:
                raise AssertionError(f"{self.name} ended with {self.popen.returncode}:\n{self.output()[-4000:]}")
            if time.monotonic() > end:
                raise AssertionError(f"{self.name} is not ready after {seconds} s ({problem}):\n{self.output()[-4000:]}")
            time.sleep(0.05)

    def wait_for_url(self, url, seconds=START_SECONDS):
        """Waits until `url` answers 200; answers its body."""

        def probe():
            with urllib.request.urlopen(url, timeout=20) as response:
                return response.read()

        return self.wait_for(probe, seconds)

    def stop(self, seconds=90):
        """SIGTERM and an orderly end; answers the exit code."""
        if self.running:
            self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end within {seconds} s of SIGTERM:\n{self.output()[-4000:]}") from None

    def kill(self):
        """SIGKILL: what a power cut leaves."""
        if self.running:
            self.popen.kill()
        self.popen.wait()

    def check_sanitizers(self):
        """Fails when a sanitizer has reported something."""
        found = SANITIZER_REPORT.search(self.output())
        assert not found, f"{self.name}: {found.group(0)}, see {self.log}:\n{self.output()[found.start():][:6000]}"


class Processes:
    """Starts programs in one folder and stops them all."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.started = []

    def start(self, name, argv, env=None):
        process = Process(name, argv, self.folder, env)
        self.started.append(process)
        return process

    def close(self):
        """Stops what still runs, newest first; fails on what a sanitizer found."""
        problems = []
        for process in reversed(self.started):
            try:
                process.stop()
                process.check_sanitizers()
            except AssertionError as error:
                problems.append(str(error))
        assert not problems, "\n".join(problems)

    def logs(self):
        """(name, end of its output) of each program."""
        return [(process.name, process.output()[-8000:]) for process in self.started]
